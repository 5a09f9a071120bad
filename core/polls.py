"""Polls: what is remembered of a source from one look to the next, and when it is asked again."""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import insert
from core.sources import LocalError, Marks, Reading, SourceError, SourceGone
from core.tables import sources

_LONGEST_WAIT = timedelta(days=1)
"""Before a broken source is asked again."""
_LONGEST_REST = timedelta(hours=1)
"""Before a good source is asked again that says it stays as it is: news do not wait longer."""
_EARLY = timedelta(seconds=1)
"""A timer may ring that much early, and a rest that ends then is not to cost another round."""
_SURE_AFTER = 3
"""So many looks in a row must be sent on to the same address before it is asked directly."""


@dataclass(frozen=True, slots=True)
class Poll:
    """How the looks at a source went so far."""

    place: str
    """Where the configuration says that it stands. With another place all but the times is new."""
    first_read_at: datetime | None = None
    """When its first articles were stored: what comes after is posted."""
    read_at: datetime | None = None
    """When it was last read well."""
    marks: Marks = field(default_factory=Marks)
    moved_to: str = ""
    moved_times: int = 0
    """How many looks in a row were sent on there for good."""
    failures: int = 0
    """How many looks in a row failed."""
    not_before: datetime | None = None
    gone_because: str | None = None
    """It is not asked any more, and why."""

    @property
    def has_moved(self) -> bool:
        """Say whether it is asked where it moved to, and not at its place."""
        return self.moved_times >= _SURE_AFTER

    def may_ask(self, now: datetime) -> bool:
        """Say whether it may be asked again."""
        return self.not_before is None or now >= self.not_before - _EARLY


def after_reading(poll: Poll, reading: Reading, *, now: datetime) -> Poll:
    """Return what is remembered after a good look."""
    moved_to, moved_times = _moved(poll, reading.moved_to)
    return Poll(
        place=poll.place,
        first_read_at=poll.first_read_at or now,
        read_at=now,
        marks=reading.marks,
        moved_to=moved_to,
        moved_times=moved_times,
        not_before=now + min(reading.rest, _LONGEST_REST) if reading.rest else None,
    )


def after_failure(poll: Poll, error: SourceError, *, now: datetime, every: timedelta) -> Poll:
    """Return what is remembered after a look that failed.

    The wait doubles from `every` up to a day, or is what the source asks for, up to a day too.
    """
    if isinstance(error, LocalError):
        return poll
    failures = poll.failures + 1
    wait = max(wait_after(failures, every), min(error.rest, _LONGEST_WAIT))
    # A new address that fails may have been a mistake: the old one knows.
    failed = replace(poll, failures=failures, not_before=now + wait, moved_to="", moved_times=0)
    if isinstance(error, SourceGone) and not poll.has_moved:
        return replace(failed, gone_because=str(error))
    return failed


def wait_after(failures: int, every: timedelta) -> timedelta:
    """Return how long a source rests after so many failures in a row."""
    longest = max(_LONGEST_WAIT, every)
    # No wait needs more doublings than that, and no time is too long to be told.
    return min(every * (1 << min(failures, 20)), longest)


async def recall(db: AsyncConnection, name: str, place: str) -> Poll:
    """Return what is remembered of the source `name`, which stands at `place` now."""
    row = (await db.execute(sa.select(sources).where(sources.c.name == name))).one_or_none()
    if row is None:
        return Poll(place)
    if row.place != place:
        return Poll(place, row.first_read_at, row.read_at)
    told = {k: v for k, v in row._asdict().items() if k not in {"name", "etag", "last_modified"}}
    return Poll(**told, marks=Marks(row.etag, row.last_modified))


async def all_read(db: AsyncConnection) -> list[tuple[str, datetime | None]]:
    """Return the names of the sources that are read, and when each was last, first those lately."""
    query = sa.select(sources.c.name, sources.c.read_at).where(sources.c.gone_because.is_(None))
    found = (await db.execute(query.order_by(sources.c.read_at.desc(), sources.c.name))).all()
    return [(row.name, row.read_at) for row in found]


async def remember(db: AsyncConnection, name: str, poll: Poll) -> None:
    """Keep what is known of the source `name`."""
    told = asdict(poll)
    told |= told.pop("marks")
    row = insert(db, sources).values(name=name, **told)
    await db.execute(row.on_conflict_do_update(index_elements=["name"], set_=told))


def _moved(poll: Poll, moved_to: str) -> tuple[str, int]:
    if poll.has_moved and not moved_to:
        return poll.moved_to, poll.moved_times
    if not moved_to:
        return "", 0
    return moved_to, poll.moved_times + 1 if moved_to == poll.moved_to else 1
