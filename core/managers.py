"""Who may set up a channel beside its mods, and who did."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.posting import Address
from core.subscriptions import is_at, saved
from core.tables import addresses, rules


@dataclass(frozen=True, slots=True)
class Managers:
    """Who may set up a channel beside its mods: a role or group, `anyone`, or nobody: ""."""

    who: str = ""
    set_up_by: str = ""
    """Who last said what the channel follows; "" if nobody did."""


async def managers(db: AsyncConnection, channel: Address) -> Managers:
    """Return who may set up `channel` beside its mods, and who did."""
    rule = sa.and_(rules.c.address_id == addresses.c.id, rules.c.set_by != "")
    asked = (
        sa.select(addresses.c.managers, rules.c.set_by)
        .select_from(addresses.outerjoin(rules, rule))
        .where(is_at(channel))
        .order_by(rules.c.set_at.desc(), rules.c.id.desc())
        .limit(1)
    )
    row = (await db.execute(asked)).one_or_none()
    return Managers(row.managers, row.set_by or "") if row else Managers()


async def choose_managers(db: AsyncConnection, channel: Address, who: str) -> str:
    """Let `who` set up `channel` beside its mods, and return who could before."""
    before = (await managers(db, channel)).who
    here = addresses.c.id == await saved(db, channel)
    await db.execute(sa.update(addresses).where(here).values(managers=who))
    return before
