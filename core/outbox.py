"""Deliveries: an article on its way to an address. Their states, queueing, and how long they wait.

waiting → sending → posted
             ├────→ waiting   the platform was busy, or it is not known whether it was posted
             ├────→ held      the address is closed; waiting again when it is resumed
             ├────→ unknown   it cannot be found out whether it was posted
             └────→ dead      this message never can be posted there
waiting → expired             too old to be news

`core/claims.py` holds what happens between waiting and the end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import insert
from core.tables import addresses, deliveries

State = Literal["waiting", "sending", "posted", "held", "dead", "expired", "unknown"]

FRESH = timedelta(hours=24)
"""How long an article is news. What could not be posted by then is not posted."""

# As a literal, not a parameter: PostgreSQL's generic plan would not use the partial index.
WAITING = deliveries.c.state == sa.literal_column("'waiting'")
SENDING = deliveries.c.state == sa.literal_column("'sending'")
HELD = deliveries.c.state == sa.literal_column("'held'")


async def enqueue(
    db: AsyncConnection,
    article_id: int,
    recipients: sa.Select[tuple[int]],
    *,
    within: range,
    now: datetime,
    catch_up: bool = False,
) -> int:
    """Queue the article for these addresses, once each, and return how many are new.

    All their ids are `within` a range, of which only its ends count. Held for those that are
    paused. With `catch_up` it shares one message with all others of its kind.
    """
    state = sa.case(
        (addresses.c.paused_because.is_(None), sa.literal_column("'waiting'")),
        else_=sa.literal_column("'held'"),
    )
    rows = sa.select(
        sa.literal(article_id, sa.BigInteger),
        addresses.c.id,
        addresses.c.platform,
        state,
        sa.literal(now, deliveries.c.queued_at.type),
        sa.literal(now, deliveries.c.due_at.type),
        sa.literal(catch_up),
    ).where(addresses.c.id.in_(recipients))
    if db.dialect.name == "postgresql":
        # Said again here: else it reads every address to match a few. SQLite only looks twice.
        rows = rows.where(addresses.c.id >= within.start, addresses.c.id < within.stop)
    columns = ["article_id", "address_id", "platform", "state", "queued_at", "due_at", "catch_up"]
    queued = await db.execute(
        insert(db, deliveries).from_select(columns, rows).on_conflict_do_nothing()
    )
    return queued.rowcount


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went to an address, and what waits for it."""

    last_post_at: datetime | None
    waiting: int


async def traffic(db: AsyncConnection, address_id: int) -> Traffic:
    """Return when something was last posted to this address, and how many articles wait."""
    is_mine = deliveries.c.address_id == address_id
    last = await db.scalar(sa.select(sa.func.max(deliveries.c.posted_at)).where(is_mine))
    open_ = sa.or_(WAITING, SENDING, HELD)
    count = sa.select(sa.func.count()).select_from(deliveries).where(is_mine, open_)
    return Traffic(last, await db.scalar(count) or 0)


async def hold(db: AsyncConnection, address_id: int) -> None:
    """Hold what waits for this address."""
    waiting = sa.update(deliveries).where(WAITING, deliveries.c.address_id == address_id)
    await db.execute(waiting.values(state="held", not_before=None, holds_line_until=None))


async def release(db: AsyncConnection, address_id: int, *, now: datetime) -> int:
    """Let what is held for this address wait again, due now. Returns how many."""
    held = sa.update(deliveries).where(HELD, deliveries.c.address_id == address_id)
    return (await db.execute(held.values(state="waiting", due_at=now))).rowcount


async def expire(db: AsyncConnection, *, now: datetime) -> int:
    """End what waits or is held longer than an article is news. Returns how many.

    Of what may have been posted it stays unknown whether it was.
    """
    stale = sa.update(deliveries).where(
        sa.or_(WAITING, HELD), deliveries.c.queued_at <= now - FRESH
    )
    state = sa.case((deliveries.c.tried_at.is_(None), "expired"), else_="unknown")
    why = sa.func.coalesce(deliveries.c.reason, "it was no longer news")
    ended = stale.values(state=state, reason=why, not_before=None, holds_line_until=None)
    return (await db.execute(ended)).rowcount
