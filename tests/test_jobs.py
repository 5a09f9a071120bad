"""What runs on its own: at once, again and again, one apart from the other."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from core import articles, jobs, pauses, subscriptions, workspaces
from core.db import Database, open_database
from core.intake import Intake
from core.jobs import Job, noticing, polling, tidying
from core.notices import Notices
from core.pauses import Pauses
from core.posting import Address
from core.sources import Draft, SourceError
from core.tables import deliveries
from tests.fakes import FakePoster, FakeSource

SOON = timedelta(milliseconds=5)
NEVER = timedelta(days=1)
PATIENCE = 10.0
CHANNEL = Address("discord", "1", "2")


class Counted:
    """Something to do, that fails as often as it is told to and says when it was done."""

    def __init__(self, *, until: int = 1, failures: int = 0) -> None:
        self.times = 0
        self.is_done = asyncio.Event()
        self._until = until
        self._failures = failures

    async def __call__(self) -> None:
        """Count, and fail if that is due."""
        self.times += 1
        if self.times >= self._until:
            self.is_done.set()
        if self.times <= self._failures:
            raise ValueError("broken")


@asynccontextmanager
async def running(*to_do: Job) -> AsyncIterator[None]:
    """Run these jobs until the block ends, and see that they end then."""
    stopping = asyncio.Event()
    task = asyncio.create_task(jobs.run(to_do, stopping))
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    finally:
        stopping.set()
        async with asyncio.timeout(PATIENCE):
            await task


@pytest.fixture
async def database(database_file: Path) -> AsyncIterator[Database]:
    """Give an empty database."""
    async with open_database(f"sqlite:///{database_file}") as opened:
        yield opened


async def test_every_job_is_done_at_once() -> None:
    one, other = Counted(), Counted()

    async with running(Job("one", NEVER, one), Job("other", NEVER, other)):
        await one.is_done.wait()
        await other.is_done.wait()

    assert (one.times, other.times) == (1, 1)


async def test_a_job_is_done_as_often_as_it_says() -> None:
    often = Counted(until=3)

    async with running(Job("often", SOON, often)):
        await often.is_done.wait()


async def test_a_job_that_raises_is_told_and_done_again(caplog: pytest.LogCaptureFixture) -> None:
    shaky = Counted(until=3, failures=2)

    async with running(Job("shake", SOON, shaky)):
        await shaky.is_done.wait()

    told = [record.getMessage() for record in caplog.records if record.name == "core.jobs"]
    assert told == ["could not shake, will try again"] * 2


async def test_a_slow_job_holds_up_no_other() -> None:
    begun, other = asyncio.Event(), Counted(until=3)

    async def wait_for_ever() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with running(Job("wait", SOON, wait_for_ever), Job("other", SOON, other)):
        await begun.wait()
        await other.is_done.wait()


async def test_a_job_under_way_is_ended_with_the_rest() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait_for_ever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running(Job("wait", SOON, wait_for_ever)):
        await begun.wait()

    assert ended.is_set()


async def test_a_broken_source_is_told_and_the_others_are_read(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    intake = Intake(database)
    broken, good = FakeSource("broken"), FakeSource("good", [Draft("One", "https://x.example/1")])
    broken.error = SourceError("https://x.example/ answered 500")
    good_is_read = asyncio.Event()
    reading = polling(intake, good, NEVER)

    async def read() -> None:
        await reading.do()
        good_is_read.set()

    async with running(polling(intake, broken, NEVER), Job(reading.name, NEVER, read)):
        await good_is_read.wait()

    async with database.read() as db:
        assert [article.title for article in await articles.latest(db, most=5)] == ["One"]
    assert "could not read source broken: https://x.example/ answered 500" in caplog.messages
    assert "took in from good: articles 1, deliveries 0" in caplog.messages


async def test_a_part_of_a_source_that_is_broken_is_told(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    source = FakeSource("news", [Draft("One", "https://x.example/1")])
    source.problems = ("https://x.example/2 is no article",)

    await polling(Intake(database), source, NEVER).do()

    assert caplog.messages == ["skipped a part of source news: https://x.example/2 is no article"]


async def test_tidying_ends_what_is_no_longer_news(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    now = datetime.now(UTC)
    async with database.write() as db:
        await subscriptions.follow(db, CHANNEL, ["llms"], by="ada", now=now)
    for hours, title in ((25, "old"), (1, "new")):
        draft = Draft(title, f"https://x.example/{title}", tags=("llms",))
        await Intake(database).take_in(draft, source="news", now=now - timedelta(hours=hours))

    await tidying(database, ["discord"]).do()

    async with database.read() as db:
        states = (await db.scalars(sa.select(deliveries.c.state).order_by(deliveries.c.id))).all()
    assert states == ["expired", "waiting"]
    assert caplog.messages == ["gave up deliveries that were no longer news: 1"]


async def test_tidying_tries_closed_channels_again(database: Database) -> None:
    now, released = datetime.now(UTC), list[datetime]()
    async with database.write() as db:
        await subscriptions.follow(db, CHANNEL, ["llms"], by="ada", now=now)
        await pauses.pause(db, 1, "the channel is gone", now=now)
    draft = Draft("New", "https://x.example/", tags=("llms",))
    await Intake(database).take_in(draft, source="news", now=now)
    job = tidying(
        database, ["discord"], clock=lambda: at, when_released=lambda: released.append(at)
    )

    for minutes in (59, 60, 61):
        at = now + timedelta(minutes=minutes)
        await job.do()

    assert released == [now + timedelta(hours=1)]
    async with database.read() as db:
        assert await db.scalar(sa.select(deliveries.c.state)) == "waiting"


async def test_p4_tidying_purges_what_was_left_long_ago(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    now = datetime.now(UTC)
    async with database.write() as db:
        await subscriptions.follow(db, CHANNEL, ["llms"], by="ada", now=now)
    left = Pauses(database, clock=lambda: now - timedelta(days=7))
    await left.workspace_left(CHANNEL.platform, CHANNEL.workspace)

    await tidying(database, ["discord"]).do()
    await tidying(database, ["discord"], purge_after=timedelta(days=7)).do()

    assert caplog.messages == ["purged workspaces that the bot left: 1"]
    async with database.read() as db:
        assert (await subscriptions.following(db, CHANNEL)).topics == ()


async def test_closed_channels_are_told_of_as_a_job(database: Database) -> None:
    poster = FakePoster()
    async with database.write() as db:
        await workspaces.choose_log(db, CHANNEL)
        closed = replace(CHANNEL, channel="3")
        await subscriptions.follow(db, closed, ["llms"], by="ada", now=datetime.now(UTC))
        await pauses.pause(db, 1, "the channel is gone", now=datetime.now(UTC))

    await noticing(Notices(database, {"discord": poster})).do()

    assert [address for address, _, _ in poster.posts] == [CHANNEL]
