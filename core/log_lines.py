"""What is to be told, a line each, in the channel that a workspace chose as its log."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import workspaces
from core.posting import Platform
from core.tables import log_lines

AGAIN_AFTER = timedelta(hours=24)
"""How long after a line of a cause there is no other one, and how long one is worth telling."""

LONG_OUTAGE = timedelta(minutes=10)
"""Of how long an outage people may have noticed that nothing came."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something to tell."""

    number: int
    workspace: str
    told: Mapping[str, Any]
    """What happened, by the numbers of its rows: whoever tells it looks them up."""
    at: datetime


Kind = Literal["open", "pause over", "not passed on", "outage"]
"""Posts go to a channel again that was closed, or paused for a while; a post was not passed on to
those who follow its channel; the platform had an outage in this workspace."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What nobody did, told in a line."""

    what: Kind
    channel: str = ""
    """Where, if not in the whole workspace."""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def told(cls, told: Mapping[str, Any]) -> Self | None:
        """Return what a line tells, if nobody did it."""
        if "what" not in told:
            return None
        times = {it: datetime.fromisoformat(told[it]) for it in ("since", "until") if told.get(it)}
        return cls(told["what"], told["channel"], told["reason"], **times)

    @property
    def cause(self) -> str:
        """Return its cause: of one there is one line a day."""
        return f"{self.what} {self.channel} {self.reason}".rstrip()


async def add_happened(
    db: AsyncConnection, where: tuple[Platform, str], it: Happened, *, now: datetime
) -> None:
    """Let this be told in the log of this platform's workspace, as `add` does."""
    times = {"since": it.since, "until": it.until}
    told = {"what": it.what, "channel": it.channel, "reason": it.reason}
    told |= {name: at.isoformat() for name, at in times.items() if at}
    await add(db, where, it.cause, told, now=now)


async def add_each(
    db: AsyncConnection, what: Kind, channels: Iterable[Sequence[Any]], *, now: datetime
) -> None:
    """Let this be told of these channels: the platform, workspace and id of each."""
    for platform, workspace, channel in channels:
        await add_happened(db, (platform, workspace), Happened(what, channel), now=now)


async def add_outage(
    db: AsyncConnection, where: tuple[Platform, str], since: datetime | None, *, now: datetime
) -> None:
    """Let an outage be told that is over now, if there was one and it was long."""
    if since and now - since >= LONG_OUTAGE:
        await add_happened(db, where, Happened("outage", since=since, until=now), now=now)


async def add(
    db: AsyncConnection,
    where: tuple[Platform, str],
    cause: str,
    told: Mapping[str, Any],
    *,
    now: datetime,
) -> bool:
    """Let this be told in the log of this platform's workspace, and say whether it will be.

    In the transaction of what it tells. Not where there is no log, and of one cause once a day.
    """
    if not await workspaces.log_channel(db, *where):
        return False
    at = log_lines.c
    here = (at.platform == where[0], at.workspace == where[1], at.cause == cause)
    if await db.scalar(sa.select(sa.exists().where(*here, at.happened_at > now - AGAIN_AFTER))):
        return False
    row = {"platform": where[0], "workspace": where[1], "cause": cause}
    await db.execute(sa.insert(log_lines).values(**row, told=dict(told), happened_at=now))
    return True


async def untold(db: AsyncConnection, platform: Platform, *, now: datetime) -> Sequence[Line]:
    """Return what nobody was told yet, by workspace, in the order in which it happened."""
    at = log_lines.c
    is_due = (at.platform == platform, at.told_at.is_(None), at.happened_at > now - AGAIN_AFTER)
    asked = sa.select(at.id, at.workspace, at.told, at.happened_at).where(*is_due)
    rows = await db.execute(asked.order_by(at.workspace, at.id))
    return [Line(*row) for row in rows.all()]


async def by_numbers(db: AsyncConnection, numbers: Collection[int]) -> Sequence[Line]:
    """Return the lines that have these numbers, in the order in which it happened."""
    at = log_lines.c
    asked = sa.select(at.id, at.workspace, at.told, at.happened_at).where(at.id.in_(numbers))
    return [Line(*row) for row in (await db.execute(asked.order_by(at.id))).all()]


async def tell(db: AsyncConnection, numbers: Collection[int], *, now: datetime) -> set[int]:
    """Keep that these are told, and return those that were not yet."""
    at = log_lines.c
    told = sa.update(log_lines).where(at.id.in_(numbers), at.told_at.is_(None))
    return set((await db.scalars(told.values(told_at=now).returning(at.id))).all())


async def untell(db: AsyncConnection, numbers: Collection[int]) -> None:
    """Keep that telling these failed."""
    failed = sa.update(log_lines).where(log_lines.c.id.in_(numbers))
    await db.execute(failed.values(told_at=None))


async def forget(db: AsyncConnection, *, now: datetime) -> None:
    """Keep no longer what happened so long ago that its cause may be told again."""
    await db.execute(sa.delete(log_lines).where(log_lines.c.happened_at <= now - AGAIN_AFTER))
