"""Whatever becomes of a channel's post, who waits behind it is mentioned once, or told why not."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import beside, fanout, outbox, pauses, subscriptions
from core.fanout import Fanout
from core.intake import Intake
from core.posting import Address, Refused, TryLater, Unknown, Unreachable
from core.posting import beside as place_beside
from core.tables import deliveries
from tests.besides import calls, follow, work
from tests.changes import CHANNEL, HOUR, SECOND, EditPoster, News, told
from tests.changes import news as news  # noqa: PLC0414 (a fixture)
from tests.changes import poster as poster  # noqa: PLC0414 (a fixture)
from tests.simulated import Simulated

pytestmark = pytest.mark.mostly_one_database


async def test_a_digest_mentions_nobody_and_says_why(news: News, poster: EditPoster) -> None:
    world = Simulated(news.database, news.now)
    await world.follow(CHANNEL.channel, "llms when:daily 13:00")
    await follow(news, "mia")
    await news.tell(told())
    news.now += HOUR + HOUR
    await work(news)

    assert len(poster.posts) == 1
    assert calls(poster) == []
    assert ("dead", beside.IN_DIGEST) in await news.delivered()


async def test_a_refused_post_mentions_nobody_and_says_why(news: News, poster: EditPoster) -> None:
    poster.errors = [Refused("AutoMod blocked it")]
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await news.tell(told())
    await work(news)

    assert poster.posts == []
    assert await news.delivered() == [
        ("dead", "AutoMod blocked it"),
        ("dead", "the channel's post did not come: AutoMod blocked it"),
    ]


async def test_a_withdrawn_article_mentions_nobody(news: News, poster: EditPoster) -> None:
    poster.errors = [TryLater("busy")]
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await news.tell(told())
    await news.posting.post_due()
    await news.tell(told(retracted=True))
    news.now += HOUR
    await work(news)

    assert poster.posts == []
    assert [state for state, _ in await news.delivered()] == ["dead", "dead"]


async def test_what_waits_for_more_than_a_day_expires(news: News, poster: EditPoster) -> None:
    poster.errors = [TryLater("busy", timedelta(hours=30))]
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await news.tell(told())
    await news.posting.post_due()
    news.now += timedelta(hours=25)
    await news.posting.recover()
    await work(news)

    assert poster.posts == []
    assert [state for state, _ in await news.delivered()] == ["expired", "expired"]


async def test_a_mention_that_has_to_wait_keeps_its_company_and_key(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia", "lee")
    await news.tell(told())
    poster.errors = [None, TryLater("busy"), Unknown("lost"), None]
    for _ in range(8):
        await work(news)
        news.now += HOUR

    assert calls(poster) == [("m1", ("mia", "lee"))]
    assert len(set(poster.keys[1:])) == 1
    assert [key for key, _ in poster.looks] == poster.keys[1:2]


async def test_a_batch_that_is_cut_cuts_no_message(
    news: News, poster: EditPoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.delivery._BATCH", 3)
    await news.follow(CHANNEL)
    await follow(news, *(f"{number:02}" for number in range(10)))
    await news.tell(told())
    await work(news)

    assert [len(ids) for _, ids in calls(poster)] == [10]


async def test_a_closed_thread_closes_neither_channel_nor_member(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await news.tell(told())
    poster.errors = [None, Unreachable("the thread is locked")]
    await work(news)

    assert ("dead", "the thread is locked") in await news.delivered()
    async with news.database.read() as db:
        assert not await pauses.is_paused(db, CHANNEL)
        assert not await pauses.is_paused(db, place_beside(CHANNEL, "mia"))


async def test_a_closed_channel_is_told_of_once_and_mentions_when_it_opens(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia")
    watch = pauses.Pauses(news.database, clock=news.clock)
    await watch.channel_closed("discord", "1", CHANNEL.channel, "it is archived")
    await news.tell(told())
    await work(news)
    async with news.database.read() as db:
        assert len(await pauses.untold_channels(db, "discord")) == 1

    await watch.channel_opened("discord", "1", CHANNEL.channel)
    await work(news)

    assert calls(poster) == [("m1", ("mia",))]


async def test_who_stops_following_is_not_mentioned(news: News, poster: EditPoster) -> None:
    poster.errors = [TryLater("busy")]
    await news.follow(CHANNEL)
    await follow(news, "mia", "lee")
    await news.tell(told())
    await news.posting.post_due()
    async with news.database.write() as db:
        await subscriptions.unfollow(db, place_beside(CHANNEL, "mia"), ["llms"])
        await outbox.reschedule(db, place_beside(CHANNEL, "mia"), now=news.now)
    news.now += HOUR
    await work(news)

    assert calls(poster) == [("m1", ("lee",))]


async def test_a_change_edits_the_post_and_not_the_mention(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await news.tell(told())
    await work(news)
    await news.tell(told("Gemma 4 runs on watches"))

    assert await news.pass_by(SECOND) == 1
    assert [receipt.message_id for receipt, _ in poster.edits] == ["m1"]


async def test_what_was_queued_after_the_post_stood_is_found(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await news.tell(told())
    async with news.database.write() as db:  # as if its part of the fan-out had come later
        mine = sa.update(deliveries).where(deliveries.c.state == "behind")
        await db.execute(mine.values(state="later"))
    await work(news)
    async with news.database.write() as db:
        mine = sa.update(deliveries).where(deliveries.c.state == "later")
        await db.execute(mine.values(state="behind"))

    stopping = asyncio.Event()
    running = asyncio.create_task(news.posting.run(stopping))
    async with asyncio.timeout(10):
        await poster.has_posted(2)
    stopping.set()
    await running

    assert calls(poster) == [("m1", ("mia",))]


async def test_a_direct_message_about_the_same_comes_as_well(
    news: News, poster: EditPoster
) -> None:
    mia = Address("discord", "@me", "mia")
    await news.follow(CHANNEL, mia)
    await follow(news, "mia")
    await news.tell(told())
    await work(news)

    assert len(calls(poster)) == 1
    assert [where for where, _, _ in poster.posts if where == mia] == [mia]


async def test_a_fan_out_in_parts_that_a_crash_cut_short_mentions_everybody_once(
    news: News, poster: EditPoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "_ROWS", {"sqlite": 3, "postgresql": 3})
    await follow(news, "mia", "lee")
    await news.follow(*(Address("discord", "1", f"{number}") for number in range(9)), CHANNEL)
    queue_next = fanout._queue_next

    async def crash(db: AsyncConnection, begun: Fanout) -> Fanout:
        if begun.after and begun.after >= 6:
            raise KeyboardInterrupt
        return await queue_next(db, begun)

    with monkeypatch.context() as crashing:
        crashing.setattr(fanout, "_queue_next", crash)
        with pytest.raises(KeyboardInterrupt):
            await news.tell(told())
    await work(news)
    await Intake(news.database).finish(news.now)
    await work(news)

    assert [ids for _, ids in calls(poster)] == [("mia", "lee")]


@pytest.mark.parametrize("is_here", [False, True])
async def test_only_where_somebody_follows_here_it_is_asked_for(
    news: News,
    poster: EditPoster,
    is_here: bool,  # noqa: FBT001 (a row of the table)
) -> None:
    await news.follow(CHANNEL)
    if is_here:
        await follow(news, "mia")
    asked = list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        await news.tell(told())
        await work(news)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)

    # Each statement of it looks at the channel's own delivery.
    assert any("AS channel" in statement for statement in asked) == is_here
    assert len(calls(poster)) == is_here
