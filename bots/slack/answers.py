"""From a command to the reply that only the person who asked can see."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bots.slack.callers import caller_for
from bots.slack.client import Identity, proxy_for, sdk_log
from bots.slack.errors import BROKEN, failure
from bots.slack.render import Payload, as_payload
from bots.slack.underway import UnderWay
from core import compose
from core.commands import Caller, Command
from core.messages import Message

log = logging.getLogger(__name__)

_ACCEPTED = 200


class Answers(Protocol):
    """What knows the answers: the core's desk."""

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Return the answer to `command`."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, in which channel, and how to reply to them alone."""

    person: str
    channel: str
    reply: Callable[[Payload], Awaitable[None]]


class Answerer:
    """Answers commands. Whatever goes wrong, the person hears of it and the log has a reference."""

    def __init__(
        self, client: AsyncWebClient, identity: Identity, desk: Answers, under_way: UnderWay
    ) -> None:
        self.client = client
        self.identity = identity
        self._desk = desk
        self.under_way = under_way

    async def answer(self, command: Command, asked: Asked) -> None:
        """Let the desk answer `command`, and reply."""
        await self.under_way.do(self._answer(command, asked))

    async def say(self, message: Message, asked: Asked) -> None:
        """Reply with `message`."""
        await self.under_way.do(self._reply(message, asked))

    async def _answer(self, command: Command, asked: Asked) -> None:
        try:
            caller = await caller_for(
                self.client, self.identity, command, person=asked.person, channel=asked.channel
            )
            message = await self._desk.answer(command, caller)
        except Exception:
            ref = secrets.token_hex(2).upper()
            log.exception("failed to answer %s, ref %s", type(command).__name__, ref)
            message = compose.internal_error(ref)
        await self._reply(message, asked)

    async def _reply(self, message: Message, asked: Asked) -> None:
        try:
            await asked.reply(as_payload(message))
        except (SlackApiError, *BROKEN) as error:
            log.warning("could not reply to a command: %s", failure(error))


def by_response_url(
    client: AsyncWebClient, response_url: str, *, in_place: bool = False
) -> Callable[[Payload], Awaitable[None]]:
    """Return how to reply by the address that came with a command: works in every channel.

    `in_place` lets the reply stand in place of the message whose button was pressed.
    """
    hook = AsyncWebhookClient(
        response_url, session=client.session, retry_handlers=[], logger=sdk_log
    )
    hook.proxy = proxy_for(response_url, hook.proxy)

    async def reply(payload: Payload) -> None:
        only_you = {"response_type": "ephemeral", "replace_original": in_place}
        answer = await hook.send_dict({**only_you, **payload})
        if answer.status_code != _ACCEPTED:
            log.warning("slack refused the layout of a reply: status %s", answer.status_code)
            await hook.send_dict({**only_you, "text": payload["text"]})

    return reply


def by_ephemeral(
    client: AsyncWebClient, *, channel: str, person: str, thread: str
) -> Callable[[Payload], Awaitable[None]]:
    """Return how to reply to `person` in `channel`, in its `thread` if there is one."""
    place = {"channel": channel, "user": person, **({"thread_ts": thread} if thread else {})}

    async def reply(payload: Payload) -> None:
        await client.api_call("chat.postEphemeral", json={**place, **payload})

    return reply
