"""Where the bot said who set it up: once in each channel."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import announcements
from core.posting import Address
from core.subscriptions import is_at
from core.tables import addresses

SET_UP = "set up"
"""What stands in an announcement that is an introduction: by whom, and how to stop it."""


async def ask(
    db: AsyncConnection, channel: Address, *, by: str, name: str, prefix: str, now: datetime
) -> None:
    """Have the bot introduce itself in `channel`, unless it ever did.

    In the transaction in which the channel was set up.
    """
    never = addresses.c.introduced_at.is_(None)
    mine = sa.update(addresses).where(is_at(channel), never)
    if (await db.execute(mine.values(introduced_at=now))).rowcount:
        said = {SET_UP: {"by": by, "name": name, "prefix": prefix}}
        await announcements.ask(db, channel, said, now=now)


async def take_back(db: AsyncConnection, channel: Address) -> None:
    """Forget that the bot introduced itself in `channel`: it surely did not."""
    mine = sa.update(addresses).where(is_at(channel))
    await db.execute(mine.values(introduced_at=None))
