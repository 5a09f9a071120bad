"""Fan-outs: an article's deliveries queued in parts, so that no transaction is long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, beside, coverage, queueing, rules, subscriptions
from core.articles import Article
from core.db import Database, insert
from core.tables import fanouts

_ROWS = {"sqlite": 8_000, "postgresql": 2_200}
"""How many deliveries a part of a fan-out is to write: about 25 ms of work for the database."""
_LONG = timedelta(milliseconds=35)
"""A part that took longer was too wide for this machine: a transaction is to take 50 ms at most."""


@dataclass(frozen=True, slots=True)
class Fanout:
    """How far the deliveries of an article are queued."""

    part: queueing.Part
    """What is queued in each part, within ids of its own."""
    after: int | None
    """The addresses up to this id are done; nothing when all are."""
    last: int
    """The last address when it began: who follows later does not get the article."""
    width: int
    """How many ids the next part covers."""
    wished: queueing.Wishes
    queued: int = 0


def next_width(width: int, queued: int, took: timedelta, *, rows: int) -> int:
    """Return how many ids the next part covers after one of `width` queued so many and `took` so.

    It is to queue `rows`, in a short transaction.
    """
    # Growing slowly: that few of these ids matched says little of the next.
    fitting = width * min(rows / max(queued, 1), 2, _LONG / max(took, _LONG / 2))
    return max(round(fitting), 1)


async def begin(
    db: AsyncConnection,
    article: Article,
    due_at: datetime,
    *,
    catch_up: bool = False,
    above: int = -1,
) -> Fanout:
    """Queue the first part. Only if there is more is it noted that it has begun."""
    row = {"article_id": article.id, "catch_up": catch_up, "above": above}
    fanout = await _queue_part(db, await _from_the_start(db, article, due_at, row))
    if fanout.after is not None:
        await db.execute(insert(db, fanouts).values(row).on_conflict_do_nothing())
    return fanout


async def _queue_next(db: AsyncConnection, fanout: Fanout) -> Fanout:
    """Queue the next part; with the last of them it is noted no longer.

    How far it is is not written down: after a crash it begins anew, and skips what is queued.
    """
    fanout = await _queue_part(db, fanout)
    if fanout.after is None:
        await db.execute(sa.delete(fanouts).where(fanouts.c.article_id == fanout.part.article_id))
    return fanout


async def _queue_part(db: AsyncConnection, fanout: Fanout) -> Fanout:
    began = perf_counter()
    after = fanout.after or 0
    up_to = after + fanout.width
    part = replace(fanout.part, within=range(after + 1, up_to + 1))
    queued = await queueing.enqueue(db, part, fanout.wished)
    if queued and fanout.wished.coverage:
        await coverage.fold(db, part)
    if queued and fanout.wished.schedule:
        await queueing.count_down(db, part)
    if up_to >= fanout.last:
        if fanout.wished.beside:
            await beside.enqueue(db, part)
        return replace(fanout, after=None, queued=queued)
    took = timedelta(seconds=perf_counter() - began)
    rows = _rows(db, fanout.wished)
    width = next_width(fanout.width, queued, took, rows=rows)
    return replace(fanout, after=up_to, width=width, queued=queued)


def _rows(db: AsyncConnection, wished: queueing.Wishes) -> int:
    # What comes later takes statements of its own, and so does what goes below other posts.
    return 2 * _ROWS[db.dialect.name] // (2 + wished.schedule + 4 * wished.coverage)


async def finish(database: Database, fanout: Fanout) -> int:
    """Queue the parts that are left, a transaction each. Returns how many deliveries are queued."""
    queued = fanout.queued
    while fanout.after is not None:
        async with database.write() as db:
            fanout = await _queue_next(db, fanout)
        queued += fanout.queued
    return queued


async def unfinished(db: AsyncConnection, now: datetime) -> Sequence[Fanout]:
    """Return the fan-outs that an earlier process did not finish, to begin anew."""
    begun = [row._asdict() for row in await db.execute(sa.select(fanouts))]
    found = await articles.by_ids(db, [row["article_id"] for row in begun])
    return [await _from_the_start(db, found[row["article_id"]], now, row) for row in begun]


async def _from_the_start(
    db: AsyncConnection, article: Article, due_at: datetime, row: Mapping[str, Any]
) -> Fanout:
    facts, last = rules.facts(article), await subscriptions.last_address(db)
    wished = await queueing.wishes(db, article.id, facts)
    part = queueing.Part(article.id, facts, range(0), due_at, row["catch_up"], row["above"])
    # However many of them match: a part has no more rows than ids.
    return Fanout(part, 0, last, _rows(db, wished), wished)
