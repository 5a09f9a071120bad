"""What is found by words, in which order, and how pages are turned."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, search, stories
from core.db import Database
from core.search import PAGE, Asked, Found, find, read
from core.sources import Draft
from tests.conftest import NOW
from tests.samples import HARD_TITLES


async def save(db: AsyncConnection, titles: Mapping[str, str], *tags: str) -> dict[str, int]:
    """Store articles with these titles and summaries, each a minute before the last."""
    ids = dict[str, int]()
    for title, summary in titles.items():
        url = f"https://news.example/{title}".replace(" ", "-")
        at = NOW - timedelta(minutes=len(ids))
        draft = Draft(title, url, summary=summary, tags=tags, published_at=at)
        saved = await stories.save_new(db, draft, source="s", now=NOW)
        assert saved
        ids[title] = saved.id
    return ids


def titles(found: Found) -> list[str]:
    return [article.title for article in found.articles]


FERRIES = {
    "Ferry hits a pier": "Fog was to blame.",
    "Ferry sails to Orsova": "The ferry and its crew are well.",
    "Wheat grows in Orsova": "Drought is over.",
    "A quiet day": "Somebody saw a ferry, which sailed by in fog.",
}


async def test_those_with_all_the_words_are_found_and_no_others(database: Database) -> None:
    async with database.write() as db:
        await save(db, FERRIES)

        found = await find(db, read("Ferries in orsova"))

    assert titles(found) == ["Ferry sails to Orsova"]
    assert (found.total, found.have_all_words, found.unknown) == (1, True, ())


async def test_the_best_come_first_or_the_newest(database: Database) -> None:
    async with database.write() as db:
        await save(db, dict(reversed(FERRIES.items())))

        best = await find(db, read("ferry"))
        newest = await find(db, read("newest ferry"))

    assert titles(best) == ["Ferry sails to Orsova", "Ferry hits a pier", "A quiet day"]
    assert titles(newest) == ["A quiet day", "Ferry sails to Orsova", "Ferry hits a pier"]


async def test_where_none_has_all_those_with_most_are_found(database: Database) -> None:
    async with database.write() as db:
        await save(db, FERRIES)

        found = await find(db, read("ferry pier drought zebra"))

    assert titles(found)[0] == "Ferry hits a pier"
    assert not found.have_all_words
    assert found.unknown == ("zebra",)


@pytest.mark.parametrize("typed", ["zebra", "zebra unicorn", "the of and", "? %_% ' \\ \x00", ""])
async def test_what_nobody_tells_is_not_found(database: Database, typed: str) -> None:
    async with database.write() as db:
        await save(db, FERRIES)

        assert (await find(db, read(typed))).articles == ()


async def test_what_was_withdrawn_is_in_no_page(database: Database) -> None:
    async with database.write() as db:
        ids = await save(db, FERRIES, "ports")
        await articles.retract(db, ids["Ferry hits a pier"], now=NOW)

        by_words = await find(db, read("ferry"))
        by_tag = await find(db, replace(read(""), tags=("ports",)))

    assert titles(by_words) == ["Ferry sails to Orsova", "A quiet day"]
    assert (by_words.total, by_tag.total) == (2, 3)
    assert "Ferry hits a pier" not in titles(by_tag)


async def test_a_tag_narrows_what_is_found(database: Database) -> None:
    async with database.write() as db:
        await save(db, {"Ferry one": "", "Crane one": ""}, "ports", "llms")
        await save(db, {"Ferry two": "", "Crane two": ""}, "ports")

        async def tagged(words: str, *tags: str) -> list[str]:
            return titles(await find(db, replace(read(words), tags=tags)))

        assert await tagged("ferry", "llms") == ["Ferry one"]
        assert await tagged("", "llms") == ["Ferry one", "Crane one"]
        assert await tagged("", "llms", "ports") == ["Ferry one", "Crane one"]
        assert await tagged("ferry", "none") == []


async def test_of_a_tag_common_words_are_found_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_MANY", 2)
    async with database.write() as db:
        await save(db, {f"Ferry {n}": "Crane" for n in range(7)}, "ports")
        await save(db, {f"Ferry {n} sails": "Fog" for n in range(3)}, "ports", "llms")

        found = await find(db, replace(read("ferry sails"), tags=("llms",)))
        none = await find(db, replace(read("ferry crane"), tags=("llms",)))
        both = await find(db, replace(read("ferry fog"), tags=("ports", "llms")))

    assert sorted(titles(found)) == [f"Ferry {n} sails" for n in range(3)]
    assert (found.total, found.have_all_words, both.total) == (3, True, 3)
    assert not none.have_all_words


async def test_a_word_that_weighs_little_is_found_all_the_same(database: Database) -> None:
    many = " ".join(f"word{n:03}" for n in range(150))
    async with database.write() as db:
        await save(db, {"A long story": f"{many} zanzibar_%/x{'é' * 4}"})
        await save(db, {f"Other {n}": "word149 word000" for n in range(3)})

        by_word = await find(db, read("zanzibar"))
        by_both = await find(db, read("zanzibar word149"))
        by_letters = await find(db, read("xéééé"))

    assert [titles(it) for it in (by_word, by_both, by_letters)] == [["A long story"]] * 3
    assert by_both.have_all_words


async def test_what_an_article_no_longer_says_does_not_find_it(database: Database) -> None:
    many = " ".join(f"word{n:03}" for n in range(150))
    async with database.write() as db:
        ids = await save(db, {"A long story": f"{many} zanzibar", "Another": f"{many} zanzibar"})
        url = "https://news.example/A-long-story"
        told = Draft("A long story", url, summary=f"{many} timbuktu")
        await articles.retell(db, ids["A long story"], told)
        await articles.retract(db, ids["Another"], now=NOW)

        before, after = await find(db, read("zanzibar")), await find(db, read("timbuktu"))
        # Nothing is left of what was noted, so that it can be told again.
        await articles.retell(db, ids["A long story"], replace(told, summary=f"{many} zanzibar"))
        again = await find(db, read("zanzibar"))

    assert [titles(it) for it in (before, after, again)] == [[], ["A long story"], ["A long story"]]


@pytest.mark.parametrize("order", ["", "newest "])
async def test_pages_show_each_article_once_while_others_arrive(
    database: Database, order: str
) -> None:
    async with database.write() as db:
        await save(db, {f"Ferry {n}": "" for n in range(12)})
        found, seen = await find(db, read(f"{order}ferry")), list[str]()
        pages = found.pages
        while len(seen) < 12:
            seen += titles(found)
            await save(db, {f"Ferry ferry {len(seen)}": "ferry"})
            following = replace(found.asked, page=found.asked.page + 1)
            found = await find(db, read(following.written()))

    assert (pages, len(seen), len(set(seen))) == (3, 12, 12)


async def test_a_page_that_is_not_there_is_the_last(database: Database) -> None:
    async with database.write() as db:
        await save(db, {f"Ferry {n}": "" for n in range(7)})

        found = await find(db, read("page:9 ferry"))

    assert (found.asked.page, len(found.articles)) == (2, 7 - PAGE)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("openai ipo", Asked(("openai", "ipo"))),
        ("newest openai", Asked(("openai",), newest=True)),
        ("NEWEST Page:2 upto:77 a b", Asked(("a", "b"), newest=True, page=2, upto=77)),
        ("best gpu", Asked(("gpu",))),
        ("newest", Asked(("newest",))),
        ("gpu newest page:2", Asked(("gpu", "newest", "page:2"))),
        ("a a  b\ta", Asked(("a", "b"))),
        ("page:0 a", Asked(("a",))),
        ("page:999999999999999 a", Asked(("a",), page=100)),
        ("page:9999999999999999999 a", Asked(("page:9999999999999999999", "a"))),
        ("page:٣ a", Asked(("page:٣", "a"))),
        ("", Asked(())),
    ],
)
def test_options_stand_before_the_words(typed: str, asked: Asked) -> None:
    assert read(typed) == asked


@pytest.mark.parametrize("typed", ["openai ipo", "newest gpu", "a best b", "gpu newest page:2"])
def test_what_is_written_is_read_as_it_was(typed: str) -> None:
    asked = replace(read(typed), page=3, upto=12)

    assert read(asked.written()) == asked


HARD_WORDS = [
    *HARD_TITLES.values(),
    "a" * 10_000,
    "ferry " * 2000,
    " ".join(f"w{n}" for n in range(3000)),
    "\u202eferry\u202c \x00 \ud800".encode("utf-8", "ignore").decode(),
    "newest page:2 upto:0 " * 100,
    "'; DROP TABLE articles; --",
]


async def test_whatever_is_typed_is_searched_for(database: Database) -> None:
    async with database.write() as db:
        await save(db, FERRIES)
        await save(db, dict.fromkeys(HARD_TITLES.values(), ""))
        for typed in HARD_WORDS:
            found = await find(db, read(typed))

            assert len(found.articles) <= PAGE, typed
            # The same in fewer words finds the same.
            again = await find(db, replace(found.brief, upto=found.asked.upto))
            assert titles(again) == titles(found), typed


async def test_a_title_in_any_script_is_found_by_its_words(database: Database) -> None:
    async with database.write() as db:
        await save(db, dict.fromkeys(HARD_TITLES.values(), ""))

        for name in ("Japanese", "Hebrew with numbers", "Arabic", "Devanagari", "Persian"):
            found = await find(db, read(HARD_TITLES[name]))
            assert titles(found)[0] == HARD_TITLES[name], name


def test_what_is_searched_for_is_bounded() -> None:
    assert len(read("word " + "x" * 10_000).typed()) <= search._MOST_TYPED
