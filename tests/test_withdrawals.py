"""What its source withdraws is struck where it stands, once, and goes out nowhere else."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.discord.poster import DiscordPoster
from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import Limits, SlackStandIn
from bots.slack.client import web_client
from bots.slack.poster import SlackPoster
from core import articles, related
from core.db import Database
from core.intake import Intake
from core.messages import Lines, as_text
from core.posting import Address, TryLater, Unknown, Unreachable
from core.sources.folder import Folder
from core.tables import fanouts
from tests.changes import CHANNEL, HOUR, SECOND, EditPoster, News, told
from tests.changes import news as news  # noqa: PLC0414 (a fixture)
from tests.changes import poster as poster  # noqa: PLC0414 (a fixture)
from tests.fakes import FakeSource

pytestmark = pytest.mark.mostly_one_database


async def test_r11_a_withdrawn_article_is_struck_once(news: News, poster: EditPoster) -> None:
    await news.post(told())

    for _ in range(5):
        await news.tell(told(retracted=True))
        await news.pass_by(SECOND)

    assert poster.titles == ["(withdrawn) Gemma 4 runs on phones"]
    ((_, message),) = poster.edits
    assert "Withdrawn by the source" in as_text(message)
    assert poster.calls == 1


async def test_r11_an_edit_war_may_end_in_a_withdrawal(news: News, poster: EditPoster) -> None:
    await news.post(told())
    for round_ in range(10):
        await news.tell(told(f"Title {round_}"))
        await news.pass_by(SECOND)

    await news.tell(told(retracted=True))

    assert await news.pass_by(SECOND) == 1
    assert poster.calls == 4
    assert poster.titles[-1] == "(withdrawn) Title 9"


async def test_r11_a_withdrawal_is_final(news: News, poster: EditPoster) -> None:
    await news.post(told())
    await news.tell(told(retracted=True))
    await news.pass_by(SECOND)

    await news.tell(told(), told("It stands after all"))

    assert await news.pass_by(HOUR) == 0
    assert poster.calls == 1
    assert await news.latest() == []


async def test_r11_in_a_list_only_the_withdrawn_story_is_struck(
    news: News, poster: EditPoster
) -> None:
    await news.post(told("One", number=1), told("Two", number=2))

    await news.tell(told("One", number=1, retracted=True))

    await news.pass_by(SECOND)
    ((_, message),) = poster.edits
    assert isinstance(message.parts[0], Lines)
    assert [line.struck for line in message.parts[0].lines] == [True, False]


@pytest.mark.parametrize(("days", "calls"), [(6, 1), (7, 0)])
async def test_r11_posts_of_a_week_are_struck(
    news: News, poster: EditPoster, days: int, calls: int
) -> None:
    await news.post(told())
    news.now += timedelta(days=days)

    await news.tell(told(retracted=True))

    assert await news.pass_by(SECOND) == calls
    assert poster.calls == calls


async def test_r11_what_waits_or_is_held_of_it_is_not_posted(
    news: News, poster: EditPoster
) -> None:
    closed, busy = Address("discord", "1", "closed"), Address("discord", "1", "busy")
    await news.follow(closed, busy)
    poster.errors = [Unreachable("no access"), TryLater("busy", HOUR)]
    await news.post(told())

    await news.tell(told(retracted=True))
    news.now += HOUR
    await news.posting.post_due()

    assert len(poster.posts) == 1
    assert await news.delivered() == [("dead", "withdrawn by the source")] * 2 + [("posted", None)]


async def test_r11_what_was_on_its_way_and_did_not_arrive_is_not_posted(
    news: News, poster: EditPoster
) -> None:
    poster.may_post.clear()
    poster.errors = [TryLater("busy", HOUR)]
    posting = asyncio.create_task(news.post(told()))
    await poster.in_flight.wait()

    await news.tell(told(retracted=True))
    poster.may_post.set()
    await posting
    news.now += HOUR
    await news.posting.post_due()
    await news.editing.edit_due()

    assert poster.posts == []
    assert poster.calls == 0
    assert await news.delivered() == [("dead", "withdrawn by the source")]


async def test_r11_what_may_stand_is_struck_when_it_is_known_to(
    news: News, poster: EditPoster
) -> None:
    poster.errors = [Unknown("no answer")]
    await news.post(told())

    await news.tell(told(retracted=True))
    assert await news.pass_by(SECOND) == 0
    news.now += 30 * SECOND
    await news.posting.post_due()

    assert await news.pass_by(HOUR) == 1
    assert await news.delivered() == [("posted", None)]
    assert poster.titles == ["(withdrawn) Gemma 4 runs on phones"]


async def test_r11_a_fan_out_that_was_cut_short_is_not_finished(
    news: News, poster: EditPoster
) -> None:
    await news.tell(told())
    await news.follow(CHANNEL)
    async with news.database.write() as db:
        await db.execute(sa.insert(fanouts).values(article_id=1))

    await news.tell(told(retracted=True))

    assert await Intake(news.database).finish(news.now) == 0
    assert await news.posting.post_due() == 0
    assert poster.posts == []


async def test_r11_an_article_that_comes_withdrawn_is_not_posted(
    news: News, poster: EditPoster
) -> None:
    await news.post(told(retracted=True))

    await news.tell(told())

    assert await news.posting.post_due() == 0
    assert await news.pass_by(HOUR) == 0
    assert (poster.posts, poster.calls) == ([], 0)


async def test_r11_a_withdrawn_article_is_no_related_story(news: News) -> None:
    await news.tell(told("Gemma runs", number=1), told("Gemma walks", number=2))
    await news.tell(told("Gemma walks", number=2, retracted=True))

    async with news.database.read() as db:
        article = await articles.by_url(db, told(number=1).url)
        assert article is not None
        assert await related.to_article(db, article) == []
        assert [s.title for s in await related.to_words(db, "gemma")] == ["Gemma runs"]


async def test_r11_what_leaves_a_feed_still_stands(news: News, poster: EditPoster) -> None:
    source, reader = FakeSource("site", [told(number=9)]), Intake(news.database)
    await reader.poll(source, news.now)
    source.drafts = (told(), told(number=9))
    await news.follow(CHANNEL)
    await reader.poll(source, news.now)
    await news.posting.post_due()

    source.drafts = (told(number=9),)
    await reader.poll(source, news.now)

    assert await news.pass_by(SECOND) == 0
    assert poster.calls == 0


async def test_r11_an_operator_withdraws_an_article_with_a_file(
    news: News, poster: EditPoster, tmp_path: Path
) -> None:
    await news.post(told())
    item = {"title": "Gemma 4", "url": told().url, "_themata": {"retracted": True}}
    tmp_path.joinpath("withdrawn.json").write_text(json.dumps(item), encoding="utf-8")

    file = Folder("withdrawn.json", tmp_path / "withdrawn.json")
    await Intake(news.database).take_all_of(file, news.now, quiet=False)

    assert await news.pass_by(SECOND) == 1
    assert poster.titles == ["(withdrawn) Gemma 4 runs on phones"]


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(limits=Limits.off()) as stand_in:
        yield stand_in


async def test_r10_r11_on_discord_three_edits_and_a_strike(
    database: Database, discord: DiscordStandIn
) -> None:
    channel = discord.add_channel(discord.add_guild("Acme"), "ai-news")
    async with DiscordPoster(discord.token, api_url=discord.api_url) as poster:
        news = News(database, poster)
        await news.post(told(), to=Address("discord", channel.guild_id, channel.id))

        for round_ in range(6):
            await news.tell(told(f"Title {round_}"))
            await news.pass_by(SECOND)
        for _ in range(2):
            await news.tell(told("Title 5", retracted=True))
            await news.pass_by(SECOND)

    (message,) = discord.messages(channel.id)
    assert "**~~Title 5~~**" in str(message.data["components"])
    assert "Withdrawn by the source" in str(message.data["components"])
    assert len(discord.requested("PATCH /channels")) == 4


async def test_r10_r11_on_slack_three_edits_and_a_strike(
    database: Database, slack: SlackStandIn
) -> None:
    channel = Address("slack", slack.team_id, slack.add_channel("ai-news").id)
    async with web_client(slack.bot_token, api_url=slack.api_url) as client:
        poster = SlackPoster(client, spacing=0)
        news = News(database, poster, "slack")
        await news.post(told(), to=channel)

        for round_ in range(6):
            await news.tell(told(f"Title {round_}"))
            await news.pass_by(SECOND)
        for _ in range(2):
            await news.tell(told("Title 5", retracted=True))
            await news.pass_by(SECOND)

    (message,) = slack.messages(channel.channel)
    assert message.text.startswith("(withdrawn) Title 5\nWithdrawn by the source")
    assert "'strike': True" in str(message.blocks)
    assert [call.method for call in slack.requests].count("chat.update") == 4
