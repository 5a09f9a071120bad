"""The client of the Slack Web API."""

import os
from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.sandbox.slack import Limits, SlackStandIn
from bots.slack.client import identify, proxy_for, web_client


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=Limits.off()) as slack:
        yield slack


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with web_client(slack.bot_token, api_url=slack.api_url) as client:
        yield client


async def test_the_bot_knows_who_it_is(slack: SlackStandIn, client: AsyncWebClient) -> None:
    identity = await identify(client)

    assert (identity.workspace, identity.user) == (slack.team_id, slack.bot_user_id)
    assert "chat:write.public" in identity.scopes


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("https://slack.com/api/", True),
        ("http://127.0.0.1:8025/api/", False),
        ("http://[::1]:8025/api/", False),
        ("http://localhost/api/", False),
    ],
)
def test_a_proxy_is_never_asked_for_this_machine(url: str, *, used: bool) -> None:
    assert proxy_for(url, "http://proxy.example:3128") == (
        "http://proxy.example:3128" if used else None
    )


async def test_proxies_of_the_environment_do_not_get_in_the_way(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "HTTP_PROXY", "http://127.0.0.1:1")

    async with web_client(slack.bot_token, api_url=slack.api_url) as client:
        assert (await identify(client)).workspace == slack.team_id
