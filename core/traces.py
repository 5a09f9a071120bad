"""What is left in the file of rows that are deleted, and how it goes.

SQLite overwrites what is deleted (`secure_delete`), but its log and pages that were rebuilt keep
copies. A rewrite of the whole file leaves none, and holds up what writes. So it comes when nothing
is to be posted, or after an hour anyway; and once an hour at most, for all that was deleted then.
"""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from core import notes
from core.db import Database

EVERY = timedelta(hours=1)
"""How long after a rewrite the next one comes at the earliest."""

_LEFT = "traces left"
_REMOVED = "traces removed"


async def leave(db: AsyncConnection, *, now: datetime) -> None:
    """Keep that rows were deleted of which nothing may be left, and since when."""
    if await notes.recall(db, _LEFT) is None:
        await notes.remember(db, _LEFT, now.isoformat())


async def remove_if_due(database: Database, *, is_quiet: bool, now: datetime) -> bool:
    """Remove what is left of deleted rows, if there is any and the last time is an hour ago.

    If it `is_quiet` at once, so that nobody waits for it, else when an hour is over.
    """
    async with database.read() as db:
        left, last = await notes.recall(db, _LEFT), await notes.recall(db, _REMOVED)
    is_late = left is not None and _is_over(left, now)
    if left is None or (last and not _is_over(last, now)) or not (is_quiet or is_late):
        return False
    return await remove(database, now=now)


async def remove(database: Database, *, now: datetime) -> bool:
    """Remove what is left of deleted rows; say whether nothing is, as far as a program can tell."""
    async with database.write() as db:
        # First: what is deleted meanwhile is left for the next time.
        await notes.forget(db, _LEFT)
        await notes.remember(db, _REMOVED, now.isoformat())
    if await database.rewrite():
        return True
    async with database.write() as db:
        await leave(db, now=now)
    return False


def _is_over(since: str, now: datetime) -> bool:
    return now >= datetime.fromisoformat(since) + EVERY
