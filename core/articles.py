"""Articles: the form of an address that makes two links equal, saving, and finding."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from core import gists, tables, text
from core.db import inserting, pairs
from core.sources import Draft, NamedStory

_TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "igshid", "ref_src", "cmpid")
_LONGEST = {"title": 300, "dek": 500, "summary": 2000, "sentiment": 40, "source_domain": 100}
_LONGEST_POINT = 500
_MOST_POINTS = 20
_MOST_TAGS = 20
_HOTTEST = 100
YOUNG = timedelta(hours=48)
"""How long an article can still be posted where it grows hot enough."""
_LOOK_EVERY = timedelta(hours=1)
_MOST_LOOKS = 10
_articles = tables.articles
_tags = tables.article_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Draft):
    """An article that is stored."""

    id: int
    source: str
    """The name of the source that brought it."""
    first_seen_at: datetime
    edits: int = 0
    """How often its source changed what it tells."""
    also: tuple[str, ...] = ()
    """The domains of others that tell the same story, where it is told with them."""


def with_coverage(article: Article, later: Sequence[Article]) -> Article:
    """Return `article` with the others that tell its story later, as hot as the hottest of them.

    Those that were withdrawn tell nothing any more.
    """
    standing = [other for other in later if not other.retracted]
    if not standing:
        return article
    domains = dict.fromkeys(other.source_domain for other in standing)
    also = tuple(it for it in domains if it and it != article.source_domain)
    heats = [it.heat for it in (article, *standing) if it.heat is not None]
    return replace(article, also=also, heat=max(heats, default=None))


def told_with(
    ids: Sequence[int], also: Sequence[Sequence[int]], known: Mapping[int, Article]
) -> list[Article]:
    """Return the known articles of these ids, each with those in `also` that tell its story.

    `also` has a place for each, or none at all.
    """
    return [
        with_coverage(known[it], [known[other] for other in others])
        for it, others in zip(ids, also or ((),) * len(ids), strict=True)
    ]


def canonical_url(url: str) -> str:
    """Return the form of `url` under which two links to one article are equal."""
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").removeprefix("www.")
    port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    path = quote(unquote(parts.path).rstrip("/"), safe="/~@:!$&'()*+,;=")
    query = urlencode(sorted(p for p in parse_qsl(parts.query) if not _is_tracking(p[0])))
    return f"https://{host}{port}{path}" + (f"?{query}" if query else "")


def web_url(url: str) -> str:
    """Return `url` if a reader can be sent there, else nothing.

    Only http and https lead out; a name or password in the address is taken off.
    """
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    # urlsplit keeps what a browser would guess at; everything odd is written as %XX.
    path = quote(parts.path, safe="/%~@:!$&'*+,;=")
    query = quote(parts.query, safe="/%~@:!$&'*+,;=?")
    host = _host(parts.hostname)
    return f"{parts.scheme}://{host}{port}{path}" + (f"?{query}" if query else "")


def cleaned(draft: Draft) -> Draft:
    """Return `draft` with every text harmless and in bounds, and every address one to go to."""
    return replace(
        draft,
        title=_words("title", draft.title),
        dek=_words("dek", draft.dek),
        summary=_words("summary", draft.summary),
        sentiment=_words("sentiment", draft.sentiment),
        source_domain=_words("source_domain", draft.source_domain),
        url=web_url(draft.url),
        original_url=web_url(draft.original_url),
        image_url=web_url(draft.image_url),
        takeaways=_points(draft.takeaways),
        positives=_points(draft.positives),
        concerns=_points(draft.concerns),
        heat=None if draft.heat is None else max(0, min(_HOTTEST, draft.heat)),
        tags=tuple(dict.fromkeys(draft.tags))[:_MOST_TAGS],
        related=tuple(_named(story) for story in draft.related[:_MOST_POINTS]),
    )


async def store(
    db: AsyncConnection, draft: Draft, *, source: str, now: datetime, is_news: bool = True
) -> Article | None:
    """Store `draft` and return the article, or nothing if it is known or has no title or address.

    Its tags and what it is about are not stored yet: `stories.save_new` does all of it.
    A date in the future counts as now. What `is_news` is posted, and watched while it is young.
    """
    draft = cleaned(draft)
    if not draft.title or not draft.url:
        return None
    if draft.published_at and draft.published_at > now:
        draft = replace(draft, published_at=now)
    row = {
        **_as_row(draft),
        "canonical_url": canonical_url(draft.url),
        "source": source,
        "first_seen_at": now,
        "is_news": is_news,
        "retracted_at": now if draft.retracted else None,
    }
    article_id = (await db.execute(_saving(db.dialect.name), row)).scalar_one_or_none()
    if article_id is None:
        return None
    return stored_as(draft, article_id, source=source, now=now)


@cache
def _saving(dialect: str) -> ReturningInsert[int]:
    return inserting(dialect, _articles).on_conflict_do_nothing().returning(_articles.c.id)


async def retell(db: AsyncConnection, article_id: int, draft: Draft) -> None:
    """Let the article tell what `draft` tells. What `draft` leaves out stays as it was.

    So do the address, by which the article is known, and the date, which is of its first telling.
    """
    draft = cleaned(draft)
    told = {
        name: value
        for name, value in _as_row(draft).items()
        if name not in {"url", "published_at"} and value not in ("", (), [], None)
    }
    await _change(db, article_id, told)
    if draft.tags:
        await db.execute(sa.delete(_tags).where(_tags.c.article_id == article_id))
        await db.execute(tagging(db.dialect.name), tagged_as(article_id, draft.tags))
    told_now = (await by_ids(db, [article_id]))[article_id]
    await gists.note(db, article_id, told_now, told_now.published_at or told_now.first_seen_at)


async def retract(db: AsyncConnection, article_id: int, *, now: datetime) -> None:
    """Note that the article's source no longer stands by it."""
    await _change(db, article_id, {"retracted_at": now})
    await gists.forget(db, article_id)


def stored_as(draft: Draft, article_id: int, *, source: str, now: datetime) -> Article:
    """Return `draft` as the article that it is when it is stored under this number."""
    return Article(**_fields(draft), id=article_id, source=source, first_seen_at=now)


async def by_ids(db: AsyncConnection, ids: Collection[int]) -> dict[int, Article]:
    """Return the articles with these ids, by id."""
    found = await _find(db, sa.select(_articles).where(_articles.c.id.in_(ids)))
    return {article.id: article for article in found}


async def by_url(db: AsyncConnection, url: str) -> Article | None:
    """Return the article whose page or original this address is."""
    same = _articles.c.canonical_url == canonical_url(url)
    page = await _find(db, sa.select(_articles).where(same))
    if page:
        return page[0]
    original = _articles.c.original_url == web_url(url)
    found = await _find(db, sa.select(_articles).where(original, original.is_not(None)).limit(1))
    return found[0] if found and web_url(url) else None


async def latest(db: AsyncConnection, *, tag: str = "", most: int) -> list[Article]:
    """Return the newest articles, of this tag if one is given, newest first.

    None that its source withdrew.
    """
    when = sa.func.coalesce(_articles.c.published_at, _articles.c.first_seen_at)
    standing = sa.select(_articles).where(_articles.c.retracted_at.is_(None))
    query = standing.order_by(when.desc(), _articles.c.id.desc()).limit(most)
    if tag:
        tagged = sa.select(_tags.c.article_id).where(_tags.c.tag == tag)
        query = query.where(_articles.c.id.in_(tagged))
    return await _find(db, query)


async def warmer(
    db: AsyncConnection, told: Mapping[int, int], *, source: str | None, now: datetime
) -> list[tuple[Article, int]]:
    """Return those of these articles whose heat is told to be another, with the one now told.

    Only what is news and young, and of this source, or of any.
    """
    at = _articles.c
    young = (at.id.in_(told), at.first_seen_at > now - YOUNG, at.is_news)
    query = sa.select(_articles).where(*young, at.retracted_at.is_(None))
    found = await _find(db, query if source is None else query.where(at.source == source))
    return [(it, told[it.id]) for it in found if it.heat != told[it.id]]


async def set_heat(db: AsyncConnection, article_id: int, heat: int) -> None:
    """Let the article be this hot."""
    await db.execute(sa.update(_articles).where(_articles.c.id == article_id).values(heat=heat))


async def to_look_at(db: AsyncConnection, ids: Collection[int], *, now: datetime) -> set[int]:
    """Return those of these articles that are young, and to be read again for their heat.

    Each about once an hour, and never many at once.
    """
    at = _articles.c
    young = (at.id.in_(ids), at.is_news, at.first_seen_at > now - YOUNG)
    last = sa.func.coalesce(at.looked_at, at.first_seen_at)
    due = sa.select(at.id).where(*young, last < now - _LOOK_EVERY).order_by(last).limit(_MOST_LOOKS)
    return set((await db.scalars(due)).all())


async def note_look(db: AsyncConnection, ids: Collection[int], *, now: datetime) -> None:
    """Note that these articles are read again now."""
    looked = sa.update(_articles).where(_articles.c.id.in_(ids))
    await db.execute(looked.values(looked_at=now))


async def edits_of(db: AsyncConnection, ids: Collection[int]) -> dict[int, int]:
    """Return how often each of these articles was changed, by id."""
    query = sa.select(_articles.c.id, _articles.c.edits).where(_articles.c.id.in_(ids))
    return {row.id: row.edits for row in await db.execute(query)}


async def ids_by_url(db: AsyncConnection, urls: Collection[str]) -> dict[str, int]:
    """Return the numbers of those articles whose pages these addresses are, by address."""
    forms = {url: canonical_url(web) for url in urls if (web := web_url(url))}
    found = await db.execute(_IDS_BY_FORM, {"forms": sorted(set(forms.values()))})
    stored = {row.canonical_url: row.id for row in found}
    return {url: stored[form] for url, form in forms.items() if form in stored}


# Built once, as each new article asks for it.
_IDS_BY_FORM = sa.select(_articles.c.canonical_url, _articles.c.id).where(
    _articles.c.canonical_url.in_(sa.bindparam("forms", expanding=True))
)


async def taught_tags(db: AsyncConnection) -> dict[str, int]:
    """Return every tag that an article carries, with how many carry it."""
    query = sa.select(_tags.c.tag, sa.func.count().label("articles")).group_by(_tags.c.tag)
    return {row.tag: row.articles for row in await db.execute(query)}


def _is_tracking(name: str) -> bool:
    return name.lower().startswith(_TRACKING)


def _host(host: str) -> str:
    # A name that mixes scripts to look like another shows what it is.
    name = host if host.isascii() else host.encode("idna").decode()
    return f"[{name}]" if ":" in name else name


def _words(name: str, words: str) -> str:
    return text.clip(text.clean(words), _LONGEST[name])


def _points(points: Iterable[str]) -> tuple[str, ...]:
    short = (text.clip(text.clean(point), _LONGEST_POINT) for point in points)
    return tuple(point for point in short if point)[:_MOST_POINTS]


def _named(story: NamedStory) -> NamedStory:
    title, dek = _words("title", story.title), _words("dek", story.dek)
    return replace(story, title=title, dek=dek, url=web_url(story.url))


def _fields(draft: Draft) -> dict[str, Any]:
    # A guid is one source's name for what several may bring: it is kept beside the article.
    told = (field.name for field in fields(Draft) if field.name != "guid")
    return {name: getattr(draft, name) for name in told}


def _as_row(draft: Draft) -> dict[str, Any]:
    row = _fields(draft)
    del row["tags"], row["retracted"]
    row["related"] = [
        asdict(story) | {"published_at": story.published_at and story.published_at.isoformat()}
        for story in draft.related
    ]
    return row


async def _change(db: AsyncConnection, article_id: int, told: dict[str, Any]) -> None:
    changed = sa.update(_articles).where(_articles.c.id == article_id)
    await db.execute(changed.values(**told, edits=_articles.c.edits + 1))


@cache
def tagging(dialect: str) -> sa.Insert:
    """Return what stores the tags of an article."""
    tag, place = pairs(dialect, "tags")
    row = sa.select(sa.bindparam("article", type_=_tags.c.article_id.type), tag, place)
    return sa.insert(_tags).from_select(["article_id", "tag", "place"], row)


def tagged_as(article_id: int, tags: Sequence[str]) -> dict[str, object]:
    """Return the values with which `tagging` stores its tags, in their order."""
    return {"article": article_id, "tags": {tag: place for place, tag in enumerate(tags)}}


async def _find(db: AsyncConnection, query: sa.Select[Any]) -> list[Article]:
    rows = (await db.execute(query)).mappings().all()
    tags = await _tags_of(db, [row["id"] for row in rows])
    return [_from_row(dict(row), tags[row["id"]]) for row in rows]


async def _tags_of(db: AsyncConnection, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    query = sa.select(_tags).where(_tags.c.article_id.in_(ids)).order_by(_tags.c.place)
    tags: dict[int, tuple[str, ...]] = dict.fromkeys(ids, ())
    for row in await db.execute(query):
        tags[row.article_id] += (row.tag,)
    return tags


def _from_row(row: dict[str, Any], tags: tuple[str, ...]) -> Article:
    del row["canonical_url"], row["is_news"], row["looked_at"]
    row["retracted"] = row.pop("retracted_at") is not None
    for name in ("takeaways", "positives", "concerns"):
        row[name] = tuple(row[name])
    row["related"] = tuple(_story_from_row(story) for story in row["related"])
    return Article(**row, tags=tags)


def _story_from_row(row: dict[str, Any]) -> NamedStory:
    day = row["published_at"]
    return NamedStory(**row | {"published_at": day and datetime.fromisoformat(day)})
