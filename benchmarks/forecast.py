"""Measures how long the forecast of one rule takes, with 10,000 articles of the last days stored.

python benchmarks/forecast.py [--articles 10000] [--rounds 30]
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks.postgres import postgres
from core.db import Database, open_database
from core.forecast import forecast
from core.rules import Rules, Terms
from core.tables import article_tags, articles

NOW = datetime(2026, 6, 22, 12, tzinfo=UTC)
BOUND_MS = 50.0
TAGS_EACH = 5
RULES: dict[str, Rules] = {
    "one tag": {"tag-1": Terms()},
    "everything": {"*": Terms()},
    "many filters": {
        name: Terms(60, ("negative", "mixed"), "some", ("example.org", "tag-7"))
        for name in ("tag-1", "tag-2+tag-3")
    },
}


async def fill(database: Database, count: int) -> None:
    """Store articles of the last seven days, with tags of which the first are the most used."""
    async with database.write() as db:
        await db.execute(sa.insert(articles), [_article(number) for number in range(count)])
        tags = [
            {"article_id": number + 1, "tag": f"tag-{(number * step) % (9 * step)}", "place": step}
            for number in range(count)
            for step in range(1, TAGS_EACH + 1)
        ]
        once = {(row["article_id"], row["tag"]): row for row in tags}
        await db.execute(sa.insert(article_tags), list(once.values()))


def _article(number: int) -> dict[str, object]:
    url = f"https://themata.ai/news/{number}"
    return {
        "id": number + 1,
        "canonical_url": url,
        "url": url,
        "source": "site",
        "title": f"Story {number}",
        "first_seen_at": NOW - timedelta(minutes=number % 10_000),
        "heat": number % 101,
        "sentiment": ("positive", "mixed", "neutral", "negative")[number % 4],
        "concerns": ["One"] if number % 3 else [],
        "source_domain": f"site-{number % 50}.example.com",
    }


async def measure(url: str, kind: str, count: int, rounds: int) -> bool:
    """Print how long the forecasts take, and say whether all are within the bound."""
    well = True
    async with open_database(url) as database:
        await fill(database, count)
        for name, rules in RULES.items():
            took, posts = await _times(database, rules, rounds)
            p95 = statistics.quantiles(took, n=20)[-1]
            well &= p95 <= BOUND_MS
            print(
                f"forecast {kind} {name}: {posts:,} posts, {statistics.median(took):.1f} ms,"
                f" p95 {p95:.1f} ms (at most {BOUND_MS:.0f})"
            )
    return well


async def _times(database: Database, rules: Rules, rounds: int) -> tuple[list[float], int]:
    took, posts = list[float](), 0
    for _ in range(rounds):
        began = time.perf_counter()
        async with database.read() as db:
            posts = (await forecast(db, rules, now=NOW)).posts
        took.append((time.perf_counter() - began) * 1000)
    return took, posts


async def main() -> int:
    """Measure on both databases; exit with 1 if the bound is not held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'themata.db'}"
        well = await measure(url, "sqlite", asked.articles, asked.rounds)
    with postgres() as server:
        well &= await measure(server.url, "postgresql", asked.articles, asked.rounds)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
