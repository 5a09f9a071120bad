"""Edits: posts brought up to what their articles tell now, in the place where they stand.

waiting → done   the message shows what its articles tell
   └────→ dead   it cannot be changed, or is too old to be
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, assert_never

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, claims, coverage, edit_queue, outbox, text
from core.config import Style
from core.edit_queue import WAITING
from core.posting import Address, Platform
from core.sources import Draft
from core.subscriptions import NOBODY_KNOWN, READERS, Readers
from core.tables import addresses, deliveries, edits, fanouts
from core.tables import articles as stored

State = Literal["waiting", "done", "dead"]

MOST = 3
"""How often in its life a changed article has its posts edited."""
FRESH = outbox.FRESH
"""How old a post may be to be edited because its article changed."""
WITHDRAWN_FRESH = timedelta(days=7)
"""How old a post may be to be struck through because its article was withdrawn."""

_UNDER_WAY = ("sending", "waiting", "held")


@dataclass(frozen=True, slots=True)
class Edit:
    """A message that is to show what its articles tell now."""

    key: str
    """That of its post."""
    address_id: int
    address: Address
    attempts: int
    asked: int
    """How often it was asked for when it was claimed."""
    articles: tuple[int, ...]
    """Those that stand in the message, in its order; none while it is not posted."""
    message_id: str
    posted_at: datetime | None
    is_under_way: bool
    """It is not known to be posted yet, but may be."""
    style: Style | Literal[""] = ""
    """That of the rule by which it came; empty for the operator's."""
    kept: tuple[str, ...] = ()
    """Why each of its articles came later than at once; nothing if none did."""
    readers: Readers = NOBODY_KNOWN
    mentions: tuple[str, ...] = ()
    """The ids of the roles and groups that its post mentions."""
    also: tuple[tuple[int, ...], ...] = ()
    """The articles that tell the same as each of `articles`, if any do."""
    is_coverage: bool = False
    """It stands in the thread of the post of its story."""


@dataclass(frozen=True, slots=True)
class Done:
    """An edit after which the message shows what it should."""

    edit: Edit


@dataclass(frozen=True, slots=True)
class PutOff:
    """An edit to try again at `due_at`."""

    edit: Edit
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class GaveUp:
    """An edit that will not be made. `is_closed` if nothing can be done at its address."""

    edit: Edit
    reason: str
    is_closed: bool = False


Outcome = Done | PutOff | GaveUp


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of an article that may change."""

    id: int
    source: str
    title: str
    summary: str
    edits: int
    retracted_at: datetime | None


async def amend(
    db: AsyncConnection,
    told: Sequence[tuple[Draft, int]],
    *,
    source: str | None,
    now: datetime,
) -> int:
    """Bring articles, by id, up to what is told of them now.

    Returns how many messages are to be edited. Only the `source` that brought an article can change
    it; None is whoever may change any. Nothing changes unless the title or the summary says
    something else, or the article is withdrawn. Once withdrawn it stays so.
    """
    known = await _known(db, [article_id for _, article_id in told])
    cleaned = ((articles.cleaned(draft), known.get(article_id)) for draft, article_id in told)
    changed = [(d, k) for d, k in cleaned if k and source in {None, k.source} and _changes(d, k)]
    return sum([await _amend(db, draft, article.id, now) for draft, article in changed])


async def claim_due(
    db: AsyncConnection, platform: Platform, *, now: datetime, most: int
) -> list[Edit]:
    """Claim at most `most` due edits, oldest due first. A claim that is not ended runs out."""
    pick = (
        sa.select(edits.c.key)
        .where(WAITING, edits.c.platform == platform, edits.c.due_at <= now, _is_open())
        .order_by(edits.c.due_at, edits.c.address_id, edits.c.key)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("pick")
    )
    claim = sa.update(edits).where(edits.c.key == pick.c.key)
    claimed = claim.values(attempts=edits.c.attempts + 1, due_at=now + claims.LEASE)
    keys = (await db.scalars(claimed.returning(edits.c.key))).all()
    return await _edits(db, keys)


async def next_due(db: AsyncConnection, platform: Platform) -> datetime | None:
    """Return when the next edit is due, if one waits."""
    waiting = sa.select(edits.c.due_at).where(WAITING, edits.c.platform == platform, _is_open())
    first: datetime | None = await db.scalar(waiting.order_by(edits.c.due_at).limit(1))
    return first


async def record(db: AsyncConnection, outcomes: Collection[Outcome], *, now: datetime) -> None:
    """Write down how edits ended. What was asked for meanwhile is due `now`."""
    if outcomes:
        await db.execute(_MARK, [_mark(outcome, now) for outcome in outcomes])


async def _known(db: AsyncConnection, ids: Collection[int]) -> dict[int, _Known]:
    at = stored.c
    columns = (at.id, at.source, at.title, at.summary, at.edits, at.retracted_at)
    rows = await db.execute(sa.select(*columns).where(at.id.in_(ids)))
    return {row.id: _Known(*row) for row in rows}


def _changes(draft: Draft, known: _Known) -> bool:
    if known.retracted_at:
        return False
    differs = _differs(draft.title, known.title) or _differs(draft.summary, known.summary)
    return draft.retracted or differs


async def _amend(db: AsyncConnection, draft: Draft, article_id: int, now: datetime) -> int:
    # Read again under a lock: another may have brought the same. SQLite has one writer anyway.
    await db.execute(sa.select(stored.c.id).where(stored.c.id == article_id).with_for_update())
    known = (await _known(db, [article_id]))[article_id]
    if not _changes(draft, known):
        return 0
    if draft.retracted:
        return await _retract(db, article_id, now)
    await articles.retell(db, article_id, draft)
    return 0 if known.edits >= MOST else await _ask(db, article_id, now=now, fresh=FRESH)


def _differs(told: str, known: str) -> bool:
    return bool(told) and _plain(told) != _plain(known)


def _plain(words: str) -> str:
    """Return what readers see of `words`: no addresses, so neither what those are tracked by."""
    return text.without_urls(words).casefold()


async def _retract(db: AsyncConnection, article_id: int, now: datetime) -> int:
    await articles.retract(db, article_id, now=now)
    await outbox.withdraw(db, article_id)
    await db.execute(sa.delete(fanouts).where(fanouts.c.article_id == article_id))
    named = await coverage.retell(db, article_id, now)
    return named + await _ask(db, article_id, now=now, fresh=WITHDRAWN_FRESH)


async def _ask(db: AsyncConnection, article_id: int, *, now: datetime, fresh: timedelta) -> int:
    """Have the messages edited that hold the article and are not older than `fresh`."""
    at = deliveries.c
    # What is on its way may carry the old words; it is looked at again when it has arrived.
    stands = sa.and_(at.state == "posted", at.posted_at > now - fresh)
    may_stand = sa.and_(at.state.in_(_UNDER_WAY), at.key.is_not(None))
    due_at = sa.literal(now, edits.c.due_at.type)
    messages = sa.select(at.key, at.platform, at.address_id, due_at)
    # What only mentions somebody tells nothing of the article.
    tells_it = sa.or_(at.below.is_(None), at.lead_id.is_not(None))
    tells = at.article_id == article_id, tells_it, sa.or_(stands, may_stand)
    return await edit_queue.ask(db, messages.where(*tells))


def _is_open() -> sa.ColumnElement[bool]:
    # One call that fails is enough to know that a channel is closed.
    there = addresses.c
    return sa.exists().where(there.id == edits.c.address_id, there.paused_because.is_(None))


async def _edits(db: AsyncConnection, keys: Sequence[str]) -> list[Edit]:
    there, at = addresses.c, deliveries.c
    query = (
        sa.select(edits.c.key, edits.c.address_id, edits.c.attempts, edits.c.asked)
        .add_columns(there.platform, there.workspace, there.channel, there.thread)
        .add_columns(at.article_id, at.state.label("delivery_state"), at.message_id, at.posted_at)
        .add_columns(at.style, at.kept, at.mention, *READERS)
        .add_columns(at.id.label("delivery_id"), at.below, at.lead_id)
        .join(addresses, there.id == edits.c.address_id)
        .outerjoin(deliveries, at.key == edits.c.key)
        .where(edits.c.key.in_(keys))
        .order_by(edits.c.address_id, edits.c.key, at.id)
    )
    rows = (await db.execute(query)).all()
    also = await coverage.of(db, [row.delivery_id for row in rows if row.delivery_id])
    return [_edit(list(company), also) for _, company in groupby(rows, key=attrgetter("key"))]


def _edit(rows: list[sa.Row[*tuple[Any, ...]]], later: Mapping[int, Sequence[int]]) -> Edit:
    first = rows[0]
    posted = [row for row in rows if row.delivery_state == "posted"]
    also = tuple(tuple(later.get(row.delivery_id, ())) for row in posted)
    return Edit(
        first.key,
        first.address_id,
        Address(first.platform, first.workspace, first.channel, first.below or first.thread),
        first.attempts,
        first.asked,
        articles=tuple(row.article_id for row in posted),
        message_id=posted[0].message_id if posted else "",
        posted_at=posted[0].posted_at if posted else None,
        is_under_way=any(row.delivery_state in _UNDER_WAY for row in rows),
        style=first.style or "",
        kept=tuple(row.kept for row in posted) if any(row.kept for row in posted) else (),
        readers=Readers(first.zone, first.minutes, first.is_member),
        mentions=tuple(dict.fromkeys(row.mention for row in rows if row.mention)),
        also=also if any(also) else (),
        is_coverage=first.lead_id is not None,
    )


_IS_AS_CLAIMED = edits.c.asked == sa.bindparam("when_asked", type_=sa.Integer)
_MARK = (
    sa.update(edits)
    .where(edits.c.key == sa.bindparam("of_key"))
    .values(
        state=sa.case(
            (_IS_AS_CLAIMED, sa.bindparam("new_state", type_=sa.Text)), else_=edits.c.state
        ),
        due_at=sa.case(
            (_IS_AS_CLAIMED, sa.bindparam("new_due_at", type_=edits.c.due_at.type)),
            else_=sa.bindparam("now", type_=edits.c.due_at.type),
        ),
        reason=sa.bindparam("new_reason"),
    )
)


def _mark(outcome: Outcome, now: datetime) -> dict[str, object]:
    claimed = {"of_key": outcome.edit.key, "when_asked": outcome.edit.asked, "now": now}
    match outcome:
        case Done():
            return claimed | _ended("done", now, None)
        case PutOff(_, due_at, reason):
            return claimed | _ended("waiting", due_at, reason)
        case GaveUp(_, reason):
            return claimed | _ended("dead", now, reason)
        case _:
            assert_never(outcome)


def _ended(state: State, due_at: datetime, reason: str | None) -> dict[str, object]:
    return {"new_state": state, "new_due_at": due_at, "new_reason": reason}
