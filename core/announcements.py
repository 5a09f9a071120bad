"""Announcements: messages of the bot's own on their way to a channel, each to be said once.

A row stands from the transaction of what it tells until it is known that the message stands, or
that it never will. What became of a try whose answer was lost is looked for first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.posting import Address, Platform
from core.tables import announcements

FRESH = timedelta(hours=24)
"""How long it is worth saying."""
LEASE = timedelta(minutes=5)
"""How long one that is being said belongs to who says it."""

_at = announcements.c


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message that is to be said."""

    id: int
    address: Address
    what: Mapping[str, Any]
    """What it tells, by the numbers of rows, or in words."""
    asked_at: datetime
    tried_at: datetime | None
    """When it was tried first, if it may stand since."""
    looks: int
    """How often it was looked for since the last try."""
    attempts: int
    lease_until: datetime

    @property
    def key(self) -> str:
        """Return what is the same for each try of it, and for no other message."""
        return f"announcement.{self.id}.{self.asked_at.timestamp():.0f}"


async def ask(
    db: AsyncConnection, address: Address, what: Mapping[str, Any], *, now: datetime
) -> None:
    """Have this said at `address`, in the transaction of what it tells."""
    where = {it: getattr(address, it) for it in ("platform", "workspace", "channel", "thread")}
    row = {**where, "what": dict(what), "asked_at": now, "due_at": now}
    await db.execute(sa.insert(announcements).values(row))


async def is_due(
    db: AsyncConnection, platform: Platform, at: Address | None, *, now: datetime
) -> bool:
    """Say whether anything is to be said now on a platform, or at one address there."""
    return bool(await db.scalar(sa.select(sa.exists().where(*_due(platform, at, now)))))


async def claim(
    db: AsyncConnection, platform: Platform, at: Address | None, *, now: datetime
) -> Announcement | None:
    """Claim what is to be said first. From when that is committed it is known that it may stand."""
    first = sa.select(announcements).where(*_due(platform, at, now))
    first = first.order_by(_at.due_at, _at.id).limit(1).with_for_update(skip_locked=True)
    if (row := (await db.execute(first)).one_or_none()) is None:
        return None
    mine = {"due_at": now + LEASE, "tried_at": row.tried_at or now, "attempts": row.attempts + 1}
    await db.execute(sa.update(announcements).where(_at.id == row.id).values(mine))
    address = Address(row.platform, row.workspace, row.channel, row.thread)
    tried = (row.asked_at, row.tried_at, row.looks, row.attempts + 1)
    return Announcement(row.id, address, row.what, *tried, now + LEASE)


async def put_back(
    db: AsyncConnection,
    it: Announcement,
    due_at: datetime,
    *,
    tried_at: datetime | None,
    looks: int = 0,
) -> None:
    """Have it tried again, or looked for, unless another took it over meanwhile."""
    mine = sa.update(announcements).where(_at.id == it.id, _at.due_at == it.lease_until)
    await db.execute(mine.values(due_at=due_at, tried_at=tried_at, looks=looks))


async def end(db: AsyncConnection, it: Announcement) -> None:
    """Keep it no longer: it stands, or never will."""
    await db.execute(sa.delete(announcements).where(_at.id == it.id))


def _due(
    platform: Platform, at: Address | None, now: datetime
) -> tuple[sa.ColumnElement[bool], ...]:
    due = (_at.platform == platform, _at.due_at <= now)
    if at is None:
        return due
    return (*due, *(getattr(_at, it) == getattr(at, it) for it in _PLACE))


_PLACE = ("workspace", "channel", "thread")
