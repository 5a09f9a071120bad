"""Posts are edited where they stand when their article changes: few times, and only while fresh."""

import asyncio
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import claims, edits, pauses, subscriptions
from core.intake import Intake
from core.messages import Lines, Story, as_text
from core.posting import Address, PlatformClosed, Receipt, Refused, TryLater, Unknown, Unreachable
from core.sources import Draft
from core.tables import addresses
from tests.changes import CHANNEL, HOUR, SECOND, EditPoster, News, told
from tests.changes import news as news  # noqa: PLC0414 (a fixture)
from tests.changes import poster as poster  # noqa: PLC0414 (a fixture)
from tests.fakes import FakeSource

pytestmark = pytest.mark.mostly_one_database


async def test_a_changed_title_is_edited_where_it_stands(news: News, poster: EditPoster) -> None:
    await news.post(told())

    await news.tell(told("Gemma 4 runs on watches"))

    assert await news.pass_by(SECOND) == 1
    assert await news.pass_by(HOUR) == 0
    ((receipt, message),) = poster.edits
    assert receipt == Receipt(CHANNEL, "m1")
    assert isinstance(message.parts[0], Story)
    assert message.parts[0].title == "Gemma 4 runs on watches"
    assert len(poster.posts) == 1
    assert await news.states() == [("done", None)]


async def test_a_changed_summary_is_edited_in_every_channel(news: News, poster: EditPoster) -> None:
    await news.follow(*(Address("discord", "1", f"{number}") for number in range(120)))
    await news.post(told())

    await news.tell(told(summary="Weights are closed."))

    assert await news.pass_by(SECOND) == 121
    assert len({receipt for receipt, _ in poster.edits}) == 121
    assert {as_text(message).splitlines()[1] for _, message in poster.edits} == {
        "Weights are closed."
    }


@pytest.mark.parametrize(
    "again",
    [
        told(),
        told("  GEMMA 4  runs on\tphones "),
        told(query="?utm_source=rss"),
        told(summary="Weights are open. https://themata.ai/?utm_source=rss"),
        told(summary=""),
        told(heat=90),
    ],
)
async def test_what_readers_would_not_notice_edits_nothing(
    news: News, poster: EditPoster, again: Draft
) -> None:
    await news.post(told(summary="Weights are open. https://themata.ai/?utm_source=a"))

    await news.tell(again)

    assert await news.pass_by(HOUR) == 0
    assert poster.calls == 0


async def test_a_list_is_edited_once_with_all_of_its_stories(
    news: News, poster: EditPoster
) -> None:
    await news.post(told("One", number=1), told("Two", number=2), told("Three", number=3))

    await news.tell(told("First", number=1), told("Third", number=3))

    assert await news.pass_by(SECOND) == 1
    ((_, message),) = poster.edits
    assert isinstance(message.parts[0], Lines)
    assert [line.title for line in message.parts[0].lines] == ["First", "Two", "Third"]


async def test_many_articles_are_brought_up_to_date_at_once(news: News, poster: EditPoster) -> None:
    for number, title in enumerate(("One", "Two", "Three"), 1):
        await news.post(told(title, number=number))
    again = [(told(title, number=n), n) for n, title in ((1, "First"), (2, "Two"), (3, "Third"))]

    async with news.database.write() as db:
        unknown = (told("Changed", number=9), 9)
        assert await edits.amend(db, [*again, unknown], source="site", now=news.now) == 2

    assert await news.pass_by(SECOND) == 2
    assert {receipt.message_id for receipt, _ in poster.edits} == {"m1", "m3"}


async def test_a_draft_without_an_address_changes_nothing(news: News) -> None:
    await news.post(told())

    await news.tell(Draft("Gemma 4 runs on watches", "http://[news"))

    assert await news.pass_by(SECOND) == 0


async def test_an_old_post_stays_but_the_latest_news_are_told_anew(
    news: News, poster: EditPoster
) -> None:
    await news.post(told())
    news.now += timedelta(hours=24)

    await news.tell(told("Gemma 4 runs on watches"))

    assert await news.pass_by(SECOND) == 0
    assert await news.latest() == ["Gemma 4 runs on watches"]
    assert poster.calls == 0


async def test_what_is_not_posted_yet_is_posted_as_it_is_told_then(
    news: News, poster: EditPoster
) -> None:
    await news.follow(Address("discord", "1", "busy"))
    poster.errors = [TryLater("busy", HOUR)]
    await news.post(told())

    await news.tell(told("Gemma 4 runs on watches"))
    news.now += HOUR
    await news.posting.post_due()

    assert [as_text(message).splitlines()[0] for _, message, _ in poster.posts] == [
        "Gemma 4 runs on phones",
        "Gemma 4 runs on watches",
    ]


async def test_a_change_while_a_post_is_on_its_way_is_made_when_it_has_arrived(
    news: News, poster: EditPoster
) -> None:
    poster.may_post.clear()
    posting = asyncio.create_task(news.post(told()))
    await poster.in_flight.wait()

    await news.tell(told("Gemma 4 runs on watches"))
    assert await news.pass_by(SECOND) == 0
    poster.may_post.set()
    await posting

    assert await news.pass_by(3 * SECOND) == 1
    assert poster.titles == ["Gemma 4 runs on watches"]


async def test_a_change_while_an_edit_is_being_made_is_made_after_it(
    news: News, poster: EditPoster
) -> None:
    await news.post(told())
    await news.tell(told("Second"))
    poster.may_edit.clear()
    editing = asyncio.create_task(news.pass_by(SECOND))
    await poster.is_editing.wait()

    await news.tell(told("Third"))
    poster.may_edit.set()

    assert await editing == 2
    assert poster.titles == ["Second", "Third"]


async def test_another_source_changes_nothing(news: News, poster: EditPoster) -> None:
    await news.post(told())

    await news.tell(told("As others tell it"), told(retracted=True), source="other")

    assert await news.pass_by(SECOND) == 0
    assert await news.latest() == ["Gemma 4 runs on phones"]
    assert poster.calls == 0


async def test_what_is_taken_in_by_hand_changes_any_source(news: News, poster: EditPoster) -> None:
    await news.post(told())
    by_hand = FakeSource("correction.json", [told("Gemma 4 runs on watches")])

    await Intake(news.database).take_all_of(by_hand, news.now, quiet=False)

    assert await news.pass_by(SECOND) == 1
    assert poster.titles == ["Gemma 4 runs on watches"]


async def test_an_edit_waits_as_long_as_the_platform_asks(news: News, poster: EditPoster) -> None:
    poster.edit_errors = [TryLater("ratelimited", 90 * SECOND)]
    await news.post(told())
    await news.tell(told("Gemma 4 runs on watches"))

    assert await news.pass_by(SECOND) == 0
    assert await news.pass_by(89 * SECOND) == 0
    assert await news.pass_by(SECOND) == 1


async def test_an_edit_that_may_have_been_made_is_made_again(
    news: News, poster: EditPoster
) -> None:
    poster.edit_errors = [Unknown("no answer"), TryLater("busy"), RuntimeError("a bug")]
    await news.post(told())
    await news.tell(told("Gemma 4 runs on watches"))

    made = [await news.pass_by(wait * SECOND) for wait in (1, 3, 15, 90)]

    assert made == [0, 0, 0, 1]
    assert await news.states() == [("done", None)]


async def test_an_edit_whose_worker_died_is_made_by_the_next(
    news: News, poster: EditPoster
) -> None:
    await news.post(told())
    await news.tell(told("Gemma 4 runs on watches"))
    async with news.database.write() as db:
        assert len(await edits.claim_due(db, "discord", now=news.now, most=5)) == 1

    assert await news.pass_by(claims.LEASE - SECOND) == 0
    assert await news.pass_by(SECOND) == 1
    assert poster.titles == ["Gemma 4 runs on watches"]


async def test_a_message_that_was_deleted_is_left_alone(news: News, poster: EditPoster) -> None:
    poster.edit_errors = [Refused("the message was deleted")]
    await news.post(told())
    await news.tell(told("Gemma 4 runs on watches"))

    assert await news.pass_by(SECOND) == 0
    assert await news.pass_by(HOUR) == 0
    assert poster.calls == 1
    assert await news.states() == [("dead", "the message was deleted")]


async def test_a_closed_channel_is_asked_once_and_paused(news: News, poster: EditPoster) -> None:
    poster.edit_errors = [Unreachable("no access")]
    for number in (1, 2, 3):
        await news.post(told(number=number))
    await news.tell(*(told("Gemma 4 runs on watches", number=number) for number in (1, 2, 3)))

    assert await news.pass_by(SECOND) == 0
    assert await news.pass_by(HOUR) == 0
    assert poster.calls == 1
    async with news.database.read() as db:
        assert await db.scalar(sa.select(addresses.c.paused_because)) == "no access"


async def test_the_edits_of_a_paused_channel_wait_until_it_is_open(
    news: News, poster: EditPoster
) -> None:
    await news.post(told())
    async with news.database.write() as db:
        following = await subscriptions.following(db, CHANNEL)
        await pauses.pause(db, following.address_id, "no access", now=news.now)
    await news.tell(told("Gemma 4 runs on watches"))

    assert await news.pass_by(HOUR) == 0
    async with news.database.write() as db:
        await pauses.resume(db, CHANNEL, now=news.now)
    assert await news.pass_by(HOUR) == 1
    assert poster.calls == 1


async def test_an_edit_is_given_up_a_day_after_the_post(news: News, poster: EditPoster) -> None:
    poster.edit_errors = [TryLater("down", 23 * HOUR)]
    await news.post(told())
    news.now += 2 * HOUR
    await news.tell(told("Gemma 4 runs on watches"))

    assert await news.pass_by(SECOND) == 0
    assert await news.pass_by(24 * HOUR) == 0
    assert poster.calls == 1
    assert await news.states() == [("dead", "it was too old to be changed")]


async def test_a_platform_that_refuses_the_bot_ends_its_edits_quietly(
    news: News, poster: EditPoster
) -> None:
    poster.edit_errors = [PlatformClosed("bad token")]
    await news.post(told(), to=Address("discord", "1", "other"))
    await news.post(told("Gemma 4 runs on watches", number=2))
    await news.tell(told("Changed"), told("Changed", number=2))

    await news.editing.run(asyncio.Event())

    assert [state for state, _ in await news.states()] == ["waiting"] * 3
    assert await News(news.database, poster).pass_by(SECOND) == 3


async def test_it_works_until_it_is_stopped(news: News, poster: EditPoster) -> None:
    await news.post(told())
    await news.tell(told("Gemma 4 runs on watches"))
    stopping = asyncio.Event()

    running = asyncio.create_task(news.editing.run(stopping))
    await poster.is_editing.wait()
    stopping.set()
    await running

    assert await news.states() == [("done", None)]


async def test_r10_an_edit_war_makes_three_edits(news: News, poster: EditPoster) -> None:
    await news.follow(Address("discord", "1", "other"))
    await news.post(told())

    for round_ in range(20):
        await news.tell(told(f"Title {round_}"))
        await news.pass_by(SECOND)

    assert poster.titles == ["Title 0"] * 2 + ["Title 1"] * 2 + ["Title 2"] * 2
    assert poster.calls == 6
    assert await news.latest() == ["Title 19"]


async def test_r10_what_changes_at_once_is_one_edit(news: News, poster: EditPoster) -> None:
    await news.post(told())

    await news.tell(*(told(f"Title {round_}") for round_ in range(20)))

    assert await news.pass_by(SECOND) == 1
    assert poster.calls == 1


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 5))]
)
async def test_r12_replayed_and_shuffled_items_are_one_post(
    news: News, poster: EditPoster, seed: int
) -> None:
    versions = [told(), told("Gemma 4 runs on watches"), told(summary="Weights are closed.")] * 5
    random.Random(seed).shuffle(versions)  # noqa: S311 (any order will do)
    await news.follow(CHANNEL)

    for draft in versions:
        await news.tell(draft)
        await news.posting.post_due()
        await news.pass_by(SECOND)

    assert len(poster.posts) == 1
    assert poster.calls <= edits.MOST


async def test_r12_a_replay_of_the_same_items_changes_nothing(
    news: News, poster: EditPoster
) -> None:
    items = [told(number=1), told("Changed", number=1), told("Gone", number=2, retracted=True)]
    await news.post(*items)
    await news.pass_by(SECOND)

    await news.tell(items[1], items[2], items[1])
    await news.posting.post_due()

    assert await news.pass_by(HOUR) == 0
    assert len(poster.posts) == 1
    assert poster.calls == 0
