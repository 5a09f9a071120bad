"""Stories about the same thing: those that the page names, then those that share most tags."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles
from core.articles import Article
from core.sources import NamedStory
from core.tables import article_tags
from core.tables import articles as stored

MOST = 5
_ENOUGH_LETTERS = 3
_MOST_WORDS = 12
_TIME = sa.func.coalesce(stored.c.published_at, stored.c.first_seen_at)


@dataclass(frozen=True, slots=True)
class RelatedStory:
    """A related story, stored or only named by a page, and why it is shown."""

    title: str
    url: str
    published_at: datetime | None
    why: str


async def to_article(db: AsyncConnection, article: Article) -> list[RelatedStory]:
    """Return at most five stories related to `article`, best first, and never itself."""
    told = [await _as_stored(db, story) for story in article.related]
    named = [story for story in told if story]
    titles = {story.title for story in named} | {article.title}
    shared = [s for s in await _sharing_tags(db, article) if s.title not in titles]
    return (named + shared)[:MOST]


async def to_words(db: AsyncConnection, words: str) -> list[RelatedStory]:
    """Return at most five stories whose title, summary or tags hold most of `words`."""
    spoken = (word.strip("#.,?!\"'") for word in words.lower().split())
    wanted = [word for word in spoken if len(word) >= _ENOUGH_LETTERS]
    if not wanted:
        return []
    hits = sum(sa.cast(_holds(word), sa.Integer) for word in wanted[:_MOST_WORDS])
    score = sa.type_coerce(hits, sa.Integer).label("score")
    query = (
        sa.select(stored.c.id, score)
        .where(stored.c.retracted_at.is_(None), sa.or_(*map(_holds, wanted[:_MOST_WORDS])))
        .order_by(score.desc(), _TIME.desc(), stored.c.id.desc())
        .limit(MOST)
    )
    found = await _in_order(db, [row.id for row in await db.execute(query)])
    return [_story(article, "same words") for article in found]


def _holds(word: str) -> sa.ColumnElement[bool]:
    tagged = sa.select(article_tags.c.article_id).where(
        article_tags.c.article_id == stored.c.id, article_tags.c.tag == word
    )
    return sa.or_(
        sa.func.lower(stored.c.title).contains(word, autoescape=True),
        sa.func.lower(stored.c.summary).contains(word, autoescape=True),
        tagged.exists(),
    )


async def _as_stored(db: AsyncConnection, story: NamedStory) -> RelatedStory | None:
    """Return the story as we have it, if we do: that knows where it stands.

    Nothing if its source withdrew it.
    """
    same = sa.select(stored.c.url, stored.c.retracted_at).where(stored.c.title == story.title)
    row = (await db.execute(same.limit(1))).first()
    if row and row.retracted_at:
        return None
    url = row.url if row else story.url
    return RelatedStory(story.title, url, story.published_at, "named by the page")


async def _sharing_tags(db: AsyncConnection, article: Article) -> list[RelatedStory]:
    if not article.tags:
        return []
    found = await _in_order(db, await _ids_sharing(db, article))
    return [_story(other, _why(article.tags, other.tags)) for other in found]


async def _ids_sharing(db: AsyncConnection, article: Article) -> Sequence[int]:
    tag = article_tags.c
    query: sa.Select[Any] = (
        sa.select(tag.article_id)
        .join(stored, stored.c.id == tag.article_id)
        .where(tag.tag.in_(article.tags), tag.article_id != article.id)
        .where(stored.c.retracted_at.is_(None))
        .group_by(tag.article_id, _TIME)
        .order_by(sa.func.count().desc(), _TIME.desc(), tag.article_id.desc())
        .limit(MOST * 2)
    )
    return (await db.scalars(query)).all()


async def _in_order(db: AsyncConnection, ids: Sequence[int]) -> list[Article]:
    found = await articles.by_ids(db, ids)
    return [found[article_id] for article_id in ids]


def _why(ours: Collection[str], theirs: Collection[str]) -> str:
    return f"also #{next(tag for tag in ours if tag in theirs)}"


def _story(article: Article, why: str) -> RelatedStory:
    return RelatedStory(article.title, article.url, article.published_at, why)
