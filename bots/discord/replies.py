"""Answers to commands and buttons, seen only by those who asked."""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Protocol

import aiohttp
import discord
from discord import app_commands

from bots.discord import buttons
from bots.discord.commands import Interaction, Suggesters, choices, split_typed
from bots.discord.poster import DIRECT
from bots.discord.render import encoded, with_files
from bots.discord.rest import Answer, Rest
from bots.discord.roles import with_roles
from core import compose, localtime
from core.commands import Caller, Command, Unclear, parse, turns_a_page
from core.desk import Suggestion
from core.messages import Message
from core.posting import Address

log = logging.getLogger(__name__)

_ANSWER_WILL_COME = b'{"type":5,"data":{"flags":64}}'  # that only who asked will see
_MESSAGE_WILL_CHANGE = b'{"type":6}'  # the one whose button was pressed
_WAS_ACKNOWLEDGED = 40060
_RIGHT = "the Manage Channels or Manage Server permission"
_STEP = "Allow the bot View Channel, Send Messages and Embed Links in this channel's permissions."
_STEP_IN_THREAD = (
    "Allow the bot View Channel, Send Messages in Threads and Embed Links in the permissions of"
    " the channel that this thread belongs to."
)
_STEP_TO_OPEN = (
    "Open the menu of a server that we share, choose Privacy Settings, and turn on Direct Messages."
)


class Desk(Protocol):
    """Who knows the answers."""

    async def answer(self, command: Command, caller: Caller) -> Message:
        """Do what `command` says and return what to tell the caller."""
        ...

    async def suggest(self, typed: str) -> Sequence[Suggestion]:
        """Return tags that could be meant by the beginning `typed`."""
        ...


class Replies:
    """Gives the desk's answers to those who typed or pressed.

    Discord is told within its 3 s that an answer will come; the answer then replaces that. These
    requests do not count for the bot's pace.
    """

    def __init__(self, desk: Desk, rest: Rest) -> None:
        self._desk = desk
        self._rest = rest
        self._open: set[asyncio.Future[None]] = set()

    async def to_words(self, interaction: Interaction, words: str) -> None:
        """Answer a typed command."""
        await self._reply(interaction, parse(with_roles(words, interaction.guild_id)))

    async def to_press(self, interaction: Interaction) -> None:
        """Answer a pressed button. Anyone may have made its id, and anyone may press it."""
        pressed = buttons.read(_named(interaction, "custom_id"))
        command = parse(pressed.words) if isinstance(pressed, buttons.Pressed) else None
        await self._reply(interaction, None if isinstance(command, Unclear) else command)

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

    async def _reply(self, interaction: Interaction, command: Command | None) -> None:
        answered = asyncio.get_running_loop().create_future()
        self._open.add(answered)
        try:
            if await self._acknowledged(interaction, _foretold(interaction, command)):
                await self._send(interaction, await self._answer(interaction, command))
        finally:
            self._open.discard(answered)
            answered.set_result(None)

    async def _acknowledged(self, interaction: Interaction, foretold: bytes) -> bool:
        """Tell Discord what will come, and say whether it still listens.

        Not by discord.py, which takes twice as long for it and opens a connection for each of a
        crowd. What was lost on its way is said once more.
        """
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        said = await self._say(path, foretold)
        if said is None or said.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            said = await self._say(path, foretold)
            if said and said.code == _WAS_ACKNOWLEDGED:
                return True
        if said and said.succeeded:
            return True
        log.warning("was too late to answer: status %s", said.status if said else "unknown")
        return False

    async def _say(self, path: str, foretold: bytes) -> Answer | None:
        """Say what will come; return nothing if what Discord answered was lost."""
        try:
            return await self._rest.request("POST", path, foretold)
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def _answer(self, interaction: Interaction, command: Command | None) -> Message:
        """Return what to tell; without a command, that the button is from an older version."""
        if command is None:
            return compose.stale_button()
        try:
            return await self._desk.answer(command, caller(interaction))
        except Exception:
            ref = secrets.token_hex(2).upper()
            log.exception("failed to answer %s, ref %s", type(command).__name__, ref)
            return compose.internal_error(ref)

    async def _send(self, interaction: Interaction, message: Message) -> None:
        path = f"/webhooks/{interaction.application_id}/{interaction.token}/messages/@original"
        try:
            body, files = with_files(message)
            answer = await self._rest.request("PATCH", path, body, files)
            if files and not answer.succeeded:
                # A server may not allow the bot to attach files.
                log.warning("was refused a picture: status %s", answer.status)
                answer = await self._rest.request("PATCH", path, encoded(message))
        except (aiohttp.ClientError, TimeoutError) as error:
            # Its text could hold the address, and with it the interaction's token.
            log.warning("lost an answer on its way: %s", type(error).__name__)
            return
        if not answer.succeeded:
            log.warning("was refused an answer: status %s", answer.status)


def caller(interaction: Interaction) -> Caller:
    """Return who asks, where, and what Discord says at this moment that they may do there."""
    person = str(interaction.user.id)
    direct = Address("discord", DIRECT, person)
    if interaction.guild_id is None:
        return Caller(
            person,
            here=direct,
            direct=direct,
            shows_pictures=True,
            step_to_open_direct=_STEP_TO_OPEN,
        )
    here = Address("discord", str(interaction.guild_id), str(interaction.channel_id or ""))
    return Caller(
        person,
        here,
        direct,
        may_manage=_may_manage(interaction.permissions),
        bot_may_post=_may_post(interaction),
        right_to_manage=_RIGHT,
        shows_pictures=True,
        step_to_let_bot_post=_STEP_IN_THREAD if _is_thread(interaction) else _STEP,
        step_to_open_direct=_STEP_TO_OPEN,
    )


def _may_manage(has: discord.Permissions) -> bool:
    return has.administrator or has.manage_guild or has.manage_channels


def _may_post(interaction: Interaction) -> bool:
    has = interaction.app_permissions
    may_send = has.send_messages_in_threads if _is_thread(interaction) else has.send_messages
    return has.administrator or (has.view_channel and has.embed_links and may_send)


def _is_thread(interaction: Interaction) -> bool:
    return isinstance(interaction.channel, discord.Thread)


def _foretold(interaction: Interaction, command: Command | None) -> bytes:
    """Return what Discord is told will come: a page that is turned stays in its message."""
    pressed = interaction.message
    turns = pressed and pressed.flags.ephemeral and command and turns_a_page(command)
    return _MESSAGE_WILL_CHANGE if turns else _ANSWER_WILL_COME


def _named(interaction: Interaction, name: str) -> str:
    said: Mapping[str, object] = {**(interaction.data or {})}
    return str(said.get(name, ""))


async def _zones(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=name) for name in localtime.zones(typed)]
