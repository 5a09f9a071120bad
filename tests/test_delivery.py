"""What is due is posted, and every way to fail ends as its kind says."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, claims, subscriptions
from core.clock import utc_now
from core.db import Database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.messages import Lines, Story, as_text
from core.posting import (
    Address,
    PlatformClosed,
    Receipt,
    Refused,
    TryLater,
    Unknown,
    Unreachable,
    Unsearchable,
)
from core.sources import Draft
from core.tables import deliveries
from tests.conftest import NOW
from tests.fakes import NEVER_SURE, FakePoster

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

    async def fill(
        *, channels: int = 1, stories: int = 1, first: int = 0, now: datetime = NOW
    ) -> None:
        async with database.write() as db:
            for number in range(channels):
                address = Address("discord", "1", f"{number:03}")
                await subscriptions.follow(db, address, ["llms"], by="ada", now=now)
        for number in range(first, first + stories):
            url = f"https://themata.ai/news/{number}"
            told = Draft(title=f"Story {number}", url=url, tags=("llms",))
            await Intake(database).take_in(told, source="site", now=now)

    return fill


def worker(database: Database, poster: FakePoster, clock: Clock) -> DeliveryWorker:
    return DeliveryWorker(database, poster, "discord", clock=clock, lanes=4)


async def ended(database: Database) -> list[tuple[str, str | None]]:
    async with database.read() as db:
        columns = (deliveries.c.state, deliveries.c.reason)
        rows = await db.execute(sa.select(*columns).order_by(deliveries.c.id))
        return [(row.state, row.reason) for row in rows]


@pytest.mark.mostly_one_database
async def test_what_is_due_is_posted_once(database: Database, queue: Queue, clock: Clock) -> None:
    poster = FakePoster()
    await queue(channels=5, stories=1)

    assert await worker(database, poster, clock).post_due() == 5
    assert await worker(database, poster, clock).post_due() == 0

    assert len({address for address, _, _ in poster.posts}) == 5
    assert {type(message.parts[0]) for _, message, _ in poster.posts} == {Story}
    assert await ended(database) == [("posted", None)] * 5


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
async def test_n1_a_platform_that_is_away_is_tried_again_by_the_schedule(
    database: Database, queue: Queue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "jitter", lambda: 0.5)
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


@pytest.mark.mostly_one_database
async def test_a_post_that_may_stand_is_sent_again_with_the_same_key_while_that_is_sure(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Unknown("reset"), TryLater("busy", 5 * SECOND))
    work = worker(database, poster, clock)
    await queue()
    await work.post_due()
    await queue(first=1)

    for _ in range(4):
        clock.now += 5 * SECOND
        await work.post_due()

    assert poster.keys.count(poster.keys[0]) == 3
    assert poster.looks == []
    assert await ended(database) == [("posted", None)] * 2


@pytest.mark.mostly_one_database
async def test_later_it_is_looked_for_before_it_is_sent_again(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Unknown("reset"))
    work = worker(database, poster, clock)
    await queue()
    await work.post_due()
    clock.now += 61 * SECOND

    assert await work.post_due() == 1

    assert poster.looks == [(poster.keys[0], NOW)]
    assert poster.keys == [poster.keys[0]] * 2


@pytest.mark.mostly_one_database
async def test_a_post_that_is_found_is_not_sent_again(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Unknown("reset"))
    poster.finds = [Receipt(Address("discord", "1", "000"), "m7")]
    work = worker(database, poster, clock)
    await queue()
    await work.post_due()
    clock.now += 61 * SECOND

    assert await work.post_due() == 1

    assert poster.posts == []
    async with database.read() as db:
        assert await db.scalar(sa.select(deliveries.c.message_id)) == "m7"


@pytest.mark.mostly_one_database
async def test_where_posts_appear_late_it_is_looked_for_twice_with_a_rest_before_each(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Unknown("reset"), repeats=NEVER_SURE)
    work = worker(database, poster, clock)
    await queue()
    await work.post_due()

    seen = []
    for _ in range(4):
        clock.now += 29 * SECOND
        await work.post_due()
        seen.append((len(poster.looks), len(poster.posts)))
        clock.now += SECOND
        await work.post_due()
        seen.append((len(poster.looks), len(poster.posts)))

    assert seen[:4] == [(0, 0), (1, 0), (1, 0), (2, 1)]
    assert seen[-1] == (2, 1)


@pytest.mark.mostly_one_database
async def test_an_unknown_outcome_that_cannot_be_looked_up_is_given_up_and_told(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Unknown("reset"), repeats=NEVER_SURE)
    poster.finds = [Unsearchable("the history is closed to the bot")]
    work = worker(database, poster, clock)
    await queue()
    await work.post_due()
    await queue(channels=0, first=1)
    clock.now += 31 * SECOND

    await work.post_due()

    assert await ended(database) == [
        ("unknown", "it may have been posted: the history is closed to the bot"),
        ("posted", None),
    ]


@pytest.mark.mostly_one_database
async def test_an_operator_may_have_it_posted_again_instead(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Unknown("reset"), repeats=NEVER_SURE)
    poster.finds = [Unsearchable("the history is closed to the bot")]
    work = DeliveryWorker(database, poster, "discord", clock=clock, resends_unknown=True)
    await queue()
    await work.post_due()
    clock.now += 31 * SECOND

    assert await work.post_due() == 1


@pytest.mark.mostly_one_database
async def test_o1_what_comes_later_waits_behind_a_post_that_has_to_wait(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(TryLater("busy", 60 * SECOND))
    work = worker(database, poster, clock)
    await queue(channels=2)
    await work.post_due()
    await queue(channels=0, first=1)
    await work.post_due()

    stood = [address.channel for address, _, _ in poster.posts]
    clock.now += 60 * SECOND
    await work.post_due()

    assert sorted(stood) == ["001", "001"]
    assert [a.channel for a, _, _ in poster.posts].count("000") == 1
    assert {state for state, _ in await ended(database)} == {"posted"}


@pytest.mark.mostly_one_database
async def test_o1_what_waits_longer_than_ten_minutes_is_passed_by_the_others(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(TryLater("busy", 3600 * SECOND))
    work = worker(database, poster, clock)
    await queue()
    await work.post_due()
    await queue(channels=0, first=1)

    clock.now += 599 * SECOND
    early = await work.post_due()
    clock.now += SECOND

    assert (early, await work.post_due()) == (0, 1)
    assert await ended(database) == [("waiting", "busy"), ("posted", None)]


@pytest.mark.mostly_one_database
async def test_a_channel_that_closes_amid_several_posts_is_asked_once(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Unreachable("the channel is gone"))
    poster.may_post.clear()
    work = worker(database, poster, clock)
    await queue()
    working = asyncio.create_task(work.post_due())
    await poster.in_flight.wait()
    await queue(channels=0, first=1)
    poster.may_post.set()

    await working

    assert len(poster.keys) == 1
    assert {state for state, _ in await ended(database)} == {"held"}


async def test_k10_a_process_that_stood_still_too_long_sends_nothing_of_its_old_claim(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster()
    poster.may_post.clear()
    work = DeliveryWorker(database, poster, "discord", clock=clock, lanes=1)
    await queue(channels=3)
    working = asyncio.create_task(work.post_due())
    await poster.in_flight.wait()

    clock.now += 600 * SECOND
    poster.may_post.set()
    await working

    assert len(poster.keys) == 1
    states = [state for state, _ in await ended(database)]
    assert sorted(states) == ["posted", "sending", "sending"]


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
async def test_o2_a_refused_message_ends_and_the_channel_goes_on(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(Refused("a filter of the server"))
    work = worker(database, poster, clock)
    await queue()
    await work.post_due()
    await queue(channels=0, first=1)

    await work.post_due()

    assert await ended(database) == [("dead", "a filter of the server"), ("posted", None)]


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
async def test_m1_a_bug_in_a_poster_loses_nothing(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster(ValueError("a bug"))
    work = worker(database, poster, clock)
    await queue(channels=2)

    assert await work.post_due() == 1
    clock.now += 60 * SECOND
    assert await work.post_due() == 1


@pytest.mark.mostly_one_database
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
        left = await claims.claim_due(db, "discord", now=NOW, most=9, claim="killed")
    poster = FakePoster()
    work = DeliveryWorker(database, poster, "discord", clock=lambda: NOW + SECOND)

    await work.recover()
    await work.post_due()

    assert {key for _, _, key in poster.posts} == {post.key for post in left}


@pytest.mark.mostly_one_database
async def test_what_a_catch_up_message_only_counts_ends_with_that_reason(
    database: Database, queue: Queue, clock: Clock
) -> None:
    poster = FakePoster()
    await queue(stories=40)

    await worker(database, poster, clock).post_due()

    assert len(poster.posts) == 1
    ends = await ended(database)
    counted = [reason for state, reason in ends if state == "expired"]
    assert set(counted) == {"a catch-up message counted it without its title"}
    assert f"And {len(counted)} more." in as_text(poster.posts[0][1])
    assert [state for state, _ in ends].index("posted") == len(counted)


@pytest.mark.mostly_one_database
async def test_a_post_that_is_put_back_is_tried_again_when_its_time_comes(
    database: Database, queue: Queue
) -> None:
    poster = FakePoster(TryLater("busy", timedelta(milliseconds=1)))
    started = utc_now()
    work = DeliveryWorker(database, poster, "discord", lanes=2)
    await queue(now=started)
    stopping = asyncio.Event()
    running = asyncio.create_task(work.run(stopping))

    async with asyncio.timeout(4):
        await poster.has_posted(1)
    stopping.set()
    await running


@pytest.mark.mostly_one_database
async def test_what_is_claimed_is_not_forgotten_when_its_articles_cannot_be_read(
    database: Database, queue: Queue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    poster, stopping, failed = FakePoster(), asyncio.Event(), asyncio.Event()
    work = worker(database, poster, clock)
    await queue()
    read = articles.edits_of

    async def fail_once(db: AsyncConnection, ids: Collection[int]) -> dict[int, int]:
        if not failed.is_set():
            failed.set()
            raise SQLAlchemyError("the database is away")
        return await read(db, ids)

    monkeypatch.setattr(articles, "edits_of", fail_once)
    running = asyncio.create_task(work.run(stopping))
    await failed.wait()
    work.wake()
    await poster.has_posted(1)
    stopping.set()
    await running

    assert await ended(database) == [("posted", None)]
