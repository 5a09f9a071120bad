"""Articles are taken in once, with their deliveries, and nothing of a first reading is posted."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, fanout, subscriptions
from core.db import Database
from core.fanout import Fanout
from core.intake import Intake
from core.posting import Address
from core.sources import Draft, Marks, SourceError
from core.tables import deliveries, fanouts
from tests.conftest import NOW
from tests.fakes import FakeSource


def told(number: int, *tags: str) -> Draft:
    day = datetime(2026, 6, 22, number, tzinfo=UTC)
    url = f"https://themata.ai/news/{number}"
    return Draft(title=f"Story {number}", url=url, tags=tags or ("llms",), published_at=day)


async def let_follow(database: Database, channels: int, tag: str = "llms") -> None:
    async with database.write() as db:
        for number in range(channels):
            address = Address("discord", "1", f"{number:04}")
            await subscriptions.follow(db, address, [tag], by="ada", now=NOW)


async def queued(database: Database) -> list[tuple[int, int]]:
    async with database.read() as db:
        columns = (deliveries.c.article_id, deliveries.c.address_id)
        rows = await db.execute(sa.select(*columns).order_by(deliveries.c.id))
        return [(row.article_id, row.address_id) for row in rows]


async def queued_titles(database: Database) -> list[str]:
    rows = await queued(database)
    async with database.read() as db:
        found = await articles.by_ids(db, {article for article, _ in rows})
    return [found[article].title for article, _ in rows]


@pytest.mark.mostly_one_database
async def test_the_first_reading_of_a_source_posts_nothing(database: Database) -> None:
    await let_follow(database, 1)

    taken = await Intake(database).poll(FakeSource("site", [told(2), told(1)]), NOW)

    assert taken.was_first
    assert [a.title for a in taken.articles] == ["Story 1", "Story 2"]
    assert await queued(database) == []


@pytest.mark.mostly_one_database
async def test_the_first_reading_posts_the_newest_article_if_it_shall(database: Database) -> None:
    await let_follow(database, 1)
    source = FakeSource("site", [told(2), told(3), told(1)])

    await Intake(database, posts_newest_of_new_source=True).poll(source, NOW)

    assert await queued_titles(database) == ["Story 3"]


@pytest.mark.mostly_one_database
async def test_an_empty_first_reading_is_no_baseline(database: Database) -> None:
    await let_follow(database, 1)
    source = FakeSource("site")
    await Intake(database).poll(source, NOW)
    source.drafts = (told(1),)

    taken = await Intake(database).poll(source, NOW)

    assert taken.was_first
    assert await queued(database) == []


@pytest.mark.mostly_one_database
async def test_what_comes_after_is_queued_oldest_first_and_once(database: Database) -> None:
    await let_follow(database, 2)
    source = FakeSource("site", [told(1)])
    reader = Intake(database)
    await reader.poll(source, NOW)
    source.drafts = (told(3), told(1), told(2))

    for _ in range(2):
        await reader.poll(source, NOW)

    assert await queued_titles(database) == ["Story 2", "Story 2", "Story 3", "Story 3"]


@pytest.mark.mostly_one_database
async def test_only_those_who_follow_a_tag_of_the_article_get_it(database: Database) -> None:
    await let_follow(database, 2, "openai")
    reader = Intake(database)

    taken = await reader.take_in(told(1, "llms", "meta"), source="site", now=NOW)

    assert taken is not None
    assert taken[1] == 0


@pytest.mark.mostly_one_database
async def test_a_source_is_asked_with_what_is_known(database: Database) -> None:
    source = FakeSource("site", [told(1, "gpus")])
    reader = Intake(database, known_tags=["meta"])

    for _ in range(2):
        await reader.poll(source, NOW)

    first, second = source.memories
    assert (first.marks, first.tags) == (Marks(), frozenset({"meta"}))
    assert (second.marks, second.tags) == (
        Marks(etag='"1"'),
        frozenset({"meta", "gpus"}),
    )
    assert await second.known(["https://www.themata.ai/news/1", "https://themata.ai/news/2"]) == {
        "https://www.themata.ai/news/1"
    }


@pytest.mark.mostly_one_database
async def test_a_broken_source_changes_nothing(database: Database) -> None:
    source = FakeSource("site", [told(1)])
    source.error = SourceError("https://themata.ai/ answered 500")
    reader = Intake(database)

    with pytest.raises(SourceError):
        await reader.poll(source, NOW)

    source.error = None
    assert (await reader.poll(source, NOW + timedelta(minutes=10))).was_first


@pytest.mark.mostly_one_database
async def test_problems_of_a_reading_are_passed_on(database: Database) -> None:
    source = FakeSource("site", [told(1)])
    source.problems = ("https://themata.ai/news/2 has no title",)

    taken = await Intake(database).poll(source, NOW)

    assert taken.problems == source.problems


@pytest.mark.mostly_one_database
async def test_a_look_that_brought_only_problems_is_no_baseline(database: Database) -> None:
    source = FakeSource("site")
    source.problems = ("https://themata.ai/news/1 answered 500",)
    source.listed = 1
    await Intake(database).poll(source, NOW)
    source.drafts = (told(1),)

    assert (await Intake(database).poll(source, NOW)).was_first


@pytest.mark.mostly_one_database
async def test_a_first_look_that_finds_nothing_unknown_is_a_baseline(database: Database) -> None:
    await let_follow(database, 1)
    reader, other = Intake(database), FakeSource("other")
    other.listed = 1
    await reader.poll(FakeSource("site", [told(1)]), NOW)
    await reader.poll(other, NOW)
    other.drafts = (told(2),)

    await reader.poll(other, NOW)

    assert await queued_titles(database) == ["Story 2"]


@pytest.mark.mostly_one_database
async def test_what_people_put_there_is_posted_whatever_its_date(database: Database) -> None:
    await let_follow(database, 1)
    source = FakeSource("saved", [told(1)])
    source.by_hand = True
    reader = Intake(database)
    later = NOW + timedelta(days=400)
    await reader.poll(source, later)
    source.drafts = (told(1), told(2))

    await reader.poll(source, later)

    assert await queued_titles(database) == ["Story 2"]


@pytest.mark.mostly_one_database
async def test_another_place_of_a_source_is_asked_anew(database: Database) -> None:
    source = FakeSource("site", [told(1)])
    reader = Intake(database)
    await reader.poll(source, NOW)
    source.place, source.drafts = "https://elsewhere.example/", (told(1), told(2))

    taken = await reader.poll(source, NOW)

    assert source.memories[-1].marks == Marks()
    assert not taken.was_first
    assert [article.title for article in taken.articles] == ["Story 2"]


@pytest.mark.mostly_one_database
async def test_a_large_fan_out_is_cut_in_parts_and_reaches_everyone_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "_ROWS", {"sqlite": 10, "postgresql": 10})
    await let_follow(database, 55)

    taken = await Intake(database).take_in(told(1), source="site", now=NOW)

    assert taken is not None
    assert taken[1] == 55
    assert [address for _, address in await queued(database)] == list(range(1, 56))
    async with database.read() as db:
        assert (await db.execute(sa.select(fanouts))).all() == []


async def test_a_fan_out_that_a_crash_cut_short_is_finished(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "_ROWS", {"sqlite": 10, "postgresql": 10})
    monkeypatch.setattr(fanout, "_LONG", timedelta(minutes=1))  # however slow the machine is
    await let_follow(database, 35)
    reader = Intake(database)
    queue_next = fanout._queue_next

    async def crash(db: AsyncConnection, begun: Fanout) -> Fanout:
        if begun.after and begun.after >= 20:
            raise KeyboardInterrupt
        return await queue_next(db, begun)

    with monkeypatch.context() as crashing:
        crashing.setattr(fanout, "_queue_next", crash)
        with pytest.raises(KeyboardInterrupt):
            await reader.take_in(told(1), source="site", now=NOW, catch_up=True)
    assert len(await queued(database)) == 20

    assert await reader.finish(NOW) == 15
    assert await reader.finish(NOW) == 0
    assert [address for _, address in await queued(database)] == list(range(1, 36))
    async with database.read() as db:
        flags = (await db.scalars(sa.select(deliveries.c.catch_up))).all()
    assert all(flags)


@pytest.mark.parametrize(
    ("width", "queued_rows", "milliseconds", "following"),
    [
        pytest.param(2000, 1000, 22, 2000, id="it fits"),
        pytest.param(2000, 2000, 22, 1000, id="more matched"),
        pytest.param(2000, 800, 22, 2500, id="fewer matched"),
        pytest.param(2000, 0, 1, 4000, id="none matched"),
        pytest.param(2000, 1000, 70, 1000, id="the machine is slow"),
        pytest.param(1, 5000, 70, 1, id="never nothing"),
    ],
)
def test_a_part_is_as_wide_as_its_rows_and_its_time_allow(
    width: int, queued_rows: int, milliseconds: float, following: int
) -> None:
    took = timedelta(milliseconds=milliseconds)

    assert fanout.next_width(width, queued_rows, took, rows=1000) == following
