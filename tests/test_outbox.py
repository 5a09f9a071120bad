"""Deliveries: queued once, claimed once, marked in batches."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from core import articles, outbox, pauses, subscriptions
from core.db import Database
from core.outbox import Dead, Held, Post, Posted, PutBack
from core.posting import Address
from core.sources import Draft
from core.tables import deliveries
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)


def channel(number: int) -> Address:
    return Address("discord", "1", f"{number:03}")


async def queue(database: Database, *, channels: int, stories: int, now: datetime = NOW) -> None:
    """Let channels 1 to n follow a tag, and queue articles that carry it."""
    async with database.write() as db:
        for number in range(1, channels + 1):
            await subscriptions.follow(db, channel(number), ["llms"], by="ada", now=now)
        last = await subscriptions.last_address(db)
        for number in range(stories):
            told = Draft(title=f"Story {number}", url=f"https://themata.ai/news/{number}")
            saved = await articles.save_new(db, told, source="site", now=now)
            assert saved is not None
            await outbox.enqueue(
                db,
                saved.id,
                subscriptions.recipients(["llms"], within=range(last + 1)),
                within=range(last + 1),
                now=now,
            )


async def claim(
    database: Database, *, now: datetime = NOW, most: int = 250, name: str = "c1"
) -> list[Post]:
    async with database.write() as db:
        return await outbox.claim_due(db, "discord", now=now, most=most, claim=name)


async def states(database: Database) -> list[str]:
    async with database.read() as db:
        return list((await db.scalars(sa.select(deliveries.c.state).order_by("id"))).all())


async def record(database: Database, outcomes: Sequence[outbox.Outcome]) -> None:
    async with database.write() as db:
        await outbox.record(db, outcomes, now=NOW)


async def test_an_article_is_queued_for_a_channel_once(database: Database) -> None:
    await queue(database, channels=2, stories=1)

    async with database.write() as db:
        everyone = subscriptions.recipients(["llms"], within=range(99))
        assert await outbox.enqueue(db, 1, everyone, within=range(99), now=NOW) == 0

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


async def test_what_is_due_together_in_a_channel_shares_a_message(database: Database) -> None:
    await queue(database, channels=20, stories=10)

    posts = await claim(database)

    assert len(posts) == 20
    assert {len(post.articles) for post in posts} == {10}
    assert all(list(post.articles) == sorted(post.articles) for post in posts)


async def test_a_message_holds_ten_articles_at_the_most(database: Database) -> None:
    await queue(database, channels=1, stories=23)

    posts = await claim(database)

    assert [len(post.articles) for post in posts] == [10, 10, 3]
    assert len({post.key for post in posts}) == 3


async def test_a_delivery_is_claimed_once(database: Database) -> None:
    await queue(database, channels=3, stories=1)

    first = await claim(database, most=2, name="c1")
    second = await claim(database, most=2, name="c2")

    assert [post.address for post in first] == [channel(1), channel(2)]
    assert [post.address for post in second] == [channel(3)]
    assert await claim(database, name="c3") == []


async def test_a_delivery_of_another_platform_is_left_alone(database: Database) -> None:
    await queue(database, channels=1, stories=1)

    async with database.write() as db:
        assert await outbox.claim_due(db, "slack", now=NOW, most=9, claim="c") == []


async def test_a_put_back_post_waits_for_its_time_and_may_take_company(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    [post] = await claim(database)

    await record(database, [PutBack(post, NOW + MINUTE, "busy")])

    assert await claim(database, now=NOW + MINUTE / 2) == []
    [again] = await claim(database, now=NOW + MINUTE, name="c2")
    assert again.attempts == 2
    assert again.key != post.key


async def test_a_post_that_may_stand_already_keeps_its_key_and_its_company(
    database: Database,
) -> None:
    await queue(database, channels=1, stories=2)
    [post] = await claim(database)
    await record(database, [PutBack(post, NOW, "the line broke", may_stand=True)])
    async with database.write() as db:
        told = Draft(title="Later", url="https://themata.ai/news/later")
        later = await articles.save_new(db, told, source="site", now=NOW)
        assert later is not None
        everyone = subscriptions.recipients(["llms"], within=range(9))
        await outbox.enqueue(db, later.id, everyone, within=range(99), now=NOW)

    again, new = await claim(database, name="c2")

    assert (again.key, again.articles) == (post.key, post.articles)
    assert new.articles == (later.id,)


async def test_posts_of_a_dead_process_are_claimed_again_with_their_key(
    database: Database,
) -> None:
    await queue(database, channels=1, stories=12)
    posts = await claim(database)
    await record(database, [Posted(posts[0], "m1")])

    async with database.write() as db:
        assert await outbox.reclaim(db, "discord", now=NOW, all_of_them=True) == 2
    [again] = await claim(database, name="c2")

    assert (again.key, again.articles) == (posts[1].key, posts[1].articles)


async def test_a_lease_protects_a_claim_until_it_runs_out(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    await claim(database)

    async with database.write() as db:
        early = NOW + outbox.LEASE - MINUTE
        assert await outbox.reclaim(db, "discord", now=early, all_of_them=False) == 0
        late = NOW + outbox.LEASE
        assert await outbox.reclaim(db, "discord", now=late, all_of_them=False) == 1


async def test_every_outcome_is_written_down(database: Database) -> None:
    await queue(database, channels=4, stories=1)
    one, two, three, four = await claim(database)

    await record(
        database,
        [
            Posted(one, "m1"),
            PutBack(two, NOW + MINUTE, "busy"),
            Held(three, "closed"),
            Dead(four, "too long"),
        ],
    )

    async with database.read() as db:
        columns = (deliveries.c.state, deliveries.c.message_id, deliveries.c.reason)
        rows = (await db.execute(sa.select(*columns).order_by(deliveries.c.id))).all()
    assert [tuple(row) for row in rows] == [
        ("posted", "m1", None),
        ("waiting", None, "busy"),
        ("held", None, "closed"),
        ("dead", None, "too long"),
    ]


async def test_what_is_no_longer_news_expires(database: Database) -> None:
    await queue(database, channels=1, stories=1)

    async with database.write() as db:
        assert await outbox.expire(db, now=NOW + outbox.FRESH - MINUTE) == 0
        assert await outbox.expire(db, now=NOW + outbox.FRESH) == 1

    assert await states(database) == ["expired"]


async def test_the_next_due_time_is_told(database: Database) -> None:
    async with database.read() as db:
        assert await outbox.next_due(db, "discord") is None

    await queue(database, channels=1, stories=1)

    async with database.read() as db:
        assert await outbox.next_due(db, "discord") == NOW
        assert await outbox.next_due(db, "slack") is None


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(2, 2), (3, 10), (4, 60), (5, 300), (6, 900), (7, 1800), (8, 1800), (50, 1800)],
)
def test_the_waits_grow_to_half_an_hour(attempt: int, seconds: int) -> None:
    assert outbox.wait_before(attempt, jitter=0.5) == timedelta(seconds=seconds)
    assert outbox.wait_before(attempt, jitter=0.0) == timedelta(seconds=seconds / 2)
    assert outbox.wait_before(attempt, jitter=1.0) == timedelta(seconds=seconds * 1.5)
