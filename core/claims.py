"""Claims: deliveries taken out of the outbox to be posted. `core/outcomes.py` says how that ends.

A delivery is claimed before it is sent. So whatever happens then, it is known that it may stand in
its channel: `tried_at` says since when, and stays until it is known that it does not.
"""

import random
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from operator import itemgetter
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from core import coverage
from core.config import Style
from core.outbox import FRESH, SENDING, WAITING
from core.posting import RELATED, Address, Platform, person_beside
from core.subscriptions import NOBODY_KNOWN, READERS, Readers
from core.tables import addresses, deliveries

LEASE = timedelta(minutes=5)
"""How long a claimed delivery belongs to its claimer: far longer than a post can take."""
HOLDS_LINE = timedelta(minutes=10)
"""How long the deliveries behind one that has to wait keep their place in the line."""

_WAITS = (2, 10, 60, 300, 900, 1800)
"""Seconds before the next attempt; the last repeats until the article is no longer fresh."""


_NOW = sa.bindparam("now", type_=deliveries.c.due_at.type)
_CLAIMED = (
    *(deliveries.c.id, deliveries.c.article_id, deliveries.c.address_id, deliveries.c.key),
    # If it was just now, this is the first try: nothing can stand yet.
    sa.func.nullif(deliveries.c.tried_at, _NOW, type_=_NOW.type).label("tried_at"),
    *(
        deliveries.c.attempts,
        deliveries.c.looks,
        deliveries.c.holds_line_until,
        deliveries.c.catch_up,
        deliveries.c.style,
        deliveries.c.kept,
        deliveries.c.mention,
        deliveries.c.below,
        deliveries.c.lead_id,
    ),
)
_BY_ID = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Post:
    """Deliveries of one address that go out as one message."""

    key: str
    """The same at every attempt while it may stand, so that a platform can tell a repeat."""
    address_id: int
    address: Address
    deliveries: tuple[int, ...]
    articles: tuple[int, ...]
    attempts: int
    lease_until: datetime
    tried_at: datetime | None = None
    """When the first try began that may have been carried out; None if it surely does not stand."""
    looks: int = 0
    """How often it was looked for since the last try, and not found."""
    holds_line_until: datetime | None = None
    """Until when those behind it wait, if it had to wait before."""
    is_probe: bool = False
    """Its address is paused, and this is to show whether it is open again."""
    style: Style | Literal[""] = ""
    """That of the rule by which it comes; empty for the operator's."""
    kept: tuple[str, ...] = ()
    """Why each article comes later than at once, in the order of `articles`; nothing if none."""
    readers: Readers = NOBODY_KNOWN
    mentions: tuple[str, ...] = ()
    """The ids of the roles and groups that the rules by which it comes mention."""
    people: tuple[str, ...] = ()
    """Those whom it only mentions, below the channel's own post: in its address's thread."""
    is_awaited: bool = False
    """Something on its platform waits to stand below a post."""
    is_passed_on: bool = False
    """It is to be passed on to the channels elsewhere that follow its own."""
    is_related: bool = False
    """It is the stories related to a post, below which it stands."""
    told_first: int | None = None
    """Of later coverage: the article that its story's post tells, in whose thread it stands."""
    also: tuple[tuple[int, ...], ...] = ()
    """The articles that tell the same as each of `articles`, if any do."""

    @property
    def is_reply(self) -> bool:
        """Say whether it is no post of its own, but stands below another."""
        return bool(self.people) or self.is_related or self.told_first is not None

    @property
    def told(self) -> set[int]:
        """Return every article that it may name."""
        also = (article for some in self.also for article in some)
        return {*self.articles, *also, *([self.told_first] if self.told_first else [])}


def wait_before(attempt: int, *, jitter: float) -> timedelta:
    """Return how long to wait before this attempt (2 is the first repeat).

    `jitter` from 0 to 1 spreads it from half to one and a half of the schedule.
    """
    step = _WAITS[min(attempt - 2, len(_WAITS) - 1)]
    return timedelta(seconds=step * (0.5 + jitter))


def jitter() -> float:
    """Return a random share from 0 to 1, for `wait_before`."""
    return random.random()  # noqa: S311 (it spreads load, it guards nothing)


def names() -> Iterator[str]:
    """Give names for claims that no other claim has, in any process."""
    process = secrets.token_hex(6)
    return (f"{process}{number}" for number in count())


async def claim_due(
    db: AsyncConnection,
    platform: Platform,
    *,
    now: datetime,
    most: int,
    claim: str,
    without: Collection[int] = (),
) -> list[Post]:
    """Claim at most `most` due deliveries and return them as posts, oldest due first.

    Those `without` are addresses that have enough to do.

    `claim` is a name that no other claim has. What may stand already keeps its key and company;
    everything else that is due at an address shares one message.
    """
    told: dict[str, object] = {"for": platform, "now": now, "fresh": now - FRESH, "most": most}
    claimed = {"claim": claim, "lease": now + LEASE}
    if without:
        told["without"] = tuple(without)
    statement = _CLAIM_WITHOUT if without else _CLAIM
    rows = list((await db.execute(statement, told | claimed)).all())
    if len(rows) == most or any(row.below for row in rows):
        rows += await _claim_rest(db, rows, now, is_full=len(rows) == most)
    posts = _as_posts(rows, await _places(db, platform, now + LEASE), now + LEASE)
    return await _with_coverage(db, posts, {row.id: row.lead_id for row in rows if row.lead_id})


async def _with_coverage(
    db: AsyncConnection, posts: list[Post], leads: Mapping[int, int]
) -> list[Post]:
    """Return the posts with what else tells their stories; `leads` are those of later coverage."""
    first = await coverage.told_first(db, leads.values()) if leads else {}
    awaited = [it for post in posts if post.is_awaited for it in post.deliveries]
    later = await coverage.of(db, awaited) if awaited else {}
    return [_covered(post, leads, first, later) for post in posts]


def _covered(
    post: Post,
    leads: Mapping[int, int],
    first: Mapping[int, int],
    later: Mapping[int, Sequence[int]],
) -> Post:
    lead = leads.get(post.deliveries[0])
    if lead is not None:
        return replace(post, told_first=first.get(lead, post.articles[0]))
    also = tuple(tuple(later.get(delivery, ())) for delivery in post.deliveries)
    return replace(post, also=also) if any(also) else post


async def next_due(db: AsyncConnection, platform: Platform, *, now: datetime) -> datetime | None:
    """Return when the next delivery is due, if one waits for anything but those before it."""
    at = deliveries.c
    due = sa.select(sa.func.min(sa.func.coalesce(at.not_before, at.due_at)))
    mine = due.where(WAITING, at.platform == platform, at.queued_at > now - FRESH)
    first: datetime | None = await db.scalar(
        mine.where(~_stands_behind(sa.literal(now, at.due_at.type)))
    )
    return first


async def reclaim(
    db: AsyncConnection,
    platform: Platform,
    *,
    now: datetime,
    settled_at: datetime,
    all_of_them: bool,
) -> int:
    """Let deliveries wait again whose claimer is gone, and return how many.

    They may have been sent, so they wait until `settled_at`, and those behind them as well. Those
    whose lease ran out; all of them where no other process can have claimed any.
    """
    lost = sa.update(deliveries).where(SENDING, deliveries.c.platform == platform)
    if not all_of_them:
        lost = lost.where(deliveries.c.lease_until <= now)
    line = sa.literal(now + HOLDS_LINE, deliveries.c.holds_line_until.type)
    again = {
        "state": "waiting",
        "not_before": settled_at,
        "lease_until": None,
        # That a process ended says nothing about the platform: no reason to wait longer.
        "attempts": deliveries.c.attempts - 1,
        "looks": 0,
        "holds_line_until": sa.func.coalesce(deliveries.c.holds_line_until, line),
    }
    return (await db.execute(lost.values(again))).rowcount


def _stands_behind(now: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return whether something before it in its channel has to wait, and holds the line."""
    at, ahead = deliveries.c, deliveries.alias("ahead")
    return sa.exists().where(
        ahead.c.address_id == at.address_id,
        ahead.c.id < at.id,
        ahead.c.holds_line_until > now,
        ahead.c.not_before > now,
    )


def _due(*, without: bool) -> sa.CTE:
    """Return what is due, in channel order: so more of it shares a message."""
    at = deliveries.c
    others = at.address_id.not_in(sa.bindparam("without", expanding=True))
    fresh = sa.bindparam("fresh", type_=at.queued_at.type)
    return (
        sa.select(at.id)
        .where(WAITING, at.platform == sa.bindparam("for"), at.due_at <= _NOW)
        .where(sa.or_(at.not_before.is_(None), at.not_before <= _NOW), at.queued_at > fresh)
        .where(~_stands_behind(_NOW), *([others] if without else []))
        .order_by(at.due_at, at.address_id, at.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True, of=deliveries)
        .cte("pick")
    )


def _claiming(*, without: bool = False) -> ReturningUpdate[Any]:
    at, pick = deliveries.c, _due(without=without)
    # SQLite before 3.44 has no concat().
    address = sa.cast(at.address_id, sa.Text)
    kind = sa.case((at.catch_up, "c"), else_="")
    new_key = sa.bindparam("claim", type_=sa.Text) + "." + address + kind
    return (
        sa.update(deliveries)
        .where(at.id == pick.c.id)
        .values(
            state=sa.literal_column("'sending'"),
            attempts=at.attempts + 1,
            lease_until=sa.bindparam("lease"),
            key=sa.func.coalesce(at.key, new_key),
            tried_at=sa.func.coalesce(at.tried_at, _NOW),
        )
        .returning(*_CLAIMED)
    )


async def _claim_rest(
    db: AsyncConnection, rows: Sequence[Any], now: datetime, *, is_full: bool
) -> list[Any]:
    """Claim what else belongs to the posts of a batch."""
    at = deliveries.c
    claimed = {"state": "sending", "attempts": at.attempts + 1, "lease_until": now + LEASE}
    rest: list[Any] = []
    if keys := {row.key for row in rows if row.tried_at or row.below}:
        # Without them a post that may stand, or that has a company, would not be the same.
        same = sa.update(deliveries).where(WAITING, at.key.in_(keys)).values(claimed)
        same = same.values(tried_at=sa.func.coalesce(at.tried_at, _NOW))
        rest += (await db.execute(same.returning(*_CLAIMED), {"now": now})).all()
    # What one missed comes as one message.
    is_cut = is_full and any(row.catch_up and row.tried_at is None for row in rows)
    if is_cut and (last := await _last(db, rows)).catch_up:
        more = sa.update(deliveries).where(WAITING, at.catch_up, at.tried_at.is_(None))
        more = more.where(at.due_at == last.due_at, at.address_id == last.address_id)
        joined = more.values(claimed | {"key": last.key, "tried_at": now})
        rest += (await db.execute(joined.returning(*_CLAIMED), {"now": now})).all()
    return rest


async def _last(db: AsyncConnection, rows: Sequence[Any]) -> Any:  # noqa: ANN401 (a row)
    """Return the last of these that was claimed for the first time, in the order of claims."""
    at = deliveries.c
    new = [row.id for row in rows if row.tried_at is None]
    query = sa.select(at.due_at, at.address_id, at.key, at.catch_up).where(at.id.in_(new))
    in_order = query.order_by(at.due_at.desc(), at.address_id.desc(), at.id.desc()).limit(1)
    return (await db.execute(in_order)).one()


# Statements that run for every batch are built once: building costs more than a dozen rows.
_CLAIM = _claiming()
_CLAIM_WITHOUT = _claiming(without=True)


_behind = deliveries.alias("behind")

# Asked by what was claimed, not by number: hundreds of parameters cost more than the look.
_PLACES = sa.select(
    *(addresses.c.id, addresses.c.paused_because, addresses.c.platform),
    *(addresses.c.workspace, addresses.c.channel, addresses.c.thread),
    # It depends on no row, so it is asked once.
    sa.exists().where(_behind.c.state == "behind", _behind.c.platform == sa.bindparam("for")),
    addresses.c.crosspost,
    *READERS,
).where(
    addresses.c.id.in_(
        sa.select(deliveries.c.address_id).where(
            SENDING,
            deliveries.c.platform == sa.bindparam("for"),
            deliveries.c.lease_until == sa.bindparam("lease", type_=deliveries.c.lease_until.type),
        )
    )
)

_Place = tuple[Address, bool, Readers, bool, bool]
"""An address, whether it is paused, who reads there, whether anybody waits for posts there, and
whether they are passed on."""


async def _places(
    db: AsyncConnection, platform: Platform, lease_until: datetime
) -> dict[int, _Place]:
    """Return the addresses of what was claimed until then."""
    found = await db.execute(_PLACES, {"for": platform, "lease": lease_until})
    places = {}
    for number, because, on, workspace, channel, thread, is_awaited, passes, *readers in found:
        address = Address(on, workspace, channel, thread)
        places[number] = (address, because is not None, Readers(*readers), is_awaited, passes)
    return places


def _as_posts(rows: Sequence[Any], to: Mapping[int, _Place], until: datetime) -> list[Post]:
    by_key: dict[str, list[Any]] = {}
    for row in sorted(rows, key=_BY_ID):
        by_key.setdefault(row.key, []).append(row)
    return [_as_post(company, to, until) for company in by_key.values()]


def _as_post(company: Sequence[Any], to: Mapping[int, _Place], until: datetime) -> Post:
    _, _, address_id, key, tried_at, attempts, looks, holds_line_until, _, style, *_ = company[0]
    address, is_paused, readers, is_awaited, passes_on = to[address_id]
    people: tuple[str, ...] = ()
    is_related = address.thread == RELATED
    if below := company[0].below:
        if company[0].lead_id is None and not is_related:
            people = tuple(dict.fromkeys(person_beside(to[row[2]][0]) for row in company))
        address = replace(address, thread=below)
    kept = tuple([row[10] for row in company])
    return Post(
        key,
        address_id,
        address,
        tuple([row[0] for row in company]),
        tuple([row[1] for row in company]),
        attempts,
        until,
        tried_at,
        looks,
        holds_line_until,
        is_paused,
        style,
        kept if any(kept) else (),
        readers,
        tuple(dict.fromkeys([row[11] for row in company if row[11]])),
        people,
        is_awaited,
        passes_on,
        is_related,
    )
