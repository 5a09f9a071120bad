"""Triage: which of a reading's new articles are posted, caught up on, or only stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.sources import Draft

MOST_POSTS = 5
"""How many new articles of one reading are posted one by one."""
NEWS_FOR = timedelta(hours=48)
"""What was dated longer than that before the last good look is no news when it turns up."""
_MOST_NEW = 0.5
_TOO_FEW_TO_TELL = 10
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Triage:
    """What becomes of new articles. Each part is oldest first."""

    stored: tuple[Draft, ...] = ()
    caught_up: tuple[Draft, ...] = ()
    """They go out as one message in each channel, before those that are posted."""
    posted: tuple[Draft, ...] = ()


def triage(new: Iterable[Draft], *, since: datetime | None, now: datetime) -> Triage:
    """Return what becomes of `new`; what is dated before `since`, if that is told, is no news."""
    drafts = oldest_first(new, now)
    news = [draft for draft in drafts if not _is_old(draft, since)]
    return Triage(
        stored=tuple(draft for draft in drafts if _is_old(draft, since)),
        caught_up=tuple(news[:-MOST_POSTS]),
        posted=tuple(news[-MOST_POSTS:]),
    )


def oldest_first(drafts: Iterable[Draft], now: datetime) -> list[Draft]:
    """Return `drafts` by their dates, those without one first. What is of the future is of now."""
    return sorted(drafts, key=lambda draft: min(draft.published_at or _LONG_AGO, now))


def looks_renamed(new: Sequence[Draft], listed: int) -> bool:
    """Say whether so much of what a source lists is new that it may have changed its ids."""
    return listed >= _TOO_FEW_TO_TELL and len(new) > listed * _MOST_NEW


def _is_old(draft: Draft, since: datetime | None) -> bool:
    return bool(since and draft.published_at and draft.published_at < since)
