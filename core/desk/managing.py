"""Answers to who asks or chooses who may set up a channel."""

from core import compose
from core.commands import Caller
from core.compose.panel import state_of
from core.desk.following import noted
from core.desk.office import Office
from core.grammar import ROLE
from core.managers import choose_managers, managers
from core.messages import Message
from core.rights import ANYONE

_MODS = "mods"
_WORDS = {_MODS: "", ANYONE: ANYONE, "everyone": ANYONE}


async def answer(office: Office, typed: str, caller: Caller, *, state: str = "") -> Message:
    """Let those who were typed set up the channel beside its mods; without any, say who may.

    With the `state` of who could when it was asked, nothing is changed if that is another by now.
    """
    if not typed:
        async with office.database.read() as db:
            who = (await managers(db, caller.about)).who
        return compose.managed_by(who, changed=False, prefix=caller.prefix)
    who = _WORDS.get(typed.lower(), typed)
    if who and who != ANYONE and not ROLE.fullmatch(who):
        return compose.no_such_group(typed, prefix=caller.prefix)
    now = office.clock()
    async with office.database.write() as db, noted(db, caller.about, caller, now):
        if state and state_of((await managers(db, caller.about)).who) != state:
            return Message(tuple(compose.changed_meanwhile()))
        before = await choose_managers(db, caller.about, who)
    undo = (before or _MODS) if before != who else ""
    return compose.managed_by(who, changed=True, undo=undo, prefix=caller.prefix)
