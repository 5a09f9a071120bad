"""Opens the platforms that have a token: each with its poster and its bot."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

from bots.discord.notes import NotesAway
from core import notes
from core.config import Secrets, Settings
from core.db import AWAY, Database, cause_of
from core.desk import Desk
from core.passing_on import PassesOn
from core.posting import Platform, Poster
from core.reachability import Reachability
from core.seals import Seals

Part = Literal["discord", "slack", "jobs"]


class NothingToRun(Exception):
    """No platform has a token. Says what to set."""


class DatabaseNotes:
    """Small facts kept between runs, in the database. Raises `NotesAway` while that is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, name: str) -> str | None:
        """Return what was remembered under `name`."""
        with _as_away():
            async with self._database.read() as db:
                return await notes.recall(db, name)

    async def remember(self, name: str, value: str) -> None:
        """Keep `value` under `name`."""
        with _as_away():
            async with self._database.write() as db:
                await notes.remember(db, name, value)


@contextmanager
def _as_away() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise NotesAway(cause_of(error)) from error


@dataclass(frozen=True, slots=True)
class Given:
    """What every platform is given of the core."""

    desk: Desk
    reachability: Reachability
    notes: DatabaseNotes
    seals: Seals


@dataclass(frozen=True, slots=True)
class PlatformParts:
    """A platform that is open: where posts go, and what listens to people."""

    platform: Platform
    poster: Poster
    listen: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]
    listening: Callable[[], Awaitable[None]]
    passes_on: PassesOn | None = None
    """What passes its posts on, where that is possible."""


def require_tokens(secrets: Secrets, only: Part | None) -> None:
    """Raise `NothingToRun` if a token is missing for what is to run."""
    discord = secrets.discord_token.get_secret_value()
    slack = secrets.slack_bot_token.get_secret_value()
    if (only == "discord" and not discord) or (only == "slack" and not slack):
        raise NothingToRun(f"{only} has no token: set it in the environment, or leave out --only")
    if only is None and not discord and not slack:
        raise NothingToRun(
            "no platform has a token: set THEMATA_DISCORD_TOKEN, or THEMATA_SLACK_BOT_TOKEN and"
            " THEMATA_SLACK_APP_TOKEN, in the environment"
        )
    if only in {None, "slack"} and slack and not secrets.slack_app_token.get_secret_value():
        raise NothingToRun("Slack needs a second token: set THEMATA_SLACK_APP_TOKEN, too")


async def open_platforms(
    stack: AsyncExitStack, settings: Settings, secrets: Secrets, given: Given, only: Part | None
) -> list[PlatformParts]:
    """Open the platforms that have a token, or `only` one; the stack closes them."""
    platforms: list[PlatformParts] = []
    if only in {None, "discord"} and secrets.discord_token.get_secret_value():
        platforms.append(await _open_discord(stack, settings, secrets, given))
    if only in {None, "slack"} and secrets.slack_bot_token.get_secret_value():
        platforms.append(await _open_slack(stack, settings, secrets, given))
    return platforms


async def _open_discord(
    stack: AsyncExitStack, settings: Settings, secrets: Secrets, given: Given
) -> PlatformParts:
    # An SDK takes a second to import, so only those that are used are.
    from bots.discord.bot import GATEWAY_URL, DiscordBot
    from bots.discord.poster import DiscordPoster

    chosen, token = settings.discord, secrets.discord_token.get_secret_value()
    poster = await stack.enter_async_context(
        DiscordPoster(
            token,
            api_url=chosen.api_url,
            requests_per_second=chosen.requests_per_second,
            seals=given.seals,
        )
    )
    bot = DiscordBot(
        token,
        given.desk,
        given.notes,
        reachability=given.reachability,
        api_url=chosen.api_url,
        gateway_url=chosen.gateway_url or GATEWAY_URL,
        seals=given.seals,
    )
    return PlatformParts("discord", poster, bot.run, bot.close, bot.ready, poster)


async def _open_slack(
    stack: AsyncExitStack, settings: Settings, secrets: Secrets, given: Given
) -> PlatformParts:
    from bots.slack.bot import SlackBot
    from bots.slack.client import web_client
    from bots.slack.poster import SlackPoster

    client = await stack.enter_async_context(
        web_client(secrets.slack_bot_token.get_secret_value(), api_url=settings.slack.api_url)
    )
    chosen = settings.slack
    poster = SlackPoster(
        client,
        spacing=chosen.seconds_between_posts,
        settle=chosen.settle_seconds,
        seals=given.seals,
    )
    app_token = secrets.slack_app_token.get_secret_value()
    bot = SlackBot(
        client, app_token, given.desk, reachability=given.reachability, seals=given.seals
    )
    return PlatformParts("slack", poster, bot.run, bot.close, bot.connected)
