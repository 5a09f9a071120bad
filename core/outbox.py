"""Deliveries: an article on its way to an address. Their states, queueing, and how long they wait.

waiting → sending → posted
             ├────→ waiting   the platform was busy, or it is not known whether it was posted
             ├────→ held      the address is closed; waiting again when it is resumed
             ├────→ unknown   it cannot be found out whether it was posted
             └────→ dead      this message never can be posted there
waiting → expired             too old to be news

`core/claims.py` holds what happens between waiting and the end.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import inserting
from core.rules import Facts, topics_of
from core.subscriptions import CONCERN_BITS, MOOD_BITS
from core.tables import addresses, deliveries, exclusions, rules, subscriptions

State = Literal["waiting", "sending", "posted", "held", "dead", "expired", "unknown"]

FRESH = timedelta(hours=24)
"""How long an article is news. What could not be posted by then is not posted."""
WITHDRAWN = "withdrawn by the source"
"""The reason why a delivery is dead whose article no longer stands."""

# As a literal, not a parameter: PostgreSQL's generic plan would not use the partial index.
WAITING = deliveries.c.state == sa.literal_column("'waiting'")
SENDING = deliveries.c.state == sa.literal_column("'sending'")
HELD = deliveries.c.state == sa.literal_column("'held'")


async def enqueue(
    db: AsyncConnection,
    article_id: int,
    facts: Facts,
    *,
    within: range,
    now: datetime,
    catch_up: bool = False,
) -> int:
    """Queue the article for whose rules it matches, once each, and return how many are new.

    Only for addresses with ids `within` a range, of which just the ends count. Held for those that
    are paused. With `catch_up` it shares one message with all others of its kind.
    """
    told = {
        "article": article_id,
        "now": now,
        "catch_up": catch_up,
        "first": within.start,
        "stop": within.stop,
        "topics": topics_of(facts.tags),
        "heat": facts.heat,
        "mood": MOOD_BITS[facts.mood],
        "concerns": CONCERN_BITS[facts.has_concerns],
        "words": [*facts.tags, *facts.domains],
    }
    return (await db.execute(_enqueueing(db.dialect.name), told)).rowcount


@cache
def _enqueueing(dialect: str) -> sa.Insert:
    """Return the one statement of `enqueue`. It is built once: building costs a thousand rows."""
    now = sa.bindparam("now", type_=deliveries.c.due_at.type)
    told: dict[str, sa.ColumnElement[Any]] = {
        "article_id": sa.bindparam("article", type_=sa.BigInteger),
        "address_id": addresses.c.id,
        "platform": addresses.c.platform,
        "state": sa.case(
            (addresses.c.paused_because.is_(None), sa.literal_column("'waiting'")),
            else_=sa.literal_column("'held'"),
        ),
        "queued_at": now,
        "due_at": now,
        "style": rules.c.style,
        "catch_up": sa.bindparam("catch_up", type_=sa.Boolean),
    }
    rows = (
        sa.select(*told.values())
        .select_from(subscriptions)
        .join(rules, rules.c.id == subscriptions.c.rule_id)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .where(*_is_followed(), *_is_allowed())
    )
    return inserting(dialect, deliveries).from_select([*told], rows).on_conflict_do_nothing()


def _is_followed() -> tuple[sa.ColumnElement[bool], ...]:
    at = subscriptions.c
    first, stop = (sa.bindparam(name, type_=sa.BigInteger) for name in ("first", "stop"))
    topics = sa.bindparam("topics", type_=sa.Text, expanding=True)
    return at.topic.in_(topics), at.address_id >= first, at.address_id < stop


def _is_allowed() -> tuple[sa.ColumnElement[bool], ...]:
    """Ask what `rules.allows` says."""
    mood, concerns = (sa.bindparam(name, type_=sa.Integer) for name in ("mood", "concerns"))
    left_out = sa.exists().where(
        exclusions.c.rule_id == rules.c.id,
        exclusions.c.word.in_(sa.bindparam("words", expanding=True)),
    )
    return (
        rules.c.heat <= sa.bindparam("heat", type_=sa.Integer),
        rules.c.moods.bitwise_and(mood) != 0,
        rules.c.concerns.bitwise_and(concerns) != 0,
        sa.or_(rules.c.exclusions == 0, ~left_out),
    )


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went to an address, and what waits for it."""

    last_post_at: datetime | None
    waiting: int


async def traffic(db: AsyncConnection, address_id: int) -> Traffic:
    """Return when something was last posted to this address, and how many articles wait."""
    is_mine = deliveries.c.address_id == address_id
    last = await db.scalar(sa.select(sa.func.max(deliveries.c.posted_at)).where(is_mine))
    open_ = sa.or_(WAITING, SENDING, HELD)
    count = sa.select(sa.func.count()).select_from(deliveries).where(is_mine, open_)
    return Traffic(last, await db.scalar(count) or 0)


async def hold(db: AsyncConnection, address_ids: Collection[int]) -> None:
    """Hold what waits for these addresses."""
    theirs = deliveries.c.address_id.in_(tuple(address_ids))
    waiting = sa.update(deliveries).where(WAITING, theirs)
    await db.execute(waiting.values(state="held", not_before=None, holds_line_until=None))


async def release(db: AsyncConnection, address_ids: Collection[int], *, now: datetime) -> int:
    """Let what is held for these addresses wait again, due now, if it is still news.

    Several at one address go out as one message. Returns how many wait again.
    """
    at = deliveries.c
    held = sa.and_(HELD, at.address_id.in_(address_ids))
    await db.execute(_expiring(held, now=now))
    several = sa.select(at.address_id).where(held).group_by(at.address_id)
    several = several.having(sa.func.count() > 1)
    company = sa.update(deliveries).where(held, at.address_id.in_(several))
    await db.execute(company.values(catch_up=True))
    again = sa.update(deliveries).where(held).values(state="waiting", due_at=now)
    return (await db.execute(again)).rowcount


def held_at() -> sa.Select[tuple[int]]:
    """Return the query for the addresses at which something is held."""
    return sa.select(deliveries.c.address_id).where(HELD)


def is_held(now: datetime) -> sa.ColumnElement[bool]:
    """Say, in a query of addresses, whether something that is still news is held there."""
    fresh = sa.and_(HELD, deliveries.c.queued_at > now - FRESH)
    return sa.exists().where(deliveries.c.address_id == addresses.c.id, fresh)


async def withdraw(db: AsyncConnection, article_id: int) -> int:
    """End what waits or is held of this article: it is not to be posted. Returns how many.

    What may stand already goes on, as else nobody would find it and strike it through.
    """
    mine = sa.update(deliveries).where(deliveries.c.article_id == article_id)
    unposted = mine.where(sa.or_(WAITING, HELD), deliveries.c.tried_at.is_(None))
    ended = {"state": "dead", "reason": WITHDRAWN, "not_before": None, "holds_line_until": None}
    return (await db.execute(unposted.values(ended))).rowcount


async def expire(db: AsyncConnection, *, now: datetime) -> int:
    """End what waits or is held longer than an article is news. Returns how many.

    Of what may have been posted it stays unknown whether it was.
    """
    return (await db.execute(_expiring(sa.or_(WAITING, HELD), now=now))).rowcount


def _expiring(which: sa.ColumnElement[bool], *, now: datetime) -> sa.Update:
    stale = sa.update(deliveries).where(which, deliveries.c.queued_at <= now - FRESH)
    state = sa.case((deliveries.c.tried_at.is_(None), "expired"), else_="unknown")
    why = sa.func.coalesce(deliveries.c.reason, "it was no longer news")
    return stale.values(state=state, reason=why, not_before=None, holds_line_until=None)
