"""What trends: which stories, in which order, and which tags rise."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, trending
from core.db import Database
from core.sources import Draft
from core.stories import save_new
from core.tables import stories
from core.trending import DAY, WEEK, Rise, risen, trends
from tests.conftest import NOW

HOUR = timedelta(hours=1)


async def tell(  # noqa: PLR0913 (what one tells)
    db: AsyncConnection,
    title: str,
    *,
    ago: timedelta = HOUR,
    heat: int | None = None,
    site: str = "",
    tags: tuple[str, ...] = (),
    story: int | None = None,
) -> int:
    """Store an article of a story, its own if none is named, and return its number."""
    url = f"https://news.example/{title}-{site}".replace(" ", "-")
    draft = Draft(title, url, heat=heat, source_domain=site, tags=tags, published_at=NOW - ago)
    article = await save_new(db, draft, source="s", now=NOW - ago)
    assert article
    its = sa.update(stories).where(stories.c.article_id == article.id)
    await db.execute(its.values(story_id=story or article.id))
    return article.id


async def ranked(db: AsyncConnection, ago: timedelta = DAY, tag: str = "") -> list[str]:
    """Return the titles of what trends, most first."""
    return [it.title for it in await trending.hottest(db, since=NOW - ago, now=NOW, tag=tag)]


async def test_the_hottest_comes_first_and_unknown_heat_is_none(database: Database) -> None:
    async with database.write() as db:
        await tell(db, "Unknown")
        await tell(db, "Warm", heat=40)
        await tell(db, "Hot", heat=90)

        assert await ranked(db) == ["Hot", "Warm", "Unknown"]


@pytest.mark.mostly_one_database
async def test_each_further_outlet_counts_ten_degrees(database: Database) -> None:
    async with database.write() as db:
        first = await tell(db, "Told by three", heat=60, site="a.example")
        await tell(db, "Told again", heat=50, site="b.example", story=first)
        await tell(db, "And again", heat=10, site="c.example", story=first)
        await tell(db, "Told alone", heat=79, site="a.example")
        await tell(db, "Hotter", heat=81, site="a.example")

        found = await trending.hottest(db, since=NOW - DAY, now=NOW)

        said = [(it.title, it.heat, it.outlets) for it in found]
        assert said == [("Hotter", 81, 1), ("Told by three", 60, 3), ("Told alone", 79, 1)]


@pytest.mark.mostly_one_database
async def test_one_outlet_counts_once_and_many_lift_a_story_only_so_far(
    database: Database,
) -> None:
    async with database.write() as db:
        once = await tell(db, "Once", heat=55, site="a.example")
        await tell(db, "Once more", heat=1, site="a.example", story=once)
        many = await tell(db, "Many", heat=5, site="0.example")
        for n in range(1, 30):
            await tell(db, f"Many {n}", heat=0, site=f"{n}.example", story=many)

        found = await trending.hottest(db, since=NOW - DAY, now=NOW)

        assert [(it.title, it.outlets) for it in found] == [("Many", 30), ("Once", 1)]
        await tell(db, "Hotter", heat=56)
        assert await ranked(db) == ["Hotter", "Many", "Once"]


@pytest.mark.mostly_one_database
async def test_only_what_was_told_in_the_time_counts(database: Database) -> None:
    async with database.write() as db:
        first = await tell(db, "Old and hot", ago=30 * HOUR, heat=99, site="a.example")
        await tell(db, "New part", ago=2 * HOUR, heat=20, site="b.example", story=first)
        await tell(db, "Older", ago=8 * DAY, heat=100)

        (day,) = await trending.hottest(db, since=NOW - DAY, now=NOW)
        (week,) = await trending.hottest(db, since=NOW - WEEK, now=NOW)

        assert (day.title, day.heat, day.outlets, day.domain) == ("New part", 20, 1, "b.example")
        assert (week.title, week.heat, week.outlets) == ("Old and hot", 99, 2)


async def test_what_was_withdrawn_never_shows(database: Database) -> None:
    async with database.write() as db:
        gone = await tell(db, "Gone", heat=100, site="a.example")
        kept = await tell(db, "Kept", heat=10, site="a.example")
        other = await tell(db, "Kept too", heat=90, site="b.example", story=kept)
        for article_id in (gone, other):
            await articles.retract(db, article_id, now=NOW)

        (found,) = await trending.hottest(db, since=NOW - DAY, now=NOW)

        assert (found.title, found.heat, found.outlets) == ("Kept", 10, 1)


@pytest.mark.mostly_one_database
async def test_of_a_tag_all_outlets_of_a_story_count(database: Database) -> None:
    async with database.write() as db:
        first = await tell(db, "Tagged", heat=30, site="a.example", tags=("llms",))
        await tell(db, "Untagged", heat=50, site="b.example", story=first)
        await tell(db, "Other", heat=90, tags=("chips",))

        (found,) = await trending.hottest(db, since=NOW - DAY, now=NOW, tag="llms")

        assert (found.title, found.heat, found.outlets) == ("Untagged", 50, 2)


@pytest.mark.mostly_one_database
async def test_the_week_does_not_repeat_the_day(database: Database) -> None:
    async with database.write() as db:
        for n in range(7):
            await tell(db, f"Today {n}", heat=90 - n)
            await tell(db, f"This week {n}", ago=3 * DAY, heat=80 - n)

        both = await trends(db, "", "", now=NOW)
        week = await trends(db, "week", "", now=NOW)
        day = await trends(db, "day", "", now=NOW)

        assert [it.title for it in both.day] == [f"Today {n}" for n in range(5)]
        # Two of the day did not fit there, and are still hotter than the rest of the week.
        assert [it.title for it in both.week][:3] == ["Today 5", "Today 6", "This week 0"]
        assert [it.title for it in week.week] == [f"Today {n}" for n in range(5)]
        assert (day.day, day.week, week.day) == (both.day, (), ())


async def test_a_tag_rises_by_its_stories_and_not_by_its_articles(database: Database) -> None:
    async with database.write() as db:
        for week in range(1, 5):
            for n in range(12):
                tags = ("agents",) if n < 3 else ("llms",)
                await tell(db, f"Week {week} {n}", ago=week * WEEK + HOUR, tags=tags)
        for n in range(9):
            await tell(db, f"Now {n}", tags=("agents",))
        first = await tell(db, "Retold", tags=("retold",))
        for n in range(9):
            await tell(db, f"Retold {n}", tags=("retold",), story=first)
        assert await trending.rising(db, now=NOW) == [Rise("agents", 9, 3)]

        await articles.retract(db, first - 1, now=NOW)

        assert await trending.rising(db, now=NOW) == []


EVERY = dict.fromkeys(range(5), 100)


@pytest.mark.parametrize(
    ("now", "usual", "rises"),
    [
        (9, 3, True),
        (6, 3, False),
        (5, 1, True),
        (5, 2, False),
        (5, 0, True),
        (4, 0, False),
        (20, 16, False),
        (32, 16, True),
        (149, 100, False),
        (150, 100, True),
    ],
)
def test_small_numbers_and_small_changes_are_no_rise(now: int, usual: int, *, rises: bool) -> None:
    tag = {0: now, **dict.fromkeys(range(1, 5), usual)}

    assert risen(EVERY, {"llms": tag}) == ([Rise("llms", now, usual)] if rises else [])


def test_where_all_grows_no_tag_rises() -> None:
    tag = {0: 30, **dict.fromkeys(range(1, 5), 10)}

    assert risen({**EVERY, 0: 300}, {"llms": tag}) == []
    assert risen(EVERY, {"llms": tag}) != []


def test_nothing_rises_before_it_is_known_what_is_usual() -> None:
    tag = {"llms": {0: 50}}

    assert risen({0: 60}, tag) == []
    assert risen({0: 60, 1: 60}, tag) == []
    assert risen({0: 60, 1: 60, 2: 9}, tag) == []
    assert risen({0: 60, 1: 60, 2: 60}, tag) == [Rise("llms", 50, 0)]


def test_a_week_without_news_does_not_make_less_usual() -> None:
    tag = {"llms": {0: 10, 1: 8, 2: 8, 3: 0}}

    assert risen({0: 100, 1: 100, 2: 100, 3: 3}, tag) == []


def test_at_most_five_rise_the_least_likely_first() -> None:
    tags = {f"t{n}": {0: 10 + n} for n in range(8)}

    assert [rise.tag for rise in risen(EVERY, tags)] == ["t7", "t6", "t5", "t4", "t3"]


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("far", [datetime.max.replace(tzinfo=NOW.tzinfo), NOW + 9 * WEEK])
async def test_where_nothing_was_told_nothing_trends(database: Database, far: datetime) -> None:
    async with database.write() as db:
        await tell(db, "Old", heat=90)

        found = await trends(db, "", "", now=far)

        assert replace(found, span="") == trending.Trends("", "")
