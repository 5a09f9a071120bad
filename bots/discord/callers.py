"""Who asks on Discord, and what they may change, as Discord says at this moment."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import discord

from bots.discord import menus, presses
from bots.discord.elsewhere import Interaction, rights_in
from bots.discord.poster import DIRECT
from core import text
from core.commands import Caller, Command, is_for_mods
from core.posting import Address

RIGHT = "the Manage Channels or Manage Server permission"
RIGHT_OF_ADMINS = "the Manage Server permission"
_SENDS = {
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
}
_IN_CHANNEL = "this channel's permissions"
_IN_THREAD = "the permissions of the channel that this thread belongs to"
_STEP = f"Allow the bot View Channel, Send Messages and Embed Links in {_IN_CHANNEL}."
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


def caller(interaction: Interaction, about: str = "") -> Caller:
    """Return who asks, where, and what Discord says at this moment that they may do there.

    That is in the channel `about`, if one is given.
    """
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
    if about and about != here.channel:
        return _about(interaction, about, here, direct)
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
        right_to_manage=RIGHT,
        right_to_administer=RIGHT_OF_ADMINS,
        shows_pictures=True,
        without_typing=WITHOUT_TYPING,
        can_crosspost=_is_for_announcements(interaction),
        step_to_crosspost=_STEP_TO_CROSSPOST,
        step_to_let_bot_post=_step(interaction.app_permissions, in_thread=_is_thread(interaction)),
        step_to_open_direct=_STEP_TO_OPEN,
    )


def _about(interaction: Interaction, about: str, here: Address, direct: Address) -> Caller:
    """Return who asks about another channel of the server, and what they may do there."""
    has = rights_in(interaction, about)
    # What a channel followed that is gone is still to be moved or stopped by somebody.
    runs_what_is_gone = has.is_gone and _is_admin(interaction.permissions)
    sees = has.person.view_channel or _is_admin(has.person) or runs_what_is_gone
    return Caller(
        direct.channel,
        here,
        direct,
        replace(here, channel=about),
        may_manage=_may_manage(has.person),
        is_admin=_is_admin(has.person) or runs_what_is_gone,
        is_guest=_is_guest(interaction.user),
        # What they do not see is not theirs, whoever may set it up.
        is_member=not interaction.user.bot and sees,
        groups=_roles(interaction.user),
        bot_may_post=_can_post(has.bot, in_thread=has.in_thread),
        right_to_manage=RIGHT,
        right_to_administer=RIGHT_OF_ADMINS,
        shows_pictures=True,
        can_crosspost=has.for_announcements,
        step_to_crosspost=_STEP_TO_CROSSPOST,
        step_to_let_bot_post=_step(has.bot, in_thread=has.in_thread),
        step_to_open_direct=_STEP_TO_OPEN,
    )


def _in_channels_of(
    interaction: Interaction, who: Caller
) -> Callable[[str], Awaitable[Caller | None]]:
    """Return what tells who asks in any other channel of the server."""

    async def in_channel(channel: str) -> Caller:
        return _about(interaction, channel, who.here, who.direct)

    return in_channel


def _step(has: discord.Permissions, *, in_thread: bool) -> str:
    """Return what a person does so that the bot, which has these rights, can post there."""
    send = "send_messages_in_threads" if in_thread else "send_messages"
    needed = {"view_channel": "View Channel", send: _SENDS[send], "embed_links": "Embed Links"}
    missing = [name for right, name in needed.items() if not getattr(has, right)]
    where = _IN_THREAD if in_thread else _IN_CHANNEL
    named = text.in_a_sentence(missing or [*needed.values()])
    return f"Allow the bot {named} in {where}."


def _can_post(has: discord.Permissions, *, in_thread: bool) -> bool:
    may_send = has.send_messages_in_threads if in_thread else has.send_messages
    return has.administrator or (has.view_channel and has.embed_links and may_send)


def _is_on(interaction: Interaction, guild_id: int) -> bool:
    """Say whether the bot is on the server, by what Discord says of this or at the gateway."""
    is_known = interaction.client.get_guild(guild_id) is not None
    return is_known or interaction.is_guild_integration()


def who_asks(interaction: Interaction, command: Command, about: str = "") -> Caller:
    """Return who asks; in a post of a forum, where none can ask of it itself, about the forum."""
    who, forum = caller(interaction, about), presses.forum_of(interaction)
    if who.here != who.direct:
        who = replace(who, in_channel=_in_channels_of(interaction, who))
    if about or not forum or not who.bot_is_here or not is_for_mods(command):
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
    return _can_post(interaction.app_permissions, in_thread=_is_thread(interaction))


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
