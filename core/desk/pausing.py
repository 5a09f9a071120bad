"""Answers to who pauses a channel, or lets it go on."""

from core import backlog, compose, mutes, pauses, settings, subscriptions
from core.commands import Caller
from core.desk import following
from core.desk.office import Office
from core.desk.places import cannot_post
from core.messages import Message, Part
from core.posting import Address
from core.timetable import zone_of
from core.typed_time import Moment, until


async def pause(office: Office, typed: str, caller: Caller) -> Message:
    """Hold what comes to the channel until the typed time, or for as long as nobody resumes it."""
    now, here, prefix = office.clock(), caller.about, caller.prefix
    async with office.database.write() as db:
        has = await subscriptions.following(db, here)
        at = until(typed, Moment(now, zone_of(has.zone or caller.zone)))
        if not has.rules:
            return compose.follows_nothing(prefix=prefix)
        if typed and at is None:
            return compose.channel_paused_until_when(typed, prefix=prefix)
        async with following.noted(db, here, caller, now):
            await pauses.pause_asked(db, here, at, now=now)
        kept = await backlog.kept_back(db, has.address_id, now=now)
    return compose.channel_paused(at, kept, prefix=prefix)


async def resume(office: Office, caller: Caller) -> Message:
    """Post in the channel again, whether it was closed or somebody paused it."""
    if not caller.bot_may_post:
        return cannot_post(caller, "channel resume")
    now, here = office.clock(), caller.about
    async with office.database.write() as db:
        before = await settings.of(db, here)
        async with following.noted(db, here, caller, now):
            was_paused = await pauses.resume(db, here, now=now)
    if was_paused:
        office.when_released()
    until = before.paused_until if before.paused else None
    undo = compose.words_to_pause(until) if before.paused else ""
    return compose.channel_resumed(was_paused=was_paused, undo=undo, prefix=caller.prefix)


async def mute(office: Office, caller: Caller, *, wanted: bool) -> Message:
    """Let nobody be told again that the channel is closed, or let people be told."""
    async with office.database.write() as db:
        if wanted:
            because = await mutes.mute(db, caller.about, now=office.clock())
            return compose.muted(because, prefix=caller.prefix)
        was_muted = await mutes.unmute(db, caller.about)
    return compose.unmuted(was_muted=was_muted)


async def still_paused(office: Office, here: Address) -> tuple[Part, ...]:
    """Return what is to be said of a pause that a person asked for, if one holds there."""
    async with office.database.read() as db:
        has = await settings.of(db, here)
        if not has.paused:
            return ()
        number = (await subscriptions.following(db, here)).address_id
        kept = await backlog.kept_back(db, number, now=office.clock())
    return compose.still_paused(has.paused_until, kept)
