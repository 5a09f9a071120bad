"""What stands in the thread of a channel's post: whom it mentions there, and related stories.

behind → waiting   the channel's post stands; all whom one message mentions share it
   └───→ dead      the channel's post will not come
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import inserting
from core.outbox import BEHIND
from core.posting import RELATED, Platform
from core.queueing import Part, asked, is_allowed
from core.rules import topics_of
from core.subscriptions import BESIDE
from core.tables import addresses, deliveries, rules, subscriptions

MOST = 20
"""How many people one message mentions."""
IN_DIGEST = "the channel gets it in a digest"
"""The reason why nobody is mentioned."""
GONE = "the channel's post is gone"
"""The reason why nobody is mentioned."""
IN_LIST = "the channel's post lists several stories"
"""The reason why no related stories stand below it."""

_EVERYONE = range(2**62)
_ENDED = ("dead", "expired", "unknown")
_channel = deliveries.alias("channel")


async def enqueue(db: AsyncConnection, part: Part) -> int:
    """Queue an article for those who follow it beside a channel that gets it. Returns how many.

    It is asked when it is queued for all channels. It does not come to who began to follow it
    after that.
    """
    told = asked(replace(part, within=_EVERYONE, above=-1))
    told["topics"] = [f"{BESIDE}{topic}" for topic in topics_of(part.facts.tags)]
    del told["catch_up"]  # else it would be a value of that column
    people: int = (await db.execute(_enqueueing(db.dialect.name), told)).rowcount
    post = {"article": part.article_id, "now": part.now}
    related: int = (await db.execute(_enqueueing_related(db.dialect.name), post)).rowcount
    return people + related


async def release(db: AsyncConnection, platform: Platform, *, now: datetime) -> bool:
    """Let those be mentioned whose channel's post stands; say whether there is anyone.

    What waits for a post that will not come is ended with the reason.
    """
    rows = (await db.execute(_SETTLED, {"for": platform})).all()
    listed = _in_lists(rows)
    stands = [row for row in rows if row.state == "posted" and row.message_id]
    stands = [row for row in stands if row.id not in listed]
    if ended := [row for row in rows if row not in stands]:
        await db.execute(_END, [{"row_id": row.id, "why": _reason(row)} for row in ended])
    if stands:
        calls = [call | {"at": now} for call in _calls(stands)]
        await db.execute(_RELEASE, calls)
    return bool(stands)


async def is_late(db: AsyncConnection, platform: Platform) -> bool:
    """Say whether anything waits for a post of which it is known how it ended."""
    return (await db.execute(_SETTLED.limit(1), {"for": platform})).first() is not None


@cache
def _enqueueing(dialect: str) -> sa.Insert:
    now = sa.bindparam("now", type_=deliveries.c.due_at.type)
    in_digest = _channel.c.kept != ""
    told: dict[str, sa.ColumnElement[Any]] = {
        "article_id": _channel.c.article_id,
        "address_id": addresses.c.id,
        "platform": addresses.c.platform,
        "state": sa.case((in_digest, sa.literal_column("'dead'")), else_=sa.literal("behind")),
        "queued_at": now,
        "due_at": now,
        "rule_id": rules.c.id,
        "reason": sa.case((in_digest, sa.literal(IN_DIGEST))),
    }
    rows = (
        sa.select(*told.values())
        .select_from(subscriptions)
        .join(rules, rules.c.id == subscriptions.c.rule_id)
        .join(addresses, addresses.c.id == subscriptions.c.address_id)
        .join(_channel, _channel.c.address_id == addresses.c.beside_id)
        .where(
            _channel.c.article_id == sa.bindparam("article", type_=sa.BigInteger),
            _channel.c.queued_at >= rules.c.set_at,
            # Of a story they were mentioned when it was first told.
            _channel.c.lead_id.is_(None),
            subscriptions.c.topic.in_(sa.bindparam("topics", type_=sa.Text, expanding=True)),
            *is_allowed(dialect),
        )
    )
    return inserting(dialect, deliveries).from_select([*told], rows).on_conflict_do_nothing()


@cache
def _enqueueing_related(dialect: str) -> sa.Insert:
    """Return the statement that queues what is related to an article where rules ask for it."""
    now = sa.bindparam("now", type_=deliveries.c.due_at.type)
    article = sa.bindparam("article", type_=sa.BigInteger)
    told: dict[str, sa.ColumnElement[Any]] = {
        "article_id": _channel.c.article_id,
        "address_id": addresses.c.id,
        "platform": addresses.c.platform,
        "state": sa.literal("behind"),
        "queued_at": now,
        "due_at": now,
        "rule_id": rules.c.id,
    }
    rows = (
        sa.select(*told.values())
        .select_from(_channel)
        .join(rules, sa.and_(rules.c.id == _channel.c.rule_id, rules.c.related))
        .join(addresses, addresses.c.beside_id == _channel.c.address_id)
        .where(_channel.c.article_id == article, addresses.c.thread == RELATED)
        # Below a list they would say of none to which they are related.
        .where(_channel.c.lead_id.is_(None), _channel.c.kept == "", ~_channel.c.catch_up)
    )
    return inserting(dialect, deliveries).from_select([*told], rows).on_conflict_do_nothing()


_SETTLED = (
    sa.select(deliveries.c.id, addresses.c.beside_id, addresses.c.thread)
    .add_columns(_channel.c.state, _channel.c.message_id, _channel.c.reason)
    .select_from(deliveries)
    .join(addresses, addresses.c.id == deliveries.c.address_id)
    .outerjoin(
        _channel,
        sa.and_(
            _channel.c.article_id == deliveries.c.article_id,
            _channel.c.address_id == addresses.c.beside_id,
        ),
    )
    .where(BEHIND, deliveries.c.lead_id.is_(None), deliveries.c.platform == sa.bindparam("for"))
    .where(sa.or_(_channel.c.id.is_(None), _channel.c.state.in_(("posted", *_ENDED))))
    .order_by(deliveries.c.id)
)

_IS_ROW = sa.and_(deliveries.c.id == sa.bindparam("row_id"), BEHIND)
_END = sa.update(deliveries).where(_IS_ROW).values(state="dead", reason=sa.bindparam("why"))
_RELEASE = (
    sa.update(deliveries)
    .where(_IS_ROW)
    .values(
        state="waiting",
        due_at=sa.bindparam("at", type_=deliveries.c.due_at.type),
        # The same for all that share a message, and no other claim's.
        key=sa.bindparam("shared"),
        below=sa.bindparam("message"),
    )
)


def _in_lists(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> set[int]:
    """Return what is related to one of several stories in a post: it would say of none to which."""
    related = [row for row in rows if row.thread == RELATED and row.message_id]
    many = Counter((row.beside_id, row.message_id) for row in related)
    return {row.id for row in related if many[row.beside_id, row.message_id] > 1}


def _reason(row: sa.Row[*tuple[Any, ...]]) -> str:
    if row.state in _ENDED:
        return f"the channel's post did not come: {row.reason}"
    return IN_LIST if row.message_id else GONE


def _calls(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> Iterator[dict[str, object]]:
    """Return what each row shares with the others below the same post, some people at a time."""
    below: dict[tuple[int, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.thread == RELATED:
            yield {"row_id": row.id, "shared": f"related{row.id}", "message": row.message_id}
        else:
            below[row.beside_id, row.message_id][row.thread].append(row.id)
    for (_, message), people in below.items():
        everyone = list(people.values())
        for at in range(0, len(everyone), MOST):
            some = [row_id for ids in everyone[at : at + MOST] for row_id in ids]
            key = f"beside{some[0]}"
            yield from ({"row_id": row_id, "shared": key, "message": message} for row_id in some)
