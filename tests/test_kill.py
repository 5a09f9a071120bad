"""The program ends at any moment, politely or not, and no post is lost."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.sandbox.discord import Channel as DiscordChannel
from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.slack import Channel as SlackChannel
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn
from core import subscriptions
from core.db import Database, open_database
from core.intake import Intake
from core.posting import Address
from core.sources import Draft
from tests.forks import Fork
from tests.news import ARTICLE, TITLE
from tests.program import PATIENCE, Program, program, slack_until

FIRST = "Gemma 4 runs on phones"
SECOND = TITLE
GRACE = 10.0
"""Seconds within which the program ends when it is told to."""


@dataclass(frozen=True, slots=True)
class World:
    """As many channels on each side, all of which follow #meta."""

    discord: DiscordStandIn
    slack: SlackStandIn
    discord_channels: list[DiscordChannel]
    slack_channels: list[SlackChannel]
    program: Program
    database: str

    def on_discord(self, title: str) -> Counter[str]:
        """Return in which channels of Discord an article stands, and how often."""
        said = ((c.id, m) for c in self.discord_channels for m in self.discord.messages(c))
        return Counter(channel for channel, message in said if message.says(title))

    def on_slack(self, title: str) -> Counter[str]:
        """Return in which channels of Slack an article stands, and how often."""
        said = ((c.id, m) for c in self.slack_channels for m in self.slack.messages(c.id))
        return Counter(channel for channel, message in said if title in message.text)

    async def everywhere(self, title: str) -> None:
        """Wait until an article stands in every channel."""
        wanted = len(self.discord_channels)
        async with asyncio.timeout(PATIENCE):
            await self.discord.until(lambda: len(self.on_discord(title)) == wanted)
            await slack_until(self.slack, lambda: len(self.on_slack(title)) == wanted)

    async def connected(self) -> None:
        """Wait until the program listens to people on both sides."""
        async with asyncio.timeout(PATIENCE):
            await self.discord.connected()
            await self.slack.connected()

    def addresses(self) -> Iterator[Address]:
        """Give every channel as the core knows it."""
        for here in self.discord_channels:
            yield Address("discord", here.guild_id, here.id)
        for there in self.slack_channels:
            yield Address("slack", self.slack.team_id, there.id)


@asynccontextmanager
async def world(file: Path, *, channels: int) -> AsyncIterator[World]:
    """Give channels to which the first article is on its way."""
    async with (
        DiscordStandIn(limits=DiscordLimits.off()) as discord,
        SlackStandIn(limits=SlackLimits.off()) as slack,
    ):
        guild = discord.add_guild("Acme")
        made = World(
            discord,
            slack,
            [discord.add_channel(guild, f"news-{n}") for n in range(channels)],
            [slack.add_channel(f"news-{n}") for n in range(channels)],
            program(file.parent, discord, slack),
            f"sqlite:///{file}",
        )
        async with open_database(made.database) as database:
            await _queue_first(database, made)
        yield made


async def _queue_first(database: Database, here: World) -> None:
    now = datetime.now(UTC)
    async with database.write() as db:
        for address in here.addresses():
            await subscriptions.follow(db, address, ["meta"], by="ada", now=now)
    draft = Draft(FIRST, "https://news.example/gemma", tags=("meta",))
    await Intake(database).take_in(draft, source="test", now=now)


async def ended(process: Fork) -> int:
    """Tell the program to stop, and return its exit code."""
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(GRACE):
        return await process.wait()


@pytest.mark.parametrize("channels", [40, pytest.param(200, marks=pytest.mark.long)])
async def test_killed_amid_its_posts_it_goes_on_and_loses_none(
    database_file: Path, channels: int
) -> None:
    async with world(database_file, channels=channels) as here:
        here.discord.drop_next("POST /channels/*/messages", after_commit=True, times=3)
        here.slack.drop_next("chat.postMessage", after_commit=True, times=3)
        # One channel is kept waiting, so that it cannot be through before it is killed.
        last = f"POST /channels/{here.discord_channels[-1].id}/messages"
        async with (
            here.program.running("run") as process,
            here.discord.held(last, before_commit=True),
            asyncio.timeout(PATIENCE),
        ):
            await here.discord.until(lambda: here.on_discord(FIRST).total() >= channels // 2)
            process.kill()
            await process.wait()
            stood = here.on_discord(FIRST).total()

        async with here.program.running("run") as process:
            await here.connected()
            taken = await here.program.ended("ingest", str(ARTICLE))
            await here.everywhere(FIRST)
            await here.everywhere(SECOND)
            code = await ended(process)

        assert channels // 2 <= stood < channels
        assert taken.code == code == 0
        assert set(here.on_discord(FIRST).values()) == set(here.on_slack(FIRST).values()) == {1}
        assert set(here.on_discord(SECOND).values()) == set(here.on_slack(SECOND).values()) == {1}


@asynccontextmanager
async def all_answers_held(here: World) -> AsyncIterator[None]:
    """Keep the answers to posts back, on both sides, until the block ends."""
    async with (
        here.discord.held("POST /channels/*/messages") as on_discord,
        here.slack.held("chat.postMessage") as on_slack,
    ):
        async with asyncio.timeout(PATIENCE):
            await here.connected()
            await on_discord.arrived()
            await on_slack.arrived()
        yield


async def test_k13_told_to_stop_it_waits_for_the_answers_to_its_posts(database_file: Path) -> None:
    async with world(database_file, channels=40) as here:
        async with here.program.running("run") as process, asyncio.timeout(PATIENCE):
            async with all_answers_held(here):
                process.send_signal(signal.SIGTERM)
                await here.discord.until(lambda: not here.discord.gateway.is_connected)
            code = await process.wait()
        stood = {*here.on_discord(FIRST).values(), *here.on_slack(FIRST).values()}
        async with here.program.running("run") as again:
            await here.connected()
            await here.everywhere(FIRST)
            assert await ended(again) == 0

        assert code == 0
        assert stood == {1}
        assert set(here.on_discord(FIRST).values()) == set(here.on_slack(FIRST).values()) == {1}


async def test_k13_told_to_stop_it_ends_in_time_though_no_answer_comes(database_file: Path) -> None:
    async with world(database_file, channels=40) as here:
        async with here.program.running("run") as process, all_answers_held(here):
            code = await ended(process)
        async with here.program.running("run") as again:
            await here.connected()
            await here.everywhere(FIRST)
            assert await ended(again) == 0

        assert code == 0
        assert set(here.on_discord(FIRST).values()) == {1}
