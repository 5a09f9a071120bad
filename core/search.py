"""Search: all that is stored, found by words, page by page."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, gists
from core.articles import Article
from core.keywords import Keywords, words
from core.tables import article_tags, asides, mentions
from core.tables import gists as noted

PAGE = 5
"""How many articles a page shows."""
MOST_WORDS = 8
"""By how many words articles are looked for: the rarest of those that are typed."""
MOST_TAGS = 2
_MOST_READ = 5_000
"""How many mentions are read at most where no article has all the words."""
_MOST_OF_A_WORD = 10_000
"""How many mentions of one word: those in the newest articles."""
_MANY = 2000
"""From how many articles on it is looked up for those of a tag whether they have a word."""
_DEEPEST = 500
"""How many of those that are found can be paged to."""
_MOST_TYPED = 2000
"""How many characters of what is typed are read at all."""
_MOST_DIGITS = 15
_OPTION = re.compile(rf"(page|upto):([0-9]{{1,{_MOST_DIGITS}}})", re.IGNORECASE | re.ASCII)
_ORDERS = {"newest": True, "best": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for, and which part of what is found is wanted."""

    words: tuple[str, ...]
    """As they were typed."""
    tags: tuple[str, ...] = ()
    """Tags that all have."""
    newest: bool = False
    """The newest first, and not the best."""
    page: int = 1
    upto: int = 0
    """The number of the last article there was when it was first asked; 0 if that is now."""

    def typed(self) -> str:
        """Return the words and tags, as they would be typed."""
        return " ".join((*self.words, *(f"#{tag}" for tag in self.tags)))

    def written(self) -> str:
        """Return what is typed to see just this page."""
        order = ("newest",) if self.newest else ()
        return " ".join((*order, f"page:{self.page}", f"upto:{self.upto}", self.typed()))


_Query = sa.Select[int, int]
_Rows = Sequence[sa.Row[int, int]]


@dataclass(frozen=True, slots=True)
class _Look:
    asked: Asked
    tell: Keywords
    """How much each word tells, the rarest first."""
    many: Keywords
    """How many articles have it."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a statement is built for, once."""

    words: int
    tags: int
    newest: bool
    all_words: bool
    tag_first: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found."""

    asked: Asked
    articles: tuple[Article, ...]
    total: int
    is_all: bool
    """There are not more than `total`."""
    have_all_words: bool
    unknown: tuple[str, ...]
    """The typed words that no article has."""
    brief: Asked
    """What finds the same in as few words as can be: those by which it was looked for."""

    @property
    def pages(self) -> int:
        """Return how many pages there are to turn to."""
        return -(-min(self.total, _DEEPEST) // PAGE)


def read(typed: str) -> Asked:
    """Return what is asked by `typed`: options first, then words, of which #these are tags."""
    said = list(dict.fromkeys(typed[:_MOST_TYPED].split()))
    asked = Asked(())
    while said:
        option = _OPTION.fullmatch(said[0])
        if option:
            asked = _with(asked, option[1].lower(), int(option[2]))
        elif said[0].lower() in _ORDERS and len(said) > 1:
            asked = replace(asked, newest=_ORDERS[said[0].lower()])
        else:
            break
        del said[0]
    return replace(asked, words=tuple(said))


def _with(asked: Asked, option: str, number: int) -> Asked:
    if option == "upto":
        return replace(asked, upto=number)
    return replace(asked, page=max(1, min(number, _DEEPEST // PAGE)))


async def find(db: AsyncConnection, asked: Asked) -> Found:
    """Return a page of the articles that have all these words, or else most of them.

    The best first are those of which the words tell most; one that its source withdrew is in no
    page. A page stays the same while others arrive, if it is asked for with `upto`.
    """
    if not asked.upto:
        asked = replace(asked, upto=await db.scalar(_LAST) or 0)
    stems = dict.fromkeys(stem for word in asked.words for stem in words(word))
    known = await gists.known(db, stems)
    unknown = tuple(
        it for it in asked.words if (told := words(it)) and not known.counts.keys() & {*told}
    )
    rarest = sorted(known.rarities, key=lambda it: (-known.rarities[it], it))[:MOST_WORDS]
    if not rarest and (stems or not asked.tags):
        return Found(asked, (), 0, True, False, unknown, asked)
    many = {word: known.counts[word] for word in rarest}
    look = _Look(asked, {word: known.rarities[word] for word in rarest}, many)
    page, rows, all_words = await _looked_up(db, look)
    stored = await articles.by_ids(db, [row.article_id for row in rows])
    return Found(
        replace(asked, page=page),
        tuple(stored[row.article_id] for row in rows),
        rows[0].total if rows else 0,
        is_all=not all_words or _tag_first(look) or _fewest(look) <= _MOST_OF_A_WORD,
        have_all_words=all_words,
        unknown=unknown,
        brief=replace(asked, page=page, words=tuple(_brief(asked.words, rarest))),
    )


def _brief(typed: Sequence[str], stems: Collection[str]) -> Iterator[str]:
    """Give the first of the typed words that is each of these stems."""
    left = {*stems}
    for word in typed:
        if told := left & {*words(word)}:
            left -= told
            yield word


async def _looked_up(db: AsyncConnection, look: _Look) -> tuple[int, _Rows, bool]:
    """Return the rows of a page, its number, and whether they have all the words."""
    page, rows = await _page(db, look, all_words=True)
    if rows or len(look.tell) <= 1:
        return page, rows, True
    page, rows = await _page(db, look, all_words=False)
    return page, rows, False


async def _page(db: AsyncConnection, look: _Look, *, all_words: bool) -> tuple[int, _Rows]:
    """Return the rows of a page, or else of the last there is, and its number."""
    rooms = _rooms(look.many, all_words=all_words)
    tags, newest = len(look.asked.tags), look.asked.newest or not rooms
    query = _searching(_Shape(len(rooms), tags, newest, all_words, _tag_first(look)))
    values, page = _bound(look, rooms), look.asked.page
    rows = await _rows(db, query, values, page)
    if rows or page == 1:
        return page, rows
    # It was typed, or articles went.
    first = await _rows(db, query, values, 1)
    last = -(-min(first[0].total, _DEEPEST) // PAGE) if first else 1
    return last, (await _rows(db, query, values, last) if last > 1 else first)


def _tag_first(look: _Look) -> bool:
    """Say whether fewer articles have the tag than the rarest word, as far as that is known."""
    return bool(look.asked.tags) and _fewest(look) > _MANY


def _fewest(look: _Look) -> int:
    """Return how many articles have the rarest word."""
    return next(iter(look.many.values()), 0)


def _rooms(many: Keywords, *, all_words: bool) -> dict[str, int]:
    """Return how many mentions of each word are read at most, the rarest word first."""
    if all_words:
        # Only those of the first are read: of the others it is looked up who has them too.
        return dict.fromkeys(many, _MOST_OF_A_WORD)
    rooms, left = dict[str, int](), _MOST_READ
    for word, number in many.items():
        if left:
            rooms[word] = min(_MOST_OF_A_WORD, left)
            left -= min(number, rooms[word])
    return rooms


def _bound(look: _Look, rooms: Keywords) -> dict[str, int | str]:
    tell, asked = look.tell, look.asked
    half = -(-sum(tell[word] for word in rooms) // 2)
    values: dict[str, int | str] = {"upto": asked.upto, "half": half}
    for at, word in enumerate(rooms):
        values |= {f"word_{at}": word, f"tells_{at}": tell[word], f"room_{at}": rooms[word]}
    return values | {f"tag_{at}": tag for at, tag in enumerate(asked.tags)}


async def _rows(
    db: AsyncConnection, query: _Query, values: Mapping[str, int | str], page: int
) -> _Rows:
    before = (page - 1) * PAGE
    return (await db.execute(query, {**values, "most": PAGE, "before": before})).all()


_LIGHT = sa.literal_column("50", sa.Integer)  # less than what is among an article's heaviest words
_LAST = sa.select(sa.func.max(noted.c.article_id))
_UPTO = sa.bindparam("upto", type_=sa.BigInteger)


@cache
def _searching(shape: _Shape) -> _Query:
    """Return the statement that finds a page."""
    hits = _hits(shape).cte("hits")
    top = sa.select(sa.func.max(hits.c.share)).scalar_subquery()
    half = sa.bindparam("half", type_=sa.BigInteger)
    # Half of what the words tell, or what there is.
    least = sa.case((top < half, top), else_=half)
    some = sa.select(hits) if shape.all_words else sa.select(hits).where(hits.c.share >= least)
    kept = some.cte("kept")
    total = sa.select(sa.func.count()).select_from(kept).scalar_subquery().label("total")
    if shape.newest:
        # Articles are numbered as they come: hardly one that is left out is newer than these.
        last = sa.select(kept).order_by(kept.c.article_id.desc()).limit(_DEEPEST).subquery("last")
        found = sa.select(last.c.article_id, total)
        found = found.join(noted, noted.c.article_id == last.c.article_id)
        query = found.order_by(noted.c.told_at.desc(), last.c.article_id.desc())
    else:
        best = (kept.c.share.desc(), kept.c.score.desc(), kept.c.article_id.desc())
        query = sa.select(kept.c.article_id, total).order_by(*best)
    most, before = (sa.bindparam(name, type_=sa.Integer) for name in ("most", "before"))
    return query.limit(most).offset(before)


def _hits(shape: _Shape) -> sa.Select[int, int, int]:
    if not shape.words:
        return _by_gists(shape.tags)
    if shape.all_words:
        return _by_all_words(shape)
    return _by_words(shape.words, shape.tags)


def _by_all_words(shape: _Shape) -> sa.Select[int, int, int]:
    """Return what has all the words: looked up for each article that has the rarest, or a tag."""
    first = _newest_tagged() if shape.tag_first else _newest_of(0)
    score: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer)
    if not shape.tag_first:
        score = first.c.weight * _tells(0)
    query = sa.select(first.c.article_id, sa.literal_column("1", sa.Integer).label("share"))
    for at in range(0 if shape.tag_first else 1, shape.words):
        heavy, light = mentions.alias(f"mentions_{at}"), asides.alias(f"asides_{at}")
        for table in (heavy, light):
            is_it = (table.c.told_at == first.c.told_at, table.c.article_id == first.c.article_id)
            query = query.outerjoin(table, sa.and_(table.c.word == _word(at), *is_it))
        query = query.where(sa.or_(heavy.c.word.is_not(None), light.c.word.is_not(None)))
        score += sa.func.coalesce(heavy.c.weight, _LIGHT) * _tells(at)
    tagged = _tagged(first.c.article_id, shape.tags)
    return query.add_columns(score.label("score")).where(*tagged)


def _newest_tagged() -> sa.Subquery:
    of_tag = (
        sa.select(article_tags.c.article_id, noted.c.told_at)
        .join(noted, noted.c.article_id == article_tags.c.article_id)
        .where(article_tags.c.tag == sa.bindparam("tag_0"), article_tags.c.article_id <= _UPTO)
    )
    newest = of_tag.order_by(article_tags.c.article_id.desc())
    return newest.limit(_MOST_OF_A_WORD).subquery("tagged")


def _by_words(many: int, tags: int) -> sa.Select[int, int, int]:
    """Return what has some of the words, and how much of them; weights would take much longer."""
    each = [
        sa.select(newest.c.article_id, _tells(at).label("tells"))
        for at, newest in enumerate(_newest_of(at, weighed=False) for at in range(many))
    ]
    said = sa.union_all(*each).subquery("said")
    share = sa.func.sum(said.c.tells)
    query = sa.select(said.c.article_id, share.label("share"), share.label("score"))
    return query.where(*_tagged(said.c.article_id, tags)).group_by(said.c.article_id)


def _newest_of(at: int, *, weighed: bool = True) -> sa.Subquery:
    room = sa.bindparam(f"room_{at}", type_=sa.Integer)

    def newest(table: sa.Table, weight: sa.ColumnElement[int]) -> sa.Select[*tuple[Any, ...]]:
        said = sa.select(table.c.article_id, table.c.told_at, weight.label("weight"))
        said = said.where(table.c.word == _word(at), table.c.article_id <= _UPTO)
        # In the order of the key, so that only so many are read.
        return said.order_by(table.c.told_at.desc(), table.c.article_id.desc()).limit(room)

    heavy = newest(mentions, mentions.c.weight if weighed else _LIGHT)
    either = sa.union_all(*(sa.select(it.subquery()) for it in (heavy, newest(asides, _LIGHT))))
    in_order = either.order_by(sa.desc("told_at"), sa.desc("article_id"))
    return in_order.limit(room).subquery(f"newest_{at}")


def _word(at: int) -> sa.BindParameter[str]:
    return sa.bindparam(f"word_{at}", type_=mentions.c.word.type)


def _tells(at: int) -> sa.BindParameter[int]:
    return sa.bindparam(f"tells_{at}", type_=sa.BigInteger)


def _by_gists(tags: int) -> sa.Select[int, int, int]:
    """Return what has the tags, whatever it tells. What was withdrawn has no gist."""
    none = sa.literal_column("0", sa.Integer)
    query = sa.select(noted.c.article_id, none.label("share"), none.label("score"))
    return query.where(noted.c.article_id <= _UPTO, *_tagged(noted.c.article_id, tags))


def _tagged(article_id: sa.ColumnElement[int], tags: int) -> list[sa.ColumnElement[bool]]:
    return [
        article_id.in_(
            sa.select(article_tags.c.article_id).where(article_tags.c.tag == sa.bindparam(name))
        )
        for name in (f"tag_{at}" for at in range(tags))
    ]
