"""Puts the parts together: the only module that knows them all. Opens and closes in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never

from bots.platforms import DatabaseNotes, Given, Part, PlatformParts, open_platforms, require_tokens
from core import jobs
from core.config import Secrets, Settings, SourceSettings, TagsSettings
from core.db import AWAY, Database, cause_of, open_database
from core.delivery import DeliveryWorker
from core.desk import Desk
from core.desk.hurry import Hurry
from core.editing import EditWorker
from core.intake import Intake
from core.notices import Notices
from core.passing_on import PassingOn
from core.pauses import Pauses
from core.posting import PLATFORMS, Platform, PlatformClosed, Poster
from core.restoration import make_up
from core.seals import seals_of
from core.sources import Source
from core.sources.feed import Feed
from core.sources.fetch import Fetcher
from core.sources.folder import Folder
from core.sources.site import Site

log = logging.getLogger(__name__)

_AGAIN = timedelta(seconds=5)
"""How long a database that is away is left alone before it is asked again."""
_DRAIN = timedelta(seconds=7)
"""How long what is on its way may take when the program stops; an exit takes 10 s at most."""


@dataclass(frozen=True, slots=True)
class Workers:
    """What is at work on one platform."""

    posting: DeliveryWorker
    editing: EditWorker


class App:
    """The whole bot, open. Made by `open_app`."""

    def __init__(
        self,
        database: Database,
        platforms: Sequence[PlatformParts],
        workers: Mapping[Platform, Workers],
        intake: Intake | None,
        todo: Sequence[jobs.Job],
    ) -> None:
        """Serve these platforms and do these jobs. Without `intake` others take articles in."""
        self.database = database
        self.intake = intake
        self._platforms = platforms
        self._workers = workers
        self._jobs = todo
        self._open: set[Platform] = set()

    async def run(self, stopping: asyncio.Event) -> bool:
        """Run until `stopping`, and say whether it ended as it should.

        A platform that refuses the bot ends alone; when none is left, all ends.
        """
        self._open = {p.platform for p in self._platforms}
        tasks = [asyncio.create_task(self._serve(p, stopping)) for p in self._platforms]
        tasks.append(asyncio.create_task(self._do_jobs(stopping)))
        await self._until(tasks, stopping)
        return bool(self._open) or not self._platforms

    async def listening(self) -> None:
        """Return when every platform hears people."""
        for parts in self._platforms:
            await parts.listening()

    async def _do_jobs(self, stopping: asyncio.Event) -> None:
        # First: else it could go on with an article that a job is still queueing.
        while self.intake and not stopping.is_set():
            try:
                await self.intake.finish(datetime.now(UTC))
                break
            except AWAY as error:
                log.error("could not queue what was left, will try again: %s", cause_of(error))  # noqa: TRY400 (the cause is the database, not our code)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _AGAIN.total_seconds())
        await jobs.run(self._jobs, stopping)

    async def _until(self, tasks: Sequence[asyncio.Task[None]], stopping: asyncio.Event) -> None:
        stopped = asyncio.ensure_future(stopping.wait())
        broken = asyncio.ensure_future(asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION))
        await asyncio.wait([stopped, broken], return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        stopped.cancel()
        broken.cancel()
        _, late = await asyncio.wait(tasks, timeout=_DRAIN.total_seconds())
        for task in late:
            log.warning("stopped without waiting any longer")
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _serve(self, parts: PlatformParts, stopping: asyncio.Event) -> None:
        workers = self._workers[parts.platform]
        ended = asyncio.Event()
        listening = asyncio.ensure_future(parts.listen())
        posting = asyncio.ensure_future(workers.posting.run(ended))
        editing = asyncio.ensure_future(workers.editing.run(ended))
        stop = asyncio.ensure_future(stopping.wait())
        try:
            await asyncio.wait([listening, posting, stop], return_when=asyncio.FIRST_COMPLETED)
            ended.set()
            stop.cancel()
            await parts.close()
            working = (listening, posting, editing)
            for result in await asyncio.gather(*working, return_exceptions=True):
                if isinstance(result, BaseException):
                    raise result
        except PlatformClosed as error:
            self._close_platform(parts.platform, error, stopping)
        finally:
            for task in (listening, posting, editing, stop):
                task.cancel()
            # They use what is closed next.
            await asyncio.gather(listening, posting, editing, return_exceptions=True)

    def _close_platform(
        self, platform: Platform, error: PlatformClosed, stopping: asyncio.Event
    ) -> None:
        log.error("stopped %s: %s", platform, error)
        self._open.discard(platform)
        if not self._open:
            stopping.set()


@asynccontextmanager
async def open_app(
    settings: Settings, secrets: Secrets, *, only: Part | None = None, lets_hurry: bool = False
) -> AsyncIterator[App]:
    """Open every part that is configured, or `only` one. Raises `NothingToRun`, `DatabaseError`.

    If it `lets_hurry`, a person may give any number of commands in a short time.
    """
    require_tokens(secrets, only)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database.url))
        await make_up(database, now=datetime.now(UTC))
        workers: dict[Platform, Workers] = {}

        def wake() -> None:
            for worker in workers.values():
                worker.posting.wake()

        # Filled when the platforms are open, which need the desk themselves.
        posters: dict[Platform, Poster] = {}
        known, style = known_tags(settings.tags), settings.posts.style
        hurry = None if lets_hurry else Hurry()
        given = Given(
            Desk(database, known, when_released=wake, posters=posters, style=style, hurry=hurry),
            Pauses(database, when_released=wake),
            DatabaseNotes(database),
            await seals_of(database),
        )
        platforms = await open_platforms(stack, settings, secrets, given, only)
        for parts in platforms:
            posters[parts.platform] = parts.poster
            workers[parts.platform] = _workers(settings, database, parts)
        passing = {it.platform: it.passes_on for it in platforms if it.passes_on}
        todo = [jobs.noticing(Notices(database, posters))]
        todo.append(jobs.passing_on(PassingOn(database, passing)))
        if only not in {None, "jobs"}:
            yield App(database, platforms, workers, None, todo)
            return
        intake = new_intake(settings, database, wake)
        fetcher = await stack.enter_async_context(new_fetcher(settings))
        todo += _polls(settings, fetcher, intake)
        todo += [_tidying(settings, database, wake), jobs.removing_traces(database)]
        yield App(database, platforms, workers, intake, todo)


def _workers(settings: Settings, database: Database, parts: PlatformParts) -> Workers:
    to, style = (database, parts.poster, parts.platform), settings.posts.style
    resends = settings.delivery.on_unknown == "resend"
    posting = DeliveryWorker(*to, style=style, resends_unknown=resends)
    return Workers(posting, EditWorker(*to, style=style))


def _polls(settings: Settings, fetcher: Fetcher, intake: Intake) -> list[jobs.Job]:
    return [
        jobs.polling(intake, open_source(s, fetcher), timedelta(minutes=s.every_minutes))
        for s in settings.sources
    ]


def _tidying(settings: Settings, database: Database, wake: Callable[[], None]) -> jobs.Job:
    kept_for = 0 if settings.delivery.purge_on_leave else settings.delivery.purge_after_days
    purge_after = timedelta(days=kept_for)
    return jobs.tidying(database, PLATFORMS, purge_after=purge_after, when_released=wake)


def new_fetcher(settings: Settings) -> Fetcher:
    """Return the one that reads sources over HTTP."""
    fetch = settings.fetch
    return Fetcher(allow_private=fetch.allow_private_addresses, seconds=fetch.timeout_seconds)


def new_intake(
    settings: Settings, database: Database, when_queued: Callable[[], None] = lambda: None
) -> Intake:
    """Return the one that takes articles in."""
    return Intake(
        database,
        known_tags=known_tags(settings.tags),
        posts_newest_of_new_source=settings.posts.newest_of_a_new_source,
        when_queued=when_queued,
    )


def open_source(settings: SourceSettings, fetcher: Fetcher) -> Source:
    """Return the source that is configured so."""
    match settings.kind:
        case "site":
            return Site(settings.name, settings.url, fetcher)
        case "feed":
            return Feed(settings.name, settings.url, fetcher)
        case "folder":
            return Folder(settings.name, settings.path, settings.address)
        case _:
            assert_never(settings)


def known_tags(settings: TagsSettings) -> dict[str, list[str]]:
    """Return the configured tags, each with its aliases."""
    tags: dict[str, list[str]] = {tag: [] for tag in settings.known}
    for alias, tag in settings.aliases.items():
        tags.setdefault(tag, []).append(alias)
    return tags
