"""Stories: which articles tell the same. Decided when an article arrives, and never too freely.

A wrong story hides news; a missed one only tells it twice. So an article has to be like all that
tell a story: were one enough, a single article about two things would join two stories.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from statistics import fmean
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from core import articles, gists
from core.articles import Article, canonical_url
from core.db import insert_at_one_go
from core.keywords import Keywords, likeness, shared, without_tags
from core.sources import Draft
from core.tables import articles as stored
from core.tables import gists as noted
from core.tables import mentions, stories

WITHIN = timedelta(hours=96)
"""How far from the nearest article of a story another can still tell the same."""
_ALIKE = 0.34
"""How alike, from 0 to 1, an article must be to those of a story, on the mean of them all."""
_LATER = 0.06
"""How much more where `WITHIN` lies between: what comes later is more often the next step."""
_NEAREST = 10
"""How many of the articles found by their words are worth to be compared by all of them."""
_WORTH_COMPARING = 0.15
"""How much of an article must be found again in another for the two to be compared at all."""


async def save_new(
    db: AsyncConnection, draft: Draft, *, source: str, now: datetime, is_news: bool = True
) -> Article | None:
    """Store `draft` with what it is about, and put it into the story that it tells.

    Returns the article, or nothing if it is known or has no title or address.
    """
    article = await articles.store(db, draft, source=source, now=now, is_news=is_news)
    if article:
        await _join(db, article)
    return article


async def _join(db: AsyncConnection, article: Article) -> None:
    """Store the tags of a new article and what it is about, and put it into its story.

    That is one of its own where no other told the same before.
    """
    dialect, original = db.dialect.name, article.original_url
    values = articles.tagged_as(article.id, article.tags)
    values |= {"page": canonical_url(article.url), "outlet": outlet(article)}
    values |= {"original": canonical_url(original) if original else ""}
    noting: tuple[sa.Insert, ...] = ()
    if not article.retracted:
        noting = gists.noting(dialect)
        values |= gists.noted_as(article.id, article, article.published_at or article.first_seen_at)
    each = (*noting, articles.tagging(dialect), _joining())
    *counts, [[story]] = await insert_at_one_go(db, each, values)
    counted = {word: number for rows in counts for word, number in rows}
    if story == article.id and (found := await _by_words(db, article, counted)):
        move = sa.update(stories).where(stories.c.article_id == article.id)
        await db.execute(move.values(story_id=found))


def outlet(draft: Draft) -> str:
    """Return the domain of whoever tells an article, as far as it is known."""
    told_at = urlsplit(draft.original_url or draft.url).hostname
    return (draft.source_domain or told_at or "").lower().removeprefix("www.")


async def story_of(db: AsyncConnection, article_id: int) -> int:
    """Return the number of the story that the article tells."""
    query = sa.select(stories.c.story_id).where(stories.c.article_id == article_id)
    found: int | None = await db.scalar(query)
    return found or article_id


async def tellers(db: AsyncConnection, story_id: int) -> Sequence[int]:
    """Return the numbers of the articles that tell this story, in the order in which they came."""
    query = sa.select(stories.c.article_id).where(stories.c.story_id == story_id)
    return (await db.scalars(query.order_by(stories.c.article_id))).all()


# As a literal, not a parameter: else the partial index would not be used.
_HAS_ORIGINAL = stories.c.original != sa.literal_column("''")
_ADDRESSES: Sequence[sa.BindParameter[str]] = (sa.bindparam("page"), sa.bindparam("original"))
_SAME_ADDRESS = sa.union(
    sa.select(stored.c.id).where(stored.c.canonical_url.in_(_ADDRESSES)),
    sa.select(stories.c.article_id).where(_HAS_ORIGINAL, stories.c.original.in_(_ADDRESSES)),
)
_WITH_ADDRESS = (
    sa.select(stories.c.story_id)
    .where(stories.c.article_id.in_(_SAME_ADDRESS), stories.c.article_id != sa.bindparam("article"))
    .order_by(stories.c.article_id)
    .limit(1)
)


@cache
def _joining() -> ReturningInsert[int]:
    """Return the statement that puts an article into the story of the first with its address.

    Its own, if there is none. Looked up and noted at one go, as each statement takes its time.
    """
    itself, original, outlet = (
        sa.bindparam(name, type_=column.type)
        for name, column in (
            ("article", stories.c.article_id),
            ("original", stories.c.original),
            ("outlet", stories.c.outlet),
        )
    )
    story = sa.func.coalesce(_WITH_ADDRESS.scalar_subquery(), itself)
    row = sa.select(itself, story, original, outlet)
    names = ["article_id", "story_id", "original", "outlet"]
    return sa.insert(stories).from_select(names, row).returning(stories.c.story_id)


class _Told(NamedTuple):
    """An article of a story that another could tell, too."""

    article_id: int
    story_id: int
    told_at: datetime
    words: Keywords


async def _by_words(db: AsyncConnection, article: Article, counts: Mapping[str, int]) -> int | None:
    """Return the story whose articles this one is most like, if it is like enough."""
    words = without_tags(gists.words_of(article))
    known = gists.known_by(counts, words)
    if not (asked := gists.asked(known.tell(words), known)):
        return None
    new = _Told(article.id, article.id, article.published_at or article.first_seen_at, words)
    least = _WORTH_COMPARING * shared(words, words, known.rarities)
    told = await _told(db, article, asked, new.told_at)
    near = {
        one.story_id
        for is_found, one in told
        if is_found and shared(words, one.words, known.rarities) > least
    }
    compared = [one for _, one in told if one.story_id in near]
    all_words = words.keys() | (word for one in compared for word in one.words)
    rarities = (await gists.known(db, all_words)).rarities if compared else {}
    return _likest(new, compared, rarities)


async def _told(
    db: AsyncConnection, new: Article, asked: Keywords, told_at: datetime
) -> list[tuple[bool, _Told]]:
    """Return every article of the stories of those found by these words, and whether it was found.

    But for the stories that its outlet told already: what an outlet tells next is more often the
    next step than the same again.
    """
    values = {"asked": asked, "outlet": outlet(new), "itself": new.id}
    values |= {"first": told_at - WITHIN, "last": told_at + WITHIN}
    rows = await db.execute(_of_stories_found(db.dialect.name), values)
    return [
        (bool(found), _Told(number, story, at, without_tags(words)))
        for found, number, story, at, words in rows.all()
    ]


@cache
def _of_stories_found(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    first, last = (sa.bindparam(it, type_=mentions.c.told_at.type) for it in ("first", "last"))
    near = gists.nearest(dialect, _NEAREST, mentions.c.told_at.between(first, last)).cte("near")
    found, theirs = stories.alias("found"), stories.alias("theirs")
    those = sa.select(found.c.story_id).join(near, near.c.article_id == found.c.article_id)
    told_by_it = sa.exists().where(
        theirs.c.story_id == stories.c.story_id,
        theirs.c.outlet == sa.bindparam("outlet"),
        theirs.c.article_id != sa.bindparam("itself"),
    )
    is_found = stories.c.article_id.in_(sa.select(near.c.article_id))
    return (
        sa.select(is_found, stories.c.article_id, stories.c.story_id)
        .add_columns(noted.c.told_at, noted.c.words)
        .join(noted, noted.c.article_id == stories.c.article_id)
        .where(stories.c.story_id.in_(those), stories.c.article_id != sa.bindparam("itself"))
        .where(~told_by_it)
        .order_by(stories.c.article_id)
    )


def _likest(new: _Told, told: Collection[_Told], rarities: Keywords) -> int | None:
    each: dict[int, list[float]] = {}
    distances: dict[int, list[timedelta]] = {}
    for one in told:
        each.setdefault(one.story_id, []).append(_likeness(new, one, rarities))
        distances.setdefault(one.story_id, []).append(abs(new.told_at - one.told_at))
    alike = [
        (mean, -story)
        for story, found in each.items()
        if min(distances[story]) <= WITHIN and (mean := fmean(found)) >= _ALIKE
    ]
    return -max(alike)[1] if alike else None


def _likeness(new: _Told, one: _Told, rarities: Keywords) -> float:
    """Return how alike the two are, less what the time between them takes away."""
    lies_between = abs(new.told_at - one.told_at) / WITHIN
    return likeness(new.words, one.words, rarities) - _LATER * lies_between
