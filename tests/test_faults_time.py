"""Rows T of the fault matrix: clocks that jump cost no post, and make none twice."""

from datetime import UTC, datetime, timedelta

import pytest

from core import claims, outbox
from core.db import Database
from core.delivery import DeliveryWorker
from core.posting import TryLater, Unknown
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.queued import add_story, channel, queue, states, stories

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that jumps."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the time that it shows."""
        return self.now


@pytest.mark.parametrize("jump", [NOW + HOUR, NOW - HOUR])
async def test_t1_a_clock_that_jumps_makes_no_post_twice_and_loses_none(
    database: Database, jump: datetime
) -> None:
    clock, poster = Clock(), FakePoster(Unknown("reset"), TryLater("busy"))
    worker = DeliveryWorker(database, poster, "discord", clock=clock)
    await queue(database, channels=5, stories=1)
    await worker.post_due()

    clock.now = jump
    await add_story(database, 1, now=jump)
    await worker.post_due()
    clock.now = NOW + 2 * HOUR
    while await worker.post_due():
        pass

    assert await states(database) == ["posted"] * 10
    assert [stories(poster, channel(number)) for number in range(1, 6)] == [[0, 1]] * 5


async def test_t1_a_clock_far_behind_is_waited_for_and_not_asked_again_and_again(
    database: Database,
) -> None:
    await queue(database, channels=1, stories=1)

    async with database.read() as db:
        assert await claims.next_due(db, "discord", now=EPOCH) == NOW
    async with database.write() as db:
        assert await claims.claim_due(db, "discord", now=EPOCH, most=9, claim="c") == []


async def test_t5_after_three_days_asleep_only_what_is_still_news_is_posted(
    database: Database,
) -> None:
    clock, poster = Clock(), FakePoster()
    worker = DeliveryWorker(database, poster, "discord", clock=clock)
    await queue(database, channels=1, stories=30)
    clock.now = NOW + timedelta(days=3)
    await add_story(database, 30, now=clock.now)

    await worker.recover()
    await worker.post_due()

    assert len(poster.posts) == 1
    async with database.write() as db:
        await outbox.expire(db, now=clock.now)
    assert await states(database) == ["expired"] * 30 + ["posted"]
