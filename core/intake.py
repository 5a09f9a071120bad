"""Takes articles in: reads a source, saves what is new, queues its deliveries."""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from core import (
    articles,
    edits,
    fanout,
    polls,
    restoration,
    sightings,
    stories,
)
from core.articles import Article
from core.db import Database
from core.polls import Poll
from core.restoration import Doubt
from core.sightings import Sorted
from core.sources import Draft, Memory, Reading, Source, SourceError, SourceGone
from core.triage import NEWS_FOR, looks_renamed, oldest_first, triage

log = logging.getLogger(__name__)

_EVERY = timedelta(minutes=5)
_GATHERING = timedelta(seconds=30)
"""How much later a catch-up and the posts behind it are due, so that all of it is queued by then:
it is to be one message, and older than they are."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one look at a source brought."""

    articles: tuple[Article, ...] = ()
    deliveries: int = 0
    problems: tuple[str, ...] = ()
    was_first: bool = False
    """It was the first reading: the articles are stored, and nothing of them is posted."""
    doubtful: int = 0
    """So many are stored and not posted because they may have been, before the database was
    restored from a copy."""


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

    async def poll(
        self, source: Source, now: datetime, *, every: timedelta = _EVERY, at_once: bool = False
    ) -> Taken:
        """Take in what `source` has that is new, if it may be asked now; `at_once` asks anyhow.

        Raises `SourceError`; then no article changed, and the next looks wait longer than `every`.
        Raises `SourceGone` at each look once a source is gone, and does not ask it.
        """
        async with self._database.read() as db:
            poll = await polls.recall(db, source.name, source.place)
        if poll.gone_because and not at_once:
            raise SourceGone(poll.gone_because)
        if not poll.may_ask(now) and not at_once:
            return Taken()
        try:
            reading = await source.fetch(await self._memory(poll, now))
        except SourceError as error:
            await self._fail(source.name, poll, error, now=now, every=every)
            if isinstance(error, SourceGone) and poll.has_moved:
                # Where it moved to is gone; its own place is still to be asked.
                raise SourceError(str(error)) from error
            raise
        taken = await self._take(source.name, reading, poll, now)
        return replace(taken, problems=reading.problems)

    async def take_all_of(self, source: Source, now: datetime, *, quiet: bool) -> Taken:
        """Take in all that `source` has and that is new, as if it had been read before.

        `quiet` stores the articles and posts nothing of them. Raises `SourceError`.
        """
        name, place = source.name, source.place
        async with self._database.read() as db:
            poll = await polls.recall(db, name, place)
        reading = await source.fetch(await self._memory(poll, now))
        drafts, _ = sightings.with_own_guids(reading.drafts)
        if quiet:
            async with self._database.read() as db:
                found = await sightings.sort(db, name, drafts)
            taken = Taken(await self._store(name, oldest_first(found.new, now), now))
        else:
            taken = await self._take_given(name, reading, poll, now)
        return replace(taken, problems=reading.problems)

    async def take_in(
        self,
        draft: Draft,
        *,
        source: str,
        now: datetime,
        due_at: datetime | None = None,
        catch_up: bool = False,
        by_hand: bool = False,
    ) -> tuple[Article, int] | None:
        """Save a new article with its deliveries, and return it with their number.

        Nothing is returned of one that is known, whose posts are edited if its source changed it,
        or that was withdrawn already. What is taken in `by_hand` may change any source's article.

        They are due at `due_at`, else now; with `catch_up` they share messages with others like
        them. One transaction for all, unless its followers are more than fit in a short one: then
        each part of them is a transaction, and what is missing is known and made up for.
        """
        async with self._database.write() as db:
            known = await sightings.article_of(db, source, draft)
            if known is not None:
                await sightings.note(db, source, [(draft, known)], now=now)
                teller = None if by_hand else source
                await edits.amend(db, [(draft, known)], source=teller, now=now)
                return None
            article = await _save(db, source, draft, now)
            if article is None or article.retracted:
                return None
            begun = await fanout.begin(db, article, due_at or now, catch_up=catch_up)
        queued = await fanout.finish(self._database, begun)
        self._when_queued()
        return article, queued

    async def finish(self, now: datetime) -> int:
        """Queue what an earlier process could not finish queueing. Returns how many deliveries."""
        async with self._database.read() as db:
            unfinished = await fanout.unfinished(db, now)
        return sum([await fanout.finish(self._database, it) for it in unfinished])

    async def _memory(self, poll: Poll, now: datetime) -> Memory:
        async with self._database.read() as db:
            taught = await articles.taught_tags(db)
        moved_to = poll.moved_to if poll.has_moved else ""
        tags = self._known_tags | taught.keys()
        return Memory(partial(self._known, now), tags, poll.marks, moved_to)

    async def _known(self, now: datetime, urls: Collection[str]) -> frozenset[str]:
        """Return what is known and need not be read again."""
        async with self._database.read() as db:
            known = await articles.ids_by_url(db, urls)
            due = await articles.to_look_at(db, known.values(), now=now)
        if due:
            async with self._database.write() as db:
                await articles.note_look(db, due, now=now)
        return frozenset(url for url, article in known.items() if article not in due)

    async def _fail(
        self, name: str, poll: Poll, error: SourceError, *, now: datetime, every: timedelta
    ) -> None:
        failed = polls.after_failure(poll, error, now=now, every=every)
        if failed != poll:
            async with self._database.write() as db:
                await polls.remember(db, name, failed)

    async def _take(self, name: str, reading: Reading, poll: Poll, now: datetime) -> Taken:
        is_first = poll.read_at is None
        if reading.is_empty or (is_first and not reading.drafts and reading.problems):
            return Taken()
        drafts, shared = sightings.with_own_guids(reading.drafts)
        doubt = await self._doubt(poll, now)
        found, doubtful = await self._sort(name, drafts, doubt, now)
        if poll.read_at is None:
            taken = await self._take_first(name, found, now)
        else:
            since = None if reading.by_hand else poll.read_at - NEWS_FOR
            taken = await self._take_next(name, found, since, now)
            _warn_of_a_storm(name, found, max(reading.listed, len(drafts)))
        done = polls.after_reading(poll, reading, now=now)
        if doubt and doubt.outlasts(reading.problems, now):
            done = replace(done, read_at=poll.read_at)
        # Only now: what a crash left out is read again.
        async with self._database.write() as db:
            await sightings.disown(db, name, shared, now=now)
            await sightings.note(db, name, found.known, now=now)
            await edits.amend(db, _told_once(found), source=name, now=now)
            if not reading.unchanged:
                await sightings.forget_old(db, name, now=now)
            await polls.remember(db, name, done)
        warmed = await self._warm(_told_once(found), name, now)
        taken = replace(taken, deliveries=taken.deliveries + warmed)
        if done.has_moved and not poll.has_moved:
            log.warning("source %s moved for good and is read there: %s", name, done.moved_to)
        return _with_doubtful(taken, doubtful)

    async def _take_given(self, name: str, reading: Reading, poll: Poll, now: datetime) -> Taken:
        drafts, _ = sightings.with_own_guids(reading.drafts)
        doubt = await self._doubt(poll, now)
        found, doubtful = await self._sort(name, drafts, doubt, now)
        taken = await self._take_all(name, oldest_first(found.new, now), now)
        async with self._database.write() as db:
            await edits.amend(db, _told_once(found), source=None, now=now)
            if doubt and not doubt.outlasts(reading.problems, now):
                await polls.remember(db, name, replace(poll, read_at=now))
        return _with_doubtful(taken, doubtful)

    async def _warm(
        self, told: Collection[tuple[Draft, int]], source: str | None, now: datetime
    ) -> int:
        """Note how hot young articles are now, and queue them where they just got hot enough."""
        heats = {article: draft.heat for draft, article in told if draft.heat is not None}
        if not heats:
            return 0
        async with self._database.read() as db:
            changed = await articles.warmer(db, heats, source=source, now=now)
        queued = 0
        for article, heat in changed:
            warm = replace(article, heat=heat)
            async with self._database.write() as db:
                await articles.set_heat(db, article.id, heat)
                begun = await fanout.begin(db, warm, now, above=article.heat or 0)
            queued += await fanout.finish(self._database, begun)
        if queued:
            self._when_queued()
        return queued

    async def _doubt(self, poll: Poll, now: datetime) -> Doubt | None:
        async with self._database.read() as db:
            return await restoration.doubt(db, read_at=poll.read_at, now=now)

    async def _sort(
        self, name: str, drafts: Sequence[Draft], doubt: Doubt | None, now: datetime
    ) -> tuple[Sorted, tuple[Article, ...]]:
        """Return what of these is new or known, and what was stored as it may have been posted."""
        async with self._database.read() as db:
            found = await sightings.sort(db, name, drafts)
        if doubt is None:
            return found, ()
        doubtful, sure = doubt.divide(found.new, now)
        stored = await self._store(name, oldest_first(doubtful, now), now)
        if stored:
            log.warning(
                "source %s: did not post what may have been before the database was restored:"
                " articles %s",
                name,
                len(stored),
            )
        return replace(found, new=sure), stored

    async def _take_first(self, name: str, found: Sorted, now: datetime) -> Taken:
        new = oldest_first(found.new, now)
        posted = new[-1:] if self._posts_newest else []
        # The newest first, with its posts: should the rest be cut off, it is read again quietly.
        taken = await self._take_all(name, posted, now)
        stored = await self._store(name, new[: len(new) - len(posted)], now)
        return replace(taken, articles=stored + taken.articles, was_first=True)

    async def _take_next(
        self, name: str, found: Sorted, since: datetime | None, now: datetime
    ) -> Taken:
        sorted_out = triage(found.new, since=since, now=now)
        due_at = now + _GATHERING if sorted_out.caught_up else now
        stored = await self._store(name, sorted_out.stored, now)
        caught_up = await self._take_all(name, sorted_out.caught_up, now, due_at, catch_up=True)
        posted = await self._take_all(name, sorted_out.posted, now, due_at)
        return Taken(
            stored + caught_up.articles + posted.articles, caught_up.deliveries + posted.deliveries
        )

    async def _store(
        self, name: str, drafts: Iterable[Draft], now: datetime
    ) -> tuple[Article, ...]:
        """Save what is new, and post nothing of it."""
        async with self._database.write() as db:
            saved = [await _save(db, name, draft, now, is_news=False) for draft in drafts]
        return tuple(article for article in saved if article)

    async def _take_all(
        self,
        name: str,
        drafts: Iterable[Draft],
        now: datetime,
        due_at: datetime | None = None,
        *,
        catch_up: bool = False,
    ) -> Taken:
        results = [
            await self.take_in(draft, source=name, now=now, due_at=due_at, catch_up=catch_up)
            for draft in drafts
        ]
        new = [result for result in results if result]
        return Taken(tuple(article for article, _ in new), sum(queued for _, queued in new))


async def _save(
    db: AsyncConnection, source: str, draft: Draft, now: datetime, *, is_news: bool = True
) -> Article | None:
    """Save a new article with its story, and by what it is known; nothing if it cannot be one."""
    article = await stories.save_new(db, draft, source=source, now=now, is_news=is_news)
    if article:
        await sightings.note_new(db, source, draft, article.id, now=now)
    return article


def _with_doubtful(taken: Taken, doubtful: tuple[Article, ...]) -> Taken:
    return replace(taken, articles=doubtful + taken.articles, doubtful=len(doubtful))


def _told_once(found: Sorted) -> list[tuple[Draft, int]]:
    """Return the newest of what is told of each known article: two would change it in turns."""
    newest = {article: draft for draft, article in found.known}
    return [(draft, article) for article, draft in newest.items()]


def _warn_of_a_storm(name: str, found: Sorted, listed: int) -> None:
    if looks_renamed(found.new, listed):
        new = len(found.new)
        log.warning("source %s: did it change its ids? new articles %s of %s", name, new, listed)
