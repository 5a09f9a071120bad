"""Which closed channels nobody wants to be told of again, until they were open once."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.posting import Address
from core.subscriptions import is_at
from core.tables import addresses, deliveries

_at = addresses.c

UNMUTED: dict[str, object] = {"muted_of": None, "muted_at": None}
"""The columns of an address that was open, or of which somebody wants to be told again."""


def is_muted(because: str) -> sa.ColumnElement[bool]:
    """Say, in a query of addresses, whether nobody is to be told that it is closed for this reason.

    Something that was posted since then shows that it was open.
    """
    stood = sa.exists().where(
        deliveries.c.address_id == _at.id, deliveries.c.posted_at > _at.muted_at
    )
    # One after the other, as only a muted channel is worth a look at what was posted there.
    holds = sa.case(
        (sa.func.coalesce(_at.muted_of, "") != because, sa.false()), (stood, sa.false())
    )
    return sa.func.coalesce(holds, sa.true())


async def mute(db: AsyncConnection, address: Address, *, now: datetime) -> str:
    """Tell nobody again that a channel is closed for the reason for which it is, and return that.

    "" if it is not closed.
    """
    told_at = sa.func.coalesce(_at.told_at, sa.literal(now, _at.told_at.type))
    reason = {"muted_of": _at.paused_because, "told_of": _at.paused_because}
    which = (is_at(address), _at.pause_kind == "closed")
    muting = sa.update(addresses).where(*which).values(reason | {"muted_at": now})
    muted = await db.execute(muting.values(told_at=told_at).returning(_at.paused_because))
    return muted.scalar_one_or_none() or ""


async def unmute(db: AsyncConnection, address: Address) -> bool:
    """Let people be told again when a channel is closed; say whether they were not."""
    which = (is_at(address), _at.muted_of.is_not(None))
    return bool((await db.execute(sa.update(addresses).where(*which).values(UNMUTED))).rowcount)
