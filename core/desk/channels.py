"""Answers to the mods of a channel."""

import logging
from typing import assert_never

from core import compose, coverage, pauses, subscriptions, workspaces
from core.announcing import Announcing
from core.commands import (
    Caller,
    ChannelApart,
    ChannelCrosspost,
    ChannelExport,
    ChannelFollow,
    ChannelHistory,
    ChannelLog,
    ChannelManagers,
    ChannelMove,
    ChannelMute,
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
from core.db import AWAY
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
from core.posting import Address, PlatformClosed

log = logging.getLogger(__name__)


async def answer(office: Office, command: ForMods, caller: Caller) -> Message:
    """Do what `command` says to the channel: that `caller` may was checked."""
    said = await _answer(office, command, caller)
    await _announce(office, caller)
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
            return await _follow(office, words, caller)
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
        case ChannelLog(wanted):
            return await _log(office, caller, wanted=wanted)
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


async def _follow(office: Office, words: tuple[str, ...], caller: Caller) -> Message:
    if words and not caller.bot_may_post:
        return cannot_post(caller, " ".join(("channel follow", *words)))
    said = await following.follow(office, caller.about, words, compose.CHANNEL, caller)
    return Message((*said.parts, *await pausing.still_paused(office, caller.about)))


async def _announce(office: Office, caller: Caller) -> None:
    """Say in the channel what is to be said there now: who set it up."""
    about = caller.about
    announcing = Announcing(office.database, office.posters, clock=office.clock)
    try:
        await announcing.announce_due(about.platform, about)
    except (*AWAY, PlatformClosed) as error:
        # What was asked for is done, and must not be answered with an error. It is said later.
        log.warning("could not announce in %s yet: %s", about, error)


async def _log(office: Office, caller: Caller, *, wanted: bool) -> Message:
    if not wanted:
        now = office.clock()
        async with office.database.write() as db, following.noted(db, caller.about, caller, now):
            came = await workspaces.end_log(db, caller.about)
        return compose.log_stops(came=came, prefix=caller.prefix)
    if not caller.bot_may_post:
        return cannot_post(caller, "channel log")
    await _resume(office, caller.about, caller)
    now = office.clock()
    async with office.database.write() as db, following.noted(db, caller.about, caller, now):
        # It has a number from now on, so that it can be paused like any other.
        await subscriptions.saved(db, caller.about)
        await workspaces.choose_log(db, caller.about)
    return compose.log_comes(prefix=caller.prefix)


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
