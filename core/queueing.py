"""Queueing: an article's deliveries written for all whose rules it matches, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import timetable
from core.db import inserting
from core.rules import Facts, topics_of
from core.subscriptions import CONCERN_BITS, MOOD_BITS
from core.tables import addresses, deliveries, exclusions, rules, stories, subscriptions


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
    exclusion: bool = True
    """To leave out what is of this article's tags and sites."""
    coverage: bool = False
    """To be told of it below an article that told the same story before."""


NO_WISHES = Wishes()


async def wishes(db: AsyncConnection, article_id: int, facts: Facts) -> Wishes:
    """Return what any rule wants of an article."""
    told = {"words": _words(facts), "article": article_id}
    return Wishes(*(await db.execute(_WISHES, told)).one())


async def enqueue(db: AsyncConnection, part: Part, wished: Wishes = NO_WISHES) -> int:
    """Queue the article for whose rules it matches, once each, and return how many are new.

    Held for those that are paused. Where one comes by several rules, it comes at once if one of
    them lets it, and by one that mentions somebody if there is one.
    """
    told, dialect = asked(part), db.dialect.name
    if dialect == "postgresql":
        # A plan for any part takes it for a tiny one, and compares every rule with every topic.
        # Of most rows it is also to read whole tables, which looking rows up makes it avoid.
        await db.execute(_PLAN_AFRESH)
    if not wished.exclusion:
        del told["words"]
    how = wished.mention, wished.exclusion
    if not wished.schedule:
        return (await db.execute(_enqueueing(dialect, "any", *how), told)).rowcount
    await timetable.turn(db, part.now, within=part.within)
    at_once = (await db.execute(_enqueueing(dialect, "at once", *how), told)).rowcount
    return at_once + (await db.execute(_enqueueing(dialect, "later", *how), told)).rowcount


async def count_down(db: AsyncConnection, part: Part) -> None:
    """Count what of a part was just queued to come at once: fewer can come so on that day."""
    told = asked(part)
    # No more than it asks for: to an UPDATE, what is named like a column is a new value.
    await db.execute(_COUNT_DOWN, {name: told[name] for name in _COUNT_DOWN_ASKS})


_own, _other = stories.alias("own"), stories.alias("other")
_WISHES = sa.select(
    sa.exists().where(rules.c.turns_at.is_not(None)),
    sa.exists().where(rules.c.mention != sa.literal_column("''")),
    sa.exists().where(addresses.c.beside_id.is_not(None)),
    sa.exists().where(exclusions.c.word.in_(sa.bindparam("words", expanding=True))),
    sa.exists().where(
        _own.c.article_id == sa.bindparam("article", type_=sa.BigInteger),
        _other.c.story_id == _own.c.story_id,
        _other.c.article_id != _own.c.article_id,
    ),
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
        "words": _words(facts),
    }


def _words(facts: Facts) -> list[str]:
    """Return the words of which each leaves an article out."""
    return [*facts.tags, *facts.domains]


_PLAN_AFRESH = sa.select(
    sa.func.set_config("plan_cache_mode", "force_custom_plan", True),
    sa.func.set_config("random_page_cost", "4", True),
)

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
def _enqueueing(
    dialect: str,
    when: _When,
    mentions_first: bool,  # noqa: FBT001 (a key of the cache)
    leaves_out: bool,  # noqa: FBT001 (a key of the cache)
) -> sa.Insert:
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
        .where(*_is_followed(when, dialect), *_is_let(), *_COMES[when])
    )
    if dialect == "postgresql":
        # Said again here: else it reads every address and rule to match a few. SQLite only looks
        # twice.
        rows = rows.where(*_within(addresses.c.id), *_within(rules.c.address_id))
    if leaves_out:
        rows = rows.where(_is_not_left_out(dialect))
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
    return *_is_let(), _is_not_left_out(dialect)


def _is_let() -> tuple[sa.ColumnElement[bool], ...]:
    """Ask what it says but for what is left out."""
    mood, concerns = (sa.bindparam(name, type_=sa.Integer) for name in ("mood", "concerns"))
    return (
        rules.c.heat <= sa.bindparam("heat", type_=sa.Integer),
        rules.c.heat > sa.bindparam("above", type_=sa.Integer),
        rules.c.moods.bitwise_and(mood) != 0,
        rules.c.concerns.bitwise_and(concerns) != 0,
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
            # Later coverage is no post.
            deliveries.c.lead_id.is_(None),
            deliveries.c.queued_at == sa.bindparam("now", type_=deliveries.c.queued_at.type),
        ),
    )
    .values(left_today=rules.c.left_today - 1)
)
