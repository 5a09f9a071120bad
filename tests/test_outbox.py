"""Deliveries are queued once, held for closed channels, and end when they are no longer news."""

from datetime import timedelta

from core import outbox, pauses, queueing
from core.db import Database
from tests.conftest import NOW
from tests.queued import claim, queue, reclaim, states, tagged

MINUTE = timedelta(minutes=1)


async def test_an_article_is_queued_for_a_channel_once(database: Database) -> None:
    await queue(database, channels=2, stories=1)

    async with database.write() as db:
        assert await queueing.enqueue(db, queueing.Part(1, tagged("llms"), range(99), NOW)) == 0

    assert await states(database) == ["waiting", "waiting"]


async def test_an_article_for_a_paused_channel_is_held_until_it_is_resumed(
    database: Database,
) -> None:
    await queue(database, channels=1, stories=0)
    async with database.write() as db:
        await pauses.pause(db, 1, "closed", now=NOW)

    await queue(database, channels=1, stories=1)
    assert await states(database) == ["held"]

    async with database.write() as db:
        assert await outbox.release(db, [1], now=NOW) == 1
    assert await states(database) == ["waiting"]


async def test_what_is_no_longer_news_expires(database: Database) -> None:
    await queue(database, channels=1, stories=1)

    async with database.write() as db:
        assert await outbox.expire(db, now=NOW + outbox.FRESH - MINUTE) == 0
        assert await outbox.expire(db, now=NOW + outbox.FRESH) == 1

    assert await states(database) == ["expired"]


async def test_of_what_may_have_been_posted_it_stays_unknown_whether_it_was(
    database: Database,
) -> None:
    await queue(database, channels=1, stories=1)
    await claim(database)
    await reclaim(database)

    async with database.write() as db:
        assert await outbox.expire(db, now=NOW + outbox.FRESH) == 1

    assert await states(database) == ["unknown"]
