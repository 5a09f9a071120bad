"""What people changed in the settings of a channel: kept, told, and taken back."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import log_lines, settings, subscriptions, workspaces
from core.posting import Address
from core.settings import Difference, Settings
from core.tables import changes

OPERATOR = "operator"
"""Who made a change at the command line."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one person changed in the settings of a channel, at one go."""

    number: int
    channel: Address
    by: str
    """The platform's id of the person; empty where it is no longer kept."""
    at: datetime
    before: Settings
    after: Settings
    undone_at: datetime | None = None
    undoes: int = 0
    """The number of the change that it took back, if it took one back."""

    @property
    def differences(self) -> list[Difference]:
        """Return all that it changed."""
        return settings.differences(self.before, self.after)


@dataclass(slots=True)
class Noted:
    """What is known of a change when it is noted."""

    number: int = 0
    """The number of the change; 0 until it is noted, and if nothing changed."""
    begins: bool = False
    """The channel followed nothing before, and follows something now."""


class ChangedSince(Exception):
    """What a change set was set otherwise after it, so that it cannot be taken back alone."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@asynccontextmanager
async def noted(
    db: AsyncConnection,
    channel: Address,
    *,
    by: str,
    now: datetime,
    name: str = "",
    undoes: int = 0,
) -> AsyncIterator[Noted]:
    """Note what changes meanwhile in the settings of `channel`, in the transaction of `db`.

    `name` is what others see the person called, where to mention them would notify them.
    """
    note = Noted()
    # Who changes it at the same time waits here, and sees what became of it.
    await subscriptions.lock(db, channel)
    told_in = await workspaces.log_channel(db, channel.platform, channel.workspace)
    before = await settings.of(db, channel)
    yield note
    after = await settings.of(db, channel)
    note.begins = bool(after.rules) and not before.rules
    if after.log and told_in and not before.log:
        # It is no longer told there, where the other one was.
        other = replace(channel, channel=told_in)
        has = await settings.of(db, other)
        await _note(db, Change(0, other, by, now, replace(has, log=True), has))
    if after != before:
        change = Change(0, channel, by, now, before, after, undoes=undoes)
        note.number = await _note(db, change)
        told = {"change": note.number, "name": name}
        where = (channel.platform, channel.workspace)
        await log_lines.add(db, where, cause_of(note.number), told, now=now)


def cause_of(number: int) -> str:
    """Return the cause of the line that tells the change of this number."""
    return f"change {number}"


async def by_numbers(db: AsyncConnection, numbers: Collection[int]) -> dict[int, Change]:
    """Return the changes that have these numbers, as far as they are kept."""
    rows = await db.execute(sa.select(changes).where(changes.c.id.in_(numbers)))
    return {it.id: _change(Address(it.platform, it.workspace, it.channel), it) for it in rows}


async def latest(
    db: AsyncConnection, channel: Address, *, most: int = 10, before: int | None = None
) -> list[Change]:
    """Return the last changes of `channel`, the newest first; `before` a number if it is given."""
    asked = sa.select(changes).where(_is_of(channel)).order_by(changes.c.id.desc()).limit(most)
    if before is not None:
        asked = asked.where(changes.c.id < before)
    return [_change(channel, row) for row in await db.execute(asked)]


async def page(
    db: AsyncConnection, channel: Address, number: int, most: int, *, upto: int
) -> list[Change]:
    """Return the changes up to that one which stand on the page of this number, from 1."""
    asked = sa.select(changes).where(_is_of(channel), changes.c.id <= upto)
    asked = asked.order_by(changes.c.id.desc()).limit(most).offset((number - 1) * most)
    return [_change(channel, row) for row in await db.execute(asked)]


async def count(db: AsyncConnection, channel: Address, *, upto: int) -> int:
    """Return how many changes of `channel` are kept, up to this number."""
    asked = sa.select(sa.func.count()).where(_is_of(channel), changes.c.id <= upto)
    return await db.scalar(asked) or 0


async def find(db: AsyncConnection, channel: Address, number: int) -> Change | None:
    """Return the change of `channel` with this number."""
    asked = sa.select(changes).where(_is_of(channel), changes.c.id == number)
    row = (await db.execute(asked)).one_or_none()
    return _change(channel, row) if row else None


async def still_holding(db: AsyncConnection, channel: Address, number: int = 0) -> Change | None:
    """Return the change of `channel` with this number if it was not taken back.

    Without a number the last one that still holds and took none back.
    """
    change = await find(db, channel, number) if number else await _last(db, channel)
    return None if change is None or change.undone_at else change


async def undo(
    db: AsyncConnection,
    channel: Address,
    number: int = 0,
    *,
    by: str,
    now: datetime,
    name: str = "",
) -> Change | None:
    """Take back the change of `channel` with this number, and nothing else, and return it.

    Without a number the last one that still holds. That is a change of its own. Returns nothing if
    there is no such change, or it is taken back already. Raises `ChangedSince`.
    """
    change = await still_holding(db, channel, number)
    if change is None:
        return None
    async with noted(db, channel, by=by, now=now, name=name, undoes=change.number):
        has = await settings.of(db, channel)
        wanted = settings.taken_back(has, change.differences)
        if wanted is None:
            raise ChangedSince(change.number)
        # Who runs the bot is nobody whom people could ask.
        await settings.put(db, channel, wanted, by="" if by == OPERATOR else by, now=now)
    await _mark(db, change, now)
    return change


async def last_import(db: AsyncConnection) -> list[Change]:
    """Return the changes that the last import made, as far as they still hold, the newest first."""
    by_import = (changes.c.changed_by == OPERATOR, changes.c.undoes_id.is_(None))
    last = sa.select(sa.func.max(changes.c.changed_at)).where(*by_import)
    asked = sa.select(changes).where(*by_import, changes.c.undone_at.is_(None))
    asked = asked.where(changes.c.changed_at == last.scalar_subquery())
    rows = await db.execute(asked.order_by(changes.c.id.desc()))
    return [_change(Address(it.platform, it.workspace, it.channel), it) for it in rows]


async def forget_who(db: AsyncConnection, *, before: datetime) -> int:
    """Keep no longer who made the changes before then, and return how many that were."""
    nobodies = changes.c.changed_by.in_(("", OPERATOR))
    old = sa.update(changes).where(changes.c.changed_at < before, ~nobodies)
    return (await db.execute(old.values(changed_by=""))).rowcount


async def _note(db: AsyncConnection, change: Change) -> int:
    where = {it: getattr(change.channel, it) for it in ("platform", "workspace", "channel")}
    saving = sa.insert(changes).values(
        **where,
        changed_by=change.by,
        changed_at=change.at,
        before=settings.as_plain(change.before),
        after=settings.as_plain(change.after),
        undoes_id=change.undoes or None,
    )
    number: int = (await db.execute(saving.returning(changes.c.id))).scalar_one()
    return number


async def _last(db: AsyncConnection, channel: Address) -> Change | None:
    still = (changes.c.undone_at.is_(None), changes.c.undoes_id.is_(None))
    asked = sa.select(changes).where(_is_of(channel), *still).order_by(changes.c.id.desc()).limit(1)
    row = (await db.execute(asked)).one_or_none()
    return _change(channel, row) if row else None


async def _mark(db: AsyncConnection, change: Change, now: datetime) -> None:
    taken = sa.update(changes).where(changes.c.id == change.number)
    await db.execute(taken.values(undone_at=now))
    # What this one had taken back holds again.
    await db.execute(sa.update(changes).where(changes.c.id == change.undoes).values(undone_at=None))


def _change(channel: Address, row: Any) -> Change:  # noqa: ANN401 (a row)
    return Change(
        row.id,
        channel,
        row.changed_by,
        row.changed_at,
        settings.from_plain(row.before),
        settings.from_plain(row.after),
        row.undone_at,
        row.undoes_id or 0,
    )


def _is_of(channel: Address) -> sa.ColumnElement[bool]:
    return sa.and_(
        changes.c.platform == channel.platform,
        changes.c.workspace == channel.workspace,
        changes.c.channel == channel.channel,
    )
