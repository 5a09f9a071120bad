"""Answers to who follows something, no longer does, or wants to know what."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from core import (
    compose,
    grammar,
    history,
    introductions,
    localtime,
    outbox,
    pauses,
    rules,
    subscriptions,
)
from core.commands import Caller
from core.db import AWAY, cause_of
from core.desk.closures import tell
from core.desk.office import Office
from core.desk.reading import article_named
from core.forecast import Forecast, forecast
from core.grammar import Typed
from core.history import Noted
from core.messages import Message
from core.posting import Address, channel_of
from core.rules import Changes, Rules
from core.timetable import zone_of
from core.typed_time import Moment, until

log = logging.getLogger(__name__)

_MOST_NEAR = 3


async def follow(
    office: Office, address: Address, words: Sequence[str], voice: compose.Voice, caller: Caller
) -> Message:
    """Let `address` follow what was typed."""
    if not words:
        return compose.no_tag(voice.follow, prefix=caller.prefix)
    async with office.database.read() as db:
        has = await subscriptions.following(db, address)
    moment = Moment(office.clock(), zone_of(has.zone or caller.zone))
    known = await office.tags.catalogue()
    typed = grammar.read(words, known, moment, has.rules, by=voice.who)
    if blunders := typed.blunders:
        return compose.misunderstood(blunders, typed.understood, voice, prefix=caller.prefix)
    unknown = compose.unknown_tags(typed.mistakes, verb=voice.follow, prefix=caller.prefix)
    if not typed:
        return unknown
    step = await _change(office, address, typed, caller)
    brought = await _forecast(office, {topic: step.after[topic] for topic in step.named})
    said = compose.follows(voice, step, brought, prefix=caller.prefix)
    return Message(said.parts + unknown.parts)


async def unfollow(
    office: Office, address: Address, words: Sequence[str], voice: compose.Voice, caller: Caller
) -> Message:
    """Stop `address` following what was typed, or everything if nothing was."""
    named, now = grammar.topics(words, await office.tags.catalogue()), office.clock()
    async with office.database.write() as db, noted(db, address, caller, now) as note:
        had = await subscriptions.following(db, address)
        gone = [topic for topic in had.topics if not words or topic in named]
        has = await subscriptions.unfollow(db, address, gone)
        await outbox.reschedule(db, address, now=now)
    return compose.no_longer_follows(
        voice, had.rules, gone, has.topics, change=note.number, prefix=caller.prefix
    )


async def followed(office: Office, caller: Caller) -> Message:
    """Say what `caller` follows."""
    async with office.database.read() as db:
        has = await subscriptions.following(db, caller.direct)
    await tell(office, [has.address_id] if has.paused_because else [])
    return compose.subscriptions(has, office.clock(), prefix=caller.prefix)


async def change(office: Office, words: Sequence[str], caller: Caller) -> Message:
    """Say how what these words name could come otherwise to `caller`."""
    named = grammar.topics(words, await office.tags.catalogue())
    async with office.database.read() as db:
        has = await subscriptions.following(db, caller.direct)
    topics = [topic for topic in named if topic in has.rules]
    if not topics:
        return compose.subscriptions(has, office.clock(), prefix=caller.prefix)
    return compose.change(topics, has.rules, compose.MEMBER, prefix=caller.prefix)


async def snooze(office: Office, typed: str, caller: Caller) -> Message:
    """Hold all that comes to `caller` until then, or let it come again."""
    now, address, is_off = office.clock(), caller.direct, typed.lower() == "off"
    async with office.database.write() as db:
        has = await subscriptions.following(db, address)
        at = until(typed, Moment(now, zone_of(has.zone or caller.zone)))
        if not has.rules:
            return compose.subscriptions(has, now, prefix=caller.prefix)
        if at is None and not is_off:
            return compose.until_when(typed, prefix=caller.prefix)
        held = Changes({"paused_until": at})
        await subscriptions.follow(db, address, has.topics, held, by=caller.person, now=now)
        await outbox.reschedule(db, address, now=now)
    office.when_released()
    return compose.snoozed(at, prefix=caller.prefix)


async def stop(office: Office, query: str, caller: Caller) -> Message:
    """Stop what brings articles like this one to `caller`; if that is not clear, ask."""
    async with office.database.read() as db:
        has = await subscriptions.following(db, caller.direct)
        article = await article_named(db, query)
    brings = rules.bringing(has.rules, rules.facts(article)) if article else has.topics
    if not brings or (len(brings) > 1 and not article):
        return compose.subscriptions(has, office.clock(), prefix=caller.prefix)
    words = [grammar.word_of(topic) for topic in brings]
    return await unfollow(office, caller.direct, words, compose.MEMBER, caller)


async def zone(office: Office, address: Address, typed: str, verb: str, caller: Caller) -> Message:
    """Let `address` go by the clock of the typed zone, or say by which it goes."""
    named = localtime.zone(typed)
    if typed and named is None:
        near = localtime.zones(typed, _MOST_NEAR)
        return compose.unknown_zone(typed, near, verb=verb, prefix=caller.prefix)
    now = office.clock()
    async with office.database.write() as db, noted(db, address, caller, now) as note:
        if named:
            await subscriptions.set_zone(db, address, named.key, now=now)
            await outbox.reschedule(db, address, now=now)
        name = (await subscriptions.following(db, address)).zone
    if named:
        office.when_released()
    return compose.goes_by(name or "UTC", now, verb=verb, change=note.number, prefix=caller.prefix)


@asynccontextmanager
async def noted(
    db: AsyncConnection, address: Address, caller: Caller, now: datetime
) -> AsyncIterator[Noted]:
    """Note what `caller` changes meanwhile, if it is in the settings of a channel.

    If that sets it up for the first time, the bot will say there who did.
    """
    if address == caller.direct or channel_of(address):
        yield Noted()
        return
    by, name = caller.person, caller.name
    async with history.noted(db, address, by=by, now=now, name=name) as note:
        yield note
    if note.begins:
        prefix = caller.prefix
        await introductions.ask(db, address, by=by, name=name, prefix=prefix, now=now)


async def _change(office: Office, address: Address, typed: Typed, caller: Caller) -> compose.Step:
    """Let `address` follow what was typed, and return what it follows before and after."""
    now = office.clock()
    async with office.database.write() as db, noted(db, address, caller, now) as note:
        had = await subscriptions.following(db, address)
        has = await subscriptions.follow(
            db, address, typed.topics, typed.changes, by=caller.person, now=now
        )
        goes_by = has.zone
        if caller.zone and not goes_by and has.is_scheduled:
            goes_by = caller.zone
            await subscriptions.set_zone(db, address, goes_by, now=now)
        moved = await outbox.reschedule(db, address, now=now)
        resumed = await pauses.reopen(db, address, now=now)
    if moved or resumed:
        office.when_released()
    named = typed.topics or has.topics
    return compose.Step(had.rules, has.rules, named, goes_by or "UTC", change=note.number)


async def _forecast(office: Office, rules: Rules) -> Forecast | None:
    """Return what `rules` would have brought; nothing if that cannot be asked now."""
    try:
        async with office.database.read() as db:
            return await forecast(db, rules, now=office.clock())
    except AWAY as error:
        # The rule is stored, and must not be answered with an error.
        log.error("could not forecast: %s", cause_of(error))  # noqa: TRY400 (the cause is the database, not our code)
        return None
