"""Posts what is due on one platform."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, compose, outbox, pauses
from core.articles import Article
from core.config import Style
from core.db import Database
from core.messages import Message
from core.outbox import Dead, Held, Outcome, Post, Posted, PutBack
from core.posting import (
    Platform,
    PlatformClosed,
    Poster,
    PostError,
    Refused,
    TryLater,
    Unreachable,
)

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

_BATCH = 250
_MARK_EVERY = timedelta(seconds=0.25)
_LONGEST_SLEEP = timedelta(seconds=5)
_MOST_KEPT = 500


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Job:
    post: Post
    message: Message


class DeliveryWorker:
    """Posts what is due on one platform, to many channels at a time."""

    def __init__(
        self,
        database: Database,
        poster: Poster,
        platform: Platform,
        *,
        style: Style = "card",
        clock: Clock = utc_now,
        lanes: int = 32,
    ) -> None:
        self._database = database
        self._poster = poster
        self._platform: Platform = platform
        self._clock = clock
        self._lanes = lanes
        self._compose = _Composer(style)
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._has_room = asyncio.Event()
        self._outcomes: list[Outcome] = []
        self._has_outcomes = asyncio.Event()
        self._wake = asyncio.Event()
        self._closed: PlatformClosed | None = None
        self._claims = _claim_names()
        self._posted = 0

    def wake(self) -> None:
        """Look for what is due now, not only when the next delivery was known to be due."""
        self._wake.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Post what is due until `stopping`, then finish what is on its way.

        Raises `PlatformClosed` when the platform refuses the bot itself.
        """
        await self._reclaim()
        async with self._at_work():
            while not stopping.is_set() and not self._closed:
                await self._go_on(stopping)
            self._put_back_the_rest()
        if self._closed:
            raise self._closed

    async def post_due(self) -> int:
        """Post what is due now, and return how many deliveries stand in their channels.

        Raises `PlatformClosed` when the platform refuses the bot itself.
        """
        before = self._posted
        async with self._at_work():
            while not self._closed and await self._claim(asyncio.Event()):
                pass
        if self._closed:
            raise self._closed
        return self._posted - before

    async def _go_on(self, stopping: asyncio.Event) -> None:
        try:
            found = await self._claim(stopping)
            due = None if found else await self._next_due()
        except SQLAlchemyError as error:
            log.error("could not look for what is due, will try again: %s", error)  # noqa: TRY400 (the cause is the database, not our code)
            found, due = False, None
        if not found:
            await self._sleep(due, stopping)

    async def _reclaim(self) -> None:
        """Take over what a process left behind: all of it, if no other can be at work here."""
        only_one = not self._database.is_shared
        async with self._database.write() as db:
            lost = await outbox.reclaim(db, self._platform, now=self._clock(), all_of_them=only_one)
        if lost:
            log.info("took over unfinished deliveries on %s: %s", self._platform, lost)

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        """Keep the lanes open; at the end wait for what is on its way, and write it down."""
        async with asyncio.TaskGroup() as group:
            lanes = [group.create_task(self._run_lane()) for _ in range(self._lanes)]
            done = asyncio.Event()
            group.create_task(self._mark_regularly(done))
            yield
            await self._jobs.join()
            for lane in lanes:
                lane.cancel()
            done.set()
            self._has_outcomes.set()
        await self._mark()

    async def _claim(self, stopping: asyncio.Event) -> bool:
        """Claim a batch of what is due and hand it to the lanes; say whether there was any.

        Returns when they are nearly through: what is claimed too early waits for nothing.
        """
        self._wake.clear()
        async with self._database.write() as db:
            posts = await outbox.claim_due(
                db, self._platform, now=self._clock(), most=_BATCH, claim=next(self._claims)
            )
        messages = await self._messages(posts)
        for post, message in zip(posts, messages, strict=True):
            self._jobs.put_nowait(_Job(post, message))
        while self._jobs.qsize() > self._lanes and not stopping.is_set():
            self._has_room.clear()
            await _first_of(self._has_room, stopping)
        return bool(posts)

    async def _messages(self, posts: Sequence[Post]) -> list[Message]:
        wanted = {article for post in posts for article in post.articles}
        self._compose.forget_if_many()
        if missing := self._compose.missing(wanted):
            async with self._database.read() as db:
                self._compose.learn(await articles.by_ids(db, missing))
        return [self._compose.message(post.articles) for post in posts]

    async def _next_due(self) -> datetime | None:
        async with self._database.read() as db:
            return await outbox.next_due(db, self._platform)

    async def _sleep(self, due: datetime | None, stopping: asyncio.Event) -> None:
        wait = min(due - self._clock(), _LONGEST_SLEEP) if due else _LONGEST_SLEEP
        await _first_of(self._wake, stopping, within=max(wait.total_seconds(), 0.01))

    def _put_back_the_rest(self) -> None:
        while not self._jobs.empty():
            job = self._jobs.get_nowait()
            self._end(_put_back(job.post, self._clock(), "the program stopped"))
            self._jobs.task_done()

    async def _run_lane(self) -> None:
        while True:
            job = await self._jobs.get()
            if self._jobs.qsize() <= self._lanes:
                self._has_room.set()
            try:
                self._end(await self._post(job))
            except Exception as error:  # a bug must not end the lane, nor lose the news
                log.exception("could not post to %s", job.post.address)
                self._end(self._again(job.post, repr(error), may_stand=True))
            finally:
                self._jobs.task_done()

    async def _post(self, job: _Job) -> Outcome:
        post = job.post
        if self._closed:
            return _put_back(post, self._clock(), str(self._closed))
        try:
            receipt = await self._poster.post(post.address, job.message, key=post.key)
        except PostError as error:
            return self._failed(post, error)
        except PlatformClosed as error:
            self._closed = error
            self._wake.set()
            return _put_back(post, self._clock(), str(error))
        return Posted(post, receipt.message_id)

    def _failed(self, post: Post, error: PostError) -> Outcome:
        match error:
            case TryLater(after=after) if after is not None:
                return _put_back(post, self._clock() + after, str(error))
            case TryLater():
                return self._again(post, str(error))
            case Unreachable():
                log.warning("paused %s: %s", post.address, error)
                return Held(post, str(error))
            case Refused():
                log.warning("dropped a post to %s: %s", post.address, error)
                return Dead(post, str(error))
            case _:  # Unknown
                log.warning("does not know whether %s was reached: %s", post.address, error)
                return self._again(post, str(error), may_stand=True)

    def _again(self, post: Post, reason: str, *, may_stand: bool = False) -> PutBack:
        wait = outbox.wait_before(post.attempts + 1, jitter=outbox.jitter())
        return _put_back(post, self._clock() + wait, reason, may_stand=may_stand)

    def _end(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._has_outcomes.set()

    async def _mark_regularly(self, done: asyncio.Event) -> None:
        while not done.is_set():
            await self._has_outcomes.wait()
            # Many rows in one transaction: one by one each would cost fifty times as much.
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), _MARK_EVERY.total_seconds())
            try:
                await self._mark()
            except SQLAlchemyError as error:
                log.error("could not write down how posts ended, will try again: %s", error)  # noqa: TRY400 (the cause is the database, not our code)

    async def _mark(self) -> None:
        """Write down how posts ended. What cannot be written now is written the next time."""
        outcomes, self._outcomes = self._outcomes, []
        self._has_outcomes.clear()
        if not outcomes:
            return
        try:
            async with self._database.write() as db:
                await outbox.record(db, outcomes, now=self._clock())
                await _pause_closed(db, outcomes, now=self._clock())
        except BaseException:
            self._outcomes = outcomes + self._outcomes
            raise
        self._posted += sum(len(o.post.deliveries) for o in outcomes if isinstance(o, Posted))


class _Composer:
    """Composes each post once, and keeps the articles and messages that are asked for again."""

    def __init__(self, style: Style) -> None:
        self._style: Style = style
        self._articles: dict[int, Article] = {}
        self._messages: dict[tuple[int, ...], Message] = {}

    def missing(self, ids: Collection[int]) -> set[int]:
        return {article for article in ids if article not in self._articles}

    def forget_if_many(self) -> None:
        if len(self._articles) > _MOST_KEPT or len(self._messages) > _MOST_KEPT:
            self._articles.clear()
            self._messages.clear()

    def learn(self, found: Mapping[int, Article]) -> None:
        self._articles.update(found)

    def message(self, ids: tuple[int, ...]) -> Message:
        if ids not in self._messages:
            self._messages[ids] = compose.post([self._articles[i] for i in ids], self._style)
        return self._messages[ids]


async def _first_of(*events: asyncio.Event, within: float | None = None) -> None:
    """Wait until one of the events is set, but no longer than `within` seconds."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


async def _pause_closed(db: AsyncConnection, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    closed = {o.post.address_id: o.reason for o in outcomes if isinstance(o, Held)}
    if closed:
        await pauses.pause_each(db, closed, now=now)


def _put_back(post: Post, due_at: datetime, reason: str, *, may_stand: bool = False) -> PutBack:
    # An earlier attempt may have ended unknown, so from the second on the key is kept.
    return PutBack(post, due_at, reason, may_stand=may_stand or post.attempts > 1)


def _claim_names() -> Iterator[str]:
    process = secrets.token_hex(6)
    return (f"{process}{number}" for number in count())
