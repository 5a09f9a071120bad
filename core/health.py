"""Whether posts reach the channels of a workspace, and if not, why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.outbox import SKIPPED, UNFOLLOWED, WITHDRAWN
from core.posting import Address, Platform
from core.subscriptions import SET_BY_ITSELF
from core.tables import addresses, articles, deliveries, rules, subscriptions

LOOKED_BACK = timedelta(days=14)
"""How far back it is looked for posts: a channel that got none for so long is silent."""
_FAILED_LATELY = timedelta(days=3)
_NO_FAILURES = (WITHDRAWN, UNFOLLOWED, SKIPPED)
_OPEN = ("waiting", "sending", "held", "behind")


class Trouble(StrEnum):
    """What keeps posts from a channel, or may."""

    CLOSED = "closed"
    AWAY = "away"
    """It opens by itself: the platform has an outage, or the bot was removed."""
    PAUSED = "paused"
    FAILED = "failed"
    """Some posts of the last days could not be posted, or it is not known whether they stand."""
    SILENT = "silent"
    """Nothing was posted for long, though something is followed."""


@dataclass(frozen=True, slots=True)
class Health:
    """How it stands with the posts of a channel that follows something."""

    channel: Address
    topics: tuple[str, ...] = ()
    followed_at: datetime | None = None
    """When the oldest of its rules was set."""
    pause_kind: str | None = None
    paused_because: str = ""
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    managers: str = ""
    last_post_at: datetime | None = None
    """If that is not longer ago than it is looked back."""
    waiting: int = 0
    failed: int = 0
    """How many of the last days ended as dead or unknown."""

    def trouble(self, now: datetime) -> Trouble | None:
        """Return what is wrong, the worst of it; nothing if all is well."""
        if self.pause_kind:
            known = {"closed": Trouble.CLOSED, "asked": Trouble.PAUSED}
            return known.get(self.pause_kind, Trouble.AWAY)
        if self.failed:
            return Trouble.FAILED
        is_new = self.followed_at is None or self.followed_at > now - LOOKED_BACK
        return None if self.last_post_at or self.waiting or is_new else Trouble.SILENT


async def of_workspace(
    db: AsyncConnection, platform: Platform, workspace: str, *, now: datetime
) -> list[Health]:
    """Return how it stands with each channel of a workspace that follows something.

    In the order of their ids; the direct messages of people are not among them.
    """
    rows = (await db.execute(_channels(platform, workspace))).all()
    ids = [row.id for row in rows]
    topics, traffic = await _topics(db, ids), await _traffic(db, ids, now)
    return [
        Health(
            Address(row.platform, row.workspace, row.channel),
            topics.get(row.id, ()),
            row.followed_at,
            row.pause_kind,
            row.paused_because or "",
            row.paused_at,
            row.paused_until,
            row.managers,
            **traffic.get(row.id, {}),
        )
        for row in rows
    ]


def _channels(platform: Platform, workspace: str) -> sa.Select[*tuple[Any, ...]]:
    at = addresses.c
    columns = (at.id, at.platform, at.workspace, at.channel, at.managers)
    pause = (at.pause_kind, at.paused_because, at.paused_at, at.paused_until)
    since = sa.func.min(rules.c.set_at, type_=rules.c.set_at.type).label("followed_at")
    return (
        sa.select(*columns, *pause, since)
        .join(rules, sa.and_(rules.c.address_id == at.id, ~SET_BY_ITSELF))
        .where(at.platform == platform, at.workspace == workspace)
        .where(at.thread == "", at.beside_id.is_(None))
        .group_by(*columns, *pause)
        .order_by(at.channel)
    )


async def _topics(db: AsyncConnection, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    at, found = subscriptions.c, dict[int, tuple[str, ...]]()
    query = sa.select(at.address_id, at.topic).where(at.address_id.in_(ids))
    for row in await db.execute(query.order_by(at.topic)):
        found[row.address_id] = (*found.get(row.address_id, ()), row.topic)
    return found


async def _traffic(
    db: AsyncConnection, ids: Collection[int], now: datetime
) -> dict[int, Mapping[str, Any]]:
    """Return what was posted, waits and failed, of articles that came since it is looked back."""
    at = deliveries.c
    first = sa.select(sa.func.min(articles.c.id)).where(
        articles.c.first_seen_at > now - LOOKED_BACK
    )
    lately = at.queued_at > now - _FAILED_LATELY
    is_failure = sa.func.coalesce(at.reason, "").not_in(_NO_FAILURES)
    has_failed = sa.and_(at.state.in_(("dead", "unknown")), lately, is_failure)
    query = (
        sa.select(
            at.address_id,
            sa.func.max(at.posted_at, type_=at.posted_at.type).label("last_post_at"),
            sa.func.count().filter(at.state.in_(_OPEN)).label("waiting"),
            sa.func.count().filter(has_failed).label("failed"),
        )
        # By the articles, as an index leads from these: none leads from the addresses.
        .where(at.article_id >= first.scalar_subquery(), at.address_id.in_(ids))
        .group_by(at.address_id)
    )
    rows = [row._asdict() for row in await db.execute(query)]
    return {row.pop("address_id"): row for row in rows}
