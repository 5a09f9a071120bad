"""Deliveries: an article on its way to an address. Their states, claiming, and retry waits.

waiting → sending → posted
             ├────→ waiting   the platform was busy, or it is not known whether it was posted
             ├────→ held      the address is closed; waiting again when it is resumed
             └────→ dead      this message never can be posted there
waiting → expired             too old to be news
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from core.db import insert
from core.posting import Address, Platform
from core.tables import addresses, deliveries

State = Literal["waiting", "sending", "posted", "held", "dead", "expired"]

FRESH = timedelta(hours=24)
"""How long an article is news. What could not be posted by then is not posted."""
LEASE = timedelta(minutes=5)
"""How long a claimed delivery belongs to its claimer: far longer than a post can take."""
MOST_IN_A_POST = 10
"""How many articles share one message."""

_WAITS = (2, 10, 60, 300, 900, 1800)
"""Seconds before the next attempt; the last repeats until the article is no longer fresh."""

# As a literal, not a parameter: PostgreSQL's generic plan would not use the partial index.
_WAITING = deliveries.c.state == sa.literal_column("'waiting'")
_SENDING = deliveries.c.state == sa.literal_column("'sending'")
_HELD = deliveries.c.state == sa.literal_column("'held'")


@dataclass(frozen=True, slots=True)
class Post:
    """Deliveries of one address that go out as one message."""

    key: str
    """The same at every attempt, so that a platform can tell a repeat."""
    address_id: int
    address: Address
    deliveries: tuple[int, ...]
    articles: tuple[int, ...]
    attempts: int


def wait_before(attempt: int, *, jitter: float) -> timedelta:
    """Return how long to wait before this attempt (2 is the first repeat).

    `jitter` from 0 to 1 spreads it from half to one and a half of the schedule.
    """
    step = _WAITS[min(attempt - 2, len(_WAITS) - 1)]
    return timedelta(seconds=step * (0.5 + jitter))


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
    paused. With `catch_up` it shares one message with all others like it.
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
        sa.literal(catch_up, sa.Boolean),
    ).where(addresses.c.id.in_(recipients))
    if db.dialect.name == "postgresql":
        # Said again here: else it reads every address to match a few. SQLite only looks twice.
        rows = rows.where(addresses.c.id >= within.start, addresses.c.id < within.stop)
    columns = ["article_id", "address_id", "platform", "state", "queued_at", "due_at", "catch_up"]
    queued = await db.execute(
        insert(db, deliveries).from_select(columns, rows).on_conflict_do_nothing()
    )
    return queued.rowcount


async def claim_due(
    db: AsyncConnection, platform: Platform, *, now: datetime, most: int, claim: str
) -> list[Post]:
    """Claim at most `most` due deliveries and return them as posts, oldest due first.

    `claim` is a name that no other claim has. What was tried before keeps its key and company.
    """
    told = {"for": platform, "now": now, "most": most, "claim": claim, "lease": now + LEASE}
    rows = (await db.execute(_CLAIM, told)).all()
    return _as_posts(rows, await _addresses(db, {row.address_id for row in rows}))


async def next_due(db: AsyncConnection, platform: Platform) -> datetime | None:
    """Return when the next delivery is due, if one waits."""
    due = sa.select(sa.func.min(deliveries.c.due_at))
    first: datetime | None = await db.scalar(due.where(_WAITING, deliveries.c.platform == platform))
    return first


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went to an address, and what waits for it."""

    last_post_at: datetime | None
    waiting: int


async def traffic(db: AsyncConnection, address_id: int) -> Traffic:
    """Return when something was last posted to this address, and how many articles wait."""
    is_mine = deliveries.c.address_id == address_id
    last = await db.scalar(sa.select(sa.func.max(deliveries.c.posted_at)).where(is_mine))
    open_ = sa.or_(_WAITING, _SENDING, _HELD)
    count = sa.select(sa.func.count()).select_from(deliveries).where(is_mine, open_)
    return Traffic(last, await db.scalar(count) or 0)


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that stands in its channel."""

    post: Post
    message_id: str


@dataclass(frozen=True, slots=True)
class PutBack:
    """A post to try again at `due_at`. `may_stand` if it may be there already."""

    post: Post
    due_at: datetime
    reason: str
    may_stand: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A post that waits until its address is open again."""

    post: Post
    reason: str


@dataclass(frozen=True, slots=True)
class Dead:
    """A post that never can stand there."""

    post: Post
    reason: str


Outcome = Posted | PutBack | Held | Dead


async def record(db: AsyncConnection, outcomes: Collection[Outcome], *, now: datetime) -> None:
    """Write down how posts ended, all in the caller's one transaction."""
    posted: list[dict[str, object]] = []
    others: list[dict[str, object]] = []
    for outcome in outcomes:
        rows = posted if isinstance(outcome, Posted) else others
        ended = _changes(outcome, now)
        rows += [{"row_id": delivery, **ended} for delivery in outcome.post.deliveries]
    if posted:
        await db.execute(_MARK_POSTED, posted)
    if others:
        await db.execute(_MARK, others)


async def hold(db: AsyncConnection, address_id: int) -> None:
    """Hold what waits for this address."""
    waiting = sa.update(deliveries).where(_WAITING, deliveries.c.address_id == address_id)
    await db.execute(waiting.values(state="held"))


async def release(db: AsyncConnection, address_id: int, *, now: datetime) -> int:
    """Let what is held for this address wait again, due now. Returns how many."""
    held = sa.update(deliveries).where(_HELD, deliveries.c.address_id == address_id)
    return (await db.execute(held.values(state="waiting", due_at=now))).rowcount


async def reclaim(
    db: AsyncConnection, platform: Platform, *, now: datetime, all_of_them: bool
) -> int:
    """Let deliveries wait again whose claimer is gone. Returns how many.

    Those whose lease ran out; all of them where only one process can have claimed.
    """
    lost = sa.update(deliveries).where(_SENDING, deliveries.c.platform == platform)
    if not all_of_them:
        lost = lost.where(deliveries.c.lease_until <= now)
    again = {"state": "waiting", "due_at": now, "lease_until": None}
    return (await db.execute(lost.values(again))).rowcount


async def expire(db: AsyncConnection, *, now: datetime) -> int:
    """End what waits or is held longer than an article is news. Returns how many."""
    stale = sa.update(deliveries).where(
        sa.or_(_WAITING, _HELD), deliveries.c.queued_at <= now - FRESH
    )
    why = sa.func.coalesce(deliveries.c.reason, "it was no longer news")
    return (await db.execute(stale.values(state="expired", reason=why))).rowcount


def _due() -> sa.Select[tuple[int, int]]:
    """Return the query for what is due, in channel order: so more of it shares a message."""
    at = deliveries.c
    now = sa.bindparam("now", type_=at.due_at.type)
    return (
        sa.select(at.id, at.address_id)
        .where(_WAITING, at.platform == sa.bindparam("for"), at.due_at <= now)
        .order_by(at.due_at, at.address_id, at.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )


def _in_messages() -> sa.CTE:
    """Return the due rows with the number of the message they go in, counted for each address."""
    pick = _due().cte("pick")
    place = sa.func.row_number().over(partition_by=pick.c.address_id, order_by=pick.c.id)
    part = (sa.type_coerce(place, sa.Integer) - 1) // MOST_IN_A_POST
    return sa.select(pick.c.id, part.label("part")).cte("numbered")


def _claiming() -> ReturningUpdate[tuple[int, int, int, str, int]]:
    at, numbered = deliveries.c, _in_messages()
    # SQLite before 3.44 has no concat().
    address, part = (sa.cast(c, sa.Text) for c in (at.address_id, numbered.c.part))
    new_key = sa.bindparam("claim", type_=sa.Text) + "." + address + "." + part
    return (
        sa.update(deliveries)
        .where(at.id == numbered.c.id)
        .values(
            state=sa.literal_column("'sending'"),
            attempts=at.attempts + 1,
            lease_until=sa.bindparam("lease"),
            key=sa.func.coalesce(at.key, new_key),
        )
        .returning(at.id, at.article_id, at.address_id, at.key, at.attempts)
    )


# Statements that run for every batch are built once: building costs more than a dozen rows.
_CLAIM = _claiming()

_MARK_POSTED = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("row_id"))
    .values(
        state=sa.literal_column("'posted'"),
        lease_until=sa.null(),
        message_id=sa.bindparam("new_message_id"),
        posted_at=sa.bindparam("new_posted_at"),
        reason=sa.null(),
    )
)

_MARK = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("row_id"))
    .values(
        state=sa.bindparam("new_state"),
        due_at=sa.func.coalesce(
            sa.bindparam("new_due_at", type_=deliveries.c.due_at.type), deliveries.c.due_at
        ),
        key=sa.bindparam("new_key"),
        lease_until=sa.null(),
        reason=sa.bindparam("new_reason"),
    )
)


async def _addresses(db: AsyncConnection, ids: Collection[int]) -> dict[int, Address]:
    at = addresses.c
    columns = (at.id, at.platform, at.workspace, at.channel, at.thread)
    found = await db.execute(sa.select(*columns).where(at.id.in_(ids)))
    return {address_id: Address(*where) for address_id, *where in found.all()}


def _as_posts(rows: Sequence[Any], to: dict[int, Address]) -> list[Post]:
    by_key: dict[str, list[tuple[int, int, int, int]]] = {}
    for delivery, article, address, key, attempts in sorted(rows, key=itemgetter(0)):
        by_key.setdefault(key, []).append((delivery, article, address, attempts))
    posts = []
    for key, company in by_key.items():
        ids, articles, (address, *_), (attempts, *_) = zip(*company, strict=True)
        posts.append(Post(key, address, to[address], ids, articles, attempts))
    return posts


def _changes(outcome: Outcome, now: datetime) -> dict[str, object]:
    match outcome:
        case Posted(_, message_id):
            return {"new_message_id": message_id, "new_posted_at": now}
        case PutBack(post, due_at, reason, may_stand):
            # Certainly not posted: it may share its message with what came since.
            key = post.key if may_stand else None
            return _not_posted("waiting", key, reason, due_at)
        case Held(_, reason):
            return _not_posted("held", None, reason)
        case Dead(post, reason):
            return _not_posted("dead", post.key, reason)


def _not_posted(
    state: State, key: str | None, reason: str, due_at: datetime | None = None
) -> dict[str, object]:
    return {"new_state": state, "new_key": key, "new_reason": reason, "new_due_at": due_at}


def jitter() -> float:
    """Return a random share from 0 to 1, for `wait_before`."""
    return random.random()  # noqa: S311 (it spreads load, it guards nothing)
