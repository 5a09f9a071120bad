"""Answers to the mods of a channel."""

from typing import assert_never

from core import compose, coverage, pauses, subscriptions, workspaces
from core.commands import (
    Caller,
    ChannelApart,
    ChannelCrosspost,
    ChannelExport,
    ChannelFollow,
    ChannelHistory,
    ChannelManagers,
    ChannelMove,
    ChannelMute,
    ChannelNotices,
    ChannelPause,
    ChannelPreview,
    ChannelResume,
    ChannelSettings,
    ChannelStatus,
    ChannelUndo,
    ChannelUnfollow,
    ChannelWaiting,
    ChannelZone,
    ForMods,
)
from core.desk import (
    changes,
    crossposting,
    following,
    managing,
    moving,
    panel,
    pausing,
    showing,
    waiting,
    watching,
)
from core.desk.office import Office
from core.desk.places import cannot_post
from core.desk.reading import article_named
from core.messages import Message
from core.posting import Address


async def answer(office: Office, command: ForMods, caller: Caller) -> Message:
    """Do what `command` says to the channel: that `caller` may was checked."""
    said = await _answer(office, command, caller)
    # The settings name their channel themselves.
    return said if isinstance(command, ChannelSettings) else placed(said, caller)


def placed(said: Message, caller: Caller) -> Message:
    """Return an answer about a channel so that it stays about that, where it is another one."""
    if caller.elsewhere is None:
        return said
    return compose.about_elsewhere(said, caller.elsewhere.channel)


async def _answer(office: Office, command: ForMods, caller: Caller) -> Message:  # noqa: C901, PLR0911, PLR0912 (one short case for each command)
    match command:
        case ChannelFollow(words):
            if words and not caller.bot_may_post:
                return cannot_post(caller, " ".join(("channel follow", *words)))
            said = await following.follow(office, caller.about, words, compose.CHANNEL, caller)
            return Message((*said.parts, *await pausing.still_paused(office, caller.about)))
        case ChannelUnfollow(words):
            return await following.unfollow(office, caller.about, words, compose.CHANNEL, caller)
        case ChannelSettings(words):
            return await panel.settings(office, words, caller)
        case ChannelStatus(query):
            return await watching.status(office, query, caller)
        case ChannelPause(until):
            return await pausing.pause(office, until, caller)
        case ChannelResume():
            return await pausing.resume(office, caller)
        case ChannelWaiting(query):
            return await waiting.waiting(office, query, caller)
        case ChannelMute(wanted):
            return await pausing.mute(office, caller, wanted=wanted)
        case ChannelMove(to, back):
            return await moving.answer(office, to, back, caller)
        case ChannelPreview():
            return await showing.preview(office, caller)
        case ChannelNotices(wanted):
            return await _notices(office, caller, wanted=wanted)
        case ChannelZone(name):
            return await following.zone(office, caller.about, name, "channel zone", caller)
        case ChannelHistory(query):
            return await changes.history_of(office, query, caller)
        case ChannelUndo(number):
            return await changes.undo(office, number, caller)
        case ChannelManagers(who):
            return await managing.answer(office, who, caller)
        case ChannelExport():
            return await changes.exported(office, caller)
        case ChannelApart(query):
            return await _tell_apart(office, query, caller)
        case ChannelCrosspost(wanted):
            return await crossposting.choose(office, caller, wanted=wanted)
        case _:
            assert_never(command)


async def _notices(office: Office, caller: Caller, *, wanted: bool) -> Message:
    if not wanted:
        now = office.clock()
        async with office.database.write() as db, following.noted(db, caller.about, caller, now):
            came = await workspaces.send_no_notices_to(db, caller.about)
        return compose.notices_stop(came=came, prefix=caller.prefix)
    if not caller.bot_may_post:
        return cannot_post(caller, "channel log")
    await _resume(office, caller.about, caller)
    now = office.clock()
    async with office.database.write() as db, following.noted(db, caller.about, caller, now):
        # It has a number from now on, so that it can be paused like any other.
        await subscriptions.saved(db, caller.about)
        await workspaces.send_notices_to(db, caller.about)
    return compose.notices_come(prefix=caller.prefix)


async def _tell_apart(office: Office, query: str, caller: Caller) -> Message:
    now = office.clock()
    async with office.database.write() as db:
        article = await article_named(db, query)
        here, by = caller.about, caller.person
        if not article or not await coverage.tell_apart(db, here, article.id, by=by, now=now):
            return compose.no_coverage(prefix=caller.prefix)
    office.when_released()
    return compose.told_apart(article)


async def _resume(office: Office, address: Address, caller: Caller) -> bool:
    now = office.clock()
    async with office.database.write() as db, following.noted(db, address, caller, now):
        was_paused = await pauses.resume(db, address, now=now)
    if was_paused:
        office.when_released()
    return was_paused
