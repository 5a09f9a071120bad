"""Answers to mods who want a channel's posts passed on to the channels that follow it."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from core import compose, crossposts
from core.commands import Caller
from core.desk import following
from core.desk.office import Office
from core.messages import Message, Part
from core.posting import Address

_LATELY = timedelta(days=1)


async def choose(office: Office, caller: Caller, *, wanted: bool) -> Message:
    """Let the posts of a channel be passed on from now on, or no more."""
    if wanted and not caller.can_crosspost:
        return compose.cannot_crosspost(caller.step_to_crosspost)
    now = office.clock()
    async with office.database.write() as db, following.noted(db, caller.about, caller, now):
        came = await crossposts.choose(db, caller.about, wanted=wanted)
    if wanted:
        return compose.crossposts_come(prefix=caller.prefix)
    return compose.crossposts_stop(came=came, prefix=caller.prefix)


async def told(
    db: AsyncConnection, channel: Address, address_id: int, *, now: datetime
) -> tuple[Part, ...]:
    """Return what the status of a channel says of passing on, and of what was not lately."""
    skipped = await crossposts.skipped(db, address_id, since=now - _LATELY)
    return compose.passed_on(skipped, are_chosen=await crossposts.are_chosen(db, channel))
