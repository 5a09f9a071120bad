"""What an old copy of the database does not know, once it was put back: what was posted since.

Nothing is posted that may have been. Deliveries that were open are ended, and each source is read
once more for what it published before.
"""

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import notes
from core.db import Database, DatabaseError, cause_of
from core.outbox import BEHIND, HELD, SENDING, WAITING
from core.sources import Draft
from core.tables import announcements, deliveries, fanouts, log_lines

log = logging.getLogger(__name__)

COPIED_AT = "copied at"
"""The note that stands only in a copy, until it is put back and opened: when it was made."""
_RESTORED_AT = "restored at"
_PATIENCE = timedelta(days=1)
"""How long readings with problems are not taken for all that a source told before."""
_NEW_AFTER = timedelta(days=30)
"""How long a source that the copy does not know may have been added after the copy was made."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was made up for when a copy was put back."""

    ended: int
    """How many deliveries were open in it."""
    dropped: int
    """Of how many articles not every delivery was queued."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a source may have told, and the bot posted, before the copy was put back."""

    restored_at: datetime

    def is_of(self, draft: Draft, now: datetime) -> bool:
        """Say whether the article may have been posted. A date to come is none to trust."""
        dated = draft.published_at
        return dated is None or dated <= self.restored_at or dated > now

    def divide(
        self, drafts: Iterable[Draft], now: datetime
    ) -> tuple[tuple[Draft, ...], tuple[Draft, ...]]:
        """Return those that may have been posted, and those that surely were not."""
        drafts = tuple(drafts)
        doubtful = tuple(draft for draft in drafts if self.is_of(draft, now))
        return doubtful, tuple(draft for draft in drafts if not self.is_of(draft, now))

    def outlasts(self, problems: Iterable[str], now: datetime) -> bool:
        """Say whether it holds for the next reading too, after one with these problems."""
        return bool(tuple(problems)) and now < self.restored_at + _PATIENCE


async def doubt(db: AsyncConnection, *, read_at: datetime | None, now: datetime) -> Doubt | None:
    """Return what is to be doubted of a source that was last read well at `read_at`, if anything.

    Everything was told once it was read well after the copy was put back.
    """
    noted = await notes.recall(db, _RESTORED_AT)
    if noted is None:
        return None
    restored_at = datetime.fromisoformat(noted)
    is_over = read_at >= restored_at if read_at else now > restored_at + _NEW_AFTER
    return None if is_over else Doubt(restored_at)


async def make_up(database: Database, *, now: datetime) -> Restored | None:
    """Make up for what a copy does not know that was put back and is opened for the first time.

    In one transaction, before anything is posted; nothing if it is no copy. Raises `DatabaseError`.
    """
    async with _writing(database) as db:
        if await notes.recall(db, COPIED_AT) is None:
            return None
        return await _make_up(db, now)


async def make_up_for_any(database: Database, *, now: datetime) -> Restored:
    """Make up for what the database does not know, whether or not it says that it is a copy.

    Raises `DatabaseError`.
    """
    async with _writing(database) as db:
        return await _make_up(db, now)


@asynccontextmanager
async def _writing(database: Database) -> AsyncIterator[AsyncConnection]:
    try:
        async with database.write() as db:
            yield db
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise DatabaseError(f"the database could not be written: {cause_of(error)}") from error


async def _make_up(db: AsyncConnection, now: datetime) -> Restored:
    noted = await notes.recall(db, COPIED_AT)
    copied_at = datetime.fromisoformat(noted) if noted else None
    open_ = sa.update(deliveries).where(sa.or_(WAITING, SENDING, HELD, BEHIND))
    ended = await db.execute(open_.values(_unknown(copied_at)))
    dropped = await db.execute(sa.delete(fanouts))
    await db.execute(sa.delete(announcements))
    await db.execute(sa.delete(log_lines).where(log_lines.c.told_at.is_(None)))
    await notes.remember(db, _RESTORED_AT, now.isoformat())
    await notes.forget(db, COPIED_AT)
    log.warning(
        "the database was restored from a copy, what may have been posted since is not posted:"
        " copied at %s, deliveries ended %s, articles not queued on %s",
        _told(copied_at) if copied_at else "an unknown time",
        ended.rowcount,
        dropped.rowcount,
    )
    return Restored(ended.rowcount, dropped.rowcount)


def _unknown(copied_at: datetime | None) -> dict[str, object]:
    of = f" of {_told(copied_at)}" if copied_at else ""
    return {
        "state": "unknown",
        "reason": f"the database was restored from a copy{of}: it may have been posted since",
        "not_before": None,
        "holds_line_until": None,
        "lease_until": None,
    }


def _told(copied_at: datetime) -> str:
    return f"{copied_at:%Y-%m-%d %H:%M} UTC"
