"""Deliveries: an article on its way to an address. Their states, queueing, and how long they wait.

waiting → sending → posted
             ├────→ waiting   the platform was busy, or it is not known whether it was posted
             ├────→ held      the address is closed; waiting again when it is resumed
             ├────→ unknown   it cannot be found out whether it was posted
             └────→ dead      this message never can be posted there
waiting → expired             too old to be news
behind → waiting              below another post, as soon as that stands
behind → covered              that post alone names it: it tells the same story

`core/claims.py` holds what happens between waiting and the end.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import timetable
from core.posting import Address
from core.subscriptions import following, is_at
from core.tables import addresses, deliveries, rules

State = Literal[
    "behind", "waiting", "sending", "posted", "covered", "held", "dead", "expired", "unknown"
]

FRESH = timedelta(hours=24)
"""How long an article is news. What could not be posted by then is not posted."""
_SOON = timedelta(minutes=1)
WITHDRAWN = "withdrawn by the source"
"""The reason why a delivery is dead whose article no longer stands."""
COUNTED = "a catch-up message counted it without its title"
"""The reason why a delivery is expired of which nothing but its number was told."""
UNFOLLOWED = "nothing is followed there any more"
"""The reason why a delivery is dead that was kept for a digest."""
SKIPPED = "somebody skipped it"
"""The reason why a delivery is dead that a person did not want to come any more."""

# As a literal, not a parameter: PostgreSQL's generic plan would not use the partial index.
WAITING = deliveries.c.state == sa.literal_column("'waiting'")
SENDING = deliveries.c.state == sa.literal_column("'sending'")
HELD = deliveries.c.state == sa.literal_column("'held'")
BEHIND = deliveries.c.state == sa.literal_column("'behind'")
KEPT = deliveries.c.kept != sa.literal_column("''")


@dataclass(frozen=True, slots=True)
class KeptBack:
    """Stories that wait at an address for a while, though they could be posted now."""

    many: int = 0
    why: str = ""
    """For what all of them wait: digest, quiet or cap; "" if it is a pause, or differs."""
    comes_at: datetime | None = None
    """When the first of them comes, if nobody paused it."""


NOTHING = KeptBack()


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went to an address, and what waits for it."""

    last_post_at: datetime | None
    waiting: int
    kept: KeptBack = NOTHING
    """What of that is kept back, where that was asked."""


async def traffic(db: AsyncConnection, address_id: int) -> Traffic:
    """Return when something was last posted to this address, and how many articles wait."""
    is_mine = deliveries.c.address_id == address_id
    last = await db.scalar(sa.select(sa.func.max(deliveries.c.posted_at)).where(is_mine))
    open_ = sa.or_(WAITING, SENDING, HELD)
    count = sa.select(sa.func.count()).select_from(deliveries).where(is_mine, open_)
    return Traffic(last, await db.scalar(count) or 0)


async def posted_since(db: AsyncConnection, address: Address, since: datetime) -> list[int]:
    """Return the articles that were posted to an address since then: of each story the first."""
    at, there = deliveries.c, addresses.c
    query = sa.select(at.article_id).join(addresses, there.id == at.address_id)
    found = await db.scalars(
        query.where(is_at(address), at.posted_at > since, at.lead_id.is_(None))
    )
    return list(found.all())


async def posted_as(db: AsyncConnection, message: Address) -> list[int]:
    """Return the articles that a message posts. Its channel's `thread` is the message's id."""
    at, there = deliveries.c, addresses.c
    query = sa.select(at.article_id).join(addresses, there.id == at.address_id)
    channel = (
        there.platform == message.platform,
        there.workspace == message.workspace,
        there.channel == message.channel,
    )
    # What only mentions somebody below a post is a message of its own.
    posted = (at.message_id == message.thread, at.below.is_(None))
    found = await db.scalars(query.where(*posted, *channel).distinct().order_by(at.article_id))
    return list(found.all())


async def told_by(db: AsyncConnection, message: Address) -> list[int]:
    """Return the articles that a message tells, also one in the thread of a story's post.

    Its channel's `thread` is the message's id.
    """
    at, there = deliveries.c, addresses.c
    query = sa.select(at.article_id).join(addresses, there.id == at.address_id)
    workspace = (there.platform == message.platform, there.workspace == message.workspace)
    # A thread on Discord has the id of the message below which it stands, and is a channel.
    channel = sa.or_(there.channel == message.channel, at.below == message.channel)
    posted = query.where(at.message_id == message.thread, *workspace, channel)
    return list((await db.scalars(posted.distinct().order_by(at.article_id))).all())


async def posts_for(db: AsyncConnection, here: Address) -> Address | None:
    """Return the channel of the post in whose thread `here` is; None if it is no such thread."""
    at, there = deliveries.c, addresses.c
    columns = (there.platform, there.workspace, there.channel)
    query = sa.select(*columns).join(deliveries, at.address_id == there.id)
    workspace = (there.platform == here.platform, there.workspace == here.workspace)
    above = query.where(at.message_id == here.channel, there.channel != here.channel, *workspace)
    row = (await db.execute(above.limit(1))).one_or_none()
    return Address(*row) if row else None


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
    await db.execute(expiring(held, now=now))
    several = sa.select(at.address_id).where(held).group_by(at.address_id)
    several = several.having(sa.func.count() > 1)
    company = sa.update(deliveries).where(held, at.address_id.in_(several), at.below.is_(None))
    await db.execute(company.values(catch_up=True))
    again = sa.update(deliveries).where(held).values(state="waiting", due_at=due_from(now))
    return (await db.execute(again)).rowcount


async def renew(db: AsyncConnection, address_ids: Collection[int], *, now: datetime) -> None:
    """Let what is held for these addresses be news from `now` on."""
    at = deliveries.c
    held = sa.update(deliveries).where(sa.or_(HELD, BEHIND), at.address_id.in_(address_ids))
    await db.execute(held.where(at.queued_at < now).values(queued_at=now))


def due_from(now: datetime) -> sa.ColumnElement[datetime]:
    """Return when what can go on `now` is due: what is for later, as for a digest, stays so."""
    due_at = deliveries.c.due_at
    return sa.case((due_at > now, due_at), else_=sa.literal(now, due_at.type))


async def is_busy(db: AsyncConnection, *, now: datetime) -> bool:
    """Say whether something is being posted, or is to be within a minute."""
    at = deliveries.c
    soon = sa.exists().where(WAITING, at.due_at <= now + _SOON)
    return bool(await db.scalar(sa.select(sa.or_(soon, sa.exists().where(SENDING)))))


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
    asked = {"of_address": address_id, "is_now": now}
    return sum([(await db.execute(moving, asked)).rowcount for moving in _MOVING])


async def _drop(db: AsyncConnection, address_id: int) -> None:
    behind = sa.update(deliveries).where(deliveries.c.address_id == address_id, BEHIND)
    for unsent in (*_kept_at(address_id), behind):
        await db.execute(unsent.values(state="dead", reason=UNFOLLOWED))


def _kept_at(address_id: int | sa.BindParameter[int]) -> tuple[sa.Update, sa.Update]:
    """Return updates of what is kept for later there and surely does not stand."""
    at = deliveries.c
    mine = sa.update(deliveries).where(at.address_id == address_id, at.tried_at.is_(None))
    # Apart, as each has an index of its own.
    return mine.where(WAITING, KEPT), mine.where(HELD, KEPT)


_OF_ADDRESS = sa.bindparam("of_address", type_=sa.BigInteger)


def _moving() -> tuple[sa.Update, ...]:
    """Return the updates of `_move`, which take longer to build than to carry out."""
    at, now = deliveries.c, sa.bindparam("is_now", type_=deliveries.c.due_at.type)
    time = timetable.time_of(at.kept)
    by_rule = sa.select(time).where(rules.c.id == at.rule_id).scalar_subquery()
    # What its rule became is not known when that was merged into another one.
    is_there = sa.exists().where(rules.c.id == at.rule_id)
    earliest = sa.select(sa.func.min(time)).where(rules.c.address_id == _OF_ADDRESS)
    comes_at = sa.case((is_there, by_rule), else_=earliest.scalar_subquery())
    then = sa.func.coalesce(comes_at, now, type_=at.due_at.type)
    changed = (unsent.where(at.due_at != then) for unsent in _kept_at(_OF_ADDRESS))
    return tuple(it.values(due_at=then, queued_at=then) for it in changed)


_MOVING = _moving()


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

    Of what may have been posted it stays unknown whether it was. What a person's pause holds stays.
    """
    open_ = sa.or_(WAITING, sa.and_(sa.or_(HELD, BEHIND), ~_IS_KEPT_BY_A_PAUSE))
    return (await db.execute(expiring(open_, now=now))).rowcount


# What somebody paused is news from when it comes, however long that lasts.
_IS_KEPT_BY_A_PAUSE = sa.exists().where(
    addresses.c.id == deliveries.c.address_id, addresses.c.pause_kind == "asked"
)


def expiring(which: sa.ColumnElement[bool], *, now: datetime) -> sa.Update:
    """Return the statement that ends those of some deliveries that are no longer news."""
    stale = sa.update(deliveries).where(which, deliveries.c.queued_at <= now - FRESH)
    state = sa.case((deliveries.c.tried_at.is_(None), "expired"), else_="unknown")
    why = sa.func.coalesce(deliveries.c.reason, "it was no longer news")
    return stale.values(state=state, reason=why, not_before=None, holds_line_until=None)
