"""Edits the posts of one platform whose articles changed. It never posts, so it pings nobody."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy.exc import SQLAlchemyError

from core import articles, claims, compose, edits, pauses
from core.articles import Article, told_with
from core.clock import Clock, utc_now
from core.config import Style
from core.db import Database
from core.edits import Done, Edit, GaveUp, Outcome, PutOff
from core.messages import Message
from core.posting import (
    Platform,
    PlatformClosed,
    Poster,
    PostError,
    Receipt,
    Refused,
    TryLater,
    Unreachable,
)

log = logging.getLogger(__name__)

_BATCH = 50
_LONGEST_SLEEP = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Job:
    edit: Edit
    told: Sequence[Article]
    """Each with what else tells its story."""


class EditWorker:
    """Edits what is due on one platform, in a few channels at a time and in each one by one."""

    def __init__(
        self,
        database: Database,
        poster: Poster,
        platform: Platform,
        *,
        style: Style = "card",
        clock: Clock = utc_now,
        lanes: int = 4,
    ) -> None:
        self._database = database
        self._poster = poster
        self._platform: Platform = platform
        self._style: Style = style
        self._clock = clock
        self._lanes = asyncio.Semaphore(lanes)
        self._is_closed = False
        self._edited = 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Edit what is due until `stopping`, or until the platform refuses the bot itself."""
        while not stopping.is_set() and not self._is_closed:
            try:
                found = await self._edit_some(stopping)
                due = None if found else await self._next_due()
            except (SQLAlchemyError, OSError) as error:
                log.error("could not look for edits, will try again: %s", error)  # noqa: TRY400 (the cause is the database, not our code)
                found, due = False, None
            if not found:
                await self._sleep(due, stopping)

    async def edit_due(self) -> int:
        """Edit what is due now, and return how many messages show what their articles tell."""
        before, never = self._edited, asyncio.Event()
        while not self._is_closed and await self._edit_some(never):
            pass
        return self._edited - before

    async def _edit_some(self, stopping: asyncio.Event) -> bool:
        """Claim a batch of what is due and edit it; say whether there was any."""
        async with self._database.write() as db:
            claimed = await edits.claim_due(db, self._platform, now=self._clock(), most=_BATCH)
        if not claimed:
            return False
        chains = await self._chains(claimed)
        ended = await asyncio.gather(*(self._work_off(chain, stopping) for chain in chains))
        await self._record([outcome for chain in ended for outcome in chain])
        return True

    async def _chains(self, claimed: Sequence[Edit]) -> list[list[_Job]]:
        """Return what is to be done at each address, in order."""
        wanted = {it for edit in claimed for some in (edit.articles, *edit.also) for it in some}
        async with self._database.read() as db:
            found = await articles.by_ids(db, wanted)
        jobs = (_Job(edit, told_with(edit.articles, edit.also, found)) for edit in claimed)
        return [list(chain) for _, chain in groupby(jobs, key=attrgetter("edit.address_id"))]

    async def _work_off(self, jobs: Sequence[_Job], stopping: asyncio.Event) -> list[Outcome]:
        outcomes: list[Outcome] = []
        is_closed = False
        async with self._lanes:
            for job in jobs:
                if is_closed or self._is_closed or stopping.is_set():
                    outcomes.append(PutOff(job.edit, self._clock(), "it was not begun"))
                    continue
                outcome = await self._edit(job)
                is_closed = isinstance(outcome, GaveUp) and outcome.is_closed
                outcomes.append(outcome)
        return outcomes

    async def _edit(self, job: _Job) -> Outcome:
        edit = job.edit
        if edit.posted_at is None:
            # What was not posted after all is composed anew when it is.
            return self._later(edit, "it is being posted") if edit.is_under_way else Done(edit)
        if self._clock() - edit.posted_at >= _fresh_for(job):
            return GaveUp(edit, "it was too old to be changed")
        try:
            message = self._message(job, edit.posted_at)
            await self._poster.edit(Receipt(edit.address, edit.message_id), message)
        except PostError as error:
            return self._failed(edit, error)
        except PlatformClosed as error:
            self._is_closed = True
            return PutOff(edit, self._clock(), str(error))
        except Exception as error:  # a bug in one message must not end the others
            log.exception("could not edit a post to %s", edit.address)
            return self._later(edit, repr(error))
        self._edited += 1
        return Done(edit)

    def _message(self, job: _Job, posted_at: datetime) -> Message:
        edit = job.edit
        if edit.is_coverage:
            return compose.also(job.told[0])
        form = compose.form(edit.style or self._style, edit.kept, edit.readers, posted_at)
        # As it stands; but who was notified once is not notified of a change.
        form = replace(form, mentions=edit.mentions, pings=False)
        return compose.told(job.told, form)

    def _failed(self, edit: Edit, error: PostError) -> Outcome:
        match error:
            case TryLater(after=after) if after is not None:
                return PutOff(edit, self._clock() + after, str(error))
            case Unreachable() if edit.is_coverage:
                # The channel is as open as its own posts find it.
                return GaveUp(edit, str(error))
            case Unreachable():
                log.warning("paused %s: %s", edit.address, error)
                return GaveUp(edit, str(error), is_closed=True)
            case Refused():
                log.warning("gave up an edit of a post to %s: %s", edit.address, error)
                return GaveUp(edit, str(error))
            case _:  # TryLater or Unknown: the same edit twice is one
                return self._later(edit, str(error))

    def _later(self, edit: Edit, reason: str) -> PutOff:
        wait = claims.wait_before(edit.attempts + 1, jitter=claims.jitter())
        return PutOff(edit, self._clock() + wait, reason)

    async def _record(self, outcomes: Sequence[Outcome]) -> None:
        async with self._database.write() as db:
            await edits.record(db, outcomes, now=self._clock())
            given_up = [o for o in outcomes if isinstance(o, GaveUp)]
            closed = {o.edit.address_id: o.reason for o in given_up if o.is_closed}
            if closed:
                await pauses.pause_each(db, closed, now=self._clock())

    async def _next_due(self) -> datetime | None:
        async with self._database.read() as db:
            return await edits.next_due(db, self._platform)

    async def _sleep(self, due: datetime | None, stopping: asyncio.Event) -> None:
        wait = min(due - self._clock(), _LONGEST_SLEEP) if due else _LONGEST_SLEEP
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), max(wait.total_seconds(), 0.01))


def _fresh_for(job: _Job) -> timedelta:
    # What it names as later coverage may be withdrawn, too.
    may_withdraw = job.edit.also or any(article.retracted for article in job.told)
    return edits.WITHDRAWN_FRESH if may_withdraw else edits.FRESH
