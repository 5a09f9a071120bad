"""Stories about the same thing: those that a page names, then those that tell most of the same."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import gists, stories
from core.articles import Article, canonical_url
from core.gists import FoundStory, Known
from core.keywords import Keywords, typed, words
from core.sources import NamedStory
from core.tables import articles as stored
from core.tables import stories as told

MOST = 5
"""How many related stories are shown."""
_ENOUGH = 0.18
"""How much of what an article tells, from 0 to 1, another must tell to be related to it."""
_ENOUGH_OF_WORDS = 0.3
"""How much of what typed words tell must stand in an article."""
_A_STEP = 0.4
"""How much of what an article tells is told by the steps before and after it."""
_COMPARED = 15
"""How many of the articles found, without its own story, are compared by all their words."""
_TELLING = 100
"""How rare a name must be to say why: less than in one article of three."""
_MOST_OF_A_NAME = 2
_CAPITAL, _SMALL = (
    "[A-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f]",
    "[a-z\u00df-\u00ff\u03b1-\u03c9\u0430-\u044f]",
)
# Capitals within a sentence. In a title, and where a sentence begins, they say nothing.
_NAMES = re.compile(
    rf"{_CAPITAL}(?:(?<={_SMALL} .)|(?<={_SMALL}[,;] .))[^\W_]*(?: {_CAPITAL}[^\W_]*)*"
)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a story is related: `kind`, and the name or the tag that is meant."""

    kind: Literal["named", "earlier", "later", "name", "tag", "alike", "all words", "some words"]
    of: str = ""


@dataclass(frozen=True, slots=True)
class RelatedStory:
    """A related story, stored or only named by a page, and why it is shown."""

    title: str
    url: str
    published_at: datetime | None
    why: Why


class Near(NamedTuple):
    """A stored article, and how near it is to what was asked."""

    found: FoundStory
    words: Keywords
    score: int
    share: float
    """How much of what was asked it tells, from 0 to 1."""
    is_related: bool
    """It is near enough to be shown."""

    @property
    def article_id(self) -> int:
        """Return the number of the article."""
        return self.found.article_id


@dataclass(frozen=True, slots=True)
class _Around:
    """What lies around an article."""

    near: Sequence[Near]
    own_story: int
    rarities: Keywords
    tell: Keywords
    """How much each of the article's words tells, where another has it too."""


async def to_article(db: AsyncConnection, article: Article) -> list[RelatedStory]:
    """Return at most five stories related to `article`, best first, and never itself.

    None that tells its own story, and none at all where nothing is near enough.
    """
    around = await _around(db, article)
    named = await _named(db, article, around.own_story)
    near = [it for it in around.near if it.is_related][: 2 * MOST]
    titles = {story.title for story in named} | {article.title}
    others = [it for it in near if it.found.title not in titles]
    why = _Reasons(article, around)
    shown = [_story(it.found, why.of(it)) for it in others[:MOST]]
    return (named + shown)[:MOST]


async def to_words(db: AsyncConnection, text: str) -> list[RelatedStory]:
    """Return at most five stories that hold most of what the words in `text` tell, best first."""
    near = [it for it in await nearest_to_words(db, text) if it.is_related][:MOST]
    asked = {*typed(text)}
    return [
        _story(it.found, Why("all words" if asked <= it.words.keys() else "some words"))
        for it in near
    ]


async def nearest(db: AsyncConnection, article: Article) -> Sequence[Near]:
    """Return the articles that tell most of what `article` tells, and not its own story."""
    return (await _around(db, article)).near


async def nearest_to_words(db: AsyncConnection, text: str) -> Sequence[Near]:
    """Return the articles that tell most of what these words do."""
    known = await gists.known(db, typed(text))
    found = await gists.find(db, known.rarities, known)
    return _in_order(_near_words(it, known.rarities) for it in found)


async def _around(db: AsyncConnection, article: Article) -> _Around:
    asked, known = await gists.noted(db, article.id) or await _told(db, article)
    tell = known.tell(asked)
    found = await gists.find(db, tell, known)
    own = next((it.story_id for it in found if it.article_id == article.id), None)
    own_story = own or await stories.story_of(db, article.id)
    all_of_it = sum(asked[word] * tells for word, tells in tell.items())
    others = [it for it in found if it.article_id != article.id and it.story_id != own_story]
    near = _in_order(_near(it, tell, all_of_it) for it in others[:_COMPARED])
    return _Around(near, own_story, known.rarities, tell)


async def _told(db: AsyncConnection, article: Article) -> tuple[Keywords, Known]:
    """Return the words of an article of which nothing is noted, as it is withdrawn."""
    asked = gists.words_of(article)
    return asked, await gists.known(db, asked)


def _near(found: FoundStory, tell: Keywords, all_of_it: int) -> Near:
    theirs: Keywords = json.loads(found.words_json)
    score = sum(theirs[word] * tell[word] for word in theirs.keys() & tell.keys())
    share = score / all_of_it
    return Near(found, theirs, score, share, share >= _ENOUGH)


def _near_words(found: FoundStory, rarities: Keywords) -> Near:
    theirs: Keywords = json.loads(found.words_json)
    common = rarities.keys() & theirs.keys()
    score = sum(theirs[word] * rarities[word] for word in common)
    share = sum(rarities[word] for word in common) / sum(rarities.values())
    return Near(found, theirs, score, share, share >= _ENOUGH_OF_WORDS)


def _in_order(near: Iterable[Near]) -> list[Near]:
    """Return the nearest first. How old they are decides only between equals."""
    return sorted(near, key=_how_near, reverse=True)


def _how_near(near: Near) -> tuple[int, datetime, int]:
    return near.score, near.found.told_at, near.found.article_id


async def _named(db: AsyncConnection, article: Article, own_story: int) -> list[RelatedStory]:
    """Return the stories that the page names, as we have them where we do.

    Without those that tell its own story, and those that their sources withdrew.
    """
    rows = await _as_stored(db, article.related) if article.related else []
    by_address = {row.canonical_url: row for row in rows}
    by_title = {row.title: row for row in reversed(rows)}
    named = list[RelatedStory]()
    for story in article.related:
        row = by_address.get(canonical_url(story.url)) or by_title.get(story.title)
        is_other = row is None or (row.id != article.id and row.story_id != own_story)
        if is_other and not (row and row.retracted_at):
            url = row.url if row else story.url
            named.append(RelatedStory(story.title, url, story.published_at, Why("named")))
    return named


async def _as_stored(
    db: AsyncConnection, named: Collection[NamedStory]
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    titles = [story.title for story in named]
    forms = [canonical_url(story.url) for story in named if story.url]
    return (await db.execute(_AS_STORED, {"titles": titles, "forms": forms})).all()


_AS_STORED = (
    sa.select(stored.c.id, stored.c.title, stored.c.url, stored.c.canonical_url)
    .add_columns(stored.c.retracted_at, told.c.story_id)
    .outerjoin(told, told.c.article_id == stored.c.id)
    .where(
        sa.or_(
            stored.c.title.in_(sa.bindparam("titles", expanding=True)),
            stored.c.canonical_url.in_(sa.bindparam("forms", expanding=True)),
        )
    )
    .order_by(stored.c.id)
)


class _Reasons:
    """Why others are related to an article, by what each of its words tells."""

    def __init__(self, article: Article, around: _Around) -> None:
        self._around = around
        self._told_at = article.published_at or article.first_seen_at
        self._title = {*words(article.title)}
        self._names = _names(article.dek, article.summary, *article.takeaways)

    def of(self, near: Near) -> Why:
        """Return why the article is related."""
        if near.share >= _A_STEP:
            return Why("earlier" if near.found.told_at <= self._told_at else "later")
        common = near.words.keys() & self._around.tell.keys()
        if name := self._name(near, common):
            return Why("name", name)
        tag = self._most_telling(near, (word for word in common if word.startswith("#")))
        return Why("tag", tag[1:]) if tag else Why("alike")

    def _name(self, near: Near, common: set[str]) -> str:
        """Return the name that tells most of those that both say, or nothing."""
        found = near.found
        theirs = _names(found.dek, found.summary, *json.loads(found.takeaways_json))
        in_both = self._names.keys() & theirs.keys() | self._title & {*words(found.title)}
        named = common & in_both & (theirs.keys() | self._names.keys())
        rarities = self._around.rarities
        word = self._most_telling(near, (word for word in named if rarities[word] >= _TELLING))
        name = theirs.get(word) or self._names.get(word, "")
        # Of a name of two words both have to stand in both.
        is_whole = {*words(name)} <= common
        return name if is_whole else _part(name, word)

    def _most_telling(self, near: Near, of: Iterable[str]) -> str:
        """Return the one of these words that tells most, or nothing if there are none."""
        tell = self._around.tell
        return min(of, key=lambda word: (-near.words[word] * tell[word], word), default="")


def _part(name: str, word: str) -> str:
    return next(part for part in name.split() if word in words(part))


def _names(*told: str) -> dict[str, str]:
    """Return the names that stand in these sentences, by each of their words as it is compared."""
    names = dict[str, str]()
    for match in _NAMES.finditer(" ".join(told)):
        parts = match.group().split()
        whole = match.group() if len(parts) <= _MOST_OF_A_NAME else ""
        names |= {word: whole or part for part in parts if (word := _as_compared(part))}
    return names


@lru_cache(maxsize=4096)
def _as_compared(part: str) -> str:
    # Kept, as the names in the news are mostly the same.
    return next(iter(words(part)), "")


def _story(found: FoundStory, why: Why) -> RelatedStory:
    return RelatedStory(found.title, found.url, found.published_at, why)
