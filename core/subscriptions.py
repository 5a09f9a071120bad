"""Who follows what, on which terms."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import insert
from core.localtime import Quiet, Rhythm
from core.posting import Address, Platform, channel_of, person_beside, related_below
from core.rules import MOODS, Changes, Rules, Terms, grouped, merged
from core.tables import addresses, exclusions, rules, subscriptions

MOOD_BITS = {mood: 1 << place for place, mood in enumerate((*MOODS, None))}
"""The bit of each mood in a rule's `moods`; None is that it is not known."""
CONCERN_BITS = {True: 1, False: 2}
"""The bits in a rule's `concerns`: what has some, and what has none."""

# What the timetable keeps of a schedule, where there is none.
_NOTHING_HOLDS = dict.fromkeys(("later_at", "left_today", "left_until", "rest_at"))
BESIDE = "@"
"""What is stored before the topics of who follows something beside a channel.

So they are not met when an article is queued for channels, but only asked for after that.
"""

_ANY_MOOD = sum(MOOD_BITS.values())
_CONCERNS = {"": 3, "some": CONCERN_BITS[True], "none": CONCERN_BITS[False]}


@dataclass(frozen=True, slots=True)
class Following:
    """What an address follows, and why it gets nothing if it is paused."""

    rules: Rules = field(default_factory=dict)
    paused_because: str | None = None
    address_id: int = 0
    """Its number; 0 if it never followed anything."""
    paused_at: datetime | None = None
    opens_by_itself: bool = False
    """It is paused by an outage, or until the bot is invited again: nothing has to be typed."""
    zone: str = ""
    """The IANA name of the zone by whose clock its digests come; empty if nobody said."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Return what is followed, in the order of the alphabet."""
        return tuple(sorted(self.rules))

    @property
    def is_scheduled(self) -> bool:
        """Say whether the local time decides when some of it comes."""
        return any(terms.is_scheduled for terms in self.rules.values())


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads at an address, as far as that shapes its messages."""

    zone: str = ""
    """The zone by whose clock a digest has its day; empty is UTC."""
    minutes: int = 0
    """How long a digest may take to read; 0 is any time."""
    is_member: bool = False
    """They are the direct messages of one person."""


@dataclass(frozen=True, slots=True)
class Census:
    """How many follow something in a workspace."""

    channels: int
    people: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """The rules of an address as they are stored."""

    rules: Rules
    ids: Mapping[str, int]
    """The number of each topic's rule."""
    sign: str = ""
    """What is stored before each topic."""

    def rule_of(self, terms: Terms) -> int | None:
        """Return the rule that has these terms."""
        return next((self.ids[it] for it, those in self.rules.items() if those == terms), None)

    def becoming(self, terms: Terms, after: Rules) -> int | None:
        """Return a rule of which all that is followed still has these terms `after` a change.

        It changes and stays itself, so that what is kept for it goes with it.
        """
        still = {it: self.ids[it] for it in after if it in self.ids}
        left = {rule_id for it, rule_id in still.items() if after[it] != terms}
        taken = {rule_id for it, rule_id in self.ids.items() if self.rules[it] in after.values()}
        return next((it for it in still.values() if it not in left | taken), None)


async def follow(
    db: AsyncConnection,
    address: Address,
    topics: Sequence[str],
    changes: Changes | None = None,
    *,
    by: str,
    now: datetime,
) -> Following:
    """Let `address` follow `topics` too, with these changes to their terms.

    Without topics the changes are to all that it follows. Returns what it follows now.
    """
    address_id = await saved(db, address)
    kept = await _kept(db, address_id, _sign(address))
    if topics or changes:
        after = merged(kept.rules, topics, changes or Changes())
        await _keep(db, address_id, kept, after, by=by, now=now)
        if any(terms.related for terms in after.values()):
            await saved(db, related_below(address))
    return await following(db, address)


async def unfollow(db: AsyncConnection, address: Address, topics: Collection[str]) -> Following:
    """Let `address` stop following `topics` and return what it follows now."""
    if address_id := await lock(db, address):
        kept = await _kept(db, address_id, _sign(address))
        left = {topic: terms for topic, terms in kept.rules.items() if topic not in topics}
        await _keep(db, address_id, kept, left)
    return await following(db, address)


async def follow_just(
    db: AsyncConnection, address: Address, after: Rules, *, by: str, now: datetime
) -> None:
    """Let `address` follow these topics on these terms, and nothing else."""
    address_id = await saved(db, address)
    await _keep(db, address_id, await _kept(db, address_id), after, by=by, now=now)
    if any(terms.related for terms in after.values()):
        await saved(db, related_below(address))


async def following(db: AsyncConnection, address: Address) -> Following:
    """Return what `address` follows."""
    row = (await db.execute(_ADDRESS, there(address))).one_or_none()
    if row is None:
        return Following()
    return Following(
        (await _kept(db, row.id)).rules,
        row.paused_because,
        row.id,
        row.paused_at,
        opens_by_itself=row.pause_kind in {"away", "left"},
        zone=row.zone,
    )


async def set_zone(db: AsyncConnection, address: Address, zone: str, *, now: datetime) -> None:
    """Let the digests and quiet hours of `address` go by this zone's clock."""
    address_id = await saved(db, address)
    named = sa.update(addresses).where(addresses.c.id == address_id)
    await db.execute(named.values(zone=zone))
    theirs = sa.update(rules).where(rules.c.address_id == address_id, rules.c.turns_at.is_not(None))
    await db.execute(theirs.values(turns_at=now, left_until=now))


async def saved(db: AsyncConnection, address: Address) -> int:
    """Return the number of `address`, which it has from now on, locked until the end."""
    row: dict[str, object] = {
        "platform": address.platform,
        "workspace": address.workspace,
        "channel": address.channel,
        "thread": address.thread,
        "beside_id": None,
    }
    if channel := channel_of(address):
        row["beside_id"] = await saved(db, channel)
    await db.execute(insert(db, addresses).on_conflict_do_nothing(), row)
    address_id: int = (await db.execute(_LOCKED_ID, there(address))).scalar_one()
    return address_id


async def lock(db: AsyncConnection, address: Address) -> int | None:
    """Return the number of `address`, locked until the end; nothing if it has none."""
    number: int | None = await db.scalar(_LOCKED_ID, there(address))
    return number


_PARTS = ("platform", "workspace", "channel", "thread")
IS_THERE = sa.and_(*(addresses.c[it] == sa.bindparam(f"at_{it}") for it in _PARTS))
"""Says, in a query of addresses, whether it is the one that `there` names.

Such a query is built once, and then takes half as long as one of `is_at`.
"""

_ADDRESS = sa.select(addresses).where(IS_THERE)
_LOCKED_ID = sa.select(addresses.c.id).where(IS_THERE).with_for_update()


def there(address: Address) -> dict[str, str]:
    """Return what a query with `IS_THERE` asks."""
    return {f"at_{it}": getattr(address, it) for it in _PARTS}


def is_at(address: Address) -> sa.ColumnElement[bool]:
    """Say, in a query of addresses, whether it is this one."""
    return sa.and_(*(addresses.c[it] == getattr(address, it) for it in _PARTS))


NOBODY_KNOWN = Readers()

SET_BY_ITSELF = rules.c.set_by == addresses.c.channel
"""Says, of a rule and its address, that somebody set up their own direct messages.

These have the id of their person as a channel.
"""

READERS = (
    addresses.c.zone,
    sa.select(sa.func.coalesce(sa.func.min(sa.func.nullif(rules.c.minutes, 0)), 0))
    .where(rules.c.address_id == addresses.c.id)
    .scalar_subquery()
    .label("minutes"),
    sa.exists().where(rules.c.address_id == addresses.c.id, SET_BY_ITSELF).label("is_member"),
)
"""The columns of `Readers`, in a query of addresses."""


def times_of(row: Any) -> tuple[Rhythm | None, Quiet | None]:  # noqa: ANN401 (a row)
    """Return when digests come by a row of rules, and its quiet hours."""
    rhythm = Rhythm(row.days, row.minute, row.weekday) if row.days else None
    return rhythm, None if row.quiet_from is None else Quiet(row.quiet_from, row.quiet_to)


async def channels(
    db: AsyncConnection, platform: Platform, workspace: str, *, most: int
) -> dict[str, str]:
    """Return the channels of a workspace that follow something, those that did first before.

    With each is who may set it up beside its mods.
    """
    at = addresses.c
    theirs = sa.select(at.channel, at.managers).where(*_is_channel_in(platform, workspace))
    rows = await db.execute(theirs.order_by(at.id).limit(most))
    return {row.channel: row.managers for row in rows}


async def census(db: AsyncConnection, platform: Platform, workspace: str) -> Census:
    """Return how many follow something in a workspace."""
    at = addresses.c
    count = sa.select(sa.func.count()).select_from(addresses)
    mine = sa.exists().where(rules.c.address_id == at.id, SET_BY_ITSELF)
    people = count.where(at.platform == platform, at.workspace == workspace, mine)
    all_channels = count.where(*_is_channel_in(platform, workspace))
    return Census(await db.scalar(all_channels) or 0, await db.scalar(people) or 0)


def _is_channel_in(platform: Platform, workspace: str) -> tuple[sa.ColumnElement[bool], ...]:
    at = addresses.c
    is_set_up = sa.exists().where(rules.c.address_id == at.id, ~SET_BY_ITSELF)
    is_alone = (at.beside_id.is_(None), at.thread == "")
    return (at.platform == platform, at.workspace == workspace, *is_alone, is_set_up)


async def last_address(db: AsyncConnection) -> int:
    """Return the highest id of an address, 0 if there is none."""
    return await db.scalar(sa.select(sa.func.max(addresses.c.id))) or 0


def _sign(address: Address) -> str:
    return BESIDE if person_beside(address) else ""


_RULES = (
    sa.select(rules, subscriptions.c.topic)
    .join(subscriptions, subscriptions.c.rule_id == rules.c.id)
    .where(subscriptions.c.address_id == sa.bindparam("followed_by"))
)


async def _kept(db: AsyncConnection, address_id: int, sign: str = "") -> _Kept:
    rows = (await db.execute(_RULES, {"followed_by": address_id})).all()
    without = await _exclusions(db, {row.id for row in rows if row.exclusions})
    terms = {row.id: _terms(row, without.get(row.id, ())) for row in rows}
    followed = {row.topic.removeprefix(BESIDE): row.id for row in rows}
    return _Kept({it: terms[rule_id] for it, rule_id in followed.items()}, followed, sign)


async def _exclusions(db: AsyncConnection, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    if ids:
        query = sa.select(exclusions).where(exclusions.c.rule_id.in_(ids))
        for row in await db.execute(query.order_by(exclusions.c.word)):
            found[row.rule_id] = (*found.get(row.rule_id, ()), row.word)
    return found


def _terms(row: sa.Row[*tuple[Any, ...]], without: tuple[str, ...]) -> Terms:
    moods = () if row.moods == _ANY_MOOD else tuple(m for m in MOODS if row.moods & MOOD_BITS[m])
    concerns: Any = next(name for name, bits in _CONCERNS.items() if bits == row.concerns)
    rhythm, quiet = times_of(row)
    how = {"rhythm": rhythm, "quiet": quiet, "most_a_day": row.most_a_day}
    how |= {"minutes": row.minutes, "paused_until": row.paused_until}
    how |= {"threads": row.threads, "related": row.related}
    return Terms(row.heat, moods, concerns, without, row.style, row.mention, **how)


def _as_row(terms: Terms) -> dict[str, object]:
    return {
        "heat": terms.heat,
        "moods": sum(MOOD_BITS[mood] for mood in terms.moods) or _ANY_MOOD,
        "concerns": _CONCERNS[terms.concerns],
        "exclusions": len(terms.without),
        "style": terms.style,
        "mention": terms.mention,
        "threads": terms.threads,
        "related": terms.related,
        **_schedule(terms),
    }


def _schedule(terms: Terms) -> dict[str, object]:
    """Return the columns that say when articles come."""
    rhythm, quiet = terms.rhythm, terms.quiet
    return {
        "days": rhythm.days if rhythm else "",
        "minute": rhythm.minute if rhythm else 0,
        "weekday": rhythm.weekday if rhythm else 0,
        "quiet_from": quiet.from_minute if quiet else None,
        "quiet_to": quiet.to_minute if quiet else None,
        "most_a_day": terms.most_a_day,
        "minutes": terms.minutes,
        "paused_until": terms.paused_until,
    }


async def _keep(
    db: AsyncConnection,
    address_id: int,
    kept: _Kept,
    after: Rules,
    *,
    by: str = "",
    now: datetime | None = None,
) -> None:
    """Store `after` in place of what is kept; what did not change keeps who set it."""
    ids: dict[Terms, int] = {}
    for terms in grouped(after):
        row = {"address_id": address_id, "set_by": by, "set_at": now}
        same, rule_id = kept.rule_of(terms), kept.becoming(terms, after)
        ids[terms] = same or await _save(db, terms, row, rule_id)
    has = {topic: ids[terms] for topic, terms in after.items()}
    mine = subscriptions.c.address_id == address_id
    if gone := [kept.sign + it for it, rule_id in kept.ids.items() if has.get(it) != rule_id]:
        await db.execute(sa.delete(subscriptions).where(mine, subscriptions.c.topic.in_(gone)))
    if new := [topic for topic, rule_id in has.items() if kept.ids.get(topic) != rule_id]:
        rows = [
            {"address_id": address_id, "topic": kept.sign + it, "rule_id": has[it]} for it in new
        ]
        await db.execute(sa.insert(subscriptions), rows)
    await _forget(db, [it for it in set(kept.ids.values()) if it not in has.values()])


async def _save(
    db: AsyncConnection, terms: Terms, row: Mapping[str, object], rule_id: int | None
) -> int:
    """Store a rule, in place of `rule_id` if there is one, and return its number."""
    # What of a schedule holds now is worked out when it is next looked at.
    turns_at = row["set_at"] if terms.is_scheduled else None
    said: dict[str, object] = {**_as_row(terms), **row, "turns_at": turns_at}
    if rule_id is None:
        saving = sa.insert(rules).values(said).returning(rules.c.id)
        rule_id = (await db.execute(saving)).scalar_one()
    else:
        is_same = rules.c.most_a_day == terms.most_a_day
        # Of another limit, none is used today.
        said["left_until"] = sa.case((is_same, rules.c.left_until), else_=None)
        none = {} if terms.is_scheduled else _NOTHING_HOLDS
        await db.execute(sa.update(rules).where(rules.c.id == rule_id).values(said | none))
        await db.execute(sa.delete(exclusions).where(exclusions.c.rule_id == rule_id))
    if terms.without:
        mine = {"address_id": row["address_id"], "rule_id": rule_id}
        await db.execute(sa.insert(exclusions), [mine | {"word": it} for it in terms.without])
    return rule_id


async def _forget(db: AsyncConnection, rule_ids: Collection[int]) -> None:
    if rule_ids:
        await db.execute(sa.delete(exclusions).where(exclusions.c.rule_id.in_(rule_ids)))
        await db.execute(sa.delete(rules).where(rules.c.id.in_(rule_ids)))
