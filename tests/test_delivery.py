"""What is due is posted, and every way to fail ends as its kind says."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from core import outbox, subscriptions
from core.db import Database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.messages import Lines, Story
from core.posting import Address, PlatformClosed, Refused, TryLater, Unknown, Unreachable
from core.sources import Draft
from core.tables import deliveries
from tests.conftest import NOW
from tests.fakes import FakePoster

SECOND = timedelta(seconds=1)
Queue = Callable[..., Awaitable[None]]


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the time that was set."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(database: Database) -> Queue:
    """Give a function that queues stories for channels."""

    async def fill(*, channels: int = 1, stories: int = 1, first: int = 0) -> None:
        async with database.write() as db:
            for number in range(channels):
                address = Address("discord", "1", f"{number:03}")
                await subscriptions.follow(db, address, ["llms"], by="ada", now=NOW)
        for number in range(first, first + stories):
            url = f"https://themata.ai/news/{number}"
            told = Draft(title=f"Story {number}", url=url, tags=("llms",))
            await Intake(database).take_in(told, source="site", now=NOW)

    return fill


def worker(database: Database, poster: FakePoster, clock: Clock) -> DeliveryWorker:
    return DeliveryWorker(database, poster, "discord", clock=clock, lanes=4)


async def ended(database: Database) -> list[tuple[str, str | None]]:
    async with database.read() as db:
        columns = (deliveries.c.state, deliveries.c.reason)
        rows = await db.execute(sa.select(*columns).order_by(deliveries.c.id))
        return [(row.state, row.reason) for row in rows]


async def test_what_is_due_is_posted_once(database: Database, queue: Queue, clock: Clock) -> None:
    poster = FakePoster()
    await queue(channels=5, stories=1)

    assert await worker(database, poster, clock).post_due() == 5
    assert await worker(database, poster, clock).post_due() == 0

    assert len({address for address, _, _ in poster.posts}) == 5
    assert {type(message.parts[0]) for _, message, _ in poster.posts} == {Story}
    assert await ended(database) == [("posted", None)] * 5


async def test_channels_with_the_same_stories_share_one_message(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster()
    await queue(channels=3, stories=2)

    await worker(database, poster, clock).post_due()

    first, *others = [message for _, message, _ in poster.posts]
    assert all(other is first for other in others)
    assert isinstance(first.parts[0], Lines)
    assert first.parts[0].heading == "2 new stories"


async def test_a_busy_platform_is_tried_again_when_it_asked_to_be(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(TryLater("ratelimited", timedelta(seconds=90)))
    work = worker(database, poster, clock)
    await queue()

    assert await work.post_due() == 0
    clock.now += 89 * SECOND
    assert await work.post_due() == 0
    clock.now += SECOND
    assert await work.post_due() == 1


async def test_a_platform_that_is_away_is_tried_again_by_the_schedule(
    database: Database, queue: Queue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "jitter", lambda: 0.5)
    poster = FakePoster(TryLater("refused"), TryLater("refused"))
    work = worker(database, poster, clock)
    await queue()

    assert await work.post_due() == 0
    clock.now += 2 * SECOND
    assert await work.post_due() == 0
    clock.now += 9 * SECOND
    assert await work.post_due() == 0
    clock.now += SECOND
    assert await work.post_due() == 1


async def test_a_post_that_may_stand_is_sent_again_with_the_same_key(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Unknown("reset"), TryLater("busy"))
    work = worker(database, poster, clock)
    await queue()
    await work.post_due()
    await queue(first=1)

    for _ in range(3):
        clock.now += 60 * SECOND
        await work.post_due()

    assert poster.keys.count(poster.keys[0]) == 3
    assert await ended(database) == [("posted", None)] * 2


async def test_a_closed_channel_is_paused_after_one_call_and_the_others_go_on(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Unreachable("the channel is gone"))
    work = worker(database, poster, clock)
    await queue(channels=2)
    await work.post_due()
    await queue(channels=0, first=1)

    clock.now += 3600 * SECOND
    await work.post_due()

    assert sorted(await ended(database), key=str) == [
        ("held", "the channel is gone"),
        ("held", None),
        ("posted", None),
        ("posted", None),
    ]
    async with database.read() as db:
        paused = [
            (await subscriptions.following(db, Address("discord", "1", f"00{n}"))).paused_because
            for n in range(2)
        ]
    assert sorted(paused, key=str) == [None, "the channel is gone"]


async def test_a_refused_message_ends_and_the_channel_goes_on(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Refused("a filter of the server"))
    work = worker(database, poster, clock)
    await queue()
    await work.post_due()
    await queue(channels=0, first=1)

    await work.post_due()

    assert await ended(database) == [("dead", "a filter of the server"), ("posted", None)]


async def test_a_bad_token_stops_the_platform_and_loses_nothing(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(PlatformClosed("the token is not valid"))
    await queue(channels=3)

    with pytest.raises(PlatformClosed, match="not valid"):
        await worker(database, poster, clock).post_due()

    assert {state for state, _ in await ended(database)} <= {"waiting", "posted"}
    assert await worker(database, FakePoster(), clock).post_due() >= 1
    assert {state for state, _ in await ended(database)} == {"posted"}


async def test_a_bug_in_a_poster_loses_nothing(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(ValueError("a bug"))
    work = worker(database, poster, clock)
    await queue(channels=2)

    assert await work.post_due() == 1
    clock.now += 60 * SECOND
    assert await work.post_due() == 1


async def test_a_running_worker_posts_what_comes_and_finishes_what_is_on_its_way(
    database: Database, queue: Queue
) -> None:
    poster = FakePoster()
    work = DeliveryWorker(database, poster, "discord", clock=lambda: NOW, lanes=2)
    stopping = asyncio.Event()
    running = asyncio.create_task(work.run(stopping))
    poster.may_post.clear()
    await queue(channels=10)
    work.wake()

    await poster.in_flight.wait()
    stopping.set()
    poster.may_post.set()
    await running

    states = [state for state, _ in await ended(database)]
    assert states.count("posted") == len(poster.posts)
    assert states.count("waiting") == 10 - len(poster.posts)


async def test_a_worker_that_starts_takes_over_what_a_killed_one_left(
    database: Database, queue: Queue
) -> None:
    await queue(channels=2)
    async with database.write() as db:
        left = await outbox.claim_due(db, "discord", now=NOW, most=9, claim="killed")
    later = NOW + outbox.LEASE
    poster = FakePoster()
    work = DeliveryWorker(database, poster, "discord", clock=lambda: later)
    stopping = asyncio.Event()
    stopping.set()

    await work.run(stopping)
    await work.post_due()

    assert {key for _, _, key in poster.posts} == {post.key for post in left}
