"""The Slack Web API: one session, no retries of its own, nothing of a message in the log."""

import ipaddress
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.errors import BROKEN, failure
from core.posting import Unknown

API_URL = "https://slack.com/api/"
TIME_OUT = 15
"""Seconds that a call may take."""

log = logging.getLogger(__name__)

# At its debug level the SDK writes whole messages to the log, and a logger without a level of its
# own makes it prepare them for every call.
sdk_log = logging.getLogger("bots.slack.sdk")
sdk_log.setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in its workspace, and what it may do there."""

    workspace: str
    user: str
    bot: str
    scopes: frozenset[str]


@asynccontextmanager
async def web_client(token: str, *, api_url: str = API_URL) -> AsyncIterator[AsyncWebClient]:
    """Open a client that the poster and the bot share; it is closed at the end."""
    timeout = aiohttp.ClientTimeout(total=TIME_OUT)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield client_over(session, token, api_url)


def client_over(
    session: aiohttp.ClientSession | None, token: str | None, api_url: str
) -> AsyncWebClient:
    """Return a client over `session`.

    A retry of the SDK would post twice, as a lost answer does not mean that nothing was posted.
    """
    client = AsyncWebClient(
        token, base_url=api_url, session=session, retry_handlers=[], logger=sdk_log
    )
    client.proxy = proxy_for(api_url, client.proxy)
    return client


def proxy_for(url: str, proxy: str | None) -> str | None:
    """Return `proxy` unless `url` is on this machine, which no proxy can reach."""
    host = urlsplit(url).hostname or ""
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    return None if here else proxy


async def identify(client: AsyncWebClient) -> Identity:
    """Return who the client's token is. Raises a `PostError`, or `PlatformClosed`."""
    try:
        answer = await client.auth_test()
    except (SlackApiError, *BROKEN) as error:
        raise failure(error) from error
    if not answer["team_id"] or not answer["user_id"]:
        raise Unknown("Slack's answer does not say who the bot is")
    scopes = answer.headers.get("x-oauth-scopes", "")
    return Identity(
        workspace=str(answer["team_id"]),
        user=str(answer["user_id"]),
        bot=str(answer["bot_id"] or ""),
        scopes=frozenset(filter(None, (scope.strip() for scope in scopes.split(",")))),
    )


async def check_app_token(client: AsyncWebClient, app_token: str) -> None:
    """See that `app_token` opens connections. Raises a `PostError`, or `PlatformClosed`."""
    try:
        await client.apps_connections_open(app_token=app_token)
    except (SlackApiError, *BROKEN) as error:
        raise failure(error) from error


async def asked_of(
    client: AsyncWebClient,
    method: str,
    field: str,
    arguments: dict[str, str],
    *,
    level: int = logging.WARNING,
) -> dict[str, Any]:
    """Return what Slack knows of a person or a channel; nothing if it does not say."""
    return dict((await answer_of(client, method, arguments, level=level)).get(field) or {})


async def answer_of(
    client: AsyncWebClient, method: str, arguments: dict[str, str], *, level: int = logging.WARNING
) -> dict[str, Any]:
    """Return what Slack answers; nothing if it does not."""
    try:
        answer = await client.api_call(method, params=arguments)
    except (SlackApiError, *BROKEN) as error:
        log.log(level, "asked slack in vain: %s: %s", method, failure(error))
        return {}
    return dict(answer.data) if isinstance(answer.data, dict) else {}


async def people_in(client: AsyncWebClient, group: str) -> list[str]:
    """Return who is in a user group; nobody if Slack does not say, or the app may not ask."""
    found = await answer_of(client, "usergroups.users.list", {"usergroup": group})
    return [str(person) for person in found.get("users") or ()]
