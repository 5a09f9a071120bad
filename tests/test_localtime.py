"""Digests, quiet hours and midnights of local days, above all where clocks are changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.localtime import (
    Quiet,
    Rhythm,
    local_day,
    next_change,
    next_digest,
    next_midnight,
    quiet_until,
    zone,
)
from tests.conftest import EXAMPLES

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


def _zone(name: str) -> ZoneInfo:
    found = zone(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "at", "first_day", "moments"),
    [
        # Berlin goes from 2:00 to 3:00 and from 3:00 back to 2:00, each at 1:00 UTC.
        ("Europe/Berlin", "02:30", "2026-03-28", ("28T01:30", "29T01:00", "30T00:30")),
        ("Europe/Berlin", "03:00", "2026-03-28", ("28T02:00", "29T01:00", "30T01:00")),
        ("Europe/Berlin", "01:59", "2026-03-28", ("28T00:59", "29T00:59", "29T23:59")),
        ("Europe/Berlin", "02:30", "2026-10-24", ("24T00:30", "25T00:30", "26T01:30")),
        ("Europe/Berlin", "02:00", "2026-10-24", ("24T00:00", "25T00:00", "26T01:00")),
        ("Europe/Berlin", "03:00", "2026-10-24", ("24T01:00", "25T02:00", "26T02:00")),
        ("America/New_York", "02:30", "2026-03-07", ("07T07:30", "08T07:00", "09T06:30")),
        ("America/New_York", "01:30", "2026-10-31", ("31T05:30", "01T05:30", "02T06:30")),
        # Lord Howe goes from 2:00 to 2:30 and back to 1:30.
        ("Australia/Lord_Howe", "02:15", "2026-10-03", ("02T15:45", "03T15:30", "04T15:15")),
        ("Australia/Lord_Howe", "01:45", "2026-04-04", ("03T14:45", "04T14:45", "05T15:15")),
        ("Asia/Kolkata", "08:00", "2026-03-28", ("28T02:30", "29T02:30", "30T02:30")),
        # Apia left out 30 December.
        ("Pacific/Apia", "08:00", "2011-12-29", ("29T18:00", "30T18:00", "31T18:00")),
        ("Pacific/Apia", "00:00", "2011-12-29", ("29T10:00", "30T10:00", "31T10:00")),
        # Havana goes from 0:00 to 1:00 and from 1:00 back to 0:00.
        ("America/Havana", "00:30", "2025-03-08", ("08T05:30", "09T05:00", "10T04:30")),
        ("America/Havana", "00:30", "2025-11-01", ("01T04:30", "02T04:30", "03T05:30")),
        # Cairo goes from 0:00 to 1:00 and back to 23:00 of the day before.
        ("Africa/Cairo", "00:00", "2026-04-23", ("22T22:00", "23T22:00", "24T21:00")),
        ("Africa/Cairo", "23:30", "2026-10-28", ("28T20:30", "29T20:30", "30T21:30")),
        # Nuuk goes from 23:00 to 0:00: the end of that day is left out.
        ("America/Nuuk", "23:30", "2026-03-27", ("28T01:30", "29T01:00", "30T00:30")),
    ],
)
def test_each_local_day_has_one_digest_where_clocks_are_changed(
    name: str, at: str, first_day: str, moments: tuple[str, ...]
) -> None:
    clock = time.fromisoformat(at)
    rhythm = Rhythm("daily", clock.hour * 60 + clock.minute)
    start = datetime.combine(date.fromisoformat(first_day), clock, _zone(name)) - TICK

    walked = islice(_walk(rhythm, _zone(name), start), 3)

    assert tuple(f"{moment:%dT%H:%M}" for moment in walked) == moments


@pytest.mark.parametrize(
    ("rhythm", "days"),
    [
        (Rhythm("daily", 480), ["Thu 24", "Fri 25", "Sat 26", "Sun 27", "Mon 28"]),
        (Rhythm("weekdays", 480), ["Thu 24", "Fri 25", "Mon 28", "Tue 29", "Wed 30"]),
        (Rhythm("weekly", 480), ["Mon 28", "Mon 05", "Mon 12", "Mon 19", "Mon 26"]),
        (Rhythm("weekly", 480, 6), ["Sun 27", "Sun 04", "Sun 11", "Sun 18", "Sun 25"]),
        (Rhythm("weekly", 480, 3), ["Thu 24", "Thu 01", "Thu 08", "Thu 15", "Thu 22"]),
    ],
)
def test_digests_come_on_the_days_of_their_rhythm(rhythm: Rhythm, days: list[str]) -> None:
    auckland = _zone("Pacific/Auckland")
    early_on_a_thursday = datetime(2026, 9, 24, 7, 59, tzinfo=auckland)

    walked = list(islice(_walk(rhythm, auckland, early_on_a_thursday), 5))

    assert [f"{moment.astimezone(auckland):%a %d}" for moment in walked] == days
    assert {f"{moment.astimezone(auckland):%H:%M}" for moment in walked} == {"08:00"}
    assert {moment.tzinfo for moment in walked} == {UTC}


def test_a_week_whose_day_was_left_out_has_no_digest() -> None:
    apia = _zone("Pacific/Apia")
    fridays = _walk(Rhythm("weekly", 480, 4), apia, datetime(2011, 12, 20, tzinfo=UTC))

    assert [local_day(apia, at).isoformat() for at in islice(fridays, 3)] == [
        *("2011-12-23", "2012-01-06", "2012-01-13")
    ]


def test_the_next_digest_is_later_than_one_that_comes_now() -> None:
    rhythm, kolkata = Rhythm("daily", 480), _zone("Asia/Kolkata")
    now = datetime(2026, 6, 22, 2, 30, tzinfo=UTC)

    assert next_digest(rhythm, kolkata, now - TICK) == now
    assert next_digest(rhythm, kolkata, now) == now + DAY


@pytest.mark.parametrize("weekday", [-1, 7])
def test_a_weekly_digest_needs_a_day_of_the_week(weekday: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 6"):
        Rhythm("weekly", 480, weekday)


@pytest.mark.parametrize(
    ("name", "after", "midnight"),
    [
        ("Europe/Berlin", "2026-03-28T22:59Z", "2026-03-28T23:00Z"),
        ("Europe/Berlin", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        ("Asia/Kolkata", "2026-06-22T12:00Z", "2026-06-22T18:30Z"),
        ("America/Havana", "2025-03-09T04:59Z", "2025-03-09T05:00Z"),
        # It is midnight twice in Havana, and the day begins once.
        ("America/Havana", "2025-11-02T03:00Z", "2025-11-02T04:00Z"),
        ("America/Havana", "2025-11-02T04:00Z", "2025-11-03T05:00Z"),
        ("Africa/Cairo", "2026-04-23T21:00Z", "2026-04-23T22:00Z"),
        ("Africa/Cairo", "2026-10-29T20:59Z", "2026-10-29T22:00Z"),
        ("Pacific/Apia", "2011-12-29T12:00Z", "2011-12-30T10:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00Z", "2011-12-31T10:00Z"),
    ],
)
def test_a_local_day_begins_at_its_first_moment(name: str, after: str, midnight: str) -> None:
    begins = next_midnight(_zone(name), _utc(after))

    assert begins == _utc(midnight)
    assert begins.tzinfo is UTC
    assert local_day(_zone(name), begins) > local_day(_zone(name), begins - TICK)


def test_the_local_day_is_that_of_the_zone() -> None:
    evening = datetime(2026, 6, 22, 20, 0, tzinfo=UTC)

    assert local_day(_zone("America/New_York"), evening) == date(2026, 6, 22)
    assert local_day(_zone("Asia/Kolkata"), evening) == date(2026, 6, 23)


NIGHT = Quiet(22 * 60, 7 * 60)


@pytest.mark.parametrize(
    ("name", "quiet", "now", "until"),
    [
        ("Asia/Kolkata", NIGHT, "2026-06-22T16:29Z", None),
        ("Asia/Kolkata", NIGHT, "2026-06-22T16:30Z", "2026-06-23T01:30Z"),
        ("Asia/Kolkata", NIGHT, "2026-06-23T01:29Z", "2026-06-23T01:30Z"),
        ("Asia/Kolkata", NIGHT, "2026-06-23T01:30Z", None),
        ("Asia/Kolkata", Quiet(720, 780), "2026-06-22T07:00Z", "2026-06-22T07:30Z"),
        ("Asia/Kolkata", Quiet(720, 780), "2026-06-22T07:30Z", None),
        ("Asia/Kolkata", Quiet(720, 0), "2026-06-22T18:29Z", "2026-06-22T18:30Z"),
        ("Europe/Berlin", NIGHT, "2026-03-28T21:00Z", "2026-03-29T05:00Z"),
        ("Europe/Berlin", NIGHT, "2026-10-24T20:00Z", "2026-10-25T06:00Z"),
        # 2:15 to 2:45 are left out in spring; hours that end at 2:20 end at 3:00.
        ("Europe/Berlin", Quiet(135, 165), "2026-03-29T01:00Z", None),
        ("Europe/Berlin", Quiet(60, 140), "2026-03-29T00:59Z", "2026-03-29T01:00Z"),
        # All that is not quiet is left out: one night goes on into the next.
        ("Europe/Berlin", Quiet(160, 140), "2026-03-29T00:59Z", "2026-03-30T00:20Z"),
        # In autumn 2:00 to 3:00 comes twice: each beginning and end counts the first time.
        ("Europe/Berlin", Quiet(1320, 150), "2026-10-25T00:29Z", "2026-10-25T00:30Z"),
        ("Europe/Berlin", Quiet(1320, 150), "2026-10-25T01:15Z", None),
        ("Europe/Berlin", Quiet(150, 420), "2026-10-25T00:29Z", None),
        ("Europe/Berlin", Quiet(150, 420), "2026-10-25T01:15Z", "2026-10-25T06:00Z"),
        ("Europe/Berlin", Quiet(130, 150), "2026-10-25T01:15Z", None),
        ("America/New_York", Quiet(1320, 90), "2026-11-01T06:15Z", None),
        ("America/New_York", Quiet(90, 420), "2026-11-01T06:15Z", "2026-11-01T12:00Z"),
        ("Australia/Lord_Howe", Quiet(105, 420), "2026-04-04T15:05Z", "2026-04-04T20:30Z"),
        ("Australia/Lord_Howe", Quiet(1320, 105), "2026-04-04T15:05Z", None),
        ("America/Havana", Quiet(1320, 30), "2025-03-09T04:59Z", "2025-03-09T05:00Z"),
        ("Africa/Cairo", Quiet(1410, 420), "2026-10-29T21:15Z", "2026-10-30T05:00Z"),
        # Once St. John's went from 0:01 back to 23:01 of the day before.
        ("America/St_Johns", Quiet(1320, 0), "2010-11-07T03:00Z", None),
        ("America/St_Johns", Quiet(0, 360), "2010-11-07T03:00Z", "2010-11-07T09:30Z"),
        # After 29 December came the 31st: one night.
        ("Pacific/Apia", NIGHT, "2011-12-30T09:00Z", "2011-12-30T17:00Z"),
        ("Pacific/Apia", Quiet(60, 300), "2011-12-30T09:59Z", None),
    ],
)
def test_quiet_hours_last_until_their_local_end(
    name: str, quiet: Quiet, now: str, until: str | None
) -> None:
    ends = quiet_until(quiet, _zone(name), _utc(now))

    assert ends == (until and _utc(until))
    assert ends is None or ends.tzinfo is UTC


@pytest.mark.parametrize(
    ("quiet", "now", "change"),
    [
        (NIGHT, "2026-03-28T12:00Z", "2026-03-28T21:00Z"),
        (NIGHT, "2026-03-28T21:00Z", "2026-03-29T05:00Z"),
        (NIGHT, "2026-03-29T05:00Z", "2026-03-29T20:00Z"),
        (Quiet(135, 165), "2026-03-28T12:00Z", "2026-03-30T00:15Z"),
        (Quiet(160, 140), "2026-03-28T12:00Z", "2026-03-30T00:20Z"),
    ],
)
def test_the_next_change_is_a_beginning_or_an_end(quiet: Quiet, now: str, change: str) -> None:
    assert next_change(quiet, _zone("Europe/Berlin"), _utc(now)) == _utc(change)


def test_quiet_hours_never_begin_and_end_at_one_minute() -> None:
    with pytest.raises(ValueError, match="another minute"):
        Quiet(420, 420)


_NAMES = (files("tzdata") / "zones").read_text().split()
_ZONES = st.sampled_from(_NAMES).map(_zone)
_YEARS = st.integers(1980, 2060)
# Clocks are changed at night.
_MINUTES = st.integers(0, 1439) | st.integers(0, 200) | st.integers(1380, 1439)
_RHYTHMS = st.builds(
    Rhythm, st.sampled_from(["daily", "weekdays", "weekly"]), _MINUTES, st.integers(0, 6)
)
_QUIET = (
    st.tuples(_MINUTES, _MINUTES)
    .filter(lambda minutes: minutes[0] != minutes[1])
    .map(lambda minutes: Quiet(*minutes))
)


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 4, deadline=None)  # a year each
@given(_ZONES, _RHYTHMS, _YEARS)
def test_every_local_day_of_a_rhythm_has_exactly_one_digest(
    zone: ZoneInfo, rhythm: Rhythm, year: int
) -> None:
    start = datetime(year, 1, 10, tzinfo=zone)
    assume(not _is_changed(zone, start - 2 * DAY, start + 2 * DAY))
    days = [day for day in _days_shown(zone, start, 370) if _is_of(rhythm, day)]

    walked = list(islice(_walk(rhythm, zone, start - TICK), len(days)))

    wrong = [
        (day, at)
        for day, at in zip(days, walked, strict=True)
        if not _is_first(zone, day, rhythm.minute, at)
    ]
    assert wrong == []
    assert all(one < other for one, other in pairwise(walked))


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 4, deadline=None)  # a year each
@given(_ZONES, _YEARS, st.data())
def test_a_day_begins_when_a_digest_of_midnight_comes(
    zone: ZoneInfo, year: int, data: st.DataObject
) -> None:
    start = data.draw(st.sampled_from(_changes(zone, year))) - DAY
    moments = [start + number * timedelta(minutes=30) for number in range(3 * 48)]

    begins = [next_midnight(zone, at) for at in moments]

    assert begins == [next_digest(Rhythm("daily", 0), zone, at) for at in moments]
    assert [at for at in begins if at.astimezone(zone).fold] == []
    assert all(local_day(zone, at) > local_day(zone, at - TICK) for at in begins)


@pytest.mark.drawn
@settings(max_examples=EXAMPLES // 4, deadline=None)  # a year each
@given(_ZONES, _QUIET, _YEARS, st.data())
def test_quiet_hours_begin_and_end_once_where_a_clock_is_changed(
    zone: ZoneInfo, quiet: Quiet, year: int, data: st.DataObject
) -> None:
    start = data.draw(st.sampled_from(_changes(zone, year))) - 2 * DAY
    moments = [start + number * timedelta(minutes=20) for number in range(5 * 72)]

    untils = {at: quiet_until(quiet, zone, at) for at in moments}

    assert [at for at in moments if (untils[at] is not None) != _is_quiet(quiet, zone, at)] == []
    for at in moments[::5]:
        change = next_change(quiet, zone, at)
        assert change > at
        assert untils[at] in {None, change}
        assert _is_quiet(quiet, zone, change) != _is_quiet(quiet, zone, change - TICK)
        assert quiet_until(quiet, zone, change - TICK) == untils[at]
        assert (quiet_until(quiet, zone, change) is None) == (untils[at] is not None)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _walk(rhythm: Rhythm, zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    while True:
        at = next_digest(rhythm, zone, at)
        yield at


def _is_of(rhythm: Rhythm, day: date) -> bool:
    numbers = {"daily": range(7), "weekdays": range(5), "weekly": [rhythm.weekday]}
    return day.weekday() in numbers[rhythm.days]


def _days_shown(zone: ZoneInfo, start: datetime, count: int) -> list[date]:
    """Return each day that a look at the clock in every hour shows, but for the last, once."""
    hours = (start.astimezone(UTC) + number * timedelta(hours=1) for number in range(count * 24))
    return list(dict.fromkeys(hour.astimezone(zone).date() for hour in hours))[:-1]


def _is_first(zone: ZoneInfo, day: date, minute: int, at: datetime) -> bool:
    """Tell whether the clock shows the minute for the first time at `at`, or has left it out."""
    wanted = datetime.combine(day, time(*divmod(minute, 60)))
    shown = at.astimezone(zone)
    if shown.replace(tzinfo=None) == wanted:
        return shown.fold == 0
    before = (at - TICK).astimezone(zone).replace(tzinfo=None)
    return before < wanted < shown.replace(tzinfo=None)


def _is_quiet(quiet: Quiet, zone: ZoneInfo, at: datetime) -> bool:
    """Tell whether it is quiet by the clock of a person who stops it while a time is repeated."""
    while at.astimezone(zone).fold:
        at -= timedelta(minutes=1)
    shown = at.astimezone(zone)
    minute = shown.hour * 60 + shown.minute
    if quiet.from_minute < quiet.to_minute:
        return quiet.from_minute <= minute < quiet.to_minute
    return not quiet.to_minute <= minute < quiet.from_minute


def _is_changed(zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    return start.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset()


def _changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """Return the days of a year, in UTC, on which the clock is changed, or its first day."""
    first = datetime(year, 1, 1, tzinfo=UTC)
    days = [first + number * DAY for number in range(365)]
    return [day for day in days if _is_changed(zone, day, day + DAY)] or [first]
