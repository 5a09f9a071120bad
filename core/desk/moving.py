"""Answers to mods who move what a channel follows to another one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from core import compose, history, moving, settings, subscriptions
from core.commands import Caller, ChannelMove
from core.desk import changes, following
from core.desk.checks import decision, refusal
from core.desk.office import Office
from core.desk.places import cannot_post
from core.history import Change, Noted
from core.messages import Message, Place
from core.moving import Wanted
from core.posting import Address
from core.rights import Action, Allowed, Scope


async def answer(office: Office, to: str, back: str, caller: Caller) -> Message:
    """Move what a channel follows, take such a move back, or ask where it shall go."""
    if back:
        source, target = map(int, back.split(","))
        return await _take_back(office, source, target, caller)
    if not to:
        about = caller.about.channel if caller.elsewhere else ""
        return compose.move_where(about, prefix=caller.prefix)
    if to == caller.about.channel:
        return compose.moved_nowhere()
    there = await _at(caller, replace(caller.about, channel=to))
    if refused := await refusal(office, ChannelMove(), there):
        return _about(there.about, refused)
    if not there.bot_may_post:
        return _about(there.about, cannot_post(there, f"channel move to:{to}"))
    return await _move(office, caller, there)


async def _move(office: Office, caller: Caller, there: Caller) -> Message:
    source, to, now = caller.about, there.about, office.clock()
    wanted = Wanted(await _may_choose(office, caller, there), there.can_crosspost)
    async with office.database.write() as db:
        if not (await settings.of(db, source)).rules:
            return compose.follows_nothing(prefix=caller.prefix)
        async with _noted(db, (source, to), caller, now) as notes:
            moved = await moving.move(db, source, to, wanted, by=caller.person, now=now)
    office.when_released()
    numbers = (notes[source].number, notes[to].number)
    return compose.moved(moved, to.channel, numbers, wanted)


async def _take_back(office: Office, source: int, target: int, caller: Caller) -> Message:
    """Take both changes of a move back, or neither."""
    async with office.database.read() as db:
        found = await history.by_numbers(db, [source, target])
    left, came = found.get(source), found.get(target)
    is_move = left and came and (left.at, left.channel) == (came.at, caller.about)
    if left is None or came is None or not is_move:
        return compose.nothing_to_undo(source, prefix=caller.prefix)
    there = await _at(caller, came.channel)
    if refused := await _refused(office, left, came, caller, there):
        return refused
    try:
        async with office.database.write() as db:
            is_undone = await _undo(db, left, came, caller, office.clock())
    except history.ChangedSince as error:
        return await _changed_since(office, found[error.number], caller)
    if not is_undone:
        return compose.nothing_to_undo(source, prefix=caller.prefix)
    office.when_released()
    return compose.moved_back(came.channel.channel)


async def _refused(
    office: Office, left: Change, came: Change, caller: Caller, there: Caller
) -> Message | None:
    """Return why the caller may not take back what changed in one of the two channels."""
    if refused := await refusal(office, ChannelMove(), there):
        return _about(there.about, refused)
    for change, who in ((left, caller), (came, there)):
        if refused := await changes.refusal(office, change, who):
            return _about(who.about, refused)
    return None


async def _undo(
    db: AsyncConnection, left: Change, came: Change, caller: Caller, now: datetime
) -> bool:
    for channel in sorted((left.channel, came.channel)):
        # Both are locked, and always in this order, before anything changes.
        await subscriptions.saved(db, channel)
    for change in (left, came):
        if await history.still_holding(db, change.channel, change.number) is None:
            return False
    by = {"by": caller.person, "name": caller.name}
    await history.undo(db, left.channel, left.number, **by, now=now)
    if not came.before.rules:
        await moving.put_back(db, left.channel, came.channel, now=now)
    await history.undo(db, came.channel, came.number, **by, now=now)
    return True


async def _changed_since(office: Office, change: Change, caller: Caller) -> Message:
    async with office.database.read() as db:
        (later,) = await history.latest(db, change.channel, most=1)
    said = compose.changed_since(later, change.number, prefix=caller.prefix)
    return compose.about_elsewhere(said, change.channel.channel)


async def _at(caller: Caller, channel: Address) -> Caller:
    """Return what `caller` may do in another channel, as the platform says at this moment."""
    nobody = replace(caller, elsewhere=channel, is_member=False, bot_may_post=False)
    in_workspace = channel.platform, channel.workspace
    if in_workspace != (caller.about.platform, caller.about.workspace):
        return nobody
    return await caller.in_channel(channel.channel) or nobody


async def _may_choose(office: Office, *callers: Caller) -> bool:
    """Say whether who moves it may choose who sets up a channel, in all of these."""
    asked = (Action.CHOOSE_MANAGERS, Scope.CHANNEL)
    decided = [await decision(office, *asked, caller) for caller in callers]
    return all(isinstance(it, Allowed) for it in decided)


@asynccontextmanager
async def _noted(
    db: AsyncConnection, channels: tuple[Address, Address], caller: Caller, now: datetime
) -> AsyncIterator[dict[Address, Noted]]:
    """Note what changes meanwhile in both channels, always in the same order of locks."""
    async with AsyncExitStack() as both:
        yield {
            it: await both.enter_async_context(following.noted(db, it, caller, now))
            for it in sorted(channels)
        }


def _about(channel: Address, said: Message) -> Message:
    """Return an answer that says something of a channel that is neither here nor asked about."""
    return Message((Place(channel.channel), *said.parts))
