"""Outcomes: how the posts of claimed deliveries ended, and what is written down of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import beside, coverage, crossposts, pauses
from core.claims import HOLDS_LINE, LEASE, Post
from core.outbox import COUNTED, SENDING, State
from core.posting import PLATFORMS, Platform
from core.tables import deliveries


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that stands in its channel."""

    post: Post
    message_id: str
    counted: tuple[int, ...] = ()
    """Those of its deliveries that the message only counts, because it holds too many."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """A post to try again at `due_at`."""

    post: Post
    due_at: datetime
    reason: str
    may_stand: bool = False
    """It may be there already."""
    looks: int = 0
    """How often it was looked for since the last try."""
    counts: bool = True
    """It was an attempt: the next wait is longer."""


@dataclass(frozen=True, slots=True)
class Untouched:
    """A post that was not tried this time."""

    post: Post


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


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A post that may stand, which cannot be found out: it is not sent again."""

    post: Post
    reason: str


Outcome = Posted | PutBack | Untouched | Held | Dead | Doubtful


def stops(outcome: Outcome, now: datetime) -> bool:
    """Say whether those behind it in its channel have to wait."""
    match outcome:
        case PutBack(post):
            return now < (post.holds_line_until or now + HOLDS_LINE)
        case Untouched() | Held():
            return True
        case _:
            return False


def changes_what_is_due(outcome: Outcome) -> bool:
    """Say whether something else can be due now than before it was written down."""
    # What is put back has a time of its own; those behind what waited, or was held, can go on.
    post = outcome.post
    frees = bool(post.holds_line_until) or post.is_awaited or is_proof(outcome)
    return isinstance(outcome, PutBack) or frees


def is_proof(outcome: Outcome) -> bool:
    """Say whether it shows that an address is open which was closed."""
    return isinstance(outcome, Posted) and outcome.post.is_probe


def left_behind(post: Post, before: Outcome) -> Outcome:
    """Return how `post` ends, which stands behind one whose outcome stopped the line."""
    # A channel that is closed is not tried again only because more was on its way there.
    return Held(post, before.reason) if isinstance(before, Held) else Untouched(post)


async def record(db: AsyncConnection, outcomes: Collection[Outcome], *, now: datetime) -> None:
    """Write down how posts ended, and which addresses that shows to be closed or open.

    All of it in the caller's one transaction. What another process has taken over since stays as
    that left it, unless it is known to stand.
    """
    posted: list[dict[str, object]] = []
    others: list[dict[str, object]] = []
    for outcome in outcomes:
        rows = posted if isinstance(outcome, Posted) else others
        ended = _changes(outcome, now)
        counted = outcome.counted if isinstance(outcome, Posted) else ()
        for delivery in outcome.post.deliveries:
            if delivery in counted:
                others.append({"row_id": delivery, **_ended(outcome.post, "expired", COUNTED)})
            else:
                rows.append({"row_id": delivery, **ended})
    if posted:
        await db.execute(_MARK_POSTED, posted)
    if others:
        await db.execute(_MARK, others)
    await _note_open_and_closed(db, outcomes, now=now)
    await _pass_on(db, outcomes, now)
    await _let_go_on(db, [o.post for o in outcomes if o.post.is_awaited], now)


async def _pass_on(db: AsyncConnection, outcomes: Collection[Outcome], now: datetime) -> None:
    """Have those passed on that stand in channels whose posts are."""
    for platform in PLATFORMS:
        stand = [
            (outcome.post.address_id, outcome.message_id)
            for outcome in outcomes
            if isinstance(outcome, Posted) and _is_passed_on(outcome.post, platform)
        ]
        if stand:
            await crossposts.ask(db, platform, stand, now=now)


def _is_passed_on(post: Post, platform: Platform) -> bool:
    return post.is_passed_on and not post.is_reply and post.address.platform == platform


async def something_is_late(db: AsyncConnection, platform: Platform) -> bool:
    """Say whether anything waits for a post of which it was known already how it ended."""
    return await beside.is_late(db, platform) or await coverage.is_late(db, platform)


async def let_late_go_on(db: AsyncConnection, platform: Platform, now: datetime) -> None:
    """Let all go on that waits for posts which ended."""
    await beside.release(db, platform, now=now)
    await coverage.release(db, platform, now)


async def _let_go_on(db: AsyncConnection, awaited: Collection[Post], now: datetime) -> None:
    """Let go on what waited for these posts, however they ended."""
    for platform in {post.address.platform for post in awaited}:
        mine = [post for post in awaited if post.address.platform == platform]
        await beside.release(db, platform, now=now)
        leads = [delivery for post in mine for delivery in post.deliveries]
        await coverage.release(db, platform, now, leads=leads)


_MARK_POSTED = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("row_id"))
    .values(
        state=sa.literal_column("'posted'"),
        lease_until=sa.null(),
        not_before=sa.null(),
        holds_line_until=sa.null(),
        message_id=sa.bindparam("new_message_id"),
        posted_at=sa.bindparam("new_posted_at"),
        reason=sa.null(),
    )
)

_MARK = (
    sa.update(deliveries)
    .where(
        deliveries.c.id == sa.bindparam("row_id"),
        SENDING,
        deliveries.c.lease_until == sa.bindparam("old_lease", type_=deliveries.c.lease_until.type),
    )
    .values(
        state=sa.bindparam("new_state"),
        not_before=sa.bindparam("new_not_before"),
        key=sa.bindparam("new_key"),
        tried_at=sa.bindparam("new_tried_at"),
        looks=sa.bindparam("new_looks"),
        attempts=sa.bindparam("new_attempts"),
        holds_line_until=sa.bindparam("new_holds_line_until"),
        lease_until=sa.null(),
        reason=sa.func.coalesce(sa.bindparam("new_reason", type_=sa.Text), deliveries.c.reason),
    )
)


async def _note_open_and_closed(
    db: AsyncConnection, outcomes: Collection[Outcome], *, now: datetime
) -> None:
    closed = {o.post.address_id: o.reason for o in outcomes if isinstance(o, Held)}
    if closed:
        await pauses.pause_each(db, closed, now=now)
    probes = [outcome.post.address_id for outcome in outcomes if is_proof(outcome)]
    if probes:
        await pauses.proved_open(db, probes, now=now)


def _changes(outcome: Outcome, now: datetime) -> dict[str, object]:
    match outcome:
        case Posted(_, message_id):
            return {"new_message_id": message_id, "new_posted_at": now}
        case PutBack():
            return _waits(outcome, now)
        case Untouched(post):
            as_before: dict[str, object] = {
                "new_holds_line_until": post.holds_line_until,
                "new_attempts": post.attempts - 1,
                "new_looks": post.looks,
            }
            return _ended(post, "waiting", None) | _kept(post) | as_before
        case Held(post, reason):
            return _ended(post, "held", reason) | _kept(post)
        case Dead(post, reason):
            return _ended(post, "dead", reason)
        case Doubtful(post, reason):
            return _ended(post, "unknown", reason)
        case _:
            assert_never(outcome)


def _waits(back: PutBack, now: datetime) -> dict[str, object]:
    post = back.post
    more: dict[str, object] = {
        "new_not_before": back.due_at,
        "new_holds_line_until": post.holds_line_until or now + HOLDS_LINE,
        "new_looks": back.looks,
        "new_attempts": post.attempts if back.counts else post.attempts - 1,
    }
    kept = _kept(post, may_stand=back.may_stand)
    return _ended(post, "waiting", back.reason) | kept | more


def _kept(post: Post, *, may_stand: bool = False) -> dict[str, object]:
    """Return what has to be known of a post later if it may stand; else it may take company."""
    if post.tried_at is None and not may_stand:
        # What stands below a post keeps its company.
        return {"new_key": post.key if post.is_reply else None, "new_tried_at": None}
    return {"new_key": post.key, "new_tried_at": post.tried_at or post.lease_until - LEASE}


def _ended(post: Post, state: State, reason: str | None) -> dict[str, object]:
    return {
        "old_lease": post.lease_until,
        "new_state": state,
        "new_reason": reason,
        "new_key": post.key,
        "new_tried_at": post.tried_at,
        "new_looks": 0,
        "new_attempts": post.attempts,
        "new_not_before": None,
        "new_holds_line_until": None,
    }
