"""Time as people live it: zones, local days, and what comes at a local time each day.

The clock of a zone can leave times out and show times twice. A time that is left out stands for the
first moment after it, and one that is shown twice for the first of the two. So a later local time
never stands for an earlier moment, and once a clock shows a time, all earlier ones are past.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SATURDAY = 5

_COMMON = (
    "UTC",
    *("America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York"),
    *("America/Mexico_City", "America/Bogota", "America/Sao_Paulo"),
    *("Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Kyiv", "Europe/Istanbul"),
    *("Africa/Lagos", "Africa/Cairo", "Africa/Johannesburg", "Africa/Nairobi"),
    *("Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo"),
    *("Australia/Sydney", "Pacific/Auckland", "Pacific/Honolulu"),
)
_AREAS = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia"),
        *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
    }
)


Days = Literal["daily", "weekdays", "weekly"]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When digests come."""

    days: Days
    minute: int
    """Minutes on the local clock since 00:00, less than 1440."""
    weekday: int = 0
    """For weekly digests; Monday is 0."""

    def __post_init__(self) -> None:
        # A day that never comes would be looked for until the end of the calendar.
        if self.weekday not in range(7):
            raise ValueError("the days of the week are numbered from 0 to 6")


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours of each day, from a local minute to another one, perhaps past midnight."""

    from_minute: int
    to_minute: int

    def __post_init__(self) -> None:
        if self.from_minute == self.to_minute:
            raise ValueError("quiet hours must end at another minute than they begin")


def zone(name: str) -> ZoneInfo | None:
    """Return the zone of this IANA name, in any case, with spaces or underscores, or nothing."""
    known = _names().get(_key(name))
    return _read(known) if known else None


def zones(typed: str, most: int = 25) -> tuple[str, ...]:
    """Return the names to offer while `typed` is being typed, places that it begins first."""
    key = _key(typed)
    if not key:
        return _COMMON[:most]
    holding = (offered for offered in _offered() if key in offered)
    found = sorted(holding, key=lambda offered: (not _place(offered).startswith(key), offered))
    return tuple(_names()[offered] for offered in found[:most])


def next_digest(rhythm: Rhythm, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first moment later than `after` at which a digest comes: one for each local day.

    A day that the zone left out has none.
    """
    days = (day for day in _days_from(local_day(zone, after)) if _has(rhythm, day))
    times = ((day, _first(zone, day, rhythm.minute)) for day in days)
    return next(at for day, at in times if at > after and _exists(zone, day))


def quiet_until(quiet: Quiet, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the quiet hours end in which `now` lies, or nothing if it lies in none."""
    begin, end = _quiet_hours(quiet, zone, now)
    return end if begin <= now else None


def next_change(quiet: Quiet, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the first moment later than `now` at which quiet hours begin or end."""
    begin, end = _quiet_hours(quiet, zone, now)
    return end if begin <= now else begin


def next_midnight(zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first moment later than `after` at which a local day begins; each begins once."""
    times = (_first(zone, day) for day in _days_from(local_day(zone, after)))
    return next(at for at in times if at > after)


def local_day(zone: ZoneInfo, at: datetime) -> date:
    """Return the day that a calendar in `zone` shows."""
    return at.astimezone(zone).date()


@cache
def _names() -> Mapping[str, str]:
    """Return all names by what may be typed for them."""
    # Not zoneinfo.available_timezones(): that opens every file, and tells what the machine knows.
    return {_key(name): name for name in (files("tzdata") / "zones").read_text().split()}


@cache
def _offered() -> tuple[str, ...]:
    """Return the keys of the names that tell a place, and of UTC."""
    names = _names().items()
    return tuple(key for key, name in names if name == "UTC" or name.split("/")[0] in _AREAS)


@cache
def _read(name: str) -> ZoneInfo:
    # ZoneInfo(name) would prefer the machine's own data, which differ from one to the next.
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _key(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    return "_".join(plain.casefold().replace("_", " ").split())


def _place(key: str) -> str:
    return key.rpartition("/")[2]


def _has(rhythm: Rhythm, day: date) -> bool:
    match rhythm.days:
        case "daily":
            return True
        case "weekdays":
            return day.weekday() < _SATURDAY
        case "weekly":
            return day.weekday() == rhythm.weekday
        case _:
            assert_never(rhythm.days)


def _days_from(day: date) -> Iterator[date]:
    return (day + number * _DAY for number in count())


def _exists(zone: ZoneInfo, day: date) -> bool:
    return local_day(zone, _first(zone, day)) == day


def _quiet_hours(quiet: Quiet, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the first quiet hours that are not over at `now`."""
    to_come = (hours for hours in _each_quiet(quiet, zone, now) if hours[1] > now)
    begin, end = next(to_come)
    # Where the clock leaves out all that lies between them, two are one.
    while (following := next(to_come))[0] <= end:
        end = following[1]
    return begin, end


def _each_quiet(quiet: Quiet, zone: ZoneInfo, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    nights = _DAY if quiet.to_minute < quiet.from_minute else timedelta()
    # Those of the day before can still last, all earlier ones are over.
    for day in _days_from(local_day(zone, now) - _DAY):
        begin = _first(zone, day, quiet.from_minute)
        end = _first(zone, day + nights, quiet.to_minute)
        if begin < end:  # the clock may leave out all of them
            yield begin, end


def _first(zone: ZoneInfo, day: date, minute: int = 0) -> datetime:
    """Return the first moment at which the clock on `day` shows `minute`, or has left it out."""
    shown = datetime.combine(day, time(*divmod(minute, 60)), zone)
    moment = shown.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None):
        return moment
    return _end_of_gap(shown)


def _end_of_gap(left_out: datetime) -> datetime:
    # Of a time that is left out, fold=1 is read with the offset after the gap. So it is too early
    # by all of the gap, as fold=0 is too late by it: the change lies between the two.
    before = left_out.replace(fold=1).astimezone(UTC)
    offset, tz = left_out.replace(fold=0).utcoffset(), left_out.tzinfo
    seconds = range((left_out.astimezone(UTC) - before) // timedelta(seconds=1) + 1)

    def is_after(second: int) -> bool:
        return (before + timedelta(seconds=second)).astimezone(tz).utcoffset() != offset

    return before + timedelta(seconds=bisect_left(seconds, True, key=is_after))
