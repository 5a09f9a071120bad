"""Who follows something beside a channel is mentioned below its post, once, and not before."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import beside, fanout, outbox, pauses, subscriptions
from core.db import Database
from core.fanout import Fanout
from core.intake import Intake
from core.messages import Mention
from core.posting import Address, Refused, TryLater, Unknown, Unreachable
from core.posting import beside as place_beside
from core.rules import Changes
from core.tables import deliveries
from tests.changes import CHANNEL, HOUR, SECOND, EditPoster, News, told
from tests.fakes import FakeSource
from tests.simulated import Simulated

OTHER = Address("discord", "1", "other")


@pytest.fixture
def poster() -> EditPoster:
    return EditPoster()


@pytest.fixture
def news(database: Database, poster: EditPoster) -> News:
    return News(database, poster)


async def follow(
    news: News,
    *people: str,
    at: Address = CHANNEL,
    topic: str = "llms",
    terms: Changes | None = None,
) -> None:
    """Let these people follow a topic beside a channel."""
    async with news.database.write() as db:
        for person in people:
            where = place_beside(at, person)
            await subscriptions.follow(db, where, [topic], terms, by=person, now=news.now)


def calls(poster: EditPoster, at: Address = CHANNEL) -> list[tuple[str, tuple[str, ...]]]:
    """Return below which message of a channel who was mentioned, in order."""
    return [
        (where.thread, message.parts[0].ids)
        for where, message, _ in poster.posts
        if where.channel == at.channel and isinstance(message.parts[0], Mention)
    ]


async def work(news: News, times: int = 3) -> None:
    """Post what is due, and what is due after that."""
    for _ in range(times):
        await news.posting.post_due()
        news.now += SECOND


async def test_a_member_is_mentioned_in_the_thread_of_the_post(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await news.tell(told())
    await work(news)

    assert calls(poster) == [("m1", ("mia",))]
    assert poster.threads == ["Gemma 4 runs on phones"]
    assert [state for state, _ in await news.delivered()] == ["posted", "posted"]


async def test_nothing_is_due_before_the_post_stands(news: News, poster: EditPoster) -> None:
    poster.errors = [TryLater("busy", HOUR), None, None]
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await news.tell(told())
    await work(news)

    assert poster.posts == []
    assert [state for state, _ in await news.delivered()] == ["waiting", "behind"]
    news.now += HOUR
    await work(news)
    assert calls(poster) == [("m1", ("mia",))]


async def test_all_who_wait_share_a_message_of_at_most_twenty(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    people = [f"{number:02}" for number in range(45)]
    await follow(news, *people)
    await news.tell(told())
    await work(news)

    assert [where for where, _ in calls(poster)] == ["m1"] * 3
    assert [len(ids) for _, ids in calls(poster)] == [20, 20, 5]
    assert sorted(one for _, ids in calls(poster) for one in ids) == people


async def test_each_thread_has_its_own_message(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL, OTHER)
    await follow(news, "mia", "lee")
    await follow(news, "mia", at=OTHER)
    await news.tell(told())
    await work(news)
    await news.tell(told("Another", number=2))
    await work(news)

    assert [ids for _, ids in calls(poster)] == [("mia", "lee")] * 2
    assert [ids for _, ids in calls(poster, OTHER)] == [("mia",)] * 2
    assert len({where for where, _ in calls(poster)}) == 2


async def test_several_articles_in_one_post_mention_a_member_once(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia", "lee")
    await follow(news, "kim", topic="meta")
    await news.tell(told(), told("Another", number=2, tags=("llms", "meta")))
    await work(news)

    assert calls(poster) == [("m1", ("mia", "lee", "kim"))]


async def test_two_posts_that_end_together_are_two_threads(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await news.tell(told())
    await news.posting.post_due()  # the second comes before the first has called anybody
    await news.tell(told("Another", number=2))
    await work(news, 4)

    assert {ids for _, ids in calls(poster)} == {("mia",)}
    assert len({where for where, _ in calls(poster)}) == 2


@pytest.mark.parametrize(
    "terms", [{"heat": 60}, {"without": ("llms",)}, {"moods": ("positive",)}, {"concerns": "some"}]
)
async def test_the_terms_of_the_rule_hold(
    news: News, poster: EditPoster, terms: dict[str, object]
) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia", terms=Changes(terms))
    await news.tell(told(heat=40))
    await work(news)

    assert len(poster.posts) == 1
    assert calls(poster) == []


async def test_a_channel_that_does_not_follow_it_mentions_nobody(
    news: News, poster: EditPoster
) -> None:
    await news.follow(OTHER)
    await follow(news, "mia")
    await news.tell(told())
    await work(news)

    assert [where.channel for where, _, _ in poster.posts] == ["other"]
    assert len(await news.delivered()) == 1


async def read(news: News, heat: int, *, others: int = 0) -> None:
    """Let a source be read in which a story is as hot as this."""
    source = FakeSource("site")
    stories = [told(heat=heat)] if heat else []
    source.drafts = (*stories, told("Old", number=100 + others))
    await Intake(news.database).poll(source, news.now, at_once=True)
    news.now += HOUR
    await work(news)


async def test_an_article_that_grew_hot_enough_for_the_channel_mentions_then(
    news: News, poster: EditPoster
) -> None:
    await read(news, 0)
    async with news.database.write() as db:
        hot = Changes({"heat": 60})
        await subscriptions.follow(db, CHANNEL, ["llms"], hot, by="ada", now=news.now)
    await follow(news, "mia")
    await read(news, 40)
    assert poster.posts == []

    await read(news, 70)

    assert calls(poster) == [("m1", ("mia",))]


async def test_who_follows_later_is_not_mentioned_below_older_posts(
    news: News, poster: EditPoster
) -> None:
    await read(news, 0)
    await news.follow(CHANNEL)
    await follow(news, "mia")
    async with news.database.write() as db:
        hot = Changes({"heat": 60})
        await subscriptions.follow(db, OTHER, ["llms"], hot, by="ada", now=news.now)
    await read(news, 40)
    await follow(news, "lee")
    await read(news, 70)  # it comes to the other channel now

    assert calls(poster) == [("m1", ("mia",))]
    assert "other" in {where.channel for where, _, _ in poster.posts}


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
