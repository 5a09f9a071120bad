"""How times are typed: 08:00, weekly mon 08:00, 22:00-07:00, 8h, until mon."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from core.localtime import Days, Quiet, Rhythm, next_digest, next_midnight

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of the week as they are typed."""
DIGEST_AT = 9 * 60
"""When comes what has no time typed, in minutes of the local day."""

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?")
_SPAN = re.compile(r"([1-9][0-9]{0,2}) ?([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST_SPAN = timedelta(days=30)
_DAYS: Mapping[str, Days] = {days: days for days in get_args(Days)}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is typed, and by whose clock."""

    now: datetime
    zone: ZoneInfo


def span(typed: str) -> timedelta | None:
    """Return how long these words are, at most 30 days: 8h, 3d, 1w; nothing if they say nothing."""
    match = _SPAN.fullmatch(typed.strip().lower())
    if not match:
        return None
    return min(int(match[1]) * _UNITS[match[2]], _LONGEST_SPAN)


def until(typed: str, moment: Moment) -> datetime | None:
    """Return when that is, at most 30 days away: 8h, 1w, mon, tomorrow, 08:00, mon 08:00.

    Also a time in UTC as `as_typed` writes it. Nothing if it says nothing, or is past.
    """
    said = typed.lower().removeprefix("until").strip()
    if long := span(said):
        return _whole_minute(moment.now + long)
    return _written(said, moment.now) or _on_the_clock(said.split(), moment)


def as_typed(at: datetime) -> str:
    """Return a moment as `until` reads it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def clock(minute: int) -> str:
    """Return a minute of the day as a clock shows it: 08:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def minute(typed: str) -> int | None:
    """Return the minute of the day that a clock shows so: 8, 08:00, 22:30."""
    match = _CLOCK.fullmatch(typed)
    return int(match[1]) * 60 + int(match[2] or 0) if match else None


def rhythm(typed: str) -> Rhythm | None:
    """Return when digests come by these words: daily, weekdays 08:00, weekly mon 08:00."""
    days, *rest = typed.replace("@", " ").split() or [""]
    if minute(days) is not None:
        days, rest = "daily", [days, *rest]
    weekday = WEEKDAYS.index(rest.pop(0)) if rest and rest[0] in WEEKDAYS else 0
    at = minute(rest.pop(0)) if rest else DIGEST_AT
    kind = _DAYS.get(days)
    if kind is None or at is None or rest:
        return None
    return Rhythm(kind, at, weekday if kind == "weekly" else 0)


def quiet(typed: str) -> Quiet | None:
    """Return the quiet hours that these words are: 22:00-07:00."""
    begin, _, end = typed.partition("-")
    minutes = minute(begin), minute(end)
    if minutes[0] is None or minutes[1] is None or minutes[0] == minutes[1]:
        return None
    return Quiet(minutes[0], minutes[1])


def _written(said: str, now: datetime) -> datetime | None:
    try:
        at = datetime.fromisoformat(said.upper())
    except ValueError:
        return None
    return at if at.tzinfo and now < at <= now + _LONGEST_SPAN + _MINUTE else None


def _on_the_clock(words: list[str], moment: Moment) -> datetime | None:
    after = moment.now
    weekday = WEEKDAYS.index(words.pop(0)) if words and words[0] in WEEKDAYS else None
    is_day = weekday is not None
    if words and words[0] == "tomorrow" and not is_day:
        words.pop(0)
        after, is_day = next_midnight(moment.zone, moment.now) - _MINUTE, True
    at = minute(words.pop(0)) if words else DIGEST_AT if is_day else None
    if at is None or words:
        return None
    when = Rhythm("daily", at) if weekday is None else Rhythm("weekly", at, weekday)
    return next_digest(when, moment.zone, after)


def _whole_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0) + _MINUTE
