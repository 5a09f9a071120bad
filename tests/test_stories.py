"""Which articles tell the same story."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from core import stories
from core.articles import Article
from core.db import Database
from core.intake import Intake
from core.sources import Draft
from core.stories import WITHIN
from tests.conftest import NOW

PIER = (
    "Self-steering ferry hits a pier in the fog",
    "Nobody was hurt when the autonomous ferry of the Lindqvist yard misread the fog.",
)
PIER_AGAIN = (
    "Autonomous ferry misreads fog and hits pier",
    "The self-steering ferry of the Lindqvist yard hit a pier; nobody was hurt.",
)
CLEARED = (
    "Inspectors clear the Lindqvist ferry for passengers",
    "A second radar lets the autonomous ferry sail again in spring.",
)
GRAIN = (
    "Wheat forecast of Orsova was off by a third",
    "Drought misled the satellite model of the cooperative, which sold barley it had not.",
)


def told(words: Sequence[str], number: int = 1, at: datetime = NOW) -> Draft:
    title, summary = words
    address = f"https://outlet-{number}.example.com/{number}"
    return Draft(title, address, summary=summary, published_at=at)


async def arrive(db: AsyncConnection, draft: Draft) -> Article:
    """Store an article, and put it into its story."""
    article = await stories.save_new(db, draft, source="s", now=draft.published_at or NOW)
    assert article
    return article


async def story(db: AsyncConnection, draft: Draft) -> int:
    """Store an article, and return the number of its story."""
    return await stories.story_of(db, (await arrive(db, draft)).id)


@pytest.fixture(autouse=True)
async def other_news(database: Database) -> None:
    """Store other news, so that it can be said which words are rare."""
    async with database.write() as db:
        for number in range(100, 140):
            words = (f"Orchard{number} sells cider{number}", f"The ferry brings apples{number}.")
            await arrive(db, told(words, number, NOW - 2 * WITHIN))


@pytest.mark.mostly_one_database
async def test_an_article_that_tells_the_same_joins_the_story(database: Database) -> None:
    async with database.write() as db:
        first = await story(db, told(PIER, 1))
        second = await story(db, told(PIER_AGAIN, 2, NOW + timedelta(hours=5)))
        other = await story(db, told(GRAIN, 3))

        assert first == second != other
        assert await stories.tellers(db, first) == [first, first + 1]
        assert await stories.tellers(db, other) == [other]


@pytest.mark.mostly_one_database
async def test_the_next_step_is_a_story_of_its_own(database: Database) -> None:
    async with database.write() as db:
        assert await story(db, told(PIER, 1)) != await story(db, told(CLEARED, 2))


@pytest.mark.mostly_one_database
@pytest.mark.parametrize(
    ("later", "joins"),
    [(WITHIN, True), (WITHIN + timedelta(minutes=1), False), (-WITHIN, True)],
)
async def test_only_what_lies_near_in_time_tells_the_same(
    database: Database, later: timedelta, *, joins: bool
) -> None:
    async with database.write() as db:
        first = await story(db, told(PIER, 1))
        second = await story(db, told(PIER, 2, NOW + later))

        assert (first == second) is joins


@pytest.mark.mostly_one_database
async def test_one_bridge_does_not_join_two_stories(database: Database) -> None:
    both = (f"{PIER[0]}, {GRAIN[0]}", f"{PIER[1]} {GRAIN[1]}")
    async with database.write() as db:
        ferry = await story(db, told(PIER, 1))
        assert await story(db, told(PIER_AGAIN, 2)) == ferry
        bridge = await story(db, told(both, 3))
        grain = await story(db, told(GRAIN, 4))
        again = await story(db, told(("Barley sold that was not there", GRAIN[1]), 5))

        assert ferry != grain
        assert again != ferry
        assert len({ferry, bridge, grain, again}) >= 2


@pytest.mark.mostly_one_database
async def test_the_same_address_tells_the_same_whatever_is_said_and_when(
    database: Database,
) -> None:
    original = "https://www.paper.example.org/ferry/?utm_source=x"
    page = replace(told(PIER, 1), original_url=original)
    of_the_same = replace(told(GRAIN, 2, NOW + 3 * WITHIN), original_url=original + "&fbclid=1")
    itself = replace(told(CLEARED, 3), url="http://paper.example.org/ferry")
    async with database.write() as db:
        first = await story(db, page)

        assert await story(db, of_the_same) == first
        assert await story(db, itself) == first
        assert await story(db, replace(told(GRAIN, 4, NOW + 6 * WITHIN))) != first


@pytest.mark.mostly_one_database
async def test_articles_without_usable_words_tell_stories_of_their_own(
    database: Database,
) -> None:
    async with database.write() as db:
        assert await story(db, told(("…", ""), 1)) != await story(db, told(("…", ""), 2))


@pytest.mark.mostly_one_database
async def test_stories_in_a_script_without_spaces_are_found(database: Database) -> None:
    one = (
        "自動運転フェリーが霧の中で桟橋に衝突",
        "リンドクヴィスト造船所の自動フェリーが霧を読み違えた。",
    )
    two = (
        "霧で自動運転フェリー、桟橋に衝突",
        "造船所リンドクヴィストのフェリーが霧を読み違え、負傷者はいない。",
    )
    three = ("小麦の収穫予測が大きく外れる", "干ばつが協同組合の衛星モデルを誤らせた。")
    async with database.write() as db:
        first, second, third = [
            await story(db, told(words, at)) for at, words in enumerate((one, two, three))
        ]

        assert first == second != third


async def test_what_comes_is_put_into_its_story(database: Database) -> None:
    intake = Intake(database)
    first = await intake.take_in(told(PIER, 1), source="a", now=NOW)
    second = await intake.take_in(told(PIER_AGAIN, 2), source="b", now=NOW)
    assert first
    assert second

    async with database.read() as db:
        assert await stories.tellers(db, first[0].id) == [first[0].id, second[0].id]
