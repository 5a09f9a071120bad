"""Answers to commands, buttons and menus, seen only by those who asked; and to mentions."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Protocol

import aiohttp
import discord
from discord import app_commands

from bots.discord import callers, mentions, menus, presses
from bots.discord.buttons import sealed
from bots.discord.commands import Suggesters, choices, split_typed
from bots.discord.elsewhere import Interaction
from bots.discord.render import encoded, encoded_for_one, with_files
from bots.discord.rest import Answer, File, Rest
from bots.discord.roles import with_roles
from core import compose, localtime
from core.commands import (
    Caller,
    Command,
    Related,
    RelatedTo,
    Share,
    Unclear,
    about_in,
    parse,
    turns_a_page,
)
from core.desk import Shared, Suggestion
from core.messages import Message
from core.seals import Foreign, Older, Opened, Seals

log = logging.getLogger(__name__)

_ANSWER_WILL_COME = b'{"type":5,"data":{"flags":64}}'  # that only who asked will see
_MESSAGE_WILL_CHANGE = b'{"type":6}'  # the one whose button was pressed
_WAS_ACKNOWLEDGED = 40060
_WAITS_FOR_CROWD = 1.0
"""Seconds that an answer waits for others to be told that theirs will come."""

Asked = Command | Older | Foreign
"""A command, or a button that does nothing."""


class Desk(Protocol):
    """Who knows the answers."""

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Do what `command` says and return what to tell the caller."""
        ...

    async def share(self, command: Share, caller: Caller) -> Shared:
        """Show everyone what is related, if the caller may."""
        ...

    async def answer_all(self, command: Related | RelatedTo, caller: Caller) -> Message | None:
        """Answer for everyone; return what to tell the caller alone if that failed."""
        ...

    async def suggest(self, typed: str) -> Sequence[Suggestion]:
        """Return tags that could be meant by the beginning `typed`."""
        ...


class Replies:
    """Gives the desk's answers to those who typed or pressed.

    Discord is told within its 3 s that an answer will come; the answer then replaces that. These
    requests do not count for the bot's pace.
    """

    def __init__(self, desk: Desk, rest: Rest, seals: Seals) -> None:
        self._desk = desk
        self._rest = rest
        self._seals = seals
        self._open: set[asyncio.Future[None]] = set()
        self._untold = 0
        """To how many Discord was not told yet that an answer will come."""
        self._all_told = asyncio.Event()
        self._all_told.set()

    async def to_words(self, interaction: Interaction, words: str) -> None:
        """Answer a typed command."""
        said, about = about_in(with_roles(words, interaction.guild_id))
        command = menus.with_message(parse(said), callers.caller(interaction).here)
        await self._reply(interaction, command, about)

    async def to_press(self, interaction: Interaction) -> None:
        """Answer a pressed button, a choice, or what was typed into a form.

        Anyone may have made its id, and anyone may press it.
        """
        kept = presses.opened(interaction, self._seals, callers.caller(interaction).here)
        if not isinstance(kept, Opened):
            await self._reply(interaction, kept)
            return
        if form := presses.form_in(interaction, kept.words):
            await self._until_answered(self._open_form(interaction, form))
            return
        # What was typed into a form may name a role, as what is typed after a command may.
        said, about = about_in(with_roles(kept.words, interaction.guild_id))
        command = parse(said)
        if isinstance(command, Share):
            await self._until_answered(self._share(interaction, command))
        else:
            old = isinstance(command, Unclear)
            await self._reply(interaction, Older(kept.words) if old else command, about)

    async def to_menu(self, interaction: Interaction) -> None:
        """Answer about the message in whose menu it was asked."""
        await self._reply(
            interaction, menus.command_about(interaction, callers.caller(interaction).here)
        )

    async def to_mention(self, message: discord.Message, bot_id: int) -> None:
        """Answer a message that asks the bot, below it and for everyone, as there is no other way.

        What cannot be answered so is not answered at all.
        """
        if command := mentions.asked(message, bot_id):
            await self._until_answered(self._answer_all(command, mentions.caller(message)))

    async def to_unknown(self, interaction: Interaction) -> None:
        """Answer a command that the bot had once, and that someone's Discord still shows."""
        await self._reply(interaction, Unclear(_named(interaction, "name")))

    async def suggestions(
        self, _interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Return choices for the last of the tags that are being typed."""
        before, word = split_typed(typed)
        suggested = await self._desk.suggest(word)
        return choices(before, [(found.tag, found.label) for found in suggested])

    @property
    def suggesters(self) -> Suggesters:
        """Return what suggests tags, and what zones."""
        return {"tags": self.suggestions, "zones": _zones}

    async def settle(self, seconds: float) -> None:
        """Return when all have their answers, or after `seconds`."""
        if self._open:
            await asyncio.wait(self._open, timeout=seconds)

    async def _reply(self, interaction: Interaction, command: Asked, about: str = "") -> None:
        await self._until_answered(self._answer_alone(interaction, command, about))

    async def _until_answered(self, answering: Awaitable[None]) -> None:
        answered = asyncio.get_running_loop().create_future()
        self._open.add(answered)
        try:
            await answering
        finally:
            self._open.discard(answered)
            answered.set_result(None)

    async def _answer_alone(self, interaction: Interaction, command: Asked, about: str) -> None:
        if await self._acknowledged(interaction, _foretold(interaction, command)):
            await self._let_others_be_told()
            await self._send(interaction, await self._answer(interaction, command, about))

    async def _open_form(self, interaction: Interaction, form: bytes) -> None:
        # Discord takes a form as the first answer only: nothing can be looked up before it.
        await self._acknowledged(interaction, self._sealed(form, interaction))

    async def _share(self, interaction: Interaction, command: Share) -> None:
        """Share, and let that be said in the place of the answer that was for one person alone.

        Where nothing was shared, that answer stays, and another one says why.
        """
        changes = bool(interaction.message and interaction.message.flags.ephemeral)
        first = _MESSAGE_WILL_CHANGE if changes else _ANSWER_WILL_COME
        if not await self._acknowledged(interaction, first):
            return
        shared = await self._shared(command, callers.caller(interaction))
        if shared.stands or not changes:
            await self._send(interaction, shared.message)
        else:
            await self._send_another(interaction, shared.message)

    async def _shared(self, command: Share, caller: Caller) -> Shared:
        try:
            return await self._desk.share(command, caller)
        except Exception:
            ref = _new_ref()
            log.exception("failed to share, ref %s", ref)
            return Shared(compose.internal_error(ref))

    async def _answer_all(self, command: Related | RelatedTo, caller: Caller) -> None:
        try:
            untold = await self._desk.answer_all(command, caller)
        except Exception:
            log.exception("failed to answer a mention in %s", caller.here)
        else:
            if untold:
                log.info("left a mention unanswered in %s", caller.here)

    async def _acknowledged(self, interaction: Interaction, foretold: bytes) -> bool:
        """Tell Discord what will come, and say whether it still listens.

        Not by discord.py, which takes twice as long for it and opens a connection for each of a
        crowd. What was lost on its way is said once more.
        """
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        with self._telling():
            said = await self._say(path, foretold)
            if said is None or said.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                said = await self._say(path, foretold)
                if said and said.code == _WAS_ACKNOWLEDGED:
                    return True
        if said and said.succeeded:
            return True
        log.warning("was too late to answer: status %s", said.status if said else "unknown")
        return False

    @contextmanager
    def _telling(self) -> Iterator[None]:
        self._untold += 1
        self._all_told.clear()
        try:
            yield
        finally:
            self._untold -= 1
            if not self._untold:
                self._all_told.set()

    async def _let_others_be_told(self) -> None:
        """Wait a moment while a crowd asks: Discord gives each of it up after three seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAITS_FOR_CROWD):
                await self._all_told.wait()

    async def _say(self, path: str, foretold: bytes) -> Answer | None:
        """Say what will come; return nothing if what Discord answered was lost."""
        try:
            return await self._rest.request("POST", path, foretold)
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def _answer(self, interaction: Interaction, command: Asked, about: str) -> Message:
        """Return what to tell; of a button that does nothing, why."""
        if isinstance(command, Older | Foreign):
            return compose.unopened(command, prefix="/")
        try:
            return await self._desk.answer(command, callers.who_asks(interaction, command, about))
        except Exception:
            ref = _new_ref()
            log.exception("failed to answer %s, ref %s", type(command).__name__, ref)
            return compose.internal_error(ref)

    async def _send(self, interaction: Interaction, message: Message) -> None:
        path = f"/webhooks/{interaction.application_id}/{interaction.token}/messages/@original"
        body, files = with_files(message)
        answer = await self._request("PATCH", path, self._sealed(body, interaction), files)
        if files and answer and not answer.succeeded:
            # A server may not allow the bot to attach files.
            await self._request("PATCH", path, self._sealed(encoded(message), interaction))

    async def _send_another(self, interaction: Interaction, message: Message) -> None:
        path = f"/webhooks/{interaction.application_id}/{interaction.token}"
        await self._request("POST", path, self._sealed(encoded_for_one(message), interaction))

    def _sealed(self, body: bytes, interaction: Interaction) -> bytes:
        return sealed(body, self._seals, callers.caller(interaction).here)

    async def _request(
        self, method: str, path: str, body: bytes, files: Sequence[File] = ()
    ) -> Answer | None:
        """Send an answer; return what Discord said to it, nothing if that was lost."""
        try:
            answer = await self._rest.request(method, path, body, files)
        except (aiohttp.ClientError, TimeoutError) as error:
            # Its text could hold the address, and with it the interaction's token.
            log.warning("lost an answer on its way: %s", type(error).__name__)
            return None
        if not answer.succeeded:
            log.warning("was refused an answer: status %s", answer.status)
        return answer


def _new_ref() -> str:
    """Return what an error is known by, in the log and to who is told of it."""
    return secrets.token_hex(2).upper()


def _foretold(interaction: Interaction, command: Asked) -> bytes:
    """Return what Discord is told will come: a page that is turned stays in its message."""
    pressed = interaction.message
    if isinstance(command, Older | Foreign):
        return _ANSWER_WILL_COME
    turns = pressed and pressed.flags.ephemeral and turns_a_page(command)
    return _MESSAGE_WILL_CHANGE if turns else _ANSWER_WILL_COME


def _named(interaction: Interaction, name: str) -> str:
    said: Mapping[str, object] = {**(interaction.data or {})}
    return str(said.get(name, ""))


async def _zones(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=name) for name in localtime.zones(typed)]
