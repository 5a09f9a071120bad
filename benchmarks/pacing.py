"""Measures how much of the platforms' limits is used, and what else the bot can do meanwhile.

The whole bot posts to a Discord that takes 50 requests in any second and 5 messages in 5 s in a
channel; a worker posts to many Slack workspaces that take a message a second in a channel and 300
in a minute. Each answer takes 100 ms. The stand-ins run in another process.

    python benchmarks/pacing.py [--posts 5000] [--channels 100] [--workspaces 500] [--only slack]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import sqlalchemy as sa
from pydantic import SecretStr

from benchmarks.posting import article, follow
from benchmarks.standins import Place
from benchmarks.strict import Seen, strict
from bots.app import open_app
from bots.slack.client import client_over
from bots.slack.pacing import Latency, Pacer
from bots.slack.poster import SlackPoster
from core.config import DatabaseSettings, DiscordSettings, Secrets, Settings
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.messages import Message
from core.outbox import SENDING, WAITING
from core.posting import Address, Receipt, Repeats
from core.tables import deliveries

LATENCY = 0.1
EACH = 20
LANES = 64
DISCORD_A_SECOND = 50
DISCORD_MESSAGES, DISCORD_WINDOW = 5, 5.0
_LAG_EVERY = 0.01
_LOOKS_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Bounds:
    """What has to be held."""

    used: float
    """How much of what is allowed, from 0 to 1."""
    too_many: float
    """Requests that came too soon, for each post."""
    acknowledged: float = 0.100
    """Seconds, for 99 % of the commands."""
    lag: float = 0.025
    """Seconds, for 99 % of the moments."""


DISCORD = Bounds(used=0.97, too_many=0.003)
SLACK = Bounds(used=1 / 1.1, too_many=0.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one fan-out came to."""

    name: str
    bounds: Bounds
    seen: Seen
    lost: int
    """Deliveries that stand in no channel."""
    allowed: float
    """The seconds that the limits allow from the first post to the last."""
    lags: Sequence[float]

    @property
    def took(self) -> float:
        """Return the seconds from the first post to the last."""
        return max(self.seen.posted_at) - min(self.seen.posted_at)

    @property
    def used(self) -> float:
        """Return how much of what is allowed was used, from 0 to 1."""
        return self.allowed / self.took

    def report(self) -> bool:
        """Print each figure with its bound, and say whether all are held."""
        seen, bounds = self.seen, self.bounds
        posts, ms = len(seen.posted_at), 1000
        lag, waited = p99(self.lags) * ms, p99(seen.acknowledged) * ms
        rate = f"{posts / self.took:.1f}/s, {self.used:.1%} of what is allowed"
        held = [
            self._line(f"{self.lost} of {posts:,} posts lost", self.lost, 0),
            self._line(f"{self.took:.1f} s, {rate}", -self.used, -bounds.used),
            self._line(f"{seen.too_many} refusals (429)", seen.too_many, posts * bounds.too_many),
            self._line(f"event loop late by {lag:.1f} ms (p99)", lag, bounds.lag * ms),
        ]
        if seen.acknowledged:
            commands = f"{len(seen.acknowledged)} commands acknowledged in {waited:.1f} ms (p99)"
            held.append(self._line(commands, waited, bounds.acknowledged * ms))
        return all(held)

    def _line(self, words: str, value: float, most: float) -> bool:
        bound = f"at least {-most:.1%}" if most < 0 else f"at most {most:.0f}"
        print(f"{self.name}: {words} ({bound}){'' if value <= most else ' MISSED'}")
        return value <= most


def p99(values: Sequence[float]) -> float:
    """Return the value that 99 % of them do not exceed, 0 if there are none."""
    return sorted(values)[int((len(values) - 1) * 0.99)] if values else 0.0


async def discord(channels: int, each: int) -> Measured:
    """Fan `each` articles out to so many channels of Discord, by the bot as it runs."""
    async with strict("discord", workspaces=1, channels=channels, latency=LATENCY) as world:
        (place,) = world.places
        async with _bot(place) as queue:
            lags = await _fan_out(queue, each)
            messages = await queue.messages()
        seen = await world.seen()
    in_each_channel = (each - 1) // DISCORD_MESSAGES * DISCORD_WINDOW
    allowed = max((channels * each - 1) / DISCORD_A_SECOND, in_each_channel)
    name = f"discord, {channels:,} channels x {each}"
    return Measured(name, DISCORD, seen, messages - seen.standing, allowed, lags)


async def slack(workspaces: int, each: int) -> Measured:
    """Fan `each` articles out to one channel of so many workspaces of Slack."""
    async with strict("slack", workspaces=workspaces, channels=1, latency=LATENCY) as world:
        async with _worker(world.places) as queue:
            lags = await _fan_out(queue, each)
            messages = await queue.messages()
        seen = await world.seen()
    name = f"slack, {workspaces:,} workspaces x {each}"
    return Measured(name, SLACK, seen, messages - seen.standing, each - 1, lags)


class Queue:
    """The deliveries of a bot that is running."""

    def __init__(self, database: Database, intake: Intake) -> None:
        self._database = database
        self._intake = intake
        self._draft = article("https://themata.ai/news/0")

    async def put(self, number: int) -> None:
        """Queue an article for everyone."""
        title = f"{self._draft.title} {number}"
        draft = replace(self._draft, url=f"https://themata.ai/news/{number}", title=title)
        assert await self._intake.take_in(draft, source="saved", now=datetime.now(UTC))

    async def empty(self) -> None:
        """Return when nothing waits any more: what is left is on its way."""
        await self._until_none(WAITING)

    async def ended(self) -> None:
        """Return when everything stands, or has ended otherwise."""
        await self._until_none(WAITING)
        await self._until_none(SENDING)

    async def messages(self) -> int:
        """Return how many messages have to stand. Deliveries that had to wait may share one."""
        at = deliveries.c
        posted = sa.func.count(sa.distinct(sa.cast(at.address_id, sa.Text) + at.message_id))
        return await self._count(at.message_id.is_(None)) + await self._read(posted)

    async def _until_none(self, state: sa.ColumnElement[bool]) -> None:
        while await self._count(state):  # noqa: ASYNC110 (rows tell nobody)
            await asyncio.sleep(_LOOKS_EVERY)

    async def _count(self, condition: sa.ColumnElement[bool]) -> int:
        return await self._read(sa.func.count(), condition)

    async def _read(self, number: sa.ColumnElement[int], *where: sa.ColumnElement[bool]) -> int:
        async with self._database.read() as db:
            counted = sa.select(number).select_from(deliveries).where(*where)
            return await db.scalar(counted) or 0


async def _fan_out(queue: Queue, each: int) -> list[float]:
    """Post articles to everyone, and return how late the event loop was meanwhile.

    An article is queued when the one before is claimed: two that are due together would share a
    message.
    """
    lags: list[float] = []
    watching = asyncio.create_task(_watch(lags))
    for number in range(each):
        await queue.put(number)
        await queue.empty()
    await queue.ended()
    watching.cancel()
    return lags


async def _watch(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_LAG_EVERY)
        lags.append(time.perf_counter() - began - _LAG_EVERY)


@asynccontextmanager
async def _bot(place: Place) -> AsyncIterator[Queue]:
    """Run the whole bot on Discord, connected, its channels following what is put in its queue."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database=DatabaseSettings(url=_url(folder)),
            discord=DiscordSettings(api_url=place.api_url, gateway_url=place.gateway_url),
            sources=(),
        )
        async with open_app(settings, Secrets(discord_token=SecretStr(place.token))) as app:
            assert app.intake
            await follow(app.database, place.addresses())
            stopping = asyncio.Event()
            running = asyncio.create_task(app.run(stopping))
            await app.listening()
            yield Queue(app.database, app.intake)
            stopping.set()
            await running


@asynccontextmanager
async def _worker(places: Sequence[Place]) -> AsyncIterator[Queue]:
    """Run a worker for all these workspaces, their channels following likewise."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_database(_url(folder)) as database,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        ):
            worker = DeliveryWorker(database, Workspaces(session, places), "slack", lanes=LANES)
            await follow(database, [address for place in places for address in place.addresses()])
            stopping = asyncio.Event()
            running = asyncio.create_task(worker.run(stopping))
            yield Queue(database, Intake(database, when_queued=worker.wake))
            stopping.set()
            await running


class Workspaces:
    """Posts to many Slack workspaces by a poster for each. All share their connections."""

    def __init__(self, session: aiohttp.ClientSession, places: Sequence[Place]) -> None:
        latency = Latency()
        self._posters = {
            place.workspace: SlackPoster(
                client_over(session, place.token, place.api_url), pacer=Pacer(latency=latency)
            )
            for place in places
        }

    @property
    def repeats(self) -> Repeats:
        """How unknown outcomes are settled on Slack."""
        return next(iter(self._posters.values())).repeats

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Post in the workspace of `address`."""
        return await self._posters[address.workspace].post(address, message, key=key)

    async def reply(self, address: Address, message: Message, *, key: str, title: str) -> Receipt:
        """Reply in the workspace of `address`."""
        poster = self._posters[address.workspace]
        return await poster.reply(address, message, key=key, title=title)

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Edit in the workspace of `receipt`."""
        await self._posters[receipt.address.workspace].edit(receipt, message)

    async def link(self, receipt: Receipt) -> str:
        """Return the link in the workspace of `receipt`."""
        return await self._posters[receipt.address.workspace].link(receipt)

    async def find(self, address: Address, *, key: str, since: datetime) -> Receipt | None:
        """Look for a post in the workspace of `address`."""
        return await self._posters[address.workspace].find(address, key=key, since=since)


def _url(folder: str) -> str:
    return f"sqlite:///{Path(folder) / 'themata.db'}"


async def main() -> int:
    """Measure all; exit with 1 if a bound is not held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=5000, help="to as many Discord channels")
    parser.add_argument("--channels", type=int, default=100, help=f"of Discord, {EACH} posts each")
    parser.add_argument("--workspaces", type=int, default=500, help=f"of Slack, {EACH} posts each")
    parser.add_argument("--only", choices=["discord", "slack"])
    asked = parser.parse_args()
    held = True
    if asked.only != "slack":
        held &= (await discord(asked.posts, 1)).report()
        held &= (await discord(asked.channels, EACH)).report()
    if asked.only != "discord":
        held &= (await slack(asked.workspaces, EACH)).report()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
