"""Where the bot said who set it up: once in each channel."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.posting import Address
from core.subscriptions import is_at
from core.tables import addresses


async def introduce(db: AsyncConnection, channel: Address, *, now: datetime) -> bool:
    """Keep that the bot introduces itself in `channel`; say whether it never did before."""
    never = addresses.c.introduced_at.is_(None)
    mine = sa.update(addresses).where(is_at(channel), never)
    return bool((await db.execute(mine.values(introduced_at=now))).rowcount)


async def take_back(db: AsyncConnection, channel: Address) -> None:
    """Forget that the bot introduced itself in `channel`: it surely could not."""
    mine = sa.update(addresses).where(is_at(channel))
    await db.execute(mine.values(introduced_at=None))
