"""Who follows something beside a channel is mentioned below its post, once, and not before."""

import pytest

from core import subscriptions
from core.intake import Intake
from core.posting import Address, TryLater
from core.rules import Changes
from tests.besides import calls, follow, work
from tests.changes import CHANNEL, HOUR, EditPoster, News, told
from tests.changes import news as news  # noqa: PLC0414 (a fixture)
from tests.changes import poster as poster  # noqa: PLC0414 (a fixture)
from tests.fakes import FakeSource

OTHER = Address("discord", "1", "other")


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
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


@pytest.mark.mostly_one_database
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
