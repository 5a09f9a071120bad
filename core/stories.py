"""Stories: which articles tell the same. Decided when an article arrives, and never too freely.

A wrong story hides news; a missed one only tells it twice. So an article has to be like all that
tell a story: were one enough, a single article about two things would join two stories.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import cache
from statistics import fmean
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import gists
from core.articles import Article, canonical_url
from core.db import inserting
from core.gists import Found
from core.keywords import Keywords, likeness, shared, without_tags
from core.sources import Draft
from core.tables import articles as stored
from core.tables import gists as noted
from core.tables import stories

WITHIN = timedelta(hours=96)
"""How far from the nearest article of a story another can still tell the same."""
_ALIKE = 0.34
"""How alike, from 0 to 1, an article must be to those of a story, on the mean of them all."""
_LATER = 0.06
"""How much more where `WITHIN` lies between: what comes later is more often the next step."""
_WORTH_COMPARING = 0.15
"""How much of an article must be found again in another for the two to be compared at all."""


async def join(db: AsyncConnection, article: Article) -> int:
    """Put an article into the story that it tells, and return the number of the story.

    That is the article's own number where no other told the same before. Asked again it is decided
    anew, which is only for an article whose story nobody joined.
    """
    original = canonical_url(article.original_url) if article.original_url else ""
    told = {"itself": article.id, "page": canonical_url(article.url), "original": original}
    told |= {"outlet": outlet(article)}
    story: int = (await db.execute(_joining(db.dialect.name), told)).scalar_one()
    if story == article.id and (found := await _by_words(db, article)):
        move = sa.update(stories).where(stories.c.article_id == article.id)
        await db.execute(move.values(story_id=found))
        return found
    return story


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
    .where(stories.c.article_id.in_(_SAME_ADDRESS), stories.c.article_id != sa.bindparam("itself"))
    .order_by(stories.c.article_id)
    .limit(1)
)


@cache
def _joining(dialect: str) -> sa.Insert:
    """Return the statement that puts an article into the story of the first with its address.

    Its own, if there is none. Looked up and noted at one go, as each statement takes its time.
    """
    itself, original, outlet = (
        sa.bindparam(name, type_=column.type)
        for name, column in (
            ("itself", stories.c.article_id),
            ("original", stories.c.original),
            ("outlet", stories.c.outlet),
        )
    )
    story = sa.func.coalesce(_WITH_ADDRESS.scalar_subquery(), itself)
    row = sa.select(itself, story, original, outlet).where(sa.true())
    names = ["article_id", "story_id", "original", "outlet"]
    joined = inserting(dialect, stories).from_select(names, row)
    anew = {name: joined.excluded[name] for name in names[1:]}
    joined = joined.on_conflict_do_update(index_elements=["article_id"], set_=anew)
    return joined.returning(stories.c.story_id)


async def _by_words(db: AsyncConnection, article: Article) -> int | None:
    """Return the story whose articles this one is most like, if it is like enough."""
    words = without_tags(gists.words_of(article))
    told_at = article.published_at or article.first_seen_at
    known = await gists.known(db, words)
    first, last = told_at - WITHIN, told_at + WITHIN
    tell = known.tell(words)
    found = await gists.find_between(db, tell, known, first=first, last=last)
    least = _WORTH_COMPARING * shared(words, words, known.rarities)
    near = {
        it.story_id
        for it in found
        if it.article_id != article.id and shared(words, it.words, known.rarities) > least
    }
    told = await _told(db, near, article)
    all_words = words.keys() | (word for one in told for word in one.words)
    rarities = (await gists.known(db, all_words)).rarities if told else {}
    return _likest(Found(article.id, article.id, told_at, words), told, rarities)


async def _told(db: AsyncConnection, story_ids: Collection[int], new: Article) -> list[Found]:
    """Return every article of these stories, but for those that its outlet told already.

    What an outlet tells next is more often the next step than the same again.
    """
    if not story_ids:
        return []
    asked = {"stories": list(story_ids), "outlet": outlet(new), "itself": new.id}
    rows = await db.execute(_TOLD, asked)
    return [Found(row[0], row[1], row[2], without_tags(row[3])) for row in rows]


_theirs = stories.alias("theirs")
_TOLD_BY_IT = sa.exists().where(
    _theirs.c.story_id == stories.c.story_id,
    _theirs.c.outlet == sa.bindparam("outlet"),
    _theirs.c.article_id != sa.bindparam("itself"),
)
_TOLD = (
    sa.select(stories.c.article_id, stories.c.story_id, noted.c.told_at, noted.c.words)
    .join(noted, noted.c.article_id == stories.c.article_id)
    .where(stories.c.story_id.in_(sa.bindparam("stories", expanding=True)), ~_TOLD_BY_IT)
    .order_by(stories.c.article_id)
)


def _likest(new: Found, told: Collection[Found], rarities: Keywords) -> int | None:
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


def _likeness(new: Found, one: Found, rarities: Keywords) -> float:
    """Return how alike the two are, less what the time between them takes away."""
    lies_between = abs(new.told_at - one.told_at) / WITHIN
    return likeness(new.words, one.words, rarities) - _LATER * lies_between
