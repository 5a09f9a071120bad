"""What callers have to be told of places that are closed to the bot."""

from collections.abc import Sequence

from core import compose, pauses
from core.commands import Caller
from core.desk.checks import decision
from core.desk.office import Office
from core.messages import Message
from core.pauses import Closed
from core.rights import Action, Allowed, Scope


async def closures(office: Office, caller: Caller, *, most_rows: int) -> Message:
    """Return what `caller` has to be told of what is closed, once: perhaps nothing.

    So many channels have buttons; of more one shows them.
    """
    here = caller.here
    asked = await decision(office, Action.SEE_WORKSPACE, Scope.WORKSPACE, caller)
    async with office.database.read() as db:
        direct = await pauses.untold_direct(db, caller.direct)
        others: list[Closed] = []
        if isinstance(asked, Allowed) and here != caller.direct:
            others = await pauses.untold_channels(db, here.platform, here.workspace)
    new = await tell(office, [it.address_id for it in (*direct, *others)])
    return _closures(
        [it for it in direct if it.address_id in new],
        [it for it in others if it.address_id in new],
        caller,
        most_rows,
    )


async def tell(office: Office, address_ids: Sequence[int]) -> set[int]:
    """Keep that people are told of these, and return those of which they were not yet."""
    if not address_ids:
        return set()
    async with office.database.write() as db:
        return await pauses.tell(db, address_ids, now=office.clock())


def _closures(
    direct: list[Closed], channels: list[Closed], caller: Caller, most_rows: int
) -> Message:
    step, prefix = caller.step_to_open_direct, caller.prefix
    said = [compose.closed_direct(closed, step, prefix=prefix) for closed in direct]
    if channels:
        said.append(compose.closed_channels(channels, prefix=prefix, most_rows=most_rows))
    return Message(tuple(part for message in said for part in message.parts))
