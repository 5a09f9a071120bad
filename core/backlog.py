"""What is kept back at an address: counted, posted at once, skipped, put back, moved elsewhere.

That is what a pause holds, and what waits for a digest, the end of quiet hours or another day.
What may stand already is none of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import outbox
from core.outbox import BEHIND, FRESH, HELD, KEPT, SKIPPED, WAITING, KeptBack, Traffic
from core.tables import addresses, articles, deliveries, subscriptions

_at = deliveries.c


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was skipped at one go: how many stories, and the numbers of the first and the last."""

    many: int = 0
    first: int = 0
    last: int = 0


async def traffic(db: AsyncConnection, address_id: int, *, now: datetime) -> Traffic:
    """Return what went to this address, and what waits for it or is kept back."""
    return replace(
        await outbox.traffic(db, address_id), kept=await kept_back(db, address_id, now=now)
    )


async def kept_back(db: AsyncConnection, address_id: int, *, now: datetime) -> KeptBack:
    """Return how many stories are kept back there, why, and when the first of them comes."""
    many, one, other, comes_at = (
        await db.execute(
            sa.select(
                sa.func.count(),
                sa.func.min(_at.kept),
                sa.func.max(_at.kept),
                sa.func.min(_at.due_at, type_=_at.due_at.type),
            ).where(_at.id.in_(_stories(address_id, now)))
        )
    ).one()
    return KeptBack(many, one if one == other else "", comes_at) if many else KeptBack()


async def post_now(db: AsyncConnection, address_id: int, most: int, *, now: datetime) -> int:
    """Let the hottest stories that are kept back there go out at once, as one message.

    The newest of those that are as hot. Returns how many do.
    """
    hottest = (
        sa.select(_at.id)
        .join(articles, articles.c.id == _at.article_id)
        .where(_at.id.in_(_stories(address_id, now)))
        .order_by(articles.c.heat.desc().nulls_last(), _at.id.desc())
        .limit(most)
    )
    ids = (await db.scalars(hottest)).all()
    # However long a pause held it, it is news from now on.
    goes = {"state": "waiting", "kept": "", "catch_up": len(ids) > 1}
    goes |= {"due_at": now, "queued_at": now, "not_before": None, "holds_line_until": None}
    going = sa.update(deliveries).where(_at.id.in_(ids), _is_kept_back(now)).values(goes)
    return (await db.execute(going)).rowcount


async def skip(db: AsyncConnection, address_id: int, *, now: datetime) -> Skipped:
    """End all that is kept back there, and what waits for the posts of it."""
    dropped = {"state": "dead", "reason": SKIPPED, "not_before": None, "holds_line_until": None}
    ending = sa.update(deliveries).where(_at.id.in_(_all(address_id, now)), _is_kept_back(now))
    rows = (await db.execute(ending.values(dropped).returning(_at.id, _at.below))).all()
    if not rows:
        return Skipped()
    ids = [row.id for row in rows]
    behind = sa.update(deliveries).where(BEHIND, _at.lead_id.in_(ids)).values(dropped)
    ids += (await db.scalars(behind.returning(_at.id))).all()
    return Skipped(sum(row.below is None for row in rows), min(ids), max(ids))


async def put_back(
    db: AsyncConnection, address_id: int, first: int, last: int, *, now: datetime
) -> int:
    """Let what was skipped there come after all if it is still news, and return how many stories.

    That is what has numbers from the `first` to the `last`. What a person's pause held is news as
    long as that lasts.
    """
    is_paused, held_by_a_person = await _pause(db, address_id)
    mine = (_at.address_id == address_id, _at.state == "dead", _at.reason == SKIPPED)
    among = (_at.id >= first, _at.id <= last, *mine)
    fresh = () if held_by_a_person else (_at.queued_at > now - FRESH,)
    again = sa.update(deliveries).where(*among, *fresh)
    waits = sa.and_(_at.lead_id.is_not(None), _at.below.is_(None))
    state = sa.case((waits, "behind"), else_="held")
    back = again.values(state=state, reason=None).returning(_at.below, _at.lead_id)
    rows = (await db.execute(back)).all()
    if not is_paused:
        await outbox.release(db, [address_id], now=now)
    return sum(row.below is None and row.lead_id is None for row in rows)


async def move(db: AsyncConnection, from_id: int, to_id: int, *, now: datetime) -> int:
    """Let all that waits at an address come to another one, and return how many stories.

    What that one has of its own does not come twice, and stays where it is.
    """
    there = deliveries.alias("there")
    is_there = sa.exists().where(there.c.address_id == to_id, there.c.article_id == _at.article_id)
    _, by_a_person = await _pause(db, from_id)
    if by_a_person:
        await outbox.renew(db, [from_id], now=now)
    goes_to = {"address_id": to_id, "rule_id": _rule_at(to_id)}
    unsent = (_at.tried_at.is_(None), sa.or_(HELD, WAITING))
    moving = sa.update(deliveries).where(_at.id.in_(_waiting(from_id)), *unsent, ~is_there)
    ids = (await db.scalars(moving.values(goes_to | {"state": "held"}).returning(_at.id))).all()
    behind = sa.update(deliveries).where(BEHIND, _at.lead_id.in_(ids), ~is_there)
    await db.execute(behind.values(goes_to))
    is_paused, _ = await _pause(db, to_id)
    if not is_paused:
        await outbox.release(db, [to_id], now=now)
    return len(ids)


def _rule_at(address_id: int) -> sa.ScalarSelect[int]:
    """Return the rule by which an address follows what a delivery comes by; nothing if none."""
    own, other = subscriptions.alias("own"), subscriptions.alias("other")
    same = sa.select(sa.func.min(other.c.rule_id)).join(own, own.c.topic == other.c.topic)
    return same.where(
        own.c.rule_id == _at.rule_id, other.c.address_id == address_id
    ).scalar_subquery()


async def _pause(db: AsyncConnection, address_id: int) -> tuple[bool, bool]:
    """Return whether an address is paused, and whether a person paused it."""
    kind = await db.scalar(sa.select(addresses.c.pause_kind).where(addresses.c.id == address_id))
    return kind is not None, kind == "asked"


def _all(address_id: int, now: datetime) -> sa.Select[tuple[int]]:
    """Return the query for all that is kept back there, also what stands in threads."""
    mine = sa.select(_at.id).where(_at.address_id == address_id, _at.tried_at.is_(None))
    # Apart, as each has an index of its own.
    either = sa.union_all(mine.where(HELD), mine.where(WAITING, KEPT, _at.due_at > now)).subquery()
    return sa.select(either.c.id)


def _waiting(address_id: int) -> sa.Select[tuple[int]]:
    """Return the query for every story that is to come there, kept back or not."""
    mine = sa.select(_at.id).where(_at.address_id == address_id, _at.below.is_(None))
    either = sa.union_all(mine.where(HELD), mine.where(WAITING)).subquery()
    return sa.select(either.c.id)


def _stories(address_id: int, now: datetime) -> sa.Select[tuple[int]]:
    return sa.select(_at.id).where(_at.id.in_(_all(address_id, now)), _at.below.is_(None))


def _is_kept_back(now: datetime) -> sa.ColumnElement[bool]:
    """Say it once more where it is changed: meanwhile it may have gone out."""
    return sa.and_(_at.tried_at.is_(None), sa.or_(HELD, sa.and_(WAITING, KEPT, _at.due_at > now)))
