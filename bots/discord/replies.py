"""Answers to commands, buttons and menus, seen only by those who asked; and to mentions."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Protocol

import aiohttp
import discord
from discord import app_commands

from bots.discord import mentions, menus, presses
from bots.discord.buttons import sealed
from bots.discord.commands import Interaction, Suggesters, choices, split_typed
from bots.discord.poster import DIRECT
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
    is_for_mods,
    parse,
    turns_a_page,
)
from core.desk import Shared, Suggestion
from core.messages import Message
from core.posting import Address
from core.seals import Foreign, Older, Opened, Seals

log = logging.getLogger(__name__)

_ANSWER_WILL_COME = b'{"type":5,"data":{"flags":64}}'  # that only who asked will see
_MESSAGE_WILL_CHANGE = b'{"type":6}'  # the one whose button was pressed
_WAS_ACKNOWLEDGED = 40060
_RIGHT = "the Manage Channels or Manage Server permission"
_RIGHT_OF_ADMINS = "the Manage Server permission"
_STEP = "Allow the bot View Channel, Send Messages and Embed Links in this channel's permissions."
_STEP_IN_THREAD = (
    "Allow the bot View Channel, Send Messages in Threads and Embed Links in the permissions of"
    " the channel that this thread belongs to."
)
_STEP_TO_CROSSPOST = (
    "On a Community server, turn on Announcement Channel in this channel's settings. Then type the"
    " command again."
)
_STEP_TO_BRING = (
    "Type it on a server that I am on; who has Manage Server there can add me from my profile."
)
WITHOUT_TYPING = (
    "Related stories, under Apps in the menu of a message: stories about the same thing",
    "A mention of me in a reply to a post of mine, or with a link or words: the same for everyone",
)
_STEP_IN_FORUM = (
    "Allow the bot View Channel, Send Messages, Send Messages in Threads, Embed Links and Read"
    " Message History in this forum's permissions."
)
_STEP_TO_OPEN = (
    "Open the menu of a server that we share, choose Privacy Settings, and turn on Direct Messages."
)


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

    async def to_words(self, interaction: Interaction, words: str) -> None:
        """Answer a typed command."""
        await self._reply(interaction, parse(with_roles(words, interaction.guild_id)))

    async def to_press(self, interaction: Interaction) -> None:
        """Answer a pressed button, a choice, or what was typed into a form.

        Anyone may have made its id, and anyone may press it.
        """
        kept = presses.opened(interaction, self._seals, caller(interaction).here)
        if not isinstance(kept, Opened):
            await self._reply(interaction, kept)
            return
        if form := presses.form_in(interaction, kept.words):
            await self._until_answered(self._open_form(interaction, form))
            return
        command = parse(kept.words)
        if isinstance(command, Share):
            await self._until_answered(self._share(interaction, command))
        else:
            old = isinstance(command, Unclear)
            await self._reply(interaction, Older(kept.words) if old else command)

    async def to_menu(self, interaction: Interaction) -> None:
        """Answer about the message in whose menu it was asked."""
        await self._reply(interaction, menus.command_about(interaction, caller(interaction).here))

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

    async def _reply(self, interaction: Interaction, command: Asked) -> None:
        await self._until_answered(self._answer_alone(interaction, command))

    async def _until_answered(self, answering: Awaitable[None]) -> None:
        answered = asyncio.get_running_loop().create_future()
        self._open.add(answered)
        try:
            await answering
        finally:
            self._open.discard(answered)
            answered.set_result(None)

    async def _answer_alone(self, interaction: Interaction, command: Asked) -> None:
        if await self._acknowledged(interaction, _foretold(interaction, command)):
            await self._send(interaction, await self._answer(interaction, command))

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
        shared = await self._shared(command, caller(interaction))
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

    async def _answer(self, interaction: Interaction, command: Asked) -> Message:
        """Return what to tell; of a button that does nothing, why."""
        if isinstance(command, Older | Foreign):
            return compose.unopened(command, prefix="/")
        try:
            return await self._desk.answer(command, _caller_of(command, interaction))
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
        return sealed(body, self._seals, caller(interaction).here)

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


def caller(interaction: Interaction) -> Caller:
    """Return who asks, where, and what Discord says at this moment that they may do there."""
    person = str(interaction.user.id)
    direct = Address("discord", DIRECT, person)
    if interaction.guild_id is None or not _is_on(interaction, interaction.guild_id):
        is_own = interaction.guild_id is None and not interaction.context.private_channel
        return Caller(
            person,
            here=direct,
            direct=direct,
            bot_is_here=is_own,
            shows_pictures=True,
            without_typing=WITHOUT_TYPING[:1],
            step_to_let_bot_post="" if is_own else _STEP_TO_BRING,
            step_to_open_direct=_STEP_TO_OPEN,
        )
    here = Address("discord", str(interaction.guild_id), str(interaction.channel_id or ""))
    return Caller(
        person,
        here,
        direct,
        may_manage=_may_manage(interaction.permissions),
        is_admin=_is_admin(interaction.permissions),
        is_guest=_is_guest(interaction.user),
        is_member=not interaction.user.bot,
        groups=_roles(interaction.user),
        may_post=_may_write(interaction),
        below=_below(interaction),
        bot_may_post=_may_post(interaction),
        right_to_manage=_RIGHT,
        right_to_administer=_RIGHT_OF_ADMINS,
        shows_pictures=True,
        without_typing=WITHOUT_TYPING,
        can_crosspost=_is_for_announcements(interaction),
        step_to_crosspost=_STEP_TO_CROSSPOST,
        step_to_let_bot_post=_STEP_IN_THREAD if _is_thread(interaction) else _STEP,
        step_to_open_direct=_STEP_TO_OPEN,
    )


def _is_on(interaction: Interaction, guild_id: int) -> bool:
    """Say whether the bot is on the server, by what Discord says of this or at the gateway."""
    is_known = interaction.client.get_guild(guild_id) is not None
    return is_known or interaction.is_guild_integration()


def _caller_of(command: Command, interaction: Interaction) -> Caller:
    """Return who asks; in a post of a forum, where none can ask of it itself, about the forum."""
    who, forum = caller(interaction), presses.forum_of(interaction)
    if not forum or not who.bot_is_here or not is_for_mods(command):
        return who
    has = interaction.app_permissions
    may_start = has.administrator or (who.bot_may_post and has.send_messages)
    here = replace(who.here, channel=forum)
    return replace(who, here=here, bot_may_post=may_start, step_to_let_bot_post=_STEP_IN_FORUM)


def _may_manage(has: discord.Permissions) -> bool:
    return _is_admin(has) or has.manage_channels


def _is_admin(has: discord.Permissions) -> bool:
    return has.administrator or has.manage_guild


def _is_guest(person: discord.User | discord.Member) -> bool:
    """Say whether they came by an invitation to one voice channel only."""
    return isinstance(person, discord.Member) and person.flags.guest


def _roles(person: discord.User | discord.Member) -> frozenset[str]:
    """Return the ids of their roles, as this interaction tells them."""
    held = person.roles if isinstance(person, discord.Member) else ()
    return frozenset(str(role.id) for role in held)


def _may_post(interaction: Interaction) -> bool:
    has = interaction.app_permissions
    may_send = _may_send(interaction, has)
    return has.administrator or (has.view_channel and has.embed_links and may_send)


def _may_write(interaction: Interaction) -> bool:
    """Say whether who asks may write there, by what Discord says of them in this interaction."""
    has, person = interaction.permissions, interaction.user
    is_muted = isinstance(person, discord.Member) and (person.pending or person.is_timed_out())
    may_send = has.view_channel and _may_send(interaction, has)
    return has.administrator or (may_send and not is_muted)


def _may_send(interaction: Interaction, has: discord.Permissions) -> bool:
    return has.send_messages_in_threads if _is_thread(interaction) else has.send_messages


def _below(interaction: Interaction) -> str:
    """Return the message that it is about: that of the menu, or that of the pressed button."""
    pressed = interaction.message
    if pressed and not pressed.flags.ephemeral:
        return str(pressed.id)
    return menus.target_of(interaction)


def _is_thread(interaction: Interaction) -> bool:
    return isinstance(interaction.channel, discord.Thread)


def _is_for_announcements(interaction: Interaction) -> bool:
    channel = interaction.channel
    return isinstance(channel, discord.TextChannel) and channel.is_news()


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
