"""Answers to who wants to see what a channel's rules bring, before it is posted."""

from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, compose, rules, subscriptions
from core.commands import Caller
from core.compose import Brought
from core.desk.office import Office
from core.forecast import forecast, newest
from core.localtime import local_day
from core.messages import Message
from core.rules import Rules
from core.timetable import zone_of

_MOST = 10  # as many as a digest names


async def preview(office: Office, caller: Caller) -> Message:
    """Return the last articles as the channel's rules would post them."""
    now = office.clock()
    async with office.database.read() as db:
        has = await subscriptions.following(db, caller.about)
        if not has.rules:
            return compose.follows_nothing(prefix=caller.prefix)
        would_come = await forecast(db, has.rules, now=now)
        brought = await brought_lately(db, office, has.rules, most=_MOST)
    day = local_day(zone_of(has.zone), now)
    return compose.preview(brought, would_come, office.style, day, prefix=caller.prefix)


async def brought_lately(
    db: AsyncConnection, office: Office, follows: Rules, *, most: int
) -> list[Brought]:
    """Return the newest articles that these rules bring, each with the terms of one that does."""
    ids = await newest(db, follows, now=office.clock(), most=most)
    found = await articles.by_ids(db, ids)
    by = {it: rules.bringing(follows, rules.facts(found[it])) for it in ids}
    return [Brought(found[it], follows[topics[0]]) for it, topics in by.items() if topics]
