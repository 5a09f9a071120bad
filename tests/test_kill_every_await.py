"""A worker is killed at every await of its way in turn, and the next one keeps the promise."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
import sqlalchemy as sa

from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn
from core import subscriptions
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.posting import Address, Platform, Poster
from core.sources import Draft
from core.tables import deliveries
from tests.killed_worker import Orders, poster_of
from tests.program import PATIENCE, ROOT
from tests.promise import Log, Verdict, check

FIRST, SECOND = "A1-0001", "A1-0002"
LEAST_AWAITS = 20
SAMPLED = 5
"""Unless all are asked for, a worker is killed at every so many awaits."""
MINUTE, HOUR = 60.0, 3600.0
KILLED = -9


@dataclass(slots=True)
class Clock:
    """The real time, moved on."""

    later: float = 0.0

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return time.time() + self.later

    @property
    def time(self) -> datetime:
        """The same as a time."""
        return datetime.fromtimestamp(self(), UTC)


@dataclass(frozen=True, slots=True)
class World:
    """A stand-in, a database, and a worker's orders. Each kill has a channel of its own in it."""

    stand_in: DiscordStandIn | SlackStandIn
    line: str
    """What a post is called in the stand-in's faults."""
    clock: Clock
    orders: Orders
    database: Database
    new_channel: Callable[[str], Address]
    log: Log = field(default_factory=Log)

    async def followed(self, tag: str) -> str:
        """Return the id of a new channel that follows a tag."""
        address = self.new_channel(tag)
        async with self.database.write() as db:
            await subscriptions.follow(db, address, [tag], by="ada", now=self.clock.time)
        return address.channel

    async def take_in(self, token: str, tag: str) -> None:
        """Take an article in that carries the tag."""
        draft = Draft(f"{token} is news", f"https://news.example/{tag}/{token[-1]}", tags=(tag,))
        taken = await Intake(self.database).take_in(draft, source="test", now=self.clock.time)
        assert taken is not None
        assert taken[1] == 1

    async def try_once(self) -> None:
        """Post what is due."""
        async with poster_of(self.orders) as poster:
            await self._worker(poster).post_due()

    async def finish(self) -> None:
        """Start another worker, and let it work until nothing waits."""
        async with poster_of(self.orders) as poster:
            await self._worker(poster).recover()
            while await self._has_open():
                await self._worker(poster).post_due()
                self.clock.later += MINUTE

    def verdict(self, channel: str) -> Verdict:
        """Return what the checker finds in a channel."""
        seen = [one for one in self.log.seen if one.channel == channel]
        return check(seen, {channel: (FIRST, SECOND)})

    def _worker(self, poster: Poster) -> DeliveryWorker:
        return replace(self.orders, later=self.clock.later).worker(self.database, poster)

    async def _has_open(self) -> bool:
        is_open = deliveries.c.state.in_(["waiting", "sending"])
        async with self.database.read() as db:
            return bool(await db.scalar(sa.select(sa.func.count()).where(is_open)))


@asynccontextmanager
async def world(platform: Platform, file: Path) -> AsyncIterator[World]:
    """Give a stand-in and an empty database."""
    opened = {"discord": _discord, "slack": _slack}[platform]
    url = f"sqlite:///{file}"
    async with open_database(url) as database, opened(url, database) as made:
        yield made


@asynccontextmanager
async def _discord(url: str, database: Database) -> AsyncIterator[World]:
    clock = Clock()
    async with DiscordStandIn(limits=DiscordLimits.off(), clock=clock, record=False) as discord:
        guild = discord.add_guild("Acme")

        def new_channel(name: str) -> Address:
            return Address("discord", guild.id, discord.add_channel(guild, name).id)

        orders = Orders("discord", discord.api_url, discord.token, url)
        line = "POST /channels/*/messages"
        made = World(discord, line, clock, orders, database, new_channel)
        made.log.watch_discord(discord)
        yield made


@asynccontextmanager
async def _slack(url: str, database: Database) -> AsyncIterator[World]:
    clock = Clock()
    async with SlackStandIn(limits=SlackLimits.off(), clock=clock, record=False) as slack:
        slack.scopes = [*slack.scopes, "channels:history"]

        def new_channel(name: str) -> Address:
            return Address("slack", slack.team_id, slack.add_channel(name).id)

        orders = Orders("slack", slack.api_url, slack.bot_token, url)
        made = World(slack, "chat.postMessage", clock, orders, database, new_channel)
        made.log.watch_slack(slack)
        yield made


class Victims:
    """Workers that are killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def are_killed(self, here: World, at: int) -> bool:
        """Let a worker post, killed at that await; say whether it came so far."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        orders = replace(here.orders, later=here.clock.later, killed_at=at)
        self._process.stdin.write(json.dumps(asdict(orders)).encode() + b"\n")
        async with asyncio.timeout(PATIENCE):
            ended = int(await self._process.stdout.readline())
        assert ended in {0, KILLED}
        return ended == KILLED


@pytest.fixture
async def victims() -> AsyncIterator[Victims]:
    """Give a process that makes workers."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.killed_worker"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield Victims(process)
    await process.communicate(b"")


@dataclass(frozen=True, slots=True)
class Way:
    """How a worker is killed."""

    platform: Platform
    before: Literal["nothing", "stands", "does not stand"] = "nothing"
    """What became of a try minutes ago whose answer was lost, so that it has to be found out."""
    restarted_after: float = 1.0
    """How many seconds later the next one starts."""
    offset: int = 1
    """The first await of a sample, so that each way's is of other awaits."""


async def killed(way: Way, victims: Victims, here: World, at: int) -> tuple[bool, Verdict]:
    """Kill a worker at this await; say whether it came so far, and what the checker finds."""
    tag = f"tag-{at}"
    channel = await here.followed(tag)
    await here.take_in(FIRST, tag)
    if way.before != "nothing":
        here.stand_in.drop_next(here.line, after_commit=way.before == "stands")
        await here.try_once()
        here.clock.later += 4 * MINUTE
    came_so_far = await victims.are_killed(here, at)
    here.clock.later += way.restarted_after
    await here.take_in(SECOND, tag)
    await here.finish()
    return came_so_far, here.verdict(channel)


@pytest.mark.parametrize(
    "way",
    [
        Way("discord", offset=1),
        Way("discord", restarted_after=HOUR, offset=2),
        Way("discord", "does not stand", offset=3),
        Way("slack", offset=4),
        Way("slack", "stands", offset=5),
    ],
    ids=str,
)
@pytest.mark.parametrize("every", [SAMPLED, pytest.param(1, marks=pytest.mark.long)])
async def test_k7_killed_at_any_await_it_loses_and_repeats_nothing(
    way: Way, every: int, victims: Victims, database_file: Path
) -> None:
    broken: dict[int, str] = {}
    async with world(way.platform, database_file) as here:
        for at in count(way.offset if every > 1 else 1, every):
            came_so_far, verdict = await killed(way, victims, here, at)
            if not verdict.is_kept:
                broken[at] = str(verdict)
            if not came_so_far:
                break

    assert at > LEAST_AWAITS
    assert broken == {}
