"""Rows K1 to K5 and K8 of the fault matrix: a worker is killed at each stage of a post."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bots.sandbox.discord.faults import Hold as DiscordHold
from bots.sandbox.slack.faults import Hold as SlackHold
from core.posting import Platform
from tests.promise import Verdict
from tests.victims import Victims
from tests.worlds import FIRST, HOUR, MINUTE, SECOND, World, world

TAG = "llms"
BOTH = pytest.mark.parametrize("platform", ["discord", "slack"])


@asynccontextmanager
async def two_channels(platform: Platform, file: Path) -> AsyncIterator[tuple[World, list[str]]]:
    """Give two channels to which an article is on its way, one post after the other."""
    async with world(platform, file) as here:
        channels = [await here.followed(TAG, name) for name in ("one", "two")]
        await here.take_in(FIRST, TAG, to=2)
        yield here, channels


async def outcome(here: World, channels: list[str], *, later: float = 1.0) -> list[Verdict]:
    """Let the next worker post this article and one more, and return what the checker finds."""
    here.clock.later += later
    await here.take_in(SECOND, TAG, to=2)
    await here.finish()
    return [here.verdict(channel) for channel in channels]


def answers_held(here: World) -> AbstractAsyncContextManager[DiscordHold | SlackHold]:
    """Keep the answers to posts back until the block ends."""
    return here.stand_in.held(here.line)


async def killed_after_an_answer(here: World, victims: Victims, *, when_marked: bool) -> list[str]:
    """Kill a worker that has one answer and waits for another; return what is written down.

    It has one lane: the second post is sent when the answer to the first has come. Unless it is to
    mark the first, it cannot: the database is locked.
    """
    async with AsyncExitStack() as until_dead:
        async with here.stand_in.held(here.line) as first:
            await victims.start(here.orders)
            await first.arrived()
            if not when_marked:
                await until_dead.enter_async_context(here.database.write())
            second = await until_dead.enter_async_context(answers_held(here))
        await second.arrived()
        while when_marked and "posted" not in await here.states():
            pass
        await victims.kill()
    return await here.states()


@asynccontextmanager
async def silence() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Give the address of a server that never answers, and what is set when somebody calls."""
    called, lines = asyncio.Event(), list[asyncio.StreamWriter]()

    def take(_: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        lines.append(line)
        called.set()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", called
    finally:
        server.close()
        for line in lines:
            line.close()
            with suppress(OSError):
                await line.wait_closed()


@BOTH
async def test_k1_killed_before_the_claim(
    platform: Platform, victims: Victims, database_file: Path
) -> None:
    async with two_channels(platform, database_file) as (here, channels):
        await victims.start(replace(here.orders, killed_at=1))
        await victims.has_died()
        states = await here.states()

        assert states == ["waiting"] * 2
        assert await outcome(here, channels) == [Verdict()] * 2


@BOTH
async def test_k2_killed_after_the_claim(
    platform: Platform, victims: Victims, database_file: Path
) -> None:
    async with two_channels(platform, database_file) as (here, channels):
        async with silence() as (url, called):
            await victims.start(replace(here.orders, api_url=url))
            await called.wait()
            await victims.kill()
        states = await here.states()

        assert states == ["sending"] * 2
        assert here.log.seen == []
        assert await outcome(here, channels) == [Verdict()] * 2


async def test_k3_discord_does_after_the_kill_what_it_was_sent(
    victims: Victims, database_file: Path
) -> None:
    async with two_channels("discord", database_file) as (here, channels):
        async with here.stand_in.held(here.line, before_commit=True) as posts:
            await victims.start(here.orders)
            await posts.arrived()
            await victims.kill()
            here.clock.later += 1
            await here.take_over()
            again = asyncio.create_task(here.try_once())
            await posts.arrived(2)
            stood = len(here.log.seen)
        await again

        assert stood == 0
        assert await outcome(here, channels) == [Verdict()] * 2


async def test_k3_slack_does_what_it_was_sent_only_after_the_first_look(
    victims: Victims, database_file: Path
) -> None:
    async with two_channels("slack", database_file) as (here, channels):
        async with here.stand_in.held(here.line, before_commit=True) as posts:
            await victims.start(here.orders)
            await posts.arrived()
            await victims.kill()
            await here.take_over()
            here.clock.later += MINUTE
            await here.try_once()
            stood = len(here.log.seen)
        await here.log.until(lambda: len(here.log.seen) == 1)

        assert stood == 0
        assert await outcome(here, channels) == [Verdict()] * 2


@BOTH
async def test_k4_killed_after_the_answer(
    platform: Platform, victims: Victims, database_file: Path
) -> None:
    async with two_channels(platform, database_file) as (here, channels):
        states = await killed_after_an_answer(here, victims, when_marked=False)

        assert states == ["sending"] * 2
        assert len(here.log.seen) == 2
        assert await outcome(here, channels) == [Verdict()] * 2


@BOTH
async def test_k5_killed_after_the_mark(
    platform: Platform, victims: Victims, database_file: Path
) -> None:
    async with two_channels(platform, database_file) as (here, channels):
        states = await killed_after_an_answer(here, victims, when_marked=True)

        assert states == ["posted", "sending"]
        assert len(here.log.seen) == 2
        assert await outcome(here, channels) == [Verdict()] * 2


@BOTH
async def test_k8_started_again_an_hour_later(
    platform: Platform, victims: Victims, database_file: Path
) -> None:
    async with two_channels(platform, database_file) as (here, channels):
        states = await killed_after_an_answer(here, victims, when_marked=False)

        assert states == ["sending"] * 2
        assert await outcome(here, channels, later=HOUR) == [Verdict()] * 2
