"""What members follow beside a channel: they are mentioned in the thread of its own post.

behind → waiting   the channel's post stands; all that wait for it share a message
   └───→ dead      the channel's post will not come
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import inserting
from core.outbox import BEHIND
from core.posting import Platform
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
    return (await db.execute(_enqueueing(db.dialect.name), told)).rowcount


async def release(db: AsyncConnection, platform: Platform, *, now: datetime) -> bool:
    """Let those be mentioned whose channel's post stands; say whether there is anyone.

    What waits for a post that will not come is ended with the reason.
    """
    rows = (await db.execute(_SETTLED, {"for": platform})).all()
    stands = [row for row in rows if row.state == "posted" and row.message_id]
    if ended := [row for row in rows if row.state != "posted" or not row.message_id]:
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


def _reason(row: sa.Row[*tuple[Any, ...]]) -> str:
    if row.state in _ENDED:
        return f"the channel's post did not come: {row.reason}"
    return GONE


def _calls(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> Iterator[dict[str, object]]:
    """Return what each row shares with the others below the same post, some people at a time."""
    below: dict[tuple[int, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        below[row.beside_id, row.message_id][row.thread].append(row.id)
    for (_, message), people in below.items():
        everyone = list(people.values())
        for at in range(0, len(everyone), MOST):
            some = [row_id for ids in everyone[at : at + MOST] for row_id in ids]
            key = f"beside{some[0]}"
            yield from ({"row_id": row_id, "shared": key, "message": message} for row_id in some)
