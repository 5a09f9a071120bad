"""What is stored about one person: counted, given to them, and forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import history, settings, traces
from core.db import Database
from core.posting import Address, Platform
from core.tables import (
    addresses,
    announcements,
    articles,
    changes,
    deliveries,
    log_lines,
    rules,
    splits,
    subscriptions,
)
from core.workspaces import OF_AN_ADDRESS

_EVERYWHERE = "@"
"""How the name of a workspace begins that stands for a whole platform."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person, as a platform knows them."""

    platform: Platform
    id: str
    workspace: str = ""
    """Where their id is theirs; empty if it is on the whole platform."""


@dataclass(frozen=True, slots=True)
class Stored:
    """How much is stored about a person."""

    follows: int = 0
    """What they follow by direct message."""
    beside: int = 0
    """What they follow beside channels."""
    channels: int = 0
    """Beside how many channels that is."""
    posts: int = 0
    """Articles that were sent to them, or named them, or are to."""
    made: int = 0
    """What they set for channels, as far as it is kept that it was they."""

    def __bool__(self) -> bool:
        """Say whether anything is stored."""
        return any((self.follows, self.beside, self.channels, self.posts, self.made))


def person_of(direct: Address) -> Person:
    """Return whose direct messages these are."""
    is_everywhere = direct.workspace.startswith(_EVERYWHERE)
    return Person(direct.platform, direct.channel, "" if is_everywhere else direct.workspace)


async def stored(db: AsyncConnection, person: Person) -> Stored:
    """Return how much is stored about a person."""
    beside = addresses.c.thread != ""
    topics = sa.select(sa.func.count()).select_from(subscriptions.join(addresses))
    channels = sa.select(sa.func.count()).where(_own(person), beside)
    posts = sa.select(sa.func.count()).where(deliveries.c.address_id.in_(_ids(person)))
    made = [await db.scalar(sa.select(sa.func.count()).where(it)) or 0 for it in _made(person)]
    return Stored(
        await db.scalar(topics.where(_own(person), ~beside)) or 0,
        await db.scalar(topics.where(_own(person), beside)) or 0,
        await db.scalar(channels) or 0,
        await db.scalar(posts) or 0,
        sum(made),
    )


async def exported(db: AsyncConnection, person: Person, *, now: datetime) -> dict[str, Any]:
    """Return all that is stored about a person, as plain data."""
    found = await db.execute(sa.select(addresses).where(_own(person)).order_by(addresses.c.id))
    follows = [await _follows(db, row) for row in found.all()]
    sent = await db.execute(_sent(person))
    made = await db.execute(_changes(person))
    return {
        "person": person.id,
        "platform": person.platform,
        "exported_at": now.isoformat(),
        "follows": follows,
        "articles": [dict(zip(_SENT, _plain(row), strict=True)) for row in sent.all()],
        "changes": [dict(zip(_CHANGED, _plain(row), strict=True)) for row in made.all()],
        "set_for_channels": await _set_for_channels(db, person),
    }


async def forget(database: Database, person: Person, *, now: datetime) -> Stored:
    """Forget all about a person, in one transaction, and return how much that was.

    What they set for channels stays; that it was they does not.
    """
    async with database.read() as db:
        # Looked for by a reader: no index leads to them, and nobody waits for it.
        gone, named = await _posts(db, person)
    async with database.write() as db:
        had = await stored(db, person)
        for some in _parts(gone):
            await db.execute(sa.delete(deliveries).where(deliveries.c.id.in_(some)))
        # Those that were queued since.
        since = deliveries.c.id > max(gone, default=0)
        await db.execute(
            sa.delete(deliveries).where(since, deliveries.c.address_id.in_(_ids(person)))
        )
        for some in _parts(named):
            mentioning = sa.update(deliveries).where(deliveries.c.id.in_(some))
            await db.execute(mentioning.values(mention=""))
        await _forget_follows(db, person)
        await _forget_who(db, person)
        await traces.leave(db, now=now)
    return had


_SENT = ("article", "state", "queued_at", "posted_at")
_CHANGED = ("workspace", "channel", "changed_at", "before", "after")
_MOST_IN_A_STATEMENT = 500


def _own(person: Person) -> sa.ColumnElement[bool]:
    at = addresses.c
    is_theirs = sa.or_(at.channel == person.id, at.thread == f"@{person.id}")
    return sa.and_(_there(addresses, person), is_theirs)


def _there(table: sa.Table, person: Person) -> sa.ColumnElement[bool]:
    there = table.c.platform == person.platform
    return sa.and_(there, table.c.workspace == person.workspace) if person.workspace else there


def _ids(person: Person) -> sa.Select[tuple[int]]:
    return sa.select(addresses.c.id).where(_own(person))


def _others(person: Person) -> sa.Select[tuple[int]]:
    """Return the addresses there that are not theirs alone."""
    return sa.select(addresses.c.id).where(_there(addresses, person), ~_own(person))


def _made(person: Person) -> Sequence[sa.ColumnElement[bool]]:
    """Return what says, of rules, of splits and of changes, that this person made them."""
    others = _others(person)
    return (
        sa.and_(rules.c.set_by == person.id, rules.c.address_id.in_(others)),
        sa.and_(splits.c.set_by == person.id, splits.c.address_id.in_(others)),
        sa.and_(_there(changes, person), changes.c.changed_by == person.id),
    )


def _sent(person: Person) -> sa.Select[Any]:
    at = deliveries.c
    columns = (articles.c.canonical_url, at.state, at.queued_at, at.posted_at)
    sent = sa.select(*columns).join(articles, articles.c.id == at.article_id)
    return sent.where(at.address_id.in_(_ids(person))).order_by(at.id)


def _changes(person: Person) -> sa.Select[Any]:
    *_, made = _made(person)
    columns = (changes.c[it] for it in _CHANGED)
    return sa.select(*columns).where(made).order_by(changes.c.id)


async def _follows(db: AsyncConnection, row: Any) -> dict[str, Any]:  # noqa: ANN401 (a row)
    address = Address(row.platform, row.workspace, row.channel, row.thread)
    beside = {"workspace": row.workspace, "channel": row.channel} if row.thread else "direct"
    plain = settings.as_plain(await settings.of(db, address))
    return {"where": beside, **plain}


async def _set_for_channels(db: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    of_rules, of_splits, _ = _made(person)
    found = []
    for table, made in ((rules, of_rules), (splits, of_splits)):
        joined = sa.join(table, addresses, table.c.address_id == addresses.c.id)
        columns = (addresses.c.workspace, addresses.c.channel, table.c.set_at)
        rows = await db.execute(sa.select(*columns).select_from(joined).where(made).distinct())
        found += [
            {"what": table.name, "workspace": row[0], "channel": row[1], "set_at": str(row[2])}
            for row in rows.all()
        ]
    return found


def _plain(row: Sequence[object]) -> list[object]:
    return [it.isoformat() if isinstance(it, datetime) else it for it in row]


async def _posts(db: AsyncConnection, person: Person) -> tuple[list[int], list[int]]:
    """Return the deliveries to them, and those elsewhere that mention them as a rule says."""
    at = deliveries.c
    theirs = at.address_id.in_(_ids(person))
    others = at.address_id.in_(_others(person))
    gone = await db.scalars(sa.select(at.id).where(theirs))
    named = await db.scalars(sa.select(at.id).where(at.mention == person.id, others))
    return list(gone.all()), list(named.all())


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    most = _MOST_IN_A_STATEMENT
    return [ids[begin : begin + most] for begin in range(0, len(ids), most)]


async def _forget_follows(db: AsyncConnection, person: Person) -> None:
    for table in OF_AN_ADDRESS:
        await db.execute(sa.delete(table).where(table.c.address_id.in_(_ids(person))))
    await db.execute(sa.delete(addresses).where(_own(person)))


async def _forget_who(db: AsyncConnection, person: Person) -> None:
    of_rules, of_splits, of_changes = _made(person)
    await db.execute(sa.update(rules).where(of_rules).values(set_by=""))
    await db.execute(sa.update(splits).where(of_splits).values(set_by=""))
    made = (await db.scalars(sa.select(changes.c.id).where(of_changes))).all()
    for some in _parts(made):
        causes = [history.cause_of(it) for it in some]
        await db.execute(sa.delete(log_lines).where(log_lines.c.cause.in_(causes)))
    await db.execute(sa.update(changes).where(of_changes).values(changed_by=""))
    names = sa.cast(announcements.c.what, sa.Text).like(f'%"{person.id}"%')
    await db.execute(sa.delete(announcements).where(_there(announcements, person), names))
    others = _others(person)
    # Somebody can have typed a person's id where a role's belongs.
    mentioned = sa.and_(rules.c.mention == person.id, rules.c.address_id.in_(others))
    await db.execute(sa.update(rules).where(mentioned).values(mention=""))
    manages = sa.and_(addresses.c.managers == person.id, _there(addresses, person))
    await db.execute(sa.update(addresses).where(manages).values(managers=""))
    await _forget_in_changes(db, person)


async def _forget_in_changes(db: AsyncConnection, person: Person) -> None:
    at = changes.c
    quoted = f'%"{person.id}"%'
    said = sa.or_(*(sa.cast(it, sa.Text).like(quoted) for it in (at.before, at.after)))
    asked = sa.select(at.id, at.before, at.after).where(_there(changes, person), said)
    for row in (await db.execute(asked)).all():
        kept = {it: _without(getattr(row, it), person.id) for it in ("before", "after")}
        await db.execute(sa.update(changes).where(at.id == row.id).values(kept))


def _without(plain: Any, who: str) -> Any:  # noqa: ANN401 (plain data)
    """Return plain data without what is said of a person."""
    match plain:
        case Mapping():
            return {name: _without(it, who) for name, it in plain.items() if it != who}
        case list():
            return [_without(it, who) for it in plain if it != who]
        case _:
            return plain
