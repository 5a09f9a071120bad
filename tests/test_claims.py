"""Deliveries are claimed once, in the order of their channel, and every end is written down."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import claims
from core.db import Database
from core.outcomes import Dead, Doubtful, Held, Posted, PutBack, Untouched
from core.tables import deliveries
from tests.conftest import NOW
from tests.queued import add_story, channel, claim, queue, reclaim, record, states

MINUTE = timedelta(minutes=1)


async def test_what_is_due_together_in_a_channel_shares_a_message(database: Database) -> None:
    await queue(database, channels=20, stories=10)

    posts = await claim(database)

    assert len(posts) == 20
    assert {len(post.articles) for post in posts} == {10}
    assert all(list(post.articles) == sorted(post.articles) for post in posts)


@pytest.mark.mostly_one_database
async def test_what_catches_up_shares_a_message_of_its_own(database: Database) -> None:
    await queue(database, channels=1, stories=5)
    async with database.write() as db:
        older = sa.update(deliveries).where(deliveries.c.id <= 3)
        await db.execute(older.values(catch_up=True))

    posts = await claim(database)

    assert [post.articles for post in posts] == [(1, 2, 3), (4, 5)]


async def test_what_catches_up_is_claimed_as_a_whole(database: Database) -> None:
    await queue(database, channels=3, stories=4)
    async with database.write() as db:
        await db.execute(sa.update(deliveries).values(catch_up=True))

    first = await claim(database, most=6, name="c1")
    rest = await claim(database, most=6, name="c2")

    assert [post.address for post in first] == [channel(1), channel(2)]
    assert [post.address for post in rest] == [channel(3)]
    assert {post.articles for post in first + rest} == {(1, 2, 3, 4)}


async def test_a_delivery_is_claimed_once(database: Database) -> None:
    await queue(database, channels=3, stories=1)

    first = await claim(database, most=2, name="c1")
    second = await claim(database, most=2, name="c2")

    assert [post.address for post in first] == [channel(1), channel(2)]
    assert [post.address for post in second] == [channel(3)]
    assert await claim(database, name="c3") == []


@pytest.mark.mostly_one_database
async def test_a_delivery_of_another_platform_is_left_alone(database: Database) -> None:
    await queue(database, channels=1, stories=1)

    async with database.write() as db:
        assert await claims.claim_due(db, "slack", now=NOW, most=9, claim="c") == []


@pytest.mark.mostly_one_database
async def test_what_is_no_longer_news_is_not_claimed(database: Database) -> None:
    await queue(database, channels=1, stories=1)

    assert await claim(database, now=NOW + timedelta(days=3)) == []


@pytest.mark.mostly_one_database
async def test_a_put_back_post_waits_for_its_time_and_may_take_company(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    [post] = await claim(database)

    await record(database, PutBack(post, NOW + MINUTE, "busy"))
    await add_story(database, 1)

    assert await claim(database, now=NOW + MINUTE / 2) == []
    [again] = await claim(database, now=NOW + MINUTE, name="c2")
    assert again.attempts == 2
    assert again.tried_at is None
    assert again.key != post.key
    assert len(again.articles) == 2


async def test_those_behind_a_post_that_waits_pass_it_after_ten_minutes(
    database: Database,
) -> None:
    await queue(database, channels=2, stories=1)
    first, other = await claim(database)
    hour = 60 * MINUTE
    await record(database, PutBack(first, NOW + hour, "busy"), Posted(other, "m"))
    later = await add_story(database, 1)

    [elsewhere] = await claim(database, now=NOW + 9 * MINUTE, name="c2")
    [passing] = await claim(database, now=NOW + 10 * MINUTE, name="c3")

    assert (elsewhere.address, elsewhere.articles) == (channel(2), (later,))
    assert (passing.address, passing.articles) == (channel(1), (later,))


@pytest.mark.mostly_one_database
async def test_a_longer_wait_does_not_hold_the_line_anew(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    [post] = await claim(database)
    await record(database, PutBack(post, NOW + 9 * MINUTE, "busy"))
    [again] = await claim(database, now=NOW + 9 * MINUTE, name="c2")

    await record(database, PutBack(again, NOW + 30 * MINUTE, "busy"), now=NOW + 9 * MINUTE)
    later = await add_story(database, 1)

    [passing] = await claim(database, now=NOW + 10 * MINUTE, name="c3")
    assert passing.articles == (later,)


@pytest.mark.mostly_one_database
async def test_a_post_that_may_stand_already_keeps_its_key_and_its_company(
    database: Database,
) -> None:
    await queue(database, channels=1, stories=2)
    [post] = await claim(database)
    await record(database, PutBack(post, NOW, "the line broke", may_stand=True))
    later = await add_story(database, 2)

    again, new = await claim(database, name="c2", now=NOW + MINUTE)

    assert (again.key, again.articles, again.tried_at) == (post.key, post.articles, NOW)
    assert (new.articles, new.tried_at) == ((later,), None)


@pytest.mark.mostly_one_database
async def test_the_company_of_a_post_that_may_stand_is_claimed_as_a_whole(
    database: Database,
) -> None:
    await queue(database, channels=2, stories=3)
    first, second = await claim(database)
    await reclaim(database)

    [again] = await claim(database, most=2, name="c2", now=NOW + MINUTE)

    assert again.articles == first.articles
    [rest] = await claim(database, most=9, name="c3", now=NOW + MINUTE)
    assert rest.articles == second.articles


async def test_a_full_batch_of_what_may_stand_already_is_claimed_as_it_was(
    database: Database,
) -> None:
    await queue(database, channels=2, stories=1)
    async with database.write() as db:
        await db.execute(sa.update(deliveries).values(catch_up=True))
    before = await claim(database)
    await reclaim(database)

    again = await claim(database, most=2, name="c2", now=NOW + MINUTE)

    assert [post.key for post in again] == [post.key for post in before]
    assert all(post.tried_at == NOW for post in again)


@pytest.mark.mostly_one_database
async def test_how_often_a_post_was_looked_for_is_remembered(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    [post] = await claim(database)

    await record(database, PutBack(post, NOW, "not found", may_stand=True, looks=1))

    [again] = await claim(database, name="c2", now=NOW + MINUTE)
    assert again.looks == 1


async def test_posts_of_a_dead_process_are_claimed_again_with_their_key(
    database: Database,
) -> None:
    await queue(database, channels=2, stories=1)
    posts = await claim(database)
    await record(database, Posted(posts[0], "m1"))

    assert await reclaim(database, settled_at=NOW + MINUTE) == 1

    assert await claim(database, name="c2") == []
    [again] = await claim(database, name="c2", now=NOW + MINUTE)
    assert (again.key, again.articles, again.tried_at) == (posts[1].key, posts[1].articles, NOW)


async def test_what_stands_behind_posts_of_a_dead_process_waits_for_them(
    database: Database,
) -> None:
    await queue(database, channels=1, stories=1)
    await claim(database)
    await reclaim(database, settled_at=NOW + MINUTE)

    await add_story(database, 1)

    assert await claim(database, name="c2") == []
    assert len(await claim(database, name="c2", now=NOW + MINUTE)) == 2


async def test_a_lease_protects_a_claim_until_it_runs_out(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    await claim(database)

    early, late = NOW + claims.LEASE - MINUTE, NOW + claims.LEASE

    assert await reclaim(database, now=early, all_of_them=False) == 0
    assert await reclaim(database, now=late, all_of_them=False) == 1


@pytest.mark.mostly_one_database
async def test_a_claimer_that_lost_its_claim_changes_nothing_of_it(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    [lost] = await claim(database)
    await reclaim(database, now=NOW + claims.LEASE)
    await claim(database, now=NOW + claims.LEASE, name="c2")

    await record(database, Dead(lost, "too late to say so"))

    assert await states(database) == ["sending"]


async def test_every_outcome_is_written_down(database: Database) -> None:
    await queue(database, channels=6, stories=1)
    one, two, three, four, five, six = await claim(database)

    await record(
        database,
        Posted(one, "m1"),
        PutBack(two, NOW + MINUTE, "busy"),
        Held(three, "closed"),
        Dead(four, "too long"),
        Doubtful(five, "cannot be seen"),
        Untouched(six),
    )

    async with database.read() as db:
        columns = (deliveries.c.state, deliveries.c.message_id, deliveries.c.reason)
        rows = (await db.execute(sa.select(*columns).order_by(deliveries.c.id))).all()
    assert [tuple(row) for row in rows] == [
        ("posted", "m1", None),
        ("waiting", None, "busy"),
        ("held", None, "closed"),
        ("dead", None, "too long"),
        ("unknown", None, "cannot be seen"),
        ("waiting", None, None),
    ]


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("counts", [True, False])
async def test_a_wait_that_was_asked_for_is_no_attempt(database: Database, *, counts: bool) -> None:
    await queue(database, channels=1, stories=1)
    [post] = await claim(database)

    await record(database, PutBack(post, NOW, "slow down", counts=counts))

    [again] = await claim(database, name="c2", now=NOW + MINUTE)
    assert again.attempts == (2 if counts else 1)


async def test_the_next_due_time_is_told(database: Database) -> None:
    async with database.read() as db:
        assert await claims.next_due(db, "discord", now=NOW) is None

    await queue(database, channels=1, stories=1)

    async with database.read() as db:
        assert await claims.next_due(db, "discord", now=NOW) == NOW
        assert await claims.next_due(db, "slack", now=NOW) is None


@pytest.mark.mostly_one_database
async def test_what_stands_in_line_is_due_when_the_first_is(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    [post] = await claim(database)
    await record(database, PutBack(post, NOW + MINUTE, "busy"))
    await add_story(database, 1)

    async with database.read() as db:
        assert await claims.next_due(db, "discord", now=NOW) == NOW + MINUTE


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(2, 2), (3, 10), (4, 60), (5, 300), (6, 900), (7, 1800), (8, 1800), (50, 1800)],
)
def test_the_waits_grow_to_half_an_hour(attempt: int, seconds: int) -> None:
    assert claims.wait_before(attempt, jitter=0.5) == timedelta(seconds=seconds)
    assert claims.wait_before(attempt, jitter=0.0) == timedelta(seconds=seconds / 2)
    assert claims.wait_before(attempt, jitter=1.0) == timedelta(seconds=seconds * 1.5)


@pytest.mark.mostly_one_database
async def test_a_try_whose_process_died_makes_no_later_wait_longer(database: Database) -> None:
    await queue(database, channels=1, stories=1)
    for number in range(5):
        await claim(database, name=f"c{number}")
        await reclaim(database)

    [again] = await claim(database, name="last")

    assert again.attempts == 1
