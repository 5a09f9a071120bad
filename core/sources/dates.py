"""Dates and times as pages and feeds write them."""

import re
from datetime import UTC, datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(?P<month>[a-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_FORMS = (
    re.compile(rf"{_NAME} {_DAY},? {_YEAR}", re.ASCII),
    re.compile(rf"{_DAY} {_NAME},? {_YEAR}", re.ASCII),
)
_ONLY_A_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST = 40


def read_date(text: str) -> datetime | None:
    """Return the moment that `text` names, in UTC, or nothing if it names none.

    A day alone stands for its noon; a time without a zone is taken as UTC.
    """
    words = " ".join(text.lower().split())
    if len(words) > _LONGEST:
        return None
    return _in_figures(words) or _in_words(words)


def _in_figures(words: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(words.upper())
        if _ONLY_A_DAY.fullmatch(words):
            return time.replace(hour=12, tzinfo=UTC)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_words(words: str) -> datetime | None:
    found = next(filter(None, (form.fullmatch(words) for form in _FORMS)), None)
    if found is None or found["month"][:3] not in _MONTHS:
        return None
    month = _MONTHS.index(found["month"][:3]) + 1
    try:
        return datetime(int(found["year"]), month, int(found["day"]), 12, tzinfo=UTC)
    except ValueError:
        return None
