"""Measures what it costs to search among many articles, and to say what trends.

    python benchmarks/searching.py [--articles 100000] [--rounds 100] [--only sqlite|postgresql]

Both databases are measured if none is named. Words are as often as in a language; half of those
that are asked belong together. Common words are the ten that most articles have: no language has
so many of those beside the ones that are never looked for.
"""

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.postgres import DATABASES, database_at
from benchmarks.related_cost import NOW, Words, fill
from core import search, trending
from core.db import Database, open_database

BOUND_MS = 20.0
"""At most, for half of the searches and of the questions what trends."""
TOPICS = 500
_TELL_MORE = "UPDATE articles SET heat = id % 101, source_domain = 'site-' || (id % 40)"
_BOUNDED = frozenset({"some words", "newest first", "one word", "tag and word", "day", "week"})

Ask = Callable[[AsyncConnection, int], Awaitable[object]]


def asked(words: Words) -> Mapping[str, Ask]:
    """Return what is asked, by its name, for the n-th time."""

    def typed(write: Callable[[int], str]) -> Ask:
        return lambda db, n: search.find(db, _with_tags(write(n)))

    return {
        "some words": typed(lambda n: words.some(2 + n % 4, n % TOPICS)),
        "newest first": typed(lambda n: f"newest {words.some(2 + n % 4, n % TOPICS)}"),
        "one word": typed(lambda n: words.some(1, n % TOPICS) or words.some(2, n % TOPICS)),
        "tag and word": typed(lambda n: f"{words.some(2, n % TOPICS)} #t-{n % TOPICS % 400}"),
        "common words": typed(lambda n: f"w{n % 10} w{(n + 1) % 10}"),
        "day": lambda db, _: trending.trends(db, "day", "", now=NOW),
        "week": lambda db, _: trending.trends(db, "", "", now=NOW),
        "rising tags": lambda db, _: trending.rising(db, now=NOW),
    }


def _with_tags(typed: str) -> search.Asked:
    read = search.read(typed)
    words = tuple(it for it in read.words if not it.startswith("#"))
    tags = tuple(it[1:] for it in read.words if it.startswith("#"))
    return search.Asked(words, tags, read.newest)


async def measure(database: Database, rounds: int) -> dict[str, list[float]]:
    """Return how many milliseconds each question took, by its name."""
    took = dict[str, list[float]]()
    for name, ask in asked(Words(seed=7)).items():
        for n in range(rounds):
            began = time.perf_counter()
            async with database.read() as db:
                await ask(db, n)
            took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
    return took


def report(kind: str, count: int, took: Mapping[str, list[float]]) -> bool:
    """Print the figures, and say whether those that have a bound hold it."""
    well = True
    for name, each in took.items():
        p50, p95 = statistics.median(each), statistics.quantiles(each, n=20)[-1]
        bound = f" (at most {BOUND_MS:.0f})" if name in _BOUNDED else ""
        print(f"{kind} {count:,} articles, {name}: p50 {p50:.1f} ms{bound}, p95 {p95:.1f} ms")
        well &= not bound or p50 <= BOUND_MS
    return well


async def measure_one(url: str, kind: str, count: int, rounds: int) -> bool:
    """Fill the database at `url`, measure, print, and say whether the bounds are held."""
    async with open_database(url) as database:
        await fill(database, Words(), count)
        async with database.write() as db:
            await db.execute(sa.text(_TELL_MORE))
        await _tidy(database)
    gc.collect()
    gc.freeze()
    async with open_database(url) as database:
        return report(kind, count, await measure(database, rounds))


async def _tidy(database: Database) -> None:
    """Do what the server does by itself in the long run."""
    if database.is_shared:
        async with database._writer.connect() as db:  # noqa: SLF001 (`write` opens a transaction)
            await db.execution_options(isolation_level="AUTOCOMMIT")
            await db.execute(sa.text("VACUUM ANALYZE"))


def main() -> int:
    """Measure what is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--only", choices=DATABASES)
    told = parser.parse_args()
    well = True
    for kind in DATABASES if told.only is None else (told.only,):
        with tempfile.TemporaryDirectory() as folder, database_at(kind, Path(folder)) as url:
            well &= asyncio.run(measure_one(url, kind, told.articles, told.rounds))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
