"""Answers to mods who want a channel's posts passed on to the channels that follow it."""

from datetime import timedelta

from core import compose, crossposts, subscriptions
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


async def told(office: Office, channel: Address) -> tuple[Part, ...]:
    """Return what a channel's status says of passing on, and of what was not lately."""
    since = office.clock() - _LATELY
    async with office.database.read() as db:
        number = (await subscriptions.following(db, channel)).address_id
        skipped = await crossposts.skipped(db, number, since=since)
        return compose.passed_on(skipped, are_chosen=await crossposts.are_chosen(db, channel))
