"""A source is asked as its server wishes: seldom when it is broken, where it moved, never again."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core import polls
from core.db import Database, open_database
from core.jobs import Job, polling
from core.polls import Poll
from core.sources import LocalError, Reading, SourceError, SourceGone
from core.sources.feed import Feed
from core.sources.fetch import Fetcher
from core.sources.headers import max_age, retry_after
from tests.conftest import NOW
from tests.feeds import Scene, backlog, item, read_here, rss, scene
from tests.newsserver import Served

pytestmark = pytest.mark.mostly_one_database

EVERY = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


@pytest.fixture
async def here(database_file: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with (
        open_database(f"sqlite:///{database_file}") as database,
        scene(database) as opened,
    ):
        monkeypatch.setattr("core.sources.feed.read_apart", read_here)
        yield opened


def job(here: Scene, clock: Clock, every: timedelta = EVERY) -> Job:
    return polling(here.intake, here.feed(), every, clock=clock)


async def pass_time(reading: Job, clock: Clock, time: timedelta) -> None:
    """Do the job as often as it is due in this time."""
    for _ in range(time // reading.every):
        await reading.do()
        clock.now += reading.every


async def remembered(database: Database, feed: Feed) -> Poll:
    async with database.read() as db:
        return await polls.recall(db, feed.name, feed.place)


@pytest.mark.parametrize(
    "status", [404, 503, *(pytest.param(it, marks=pytest.mark.long) for it in (403, 500))]
)
async def test_r1_a_dead_feed_is_asked_less_and_less(here: Scene, status: int) -> None:
    here.news.pages["/feed"] = Served(status=status)
    clock = Clock()
    reading = job(here, clock)

    await pass_time(reading, clock, DAY)
    first_day = len(here.news.requests)
    await pass_time(reading, clock, DAY)

    assert (first_day, len(here.news.requests) - first_day) == (8, 1)


async def test_r1_a_server_that_is_gone_is_asked_less_and_less(
    here: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    nowhere = Feed("nowhere", "http://127.0.0.1:1/feed", here.fetcher)

    await pass_time(polling(here.intake, nowhere, EVERY, clock=clock), clock, DAY)

    assert len(caplog.messages) == 8
    assert "could not be reached" in caplog.messages[0]


async def test_r1_a_feed_that_recovers_is_asked_as_always(here: Scene) -> None:
    clock = Clock()
    reading = job(here, clock)
    await pass_time(reading, clock, 2 * HOUR)
    here.news.put("/feed", rss(backlog(2)))
    await pass_time(reading, clock, 2 * HOUR)
    before = len(here.news.requests)

    await pass_time(reading, clock, HOUR)

    assert len(here.news.requests) - before == 12


async def test_r1_what_came_while_a_feed_was_away_is_not_lost(here: Scene) -> None:
    clock = Clock()
    reading = job(here, clock, HOUR)
    here.news.put("/feed", rss(backlog(2)))
    await reading.do()
    here.news.pages["/feed"] = Served(status=500)
    await pass_time(reading, clock, 3 * DAY)
    here.news.put("/feed", rss([item(100, NOW + HOUR), *backlog(2)]))

    await pass_time(reading, clock, DAY)

    assert await here.titles() == ["Story 100"]


async def test_r1_an_unchanged_feed_is_not_read(here: Scene) -> None:
    here.news.put("/feed", rss(backlog(2)), ETag='"1"')
    await here.poll()
    here.news.put("/feed", "this would be broken", ETag='"1"')

    await here.poll(NOW + DAY)

    assert (await remembered(here.database, here.feed())).read_at == NOW + DAY


async def test_r1_a_feed_that_is_gone_is_never_asked_again(
    here: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    here.news.pages["/feed"] = Served(status=410)
    clock = Clock()

    await pass_time(job(here, clock, HOUR), clock, DAY)
    await pass_time(job(here, clock, HOUR), clock, DAY)

    assert here.news.asked == ["/feed"]
    said = "source /feed is not read any more, give it another address or take it out: "
    assert caplog.messages == [f"{said}{here.news.url}/feed answered 410 Gone"] * 2


async def test_r1_a_gone_feed_is_asked_at_its_next_address(here: Scene) -> None:
    here.news.pages["/feed"] = Served(status=410)
    with pytest.raises(SourceGone):
        await here.poll()
    here.feeds["/feed"] = Feed("/feed", here.news.put("/new", rss(backlog(2))), here.fetcher)

    taken = await here.intake.poll(here.feed(), NOW)

    assert taken.was_first


async def test_r1_a_gone_feed_is_asked_when_the_operator_asks(here: Scene) -> None:
    here.news.pages["/feed"] = Served(status=410)
    with pytest.raises(SourceGone):
        await here.poll()
    here.news.put("/feed", rss(backlog(2)))

    assert (await here.poll()).was_first
    assert not (await remembered(here.database, here.feed())).gone_because


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "7200"},
        {
            "Retry-After": "Mon, 22 Jun 2026 10:00:00 GMT",
            "Date": "Mon, 22 Jun 2026 08:00:00 GMT",
        },
    ],
    ids=["seconds", "date"],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_r1_a_busy_server_is_asked_when_it_asked_to_be(
    here: Scene, status: int, headers: dict[str, str]
) -> None:
    here.news.pages["/feed"] = Served(status=status, headers=headers)
    clock = Clock()
    reading = job(here, clock)

    await pass_time(reading, clock, 2 * HOUR)
    early = len(here.news.requests)
    await reading.do()

    assert (early, len(here.news.requests)) == (1, 2)


async def test_a_feed_rests_as_long_as_it_says_that_it_stays_the_same(here: Scene) -> None:
    here.news.put("/feed", rss(backlog(2)), Cache_Control="public, max-age=1200")
    clock = Clock()

    await pass_time(job(here, clock), clock, HOUR)

    assert len(here.news.requests) == 3


@pytest.mark.parametrize(("ttl", "asked"), [("30", 4), ("1440", 2), ("soon", 24)])
async def test_a_feed_rests_by_its_ttl_but_no_longer_than_an_hour(
    here: Scene, ttl: str, asked: int
) -> None:
    here.news.put("/feed", rss(backlog(2), f"<ttl>{ttl}</ttl>"))
    clock = Clock()

    await pass_time(job(here, clock), clock, 2 * HOUR)

    assert len(here.news.requests) == asked


@pytest.mark.parametrize("status", [301, 308])
async def test_r6_a_feed_that_moved_for_good_is_soon_asked_there(
    here: Scene, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    here.news.put("/new", rss(backlog(2)))
    here.news.send_on("/feed", "/new", status)

    for _ in range(5):
        await here.poll()

    assert here.news.asked == ["/feed", "/new"] * 3 + ["/new"] * 2
    moved = f"source /feed moved for good and is read there: {here.news.url}/new"
    assert caplog.messages == [moved]


async def test_r6_a_feed_that_moved_for_now_is_asked_at_its_place(here: Scene) -> None:
    here.news.put("/new", rss(backlog(2)))
    here.news.send_on("/feed", "/elsewhere", 302)
    here.news.send_on("/elsewhere", "/new", 301)

    for _ in range(5):
        await here.poll()

    assert here.news.asked == ["/feed", "/elsewhere", "/new"] * 5


async def test_r6_targets_that_differ_are_not_kept(here: Scene) -> None:
    for target in ("/a", "/b", "/a", "/b", "/a"):
        here.news.put(target, rss(backlog(2)))
        here.news.send_on("/feed", target, 301)
        await here.poll()

    assert here.news.asked.count("/feed") == 5


@pytest.mark.parametrize("status", [404, 410])
async def test_r6_where_the_new_address_fails_the_old_one_is_asked(
    here: Scene, status: int
) -> None:
    here.news.put("/new", rss(backlog(2)))
    here.news.send_on("/feed", "/new", 301)
    for _ in range(3):
        await here.poll()
    here.news.pages["/new"] = Served(status=status)
    here.news.put("/feed", rss(backlog(2)))

    with pytest.raises(SourceError):
        await here.poll()
    await here.poll()

    assert here.news.asked[-2:] == ["/new", "/feed"]


async def test_r6_no_more_than_three_steps_are_followed(fetcher: Fetcher, here: Scene) -> None:
    for step in range(5):
        here.news.send_on(f"/{step}", f"/{step + 1}")

    with pytest.raises(SourceError, match="sends from page to page"):
        await fetcher.get(f"{here.news.url}/0")

    assert here.news.asked == ["/0", "/1", "/2", "/3"]


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(allow_private=True) as opened:
        yield opened


def test_a_source_on_this_machine_is_looked_at_as_always() -> None:
    poll = Poll("saved", read_at=NOW)

    failed = polls.after_failure(poll, LocalError("saved is empty"), now=NOW, every=EVERY)

    assert failed == poll


@pytest.mark.parametrize(
    ("failures", "minutes"), [(1, 10), (2, 20), (8, 1280), (9, 1440), (1000, 1440)]
)
def test_a_broken_source_rests_twice_as_long_each_time(failures: int, minutes: int) -> None:
    assert polls.wait_after(failures, EVERY) == timedelta(minutes=minutes)


def test_a_source_that_is_seldom_read_is_not_read_more_often_when_it_is_broken() -> None:
    assert polls.wait_after(3, 7 * DAY) == 7 * DAY


def test_a_timer_that_rings_a_little_early_does_not_lose_its_turn() -> None:
    poll = polls.after_reading(Poll(""), Reading(rest=EVERY), now=NOW)

    assert poll.may_ask(NOW + EVERY - timedelta(milliseconds=5))
    assert not poll.may_ask(NOW + EVERY - timedelta(seconds=5))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("max-age=60", 60), ('private, Max-Age="5"', 5), ("no-store", 0), ("s-maxage=9", 0), ("", 0)],
)
def test_how_long_an_answer_stays_the_same(said: str, seconds: int) -> None:
    assert max_age({"Cache-Control": said}) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "said", ["", "soon", "-5", "Mon, 22 Jun 2026 10:00:00 GMT", "9" * 30, "Mon, 99 Jun 2026"]
)
def test_a_wait_that_cannot_be_read_is_none(said: str) -> None:
    assert retry_after({"Retry-After": said}) == timedelta(0)
