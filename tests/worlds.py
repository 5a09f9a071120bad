"""A platform's stand-in, a database and a worker between them, under a clock that can jump."""

import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bots.sandbox.discord import DiscordStandIn, permissions
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn
from core import claims, subscriptions
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.posting import Address, Platform, Poster
from core.sources import Draft
from core.tables import announcements, deliveries, log_lines
from tests.killed_worker import Orders, poster_of
from tests.promise import Log, Verdict, check

FIRST, SECOND = "A1-0001", "A1-0002"
MINUTE, HOUR = 60.0, 3600.0


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
    """A stand-in, a database, and a worker's orders. Posts are not paced."""

    stand_in: DiscordStandIn | SlackStandIn
    line: str
    """What a post is called in the stand-in's faults."""
    clock: Clock
    orders: Orders
    database: Database
    new_channel: Callable[[str], Address]
    log: Log = field(default_factory=Log)

    async def followed(self, tag: str, name: str = "") -> str:
        """Return the id of a new channel that follows a tag."""
        address = self.new_channel(name or tag)
        async with self.database.write() as db:
            await subscriptions.follow(db, address, [tag], by="ada", now=self.clock.time)
        return address.channel

    def new_channel_with_threads(self, name: str) -> Address:
        """Make a channel in which the bot may start threads, and return its address."""
        address = self.new_channel(name)
        if isinstance(self.stand_in, DiscordStandIn):
            (channel,) = [it for it in self.stand_in.channels if it.id == address.channel]
            self.stand_in.permit(channel, permissions.BOT | permissions.CREATE_PUBLIC_THREADS)
        return address

    def posts_and_pings(self, at: Address) -> tuple[int, list[tuple[str, ...]]]:
        """Return how many posts stand in a channel, and whom each reply in their threads pings."""
        if isinstance(self.stand_in, DiscordStandIn):
            posts = self.stand_in.messages(at.channel)
            replies = [it for post in posts for it in self.stand_in.messages(post.id)]
            return len(posts), [reply.pings for reply in replies]
        standing = self.stand_in.messages(at.channel)
        pings = [message.pings for message in standing if message.thread_ts]
        return len(standing) - len(pings), pings

    async def take_in(self, token: str, tag: str, *, to: int = 1) -> None:
        """Take an article in that carries the tag, which so many channels follow."""
        draft = Draft(f"{token} is news", f"https://news.example/{tag}/{token[-1]}", tags=(tag,))
        taken = await Intake(self.database).take_in(draft, source="test", now=self.clock.time)
        assert taken is not None
        assert taken[1] == to

    async def try_once(self) -> None:
        """Post what is due."""
        async with poster_of(self.orders) as poster:
            await self.worker(poster).post_due()

    async def take_over(self) -> None:
        """Start another worker, which takes over what the last one left."""
        async with poster_of(self.orders) as poster:
            await self.worker(poster).recover()

    async def finish(self) -> None:
        """Start another worker, and let it work until nothing waits."""
        async with poster_of(self.orders) as poster:
            while self.orders.announces and await self._has_to_say():
                self.clock.later += MINUTE
                orders = replace(self.orders, later=self.clock.later)
                await orders.announce(self.database, poster)
            await self.worker(poster).recover()
            while await self._has_open():
                await self.worker(poster).post_due()
                self.clock.later += MINUTE

    def verdict(self, channel: str) -> Verdict:
        """Return what the checker finds in a channel that was promised both articles."""
        seen = [one for one in self.log.seen if one.channel == channel]
        return check(seen, {channel: (FIRST, SECOND)})

    def worker(self, poster: Poster) -> DeliveryWorker:
        """Return a worker whose clock is this world's as it is now."""
        return replace(self.orders, later=self.clock.later).worker(self.database, poster)

    async def states(self) -> list[str]:
        """Return the states of all deliveries, in the order they were queued."""
        async with self.database.read() as db:
            return list((await db.scalars(sa.select(deliveries.c.state).order_by("id"))).all())

    async def next_due(self) -> datetime | None:
        """Return when something is due the next time."""
        async with self.database.read() as db:
            return await claims.next_due(db, self.orders.platform, now=self.clock.time)

    async def _has_to_say(self) -> bool:
        lines = sa.select(sa.func.count()).where(log_lines.c.told_at.is_(None))
        async with self.database.read() as db:
            waiting = await db.scalar(sa.select(sa.func.count()).select_from(announcements))
            return bool(waiting or await db.scalar(lines))

    async def _has_open(self) -> bool:
        is_open = deliveries.c.state.in_(["waiting", "sending"])
        async with self.database.read() as db:
            return bool(await db.scalar(sa.select(sa.func.count()).where(is_open)))


def without_network(here: World) -> World:
    """Return the same world for a worker that reaches nobody."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    return replace(here, orders=replace(here.orders, api_url=nobody))


@asynccontextmanager
async def world(platform: Platform, file: Path, *, record: bool = False) -> AsyncIterator[World]:
    """Give a stand-in, which may keep its requests, and an empty database."""
    opened = {"discord": _discord, "slack": _slack}[platform]
    url = f"sqlite:///{file}"
    async with open_database(url) as database, opened(url, database, record=record) as made:
        yield made


@asynccontextmanager
async def _discord(url: str, database: Database, *, record: bool) -> AsyncIterator[World]:
    clock = Clock()
    async with DiscordStandIn(limits=DiscordLimits.off(), clock=clock, record=record) as discord:
        guild = discord.add_guild("Acme")

        def new_channel(name: str) -> Address:
            return Address("discord", guild.id, discord.add_channel(guild, name).id)

        orders = Orders("discord", discord.api_url, discord.token, url)
        line = "POST /channels/*/messages"
        made = World(discord, line, clock, orders, database, new_channel)
        made.log.watch_discord(discord)
        yield made


@asynccontextmanager
async def _slack(url: str, database: Database, *, record: bool) -> AsyncIterator[World]:
    clock = Clock()
    async with SlackStandIn(limits=SlackLimits.off(), clock=clock, record=record) as slack:
        slack.scopes = [*slack.scopes, "channels:history"]

        def new_channel(name: str) -> Address:
            return Address("slack", slack.team_id, slack.add_channel(name).id)

        orders = Orders("slack", slack.api_url, slack.bot_token, url)
        made = World(slack, "chat.postMessage", clock, orders, database, new_channel)
        made.log.watch_slack(slack)
        yield made
