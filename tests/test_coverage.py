"""A story is posted once in a channel; what tells it later stands below its post."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import coverage, outcomes, pauses, subscriptions
from core.db import Database
from core.messages import Message, as_text
from core.posting import Address, Receipt, Refused, TryLater, Unreachable
from core.rules import Changes
from core.sources import Draft
from core.tables import deliveries
from core.typed_time import rhythm
from tests.besides import calls, follow, work
from tests.changes import CHANNEL, HOUR, SECOND, EditPoster, News
from tests.changes import news as news  # noqa: PLC0414 (a fixture)
from tests.changes import poster as poster  # noqa: PLC0414 (a fixture)

OTHER = Address("discord", "1", "other")
DIRECT = Address("discord", "1", "mia")
OUTLETS = ("pier.example", "fog.example", "yard.example", "quay.example", "tide.example")
SUMMARY = "The autonomous ferry of the Lindqvist yard misread the fog; nobody was hurt."


def ferry(outlet: int = 0, *, heat: int = 40, tags: Sequence[str] = ("llms",)) -> Draft:
    """Return the story as an outlet tells it."""
    domain = OUTLETS[outlet]
    return Draft(
        f"Self-steering ferry of Lindqvist hits a pier in the fog, says {domain.split('.')[0]}",
        f"https://{domain}/ferry",
        summary=SUMMARY,
        heat=heat,
        tags=tuple(tags),
        source_domain=domain,
    )


GRAIN = Draft(
    "Wheat forecast of Orsova was off by a third",
    "https://grain.example/wheat",
    summary="Drought misled the satellite model of the cooperative.",
    tags=("llms",),
    source_domain="grain.example",
)


def posts(poster: EditPoster, at: Address = CHANNEL) -> list[str]:
    """Return the first line of what was posted in a channel itself."""
    return [_first(message) for where, message, _ in poster.posts if where == at]


def below(poster: EditPoster, message: str = "m1") -> list[str]:
    """Return the first line of what was posted in the thread of a message."""
    return [_first(said) for where, said, _ in poster.posts if where.thread == message]


def _first(message: Message) -> str:
    return as_text(message).splitlines()[0]


async def come(news: News, *drafts: Draft) -> None:
    """Let these come in, and post and edit what is due."""
    await news.tell(*drafts)
    await work(news)
    await news.editing.edit_due()


async def states(news: News) -> list[str]:
    """Return the state of every delivery, in order."""
    return [state for state, _ in await news.delivered()]


async def test_five_outlets_are_one_post_four_lines_and_one_edited_card(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    for outlet in range(5):
        await come(news, ferry(outlet, heat=40 + 10 * outlet))

    assert len(posts(poster)) == 1
    assert [line.split(" · ")[:2] for line in below(poster)] == [
        [f"Also: {domain}", "same story"] for domain in OUTLETS[1:]
    ]
    assert set(poster.threads) == {ferry().title}
    assert {receipt.message_id for receipt, _ in poster.edits} == {"m1"}
    said = as_text(poster.edits[-1][1])
    assert "Also covered by fog.example, yard.example, quay.example and tide.example" in said
    assert "80/100" in said


@pytest.mark.mostly_one_database
async def test_each_channel_has_its_own_post_and_thread(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL, OTHER)
    await come(news, ferry(0))
    await come(news, ferry(1))

    assert len(posts(poster)) == len(posts(poster, OTHER)) == 1
    assert len(below(poster, "m1")) == len(below(poster, "m2")) == 1
    assert len(poster.edits) == 2


@pytest.mark.mostly_one_database
async def test_a_channel_that_did_not_get_the_first_gets_the_next_as_a_post(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    async with news.database.write() as db:
        picky = Changes({"heat": 60})
        await subscriptions.follow(db, OTHER, ["llms"], picky, by="ada", now=news.now)
    await come(news, ferry(0, heat=40))
    await come(news, ferry(1, heat=70))
    await come(news, ferry(2, heat=80))

    assert [line.split(", says ")[1] for line in posts(poster, OTHER)] == ["fog"]
    assert len(posts(poster)) == 1
    assert len(below(poster, "m1")) == 2


async def test_what_comes_while_the_first_waits_is_named_by_its_post(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    await news.tell(ferry(0), ferry(1))
    assert await states(news) == ["waiting", "behind"]
    await work(news)

    assert "Also covered by fog.example" in as_text(poster.posts[0][1])
    assert len(below(poster)) == 1


@pytest.mark.mostly_one_database
async def test_another_story_has_a_post_of_its_own(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    await come(news, GRAIN)

    assert len(posts(poster)) == 2
    assert below(poster) == []


@pytest.mark.mostly_one_database
async def test_without_threads_only_the_card_names_it(news: News, poster: EditPoster) -> None:
    async with news.database.write() as db:
        flat = Changes({"threads": False})
        await subscriptions.follow(db, CHANNEL, ["llms"], flat, by="ada", now=news.now)
    await come(news, ferry(0))
    await come(news, ferry(1))

    assert len(poster.posts) == 1
    assert await states(news) == ["posted", "covered"]
    assert "Also covered by fog.example" in as_text(poster.edits[-1][1])


async def test_a_member_is_notified_once_of_a_story(news: News, poster: EditPoster) -> None:
    async with news.database.write() as db:
        await subscriptions.follow(db, DIRECT, ["llms"], by="mia", now=news.now)
    await come(news, ferry(0))
    await come(news, ferry(1))

    assert len(poster.posts) == 1
    assert "Also covered by fog.example" in as_text(poster.edits[-1][1])


@pytest.mark.mostly_one_database
async def test_a_digest_lists_stories_and_names_who_tells_each(
    news: News, poster: EditPoster
) -> None:
    async with news.database.write() as db:
        daily = Changes({"rhythm": rhythm("daily 08:00")})
        await subscriptions.follow(db, CHANNEL, ["llms"], daily, by="ada", now=news.now)
    await news.tell(ferry(0), ferry(1), GRAIN)
    news.now += timedelta(days=1)
    await work(news)

    digest = as_text(poster.posts[0][1])
    assert len(poster.posts) == 1
    assert "2 stories" in digest
    assert digest.count("Self-steering") == 1
    assert "also fog.example" in digest
    assert sorted(await states(news)) == ["covered", "posted", "posted"]


@pytest.mark.mostly_one_database
async def test_what_is_told_after_a_list_is_named_there(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await news.tell(ferry(0), GRAIN)
    await work(news)
    await come(news, ferry(1))

    assert len(poster.posts) == 1
    assert "also fog.example" in as_text(poster.edits[-1][1])


@pytest.mark.mostly_one_database
async def test_a_story_that_goes_on_for_days_is_posted_anew(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await come(news, replace(ferry(0), published_at=news.now))
    news.now += coverage.FRESH / 2
    await come(news, replace(ferry(1), published_at=news.now))
    news.now += coverage.FRESH / 2 + HOUR
    await come(news, replace(ferry(2), published_at=news.now))
    await come(news, replace(ferry(3), published_at=news.now))

    assert len(posts(poster)) == 2
    assert len(below(poster, "m1")) == 1
    assert len(below(poster, "m3")) == 1


async def test_what_waits_for_a_post_that_never_comes_has_its_own(
    news: News, poster: EditPoster
) -> None:
    poster.errors = [Refused("it cannot be drawn")]
    await news.follow(CHANNEL)
    await news.tell(ferry(0), ferry(1), ferry(2))
    await work(news, times=4)

    assert [line.split(", says ")[1] for line in posts(poster)] == ["fog"]
    assert len(below(poster)) == 1
    assert await states(news) == ["dead", "posted", "posted"]


@pytest.mark.mostly_one_database
async def test_a_thread_that_is_closed_closes_no_channel(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    poster.errors = [Unreachable("the thread is locked")]
    await come(news, ferry(1))
    await come(news, GRAIN)

    assert len(posts(poster)) == 2
    assert await states(news) == ["posted", "dead", "posted"]


@pytest.mark.mostly_one_database
async def test_a_line_that_is_put_back_comes_once(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    poster.errors = [TryLater("busy", HOUR)]
    await come(news, ferry(1))
    news.now += HOUR
    await work(news)

    assert len(below(poster)) == 1
    assert await states(news) == ["posted", "posted"]


async def test_a_closed_channel_is_not_told_a_story_twice(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    poster.errors = [Unreachable("the channel is gone")]
    await come(news, GRAIN)
    await come(news, ferry(1))
    async with news.database.write() as db:
        await pauses.resume(db, CHANNEL, now=news.now)
    await work(news)

    assert [line for line in posts(poster) if "ferry" in line] == [ferry(0).title]


@pytest.mark.mostly_one_database
async def test_nobody_is_mentioned_again_for_the_same_story(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await follow(news, "mia")
    await come(news, ferry(0))
    await come(news, ferry(1))

    assert calls(poster) == [("m1", ("mia",))]


@pytest.mark.mostly_one_database
async def test_later_coverage_is_none_of_the_posts_of_a_day(news: News, poster: EditPoster) -> None:
    async with news.database.write() as db:
        few = Changes({"most_a_day": 2})
        await subscriptions.follow(db, CHANNEL, ["llms"], few, by="ada", now=news.now)
    await come(news, ferry(0))
    await come(news, ferry(1))
    await come(news, GRAIN)

    assert len(posts(poster)) == 2


@pytest.mark.mostly_one_database
async def test_what_was_withdrawn_is_named_no_more(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    await come(news, ferry(1))
    await come(news, replace(ferry(1), retracted=True))

    edited = [(receipt.message_id, as_text(message)) for receipt, message in poster.edits[-2:]]
    card, line = (dict(edited)[it] for it in ("m1", "m2"))
    assert "Also covered" not in card
    assert line.startswith("(withdrawn)")


class WithoutThreads(EditPoster):
    """Every thread is gone when something in it is to be edited."""

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Keep the edit of a post, and refuse that of a reply."""
        if receipt.address.thread:
            raise Unreachable("the thread is gone")
        await super().edit(receipt, message)


@pytest.mark.mostly_one_database
async def test_a_line_that_cannot_be_edited_closes_no_channel(database: Database) -> None:
    poster = WithoutThreads()
    news = News(database, poster)
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    await come(news, ferry(1))
    await come(news, replace(ferry(1), retracted=True))
    await come(news, GRAIN)

    assert len(posts(poster)) == 2


async def test_what_comes_after_a_withdrawn_story_has_a_post(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    await come(news, replace(ferry(0), retracted=True))
    await come(news, ferry(1))

    assert len(posts(poster)) == 2


async def apart(news: News, article: int, here: Address = CHANNEL) -> bool:
    """Let a mod say that an article tells another story."""
    async with news.database.write() as db:
        return await coverage.tell_apart(db, here, article, by="ada", now=news.now)


@pytest.mark.mostly_one_database
async def test_what_a_mod_tells_apart_has_its_own_post_and_stays_apart(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL, OTHER)
    await come(news, ferry(0))
    await come(news, ferry(1))

    assert await apart(news, 2)
    await work(news)
    await news.editing.edit_due()

    assert [line.split(", says ")[1] for line in posts(poster)] == ["pier", "fog"]
    assert [line.split(", says ")[1] for line in posts(poster, OTHER)] == ["pier"]
    assert "Also covered" not in as_text(poster.edits[-1][1])
    assert not await apart(news, 2)
    news.now += SECOND
    await news.tell(replace(ferry(1), heat=90), source="other")
    await work(news)
    assert len(posts(poster)) == 2


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("here", [OTHER, Address("discord", "2", CHANNEL.channel)])
async def test_only_what_stands_in_the_channel_can_be_told_apart_there(
    news: News, poster: EditPoster, here: Address
) -> None:
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    await come(news, ferry(1))

    assert not await apart(news, 2, here)
    assert not await apart(news, 1)
    assert len(posts(poster)) == 1


@pytest.mark.mostly_one_database
async def test_it_can_be_told_apart_from_within_the_thread(news: News, poster: EditPoster) -> None:
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    await come(news, ferry(1))

    assert await apart(news, 2, replace(CHANNEL, channel="m1"))
    await work(news)
    assert len(posts(poster)) == 2


@pytest.mark.mostly_one_database
async def test_a_line_that_quiet_hours_hold_comes_after_them(
    news: News, poster: EditPoster
) -> None:
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    async with news.database.write() as db:
        paused = Changes({"paused_until": news.now + HOUR})
        await subscriptions.follow(db, CHANNEL, ["llms"], paused, by="ada", now=news.now)
    await come(news, ferry(1))
    assert below(poster) == []
    assert len(poster.edits) == 1

    news.now += HOUR
    await work(news)
    assert len(below(poster)) == 1


@pytest.mark.mostly_one_database
async def test_related_stories_stand_first_in_the_thread_where_the_rule_says_so(
    news: News, poster: EditPoster
) -> None:
    async with news.database.write() as db:
        wanted = Changes({"related": True})
        await subscriptions.follow(db, CHANNEL, ["llms"], wanted, by="ada", now=news.now)
    before = "Lindqvist ferry may sail in the fog after a second radar"
    await come(news, Draft(before, "https://old.example/1", summary=SUMMARY, tags=("chips",)))
    news.now += 2 * coverage.FRESH
    await come(news, replace(ferry(0), published_at=news.now))
    await come(news, replace(ferry(1), published_at=news.now))

    told = [as_text(said) for where, said, _ in poster.posts if where.thread == "m1"]
    assert told[0].startswith("Related stories")
    assert before in told[0]
    assert told[1].startswith("Also: ")


@pytest.mark.mostly_one_database
async def test_nothing_stands_in_the_thread_where_nothing_is_related(
    news: News, poster: EditPoster
) -> None:
    async with news.database.write() as db:
        wanted = Changes({"related": True})
        await subscriptions.follow(db, CHANNEL, ["llms"], wanted, by="ada", now=news.now)
    await come(news, GRAIN)

    assert len(poster.posts) == 1
    assert sorted(await states(news)) == ["dead", "posted"]


async def test_a_fan_out_in_parts_folds_each_part(
    news: News, poster: EditPoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = [Address("discord", "1", f"c{number}") for number in range(9)]
    await news.follow(*channels)
    await come(news, ferry(0))
    monkeypatch.setattr("core.fanout._ROWS", {"sqlite": 2, "postgresql": 2})
    await come(news, ferry(1))

    assert [len(posts(poster, it)) for it in channels] == [1] * 9
    async with news.database.read() as db:
        folded = sa.select(sa.func.count()).where(deliveries.c.lead_id.is_not(None))
        assert await db.scalar(folded) == 9


@pytest.mark.mostly_one_database
async def test_what_waits_in_vain_for_a_post_ends_when_it_is_no_longer_news(
    news: News, poster: EditPoster
) -> None:
    poster.errors = [Unreachable("the channel is gone")]
    await news.follow(CHANNEL)
    await come(news, ferry(0))
    await come(news, ferry(1))
    assert await states(news) == ["held", "behind"]

    news.now += timedelta(hours=25)
    async with news.database.write() as db:
        await pauses.resume(db, CHANNEL, now=news.now)
        await outcomes.let_late_go_on(db, "discord", news.now)
    await work(news)

    assert await states(news) == ["expired", "expired"]
    assert poster.posts == []
