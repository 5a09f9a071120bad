"""The timetable: what of each rule's schedule holds now, kept in columns until it turns.

So queueing an article only reads when it comes. A rule is turned when somebody looks after its
`turns_at`, which is before each fan-out: nothing has to run at every digest's time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.localtime import (
    Quiet,
    Rhythm,
    next_change,
    next_digest,
    next_midnight,
    quiet_until,
    zone,
)
from core.subscriptions import times_of
from core.tables import addresses, rules
from core.typed_time import DIGEST_AT

MARGIN = timedelta(seconds=30)
"""How long before a digest nothing more comes into it: so nothing is queued when it is posted."""
REST = Rhythm("daily", DIGEST_AT)
"""When what was too many for a day comes."""

_PLAN = (
    *(rules.c.days, rules.c.minute, rules.c.weekday),
    *(rules.c.quiet_from, rules.c.quiet_to, rules.c.most_a_day, rules.c.paused_until),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule, and the clock by which it goes."""

    rhythm: Rhythm | None
    quiet: Quiet | None
    most_a_day: int
    zone: ZoneInfo
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """What of a plan holds from a moment until it turns."""

    later_at: datetime | None
    """When what matches comes; None is at once."""
    rest_at: datetime | None
    """When what is too many for the day comes."""
    day_ends_at: datetime | None
    turns_at: datetime | None
    """Nothing if it holds for good."""


async def turn(db: AsyncConnection, now: datetime, *, within: range) -> None:
    """Bring the rules of the addresses `within` a range up to `now`."""
    due = (
        rules.c.turns_at <= now,
        rules.c.address_id >= within.start,
        rules.c.address_id < within.stop,
    )
    query = sa.select(*_PLAN, addresses.c.zone).distinct()
    plans = query.join(addresses, addresses.c.id == rules.c.address_id).where(*due)
    for row in (await db.execute(plans)).all():
        plan = zip(_PLAN, row[: len(_PLAN)], strict=True)
        same = [column.is_not_distinct_from(value) for column, value in plan]
        # Within the range here too: else every address would be looked at for a few rules.
        nearby = addresses.c.id >= within.start, addresses.c.id < within.stop
        there = sa.select(addresses.c.id).where(addresses.c.zone == row.zone, *nearby)
        turned = sa.update(rules).where(*due, *same, rules.c.address_id.in_(there))
        columns = _columns(position(_plan(row), now), row.most_a_day, now)
        if row.paused_until and row.paused_until <= now:
            columns["paused_until"] = None
        await db.execute(turned.values(columns))


def time_of(kept: sa.ColumnElement[str]) -> sa.ColumnElement[Any]:
    """Return, in a query of rules, when what is kept for this reason comes; null is at once."""
    later = (kept == "cap", sa.func.coalesce(rules.c.rest_at, rules.c.later_at))
    return sa.case(later, else_=rules.c.later_at)


def position(plan: Plan, now: datetime) -> Position:
    """Return what of `plan` holds at `now`."""
    paused_until = max(plan.paused_until or now, now)
    if plan.rhythm:
        at = _heard(plan, next_digest(plan.rhythm, plan.zone, paused_until + MARGIN))
        return Position(at, None, None, at - MARGIN)
    if paused_until > now:
        return Position(_heard(plan, paused_until), None, None, paused_until)
    turns = [next_change(plan.quiet, plan.zone, now)] if plan.quiet else []
    rest_at = day_ends_at = None
    if plan.most_a_day:
        day_ends_at = next_midnight(plan.zone, now)
        rest_at = _heard(plan, next_digest(REST, plan.zone, now + MARGIN))
        turns += [day_ends_at, rest_at - MARGIN]
    later_at = quiet_until(plan.quiet, plan.zone, now) if plan.quiet else None
    return Position(later_at, rest_at, day_ends_at, min(turns, default=None))


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of this name, or that of UTC."""
    return zone(name or "UTC") or zone("UTC") or ZoneInfo("UTC")


def _heard(plan: Plan, at: datetime) -> datetime:
    """Return when that comes which would come `at`: quiet hours hold it too."""
    return (quiet_until(plan.quiet, plan.zone, at) if plan.quiet else None) or at


def _plan(row: Any) -> Plan:  # noqa: ANN401 (a row)
    return Plan(*times_of(row), row.most_a_day, zone_of(row.zone), row.paused_until)


def _columns(at: Position, most: int, now: datetime) -> dict[str, Any]:
    if at.day_ends_at is None:
        left: Any = None
    else:
        is_same_day = rules.c.left_until > sa.literal(now, rules.c.left_until.type)
        left = sa.case((is_same_day, rules.c.left_today), else_=most)
    return {
        "later_at": at.later_at,
        "rest_at": at.rest_at,
        "left_today": left,
        "left_until": at.day_ends_at,
        "turns_at": at.turns_at,
    }
