"""Measures what queueing an article for many channels costs, over one raw INSERT … SELECT.

100,000 addresses follow 1,000,000 tags; one article matches 50,000 of them, another 95,000. Ours is
the whole of `Intake.take_in`; the raw statement writes the same rows in the same run. Then every
rule gets filters that let the article through, and one in ten a digest. Counted is the CPU of this
process and, on PostgreSQL, of its server.

    python benchmarks/fanout.py [--addresses 100000] [--rounds 9] [--only sqlite|postgresql]
"""

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.postgres import Server, postgres
from core.db import Database, open_database
from core.intake import Intake
from core.sources import Draft
from core.tables import (
    addresses,
    articles,
    deliveries,
    exclusions,
    gists,
    keywords,
    mentions,
    rules,
    sightings,
    stories,
    subscriptions,
)

NOW = datetime(2026, 6, 22, 12, tzinfo=UTC)
TAGS_EACH = 10
BOUND, BOUND_WITH_FILTERS = 1.25, 2.0
LONGEST_MS = 50.0

_RAW = """
INSERT INTO deliveries (article_id, address_id, platform, state, queued_at, due_at, rule_id, style)
SELECT :article, a.id, a.platform,
       CASE WHEN a.paused_because IS NULL THEN 'waiting' ELSE 'held' END, :now, :now, r.id, r.style
FROM subscriptions s JOIN rules r ON r.id = s.rule_id JOIN addresses a ON a.id = s.address_id
WHERE s.topic IN ({tags})
ON CONFLICT DO NOTHING
"""


@dataclass
class Measured:
    """What the rounds of one article cost, in CPU milliseconds."""

    raw: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    longest: list[float] = field(default_factory=list)
    """The longest transaction of each of our rounds, in wall milliseconds."""
    rows: int = 0
    transactions: int = 0
    bound: float = BOUND

    @property
    def ratio(self) -> float:
        """Return ours over raw, the median of the rounds."""
        return statistics.median(ours / raw for ours, raw in zip(self.ours, self.raw, strict=True))


def follows(number: int) -> list[str]:
    """Return the tags that an address follows: its part of the matching ones, then others."""
    tags = []
    if number % 2 == 0:
        tags += ["half-a"] if number % 4 == 0 else ["half-b"]
        tags += ["half-b"] if number % 8 == 0 else []
    if number % 20 != 19:
        tags += [f"most-{number % 3}"]
        tags += ["most-0"] if number % 3 and number % 5 == 0 else []
    rest = TAGS_EACH - len(tags)
    return tags + [f"other-{(number * 7 + step * 13) % 200}" for step in range(rest)]


ARTICLES = {"50 %": ("half-a", "half-b"), "95 %": ("most-0", "most-1", "most-2")}


async def fill(database: Database, count: int) -> None:
    """Make the addresses and what they follow."""
    async with database.write() as db:
        for start in range(0, count, 5000):
            numbers = range(start, min(start + 5000, count))
            await db.execute(sa.insert(addresses), [_address(n) for n in numbers])
            await db.execute(sa.insert(rules), [_rule(n + 1) for n in numbers])
            rows = [_subscription(n + 1, tag) for n in numbers for tag in follows(n)]
            await db.execute(sa.insert(subscriptions), rows)
    await _outside_transactions(database, "VACUUM ANALYZE" if database.is_shared else "ANALYZE")


def _address(number: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "platform": "discord",
        "workspace": str(number // 30),
        "channel": str(number),
        "thread": "",
    }


def _subscription(address: int, tag: str) -> dict[str, object]:
    return {"topic": tag, "address_id": address, "rule_id": address}


def _rule(address: int) -> dict[str, object]:
    return {"id": address, "address_id": address, "set_by": "1", "set_at": NOW}


async def add_filters(database: Database) -> None:
    """Let every rule filter, and one in ten bring a digest."""
    filters = {"heat": 40, "moods": 8, "concerns": 1, "exclusions": 2}
    digest = {"days": "daily", "minute": 480, "turns_at": NOW}
    async with database.write() as db:
        await db.execute(sa.update(rules).values(filters))
        await db.execute(sa.update(rules).where(rules.c.id % 10 == 0).values(digest))
        words = [sa.literal("left-out"), sa.literal("example.org")]
        for word in words:
            rows = sa.select(rules.c.id, rules.c.address_id, word)
            columns = ["rule_id", "address_id", "word"]
            await db.execute(sa.insert(exclusions).from_select(columns, rows))
    await _outside_transactions(database, "VACUUM ANALYZE" if database.is_shared else "ANALYZE")


async def write_raw(database: Database, tags: tuple[str, ...]) -> None:
    """Write the deliveries by one statement in one transaction."""
    now: object = NOW
    if not database.is_shared:
        now = int(NOW.timestamp() * 1_000_000)
    listed = ", ".join(f"'{tag}'" for tag in tags)
    async with database.write() as db:
        article = await db.execute(sa.insert(articles).values(_article()).returning(articles.c.id))
        values = {"article": article.scalar_one(), "now": now}
        await db.execute(sa.text(_RAW.format(tags=listed)), values)


def _article() -> dict[str, object]:
    url = "https://themata.ai/news/a"
    return {"canonical_url": url, "url": url, "source": "s", "first_seen_at": NOW, "title": "A"}


async def write_ours(database: Database, tags: tuple[str, ...]) -> None:
    """Take the article in, with its deliveries."""
    draft = Draft(
        title="A",
        url="https://themata.ai/news/a",
        tags=tags,
        heat=60,
        sentiment="negative",
        concerns=("One",),
        source_domain="blog.example.com",
    )
    assert await Intake(database).take_in(draft, source="s", now=NOW)


async def clear(database: Database) -> int:
    """Take the article away again, and return how many deliveries it had."""
    async with database.write() as db:
        gone = await db.execute(sa.delete(deliveries))
        await db.execute(sa.text("DELETE FROM article_tags"))
        for table in (sightings, stories, gists, mentions, keywords, articles):
            await db.execute(sa.delete(table))
    await _tidy(database)
    return gone.rowcount


async def _tidy(database: Database) -> None:
    # Else the next round pays for the dead rows of this one, and for its log: for new files of it,
    # which a server that has run for a while uses again, or for copying it back.
    if database.is_shared:
        await _outside_transactions(database, "VACUUM deliveries", "CHECKPOINT")
    else:
        with closing(sqlite3.connect(str(database._writer.url.database))) as db:  # noqa: SLF001 (its file)
            db.execute("PRAGMA wal_checkpoint(RESTART)")


async def _outside_transactions(database: Database, *commands: str) -> None:
    async with database._writer.connect() as db:  # noqa: SLF001 (`write` opens a transaction)
        await db.execution_options(isolation_level="AUTOCOMMIT")
        for command in commands:
            await db.execute(sa.text(command))


class TimedDatabase(Database):
    """A database that keeps how long each writing transaction took, commit included."""

    def __init__(self, inner: Database) -> None:
        super().__init__(inner._writer, inner._reader)  # noqa: SLF001 (it is the same database)
        self.milliseconds: list[float] = []

    @asynccontextmanager
    async def _timed(self) -> AsyncIterator[AsyncConnection]:
        async with self._writer.connect() as db:
            began = time.perf_counter()
            async with db.begin():
                yield db
            self.milliseconds.append((time.perf_counter() - began) * 1000)

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction that may write."""
        return self._timed()


async def cpu_of(work: Awaitable[None], server: Server | None) -> float:
    """Return the CPU milliseconds that `work` took, here and in the server."""
    before = time.process_time() + (server.cpu_seconds() if server else 0)
    await work
    return (time.process_time() + (server.cpu_seconds() if server else 0) - before) * 1000


async def measure(url: str, server: Server | None, count: int, rounds: int) -> dict[str, Measured]:
    """Return what each article cost, raw and ours in turn."""
    results = {name: Measured() for name in ARTICLES}
    async with open_database(url) as database:
        await fill(database, count)
        timed = TimedDatabase(database)
        for _ in range(rounds + 1):
            for name, tags in ARTICLES.items():
                await one_round(timed, tags, results[name], server)
        await add_filters(database)
        filtered = results["95 % with filters"] = Measured(bound=BOUND_WITH_FILTERS)
        for _ in range(rounds + 1):
            await one_round(timed, ARTICLES["95 %"], filtered, server)
    for measured in results.values():
        # The first round fills caches and compiles statements.
        del measured.raw[0], measured.ours[0], measured.longest[0]
    return results


async def one_round(
    database: TimedDatabase, tags: tuple[str, ...], measured: Measured, server: Server | None
) -> None:
    """Write the article's deliveries both ways, and compare how many there are."""
    measured.raw.append(await cpu_of(write_raw(database, tags), server))
    measured.rows = await clear(database)
    database.milliseconds.clear()
    measured.ours.append(await cpu_of(write_ours(database, tags), server))
    measured.longest.append(max(database.milliseconds))
    measured.transactions = len(database.milliseconds)
    assert await clear(database) == measured.rows


def report(kind: str, results: dict[str, Measured]) -> bool:
    """Print what was measured, and say whether it is within the bounds."""
    for name, m in results.items():
        raw, ours = statistics.median(m.raw), statistics.median(m.ours)
        longest = statistics.median(m.longest)
        print(
            f"{kind:<10} {name}: {m.rows:,} rows, raw {raw:.0f} ms, ours {ours:.0f} ms CPU in"
            f" {m.transactions} transactions, longest {longest:.0f} ms"
            f" (in any round {max(m.longest):.0f} ms)"
        )
        print(f"fanout ratio {kind} {name} {m.ratio:.2f} (at most {m.bound})")
    return all(
        m.ratio <= m.bound and statistics.median(m.longest) <= LONGEST_MS for m in results.values()
    )


async def main() -> int:
    """Measure on both databases; exit with 1 if a bound is not held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--addresses", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    well = True
    if asked.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'themata.db'}"
            well &= report("sqlite", await measure(url, None, asked.addresses, asked.rounds))
    if asked.only != "sqlite":
        with postgres() as server:
            found = await measure(server.url, server, asked.addresses, asked.rounds)
            well &= report("postgresql", found)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
