"""Later coverage: what tells a story that stands in a channel already is told below its post.

behind → waiting   a line in the thread of the story's post
   ├───→ covered   the story's post alone names it: it has no thread, or lists many stories
   ├───→ waiting   with a post of its own, as the story's will not come
   └───→ dead      the story's post is gone
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import edit_queue
from core.db import insert
from core.outbox import BEHIND, COUNTED, due_from, expiring
from core.posting import Address, Platform
from core.queueing import Part
from core.stories import WITHIN
from core.subscriptions import SET_BY_ITSELF
from core.tables import addresses, articles, deliveries, edits, rules, splits, stories

FRESH = WITHIN
"""How long later coverage is told below a post; after that its story has a post again."""
GONE = "the post of its story is gone"
"""The reason why nothing is told below it."""

_STANDS = ("waiting", "sending", "posted", "held")
_ENDED = ("dead", "expired", "unknown")
_lead = deliveries.alias("lead")
_later = deliveries.alias("later")
_IS_BEHIND = sa.and_(_later.c.state == sa.literal_column("'behind'"), _later.c.lead_id.is_not(None))


async def fold(db: AsyncConnection, part: Part) -> None:
    """Put what was just queued of an article behind the posts of its story, where there are any.

    That is due whose post stands already.
    """
    if (await db.execute(_folding(part))).rowcount:
        at, within = _later.c, part.within
        mine = at.article_id == part.article_id, at.address_id >= within.start
        await _settle(db, sa.and_(*mine, at.address_id < within.stop), part.now)


async def release(
    db: AsyncConnection, platform: Platform, now: datetime, *, leads: Collection[int] | None = None
) -> None:
    """Let what waits for the posts of stories go on where these ended.

    That is what waits for some deliveries, the `leads`, or for any on the platform.
    """
    which = _later.c.platform == platform
    if leads is not None:
        which = _later.c.lead_id.in_(tuple(leads))
    await _settle(db, which, now)
    rows = await _left_without_post(db, which, now)
    for _, later in groupby(rows, attrgetter("lead_id")):
        await _go_on_without(db, list(later), now)


async def is_late(db: AsyncConnection, platform: Platform) -> bool:
    """Say whether anything waits for a post of which it is known how it ended."""
    return (await db.execute(_LATE, {"for": platform})).first() is not None


async def of(db: AsyncConnection, leads: Collection[int]) -> dict[int, list[int]]:
    """Return the later coverage of what these deliveries told first: articles, oldest first."""
    found: dict[int, list[int]] = {}
    query = sa.select(_later.c.lead_id, _later.c.article_id).order_by(_later.c.id)
    for row in await db.execute(query.where(_later.c.lead_id.in_(tuple(leads)))):
        found.setdefault(row.lead_id, []).append(row.article_id)
    return found


async def told_first(db: AsyncConnection, leads: Collection[int]) -> dict[int, int]:
    """Return the articles that these deliveries, the `leads`, told."""
    query = sa.select(_lead.c.id, _lead.c.article_id).where(_lead.c.id.in_(tuple(leads)))
    return {row.id: row.article_id for row in await db.execute(query)}


async def retell(db: AsyncConnection, article_id: int, now: datetime) -> int:
    """Have the posts edited that name an article as later coverage. Returns how many."""
    return await _ask(db, _later.c.article_id == article_id, now)


async def tell_apart(
    db: AsyncConnection, here: Address, article_id: int, *, by: str, now: datetime
) -> bool:
    """Give an article a post of its own in a channel, for good, as it tells another story.

    `here` is the channel, or the thread of the story's post. False if there it is no later
    coverage, or is being told at this moment.
    """
    found = (await db.execute(_told_below(here, article_id))).first()
    if found is None:
        return False
    await _ask(db, _later.c.id == found.id, now)
    pairs = ((article_id, found.told_first), (found.told_first, article_id))
    said = {"address_id": found.address_id, "set_by": by, "set_at": now}
    rows = [said | {"article_id": one, "other_id": other} for one, other in pairs]
    await db.execute(insert(db, splits).values(rows).on_conflict_do_nothing())
    anew = sa.update(deliveries).where(deliveries.c.id == found.id)
    state = "held" if found.paused_because else "waiting"
    await db.execute(anew.values(_ANEW | {"state": state, "queued_at": now, "due_at": now}))
    return True


_ANEW: dict[str, object] = {
    **dict.fromkeys(("lead_id", "below", "key", "tried_at", "message_id", "posted_at", "reason")),
    **dict.fromkeys(("not_before", "holds_line_until", "lease_until")),
    **dict.fromkeys(("attempts", "looks"), 0),
    "kept": "",
}
"""A delivery as if nothing had been tried."""


def _told_below(here: Address, article_id: int) -> sa.Select[*tuple[Any, ...]]:
    there = sa.or_(addresses.c.channel == here.channel, _later.c.below == here.channel)
    return (
        sa.select(_later.c.id, _later.c.address_id, addresses.c.paused_because)
        .add_columns(_lead.c.article_id.label("told_first"))
        .join(_lead, _lead.c.id == _later.c.lead_id)
        .join(addresses, addresses.c.id == _later.c.address_id)
        .where(_later.c.article_id == article_id, _later.c.state != "sending")
        .where(
            addresses.c.platform == here.platform, addresses.c.workspace == here.workspace, there
        )
    )


def _folding(part: Part) -> sa.Update:
    at, leads = deliveries.c, _leads(part)
    # It is news as long as the post of its story is.
    news_at = sa.case((at.queued_at < leads.c.news_at, leads.c.news_at), else_=at.queued_at)
    return (
        sa.update(deliveries)
        .where(
            at.article_id == part.article_id,
            at.address_id == leads.c.address_id,
            at.state.in_(("waiting", "held")),
            at.tried_at.is_(None),
            at.lead_id.is_(None),
        )
        .values(
            lead_id=leads.c.id,
            state=sa.literal_column("'behind'"),
            queued_at=news_at,
            catch_up=sa.false(),
        )
    )


def _leads(part: Part) -> sa.Subquery:
    """Return the deliveries that stand for the story of an article, one at each address."""
    own, other = stories.alias("own"), stories.alias("other")
    news_at = sa.func.max(_lead.c.queued_at, type_=_lead.c.queued_at.type)
    told_apart = sa.exists().where(
        splits.c.address_id == _lead.c.address_id,
        splits.c.article_id == own.c.article_id,
        splits.c.other_id == other.c.article_id,
    )
    return (
        sa.select(_lead.c.address_id, sa.func.max(_lead.c.id).label("id"), news_at.label("news_at"))
        .select_from(own)
        .join(other, other.c.story_id == own.c.story_id)
        .join(articles, articles.c.id == other.c.article_id)
        .join(_lead, _lead.c.article_id == other.c.article_id)
        .where(own.c.article_id == part.article_id, other.c.article_id != part.article_id)
        .where(articles.c.retracted_at.is_(None), ~told_apart)
        .where(_lead.c.address_id >= part.within.start, _lead.c.address_id < part.within.stop)
        .where(_lead.c.lead_id.is_(None), _lead.c.state.in_(_STANDS))
        .where(sa.or_(_lead.c.posted_at.is_(None), _lead.c.posted_at > part.now - FRESH))
        .group_by(_lead.c.address_id)
        .subquery("leads")
    )


async def _settle(db: AsyncConnection, which: sa.ColumnElement[bool], now: datetime) -> None:
    """Let go on what waits for posts that stand, and have these edited."""
    waits = sa.and_(which, _IS_BEHIND, _lead.c.message_id != "")
    if not await _ask(db, waits, now):
        return
    settled = _settled().where(waits, _lead.c.state == "posted").subquery("settled")
    at, below = deliveries.c, settled.c.is_told_below
    change = sa.update(deliveries).where(at.id == settled.c.id)
    values = {
        "state": sa.case((below, sa.literal_column("'waiting'")), else_=sa.literal("covered")),
        "key": sa.case((below, sa.literal("also") + sa.cast(at.id, sa.Text))),
        "below": sa.case((below, settled.c.message_id)),
        "due_at": due_from(now),
        "kept": "",
    }
    await db.execute(change.values(values))


async def _ask(db: AsyncConnection, which: sa.ColumnElement[bool], now: datetime) -> int:
    """Have the posts edited that stand for some later coverage."""
    due_at = sa.literal(now, edits.c.due_at.type)
    messages = (
        sa.select(_lead.c.key, _lead.c.platform, _lead.c.address_id, due_at)
        .join(_later, _later.c.lead_id == _lead.c.id)
        .where(which, _lead.c.state == "posted", _lead.c.key.is_not(None))
        .distinct()
    )
    return await edit_queue.ask(db, messages)


def _settled() -> sa.Select[*tuple[Any, ...]]:
    """Return what waits for a post, with its message and whether it is told in its thread."""
    other = deliveries.alias("other")
    is_one_of_many = sa.exists().where(other.c.key == _lead.c.key, other.c.id != _lead.c.id)
    has_thread = sa.and_(
        _later.c.kept != "digest",
        addresses.c.paused_because.is_(None),
        # A rule that is gone had threads.
        sa.func.coalesce(rules.c.threads, sa.true()),
        # Somebody's direct messages: each one notifies them.
        sa.func.coalesce(~SET_BY_ITSELF, sa.true()),
        ~is_one_of_many,
    )
    return (
        sa.select(_later.c.id, _lead.c.message_id, has_thread.label("is_told_below"))
        .join(_lead, _lead.c.id == _later.c.lead_id)
        .join(addresses, addresses.c.id == _later.c.address_id)
        .outerjoin(rules, rules.c.id == _later.c.rule_id)
    )


def _behind(*columns: sa.ColumnElement[Any]) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(*columns).outerjoin(_lead, _lead.c.id == _later.c.lead_id)
    return query.where(_IS_BEHIND)


# It is asked whenever nothing is due, so it is built once.
_LATE = (
    _behind(_later.c.id)
    .where(_later.c.platform == sa.bindparam("for"))
    .where(sa.or_(_lead.c.id.is_(None), _lead.c.state.in_(("posted", *_ENDED))))
    .limit(1)
)


def _without_post() -> sa.Select[*tuple[Any, ...]]:
    """Return what waits for posts that will not come, or are gone."""
    is_gone = sa.and_(_lead.c.state == "posted", sa.func.coalesce(_lead.c.message_id, "") == "")
    columns = _behind(_later.c.id, _later.c.lead_id, _lead.c.state, _lead.c.reason)
    return (
        columns.add_columns(addresses.c.paused_because)
        .join(addresses, addresses.c.id == _later.c.address_id)
        .where(sa.or_(_lead.c.id.is_(None), _lead.c.state.in_(_ENDED), is_gone))
        .order_by(_later.c.lead_id, _later.c.id)
    )


async def _left_without_post(
    db: AsyncConnection, which: sa.ColumnElement[bool], now: datetime
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return what waits in vain for a post and is still news; what is not ends."""
    query = _without_post().where(which)
    if not (await db.execute(query)).all():
        return ()
    await db.execute(expiring(BEHIND, now=now))
    return (await db.execute(query)).all()


async def _go_on_without(
    db: AsyncConnection, later: Sequence[sa.Row[*tuple[Any, ...]]], now: datetime
) -> None:
    """Let the first of what waits for a post have one of its own, which the others wait for."""
    first, ids, at = later[0], [row.id for row in later], deliveries.c
    mine = sa.update(deliveries).where(BEHIND)
    if first.state == "posted" or first.reason == COUNTED:
        ended = {"state": "dead", "reason": GONE if first.state == "posted" else COUNTED}
        await db.execute(mine.where(at.id.in_(ids)).values(ended))
        return
    state = "held" if first.paused_because else "waiting"
    own = mine.where(at.id == first.id)
    await db.execute(own.values(state=state, lead_id=None, due_at=due_from(now)))
    await db.execute(mine.where(at.id.in_(ids[1:])).values(lead_id=first.id))
