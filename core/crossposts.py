"""Crossposts: posts passed on to the channels elsewhere that follow the channel they stand in.

waiting → passed    the platform took it, now or before
   └────→ skipped   the platform takes no more of this channel now, or never will

A post stands whatever becomes of this. It is queued with the record that the post stands, so a
crash loses none; to pass on again what was passed on already changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import insert
from core.posting import Address, Platform, Receipt
from core.subscriptions import is_at, saved
from core.tables import addresses, crossposts

State = Literal["waiting", "passed", "skipped"]

MOST = 10
"""How many posts of one channel are passed on within `WITHIN`: what the platform takes."""
WITHIN = timedelta(hours=1)
FRESH = timedelta(hours=24)
"""How long a post is news. What was not passed on by then is not."""
LEASE = timedelta(minutes=2)
"""How long a post that is being passed on belongs to who does it."""
TOO_MANY = f"{MOST} posts of the last hour were passed on already"
"""The reason why a post is skipped where the platform takes no more."""

_KEPT = timedelta(days=7)
_at = crossposts.c
# As a literal, not a parameter: PostgreSQL's generic plan would not use the partial index.
_WAITING = _at.state == sa.literal_column("'waiting'")


@dataclass(frozen=True, slots=True)
class Crosspost:
    """A post that is to be passed on."""

    id: int
    address_id: int
    receipt: Receipt
    attempts: int
    asked_at: datetime
    before: int
    """How many posts of its channel were passed on in the hour before."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How passing a post on ended; with `due_at` it is tried again then."""

    post: Crosspost
    state: State
    reason: str = ""
    due_at: datetime | None = None


async def choose(db: AsyncConnection, address: Address, *, wanted: bool) -> bool:
    """Let the posts of a channel be passed on from now on, or no more; say whether they were."""
    number = await saved(db, address)
    crossposted = sa.select(addresses.c.crosspost).where(addresses.c.id == number)
    before = bool(await db.scalar(crossposted))
    here = sa.update(addresses).where(addresses.c.id == number)
    await db.execute(here.values(crosspost=wanted))
    if not wanted:
        await db.execute(sa.delete(crossposts).where(_at.address_id == number, _WAITING))
    return before


async def are_chosen(db: AsyncConnection, address: Address) -> bool:
    """Say whether the posts of a channel are passed on."""
    return bool(await db.scalar(sa.select(addresses.c.crosspost).where(is_at(address))))


async def ask(
    db: AsyncConnection,
    platform: Platform,
    stand: Collection[tuple[int, str]],
    *,
    now: datetime,
) -> None:
    """Have posts passed on that stand: the numbers of their addresses, and their messages' ids."""
    rows = [
        {"platform": platform, "address_id": number, "message_id": message, "asked_at": now}
        | {"due_at": now, "state": "waiting"}
        for number, message in stand
        if message
    ]
    if rows:
        await db.execute(insert(db, crossposts).on_conflict_do_nothing(), rows)


async def claim_due(
    db: AsyncConnection, platform: Platform, *, now: datetime, most: int
) -> list[Crosspost]:
    """Claim at most `most` posts that are to be passed on now, in the order they were made."""
    due = sa.select(_at.id).where(_WAITING, _at.platform == platform, _at.due_at <= now)
    pick = due.order_by(_at.id).limit(most).with_for_update(skip_locked=True).cte("pick")
    mine = sa.update(crossposts).where(_at.id == pick.c.id).values(due_at=now + LEASE)
    mine = mine.values(attempts=_at.attempts + 1)
    columns = (_at.id, _at.address_id, _at.message_id, _at.attempts, _at.asked_at)
    rows = sorted((await db.execute(mine.returning(*columns))).all())
    places = await _places(db, {row.address_id for row in rows})
    before = await _passed(db, {row.address_id for row in rows}, since=now - WITHIN)
    return [
        Crosspost(
            row.id,
            row.address_id,
            Receipt(places[row.address_id], row.message_id),
            row.attempts,
            row.asked_at,
            before.get(row.address_id, 0),
        )
        for row in rows
        if row.address_id in places
    ]


async def record(db: AsyncConnection, ends: Sequence[Ended], *, now: datetime) -> None:
    """Write down how passing posts on ended, and forget what is long over."""
    for end in ends:
        ended_at = None if end.due_at else now
        over: dict[str, object] = {"state": end.state, "ended_at": ended_at}
        over |= {"reason": end.reason or None} | ({"due_at": end.due_at} if end.due_at else {})
        await db.execute(sa.update(crossposts).where(_at.id == end.post.id).values(over))
    await db.execute(sa.delete(crossposts).where(_at.ended_at < now - _KEPT))


async def skipped(db: AsyncConnection, address_id: int, *, since: datetime) -> Sequence[str]:
    """Return why posts of a channel were not passed on since then, a reason for each."""
    why = sa.select(_at.reason).where(_at.address_id == address_id, _at.state == "skipped")
    found = await db.scalars(why.where(_at.ended_at > since).order_by(_at.id))
    return [reason or "" for reason in found.all()]


async def _places(db: AsyncConnection, ids: Collection[int]) -> dict[int, Address]:
    where = addresses.c
    columns = (where.platform, where.workspace, where.channel, where.thread)
    found = await db.execute(sa.select(where.id, *columns).where(where.id.in_(ids)))
    return {number: Address(*place) for number, *place in found.all()}


async def _passed(
    db: AsyncConnection, ids: Collection[int], *, since: datetime
) -> Mapping[int, int]:
    count = sa.select(_at.address_id, sa.func.count()).where(_at.address_id.in_(ids))
    recent = count.where(_at.state == "passed", _at.ended_at > since).group_by(_at.address_id)
    return {row.address_id: row[1] for row in await db.execute(recent)}
