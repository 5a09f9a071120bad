"""Who follows which tags, and who gets an article."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import insert
from core.posting import Address
from core.tables import addresses, subscriptions

Recipients = sa.Select[tuple[int]]
"""A query for the ids of addresses."""


@dataclass(frozen=True, slots=True)
class Following:
    """What an address follows, and why it gets nothing if it is paused."""

    tags: tuple[str, ...] = ()
    paused_because: str | None = None
    address_id: int = 0
    """Its number; 0 if it never followed anything."""


async def follow(
    db: AsyncConnection, address: Address, tags: Collection[str], *, by: str, now: datetime
) -> Following:
    """Let `address` follow `tags` too and return what it follows now."""
    address_id = await _saved(db, address)
    row = {"address_id": address_id, "set_by": by, "set_at": now}
    if tags:
        rows = [row | {"tag": tag} for tag in tags]
        await db.execute(insert(db, subscriptions).on_conflict_do_nothing(), rows)
    return await following(db, address)


async def unfollow(db: AsyncConnection, address: Address, tags: Collection[str]) -> Following:
    """Let `address` stop following `tags` and return what it follows now."""
    gone = sa.delete(subscriptions).where(
        subscriptions.c.address_id.in_(_id_of(address)), subscriptions.c.tag.in_(tags)
    )
    await db.execute(gone)
    return await following(db, address)


async def following(db: AsyncConnection, address: Address) -> Following:
    """Return what `address` follows, in the order of the alphabet."""
    row = (await db.execute(sa.select(addresses).where(_is(address)))).one_or_none()
    if row is None:
        return Following()
    tags = sa.select(subscriptions.c.tag).where(subscriptions.c.address_id == row.id)
    return Following(tuple(sorted((await db.scalars(tags)).all())), row.paused_because, row.id)


async def pause(db: AsyncConnection, address_id: int, because: str) -> None:
    """Post nothing more to this address until `resume`. What it follows stays."""
    paused = sa.update(addresses).where(addresses.c.id == address_id)
    await db.execute(paused.values(paused_because=because))


async def resume(db: AsyncConnection, address: Address) -> int | None:
    """Post to `address` again. Returns its id if it was paused."""
    resumed = (
        sa.update(addresses)
        .where(_is(address), addresses.c.paused_because.is_not(None))
        .values(paused_because=None)
        .returning(addresses.c.id)
    )
    address_id: int | None = (await db.execute(resumed)).scalar_one_or_none()
    return address_id


async def last_address(db: AsyncConnection) -> int:
    """Return the highest id of an address, 0 if there is none."""
    return await db.scalar(sa.select(sa.func.max(addresses.c.id))) or 0


def recipients(tags: Collection[str], *, within: range) -> Recipients:
    """Return the query for addresses that follow any of `tags`, with ids `within` a range.

    An address that follows several stands in it as often.
    """
    # The range stands inside the look-up by tag: outside it, each chunk would match everything.
    return sa.select(subscriptions.c.address_id).where(
        subscriptions.c.tag.in_(sorted(tags)),
        subscriptions.c.address_id >= within.start,
        subscriptions.c.address_id < within.stop,
    )


async def _saved(db: AsyncConnection, address: Address) -> int:
    row = {
        "platform": address.platform,
        "workspace": address.workspace,
        "channel": address.channel,
        "thread": address.thread,
    }
    await db.execute(insert(db, addresses).values(row).on_conflict_do_nothing())
    address_id: int = (await db.execute(_id_of(address))).scalar_one()
    return address_id


def _id_of(address: Address) -> sa.Select[tuple[Any]]:
    return sa.select(addresses.c.id).where(_is(address))


def _is(address: Address) -> sa.ColumnElement[bool]:
    return sa.and_(
        addresses.c.platform == address.platform,
        addresses.c.workspace == address.workspace,
        addresses.c.channel == address.channel,
        addresses.c.thread == address.thread,
    )
