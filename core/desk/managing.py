"""Answers to who asks or chooses who may set up a channel."""

from core import compose
from core.commands import Caller
from core.desk.office import Office
from core.grammar import ROLE
from core.managers import choose_managers, managers
from core.messages import Message
from core.rights import ANYONE

_MODS = "mods"
_WORDS = {_MODS: "", ANYONE: ANYONE, "everyone": ANYONE}


async def answer(office: Office, typed: str, caller: Caller) -> Message:
    """Let those who were typed set up the channel beside its mods; without any, say who may."""
    if not typed:
        async with office.database.read() as db:
            who = (await managers(db, caller.here)).who
        return compose.managed_by(who, changed=False, prefix=caller.prefix)
    who = _WORDS.get(typed.lower(), typed)
    if who and who != ANYONE and not ROLE.fullmatch(who):
        return compose.no_such_group(typed, prefix=caller.prefix)
    async with office.database.write() as db:
        before = await choose_managers(db, caller.here, who)
    undo = (before or _MODS) if before != who else ""
    return compose.managed_by(who, changed=True, undo=undo, prefix=caller.prefix)
