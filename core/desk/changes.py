"""Answers to mods about what was changed in a channel, and takes it back."""

import re

from core import compose, history, portable
from core.commands import Caller
from core.desk.checks import decision, said_of
from core.desk.office import Office
from core.history import Change
from core.messages import Message
from core.rights import Action, Denied, Scope

_PAGE = re.compile(r"page:([0-9]{1,6}) upto:([0-9]{1,15})")


async def history_of(office: Office, query: str, caller: Caller) -> Message:
    """Return a page of the changes of a channel, the newest first."""
    asked = _PAGE.fullmatch(query)
    async with office.database.read() as db:
        newest = await history.latest(db, caller.about, most=1)
        upto = int(asked[2]) if asked else newest[0].number if newest else 0
        many = await history.count(db, caller.about, upto=upto)
        pages = max(-(-many // compose.CHANGES_ON_A_PAGE), 1)
        page = min(max(int(asked[1]), 1), pages) if asked else 1
        shown = await history.page(db, caller.about, page, compose.CHANGES_ON_A_PAGE, upto=upto)
    return compose.history(shown, page=page, pages=pages, upto=upto, prefix=caller.prefix)


async def undo(office: Office, number: int, caller: Caller) -> Message:
    """Take back one change of a channel, unless what it set was changed since."""
    here, now = caller.about, office.clock()
    async with office.database.read() as db:
        wanted = await history.still_holding(db, here, number)
    if wanted is None:
        return compose.nothing_to_undo(number, prefix=caller.prefix)
    if refused := await refusal(office, wanted, caller):
        return refused
    try:
        async with office.database.write() as db:
            by = {"by": caller.person, "name": caller.name}
            change = await history.undo(db, here, wanted.number, **by, now=now)
    except history.ChangedSince:
        async with office.database.read() as db:
            (later,) = await history.latest(db, here, most=1)
        return compose.changed_since(later, wanted.number, prefix=caller.prefix)
    if change is None:
        return compose.nothing_to_undo(number, prefix=caller.prefix)
    office.when_released()
    return compose.undone(change)


async def exported(office: Office, caller: Caller) -> Message:
    """Return all that is set for a channel, as a file."""
    here = caller.about
    async with office.database.read() as db:
        content = await portable.exported(db, here.platform, here.workspace, here.channel)
    how = f"themata export --workspace {here.platform}/{here.workspace}"
    return compose.exported("channel.toml", content, how, as_file=caller.shows_pictures)


_NEEDED = {
    "managers": (Action.CHOOSE_MANAGERS, Scope.CHANNEL),
    "log": (Action.LOG_CHANNEL, Scope.WORKSPACE),
}
"""What takes more rights than most settings: to take it back is to set it."""


async def refusal(office: Office, change: Change, caller: Caller) -> Message | None:
    """Return why `caller` may not take this change back, beside what any change takes."""
    needed = [_NEEDED[it.what] for it in change.differences if it.what in _NEEDED]
    for action, scope in needed:
        decided = await decision(office, action, scope, caller)
        if isinstance(decided, Denied):
            return said_of(decided, action, caller)
    return None
