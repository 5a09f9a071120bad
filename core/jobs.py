"""What runs on its own, and how often."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import SQLAlchemyError

from core import claims, history, log_lines, outbox, pauses, traces, workspaces
from core.clock import Clock, utc_now
from core.db import Database, cause_of
from core.intake import Intake
from core.notices import Notices
from core.passing_on import PassingOn
from core.posting import Platform
from core.sources import Source, SourceError, SourceGone
from core.sqlite import LONG_LOG

log = logging.getLogger(__name__)

PURGE_AFTER = timedelta(days=30)
"""How long the data of a workspace is kept after the bot left it, if nothing else is said."""

FORGET_WHO_AFTER = timedelta(days=90)
"""How long it is kept who changed what is set for a channel."""

_TIDY_EVERY = timedelta(minutes=1)
_PASS_ON_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again."""

    name: str
    every: timedelta
    do: Callable[[], Awaitable[None]]


def polling(intake: Intake, source: Source, every: timedelta, *, clock: Clock = utc_now) -> Job:
    """Return the job that reads `source`. A broken source is told and changes nothing.

    One that is gone is told once: it is not read any more.
    """
    told_gone = ""

    async def poll() -> None:
        nonlocal told_gone
        try:
            taken = await intake.poll(source, clock(), every=every)
        except SourceGone as error:
            if str(error) != told_gone:
                told_gone = str(error)
                log.warning(
                    "source %s is not read any more, give it another address or take it out: %s",
                    source.name,
                    error,
                )
            return
        except SourceError as error:
            log.warning("could not read source %s: %s", source.name, error)
            return
        for problem in taken.problems:
            log.warning("skipped a part of source %s: %s", source.name, problem)
        if taken.articles:
            new, queued = len(taken.articles), taken.deliveries
            log.info("took in from %s: articles %s, deliveries %s", source.name, new, queued)

    return Job(f"read {source.name}", every, poll)


def tidying(
    database: Database,
    platforms: Sequence[Platform],
    *,
    purge_after: timedelta = PURGE_AFTER,
    clock: Clock = utc_now,
    when_released: Callable[[], None] = lambda: None,
) -> Job:
    """Return the job that ends what is no longer news, and takes over what a dead process left.

    It also tries closed addresses again where that is due, ends the pauses that are over, and
    forgets workspaces that the bot left so long ago. `when_released` is called when deliveries
    that were held can go out.
    """

    async def tidy() -> None:
        now = clock()
        await _end_and_take_over(database, platforms, now)
        if await _let_go_on(database, now):
            when_released()
        if purged := await workspaces.purge(database, left_before=now - purge_after, now=now):
            log.info("purged workspaces that the bot left: %s", purged)
        async with database.write() as db:
            await history.forget_who(db, before=now - FORGET_WHO_AFTER)
            await log_lines.forget(db, now=now)
        _tell_of_long_log(database)

    return Job("tidy", _TIDY_EVERY, tidy)


async def _end_and_take_over(
    database: Database, platforms: Sequence[Platform], now: datetime
) -> None:
    async with database.write() as db:
        if expired := await outbox.expire(db, now=now):
            log.warning("gave up deliveries that were no longer news: %s", expired)
        for platform in platforms:
            await claims.reclaim(db, platform, now=now, settled_at=now, all_of_them=False)


async def _let_go_on(database: Database, now: datetime) -> bool:
    """Say whether something can go out that was held."""
    if ended := await pauses.end_asked(database, now=now):
        log.info("ended pauses that were over: %s", ended)
    probed = await pauses.probe(database, now=now)
    if probed:
        log.info("tried closed channels again: %s", probed)
    return bool(ended + probed + await pauses.free_stranded(database, now=now))


def passing_on(passing: PassingOn) -> Job:
    """Return the job that passes posts on to the channels that follow theirs."""
    return Job("pass posts on", _PASS_ON_EVERY, passing.pass_due)


def noticing(notices: Notices) -> Job:
    """Return the job that tells of closed channels and of changes where people want to hear."""
    return Job("tell what happened", _TIDY_EVERY, notices.post_due)


def removing_traces(database: Database, *, clock: Clock = utc_now) -> Job:
    """Return the job that leaves nothing in the file of what was deleted."""

    async def remove() -> None:
        now = clock()
        async with database.read() as db:
            is_quiet = not await outbox.is_busy(db, now=now)
        if await traces.remove_if_due(database, is_quiet=is_quiet, now=now):
            log.info("wrote the database anew, so that nothing of what was deleted is left")

    return Job("remove what is left of deleted data", _TIDY_EVERY, remove)


def _tell_of_long_log(database: Database) -> None:
    if (long := database.log_bytes()) > LONG_LOG:
        log.warning("the database's log has grown to %s MB: something reads for long", long >> 20)


async def run(jobs: Sequence[Job], stopping: asyncio.Event) -> None:
    """Do every job now, then as often as it says, until `stopping`. None waits for another."""
    # The scheduler only says when: a job it ran itself would be cut off when it shuts down.
    scheduler = AsyncIOScheduler(timezone=UTC)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_keep_doing(job, _told_by(scheduler, job))) for job in jobs]
        scheduler.start()
        try:
            await stopping.wait()
        finally:
            scheduler.shutdown(wait=False)
            # Whatever is cut off here is one transaction or none, and is done again.
            for task in tasks:
                task.cancel()


def _told_by(scheduler: AsyncIOScheduler, job: Job) -> asyncio.Event:
    due = asyncio.Event()
    due.set()
    # One slow run must not pile up behind itself, and a late run is still worth doing.
    scheduler.add_job(
        due.set,
        "interval",
        seconds=job.every.total_seconds(),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    return due


async def _keep_doing(job: Job, due: asyncio.Event) -> None:
    while True:
        await due.wait()
        due.clear()
        try:
            await job.do()
        except (SQLAlchemyError, OSError) as error:
            log.error("could not %s, will try again: %s", job.name, cause_of(error))  # noqa: TRY400 (the cause is the database or its disk, not our code)
        except Exception:
            log.exception("could not %s, will try again", job.name)
