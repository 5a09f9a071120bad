"""Which addresses are closed to the bot, and what opens them again."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import log_lines, mutes, outbox, workspaces
from core.clock import Clock, utc_now
from core.db import Database
from core.posting import Address, Platform
from core.subscriptions import IS_THERE, SET_BY_ITSELF, is_at, saved, there
from core.tables import addresses, rules

PauseKind = Literal["closed", "away", "left", "asked"]
"""Why: a person has to mend it; an outage of the platform; the bot was removed; a mod wants it."""

PROBES_AFTER = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""How long after each post that failed a closed address is tried again by itself."""
TOLD_AGAIN_AFTER = timedelta(hours=24)
"""How long after people were told of a reason they are told of the same one again."""

_BATCH = 500
_AWAY = "the platform has an outage here"
_LEFT = "the bot was removed"
_ASKED = "somebody paused it"

_at = addresses.c
_IS_OPEN = _at.pause_kind.is_(None)
_IS_CLOSED = _at.pause_kind == "closed"
_IS_ASKED = sa.func.coalesce(_at.pause_kind, "") == "asked"
_IS_GONE = _at.pause_kind.in_(("left", "away"))
_IS_UNTOLD = sa.and_(_IS_CLOSED, _at.told_at.is_(None))
_IS_CHANNEL = sa.exists().where(rules.c.address_id == _at.id, ~SET_BY_ITSELF)

_PLACES = sa.select(_at.platform, _at.workspace, _at.channel)

_NO_PAUSE = {
    "pause_kind": None,
    "paused_because": None,
    "paused_at": None,
    "probe_at": None,
    "probes": 0,
    "paused_until": None,
}

_Change = Callable[[AsyncConnection, sa.ColumnElement[bool]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Closed:
    """An address that a person has to open again."""

    address_id: int
    address: Address
    because: str
    since: datetime


async def pause(db: AsyncConnection, address_id: int, because: str, *, now: datetime) -> None:
    """Post nothing more to this address, as `pause_each` does."""
    await pause_each(db, {address_id: because}, now=now)


async def pause_each(db: AsyncConnection, because: Mapping[int, str], *, now: datetime) -> None:
    """Post nothing more to these addresses, each with its reason: a post there just failed.

    What they follow stays. After the failure of a probe the next one is due later; after the
    last, none is.
    """
    columns = (_at.id, _at.pause_kind, _at.probes)
    for row in await db.execute(sa.select(*columns).where(_at.id.in_(because))):
        reason = because[row.id]
        if row.pause_kind is None:
            await _begin(db, _at.id == row.id, kind="closed", because=reason, now=now)
        elif row.pause_kind == "closed":
            still = {"paused_because": reason, "probe_at": _next_probe(row.probes, now)}
            await db.execute(sa.update(addresses).where(_at.id == row.id).values(still))
    # Once for all: it may have to look through everything that waits.
    await outbox.hold(db, because)


async def pause_at(db: AsyncConnection, address: Address, because: str, *, now: datetime) -> None:
    """Pause `address` as `pause` does."""
    await pause(db, await saved(db, address), because, now=now)


async def pause_asked(
    db: AsyncConnection, address: Address, until: datetime | None, *, now: datetime
) -> None:
    """Post nothing more to `address` until then, or until somebody resumes it."""
    which = _at.id == await saved(db, address)
    await _begin_and_hold(db, which, kind="asked", because=_ASKED, now=now)
    await db.execute(sa.update(addresses).where(which).values(paused_until=until))


async def is_paused(db: AsyncConnection, address: Address) -> bool:
    """Say whether `address` is paused."""
    return bool(await db.scalar(sa.select(sa.exists().where(is_at(address), ~_IS_OPEN))))


async def resume(db: AsyncConnection, address: Address, *, now: datetime) -> bool:
    """Post to `address` again, first what is held there, and say whether it was paused."""
    was_paused = bool(await _end(db, sa.and_(is_at(address), ~_IS_OPEN), now=now))
    if was_paused:
        await workspaces.come_back(db, address.platform, address.workspace)
    return was_paused


async def reopen(db: AsyncConnection, address: Address, *, now: datetime) -> bool:
    """Post to `address` again if it was closed, and say so. What somebody paused stays paused."""
    was_closed = bool(await _end(db, sa.and_(is_at(address), ~_IS_OPEN, ~_IS_ASKED), now=now))
    if was_closed:
        await workspaces.come_back(db, address.platform, address.workspace)
    return was_closed


async def end_asked(database: Database, *, now: datetime) -> int:
    """End the pauses that were asked for until now, and return how many.

    Each ends with the release of what it held, in one transaction: both, once, or neither.
    """
    due = sa.select(_at.id).where(_IS_ASKED, _at.paused_until <= now).limit(_BATCH)
    async with database.read() as db:
        ids = (await db.scalars(due)).all()
    if not ids:
        return 0
    async with database.write() as db:
        # Somebody may have resumed it meanwhile, or paused it for longer.
        still = sa.and_(_at.id.in_(ids), _IS_ASKED, _at.paused_until <= now)
        over = (await db.execute(_PLACES.where(still))).all()
        await log_lines.add_each(db, "pause over", over, now=now)
        return len(await _end(db, still, now=now))


async def proved_open(
    db: AsyncConnection, address_ids: Collection[int], *, now: datetime
) -> Sequence[int]:
    """End the pause of those addresses at which a probe was posted, and return which they are."""
    probed = sa.and_(_at.id.in_(address_ids), _IS_CLOSED, _at.probes > 0)
    return await _end(db, probed, now=now)


async def probe(database: Database, *, now: datetime) -> int:
    """Let what is held at closed addresses be tried where that is due. Returns at how many.

    What is held there goes out as one post. If that fails, `pause` holds it again.
    """
    due = sa.select(_at.id, _at.probes).where(_IS_CLOSED, _at.probe_at <= now, outbox.is_held(now))
    async with database.read() as db:
        found = (await db.execute(due.order_by(_at.probe_at).limit(_BATCH))).all()
    if not found:
        return 0
    begun = sa.update(addresses).where(_at.id == sa.bindparam("row_id"), _IS_CLOSED)
    begun = begun.values(probes=_at.probes + 1, probe_at=sa.bindparam("next_at"))
    async with database.write() as db:
        rows = [{"row_id": i, "next_at": _next_probe(probes + 1, now)} for i, probes in found]
        await db.execute(begun, rows)
        await outbox.release(db, [row.id for row in found], now=now)
    return len(found)


async def free_stranded(database: Database, *, now: datetime) -> int:
    """Release what is held at addresses that are open, and return how many deliveries.

    Where several write at a time, one can queue for an address while another resumes it.
    """
    held = sa.select(_at.id).where(_IS_OPEN, _at.id.in_(outbox.held_at())).limit(_BATCH)
    async with database.read() as db:
        ids = (await db.scalars(held)).all()
    if not ids:
        return 0
    async with database.write() as db:
        still_open = (await db.scalars(sa.select(_at.id).where(_at.id.in_(ids), _IS_OPEN))).all()
        return await outbox.release(db, still_open, now=now)


async def untold_direct(db: AsyncConnection, direct: Address) -> list[Closed]:
    """Return these direct messages if they are closed and their person was not told of it."""
    return await _closed(db, _UNTOLD_THERE, there(direct))


async def untold_channels(
    db: AsyncConnection, platform: Platform, workspace: str | None = None
) -> list[Closed]:
    """Return the channels there that are closed and of which nobody was told, first closed first.

    Those of all workspaces if none is named; direct messages are not among them.
    """
    if workspace is None:
        return await _closed(db, _UNTOLD_ANYWHERE, {"on": platform})
    return await _closed(db, _UNTOLD_IN_ONE, {"on": platform, "in": workspace})


async def tell(db: AsyncConnection, address_ids: Collection[int], *, now: datetime) -> set[int]:
    """Keep that people are told of these pauses, and return those they were not told of yet."""
    told = sa.update(addresses).where(_at.id.in_(address_ids), _IS_UNTOLD)
    told = told.values(told_at=now, told_of=_at.paused_because)
    return set((await db.scalars(told.returning(_at.id))).all())


async def untell(db: AsyncConnection, address_ids: Collection[int]) -> None:
    """Keep that telling of these pauses failed."""
    failed = sa.update(addresses).where(_at.id.in_(address_ids), _IS_CLOSED)
    await db.execute(failed.values(told_at=None))


class Pauses:
    """Keeps in the database what is closed. `when_released` is called when posts can go out."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        when_released: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._when_released = when_released

    async def channel_opened(self, platform: Platform, workspace: str, channel: str) -> None:
        """Resume this channel and its threads."""
        is_shut = _at.pause_kind.in_(("closed", "away"))
        await self._resume(sa.and_(_is_in(platform, workspace, channel), is_shut))

    async def channel_closed(
        self, platform: Platform, workspace: str, channel: str, because: str
    ) -> None:
        """Pause this channel and its threads until a person has opened it again."""
        counts_as_open = sa.or_(_IS_OPEN, _at.pause_kind == "away")
        # Who follows something beside it hears no more by itself.
        takes_posts = _at.beside_id.is_(None)
        there = sa.and_(_is_in(platform, workspace, channel), counts_as_open, takes_posts)
        await self._pause(there, "closed", because)

    async def workspace_left(self, platform: Platform, workspace: str) -> None:
        """Pause all of this workspace, to be purged after the time of grace."""
        async with self._database.write() as db:
            await workspaces.leave(db, platform, workspace, now=self._clock())
        is_not_left = sa.or_(_IS_OPEN, _at.pause_kind != "left")
        await self._pause(sa.and_(_is_in(platform, workspace), is_not_left), "left", _LEFT)

    async def workspace_joined(self, platform: Platform, workspace: str) -> None:
        """Resume what an outage or the bot's removal had paused in this workspace."""
        async with self._database.read() as db:
            was_left = await workspaces.has_left(db, platform, workspace)
            is_away = (_is_in(platform, workspace), _at.pause_kind == "away")
            away_since = await db.scalar(sa.select(sa.func.min(_at.paused_at)).where(*is_away))
        if was_left or away_since:
            async with self._database.write() as db:
                await workspaces.come_back(db, platform, workspace)
                where, now = (platform, workspace), self._clock()
                await log_lines.add_outage(db, where, away_since, now=now)
        await self._resume(sa.and_(_is_in(platform, workspace), _IS_GONE))

    async def workspace_away(self, platform: Platform, workspace: str) -> None:
        """Pause what is open in this workspace until it is back."""
        await self._pause(sa.and_(_is_in(platform, workspace), _IS_OPEN), "away", _AWAY)

    async def workspaces_present(self, platform: Platform, present: Collection[str]) -> None:
        """Let any other workspace be left, and those be back that were left or away."""
        async with self._database.read() as db:
            known = await workspaces.known(db, platform)
            gone = await workspaces.left(db, platform)
            paused = sa.select(_at.workspace).where(_at.platform == platform, _IS_GONE).distinct()
            back = gone.union((await db.scalars(paused)).all()).intersection(present)
        for workspace in sorted(known.difference(present, gone)):
            await self.workspace_left(platform, workspace)
        for workspace in sorted(back):
            await self.workspace_joined(platform, workspace)

    async def _pause(self, which: sa.ColumnElement[bool], kind: PauseKind, because: str) -> None:
        await self._in_batches(
            which, partial(_begin_and_hold, kind=kind, because=because, now=self._clock())
        )

    async def _resume(self, which: sa.ColumnElement[bool]) -> None:
        if await self._in_batches(which, partial(_open, now=self._clock())):
            self._when_released()

    async def _in_batches(self, which: sa.ColumnElement[bool], change: _Change) -> bool:
        """Change these addresses in short transactions, and say whether there were any.

        An event that changes nothing, as most do, only reads.
        """
        some = sa.select(_at.id).where(which).order_by(_at.id).limit(_BATCH)
        found, last = False, 0
        while True:
            async with self._database.read() as db:
                ids = (await db.scalars(some.where(_at.id > last))).all()
            if not ids:
                return found
            async with self._database.write() as db:
                await change(db, sa.and_(_at.id.in_(ids), which))
            found, last = True, ids[-1]


async def _begin(
    db: AsyncConnection,
    which: sa.ColumnElement[bool],
    *,
    kind: PauseKind,
    because: str,
    now: datetime,
) -> Sequence[int]:
    pause: dict[str, object] = {"pause_kind": kind, "paused_because": because, "paused_at": now}
    if kind == "closed":
        was_just_told = sa.and_(_at.told_of == because, _at.told_at > now - TOLD_AGAIN_AFTER)
        counts_as_told = sa.or_(was_just_told, mutes.is_muted(because))
        told_at = sa.case((counts_as_told, sa.func.coalesce(_at.told_at, _at.muted_at)))
        pause |= {"probe_at": _next_probe(0, now), "told_at": told_at}
    begun = sa.update(addresses).where(which).values(pause).returning(_at.id)
    return (await db.scalars(begun)).all()


async def _begin_and_hold(
    db: AsyncConnection,
    which: sa.ColumnElement[bool],
    *,
    kind: PauseKind,
    because: str,
    now: datetime,
) -> None:
    await outbox.hold(db, await _begin(db, which, kind=kind, because=because, now=now))


async def _end(
    db: AsyncConnection, which: sa.ColumnElement[bool], *, now: datetime
) -> Sequence[int]:
    """End the pause of these addresses, release what is held there, and return their numbers."""
    paused = (await db.execute(sa.select(_at.id, _IS_ASKED).where(which))).all()
    if not paused:
        return []
    asked = [number for number, is_asked in paused if is_asked]
    # What people did not hear of they need not hear the end of.
    was_told = _PLACES.where(which, _IS_CLOSED, _at.told_at.is_not(None), _IS_CHANNEL)
    await log_lines.add_each(db, "open", (await db.execute(was_told)).all(), now=now)
    ended = sa.update(addresses).where(which).values(_NO_PAUSE).returning(_at.id)
    ids = (await db.scalars(ended)).all()
    if asked:
        await outbox.renew(db, asked, now=now)
    if ids:
        await outbox.release(db, ids, now=now)
    return ids


async def _open(db: AsyncConnection, which: sa.ColumnElement[bool], *, now: datetime) -> object:
    """End the pause of addresses that are open, as their platform says."""
    ids = await _end(db, which, now=now)
    return await db.execute(sa.update(addresses).where(_at.id.in_(ids)).values(mutes.UNMUTED))


_CLOSED = sa.select(
    *(_at.id, _at.platform, _at.workspace, _at.channel, _at.thread),
    *(_at.paused_because, _at.paused_at),
).order_by(_at.paused_at, _at.id)
_UNTOLD_THERE = _CLOSED.where(IS_THERE, _IS_UNTOLD)
_UNTOLD_ANYWHERE = _CLOSED.where(_at.platform == sa.bindparam("on"), _IS_UNTOLD, _IS_CHANNEL)
_UNTOLD_IN_ONE = _UNTOLD_ANYWHERE.where(_at.workspace == sa.bindparam("in"))


async def _closed(
    db: AsyncConnection, closed: sa.Select[Any], asked: Mapping[str, object]
) -> list[Closed]:
    rows = await db.execute(closed, asked)
    return [
        Closed(number, Address(*where), because, since)
        for number, *where, because, since in rows.all()
    ]


def _is_in(
    platform: Platform, workspace: str, channel: str | None = None
) -> sa.ColumnElement[bool]:
    there = sa.and_(_at.platform == platform, _at.workspace == workspace)
    return there if channel is None else sa.and_(there, _at.channel == channel)


def _next_probe(probes: int, now: datetime) -> datetime | None:
    return now + PROBES_AFTER[probes] if probes < len(PROBES_AFTER) else None
