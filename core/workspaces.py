"""Workspaces as a whole: whether the bot is still there, its log channel, its purge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import traces
from core.db import Database, insert
from core.posting import Address, Platform
from core.tables import (
    addresses,
    announcements,
    changes,
    crossposts,
    deliveries,
    edits,
    exclusions,
    log_lines,
    rules,
    splits,
    subscriptions,
    workspaces,
)

_BATCH = 500

_HAS_LEFT = addresses.c.pause_kind == "left"


async def known(db: AsyncConnection, platform: Platform) -> set[str]:
    """Return the workspaces that hold an address, or of which something is kept."""
    held = sa.select(addresses.c.workspace).where(addresses.c.platform == platform)
    kept = sa.select(workspaces.c.workspace).where(workspaces.c.platform == platform)
    return set((await db.scalars(sa.union(held, kept))).all())


async def left(db: AsyncConnection, platform: Platform) -> set[str]:
    """Return the workspaces that the bot left."""
    gone = sa.select(workspaces.c.workspace).where(
        workspaces.c.platform == platform, workspaces.c.left_at.is_not(None)
    )
    return set((await db.scalars(gone)).all())


async def has_left(db: AsyncConnection, platform: Platform, workspace: str) -> bool:
    """Say whether the bot left this workspace."""
    gone = sa.exists().where(_is(platform, workspace), workspaces.c.left_at.is_not(None))
    return bool(await db.scalar(sa.select(gone)))


async def leave(db: AsyncConnection, platform: Platform, workspace: str, *, now: datetime) -> None:
    """Keep that the bot was removed from this workspace; the first time counts."""
    at = workspaces.c.left_at
    first = sa.func.coalesce(at, sa.literal(now, at.type))
    await _keep(db, platform, workspace, {"left_at": now}, {"left_at": first})


async def come_back(db: AsyncConnection, platform: Platform, workspace: str) -> None:
    """Keep that the bot is in this workspace."""
    back = sa.update(workspaces).where(_is(platform, workspace), workspaces.c.left_at.is_not(None))
    await db.execute(back.values(left_at=None))


async def choose_log(db: AsyncConnection, channel: Address) -> None:
    """Let this channel be the log of its workspace."""
    told_in = {"notices_channel": channel.channel}
    await _keep(db, channel.platform, channel.workspace, told_in, told_in)


async def end_log(db: AsyncConnection, channel: Address) -> bool:
    """Let the workspace have no log if this channel was it, and say so."""
    here = sa.and_(
        _is(channel.platform, channel.workspace), workspaces.c.notices_channel == channel.channel
    )
    none = sa.update(workspaces).where(here).values(notices_channel="")
    return bool((await db.execute(none)).rowcount)


_LOG = sa.select(workspaces.c.notices_channel).where(
    workspaces.c.platform == sa.bindparam("on"), workspaces.c.workspace == sa.bindparam("in")
)


async def log_channel(db: AsyncConnection, platform: Platform, workspace: str) -> str:
    """Return the channel that is the log of this workspace, empty if there is none."""
    return await db.scalar(_LOG, {"on": platform, "in": workspace}) or ""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept about a workspace."""

    channels: int
    """Channels that follow something."""
    members: int
    """Members who follow something there, by direct message or beside a channel."""
    posts: int
    """Posts that went there or are to."""
    changes: int
    """Changes of settings."""


async def kept(db: AsyncConnection, platform: Platform, workspace: str) -> Kept:
    """Return how much is kept about this workspace."""
    ids = sa.select(addresses.c.id).where(*_there(addresses, platform, workspace))
    theirs = rules.join(addresses, rules.c.address_id == addresses.c.id)
    many = sa.select(sa.func.count(rules.c.address_id.distinct())).select_from(theirs)
    many = many.where(*_there(addresses, platform, workspace))
    is_members = sa.or_(rules.c.set_by == addresses.c.channel, addresses.c.thread.like("@%"))
    posts = sa.select(sa.func.count()).where(deliveries.c.address_id.in_(ids))
    changed = sa.select(sa.func.count()).where(*_there(changes, platform, workspace))
    asked = (many.where(~is_members), many.where(is_members), posts, changed)
    return Kept(*[await db.scalar(it) or 0 for it in asked])


async def purge(database: Database, *, left_before: datetime, now: datetime) -> int:
    """Forget all about workspaces that the bot left before then, and return how many.

    An address that is in use again is kept, and its workspace with it. Many short transactions,
    so that a post waits for none of them long.
    """
    columns = (workspaces.c.platform, workspaces.c.workspace)
    async with database.read() as db:
        is_due = workspaces.c.left_at <= left_before
        due = (await db.execute(sa.select(*columns).where(is_due))).all()
    for platform, workspace in due:
        await _purge(database, platform, workspace, _HAS_LEFT)
        async with database.write() as db:
            await _forget(db, platform, workspace)
            await traces.leave(db, now=now)
    return len(due)


async def forget(database: Database, platform: Platform, workspace: str, *, now: datetime) -> None:
    """Forget all about this workspace, as if the bot had never been there. It may be repeated."""
    await _purge(database, platform, workspace, sa.true())
    async with database.write() as db:
        await _forget(db, platform, workspace)
        await traces.leave(db, now=now)


async def _purge(
    database: Database, platform: Platform, workspace: str, which: sa.ColumnElement[bool]
) -> None:
    while ids := await _some(database, platform, workspace, which):
        await _purge_deliveries(database, ids)
        await _purge_addresses(database, ids, which)


async def _some(
    database: Database, platform: Platform, workspace: str, which: sa.ColumnElement[bool]
) -> Sequence[int]:
    theirs = sa.select(addresses.c.id).where(*_there(addresses, platform, workspace), which)
    async with database.read() as db:
        return (await db.scalars(theirs.limit(_BATCH))).all()


async def _purge_deliveries(database: Database, address_ids: Sequence[int]) -> None:
    at, last = deliveries.c, 0
    theirs = sa.select(at.id).where(at.address_id.in_(address_ids)).order_by(at.id).limit(_BATCH)
    while True:
        # Looked for by a reader: no index leads from an address to all that was posted there.
        async with database.read() as db:
            found = (await db.scalars(theirs.where(at.id > last))).all()
        if not found:
            return
        async with database.write() as db:
            await db.execute(sa.delete(deliveries).where(at.id.in_(found)))
        last = found[-1]


async def _purge_addresses(
    database: Database, address_ids: Sequence[int], which: sa.ColumnElement[bool]
) -> None:
    gone = sa.select(addresses.c.id).where(addresses.c.id.in_(address_ids), which)
    async with database.write() as db:
        for table in OF_AN_ADDRESS:
            await db.execute(sa.delete(table).where(table.c.address_id.in_(gone)))
        await db.execute(sa.delete(addresses).where(addresses.c.id.in_(gone)))


OF_AN_ADDRESS = (subscriptions, exclusions, rules, splits, edits, crossposts)
"""The tables with what is kept of an address beside its deliveries, those that refer first."""


async def _forget(db: AsyncConnection, platform: Platform, workspace: str) -> None:
    here = _there(addresses, platform, workspace)
    if await db.scalar(sa.select(sa.exists().where(*here))):
        await come_back(db, platform, workspace)
        return
    for table in (announcements, changes, log_lines, workspaces):
        await db.execute(sa.delete(table).where(*_there(table, platform, workspace)))


async def _keep(
    db: AsyncConnection,
    platform: Platform,
    workspace: str,
    new: Mapping[str, object],
    known: Mapping[str, object],
) -> None:
    """Write `new` for a workspace of which nothing is kept yet, else `known`."""
    row = insert(db, workspaces).values(platform=platform, workspace=workspace, **new)
    same = ["platform", "workspace"]
    await db.execute(row.on_conflict_do_update(index_elements=same, set_=dict(known)))


def _is(platform: Platform, workspace: str) -> sa.ColumnElement[bool]:
    return sa.and_(*_there(workspaces, platform, workspace))


def _there(
    table: sa.Table, platform: Platform, workspace: str
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.platform == platform, table.c.workspace == workspace
