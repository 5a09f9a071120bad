"""Looks whether everything that is configured works, and says what to do where it does not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bots.app import known_tags, new_fetcher, open_source
from core import polls
from core.config import Secrets, Settings
from core.db import HEAD, DatabaseError, database_url, open_database
from core.posting import PlatformClosed, PostError
from core.sources import Memory, Source, SourceError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what to do about it if it is not well."""

    subject: str
    is_well: bool
    detail: str
    step: str = ""


async def findings(settings: Settings, secrets: Secrets) -> AsyncIterator[Finding]:
    """Give what was found, one thing after the other."""
    yield await _database(settings)
    discord, slack = secrets.discord_token, secrets.slack_bot_token
    if not discord.get_secret_value() and not slack.get_secret_value():
        step = "set THEMATA_DISCORD_TOKEN, or THEMATA_SLACK_BOT_TOKEN and THEMATA_SLACK_APP_TOKEN"
        yield Finding("platforms", is_well=False, detail="no token is set", step=step)
    if token := discord.get_secret_value():
        yield await _discord(token, settings.discord.api_url)
    if token := slack.get_secret_value():
        yield await _slack(token, secrets.slack_app_token.get_secret_value(), settings)
    async for finding in _sources(settings):
        yield finding


async def _database(settings: Settings) -> Finding:
    try:
        async with open_database(settings.database.url):
            shown = database_url(settings.database.url).render_as_string(hide_password=True)
    except DatabaseError as error:
        said, _, step = str(error).partition("\n")
        usual = "see database.url in config.toml, and whether its folder or server is there"
        return Finding("database", is_well=False, detail=said, step=step or usual)
    return Finding("database", is_well=True, detail=f"{shown}, schema {HEAD}")


async def _discord(token: str, api_url: str) -> Finding:
    from bots.discord.identity import identify

    try:
        name = await identify(token, api_url=api_url)
    except (PlatformClosed, PostError) as error:
        step = "copy the token from the Bot page of your application into THEMATA_DISCORD_TOKEN"
        return Finding("discord", is_well=False, detail=str(error), step=step)
    return Finding("discord", is_well=True, detail=f"the bot is {name}")


async def _slack(token: str, app_token: str, settings: Settings) -> Finding:
    from bots.slack.client import check_app_token, identify, web_client

    step = "install the app anew from its settings, and set THEMATA_SLACK_BOT_TOKEN"
    try:
        async with web_client(token, api_url=settings.slack.api_url) as client:
            identity = await identify(client)
            step = "make an app-level token with connections:write, and set THEMATA_SLACK_APP_TOKEN"
            await check_app_token(client, app_token)
    except (PlatformClosed, PostError) as error:
        return Finding("slack", is_well=False, detail=str(error), step=step)
    return Finding("slack", is_well=True, detail=f"the workspace is {identity.workspace}")


async def _sources(settings: Settings) -> AsyncIterator[Finding]:
    memory = Memory(_nothing_known, frozenset(known_tags(settings.tags)))
    async with new_fetcher(settings) as fetcher:
        for chosen in settings.sources:
            source = open_source(chosen, fetcher)
            yield await _gone(settings, source) or await _read(source, memory)


async def _gone(settings: Settings, source: Source) -> Finding | None:
    """Return that the bot reads this source no more, if it was told that it is gone."""
    try:
        async with open_database(settings.database.url) as database, database.read() as db:
            because = (await polls.recall(db, source.name, source.place)).gone_because
    except DatabaseError:
        return None  # that is a finding of its own
    step = f"give it another address, or take it out; `themata ingest {source.name}` asks again"
    detail = f"it is not read any more: {because}"
    name = f"source {source.name}"
    return Finding(name, is_well=False, detail=detail, step=step) if because else None


async def _read(source: Source, memory: Memory) -> Finding:
    subject = f"source {source.name}"
    try:
        reading = await source.fetch(memory)
    except SourceError as error:
        step = "see whether its address is right and can be reached from here"
        return Finding(subject, is_well=False, detail=str(error), step=step)
    told = f"{len(reading.drafts)} articles, {len(reading.problems)} problems"
    return Finding(subject, is_well=True, detail=told)


async def _nothing_known(urls: object) -> frozenset[str]:  # noqa: ARG001 (the port's form)
    return frozenset()
