"""Takes articles in: reads a source, saves what is new, queues its deliveries."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, edits, outbox, subscriptions
from core.articles import Article
from core.db import Database, insert
from core.sources import Draft, Marks, Memory, Reading, Source
from core.tables import fanouts, sources

log = logging.getLogger(__name__)

_FIRST_WIDTH = {"sqlite": 20_000, "postgresql": 1500}
"""How many ids of addresses the first part of a fan-out covers."""
_NARROWEST, _WIDEST = 500, 20_000
_IDEAL = timedelta(milliseconds=22)
"""How long a part may take: half of what a transaction may, as some take longer than the last."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one look at a source brought."""

    articles: tuple[Article, ...] = ()
    deliveries: int = 0
    problems: tuple[str, ...] = ()
    was_first: bool = False
    """It was the first reading: the articles are stored, and nothing of them is posted."""


class Intake:
    """Reads sources and takes their articles in."""

    def __init__(
        self,
        database: Database,
        *,
        known_tags: Collection[str] = (),
        posts_newest_of_new_source: bool = False,
        when_queued: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._known_tags = frozenset(known_tags)
        self._posts_newest = posts_newest_of_new_source
        self._when_queued = when_queued

    async def poll(self, source: Source, now: datetime) -> Taken:
        """Take in what `source` has that is new. Raises `SourceError`; then nothing changed."""
        reading = await source.fetch(await self._memory(source.name))
        if reading.unchanged:
            return Taken()
        async with self._database.read() as db:
            is_first = await _marks(db, source.name) is None
        if is_first:
            taken = await self._take_first(source.name, reading, now)
        else:
            taken = await self._take_next(source.name, reading, now)
        return replace(taken, problems=reading.problems)

    async def take_all_of(self, source: Source, now: datetime, *, quiet: bool) -> Taken:
        """Take in all that `source` has and that is new, as if it had been read before.

        `quiet` stores the articles and posts nothing of them. Raises `SourceError`.
        """
        reading = await source.fetch(await self._memory(source.name))
        drafts = _oldest_first(reading.drafts)
        if quiet:
            taken = Taken(await self._store(source.name, drafts, now))
        else:
            taken = await self._take_all(source.name, drafts, now, by_hand=True)
        return replace(taken, problems=reading.problems)

    async def take_in(
        self, draft: Draft, *, source: str, now: datetime, by_hand: bool = False
    ) -> tuple[Article, int] | None:
        """Save a new article with its deliveries, and return it with their number.

        Nothing is returned of one that is known, whose posts are edited if its source changed it,
        or that was withdrawn already. What is taken in `by_hand` may change any source's article.

        One transaction for all, unless its followers are more than fit in a short one: then each
        part of them is a transaction, and what is missing is known and made up for.
        """
        async with self._database.write() as db:
            article = await articles.save_new(db, draft, source=source, now=now)
            if article is None:
                await _amend(db, draft, None if by_hand else source, now)
            if article is None or article.retracted:
                return None
            fanout = await _begin(db, article, now)
        queued = fanout.queued
        while fanout.after is not None:
            fanout = await self._go_on(fanout)
            queued += fanout.queued
        self._when_queued()
        return article, queued

    async def finish(self, now: datetime) -> int:
        """Queue what an earlier process could not finish queueing. Returns how many deliveries."""
        queued = 0
        async with self._database.read() as db:
            unfinished = (await db.execute(sa.select(fanouts))).all()
            found = await articles.by_ids(db, [row.article_id for row in unfinished])
        for row in unfinished:
            article = found[row.article_id]
            async with self._database.read() as db:
                last = await subscriptions.last_address(db)
                width = _FIRST_WIDTH[db.dialect.name]
            fanout = Fanout(article, row.after_address, last, width, now)
            while fanout.after is not None:
                fanout = await self._go_on(fanout)
                queued += fanout.queued
        return queued

    async def _go_on(self, fanout: "Fanout") -> "Fanout":
        async with self._database.write() as db:
            return await _queue_next(db, fanout)

    async def _memory(self, name: str) -> Memory:
        async with self._database.read() as db:
            marks = await _marks(db, name)
            taught = await articles.taught_tags(db)
        return Memory(self._known, self._known_tags | taught.keys(), marks or Marks())

    async def _known(self, urls: Collection[str]) -> frozenset[str]:
        async with self._database.read() as db:
            return await articles.known(db, urls)

    async def _take_first(self, name: str, reading: Reading, now: datetime) -> Taken:
        if not reading.drafts:
            return Taken()
        drafts = _oldest_first(reading.drafts)
        posted = drafts[-1:] if self._posts_newest else []
        # The newest first, with its posts: should the rest be cut off, it is read again quietly.
        taken = await self._take_all(name, posted, now)
        stored = await self._store(name, drafts[: len(drafts) - len(posted)], now, reading.marks)
        return replace(taken, articles=stored + taken.articles, was_first=True)

    async def _store(
        self, name: str, drafts: Sequence[Draft], now: datetime, marks: Marks | None = None
    ) -> tuple[Article, ...]:
        """Save what is new, with the marks of its reading, and post nothing of it."""
        async with self._database.write() as db:
            saved = [await articles.save_new(db, draft, source=name, now=now) for draft in drafts]
            if marks:
                await _keep_marks(db, name, marks, now)
        return tuple(article for article in saved if article)

    async def _take_next(self, name: str, reading: Reading, now: datetime) -> Taken:
        taken = await self._take_all(name, _oldest_first(reading.drafts), now)
        # Only now: what a crash left out is read again.
        await self._keep(name, reading.marks, now)
        return taken

    async def _take_all(
        self, name: str, drafts: Sequence[Draft], now: datetime, *, by_hand: bool = False
    ) -> Taken:
        results = [
            await self.take_in(draft, source=name, now=now, by_hand=by_hand) for draft in drafts
        ]
        new = [result for result in results if result]
        return Taken(tuple(article for article, _ in new), sum(queued for _, queued in new))

    async def _keep(self, name: str, marks: Marks, now: datetime) -> None:
        async with self._database.write() as db:
            await _keep_marks(db, name, marks, now)


@dataclass(frozen=True, slots=True)
class Fanout:
    """How far the deliveries of an article are queued."""

    article: Article
    after: int | None
    """The addresses up to this id are done; nothing when all are."""
    last: int
    """The last address when it began: who follows later does not get the article."""
    width: int
    """How many ids the next part covers."""
    now: datetime
    queued: int = 0


def next_width(width: int, took: timedelta) -> int:
    """Return how many ids the next part covers, so that its transaction stays short."""
    # Growing slowly: one quick part says little of the next.
    fitting = width * _IDEAL / max(took, _IDEAL / 1.5)
    return round(min(max(fitting, _NARROWEST), _WIDEST))


async def _begin(db: AsyncConnection, article: Article, now: datetime) -> Fanout:
    """Queue the first part. Only if there is more is it noted how far it is."""
    last = await subscriptions.last_address(db)
    fanout = await _queue_part(db, Fanout(article, 0, last, _FIRST_WIDTH[db.dialect.name], now))
    if fanout.after is not None:
        row = {"article_id": article.id, "after_address": fanout.after}
        await db.execute(sa.insert(fanouts).values(row))
    return fanout


async def _queue_next(db: AsyncConnection, fanout: Fanout) -> Fanout:
    """Queue the next part, and note how far it is in the same transaction."""
    fanout = await _queue_part(db, fanout)
    is_mine = fanouts.c.article_id == fanout.article.id
    if fanout.after is None:
        await db.execute(sa.delete(fanouts).where(is_mine))
    else:
        await db.execute(sa.update(fanouts).where(is_mine).values(after_address=fanout.after))
    return fanout


async def _queue_part(db: AsyncConnection, fanout: Fanout) -> Fanout:
    began = perf_counter()
    after = fanout.after or 0
    up_to = after + fanout.width
    part = range(after + 1, up_to + 1)
    who = subscriptions.recipients(fanout.article.tags, within=part)
    queued = await outbox.enqueue(db, fanout.article.id, who, within=part, now=fanout.now)
    if up_to >= fanout.last:
        return replace(fanout, after=None, queued=queued)
    took = timedelta(seconds=perf_counter() - began)
    return replace(fanout, after=up_to, width=next_width(fanout.width, took), queued=queued)


async def _amend(db: AsyncConnection, draft: Draft, source: str | None, now: datetime) -> None:
    known = await articles.by_url(db, articles.web_url(draft.url))
    if known:
        await edits.amend(db, [(draft, known.id)], source=source, now=now)


def _oldest_first(drafts: Sequence[Draft]) -> list[Draft]:
    return sorted(drafts, key=lambda draft: draft.published_at or _LONG_AGO)


async def _marks(db: AsyncConnection, name: str) -> Marks | None:
    """Return what the last reading left, or nothing if this source was never read."""
    row = (await db.execute(sa.select(sources).where(sources.c.name == name))).one_or_none()
    return Marks(row.etag, row.last_modified) if row else None


async def _keep_marks(db: AsyncConnection, name: str, marks: Marks, now: datetime) -> None:
    fresh = {"etag": marks.etag, "last_modified": marks.last_modified}
    row = insert(db, sources).values(name=name, first_read_at=now, **fresh)
    await db.execute(row.on_conflict_do_update(index_elements=["name"], set_=fresh))
