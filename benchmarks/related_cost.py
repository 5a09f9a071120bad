"""What it costs to find related articles among many, and to add one: `related.py --cost`."""

import gc
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.postgres import postgres
from core import articles, related, stories
from core.articles import Article
from core.db import Database, open_database
from core.gists import parted, words_of
from core.sources import Draft
from core.tables import article_tags, gists, keywords, mentions
from core.tables import articles as stored
from core.tables import stories as told

NOW = datetime(2026, 6, 22, 12, tzinfo=UTC)
BOUNDS_MS = {10_000: 5.0, 100_000: 20.0}
"""How long a query may take, by how many articles there are."""
ADDING_MS = 10.0
_VOCABULARY = 60_000
_TAGS = 400
_TOPICS = 500
_OF_A_TOPIC = 60
_AT_A_TIME = 1000
_MOST = max(BOUNDS_MS)

_OTHERS = """
    INSERT INTO asides (word, told_at, article_id)
    SELECT {key}, told_at, article_id FROM gists{source}
    EXCEPT SELECT word, told_at, article_id FROM mentions
"""
_BESIDE = {
    "sqlite": _OTHERS.format(key="key", source=", json_each(gists.words)"),
    "postgresql": _OTHERS.format(key="json_object_keys(words)", source=""),
}


@dataclass
class Words:
    """Words as often as in a language: the n-th about 1/n as often as the first."""

    seed: int = 22
    _random: random.Random = field(init=False)
    _weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 (no secret)
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(_VOCABULARY)))

    def some(self, number: int, topic: int) -> str:
        """Return so many words: half of them any, and half of the topic's own."""
        of_topic = self._random.choices(range(_OF_A_TOPIC), self._weights[:_OF_A_TOPIC], k=number)
        ranks = self._random.choices(range(_VOCABULARY), cum_weights=self._weights, k=number)
        own = (f"w{hash((topic, rank)) % _VOCABULARY}" for rank in of_topic[::2])
        return " ".join([*own, *(f"w{rank}" for rank in ranks[::2])])

    def article(self, number: int) -> Draft:
        """Return an article as long as those of the news, about one of many topics."""
        topic = self._random.randrange(_TOPICS)
        tags = (f"t-{self._random.choice((topic, number)) % _TAGS}" for _ in range(5))
        return Draft(
            title=self.some(9, topic),
            url=f"https://themata.ai/news/{number}",
            summary=self.some(28, topic),
            takeaways=tuple(self.some(16, topic) for _ in range(4)),
            tags=tuple(dict.fromkeys(tags)),
            published_at=NOW - timedelta(minutes=10 * (_MOST - number)),
        )


async def fill(database: Database, words: Words, count: int) -> None:
    """Store so many articles as they stand when each has come by itself, but many at a time."""
    counts = Counter[str]()
    for start in range(1, count + 1, _AT_A_TIME):
        numbers = range(start, min(start + _AT_A_TIME, count + 1))
        async with database.write() as db:
            await _store(db, {number: words.article(number) for number in numbers}, counts)
    rows = [{"word": word, "articles": number} for word, number in counts.items()]
    async with database.write() as db:
        await _insert(db, keywords, rows)
        # All at once, in the order of the key: at random places it would take ten times as long.
        await db.execute(sa.text(_BESIDE[db.dialect.name]))
    if database.is_shared:
        await _vacuum(database)


async def _store(db: AsyncConnection, drafts: Mapping[int, Draft], counts: Counter[str]) -> None:
    gist = {number: words_of(draft) for number, draft in drafts.items()}
    for weights in gist.values():
        counts.update(("", *weights))
    await _insert(db, stored, [_article(number, draft) for number, draft in drafts.items()])
    tags = ((it, tag, place) for it in drafts for place, tag in enumerate(drafts[it].tags))
    columns = ("article_id", "tag", "place")
    await _insert(db, article_tags, [dict(zip(columns, row, strict=True)) for row in tags])
    noted = [
        {"article_id": it, "told_at": draft.published_at, "words": gist[it]}
        for it, draft in drafts.items()
    ]
    await _insert(db, gists, noted)
    found_by = [
        {
            "word": word,
            "told_at": drafts[it].published_at,
            "article_id": it,
            "weight": weights[word],
        }
        for it, weights in gist.items()
        for word in parted(weights)[0]
    ]
    await _insert(db, mentions, found_by)
    await _insert(db, told, [{"article_id": it, "story_id": it} for it in drafts])


async def _insert(
    db: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, object]]
) -> None:
    if db.dialect.name == "sqlite":
        await db.execute(sa.insert(table), rows)
        return
    # Row by row it would take the server a quarter of an hour.
    raw = (await db.get_raw_connection()).driver_connection
    assert raw
    lists = {column.name for column in table.columns if isinstance(column.type, sa.JSON)}
    records = [
        tuple(json.dumps(value) if name in lists else value for name, value in row.items())
        for row in rows
    ]
    await raw.copy_records_to_table(table.name, records=records, columns=list(rows[0]))


def _article(number: int, draft: Draft) -> dict[str, object]:
    return {
        "id": number,
        "canonical_url": draft.url,
        "url": draft.url,
        "source": "site",
        "title": draft.title,
        "summary": draft.summary,
        "takeaways": draft.takeaways,
        "first_seen_at": draft.published_at,
        "published_at": draft.published_at,
    }


@dataclass(frozen=True, slots=True)
class Measured:
    """How many milliseconds each round took."""

    by_article: list[float]
    by_words: list[float]
    adding: list[float]

    def report(self, kind: str, count: int) -> bool:
        """Print the figures, and say whether they are within their bounds."""
        most = BOUNDS_MS[min(size for size in BOUNDS_MS if size >= count)]
        each = (
            ("to an article", self.by_article, most),
            ("to words", self.by_words, most),
            ("adding one", self.adding, ADDING_MS),
        )
        for name, took, bound in each:
            p50, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
            print(
                f"related {kind} {count:,} articles, {name}: p50 {p50:.1f} ms"
                f" (at most {bound:.0f}), p95 {p95:.1f} ms"
            )
        return all(statistics.median(took) <= bound for _, took, bound in each)


async def measure(database: Database, words: Words, count: int, rounds: int) -> Measured:
    """Ask for what is related to one article after the other, and to words, and add some."""
    step = max(count // rounds, 1)
    ids = [1 + at * step % count for at in range(rounds)]
    async with database.read() as db:
        asked = await articles.by_ids(db, ids)
    by_article = [await _timed(_ask(database, asked[at])) for at in ids]
    by_words = [await _timed(_ask(database, words.some(4, at % _TOPICS))) for at in ids]
    new = [words.article(_MOST + 1 + at) for at in range(rounds)]
    return Measured(by_article, by_words, [await _timed(_add(database, draft)) for draft in new])


async def _timed(work: Awaitable[None]) -> float:
    began = time.perf_counter()
    await work
    return (time.perf_counter() - began) * 1000


async def _ask(database: Database, what: Article | str) -> None:
    async with database.read() as db:
        if isinstance(what, str):
            await related.to_words(db, what)
        else:
            await related.to_article(db, what)


async def _add(database: Database, draft: Draft) -> None:
    async with database.write() as db:
        article = await stories.save_new(db, draft, source="site", now=NOW)
        assert article


async def measure_all(sizes: Sequence[int], rounds: int, only: str | None) -> bool:
    """Measure on both databases, or one; say whether all is within the bounds."""
    well = True
    if only != "postgresql":
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                url = f"sqlite:///{Path(folder) / 'themata.db'}"
                well &= await measure_one(url, "sqlite", size, rounds)
    if only != "sqlite":
        for size in sizes:
            with postgres() as server:
                well &= await measure_one(server.url, "postgresql", size, rounds)
    return well


async def measure_one(url: str, kind: str, count: int, rounds: int) -> bool:
    """Fill the database at `url`, measure, print, and say whether it is within the bounds."""
    words = Words()
    async with open_database(url) as database:
        await fill(database, words, count)
    # Opened again, as it stands after a start: its log is copied back, and nothing is left to tidy.
    gc.collect()
    gc.freeze()
    async with open_database(url) as database:
        return (await measure(database, words, count, rounds)).report(kind, count)


async def _vacuum(database: Database) -> None:
    """Do what the server does by itself in the long run, and count on from the numbers given."""
    async with database._writer.connect() as db:  # noqa: SLF001 (`write` opens a transaction)
        await db.execution_options(isolation_level="AUTOCOMMIT")
        await db.execute(sa.text("SELECT setval('articles_id_seq', max(id)) FROM articles"))
        await db.execute(sa.text("VACUUM ANALYZE"))
        await db.execute(sa.text("CHECKPOINT"))
