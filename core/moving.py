"""What one channel follows, moved to another one with what waits for it, in one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from core import backlog, pauses, settings, subscriptions
from core.posting import Address
from core.rules import Rules
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the settings goes along, beside the rules."""

    managers: bool
    """Who moves it may say who sets the other channel up."""
    crosspost: bool
    """Posts of the other channel can be passed on."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved, and what the other channel had before."""

    left: Settings
    found: Settings
    waiting: int
    """How many stories that waited come there now."""

    @property
    def kept(self) -> Rules:
        """Return what both followed: there it stays on the terms that it had there."""
        return {it: terms for it, terms in self.found.rules.items() if it in self.left.rules}


async def move(
    db: AsyncConnection, source: Address, to: Address, wanted: Wanted, *, by: str, now: datetime
) -> Moved:
    """Let `to` follow what `source` does, and `source` nothing any more."""
    left, found = await settings.of(db, source), await settings.of(db, to)
    from_id, to_id = await subscriptions.saved(db, source), await subscriptions.saved(db, to)
    await pauses.reopen(db, to, now=now)
    await settings.put(db, to, merged(left, found, wanted), by=by, now=now)
    # Before nothing is followed: then what is kept for later would be dropped.
    waiting = await backlog.move(db, from_id, to_id, now=now)
    managers = "" if wanted.managers else left.managers
    await settings.put(db, source, Settings(managers=managers, log=left.log), by=by, now=now)
    return Moved(left, found, waiting)


async def put_back(db: AsyncConnection, source: Address, to: Address, *, now: datetime) -> int:
    """Let what waits at `to` come to `source` again, and return how many stories."""
    from_id, to_id = await subscriptions.saved(db, source), await subscriptions.saved(db, to)
    return await backlog.move(db, to_id, from_id, now=now)


def merged(left: Settings, found: Settings, wanted: Wanted) -> Settings:
    """Return what holds where `left` is moved to a channel in which `found` holds.

    What that one follows already, and how it is set up then, stays as it is.
    """
    rules = {**left.rules, **found.rules}
    if found.rules:
        return replace(found, rules=rules)
    return replace(
        left,
        rules=rules,
        log=found.log,
        zone=left.zone or found.zone,
        managers=left.managers if wanted.managers else found.managers,
        crosspost=left.crosspost and wanted.crosspost,
    )
