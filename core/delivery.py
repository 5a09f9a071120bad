"""Posts what is due on one platform."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, claims, outbox, related
from core.claims import Post
from core.clock import Clock, first_of, utc_now
from core.composer import Composer
from core.config import Style
from core.db import Database, cause_of
from core.lines import Job, Lines
from core.outcomes import (
    Dead,
    Doubtful,
    Held,
    Outcome,
    Posted,
    PutBack,
    Untouched,
    changes_what_is_due,
    left_behind,
    let_late_go_on,
    record,
    something_is_late,
    stops,
)
from core.posting import (
    Platform,
    PlatformClosed,
    Poster,
    PostError,
    Refused,
    TryLater,
    Unreachable,
    Unsearchable,
)
from core.turn import Turn, turn

log = logging.getLogger(__name__)

_BATCH = 500
_MARK_EVERY = timedelta(seconds=0.25)
_LONGEST_SLEEP = timedelta(seconds=5)


class DeliveryWorker:
    """Posts what is due on one platform, to many channels at a time.

    What may have been posted is looked for before it is posted again. Where that cannot be seen it
    is given up, or with `resends_unknown` posted once more.
    """

    def __init__(  # noqa: PLR0913 (three of them are choices with a default)
        self,
        database: Database,
        poster: Poster,
        platform: Platform,
        *,
        style: Style = "card",
        clock: Clock = utc_now,
        lanes: int = 32,
        resends_unknown: bool = False,
    ) -> None:
        self._database = database
        self._poster = poster
        self._platform: Platform = platform
        self._clock = clock
        self._lanes = lanes
        self._resends_unknown = resends_unknown
        self._compose = Composer(style)
        self._lines = Lines()
        self._has_room = asyncio.Event()
        self._outcomes: list[Outcome] = []
        self._stopped: dict[int, Outcome] = {}
        self._has_outcomes = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._wake = asyncio.Event()
        self._closed: PlatformClosed | None = None
        self._claims = claims.names()
        self._posted = 0

    def wake(self) -> None:
        """Look for what is due now, not only when the next delivery was known to be due."""
        self._wake.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Post what is due until `stopping`, then finish what is on its way.

        Only one process posts to a platform at a time; another one waits for its turn. Raises
        `PlatformClosed` when the platform refuses the bot itself.
        """
        while not stopping.is_set() and not self._closed:
            try:
                async with turn(self._database, f"post to {self._platform}", stopping) as mine:
                    await self._run(mine, stopping)
            except (SQLAlchemyError, OSError) as error:
                log.error("could not reach the database, will try again: %s", cause_of(error))  # noqa: TRY400 (the cause is the database, not our code)
                await first_of(stopping, within=_LONGEST_SLEEP.total_seconds())
        await self._mark_at_last()
        if self._closed:
            raise self._closed

    async def post_due(self) -> int:
        """Post what is due now, and return how many deliveries stand in their channels.

        Raises `PlatformClosed` when the platform refuses the bot itself.
        """
        before = self._posted
        async with self._at_work():
            never = asyncio.Event()
            while not self._closed and (await self._claim(never) or self._lines.long):
                if self._lines.long:
                    await self._lines.shorter.wait()
        if self._closed:
            raise self._closed
        return self._posted - before

    async def recover(self) -> None:
        """Take over what a process left behind that was posting; end what is no longer news."""
        now = self._clock()
        settled_at = now + self._poster.repeats.settles_in
        async with self._database.write() as db:
            await outbox.expire(db, now=now)
            lost = await claims.reclaim(
                db, self._platform, now=now, settled_at=settled_at, all_of_them=True
            )
        if lost:
            log.info("took over unfinished deliveries on %s: %s", self._platform, lost)

    async def _run(self, mine: Turn, stopping: asyncio.Event) -> None:
        if stopping.is_set():
            return
        await self._mark()  # what the last turn could not write down
        await self.recover()
        async with self._at_work():
            while not stopping.is_set() and not self._closed and await mine.lasts():
                await self._go_on(stopping)
            self._leave_the_rest()

    async def _go_on(self, stopping: asyncio.Event) -> None:
        try:
            found = await self._claim(stopping)
            due = None if found else await self._next_due()
        except (SQLAlchemyError, OSError) as error:
            log.error("could not look for what is due, will try again: %s", cause_of(error))  # noqa: TRY400 (the cause is the database, not our code)
            found, due = False, None
        if not found:
            await self._sleep(due, stopping)

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        """Keep the lanes open; at the end wait for what is on its way, and write it down."""
        async with asyncio.TaskGroup() as group:
            lanes = [group.create_task(self._run_lane()) for _ in range(self._lanes)]
            done = asyncio.Event()
            group.create_task(self._mark_regularly(done))
            yield
            await self._lines.join()
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
        self._lines.shorter.clear()
        posts = await self._mark_and_claim()
        for post in posts:
            self._take_on(post)
        while self._lines.ready > self._lanes and not stopping.is_set():
            self._has_room.clear()
            await first_of(self._has_room, stopping)
        return bool(posts)

    async def _mark_and_claim(self) -> list[Post]:
        """Write down how posts ended, and claim a batch of what is due then."""
        # One transaction, as each waits for the disk. What was claimed and could not be read is
        # undone with it: if it were forgotten, others would pass it.
        async with self._marking() as db:
            # Those that ended meanwhile: the database does not know yet that their lines stopped.
            ended = (outcome for outcome in self._outcomes if stops(outcome, self._clock()))
            self._stopped = {outcome.post.address_id: outcome for outcome in ended}
            posts = await claims.claim_due(
                db,
                self._platform,
                now=self._clock(),
                most=_BATCH,
                claim=next(self._claims),
                without=self._lines.long,
            )
            await self._learn(db, posts)
        return posts

    async def _learn(self, db: AsyncConnection, posts: Sequence[Post]) -> None:
        """Read the articles of these posts as they are told now."""
        wanted = {article for post in posts for article in post.told}
        if not wanted:
            return
        self._compose.forget_if_many()
        # With the claim: what changes from here on is edited when it is posted.
        self._compose.forget_changed(await articles.edits_of(db, wanted))
        if missing := self._compose.missing(wanted):
            self._compose.learn(await articles.by_ids(db, missing))
        for article in self._compose.without_related(posts):
            self._compose.learn_related(article, await related.to_article(db, article))

    def _take_on(self, post: Post) -> None:
        # A line may have stopped while this was claimed.
        if before := self._stopped.get(post.address_id):
            self._end(left_behind(post, before))
        elif why := self._compose.has_nothing_to_say(post):
            self._end(Dead(post, why))
        else:
            self._lines.add(Job(post, *self._compose.told(post, self._clock())))

    async def _next_due(self) -> datetime | None:
        async with self._database.read() as db:
            is_late = await something_is_late(db, self._platform)
            due = await claims.next_due(db, self._platform, now=self._clock())
        if is_late:  # it was queued when the post that it waits for stood already
            async with self._marking() as db:
                await let_late_go_on(db, self._platform, self._clock())
            return self._clock()
        return due

    async def _sleep(self, due: datetime | None, stopping: asyncio.Event) -> None:
        events, wait = [self._wake, stopping], _LONGEST_SLEEP
        if self._lines.long:
            events.append(self._lines.shorter)  # what is due may have to wait for them
        elif due:
            wait = min(due - self._clock(), _LONGEST_SLEEP)
        await first_of(*events, within=max(wait.total_seconds(), 0.01))

    def _leave_the_rest(self) -> None:
        for job in self._lines.clear():
            self._end(Untouched(job.post))

    async def _run_lane(self) -> None:
        while True:
            job = await self._lines.next()
            if self._lines.ready <= self._lanes:
                self._has_room.set()
            outcome = await self._outcome(job)
            if outcome is None:
                self._lines.stop(job)  # as old, so no more ours to tell
            elif self._end(outcome):
                for behind in self._lines.stop(job):
                    self._end(left_behind(behind.post, outcome))
            self._lines.done(job)

    async def _outcome(self, job: Job) -> Outcome | None:
        """Return how the post of `job` ended; nothing if it is no longer ours to tell."""
        post = job.post
        if self._closed:
            return Untouched(post)
        if self._clock() >= post.lease_until:
            # This process stood still so long that another may have taken the post over.
            log.warning("left a post to %s that was claimed too long ago", post.address)
            return None
        try:
            return await self._settle(job) or await self._post(job)
        except PostError as error:
            return self._failed(post, error)
        except PlatformClosed as error:
            self._closed = error
            self._wake.set()
            return Untouched(post)
        except Exception as error:  # a bug must not end the lane, nor lose the news
            log.exception("could not post to %s", post.address)
            return self._again(post, repr(error), may_stand=True)

    async def _settle(self, job: Job) -> Outcome | None:
        """Find out whether a post stands that may stand; nothing if it is to be posted."""
        post = job.post
        if post.tried_at is None:
            return None
        repeats = self._poster.repeats
        if self._clock() - post.tried_at <= repeats.known_for:
            return None
        try:
            found = await self._poster.find(post.address, key=post.key, since=post.tried_at)
        except Unsearchable as error:
            return self._unsearchable(post, error)
        if found:
            return Posted(post, found.message_id, job.counted)
        if post.looks + 1 >= repeats.looks:
            return None
        due_at, why = self._clock() + repeats.settles_in, "it was not found yet"
        return PutBack(post, due_at, why, may_stand=True, looks=post.looks + 1, counts=False)

    def _unsearchable(self, post: Post, error: Unsearchable) -> Outcome | None:
        if self._resends_unknown:
            return None
        log.warning("cannot see whether a post stands in %s: %s", post.address, error)
        return Doubtful(post, f"it may have been posted: {error}")

    async def _post(self, job: Job) -> Outcome:
        post, poster = job.post, self._poster
        tell = partial(poster.reply, title=job.title) if post.is_reply else poster.post
        stands = await tell(post.address, job.message, key=post.key)
        return Posted(post, stands.message_id, job.counted)

    def _failed(self, post: Post, error: PostError) -> Outcome:
        match error:
            case TryLater(after=after) if after is not None:
                return PutBack(post, self._clock() + after, str(error), counts=False)
            case TryLater():
                return self._again(post, str(error))
            case Unreachable() if post.is_reply:
                # The channel is as open as its own posts find it.
                return Dead(post, str(error))
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
        wait = claims.wait_before(post.attempts + 1, jitter=claims.jitter())
        if may_stand:
            wait = max(wait, self._poster.repeats.settles_in)
        return PutBack(post, self._clock() + wait, reason, may_stand=may_stand)

    def _end(self, outcome: Outcome) -> bool:
        """Keep how a post ended, to write it down; say whether that stops its line."""
        stopped = stops(outcome, self._clock())
        if stopped:
            self._stopped[outcome.post.address_id] = outcome
        self._outcomes.append(outcome)
        self._has_outcomes.set()
        return stopped

    async def _mark_regularly(self, done: asyncio.Event) -> None:
        wait = _MARK_EVERY
        while not done.is_set():
            await self._has_outcomes.wait()
            # Many rows in one transaction: one by one each would cost fifty times as much.
            await first_of(done, within=wait.total_seconds())
            try:
                await self._mark()
                wait = _MARK_EVERY
            except (SQLAlchemyError, OSError) as error:
                wait = _LONGEST_SLEEP
                cause = cause_of(error)
                log.error("could not write down how posts ended, will try again: %s", cause)  # noqa: TRY400 (the cause is the database, not our code)

    async def _mark(self) -> None:
        """Write down how posts ended. What cannot be written now is written the next time."""
        outcomes = self._outcomes
        if outcomes:
            async with self._marking():
                pass
        if any(changes_what_is_due(outcome) for outcome in outcomes):
            self._wake.set()

    async def _mark_at_last(self) -> None:
        """Write down what could not be before. Else it is looked for at the next start."""
        try:
            await self._mark()
        except (SQLAlchemyError, OSError) as error:
            log.error("could not write down how posts ended: %s", cause_of(error))  # noqa: TRY400 (the cause is the database, not our code)

    @asynccontextmanager
    async def _marking(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction in which it is written down how posts ended."""
        async with self._one_at_a_time:
            outcomes, self._outcomes = self._outcomes, []
            self._has_outcomes.clear()
            try:
                async with self._database.write() as db:
                    if outcomes:
                        await record(db, outcomes, now=self._clock())
                    yield db
            except BaseException:
                self._outcomes = outcomes + self._outcomes
                self._has_outcomes.set()
                raise
        self._posted += sum(len(o.post.deliveries) for o in outcomes if isinstance(o, Posted))
