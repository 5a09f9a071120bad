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
    paused_at: datetime | None = None
    opens_by_itself: bool = False
    """It is paused by an outage, or until the bot is invited again: nothing has to be typed."""


async def follow(
    db: AsyncConnection, address: Address, tags: Collection[str], *, by: str, now: datetime
) -> Following:
    """Let `address` follow `tags` too and return what it follows now."""
    address_id = await saved(db, address)
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
    row = (await db.execute(sa.select(addresses).where(is_at(address)))).one_or_none()
    if row is None:
        return Following()
    tags = sa.select(subscriptions.c.tag).where(subscriptions.c.address_id == row.id)
    return Following(
        tuple(sorted((await db.scalars(tags)).all())),
        row.paused_because,
        row.id,
        row.paused_at,
        opens_by_itself=row.pause_kind in {"away", "left"},
    )


async def saved(db: AsyncConnection, address: Address) -> int:
    """Return the number of `address`, which it has from now on."""
    row = {
        "platform": address.platform,
        "workspace": address.workspace,
        "channel": address.channel,
        "thread": address.thread,
    }
    await db.execute(insert(db, addresses).values(row).on_conflict_do_nothing())
    address_id: int = (await db.execute(_id_of(address))).scalar_one()
    return address_id


def is_at(address: Address) -> sa.ColumnElement[bool]:
    """Say, in a query of addresses, whether it is this one."""
    return sa.and_(
        addresses.c.platform == address.platform,
        addresses.c.workspace == address.workspace,
        addresses.c.channel == address.channel,
        addresses.c.thread == address.thread,
    )


async def last_address(db: AsyncConnection) -> int:
    """Return the highest id of an address, 0 if there is none."""
    return await db.scalar(sa.select(sa.func.max(addresses.c.id))) or 0


# Built once: a fan-out asks it for each of its parts. The range stands inside the look-up by tag:
# outside it, each part would match everything.
RECIPIENTS: Recipients = sa.select(subscriptions.c.address_id).where(
    subscriptions.c.tag.in_(sa.bindparam("tags", expanding=True)),
    subscriptions.c.address_id >= sa.bindparam("first", type_=sa.BigInteger),
    subscriptions.c.address_id < sa.bindparam("stop", type_=sa.BigInteger),
)
"""The query for the addresses that follow any of `tags`, with ids from `first` to before `stop`.

An address that follows several stands in it as often.
"""


def _id_of(address: Address) -> sa.Select[tuple[Any]]:
    return sa.select(addresses.c.id).where(is_at(address))
