"""What is related to an article or to words, and why."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import fmean

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, compose, related, stories, tables
from core.articles import Article
from core.db import Database
from core.messages import as_text
from core.related import Near, Why
from core.sources import Draft, NamedStory
from tests.conftest import NOW
from tests.labelled import SET, Labelled, ndcg

Rank = Callable[[Article, Sequence[Near]], list[int]]


async def save(db: AsyncConnection, draft: Draft) -> Article:
    """Store an article as one that tells a story of its own."""
    saved = await stories.save_new(db, draft, source="s", now=draft.published_at or NOW)
    assert saved
    return saved


async def save_set(db: AsyncConnection) -> dict[int, Labelled]:
    return {(await save(db, it.draft)).id: it for it in SET}


async def quality(db: AsyncConnection, rank: Rank) -> float:
    """Return how well the labelled articles that have others of their storyline find them."""
    stored = await save_set(db)
    found = await articles.by_ids(db, list(stored))
    scores = list[float]()
    for number, labelled in stored.items():
        kin = [o for o in SET if o.storyline == labelled.storyline and o is not labelled]
        if labelled.storyline != "alone":
            near = await related.nearest(db, found[number])
            ranked = [stored[it].storyline for it in rank(found[number], near)]
            scores.append(ndcg(ranked, labelled.storyline, len(kin)))
    return fmean(scores)


def by_likeness(_article: Article, near: Sequence[Near]) -> list[int]:
    return [it.article_id for it in near]


def with_decay(article: Article, near: Sequence[Near]) -> list[int]:
    def decayed(it: Near) -> float:
        assert article.published_at
        apart = abs(it.found.told_at - article.published_at)
        return it.score * math.pow(0.5, apart / timedelta(days=14))

    return [it.article_id for it in sorted(near, key=decayed, reverse=True)]


def by_tags(article: Article, _near: Sequence[Near]) -> list[int]:
    def shared(at: int) -> tuple[int, int]:
        return len({*article.tags} & {*SET[at].draft.tags}), at

    others = [at for at in range(len(SET)) if SET[at].draft.title != article.title]
    return [at + 1 for at in sorted(others, key=shared, reverse=True)]


async def test_what_belongs_together_is_found_together(database: Database) -> None:
    async with database.write() as db:
        assert await quality(db, by_likeness) >= 0.95


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("worse", [by_tags, with_decay])
async def test_tags_alone_and_decay_by_age_rank_visibly_worse(
    database: Database, worse: Rank
) -> None:
    async with database.write() as db:
        assert await quality(db, worse) <= 0.8


@pytest.mark.mostly_one_database
async def test_an_article_without_kin_shows_nothing(database: Database) -> None:
    async with database.write() as db:
        stored = await save_set(db)
        alone = [number for number, it in stored.items() if it.storyline == "alone"]
        found = await articles.by_ids(db, alone)

        assert [await related.to_article(db, article) for article in found.values()] == [[]] * 3


@pytest.mark.mostly_one_database
async def test_what_is_related_to_a_withdrawn_article_is_still_found(database: Database) -> None:
    async with database.write() as db:
        stored = await save_set(db)
        first = min(stored)  # which has kin
        article = (await articles.by_ids(db, [first]))[first]
        before = await related.to_article(db, article)

        await articles.retract(db, article.id, now=NOW)

        after = await related.to_article(db, article)
        assert [story.title for story in after][:1] == [before[0].title]


@pytest.mark.mostly_one_database
async def test_unrelated_words_show_nothing(database: Database) -> None:
    async with database.write() as db:
        await save_set(db)

        assert await related.to_words(db, "volcano eruption") == []
        assert await related.to_words(db, "") == []
        assert await related.to_words(db, "the of and ? %_%") == []
        assert await related.to_words(db, "ferry volcano eruption insurance fog") != []


@pytest.mark.mostly_one_database
async def test_what_tells_the_same_story_is_not_related_to_it(database: Database) -> None:
    async with database.write() as db:
        stored = await save_set(db)
        first, second, third = sorted(stored)[:3]
        article = (await articles.by_ids(db, [second]))[second]
        assert {it.article_id for it in await related.nearest(db, article)} >= {first, third}

        told = tables.stories
        same = sa.update(told).where(told.c.article_id.in_([second, third]))
        await db.execute(same.values(story_id=second))

        found = {it.article_id for it in await related.nearest(db, article)}
        assert first in found
        assert not found & {second, third}


@pytest.mark.mostly_one_database
async def test_the_same_question_has_the_same_answer_and_later_news_does_not_reorder_it(
    database: Database,
) -> None:
    async with database.write() as db:
        stored = await save_set(db)
        found = await articles.by_ids(db, list(stored))

        async def answers() -> list[list[int]]:
            near = [await related.nearest(db, article) for article in found.values()]
            return [[it.article_id for it in each if it.share > 0.1] for each in near]

        before = await answers()
        assert await answers() == before

        for number in range(40):
            told = f"Orchard {number} sells cider{number} at its gate"
            summary = f"The apples of valley{number} ripen late, growers{number} report."
            await save(db, Draft(told, f"https://example.com/n{number}", summary=summary))

        after = await answers()
        assert [each[: len(was)] for each, was in zip(after, before, strict=True)] == before


@pytest.mark.mostly_one_database
async def test_of_two_that_are_as_near_the_newer_comes_first(database: Database) -> None:
    def told(number: int, days: int) -> Draft:
        at = NOW - timedelta(days=days)
        return Draft("Ferry hits pier", f"https://example.com/{number}", published_at=at)

    async with database.write() as db:
        await save(db, Draft("A cake is baked", "https://example.com/cake"))
        older, newer = await save(db, told(1, 200)), await save(db, told(2, 3))
        asked = await save(db, told(3, 0))

        near = await related.nearest(db, asked)

        assert [it.article_id for it in near] == [newer.id, older.id]
        assert near[0].score == near[1].score


async def test_words_find_an_article_by_any_of_their_forms_and_by_its_tags(
    database: Database,
) -> None:
    async with database.write() as db:
        await save_set(db)

        by_word = await related.to_words(db, "Ferries!")
        by_tag = await related.to_words(db, "#music")
        both = await related.to_words(db, "harvest satellites Orsova")

    assert {"Self-steering ferry hits a pier", "Harbour town tests a ferry that steers itself"} <= {
        story.title for story in by_word
    }
    assert [story.title for story in by_tag] == ["Choir sings from a score that nobody wrote"]
    assert [story.why.kind for story in both] == ["all words", "all words", "some words"]


async def test_the_stories_that_the_page_names_come_first_as_we_have_them(
    database: Database,
) -> None:
    own, stored, withdrawn, unknown = (
        NamedStory("Self-steering ferry hits a pier"),
        NamedStory("National library lets a model read old parish registers"),
        NamedStory("Bakery chain orders flour by forecast"),
        NamedStory("Elsewhere", url="https://example.org/else"),
    )
    by_address = NamedStory("Told otherwise", url="https://www.example.com/choir?utm_source=x")
    async with database.write() as db:
        await save_set(db)
        await save(db, Draft("A choir", "https://example.com/choir"))
        gone = await articles.by_url(
            db, "https://example.com/bakery-chain-orders-flour-by-forecast"
        )
        ferry = await articles.by_url(db, "https://example.com/self-steering-ferry-hits-a-pier")
        assert gone
        assert ferry
        await articles.retract(db, gone.id, now=NOW)
        names = (own, stored, withdrawn, unknown, by_address)

        found = await related.to_article(db, replace(ferry, related=names))

    named = [(story.title, story.url) for story in found if story.why == Why("named")]
    assert found[: len(named)] == [story for story in found if story.why == Why("named")]
    assert named == [
        (
            stored.title,
            "https://example.com/national-library-lets-a-model-read-old-parish-registers",
        ),
        (unknown.title, unknown.url),
        (by_address.title, "https://example.com/choir"),
    ]
    assert len(found) == 5


FERRY = Draft(
    "Ferry of the Lindqvist yard sails",
    "https://example.com/a",
    summary="On Monday the Lindqvist yard lets it cross.",
    tags=("robotics",),
    published_at=NOW,
)


@pytest.mark.parametrize(
    ("title", "summary", "tags", "days", "why"),
    [
        (
            *("Lindqvist ferry hits a pier", "The ferry of the Lindqvist yard hits it."),
            *(("robotics",), -2),
            Why("earlier"),
        ),
        (
            *("Lindqvist ferry hits a pier", "The ferry of the Lindqvist yard hits it."),
            *(("robotics",), 2),
            Why("later"),
        ),
        (
            *("A winch of Lindqvist", "On tugs the Lindqvist yard puts it."),
            *((), -2),
            Why("name", "Lindqvist"),
        ),
        (
            "A robot sails",
            "It crosses the pond.",
            ("robotics",),
            -2,
            Why("tag", "robotics"),
        ),
        ("A yard and its cats", "They sail nowhere.", (), -2, Why("alike")),
    ],
)
async def test_each_row_says_why_it_is_there(
    database: Database, title: str, summary: str, tags: tuple[str, ...], days: int, why: Why
) -> None:
    at = NOW + timedelta(days=days)
    other = Draft(title, "https://example.com/b", summary=summary, tags=tags, published_at=at)
    async with database.write() as db:
        for number in range(8):
            told = f"Orchard{number} sells cider{number}"
            await save(db, Draft(told, f"https://example.com/n{number}"))
        await save(db, other)
        article = await save(db, FERRY)

        assert [story.why for story in await related.to_article(db, article)] == [why]


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (Why("named"), "named by the page"),
        (Why("earlier"), "earlier step"),
        (Why("later"), "later step"),
        (Why("name", "White House"), "also about White House"),
        (Why("tag", "data-privacy"), "also #data-privacy"),
        (Why("alike"), "similar words"),
        (Why("all words"), "all these words"),
        (Why("some words"), "some of these words"),
    ],
)
def test_a_reader_is_told_why_in_at_most_four_words(why: Why, told: str) -> None:
    story = related.RelatedStory("A ferry", "https://example.com/a", None, why)

    lines = as_text(compose.related([story], "Fog")).splitlines()

    assert lines[1] == f"A ferry · {told} https://example.com/a"
    assert len(told.split()) <= 4
