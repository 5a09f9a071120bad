"""Who asks on Slack, and what they may change, as Slack says at this moment."""

import asyncio
import logging
from typing import Any

from bots.slack.client import Identity
from bots.slack.directory import Directory
from core.commands import (
    Caller,
    Command,
    is_for_members,
    is_for_mods,
    is_for_sharing,
    minds_the_clock,
)
from core.posting import Address

PREFIX = "/themata "
"""What is typed before the words of any command."""

HOME = "home"
"""Stands for the channel where somebody asks in the home tab, which is none."""

_DIRECT = ("D", HOME)  # how the id of a conversation of two begins
_RIGHT = "to be an admin or owner of this workspace, or to have created this channel"
_RIGHT_OF_ADMINS = "to be an admin or owner of this workspace"
_STEP = "Type /invite @Themata in this channel."


def place_of(identity: Identity, person: str, channel: str) -> Address:
    """Return where a person asks: a channel, or their direct messages."""
    is_direct = channel.startswith(_DIRECT)
    return Address("slack", identity.workspace, person if is_direct else channel)


def writer(identity: Identity, *, person: str, channel: str, below: str) -> Caller:
    """Return who just wrote in a channel that the bot is in, and asks below that message."""
    here = place_of(identity, person, channel)
    direct = Address("slack", identity.workspace, person)
    return Caller(person, here, direct, may_post=True, below=below, prefix=PREFIX)


async def caller_for(
    directory: Directory,
    identity: Identity,
    command: Command,
    *,
    person: str,
    channel: str,
    about: str = "",
) -> Caller:
    """Return who asks for `command`. Slack is asked for their rights only if these matter.

    These are their rights in the channel `about`, if one is given. Without a clear answer from
    Slack, they have none.
    """
    here = place_of(identity, person, channel)
    direct = Address("slack", identity.workspace, person)
    if is_for_mods(command):
        there = Address("slack", identity.workspace, about) if about else None
        return await _manager(directory, identity, here, direct, elsewhere=there)
    if here != direct and is_for_sharing(command):
        return await _sharer(directory, identity, here, direct)
    zone = await _zone(directory, person) if minds_the_clock(command) else ""
    return Caller(person, here, direct, prefix=PREFIX, zone=zone)


async def belongs(
    directory: Directory, identity: Identity, command: Command, person: str, team: str
) -> bool:
    """Say whether a person belongs to the workspace, if that matters for `command`.

    With what they did came that they are of this `team`: only if it is another is Slack asked.
    """
    if team == identity.workspace or not is_for_members(command):
        return True
    user = await directory.person(person)
    return is_member(user, identity.workspace)


async def _manager(
    directory: Directory,
    identity: Identity,
    here: Address,
    direct: Address,
    *,
    elsewhere: Address | None,
) -> Caller:
    person = direct.channel
    user, conversation = await asyncio.gather(
        directory.person(person),
        _channel(directory, elsewhere or here, direct),
    )

    async def is_in(group: str) -> bool:
        return person in await directory.people_in(group)

    async def in_channel(channel: str) -> Caller:
        there = Address("slack", identity.workspace, channel)
        return await _manager(directory, identity, here, direct, elsewhere=there)

    return Caller(
        person,
        here,
        direct,
        elsewhere,
        in_channel=in_channel,
        may_manage=may_manage(user, conversation, identity.workspace),
        is_admin=is_admin(user, identity.workspace),
        is_guest=_is_guest(user),
        is_member=is_member(user, identity.workspace),
        is_in=is_in,
        bot_may_post=bot_may_post(conversation, identity.scopes),
        bot_is_member=bool(conversation.get("is_member")),
        prefix=PREFIX,
        right_to_manage=_RIGHT,
        right_to_administer=_RIGHT_OF_ADMINS,
        step_to_let_bot_post=_STEP,
        zone=str(user.get("tz") or ""),
    )


async def _sharer(
    directory: Directory, identity: Identity, here: Address, direct: Address
) -> Caller:
    """Return who asks in a channel, and so may write there: Slack tells apps no more."""
    # Of a private channel that the bot is not in Slack says nothing, as is to be expected.
    conversation = await directory.channel(here.channel, level=logging.INFO)
    return Caller(
        direct.channel,
        here,
        direct,
        may_post=True,
        bot_may_post=bot_may_post(conversation, identity.scopes),
        prefix=PREFIX,
        step_to_let_bot_post=_STEP,
    )


def may_manage(user: dict[str, Any], conversation: dict[str, Any], workspace: str) -> bool:
    """Say whether a person may change what a channel follows.

    Admins and owners of the workspace may, and who created the channel; never guests, and never
    people of another workspace that shares the channel.
    """
    is_creator = "id" in user and user["id"] == conversation.get("creator")
    return is_admin(user, workspace) or (is_insider(user, workspace) and is_creator)


def is_insider(user: dict[str, Any], workspace: str) -> bool:
    """Say whether a person belongs to the workspace, and to more than some of its channels."""
    return is_member(user, workspace) and not _is_guest(user)


def is_admin(user: dict[str, Any], workspace: str) -> bool:
    """Say whether a person runs the workspace."""
    runs = user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner")
    return bool(runs) and is_insider(user, workspace)


def is_member(user: dict[str, Any], workspace: str) -> bool:
    """Say whether a person belongs to the workspace: active, human, and not only in a channel."""
    grid = user.get("enterprise_user") or {}
    is_of_it = user.get("team_id") == workspace or workspace in grid.get("teams", ())
    return is_of_it and not (user.get("deleted") or user.get("is_stranger") or user.get("is_bot"))


def _is_guest(user: dict[str, Any]) -> bool:
    return bool(user.get("is_restricted") or user.get("is_ultra_restricted"))


def bot_may_post(conversation: dict[str, Any], scopes: frozenset[str]) -> bool:
    """Say whether the bot can post in a channel, by its membership or to any public channel."""
    if not conversation or conversation.get("is_archived"):
        return False
    is_open = not conversation.get("is_private") and "chat:write.public" in scopes
    return bool(conversation.get("is_member")) or is_open


async def _channel(directory: Directory, here: Address, direct: Address) -> dict[str, Any]:
    return {} if here == direct else await directory.channel(here.channel)


async def _zone(directory: Directory, person: str) -> str:
    user = await directory.person(person)
    return str(user.get("tz") or "")
