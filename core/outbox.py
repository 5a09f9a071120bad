"""Deliveries: an article on its way to an address. Their states, queueing, and how long they wait.

waiting → sending → posted
             ├────→ waiting   the platform was busy, or it is not known whether it was posted
             ├────→ held      the address is closed; waiting again when it is resumed
             ├────→ unknown   it cannot be found out whether it was posted
             └────→ dead      this message never can be posted there
waiting → expired             too old to be news
behind → waiting              a member is to be mentioned, when the channel's own post stands

`core/claims.py` holds what happens between waiting and the end.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import timetable
from core.db import inserting
from core.posting import Address
from core.rules import Facts, topics_of
from core.subscriptions import CONCERN_BITS, MOOD_BITS, following, is_at
from core.tables import addresses, deliveries, exclusions, rules, subscriptions

State = Literal["behind", "waiting", "sending", "posted", "held", "dead", "expired", "unknown"]

FRESH = timedelta(hours=24)
"""How long an article is news. What could not be posted by then is not posted."""
WITHDRAWN = "withdrawn by the source"
"""The reason why a delivery is dead whose article no longer stands."""
UNFOLLOWED = "nothing is followed there any more"
"""The reason why a delivery is dead that was kept for a digest."""

# As a literal, not a parameter: PostgreSQL's generic plan would not use the partial index.
WAITING = deliveries.c.state == sa.literal_column("'waiting'")
SENDING = deliveries.c.state == sa.literal_column("'sending'")
HELD = deliveries.c.state == sa.literal_column("'held'")
BEHIND = deliveries.c.state == sa.literal_column("'behind'")
KEPT = deliveries.c.kept != sa.literal_column("''")


@dataclass(frozen=True, slots=True)
class Part:
    """What of an article is queued in one go, and as of when."""

    article_id: int
    facts: Facts
    within: range
    """Ids of addresses, of which just the ends count."""
    now: datetime
    catch_up: bool = False
    """It shares one message with all others of its kind."""
    above: int = -1
    """Only for rules that ask for more heat than this."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What some rules want that the plain way of queueing does not look at."""

    schedule: bool = False
    """To let articles come later than at once."""
    mention: bool = False
    """To mention somebody in a post."""
    beside: bool = False
    """To mention a member in the thread of a channel's post."""


NO_WISHES = Wishes()


async def wishes(db: AsyncConnection) -> Wishes:
    """Return what any rule wants."""
    return Wishes(*(await db.execute(_WISHES)).one())


async def enqueue(db: AsyncConnection, part: Part, wished: Wishes = NO_WISHES) -> int:
    """Queue the article for whose rules it matches, once each, and return how many are new.

    Held for those that are paused. Where one comes by several rules, it comes at once if one of
    them lets it, and by one that mentions somebody if there is one.
    """
    told, dialect = asked(part), db.dialect.name
    if dialect == "postgresql":
        # A plan for any part takes it for a tiny one, and compares every rule with every topic.
        await db.execute(_PLAN_AFRESH)
    first = wished.mention
    if not wished.schedule:
        return (await db.execute(_enqueueing(dialect, "any", first), told)).rowcount
    await timetable.turn(db, part.now, within=part.within)
    at_once = (await db.execute(_enqueueing(dialect, "at once", first), told)).rowcount
    if at_once:
        # No more than it asks for: to an UPDATE, what is named like a column is a new value.
        await db.execute(_COUNT_DOWN, {name: told[name] for name in _COUNT_DOWN_ASKS})
    return at_once + (await db.execute(_enqueueing(dialect, "later", first), told)).rowcount


_WISHES = sa.select(
    sa.exists().where(rules.c.turns_at.is_not(None)),
    sa.exists().where(rules.c.mention != sa.literal_column("''")),
    sa.exists().where(addresses.c.beside_id.is_not(None)),
)


def asked(part: Part) -> dict[str, object]:
    """Return the parameters of a statement that queues an article."""
    facts = part.facts
    return {
        "article": part.article_id,
        "now": part.now,
        "catch_up": part.catch_up,
        "first": part.within.start,
        "stop": part.within.stop,
        "topics": topics_of(facts.tags),
        "heat": facts.heat,
        "above": part.above,
        "mood": MOOD_BITS[facts.mood],
        "concerns": CONCERN_BITS[facts.has_concerns],
        "words": [*facts.tags, *facts.domains],
    }


_PLAN_AFRESH = sa.text("SET LOCAL plan_cache_mode = force_custom_plan")

_IS_AT_ONCE = sa.and_(
    rules.c.later_at.is_(None), sa.or_(rules.c.left_today.is_(None), rules.c.left_today > 0)
)


_When = Literal["any", "at once", "later"]
_COMES: Mapping[_When, Sequence[sa.ColumnElement[bool]]] = {
    "any": (),
    "at once": (_IS_AT_ONCE,),
    "later": (rules.c.turns_at.is_not(None), ~_IS_AT_ONCE),
}


@cache
def _enqueueing(dialect: str, when: _When, mentions_first: bool) -> sa.Insert:  # noqa: FBT001 (a key of the cache)
    """Return a statement of `enqueue`. It is built once: building costs a thousand rows.

    For rules that let the article come `when`, or for any where none has a schedule. The first
    rule that matches at an address decides.
    """
    told: dict[str, sa.ColumnElement[Any]] = {
        "article_id": sa.bindparam("article", type_=sa.BigInteger),
        "address_id": addresses.c.id,
        "platform": addresses.c.platform,
        "state": sa.case(
            (addresses.c.paused_because.is_(None), sa.literal_column("'waiting'")),
            else_=sa.literal_column("'held'"),
        ),
        "rule_id": rules.c.id,
        "style": rules.c.style,
        "mention": rules.c.mention,
        **(_LATER if when == "later" else _AT_ONCE),
    }
    rows = (
        sa.select(*told.values())
        .select_from(subscriptions)
        .join(rules, rules.c.id == subscriptions.c.rule_id)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .where(*_is_followed(when, dialect), *is_allowed(dialect), *_COMES[when])
    )
    if dialect == "postgresql":
        # Said again here: else it reads every address and rule to match a few. SQLite only looks
        # twice.
        rows = rows.where(*_within(addresses.c.id), *_within(rules.c.address_id))
    if mentions_first:
        rows = rows.order_by(rules.c.mention.desc())
    return inserting(dialect, deliveries).from_select([*told], rows).on_conflict_do_nothing()


_NOW = sa.bindparam("now", type_=deliveries.c.due_at.type)
_LATER_AT = sa.func.coalesce(rules.c.later_at, rules.c.rest_at)
_AT_ONCE: dict[str, sa.ColumnElement[Any]] = {
    "queued_at": _NOW,
    "due_at": _NOW,
    "catch_up": sa.bindparam("catch_up", type_=sa.Boolean),
}
_LATER: dict[str, sa.ColumnElement[Any]] = {
    # It is news from when it comes: a week's digest is no older than that.
    "queued_at": _LATER_AT,
    "due_at": _LATER_AT,
    "catch_up": sa.true(),
    "kept": sa.case(
        (rules.c.days != "", sa.literal_column("'digest'")),
        (rules.c.later_at.is_not(None), sa.literal_column("'quiet'")),
        else_=sa.literal_column("'cap'"),
    ),
}


def _is_followed(when: _When, dialect: str) -> tuple[sa.ColumnElement[bool], ...]:
    topic: sa.ColumnElement[str] = subscriptions.c.topic
    if when == "later" and dialect == "sqlite":
        # So that the few rules with a schedule lead to their topics: no index leads from these.
        topic = sa.func.lower(topic)
    followed = topic.in_(sa.bindparam("topics", type_=sa.Text, expanding=True))
    if when == "later":
        is_theirs = subscriptions.c.address_id == rules.c.address_id
        return followed, is_theirs, *_within(rules.c.address_id)
    return followed, *_within(subscriptions.c.address_id)


def _within(address_id: sa.ColumnElement[int]) -> tuple[sa.ColumnElement[bool], ...]:
    first, stop = (sa.bindparam(name, type_=sa.BigInteger) for name in ("first", "stop"))
    return address_id >= first, address_id < stop


def is_allowed(dialect: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Ask what `rules.allows` says."""
    mood, concerns = (sa.bindparam(name, type_=sa.Integer) for name in ("mood", "concerns"))
    return (
        rules.c.heat <= sa.bindparam("heat", type_=sa.Integer),
        rules.c.heat > sa.bindparam("above", type_=sa.Integer),
        rules.c.moods.bitwise_and(mood) != 0,
        rules.c.concerns.bitwise_and(concerns) != 0,
        _is_not_left_out(dialect),
    )


def _is_not_left_out(dialect: str) -> sa.ColumnElement[bool]:
    """Ask for all exclusions of a part at once: to look for each rule's costs more than the rest.

    Each database has a form of its own in which it does that.
    """
    words = sa.bindparam("words", type_=sa.Text, expanding=True)
    named = exclusions.c.word.in_(words), *_within(exclusions.c.address_id)
    if dialect == "postgresql":
        of_rule = exclusions.c.address_id == rules.c.address_id, exclusions.c.rule_id == rules.c.id
        return ~sa.exists().where(*named, *of_rule)
    left_out = sa.select(exclusions.c.rule_id).where(*named)
    return sa.or_(rules.c.exclusions == 0, rules.c.id.not_in(left_out))


_COUNT_DOWN_ASKS = ("article", "first", "stop", "now")

# Only for what was queued just now: what a process before this one queued has another time.
_COUNT_DOWN = (
    sa.update(rules)
    .where(
        *_within(rules.c.address_id),
        rules.c.left_today > 0,
        sa.exists().where(
            deliveries.c.article_id == sa.bindparam("article", type_=sa.BigInteger),
            deliveries.c.address_id == rules.c.address_id,
            *_within(deliveries.c.address_id),
            deliveries.c.rule_id == rules.c.id,
            deliveries.c.kept == "",
            deliveries.c.queued_at == sa.bindparam("now", type_=deliveries.c.queued_at.type),
        ),
    )
    .values(left_today=rules.c.left_today - 1)
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


async def posted_since(db: AsyncConnection, address: Address, since: datetime) -> list[int]:
    """Return the articles that were posted to an address since then."""
    at, there = deliveries.c, addresses.c
    query = sa.select(at.article_id).join(addresses, there.id == at.address_id)
    found = await db.scalars(query.where(is_at(address), at.posted_at > since))
    return list(found.all())


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
    company = sa.update(deliveries).where(held, at.address_id.in_(several), at.below.is_(None))
    await db.execute(company.values(catch_up=True))
    # What is for a digest that is still to come comes with it.
    due_at = sa.case((at.due_at > now, at.due_at), else_=sa.literal(now, at.due_at.type))
    again = sa.update(deliveries).where(held).values(state="waiting", due_at=due_at)
    return (await db.execute(again)).rowcount


async def reschedule(db: AsyncConnection, address: Address, *, now: datetime) -> bool:
    """Let what is kept for later at `address` come when its rules say now; say whether any moved.

    If nothing is followed there any more, it does not come.
    """
    has = await following(db, address)
    if not has.rules:
        await _drop(db, has.address_id)
        return False
    await timetable.turn(db, now, within=range(has.address_id, has.address_id + 1))
    return bool(await _move(db, has.address_id, now))


async def _move(db: AsyncConnection, address_id: int, now: datetime) -> int:
    at = deliveries.c
    time = timetable.time_of(at.kept)
    by_rule = sa.select(time).where(rules.c.id == at.rule_id).scalar_subquery()
    # What its rule became is not known when that was merged into another one.
    is_there = sa.exists().where(rules.c.id == at.rule_id)
    earliest = sa.select(sa.func.min(time)).where(rules.c.address_id == address_id)
    comes_at = sa.case((is_there, by_rule), else_=earliest.scalar_subquery())
    then = sa.func.coalesce(comes_at, sa.literal(now, at.due_at.type), type_=at.due_at.type)
    moved = 0
    for unsent in _kept_at(address_id):
        changed = unsent.where(at.due_at != then).values(due_at=then, queued_at=then)
        moved += (await db.execute(changed)).rowcount
    return moved


async def _drop(db: AsyncConnection, address_id: int) -> None:
    behind = sa.update(deliveries).where(deliveries.c.address_id == address_id, BEHIND)
    for unsent in (*_kept_at(address_id), behind):
        await db.execute(unsent.values(state="dead", reason=UNFOLLOWED))


def _kept_at(address_id: int) -> tuple[sa.Update, sa.Update]:
    """Return updates of what is kept for later there and surely does not stand."""
    at = deliveries.c
    mine = sa.update(deliveries).where(at.address_id == address_id, at.tried_at.is_(None))
    # Apart, as each has an index of its own.
    return mine.where(WAITING, KEPT), mine.where(HELD, KEPT)


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
    unposted = mine.where(sa.or_(WAITING, HELD, BEHIND), deliveries.c.tried_at.is_(None))
    ended = {"state": "dead", "reason": WITHDRAWN, "not_before": None, "holds_line_until": None}
    return (await db.execute(unposted.values(ended))).rowcount


async def expire(db: AsyncConnection, *, now: datetime) -> int:
    """End what waits or is held longer than an article is news. Returns how many.

    Of what may have been posted it stays unknown whether it was.
    """
    return (await db.execute(_expiring(sa.or_(WAITING, HELD, BEHIND), now=now))).rowcount


def _expiring(which: sa.ColumnElement[bool], *, now: datetime) -> sa.Update:
    stale = sa.update(deliveries).where(which, deliveries.c.queued_at <= now - FRESH)
    state = sa.case((deliveries.c.tried_at.is_(None), "expired"), else_="unknown")
    why = sa.func.coalesce(deliveries.c.reason, "it was no longer news")
    return stale.values(state=state, reason=why, not_before=None, holds_line_until=None)
