"""Kills the bot again and again while it posts, on a bad network, and checks the promise.

The real program posts to both stand-ins. A tenth of its connections break, half of them after
the post; what the servers carry out, they carry out up to half a second late. It is killed 50 to
450 ms after the first post of each start, on Discord and on Slack in turn, while the next article
is taken in. In the end everything must stand once in every channel, in order.

    python benchmarks/kill_storm.py [--deliveries 2000] [--kills 100] [--platform both]
        [--database sqlite|postgresql] [--seed 1]
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import sqlalchemy as sa

from benchmarks.postgres import DATABASES, database_at
from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.discord import Limits as DiscordLimits
from bots.sandbox.slack import Limits as SlackLimits
from bots.sandbox.slack import SlackStandIn
from core import subscriptions
from core.db import Database, open_database
from core.intake import Intake
from core.posting import Address, Platform
from core.sources import Draft
from core.tables import deliveries
from tests.program import Program
from tests.promise import Log, Verdict, check

DROPS = 0.1
LAG = 0.5
SETTLES_IN = 0.75
KILLED_AFTER = (0.05, 0.45)
FIRST_POST_WITHIN = 20.0
QUIET_WITHIN = 900.0
_LOOK_EVERY = 0.25
_LEAST_CHANNELS = 5

_CONFIG = """\
sources = []
[database]
url = "{url}"
[discord]
api_url = "{discord.api_url}"
gateway_url = "{discord.gateway_url}"
requests_per_second = 0
[slack]
api_url = "{slack.api_url}"
seconds_between_posts = 0
settle_seconds = {settles_in}
[log]
level = "error"
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard the storm is."""

    deliveries: int = 2000
    kills: int = 100
    platforms: tuple[Platform, ...] = ("discord", "slack")
    seed: int = 1

    @property
    def channels(self) -> int:
        """How many channels follow on each platform: an article for each kill fills them."""
        return max(_LEAST_CHANNELS, round(self.deliveries / (self.kills * len(self.platforms))))

    @property
    def articles(self) -> int:
        """How many articles there are."""
        return -(-self.deliveries // (self.channels * len(self.platforms)))


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the promise, and what it went through."""

    verdict: Verdict
    deliveries: int
    kills: int
    seconds: float

    def __str__(self) -> str:
        through = f"deliveries {self.deliveries}, kills {self.kills}, seconds {self.seconds:.0f}"
        return f"{through}\n{self.verdict}"


@dataclass(slots=True)
class Storm:
    """The program between the stand-ins, and what was promised so far."""

    plan: Plan
    database: Database
    program: Program
    addresses: list[Address]
    log: Log
    random: Random
    promised: dict[str, list[str]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def taken(self) -> int:
        """How many articles were taken in."""
        return len(self.promised[self.addresses[0].channel]) if self.promised else 0

    async def take_in(self, up_to: int) -> None:
        """Take in articles until there are so many."""
        for number in range(self.taken + 1, up_to + 1):
            token = f"A{self.plan.seed}-{number:04}"
            draft = Draft(f"{token} is news", f"https://news.example/{number}", tags=("meta",))
            for address in self.addresses:
                self.promised.setdefault(address.channel, []).append(token)
            await Intake(self.database).take_in(draft, source="storm", now=datetime.now(UTC))

    async def kill_once(self, platform: Platform, next_articles: int) -> None:
        """Start the program, and kill it while it posts and the next articles are taken in."""
        await self._skip_long_waits()
        async with self.program.running("run") as process:
            await self._first_post(platform)
            taking = asyncio.ensure_future(self.take_in(next_articles))
            await asyncio.sleep(self.random.uniform(*KILLED_AFTER))
            if process.returncode is not None:
                _, said = await process.communicate()
                raise RuntimeError(f"the program ended by itself: {said.decode()}")
            process.kill()
            await process.wait()
            await taking

    async def finish(self) -> None:
        """Let the program run until nothing is open, and end it politely."""
        async with self.program.running("run") as process:
            deadline = time.monotonic() + QUIET_WITHIN
            # Another process's database tells nobody of its changes.
            while await self._is_busy() and time.monotonic() < deadline:
                await self._skip_long_waits()
                await asyncio.sleep(_LOOK_EVERY)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0

    async def _first_post(self, platform: Platform) -> None:
        """Wait for the first post from now on; not for ever, as all may wait for another try."""
        # What the process before has sent may still be carried out.
        await asyncio.sleep(LAG)
        began = len(self.log.seen)
        channels = {a.channel for a in self.addresses if a.platform == platform}
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_POST_WITHIN):
                await self.log.until(
                    lambda: any(one.channel in channels for one in self.log.seen[began:])
                )

    async def _skip_long_waits(self) -> None:
        """Let the minutes pass that are left until the next tries: nothing happens in them."""
        soon = datetime.now(UTC) + timedelta(seconds=SETTLES_IN)
        waits = deliveries.c.not_before > soon + timedelta(seconds=SETTLES_IN)
        late = sa.update(deliveries).where(deliveries.c.state == "waiting", waits)
        async with self.database.write() as db:
            await db.execute(late.values(not_before=soon))

    async def _is_busy(self) -> bool:
        is_open = deliveries.c.state.in_(["waiting", "sending", "held"])
        query = sa.select(sa.func.count()).select_from(deliveries).where(is_open)
        async with self.database.read() as db:
            return bool(await db.scalar(query))


async def rage(plan: Plan, url: str, folder: Path) -> Result:
    """Go through the storm, with the database at `url`, and return what became of the promise."""
    began = time.monotonic()
    async with _storm(plan, url, folder) as storm:
        await storm.take_in(1)
        for kill in range(plan.kills):
            platform = plan.platforms[kill % len(plan.platforms)]
            articles = 1 + (kill + 1) * (plan.articles - 1) // plan.kills
            await storm.kill_once(platform, articles)
        await storm.take_in(plan.articles)
        await storm.finish()
        verdict = check(storm.log.seen, storm.promised)
        promised = sum(len(articles) for articles in storm.promised.values())
    return Result(verdict, promised, plan.kills, time.monotonic() - began)


@asynccontextmanager
async def _storm(plan: Plan, url: str, folder: Path) -> AsyncIterator[Storm]:
    async with (
        DiscordStandIn(limits=DiscordLimits.off(), record=False) as discord,
        SlackStandIn(limits=SlackLimits.off(), record=False) as slack,
        open_database(url) as database,
    ):
        log = Log()
        log.watch_discord(discord)
        log.watch_slack(slack)
        discord.disturb("POST /channels/*/messages", drops=DROPS, lag=LAG, seed=plan.seed)
        slack.scopes = [*slack.scopes, "channels:history"]
        slack.disturb("chat.postMessage", drops=DROPS, lag=LAG, seed=plan.seed)
        config = folder / "config.toml"
        written = _CONFIG.format(url=url, discord=discord, slack=slack, settles_in=SETTLES_IN)
        config.write_text(written, encoding="utf-8")
        program = Program(config, _secrets(plan, discord, slack))
        addresses = [*_addresses(plan, discord, slack)]
        await _follow(database, addresses)
        random = Random(plan.seed)  # noqa: S311 (it guards nothing, and can be repeated)
        yield Storm(plan, database, program, addresses, log, random)


def _secrets(plan: Plan, discord: DiscordStandIn, slack: SlackStandIn) -> dict[str, str]:
    secrets: dict[str, str] = {}
    if "discord" in plan.platforms:
        secrets["THEMATA_DISCORD_TOKEN"] = discord.token
    if "slack" in plan.platforms:
        secrets["THEMATA_SLACK_BOT_TOKEN"] = slack.bot_token
        secrets["THEMATA_SLACK_APP_TOKEN"] = slack.app_token
    return secrets


def _addresses(plan: Plan, discord: DiscordStandIn, slack: SlackStandIn) -> Iterator[Address]:
    guild = discord.add_guild("Acme")
    for number in range(plan.channels):
        if "discord" in plan.platforms:
            here = discord.add_channel(guild, f"news-{number}")
            yield Address("discord", guild.id, here.id)
        if "slack" in plan.platforms:
            there = slack.add_channel(f"news-{number}")
            yield Address("slack", slack.team_id, there.id)


async def _follow(database: Database, addresses: list[Address]) -> None:
    async with database.write() as db:
        for address in addresses:
            await subscriptions.follow(db, address, ["meta"], by="ada", now=datetime.now(UTC))


def _plan_of(asked: argparse.Namespace) -> Plan:
    both: tuple[Platform, ...] = ("discord", "slack")
    platforms = both if asked.platform == "both" else (asked.platform,)
    return Plan(asked.deliveries, asked.kills, platforms, asked.seed)


def main() -> int:
    """Rage as asked, and print what became of the promise; exit with 1 if it was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deliveries", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--platform", choices=["both", "discord", "slack"], default="both")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, database_at(asked.database, Path(name)) as url:
        result = asyncio.run(rage(_plan_of(asked), url, Path(name)))
    print(f"{asked.platform} on {asked.database}, seed {asked.seed}: {result}")
    return 0 if result.verdict.is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
