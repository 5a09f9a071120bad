"""A digest comes once for each local day that had articles, and loses nothing."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from core import pauses
from core.db import Database
from core.posting import Address
from tests.simulated import Came, Simulated

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOON = datetime(2026, 6, 22, 12, tzinfo=UTC)
EDGES = [
    pytest.param("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC), id="Berlin forward"),
    pytest.param("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC), id="Berlin back"),
    pytest.param("America/New_York", datetime(2026, 3, 7, tzinfo=UTC), id="New York forward"),
    pytest.param("America/New_York", datetime(2026, 10, 31, tzinfo=UTC), id="New York back"),
    pytest.param("Australia/Lord_Howe", datetime(2026, 4, 3, tzinfo=UTC), id="Lord Howe back"),
    pytest.param("Australia/Lord_Howe", datetime(2026, 10, 2, tzinfo=UTC), id="Lord Howe forward"),
    pytest.param("Asia/Kolkata", datetime(2026, 3, 28, tzinfo=UTC), id="Kolkata"),
]


def local_days(came: Sequence[Came], zone: str) -> Counter[str]:
    """Return how many messages came on each local day."""
    return Counter(f"{post.at.astimezone(ZoneInfo(zone)):%Y-%m-%d}" for post in came)


@pytest.mark.mostly_one_database
@pytest.mark.parametrize(("zone", "begin"), EDGES)
async def test_each_local_day_has_one_digest_at_the_change_of_clocks(
    database: Database, zone: str, begin: datetime
) -> None:
    world, times = Simulated(database, begin), ("02:15", "08:00")
    for time in times:
        await world.follow(time, f"llms when:daily {time}", zone)

    titles = await world.regularly(12, 8 * HOUR)
    await world.until(world.now + DAY)

    for time in times:
        came = world.came[time]
        assert set(local_days(came, zone).values()) == {1}, time
        days = [post.at.astimezone(ZoneInfo(zone)).date() for post in came]
        assert len(days) >= 4, time
        assert [late - early for early, late in pairwise(days)] == [DAY] * (len(days) - 1), time
        assert sum(int(post.text.split(", ")[1].split()[0]) for post in came) == len(titles), time


@pytest.mark.mostly_one_database
async def test_a_day_without_articles_has_no_digest(database: Database) -> None:
    world = Simulated(database, NOON)
    await world.follow("1", "llms when:daily 08:00", "Europe/Berlin")

    await world.tell()
    await world.until(NOON + 3 * DAY)
    await world.tell()
    await world.until(NOON + 5 * DAY)

    assert local_days(world.came["1"], "Europe/Berlin") == {"2026-06-23": 1, "2026-06-26": 1}


@pytest.mark.mostly_one_database
async def test_an_article_just_before_a_digest_comes_with_the_next(database: Database) -> None:
    world = Simulated(database, datetime(2026, 6, 22, 7, 59, 45, tzinfo=UTC))
    await world.follow("1", "llms when:daily 08:00")

    await world.tell()
    await world.until(world.now + 2 * DAY)

    assert [post.at for post in world.came["1"]] == [datetime(2026, 6, 23, 8, tzinfo=UTC)]


async def test_weekly_and_weekday_digests_gather_what_came_meanwhile(database: Database) -> None:
    world = Simulated(database, NOON)  # a Monday
    await world.follow("week", "llms when:weekly fri 09:00")
    await world.follow("work", "llms when:weekdays 09:00")

    await world.until(NOON + 5 * DAY)
    for _ in range(14):
        await world.tell()
        await world.until(world.now + 12 * HOUR)

    assert [f"{post.at:%a %d}" for post in world.came["week"]] == ["Fri 03"]
    assert "Fri 3 Jul, 12 stories" in world.came["week"][0].text
    assert "And 2 more." in world.came["week"][0].text
    assert [f"{post.at:%a}" for post in world.came["work"]] == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    assert "Mon 29 Jun, 4 stories" in world.came["work"][0].text


@pytest.mark.mostly_one_database
async def test_quiet_hours_hold_what_comes_then_as_one_message(database: Database) -> None:
    world = Simulated(database, datetime(2026, 6, 22, 19, tzinfo=UTC))
    await world.follow("1", "llms quiet:22:00-07:00", "Europe/Berlin")

    await world.regularly(14, HOUR)

    times = [f"{post.at:%H}" for post in world.came["1"]]
    assert times == ["19", "05", "05", "06", "07", "08"]
    held = world.came["1"][1]
    assert "9 stories" in held.text
    assert "9 held while it was quiet" in held.text


async def test_only_so_many_come_at_once_each_local_day(database: Database) -> None:
    world = Simulated(database, datetime(2026, 6, 22, 10, tzinfo=UTC))
    await world.follow("1", "llms most:2")

    for _ in range(5):
        await world.tell()
    await world.until(datetime(2026, 6, 23, 10, tzinfo=UTC))
    await world.tell()
    await world.until(datetime(2026, 6, 23, 11, tzinfo=UTC))

    came = world.came["1"]
    assert [f"{post.at:%d %H:%M}" for post in came] == ["22 10:00", "23 09:00", "23 10:00"]
    assert "2 new stories" in came[0].text
    assert "3 over the day's limit" in came[1].text


async def test_what_comes_by_two_rules_comes_once_and_at_once(database: Database) -> None:
    world = Simulated(database, NOON)
    await world.follow("1", "llms when:daily 08:00")
    await world.follow("1", "meta when:now")

    title = await world.tell("llms", "meta")
    await world.until(NOON + 2 * DAY)

    (post,) = world.came["1"]
    assert post.at == NOON
    assert title in post.text


async def test_a_zone_that_is_changed_gives_no_day_two_digests(database: Database) -> None:
    world = Simulated(database, datetime(2026, 6, 22, 1, tzinfo=UTC))
    await world.follow("1", "llms when:daily 08:00", "Asia/Tokyo")

    await world.regularly(6, 8 * HOUR)
    await world.follow("1", "llms", "America/New_York")
    await world.regularly(7, 8 * HOUR)

    digests = [f"{post.at:%d %H}" for post in world.came["1"]]
    assert digests == ["22 23", "23 23", "24 12", "25 12"]


@pytest.mark.mostly_one_database
async def test_a_digest_waits_for_a_closed_channel_and_comes_with_the_next(
    database: Database,
) -> None:
    world = Simulated(database, NOON)
    await world.follow("1", "llms when:daily 08:00")
    world.closed.add("1")
    await world.tell()
    await world.until(NOON + DAY)
    await world.tell()

    world.closed.clear()
    async with database.write() as db:
        await pauses.resume(db, Address("discord", "1", "1"), now=world.now)
    await world.until(NOON + 2 * DAY)

    texts = [post.text for post in world.came["1"]]
    assert sum("Story 1." in text for text in texts) == 1
    assert sum("Story 2." in text for text in texts) == 1


async def one_digest_a_day(
    database: Database, *, channels: int, begin: datetime, days: int
) -> None:
    """Let random articles come, and check that each channel has one digest for each such day."""
    random = Random(7)  # noqa: S311 (a simulation that can be repeated)
    zones = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
    world = Simulated(database, begin)
    for number in range(channels):
        time = random.choice(("00:30", "02:15", "08:00", "23:59"))
        zone = zones[number % len(zones)]
        await world.follow(str(number), f"llms when:daily {time}", zone)
    end, told = world.now + timedelta(days=days), 0
    while world.now < end:
        if random.random() < 0.7:
            await world.tell()
            told += 1
        await world.until(world.now + timedelta(hours=random.randrange(4, 40)))
    await world.until(end + 3 * DAY)

    for number in range(channels):
        came = world.came[str(number)]
        assert set(local_days(came, zones[number % len(zones)]).values()) == {1}
        assert sum(int(post.text.split(", ")[1].split()[0]) for post in came) == told


@pytest.mark.mostly_one_database
async def test_an_autumn_has_one_digest_for_each_channel_and_day_with_articles(
    database: Database,
) -> None:
    await one_digest_a_day(database, channels=5, begin=datetime(2026, 10, 22, tzinfo=UTC), days=12)


@pytest.mark.long
@pytest.mark.mostly_one_database
async def test_a_year_of_a_thousand_channels_has_one_digest_for_each_and_day_with_articles(
    database: Database,
) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    await one_digest_a_day(database, channels=1000, begin=begin, days=365)


@pytest.mark.mostly_one_database
async def test_a_pause_holds_what_comes_then_as_one_message(database: Database) -> None:
    world = Simulated(database, NOON)  # a Monday
    await world.follow("1", "llms pause:until wed 08:00", "Europe/Berlin")

    await world.regularly(6, 12 * HOUR)

    came = world.came["1"]
    assert [f"{post.at:%a %H:%M}" for post in came] == ["Wed 06:00", "Wed 12:00", "Thu 00:00"]
    assert "4 stories" in came[0].text
    assert "4 held while it was quiet" in came[0].text


async def test_after_a_pause_digests_come_as_they_did(database: Database) -> None:
    world = Simulated(database, NOON)
    await world.follow("1", "llms when:daily 08:00")
    await world.follow("1", "pause:2d")

    await world.regularly(5, DAY)

    assert [f"{post.at:%d %H:%M}" for post in world.came["1"]] == [
        "25 08:00",
        "26 08:00",
        "27 08:00",
    ]
    assert "3 stories" in world.came["1"][0].text


@pytest.mark.mostly_one_database
async def test_a_pause_that_is_taken_back_lets_come_what_was_held(database: Database) -> None:
    world = Simulated(database, NOON)
    await world.follow("1", "llms pause:1w")
    await world.regularly(3, HOUR)
    assert not world.came["1"]

    await world.follow("1", "pause:off")
    await world.until(world.now + HOUR)

    (held,) = world.came["1"]
    assert "3 stories" in held.text


@pytest.mark.mostly_one_database
async def test_one_tag_is_paused_and_the_others_come(database: Database) -> None:
    world = Simulated(database, NOON)
    await world.follow("1", "llms when:daily 08:00")
    await world.follow("1", "meta when:now")

    await world.tell("llms")
    await world.follow("1", "meta pause:3d")
    held = await world.tell("meta")
    await world.until(NOON + 2 * DAY)
    assert [f"{post.at:%d %H:%M}" for post in world.came["1"]] == ["23 08:00"]

    await world.until(NOON + 4 * DAY)
    assert held in world.came["1"][-1].text


@pytest.mark.mostly_one_database
async def test_a_digest_brings_the_hottest_that_fit_into_the_minutes(database: Database) -> None:
    world = Simulated(database, NOON)
    await world.follow("1", "llms when:daily 08:00 minutes:10")

    for heat, minutes in ((90, 4), (80, 12), (70, None), (60, 3), (50, 4)):
        await world.tell("llms", heat=heat, minutes=minutes)
    await world.until(NOON + DAY)

    (came,) = world.came["1"]
    assert [f"Story {number}." in came.text for number in range(1, 6)] == [
        True,
        False,
        True,
        True,
        False,
    ]
    assert "And 2 more." in came.text


@pytest.mark.mostly_one_database
async def test_one_story_comes_though_it_takes_longer(database: Database) -> None:
    world = Simulated(database, NOON)
    await world.follow("1", "llms when:daily 08:00 minutes:10")

    title = await world.tell("llms", minutes=25)
    await world.until(NOON + DAY)

    assert title in world.came["1"][0].text
