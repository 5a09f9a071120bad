"""Measures what people wait for when many ask at once.

A crowd on a stand-in types 1,000 commands at the same moment: each waits to be acknowledged, then
for its answer. On Discord beginnings of tags are typed as well, which wait for what could be
meant. The program answers as it runs, with 1,000,000 subscriptions in its database, and has
answered a few before. The crowd is in another process, and times each command from the frame that
tells the bot to the word that came back.

    python benchmarks/commands.py [--commands 1000] [--subscriptions 1000000]
        [--only discord|slack] [--database sqlite|postgresql]

Both databases and both platforms are measured if none is named.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks import fanout
from benchmarks.crowd import EARLY, FOLLOWED, TAGS, Crowd, Seen, typed_by
from benchmarks.postgres import DATABASES, database_at
from benchmarks.posting import article, follow
from benchmarks.standins import Place, child
from bots.discord.poster import DIRECT
from core.db import Database, open_database
from core.posting import Address, Platform
from core.stories import save_new
from core.tables import addresses, subscriptions
from tests.program import Program

ACKNOWLEDGED_MS = 500.0
"""At most, for 99 % of the commands."""
SUGGESTED_MS = 150.0
"""At most, for 95 % of the beginnings."""
PREFIXES = 300
ARTICLES = 2000
_TAGS_EACH = 4
_WITHIN = 300.0
"""Seconds until the crowd is given up."""
_GO_ON_NUMBERING = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT max(id) FROM {0}))"
_CONFIG = """\
sources = []
[database]
url = "{url}"
[log]
level = "warning"
[{place.platform}]
api_url = "{place.api_url}"
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a crowd saw, and what went wrong."""

    database: str
    platform: Platform
    commands: int
    seen: Seen
    undone: int
    """Subscriptions that are there though they should not, or are not though they should."""
    complaints: Sequence[str]
    """What the bot wrote to its log, warnings and worse."""

    @property
    def errors(self) -> int:
        """Return how many things went wrong."""
        lost = self.commands - self.seen.answered
        return lost + self.undone + self.seen.without_suggestions + len(self.complaints)

    def report(self) -> bool:
        """Print each figure with its bound, and say whether all are held."""
        seen = self.seen
        for name, share in (("p50", 0.50), ("p95", 0.95)):
            print(f"{self._on} ack {name} {_ms(seen.acknowledged, share):.0f} ms")
        held = [
            self._line("ack p99", _ms(seen.acknowledged, 0.99), " ms", ACKNOWLEDGED_MS),
            self._line("unanswered", self.commands - seen.answered, f" of {self.commands:,}", 0),
            self._line("errors", self.errors, "", 0),
        ]
        print(f"{self._on} last answer after {seen.took:.1f} s")
        for complaint in self.complaints[:5]:
            print(f"  {complaint}")
        typed = {"one by one": seen.suggested, "20 at a time": seen.suggested_together}
        for name, times in typed.items():
            if times:
                p95 = _ms(times, 0.95)
                held.append(self._line(f"tags typed {name} p95", p95, " ms", SUGGESTED_MS))
        return all(held)

    @property
    def _on(self) -> str:
        return f"commands {self.database} {self.platform}"

    def _line(self, what: str, value: float, unit: str, most: float) -> bool:
        missed = "" if value <= most else " MISSED"
        print(f"{self._on} {what} {value:.0f}{unit} (at most {most:.0f}){missed}")
        return value <= most


def _ms(times: Sequence[float], share: float) -> float:
    """Return the milliseconds that this share of the times does not exceed."""
    return sorted(times)[int((len(times) - 1) * share)] * 1000


async def fill(database: Database, count: int, stories: int = ARTICLES) -> None:
    """Make so many subscriptions, and articles; 240 carry every tag."""
    draft, now = article("https://themata.ai/news/0"), datetime.now(UTC)
    # First: nobody follows anything yet, and nobody is to get them.
    async with database.write() as db:
        for number in range(stories):
            tags = tuple(TAGS[(number * _TAGS_EACH + n) % len(TAGS)] for n in range(_TAGS_EACH))
            one = replace(
                draft,
                url=f"https://themata.ai/news/{number}",
                title=f"{draft.title} {number}",
                tags=(*tags, FOLLOWED),
                published_at=now - timedelta(hours=number),
            )
            await save_new(db, one, source="filled", now=now)
    await fanout.fill(database, count // fanout.TAGS_EACH)
    if database.is_shared:
        # It numbers rows by itself, and was not asked for the numbers of these.
        async with database.write() as db:
            for table in ("addresses", "rules"):
                await db.execute(sa.text(_GO_ON_NUMBERING.format(table)))


async def measure(
    platform: Platform, url: str, folder: Path, commands: int, prefixes: int = 0
) -> Measured:
    """Return what a crowd sees on `platform`, with the database at `url`."""
    async with child("benchmarks.crowd", platform, str(commands), str(prefixes)) as process:
        crowd = _crowd(await process.read())
        async with open_database(url) as database:
            await _bring_in(database, crowd)
            await follow(database, _direct(crowd))
            before = await _count(database)
        program = _program(crowd.place, url, folder)
        line, complaints = await _while_it_runs(program, process.read())
    seen = Seen(**json.loads(line))
    async with open_database(url) as database:
        undone = abs(await _count(database) - before - _to_do(commands))
        kind = "postgresql" if database.is_shared else "sqlite"
    return Measured(kind, platform, commands, seen, undone, complaints)


async def _bring_in(database: Database, crowd: Crowd) -> None:
    """Let the filled addresses be where the bot is: of what it left it would see to each."""
    workspaces = sa.case(
        dict(enumerate(crowd.workspaces)), value=addresses.c.id % len(crowd.workspaces)
    )
    there = {"platform": crowd.place.platform, "workspace": workspaces}
    async with database.write() as db:
        await db.execute(sa.update(addresses).values(there))


def _crowd(line: bytes) -> Crowd:
    told = json.loads(line)
    return Crowd(Place(**told["place"]), told["people"], told["workspaces"])


def _direct(crowd: Crowd) -> list[Address]:
    place = crowd.place
    workspace = DIRECT if place.platform == "discord" else place.workspace
    return [Address(place.platform, workspace, person) for person in crowd.people]


def _to_do(commands: int) -> int:
    words = [typed_by(number).words for number in range(EARLY + commands)]
    return words.count("subscribe") - words.count("unsubscribe")


async def _count(database: Database) -> int:
    async with database.read() as db:
        return await db.scalar(sa.select(sa.func.count()).select_from(subscriptions)) or 0


def _program(place: Place, url: str, folder: Path) -> Program:
    """Return the program that runs on this platform alone."""
    config = folder / f"{place.platform}.toml"
    written = _CONFIG.format(url=url, place=place)
    if place.gateway_url:
        written += f'gateway_url = "{place.gateway_url}"\n'
    config.write_text(written, encoding="utf-8")
    if place.platform == "discord":
        return Program(config, {"THEMATA_DISCORD_TOKEN": place.token})
    tokens = {"BOT": place.token, "APP": place.app_token}
    return Program(config, {f"THEMATA_SLACK_{kind}_TOKEN": it for kind, it in tokens.items()})


async def _while_it_runs(
    program: Program, tells: Coroutine[None, None, bytes]
) -> tuple[bytes, list[str]]:
    """Return what is told while the program runs, and the lines of its log."""
    async with program.running("run") as process:
        telling = asyncio.create_task(tells)
        logged = asyncio.create_task(process.stderr.read())  # ends when the program does
        first = asyncio.FIRST_COMPLETED
        await asyncio.wait({telling, logged}, timeout=_WITHIN, return_when=first)
        if not logged.done():
            process.send_signal(signal.SIGTERM)
        lines = (await logged).decode().splitlines()
        if telling.done() and (line := telling.result().strip()):
            return line, lines
        telling.cancel()
        raise RuntimeError("the crowd did not come to its end: " + "; ".join(lines))


async def _measure_all(asked: argparse.Namespace, url: str, folder: Path) -> bool:
    async with open_database(url) as database:
        await fill(database, asked.subscriptions)
    held = True
    if asked.only != "slack":
        held &= (await measure("discord", url, folder, asked.commands, PREFIXES)).report()
    if asked.only != "discord":
        held &= (await measure("slack", url, folder, asked.commands)).report()
    return held


def main() -> int:
    """Measure as asked; exit with 1 if a bound is not held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--subscriptions", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["discord", "slack"])
    parser.add_argument("--database", choices=DATABASES)
    asked = parser.parse_args()
    held = True
    for kind in [asked.database] if asked.database else DATABASES:
        with tempfile.TemporaryDirectory() as name, database_at(kind, Path(name)) as url:
            held &= asyncio.run(_measure_all(asked, url, Path(name)))
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
