"""Puts the parts together: the only module that knows them all. Opens and closes in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, assert_never

from core import jobs, notes
from core.config import Secrets, Settings, SourceSettings, TagsSettings
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.desk import Desk
from core.editing import EditWorker
from core.intake import Intake
from core.posting import Platform, PlatformClosed, Poster
from core.sources import Source
from core.sources.feed import Feed
from core.sources.fetch import Fetcher
from core.sources.folder import Folder
from core.sources.site import Site

log = logging.getLogger(__name__)

Part = Literal["discord", "slack", "jobs"]

_DRAIN = timedelta(seconds=7)
"""How long what is on its way may take when the program stops; an exit takes 10 s at most."""


class NothingToRun(Exception):
    """No platform has a token. Says what to set."""


@dataclass(frozen=True, slots=True)
class PlatformParts:
    """A platform that is open: where posts go, and what listens to people."""

    platform: Platform
    poster: Poster
    listen: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]
    listening: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Workers:
    """What is at work on one platform."""

    posting: DeliveryWorker
    editing: EditWorker


class DatabaseNotes:
    """Small facts kept between runs, in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, name: str) -> str | None:
        """Return what was remembered under `name`."""
        async with self._database.read() as db:
            return await notes.recall(db, name)

    async def remember(self, name: str, value: str) -> None:
        """Keep `value` under `name`."""
        async with self._database.write() as db:
            await notes.remember(db, name, value)


class App:
    """The whole bot, open. Made by `open_app`."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        platforms: Sequence[PlatformParts],
        sources: Mapping[str, Source],
        intake: Intake,
        workers: Mapping[Platform, Workers],
    ) -> None:
        self._settings = settings
        self._database = database
        self._platforms = platforms
        self._sources = sources
        self._intake = intake
        self._workers = workers
        self._open: set[Platform] = set()

    async def run(self, stopping: asyncio.Event, *, only: Part | None = None) -> bool:
        """Run until `stopping`, and say whether it ended as it should.

        A platform that refuses the bot ends alone; when none is left, all ends. Raises
        `NothingToRun` if `only` is a platform without a token.
        """
        parts = [p for p in self._platforms if only in {None, p.platform}]
        if not parts and only != "jobs":
            raise NothingToRun(
                f"{only} has no token: set it in the environment, or leave out --only"
            )
        self._open = {p.platform for p in parts}
        tasks = [asyncio.create_task(self._serve(p, stopping)) for p in parts]
        if only in {None, "jobs"}:
            await self._intake.finish(datetime.now(UTC))
            tasks.append(asyncio.create_task(jobs.run(self._jobs(), stopping)))
        await self._until(tasks, stopping)
        return bool(self._open) or not parts

    async def listening(self) -> None:
        """Return when every platform hears people."""
        for parts in self._platforms:
            await parts.listening()

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

    def _jobs(self) -> list[jobs.Job]:
        every = {s.name: timedelta(minutes=s.every_minutes) for s in self._settings.sources}
        polls = [jobs.polling(self._intake, s, every[s.name]) for s in self._sources.values()]
        purge_after = timedelta(days=self._settings.delivery.purge_after_days)
        platforms = [p.platform for p in self._platforms]
        return [*polls, jobs.tidying(self._database, platforms, purge_after=purge_after)]


@asynccontextmanager
async def open_app(settings: Settings, secrets: Secrets) -> AsyncIterator[App]:
    """Open every part that is configured. Raises `NothingToRun` and `DatabaseError`."""
    _require_tokens(secrets)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database.url))
        workers: dict[Platform, Workers] = {}

        def wake() -> None:
            for worker in workers.values():
                worker.posting.wake()

        desk = Desk(database, known_tags(settings.tags), when_released=wake)
        platforms = await _open_platforms(stack, settings, secrets, desk, DatabaseNotes(database))
        for parts in platforms:
            to = (database, parts.poster, parts.platform)
            style = settings.posts.style
            resends = settings.delivery.on_unknown == "resend"
            workers[parts.platform] = Workers(
                DeliveryWorker(*to, style=style, resends_unknown=resends),
                EditWorker(*to, style=style),
            )
        fetcher = await stack.enter_async_context(new_fetcher(settings))
        sources = {s.name: open_source(s, fetcher) for s in settings.sources}
        intake = new_intake(settings, database, wake)
        yield App(settings, database, platforms, sources, intake, workers)


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


async def _open_platforms(
    stack: AsyncExitStack, settings: Settings, secrets: Secrets, desk: Desk, kept: DatabaseNotes
) -> list[PlatformParts]:
    platforms: list[PlatformParts] = []
    if secrets.discord_token.get_secret_value():
        platforms.append(await _open_discord(stack, settings, secrets, desk, kept))
    if secrets.slack_bot_token.get_secret_value():
        platforms.append(await _open_slack(stack, settings, secrets, desk))
    return platforms


def _require_tokens(secrets: Secrets) -> None:
    discord, slack = secrets.discord_token, secrets.slack_bot_token
    if not discord.get_secret_value() and not slack.get_secret_value():
        raise NothingToRun(
            "no platform has a token: set THEMATA_DISCORD_TOKEN, or THEMATA_SLACK_BOT_TOKEN and"
            " THEMATA_SLACK_APP_TOKEN, in the environment"
        )
    if slack.get_secret_value() and not secrets.slack_app_token.get_secret_value():
        raise NothingToRun("Slack needs a second token: set THEMATA_SLACK_APP_TOKEN, too")


async def _open_discord(
    stack: AsyncExitStack, settings: Settings, secrets: Secrets, desk: Desk, kept: DatabaseNotes
) -> PlatformParts:
    # An SDK takes a second to import, so only those that are used are.
    from bots.discord.bot import GATEWAY_URL, DiscordBot
    from bots.discord.poster import DiscordPoster

    chosen, token = settings.discord, secrets.discord_token.get_secret_value()
    poster = await stack.enter_async_context(
        DiscordPoster(token, api_url=chosen.api_url, requests_per_second=chosen.requests_per_second)
    )
    bot = DiscordBot(
        token,
        desk,
        kept,
        api_url=chosen.api_url,
        gateway_url=chosen.gateway_url or GATEWAY_URL,
    )
    return PlatformParts("discord", poster, bot.run, bot.close, bot.ready)


async def _open_slack(
    stack: AsyncExitStack, settings: Settings, secrets: Secrets, desk: Desk
) -> PlatformParts:
    from bots.slack.bot import SlackBot
    from bots.slack.client import web_client
    from bots.slack.poster import SlackPoster

    client = await stack.enter_async_context(
        web_client(secrets.slack_bot_token.get_secret_value(), api_url=settings.slack.api_url)
    )
    chosen = settings.slack
    poster = SlackPoster(client, spacing=chosen.seconds_between_posts, settle=chosen.settle_seconds)
    bot = SlackBot(client, secrets.slack_app_token.get_secret_value(), desk)
    return PlatformParts("slack", poster, bot.run, bot.close, bot.connected)
