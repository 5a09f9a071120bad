"""Articles: equal addresses, saving once, finding again."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from core import articles, stories
from core.articles import canonical_url, web_url
from core.db import Database
from core.sources import Draft, NamedStory
from tests.conftest import NOW

DRAFT = Draft(
    title="Meta pauses AI training program",
    url="https://themata.ai/news/meta-pauses",
    dek="After an internal leak",
    summary="Meta has paused a program.",
    takeaways=("It was paused.", "Data leaked."),
    sentiment="negative",
    positives=("It was paused.",),
    concerns=("Trust.", "Privacy."),
    heat=51,
    tags=("meta", "ai-training"),
    reading_minutes=2,
    source_domain="businessinsider.com",
    original_url="https://www.businessinsider.com/meta-pauses",
    image_url="https://themata.ai/meta.png",
    published_at=datetime(2026, 6, 22, 12, tzinfo=UTC),
    related=(NamedStory("Meta scales back", dek="Opt out", published_at=NOW),),
)


@pytest.mark.parametrize(
    "other",
    [
        "http://example.com/news/a",
        "https://www.example.com/news/a/",
        "https://EXAMPLE.com:443/news/a?utm_source=x&fbclid=1",
        "https://example.com/news/a#comments",
        "  https://example.com/news/%61 ",
    ],
)
def test_two_addresses_of_one_page_are_equal(other: str) -> None:
    assert canonical_url(other) == canonical_url("https://example.com/news/a")


@pytest.mark.parametrize(
    "other",
    ["https://example.com/news/b", "https://example.com/news/a?id=2", "https://example.org/news/a"],
)
def test_addresses_of_two_pages_differ(other: str) -> None:
    assert canonical_url(other) != canonical_url("https://example.com/news/a")


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("https://user:secret@example.com/a", "https://example.com/a"),
        ("https://example.com/a|b>c) d", "https://example.com/a%7Cb%3Ec%29%20d"),
        ("https://аррle.com/", "https://xn--le-6kc8da.com/"),  # noqa: RUF001 (Cyrillic, to deceive)
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("slack://open", ""),
        ("/news/a", ""),
        ("https://", ""),
        ("https://[broken", ""),
        ("https://example.com:port/", ""),
        ("", ""),
    ],
)
def test_only_a_web_address_is_kept(url: str, safe: str) -> None:
    assert web_url(url) == safe


async def test_an_article_comes_back_as_it_was_told(database: Database) -> None:
    async with database.write() as db:
        saved = await stories.save_new(db, DRAFT, source="site", now=NOW)
        assert saved is not None
        found = await articles.by_ids(db, [saved.id])

    assert found[saved.id] == saved
    assert {f.name: getattr(saved, f.name) for f in fields(Draft)} == {
        f.name: getattr(DRAFT, f.name) for f in fields(Draft)
    }


async def test_an_article_is_saved_once_whatever_its_address_looks_like(
    database: Database,
) -> None:
    again = replace(DRAFT, url="http://www.themata.ai/news/meta-pauses/?utm_source=feed")

    async with database.write() as db:
        assert await stories.save_new(db, DRAFT, source="site", now=NOW)
        assert await stories.save_new(db, again, source="feed", now=NOW) is None


@pytest.mark.mostly_one_database
async def test_only_a_title_and_an_address_are_needed(database: Database) -> None:
    async with database.write() as db:
        bare = Draft(title="A title", url="https://themata.ai/news/a")
        assert await stories.save_new(db, bare, source="site", now=NOW)
        assert (
            await stories.save_new(db, replace(bare, title=" \u200b"), source="s", now=NOW) is None
        )
        assert await stories.save_new(db, replace(bare, url="news/b"), source="s", now=NOW) is None


@pytest.mark.mostly_one_database
async def test_a_date_in_the_future_counts_as_now(database: Database) -> None:
    ahead = replace(DRAFT, published_at=NOW + timedelta(days=400))

    async with database.write() as db:
        saved = await stories.save_new(db, ahead, source="site", now=NOW)

    assert saved is not None
    assert saved.published_at == NOW


@pytest.mark.mostly_one_database
async def test_hostile_text_is_stored_harmless_and_in_bounds(database: Database) -> None:
    hostile = replace(
        DRAFT,
        title="a\u202eb\x00" + "c" * 1000,
        takeaways=("", "\u200b", "x\ny"),
        heat=900,
        tags=("a", "a", "b"),
    )

    async with database.write() as db:
        saved = await stories.save_new(db, hostile, source="site", now=NOW)

    assert saved is not None
    assert saved.title.startswith("abc")
    assert len(saved.title) == 300
    assert saved.takeaways == ("x y",)
    assert saved.heat == 100
    assert saved.tags == ("a", "b")


@pytest.mark.mostly_one_database
async def test_an_article_is_found_by_its_page_and_by_its_original(database: Database) -> None:
    async with database.write() as db:
        saved = await stories.save_new(db, DRAFT, source="site", now=NOW)

        assert await articles.by_url(db, "http://themata.ai/news/meta-pauses?utm_x=1") == saved
        assert await articles.by_url(db, "https://www.businessinsider.com/meta-pauses") == saved
        assert await articles.by_url(db, "https://example.com/") is None
        assert await articles.by_url(db, "no address") is None


@pytest.mark.mostly_one_database
async def test_the_newest_articles_come_first(database: Database) -> None:
    async with database.write() as db:
        for day, tags in ((3, ("meta",)), (1, ("meta", "llms")), (2, ("llms",))):
            told = replace(
                DRAFT,
                url=f"https://themata.ai/news/{day}",
                published_at=datetime(2026, 6, day, tzinfo=UTC),
                tags=tags,
            )
            await stories.save_new(db, told, source="site", now=NOW)

        newest = await articles.latest(db, most=2)
        tagged = await articles.latest(db, tag="llms", most=5)

    assert [a.url[-1] for a in newest] == ["3", "2"]
    assert [a.url[-1] for a in tagged] == ["2", "1"]


async def test_known_pages_and_taught_tags_are_told(database: Database) -> None:
    async with database.write() as db:
        await stories.save_new(db, DRAFT, source="site", now=NOW)

        urls = ["https://themata.ai/news/meta-pauses/", "https://themata.ai/news/new"]
        assert set(await articles.ids_by_url(db, urls)) == {urls[0]}
        assert await articles.taught_tags(db) == {"meta": 1, "ai-training": 1}


async def test_an_article_tells_anew_what_its_source_changed(database: Database) -> None:
    told = replace(DRAFT, title="Meta resumes", summary="", tags=("meta", "privacy"), heat=0)

    async with database.write() as db:
        saved = await stories.save_new(db, DRAFT, source="site", now=NOW)
        assert saved is not None
        await articles.retell(
            db, saved.id, replace(told, url=f"{DRAFT.url}?utm_a=1", published_at=NOW)
        )

        assert (await articles.by_ids(db, [saved.id]))[saved.id] == replace(
            saved, title="Meta resumes", tags=("meta", "privacy"), heat=0, edits=1
        )
        assert await articles.edits_of(db, [saved.id, 99]) == {saved.id: 1}


@pytest.mark.mostly_one_database
async def test_a_withdrawn_article_is_not_among_the_latest(database: Database) -> None:
    async with database.write() as db:
        saved = await stories.save_new(db, DRAFT, source="site", now=NOW)
        assert saved is not None
        await articles.retract(db, saved.id, now=NOW)

        assert await articles.latest(db, most=5) == []
        assert await articles.latest(db, tag="meta", most=5) == []
        assert await articles.by_url(db, DRAFT.url) == replace(saved, retracted=True, edits=1)
