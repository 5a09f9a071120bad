"""Answers to the mods of a channel."""

from typing import assert_never

from core import compose, coverage, outbox, pauses, subscriptions, workspaces
from core.commands import (
    Caller,
    ChannelApart,
    ChannelCrosspost,
    ChannelFollow,
    ChannelManagers,
    ChannelNotices,
    ChannelResume,
    ChannelStatus,
    ChannelUnfollow,
    ChannelZone,
    ForMods,
)
from core.desk import crossposting, following, managing
from core.desk.closures import tell
from core.desk.office import Office
from core.desk.places import cannot_post
from core.desk.reading import article_named
from core.messages import Message
from core.posting import Address


async def answer(office: Office, command: ForMods, caller: Caller) -> Message:  # noqa: C901, PLR0911, PLR0912 (one short case for each command)
    """Do what `command` says to the channel: that `caller` may was checked."""
    match command:
        case ChannelFollow(words):
            if words and not caller.bot_may_post:
                return cannot_post(caller, " ".join(("channel follow", *words)))
            return await following.follow(office, caller.here, words, compose.CHANNEL, caller)
        case ChannelUnfollow(words):
            return await following.unfollow(office, caller.here, words, compose.CHANNEL, caller)
        case ChannelStatus():
            return await _status(office, caller)
        case ChannelResume():
            return await _resumed(office, caller)
        case ChannelNotices(wanted):
            return await _notices(office, caller, wanted=wanted)
        case ChannelZone(name):
            return await following.zone(office, caller.here, name, "channel zone", caller)
        case ChannelManagers(who):
            return await managing.answer(office, who, caller)
        case ChannelApart(query):
            return await _tell_apart(office, query, caller)
        case ChannelCrosspost(wanted):
            return await crossposting.choose(office, caller, wanted=wanted)
        case _:
            assert_never(command)


async def _status(office: Office, caller: Caller) -> Message:
    async with office.database.read() as db:
        has = await subscriptions.following(db, caller.here)
        traffic = await outbox.traffic(db, has.address_id)
    await tell(office, [has.address_id] if has.paused_because else [])
    said = compose.channel_status(has, traffic, prefix=caller.prefix)
    return Message(said.parts + await crossposting.told(office, caller.here))


async def _resumed(office: Office, caller: Caller) -> Message:
    if not caller.bot_may_post:
        return cannot_post(caller, "channel resume")
    was_paused = await _resume(office, caller.here)
    return compose.channel_resumed(was_paused=was_paused, prefix=caller.prefix)


async def _notices(office: Office, caller: Caller, *, wanted: bool) -> Message:
    if not wanted:
        async with office.database.write() as db:
            came = await workspaces.send_no_notices_to(db, caller.here)
        return compose.notices_stop(came=came, prefix=caller.prefix)
    if not caller.bot_may_post:
        return cannot_post(caller, "channel notices")
    await _resume(office, caller.here)
    async with office.database.write() as db:
        # It has a number from now on, so that it can be paused like any other.
        await subscriptions.saved(db, caller.here)
        await workspaces.send_notices_to(db, caller.here)
    return compose.notices_come(prefix=caller.prefix)


async def _tell_apart(office: Office, query: str, caller: Caller) -> Message:
    now = office.clock()
    async with office.database.write() as db:
        article = await article_named(db, query)
        here, by = caller.here, caller.person
        if not article or not await coverage.tell_apart(db, here, article.id, by=by, now=now):
            return compose.no_coverage(prefix=caller.prefix)
    office.when_released()
    return compose.told_apart(article)


async def _resume(office: Office, address: Address) -> bool:
    async with office.database.write() as db:
        was_paused = await pauses.resume(db, address, now=office.clock())
    if was_paused:
        office.when_released()
    return was_paused
