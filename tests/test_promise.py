"""The checker finds each way to break the promise, and nothing where it is kept."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn
from tests.forks import FORKS
from tests.program import PATIENCE
from tests.promise import Log, Seen, Verdict, articles_in, check
from tests.wrong_workers import Orders, Platform, Point, Strategy, fill_store, work

ARTICLES = ["A1-0001", "A1-0002", "A1-0003"]
CHANNELS = 5
HOUR = 3600.0


@dataclass(slots=True)
class Clock:
    """The real time, moved on."""

    later: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return time.time() + self.later


@dataclass(frozen=True, slots=True)
class World:
    """A stand-in, what was promised there, and the orders to keep it by."""

    stand_in: DiscordStandIn | SlackStandIn
    channels: list[str]
    orders: Orders
    clock: Clock
    log: Log = field(default_factory=Log)

    async def killed(self, point: Point) -> None:
        """Run a worker until it kills itself there."""
        assert await _ended(replace(self.orders, killed_at=point)) == -signal.SIGKILL

    async def finished(self) -> None:
        """Run a worker to its end."""
        assert await _ended(replace(self.orders, later=self.clock.later)) == 0

    def verdict(self) -> Verdict:
        """Return what the checker finds."""
        return check(self.log.seen, dict.fromkeys(self.channels, ARTICLES))


async def _start(orders: Orders) -> ForkServerProcess:
    process = FORKS.Process(target=work, args=(orders,))
    await asyncio.to_thread(process.start)
    return process


async def _end_of(process: ForkServerProcess) -> int | None:
    await asyncio.to_thread(process.join, PATIENCE)
    return process.exitcode


async def _ended(orders: Orders) -> int | None:
    return await _end_of(await _start(orders))


@asynccontextmanager
async def world(folder: Path, platform: Platform, strategy: Strategy) -> AsyncIterator[World]:
    """Give a stand-in, and a store in which every article waits for every channel."""
    opened = {"discord": _discord, "slack": _slack}[platform]
    async with opened(strategy, str(folder / "store.db")) as made:
        fill_store(folder / "store.db", made.channels, ARTICLES)
        yield made


@asynccontextmanager
async def _discord(strategy: Strategy, store: str) -> AsyncIterator[World]:
    clock = Clock()
    async with DiscordStandIn(limits=DiscordLimits.off(), clock=clock) as discord:
        guild = discord.add_guild("Acme")
        channels = [discord.add_channel(guild, f"news-{n}").id for n in range(CHANNELS)]
        orders = Orders(strategy, "discord", discord.api_url, discord.token, store)
        made = World(discord, channels, orders, clock)
        made.log.watch_discord(discord)
        yield made


@asynccontextmanager
async def _slack(strategy: Strategy, store: str) -> AsyncIterator[World]:
    clock = Clock()
    async with SlackStandIn(limits=SlackLimits.off(), clock=clock) as slack:
        slack.scopes = [*slack.scopes, "channels:history"]
        channels = [slack.add_channel(f"news-{n}").id for n in range(CHANNELS)]
        orders = Orders(strategy, "slack", slack.api_url, slack.bot_token, store)
        made = World(slack, channels, orders, clock)
        made.log.watch_slack(slack)
        yield made


async def repeated_before_slack_is_done(here: World) -> None:
    """Kill a worker whose posts Slack carries out only after the next worker looked for them."""
    assert isinstance(here.stand_in, SlackStandIn)
    async with AsyncExitStack() as until_late, asyncio.timeout(PATIENCE):
        held = here.stand_in.held("chat.postMessage", before_commit=True)
        posts = await until_late.enter_async_context(held)
        first = await _start(here.orders)
        await posts.arrived(CHANNELS)
        first.kill()
        await _end_of(first)
        async with here.stand_in.held("conversations.history") as looks:
            second = await _start(here.orders)
            await looks.arrived(CHANNELS)
            await until_late.aclose()
            await here.log.until(lambda: len(here.log.seen) == CHANNELS)
        assert await _end_of(second) == 0


def counts(verdict: Verdict) -> tuple[int, int, int, int]:
    kinds = (verdict.duplicates, verdict.lost, verdict.out_of_order, verdict.uninvited)
    duplicates, lost, out_of_order, uninvited = map(len, kinds)
    return duplicates, lost, out_of_order, uninvited


@pytest.mark.parametrize("platform", ["discord", "slack"])
async def test_sending_again_whatever_is_not_marked_is_found_to_post_twice(
    tmp_path: Path, platform: Platform
) -> None:
    async with world(tmp_path, platform, "at least once") as here:
        await here.killed("answered")
        await here.finished()

        assert counts(here.verdict()) == (CHANNELS, 0, 0, 0)


@pytest.mark.parametrize("platform", ["discord", "slack"])
async def test_marking_before_the_post_is_found_to_lose(tmp_path: Path, platform: Platform) -> None:
    async with world(tmp_path, platform, "at most once") as here:
        await here.killed("claimed")
        await here.finished()

        assert counts(here.verdict()) == (0, CHANNELS, 0, 0)


async def test_trusting_the_nonce_for_an_hour_is_found_to_post_twice(tmp_path: Path) -> None:
    async with world(tmp_path, "discord", "nonce only") as here:
        await here.killed("answered")
        here.clock.later = HOUR
        await here.finished()

        assert counts(here.verdict()) == (CHANNELS, 0, 0, 0)


async def test_searching_without_a_wait_is_found_to_post_twice(tmp_path: Path) -> None:
    async with world(tmp_path, "slack", "no settling") as here:
        await repeated_before_slack_is_done(here)

        assert counts(here.verdict()) == (CHANNELS, 0, 0, 0)


@pytest.mark.parametrize(
    ("point", "later"), [("claimed", HOUR), ("answered", 0.0), ("answered", HOUR)]
)
async def test_nothing_is_found_where_discord_is_served_right(
    tmp_path: Path, point: Point, later: float
) -> None:
    async with world(tmp_path, "discord", "right") as here:
        await here.killed(point)
        here.clock.later = later
        await here.finished()

        assert here.verdict() == Verdict()


async def test_nothing_is_found_where_slack_is_served_right(tmp_path: Path) -> None:
    async with world(tmp_path, "slack", "right") as here:
        await repeated_before_slack_is_done(here)

        assert here.verdict() == Verdict()


def seen(*articles: str, channel: str = "news") -> list[Seen]:
    """Return a log of one channel, an article each second."""
    return [Seen(float(at), channel, article) for at, article in enumerate(articles)]


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (seen("A1-0001", "A1-0002", "A1-0003"), (0, 0, 0, 0)),
        (seen("A1-0001", "A1-0003", "A1-0002"), (0, 0, 1, 0)),
        (seen("A1-0003", "A1-0001", "A1-0002"), (0, 0, 2, 0)),
        (seen("A1-0001", "A1-0002", "A1-0001", "A1-0003"), (1, 0, 0, 0)),
        (seen("A1-0001", "A1-0001", "A1-0001"), (2, 2, 0, 0)),
        (seen("A1-0001", "A1-0003"), (0, 1, 0, 0)),
        ([], (0, 3, 0, 0)),
        (seen(*ARTICLES, "A2-0001"), (0, 0, 0, 1)),
        (seen(*ARTICLES) + seen("A1-0001", channel="elsewhere"), (0, 0, 0, 1)),
    ],
)
def test_each_defect_is_counted(log: list[Seen], found: tuple[int, int, int, int]) -> None:
    assert counts(check(log, {"news": ARTICLES})) == found


def test_a_verdict_counts_and_gives_examples() -> None:
    twice = check(seen("A1-0001", "A1-0003", "A1-0003"), {"news": ARTICLES})

    assert not twice.is_kept
    assert str(twice) == (
        "duplicates 1, lost 1, out of order 0\n"
        "A1-0003 stands again in news, 1.0 s later\n"
        "A1-0002 never stood in news"
    )
    assert str(check(seen(*ARTICLES), {"news": ARTICLES})) == "duplicates 0, lost 0, out of order 0"


def test_a_list_of_articles_is_read_in_order() -> None:
    message = {"text": "A2-0010 One\nA2-0009 Two", "blocks": [{"alt": "A2-0010 One"}, "1A3-0001"]}

    assert articles_in(message) == ["A2-0010", "A2-0009"]
