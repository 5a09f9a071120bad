"""Gists: what each article is about, as weighed words, and the articles found by such words."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from core.db import insert_at_one_go, inserting, pairs
from core.keywords import Keywords, rarities, weighed
from core.sources import Draft
from core.tables import articles, asides, gists, keywords, mentions, stories

_FOUND_BY = 32
"""By how many of its words an article can be found: those that weigh most."""
_ASKED = 16
"""By how many words articles are looked for at a time."""
_MOST_READ, _SHARE_READ = 4_000, 1 / 8
"""How many mentions a search reads at most: so many, or as this share of all articles if that is
more. By the word that tells most it looks in any case."""
_NEAREST = 20
"""How many of the articles found so are worth to be compared by all their words."""
_EVERY = ""
"""The word that is in every gist."""
_IS_GIST = -1
"""What stands for a count where a row holds no word, but all of a gist."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the whole collection says of some words; those that no article has are left out."""

    every: int
    """How many articles there are."""
    counts: Mapping[str, int]
    """How many have each."""
    rarities: Keywords
    """How much each tells."""

    def tell(self, words: Keywords) -> dict[str, int]:
        """Return how much each of these words of an article tells where another has it too."""
        return {word: words[word] * rarity for word, rarity in self.rarities.items()}


class FoundStory(NamedTuple):
    """An article that was found by its words, and what it tells.

    Lists and words are as they are stored: of many that are found nobody looks at them.
    """

    article_id: int
    story_id: int
    told_at: datetime
    words_json: str
    title: str
    url: str
    published_at: datetime | None
    dek: str
    summary: str
    takeaways_json: str


def words_of(draft: Draft) -> Keywords:
    """Return the words of an article with their weights: of its title, summary, points and tags."""
    return _words_of(draft.title, (draft.dek, draft.summary, *draft.takeaways), draft.tags)


@lru_cache(maxsize=16)
def _words_of(title: str, told: tuple[str, ...], tags: tuple[str, ...]) -> Keywords:
    # Kept, as they are asked for again when the article that came joins a story.
    return weighed(title, told, tags)


async def note(db: AsyncConnection, article_id: int, draft: Draft, told_at: datetime) -> None:
    """Note what an article is about, instead of what was noted of it before."""
    before = await _take(db, article_id)
    values = noted_as(article_id, draft, told_at, before=before)
    await insert_at_one_go(db, noting(db.dialect.name), values)


def noted_as(
    article_id: int, draft: Draft, told_at: datetime, *, before: Keywords | None = None
) -> dict[str, object]:
    """Return the values with which `noting` notes what an article is about.

    Nothing may be noted of it any more; `before` is what was, until now.
    """
    words = words_of(draft)
    heavy, light = parted(words)
    return {
        "article": article_id,
        "at": told_at,
        "words": words,
        "found_by": {word: words[word] for word in heavy},
        "beside": dict.fromkeys(light, 0),
        "more": _changes(words, before),
    }


# Statements are built once: to build one anew takes longer than to ask it.
@cache
def noting(dialect: str) -> tuple[sa.Insert, ...]:
    """Return what notes an article. It returns in how many each of its words is: `known_by`."""
    article = sa.bindparam("article", type_=gists.c.article_id.type)
    at = sa.bindparam("at", type_=gists.c.told_at.type)
    words = sa.bindparam("words", type_=gists.c.words.type)
    gist = sa.insert(gists).from_select(
        ["article_id", "told_at", "words"], sa.select(article, at, words)
    )
    word, weight = pairs(dialect, "found_by")
    its = sa.insert(mentions).from_select(
        ["word", "told_at", "article_id", "weight"], sa.select(word, at, article, weight)
    )
    other, _ = pairs(dialect, "beside")
    others = sa.insert(asides).from_select(
        ["word", "told_at", "article_id"], sa.select(other, at, article)
    )
    return gist, _counting(dialect), others, its


async def forget(db: AsyncConnection, article_id: int) -> None:
    """Forget what an article is about: no words find it any more."""
    if more := _changes(None, await _take(db, article_id)):
        await db.execute(_counting(db.dialect.name), {"more": more})


async def known(db: AsyncConnection, words: Collection[str]) -> Known:
    """Return what the whole collection says of these words."""
    rows = await db.execute(_counts_of(db.dialect.name), {"words": [_EVERY, *words]})
    return known_by(dict[str, int](rows.all()), words)


def known_by(counts: Mapping[str, int], words: Collection[str]) -> Known:
    """Return what the whole collection says of these words, by their counts and that of all."""
    every = counts.get(_EVERY, 0)
    theirs = {word: counts[word] for word in words if word in counts}
    return Known(every, theirs, rarities(theirs, every))


async def noted(db: AsyncConnection, article_id: int) -> tuple[Keywords, Known] | None:
    """Return the words that are noted of an article, and what the collection says of them.

    Nothing if nothing is noted of it.
    """
    rows = await db.execute(_noted_of(db.dialect.name), {"article": article_id})
    counts = dict[str, int](rows.all())
    gist = next((text for text, number in counts.items() if number == _IS_GIST), "")
    if not gist:
        return None
    its: Keywords = json.loads(gist)
    return its, known_by(counts, its)


async def find(db: AsyncConnection, tell: Keywords, of: Known) -> list[FoundStory]:
    """Return the articles that share most of those words that tell most, the nearest first."""
    if those := asked(tell, of):
        rows = await db.execute(_find(db.dialect.name), {"asked": those})
        return [FoundStory._make(row) for row in rows.all()]
    return []


def asked(tell: Keywords, of: Known) -> dict[str, int]:
    """Return the words by which to look for others, with what each counts per weight there.

    They are what a query with `nearest` is to be given as `asked`. Without any, nothing is near.
    """
    asked, to_read = dict[str, int](), 0
    most = max(_MOST_READ, _SHARE_READ * of.every)
    for word in sorted(tell, key=lambda word: (-tell[word], word))[:_ASKED]:
        to_read += of.counts[word]
        if to_read <= most or not asked:
            asked[word] = tell[word]
    return asked


def parted(words: Keywords) -> tuple[list[str], list[str]]:
    """Return an article's words by which it can be found, and those by which a search alone does.

    The heaviest first; the others in the order of the alphabet.
    """
    by_weight = sorted(words, key=lambda word: (-words[word], word))
    return by_weight[:_FOUND_BY], sorted(by_weight[_FOUND_BY:])


async def _take(db: AsyncConnection, article_id: int) -> Keywords | None:
    """Take away what was noted of an article, and return its words."""
    gone = sa.delete(gists).where(gists.c.article_id == article_id)
    noted = (await db.execute(gone.returning(gists.c.words, gists.c.told_at))).one_or_none()
    if noted is None:
        return None
    words: Keywords = noted.words
    for table, those in zip((mentions, asides), parted(words), strict=True):
        its = table.c.word.in_(those), table.c.told_at == noted.told_at
        await db.execute(sa.delete(table).where(*its, table.c.article_id == article_id))
    return words


def _changes(now: Keywords | None, before: Keywords | None) -> dict[str, int]:
    """Return how many gists more have each word, when this one was so before and is so now."""
    changes = Counter[str]()
    changes.update(() if now is None else (_EVERY, *now))
    changes.subtract(() if before is None else (_EVERY, *before))
    return {word: number for word, number in changes.items() if number}


@cache
def _counting(dialect: str) -> ReturningInsert[str, int]:
    word, more = pairs(dialect, "more")
    # In order, so that two transactions at once wait for each other, and never in a circle.
    rows = sa.select(word, more).where(sa.true()).order_by(word)
    counted = inserting(dialect, keywords).from_select(["word", "articles"], rows)
    total = keywords.c.articles + counted.excluded.articles
    added = counted.on_conflict_do_update(index_elements=["word"], set_={"articles": total})
    return added.returning(*keywords.c)


@cache
def _counts_of(dialect: str) -> sa.Select[str, int]:
    """Return the statement that asks for the counts of words, however many, as one list."""
    is_there = keywords.c.articles > _written(0)
    query = sa.select(keywords.c.word, keywords.c.articles).where(is_there)
    if dialect == "postgresql":
        asked = sa.bindparam("words", type_=sa.ARRAY(sa.Text))
        return query.where(keywords.c.word == sa.any_(asked))
    listed = sa.func.json_each(sa.bindparam("words", type_=sa.JSON)).table_valued("value")
    return query.where(keywords.c.word.in_(sa.select(listed.c.value)))


@cache
def _noted_of(dialect: str) -> sa.CompoundSelect[str, int]:
    """Return the statement for an article's words, as they are stored, and the count of each."""
    article = sa.bindparam("article", type_=gists.c.article_id.type)
    counted = sa.select(keywords.c.word, keywords.c.articles)
    its = gists.c.article_id == article
    return sa.union_all(
        counted.where(_is_word_of(dialect, article)),
        counted.where(keywords.c.word == _EVERY),
        sa.select(sa.cast(gists.c.words, sa.Text), _written(_IS_GIST)).where(its),
    )


def _is_word_of(dialect: str, article: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Say, in a query of keywords, whether it is one of this article's."""
    its = gists.c.article_id == article
    if dialect == "postgresql":
        listed = sa.select(sa.func.json_object_keys(gists.c.words)).where(its)
        return keywords.c.word == sa.any_(sa.func.array(listed.scalar_subquery()))
    gist = sa.select(gists.c.words).where(its).scalar_subquery()
    return keywords.c.word.in_(sa.select(sa.func.json_each(gist).table_valued("key").c.key))


def nearest(dialect: str, most: int, *conditions: sa.ColumnElement[bool]) -> sa.Select[int, int]:
    """Return the articles that share most of what the query is given as `asked`, with `score`.

    Only such whose mentions meet the conditions.
    """
    word, counts = pairs(dialect, "asked")
    # With the limit PostgreSQL knows that they are few, and looks each up. Else it expects more,
    # and reads all mentions that there are.
    first = sa.select(word.label("word"), counts.label("counts")).limit(_written(_ASKED))
    asked = first.subquery("asked")
    score = sa.func.sum(mentions.c.weight * asked.c.counts).label("score")
    return (
        sa.select(mentions.c.article_id, score)
        .join(asked, asked.c.word == mentions.c.word)
        .where(*conditions)
        .group_by(mentions.c.article_id)
        .order_by(score.desc(), mentions.c.article_id.desc())
        .limit(_written(most))
    )


def _written(number: int) -> sa.ColumnElement[int]:
    """Return a number that stands in the statement: one that is bound, a kept plan cannot know."""
    return sa.literal_column(str(number), sa.Integer)


@cache
def _find(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    near = nearest(dialect, _NEAREST).subquery("near")
    story = sa.func.coalesce(stories.c.story_id, near.c.article_id)
    told = (articles.c.title, articles.c.url, articles.c.published_at)
    at_length = (articles.c.dek, articles.c.summary, sa.cast(articles.c.takeaways, sa.Text))
    words = sa.cast(gists.c.words, sa.Text)
    return (
        sa.select(near.c.article_id, story, gists.c.told_at, words, *told, *at_length)
        .join(gists, gists.c.article_id == near.c.article_id)
        .outerjoin(stories, stories.c.article_id == near.c.article_id)
        .join(articles, articles.c.id == gists.c.article_id)
        .order_by(near.c.score.desc(), near.c.article_id.desc())
    )
