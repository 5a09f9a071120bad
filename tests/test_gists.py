"""What is noted of articles is what they tell, at every moment."""

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, edits, related, stories
from core.db import Database
from core.gists import words_of
from core.sources import Draft
from core.tables import gists, keywords, mentions
from tests.conftest import NOW

FERRY = Draft("Ferry hits a pier", "https://example.com/a", summary="In the fog.", tags=("boats",))


async def save(db: AsyncConnection, draft: Draft) -> int:
    saved = await stories.save_new(db, draft, source="s", now=NOW)
    assert saved
    return saved.id


async def counts(db: AsyncConnection) -> dict[str, int]:
    rows = await db.execute(sa.select(keywords.c.word, keywords.c.articles))
    return {row.word: row.articles for row in rows if row.articles}


async def found_by(db: AsyncConnection, article_id: int) -> set[str]:
    query = sa.select(mentions.c.word).where(mentions.c.article_id == article_id)
    return set((await db.scalars(query)).all())


async def test_an_article_is_noted_with_its_words(database: Database) -> None:
    async with database.write() as db:
        number = await save(db, FERRY)
        await save(db, replace(FERRY, title="Another ferry", url="https://example.com/b"))

        words = words_of(FERRY)
        assert (
            await db.scalar(sa.select(gists.c.words).where(gists.c.article_id == number)) == words
        )
        assert await found_by(db, number) == words.keys()
        assert (await counts(db))["ferri"] == (await counts(db))[""] == 2
        assert (await counts(db))["pier"] == 1


async def test_a_changed_article_is_found_by_what_it_tells_now(database: Database) -> None:
    async with database.write() as db:
        number = await save(db, FERRY)
        now_told = Draft("Wheat forecast was off", FERRY.url)

        await edits.amend(db, [(now_told, number)], source="s", now=NOW)

        # What is left out stays as it was.
        words = words_of(replace(now_told, summary="In the fog.", tags=("boats",)))
        assert await found_by(db, number) == words.keys()
        assert await counts(db) == {"": 1, **dict.fromkeys(words, 1)}
        assert await related.to_words(db, "ferry") == []
        assert len(await related.to_words(db, "wheat")) == 1


async def test_a_withdrawn_article_is_found_no_more_and_counts_no_more(database: Database) -> None:
    async with database.write() as db:
        number = await save(db, FERRY)
        await save(db, replace(FERRY, url="https://example.com/b", retracted=True))

        await articles.retract(db, number, now=NOW)
        await articles.retract(db, number, now=NOW)

        assert await counts(db) == {}
        assert await found_by(db, number) == set()


async def test_what_is_noted_is_undone_with_its_transaction(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with database.write() as db:
            await save(db, FERRY)
            await db.execute(sa.insert(gists).values(article_id=1, told_at=NOW, words={}))

    async with database.read() as db:
        assert await counts(db) == {}
        assert await db.scalar(sa.select(sa.func.count()).select_from(mentions)) == 0


async def test_articles_that_come_at_the_same_time_are_all_counted(database: Database) -> None:
    async def come(number: int) -> None:
        draft = replace(FERRY, url=f"https://example.com/{number}")
        # Their words in another order each: who locks what first must not matter.
        words = draft.summary.split()
        async with database.write() as db:
            await save(db, replace(draft, title=" ".join(reversed(words)) if number % 2 else "Fog"))

    await asyncio.gather(*map(come, range(8)))

    async with database.read() as db:
        assert (await counts(db))["fog"] == 8


async def test_an_article_without_words_and_one_in_japanese_are_noted(database: Database) -> None:
    async with database.write() as db:
        empty = await save(db, Draft("…", "https://example.com/1"))
        japanese = await save(db, Draft("自動運転フェリーが衝突", "https://example.com/2"))
        await save(db, Draft("小麦の予測", "https://example.com/3"))

        found = await articles.by_ids(db, [empty, japanese])
        assert await related.to_article(db, found[empty]) == []
        assert [story.title for story in await related.to_words(db, "フェリー")] == [
            "自動運転フェリーが衝突"
        ]
