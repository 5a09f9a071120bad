"""From a command to the reply that only the person who asked can see."""

import dataclasses
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bots.slack.callers import PREFIX, belongs, caller_for, place_of, writer
from bots.slack.client import Identity, proxy_for, sdk_log
from bots.slack.directory import Directory
from bots.slack.errors import BROKEN, failure
from bots.slack.managed import Managed
from bots.slack.render import Payload, as_payload
from bots.slack.sealing import sealed
from bots.slack.underway import UnderWay
from core import compose
from core.commands import Caller, Command, Home, Related, RelatedTo, Share
from core.compose import FollowForm
from core.desk import Shared, Suggestion
from core.messages import Message
from core.posting import Address
from core.seals import FOR_THIS_RUN, Seals

log = logging.getLogger(__name__)

T = TypeVar("T")

_ACCEPTED = 200

Reply = Callable[[Payload], Awaitable[None]]
"""Shows something to the one who asked, alone."""


class Answers(Protocol):
    """What knows the answers: the core's desk."""

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Return the answer to `command`."""
        ...

    async def share(self, command: Share, caller: Caller) -> Shared:
        """Show everyone what is related, if the caller may."""
        ...

    async def answer_all(self, command: Related | RelatedTo, caller: Caller) -> Message | None:
        """Answer for everyone; return what to tell the caller alone if that failed."""
        ...

    async def channels(self, workspace: Address) -> dict[str, str]:
        """Return the channels that follow something in the workspace of this address."""
        ...

    async def follow_form(self, caller: Caller) -> FollowForm:
        """Return the form in which the caller chooses tags to follow."""
        ...

    async def unknown_tag(self, tags: Sequence[str]) -> str:
        """Return what to say beside a field of the first of these that is no tag, or nothing."""
        ...

    async def suggest_in_form(self, typed: str) -> tuple[Suggestion, ...]:
        """Return what to offer while a tag is being typed."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, in which channel, and how to reply to them alone."""

    person: str
    channel: str
    reply: Reply
    below: str = ""
    """The message that they ask about, or the first one of its thread."""
    name: str = ""
    """What they are called, without being notified."""
    about: str = ""
    """The channel that they ask about, if it is not the one where they ask."""
    team: str = ""
    """The workspace that they are of, as it came with what they did."""


class Answerer:
    """Answers commands. Whatever goes wrong, the person hears of it and the log has a reference."""

    def __init__(
        self,
        client: AsyncWebClient,
        identity: Identity,
        desk: Answers,
        under_way: UnderWay,
        seals: Seals = FOR_THIS_RUN,
    ) -> None:
        self.client = client
        self.seals = seals
        self.identity = identity
        self.desk = desk
        self.under_way = under_way
        self._directory = Directory(client)
        self._managed = Managed(client, self._directory, identity)

    async def answer(self, command: Command, asked: Asked) -> None:
        """Let the desk answer `command`, and reply."""
        await self.under_way.do(self._answer(command, asked))

    async def answer_all(self, command: Related | RelatedTo, asked: Asked) -> None:
        """Let the desk answer in the thread of who asked; reply with what cannot be said there."""
        await self.under_way.do(self._answer_all(command, asked))

    async def share(self, command: Share, asked: Asked, replace: Reply) -> None:
        """Let the desk share; that it did stands in the place of the answer that was pressed."""
        await self.under_way.do(self._share(command, asked, replace))

    async def say(self, message: Message, asked: Asked) -> None:
        """Reply with `message`."""
        await self.under_way.do(self._reply(message, asked, asked.reply))

    async def told(self, command: Command, asked: Asked) -> Message:
        """Return the desk's answer to `command`, or that something broke."""

        async def answer() -> Message:
            return await self.desk.answer(command, await self.caller(command, asked))

        return await or_error(type(command).__name__, answer(), _same)

    async def caller(self, command: Command, asked: Asked) -> Caller:
        """Return who asks for `command`, and what they may do there."""
        person, channel = asked.person, asked.channel
        if isinstance(command, Home):
            direct = Address("slack", self.identity.workspace, person)
            candidates = await self.desk.channels(direct)
            return await self._managed.viewer(person, channel, candidates)
        about = asked.about if asked.about != channel else ""
        if about and not await self._managed.sees(person, about):
            # What they do not see is as if it were not theirs, whoever may set it up.
            return self._stranger(asked)
        caller = await caller_for(
            self._directory,
            self.identity,
            command,
            person=person,
            channel=channel,
            about=about,
        )
        belongs_there = await belongs(self._directory, self.identity, command, person, asked.team)
        is_member = caller.is_member and belongs_there
        return dataclasses.replace(caller, is_member=is_member, below=asked.below, name=asked.name)

    def _stranger(self, asked: Asked) -> Caller:
        workspace = self.identity.workspace
        here = place_of(self.identity, asked.person, asked.channel)
        direct = Address("slack", workspace, asked.person)
        elsewhere = Address("slack", workspace, asked.about)
        return Caller(
            asked.person, here, direct, elsewhere=elsewhere, is_member=False, prefix=PREFIX
        )

    async def _answer(self, command: Command, asked: Asked) -> None:
        await self._reply(await self.told(command, asked), asked, asked.reply)

    async def _answer_all(self, command: Related | RelatedTo, asked: Asked) -> None:
        person, channel, below = asked.person, asked.channel, asked.below
        caller = writer(self.identity, person=person, channel=channel, below=below)
        untold = await or_error(
            type(command).__name__, self.desk.answer_all(command, caller), _same
        )
        if untold:
            await self._reply(untold, asked, asked.reply)

    async def _share(self, command: Share, asked: Asked, replace: Reply) -> None:
        async def share() -> Shared:
            return await self.desk.share(command, await self.caller(command, asked))

        shared = await or_error(type(command).__name__, share(), Shared)
        await self._reply(shared.message, asked, replace if shared.stands else asked.reply)

    async def _reply(self, message: Message, asked: Asked, reply: Reply) -> None:
        here = place_of(self.identity, asked.person, asked.channel)
        try:
            await reply(sealed(as_payload(message), self.seals, here))
        except (SlackApiError, *BROKEN) as error:
            log.warning("could not reply to a command: %s", failure(error))


def by_response_url(
    client: AsyncWebClient, response_url: str, *, thread: str = "", replaces: bool = False
) -> Reply:
    """Return how to reply by the address that came with a command: works in every channel.

    In a `thread`, if there is one. What `replaces` stands in the place of what was pressed.
    """
    hook = AsyncWebhookClient(
        response_url, session=client.session, retry_handlers=[], logger=sdk_log
    )
    hook.proxy = proxy_for(response_url, hook.proxy)
    place = {"thread_ts": thread} if thread else {}

    async def reply(payload: Payload) -> None:
        only_you = {"response_type": "ephemeral", "replace_original": replaces, **place}
        answer = await hook.send_dict({**only_you, **payload})
        if answer.status_code != _ACCEPTED:
            log.warning("slack refused the layout of a reply: status %s", answer.status_code)
            await hook.send_dict({**only_you, "text": payload["text"]})

    return reply


def by_ephemeral(client: AsyncWebClient, *, channel: str, person: str, thread: str) -> Reply:
    """Return how to reply to `person` in `channel`, in its `thread` if there is one."""
    place = {"channel": channel, "user": person, **({"thread_ts": thread} if thread else {})}

    async def reply(payload: Payload) -> None:
        await client.api_call("chat.postEphemeral", json={**place, **payload})

    return reply


async def or_error(what: str, asking: Awaitable[T], as_answer: Callable[[Message], T]) -> T:
    """Return what the desk says, or that something broke: the log then has the reference."""
    try:
        return await asking
    except Exception:
        ref = secrets.token_hex(2).upper()
        log.exception("failed to answer %s, ref %s", what, ref)
        return as_answer(compose.internal_error(ref))


def _same(message: Message) -> Message:
    return message
