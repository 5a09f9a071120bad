"""What the desk answers to who searches, and to who asks what trends."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.commands import Caller, Search, Trending, parse, turns_a_page
from core.db import Database
from core.desk import Desk
from core.messages import Lines, Message, Picture, Points, as_text
from core.plots import Plots
from core.sources import Draft
from core.stories import save_new
from core.tables import stories
from tests.conftest import NOW
from tests.samples import HARD_TITLES
from tests.test_desk import MIA, buttons

pytestmark = pytest.mark.mostly_one_database

KNOWN = {"llms": ["llm"], "chips": [], "openai": []}
SEER = replace(MIA, shows_pictures=True)


class Conversation:
    """Types commands, presses buttons and reads answers."""

    def __init__(self, database: Database, plots: Plots | None = None) -> None:
        self.database = database
        self.now = NOW
        self.desk = Desk(database, KNOWN, clock=lambda: self.now, plots=plots)
        self.last = Message(())

    async def type(self, words: str, caller: Caller = MIA) -> str:
        """Return the answer to these words as text."""
        self.last = await self.desk.answer(parse(words), caller)
        return as_text(self.last)

    async def press(self, label: str) -> str:
        """Press a button below the last answer."""
        return await self.type(buttons(self.last)[label])

    async def tell(self, *titles: str, **more: object) -> None:
        """Store articles that tell stories of their own."""
        at = NOW - timedelta(hours=1)
        async with self.database.write() as db:
            for title in titles:
                url = f"https://news.example/{title[:20]}"
                told: dict[str, object] = {"title": title, "url": url, "published_at": at}
                draft = Draft(**{**told, **more})  # type: ignore[arg-type]
                article = await save_new(db, draft, source="s", now=NOW)
                assert article
                its = sa.update(stories).where(stories.c.article_id == article.id)
                await db.execute(its.values(story_id=article.id))

    def titles(self) -> list[str]:
        """Return the titles in the last answer."""
        lists = [part for part in self.last.parts if isinstance(part, Lines)]
        return [line.title for it in lists for line in it.lines]


@pytest.fixture
async def talk(database: Database) -> Conversation:
    """Give a conversation with the desk."""
    return Conversation(database)


async def test_pages_are_turned_there_and_back(talk: Conversation) -> None:
    for n in range(12):
        at = NOW - timedelta(minutes=n)
        await talk.tell(f"Ferry {n}", heat=50, source_domain="news.example", published_at=at)

    first = await talk.type("search ferries")
    assert "12 stories for “ferries”" in first
    assert "news.example · 🔥🔥🔥 50/100 · 22 Jun 2026" in first
    assert [*buttons(talk.last)] == ["Next", "Newest first"]
    pages = [talk.titles()]
    for _ in range(2):
        await talk.press("Next")
        pages.append(talk.titles())

    assert {it for page in pages for it in page} == {f"Ferry {n}" for n in range(12)}
    assert [*buttons(talk.last)] == ["Previous", "Newest first"]
    assert await talk.press("Previous")
    assert talk.titles() == pages[1]
    await talk.press("Newest first")
    assert talk.titles() == [f"Ferry {n}" for n in range(5)]
    assert [*buttons(talk.last)] == ["Next", "Best first"]
    await talk.press("Best first")
    assert talk.titles() == pages[0]


async def test_a_tag_is_meant_by_its_name_or_an_alias(talk: Conversation) -> None:
    await talk.tell("Ferry one", tags=("llms",))
    await talk.tell("Ferry two")

    assert "1 story for “ferry #llms”" in await talk.type("search ferry #LLM")
    assert talk.titles() == ["Ferry one"]
    await talk.type("search #llms")
    assert talk.titles() == ["Ferry one"]


async def test_what_is_no_tag_is_a_word(talk: Conversation) -> None:
    await talk.tell("Ferry one")

    await talk.type("search #ferry")

    assert talk.titles() == ["Ferry one"]


async def test_a_search_for_nothing_says_what_to_type(talk: Conversation) -> None:
    for typed in ("", " ", "the of and", "page:3", "newest page:2", "?!", "🔥"):
        said = await talk.type(f"search {typed}")

        assert "What shall I look for?" in said, typed
        assert "/search openai ipo" in said, typed


async def test_nothing_found_offers_a_near_tag_or_the_next_step(talk: Conversation) -> None:
    assert "Did you mean the tag #openai?" in await talk.type("search opanai")
    assert buttons(talk.last) == {"Show #openai": "latest openai"}
    assert "type /latest" in await talk.type("search zebra")


@pytest.mark.parametrize(
    "typed", [*HARD_TITLES.values(), "a" * 10_000, "ferry " * 2000, "zebra " + "ferry\u200b" * 50]
)
async def test_whatever_is_typed_is_answered_and_its_pages_can_be_turned(
    talk: Conversation, typed: str
) -> None:
    await talk.tell(*(f"{n} {typed[:200]}" for n in range(7)))

    said = await talk.type(f"search {typed}")

    assert len(said) < 5000
    if "Next" in buttons(talk.last):
        before = talk.titles()
        await talk.press("Next")
        assert len({*before, *talk.titles()}) == 7
    else:
        what = ("/search page:2 and the same words", "Nothing was found", "What shall I look for?")
        assert any(it in said for it in what)


async def test_words_that_no_button_holds_are_told_how_to_be_typed(talk: Conversation) -> None:
    words = " ".join(f"{letter * 14}" for letter in "abcdefgh")
    await talk.tell(*(f"{n} {words}" for n in range(7)))

    said = await talk.type(f"search {words}")
    first = talk.titles()
    await talk.type(f"search page:2 {words}")

    assert buttons(Message(talk.last.parts)) == {}
    assert "To see more, type /search page:2 and the same words" in said
    assert len({*first, *talk.titles()}) == 7


async def test_what_trends_is_said_and_followed(talk: Conversation) -> None:
    await talk.tell("Hot", heat=88, source_domain="a.example", tags=("llms",))
    await talk.tell("Week", heat=70, published_at=NOW - timedelta(days=3))

    said = await talk.type("trending")
    assert "Hottest stories of the last day\nHot · heat 88 · a.example" in said
    assert "Also hot in the last week\nWeek · heat 70" in said
    assert await talk.type("trending today") == await talk.type("trending DAY")
    assert talk.titles() == ["Hot"]
    await talk.type("trending week")
    assert talk.titles() == ["Hot", "Week"]
    await talk.type("trending llm")
    assert talk.titles() == ["Hot"]
    await talk.press("Search #llms")
    assert talk.titles() == ["Hot"]


async def test_what_does_not_trend_says_the_next_step(talk: Conversation) -> None:
    await talk.tell("Old", published_at=NOW - timedelta(days=9))

    assert "No story was told in the last week." in await talk.type("trending")
    assert "No story was told in the last day." in await talk.type("trending day")
    assert "No story about #chips" in await talk.type("trending chips")
    await talk.press("Show latest")
    await talk.type("trending")
    await talk.press("Show latest")
    assert talk.titles() == ["Old"]


async def test_an_unknown_tag_is_answered_with_near_ones(talk: Conversation) -> None:
    await talk.type("trending lms")

    assert buttons(talk.last)["Show #llms"] == "trending llms"


async def test_rising_tags_are_said_once_in_ten_minutes(talk: Conversation) -> None:
    for week in (1, 2):
        for n in range(12):
            at = NOW - timedelta(weeks=week, hours=1)
            await talk.tell(f"Old {week} {n}", published_at=at, tags=("chips",))
    for n in range(6):
        await talk.tell(f"New {n}", tags=("llms",))

    assert "#llms: 6 stories, usually hardly any" in await talk.type("trending")
    assert buttons(talk.last) == {"Follow #llms": "subscribe llms", "Search #llms": "search #llms"}
    await talk.tell("One more", tags=("llms",))
    assert "#llms: 6 stories" in await talk.type("trending week")
    talk.now += timedelta(minutes=11)
    assert "#llms: 7 stories" in await talk.type("trending")
    await talk.type("trending day")
    assert not [part for part in talk.last.parts if isinstance(part, Points)]


async def test_a_picture_shows_what_its_words_say_where_it_can_be_shown(
    database: Database,
) -> None:
    talk = Conversation(database, Plots(within=60))
    await talk.tell("Hot $x$ <@1>", heat=88, source_domain="a.example")
    await talk.tell("Warm", heat=12, source_domain="b.example")

    await talk.type("trending", SEER)

    (picture,) = [part for part in talk.last.parts if isinstance(part, Picture)]
    assert picture.png.startswith(b"\x89PNG")
    assert picture.alt == (
        "Bar chart. Heat of the stories of the last day, out of 100."
        " 1. Hot $x$ <@1>: heat 88, 1 outlet; 2. Warm: heat 12, 1 outlet"
    )
    await talk.type("trending", MIA)
    assert not [part for part in talk.last.parts if isinstance(part, Picture)]


async def test_without_matplotlib_all_else_is_the_same(database: Database) -> None:
    talk = Conversation(database, Plots(can_draw=False))
    await talk.tell("Hot", heat=88)

    assert await talk.type("trending", SEER) == await talk.type("trending", MIA)


async def test_where_no_heat_is_known_there_is_no_picture(database: Database) -> None:
    talk = Conversation(database, Plots(within=60))
    await talk.tell("Hot")

    assert await talk.type("trending", SEER) == await talk.type("trending", MIA)


def test_only_further_pages_stand_in_the_place_of_others() -> None:
    assert parse("search newest page:2 upto:7 a") == Search("newest page:2 upto:7 a")
    assert parse("trending week") == Trending("week")
    assert turns_a_page(parse("search page:2 upto:7 a"))
    assert not turns_a_page(parse("search a"))
    assert not turns_a_page(parse("related upto:7"))
