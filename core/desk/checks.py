"""The one place where commands are checked against the table of rights, each time anew."""

import logging
from dataclasses import replace

from core import compose, rights
from core.commands import ACTIONS, Caller, Command
from core.desk.office import Office
from core.desk.places import not_here
from core.managers import managers
from core.messages import Message
from core.rights import Action, Actor, Allowed, Denied, Object, Scope, decide

log = logging.getLogger(__name__)

_ANYWHERE = frozenset({Action.SHARE, Action.SEE_CHANNEL})
"""What is answered in direct messages too, though it is about the place where it is asked."""


async def refusal(office: Office, command: Command, caller: Caller) -> Message | None:
    """Return why `caller` may not give this command now; nothing if they may."""
    action, scope = ACTIONS[type(command)]
    is_about_channel = scope is Scope.CHANNEL and action not in _ANYWHERE
    if is_about_channel and caller.about == caller.direct:
        return not_here(caller) or compose.no_channel_here(prefix=caller.prefix)
    return await denial(office, action, scope, caller, what=type(command).__name__)


async def denial(
    office: Office, action: Action, scope: Scope, caller: Caller, *, what: str
) -> Message | None:
    """Return why `caller` may not do this now, `what` it is part of; nothing if they may."""
    decided = await decision(office, action, scope, caller)
    if isinstance(decided, Allowed):
        return None
    log.info("denied %s to %s: %s", action, what, decided.reason)
    return said_of(decided, action, caller)


def said_of(decided: Denied, action: Action, caller: Caller) -> Message:
    """Return what to tell `caller`, who may not do this."""
    return compose.denied(
        decided, action, caller.right_to_manage, caller.right_to_administer, caller.person
    )


async def decision(
    office: Office, action: Action, scope: Scope, caller: Caller
) -> Allowed | Denied:
    """Return whether `caller` may do this to what they ask about."""
    actor = caller.actor()
    of = await _object(office, scope, actor)
    decided = decide(actor, action, of)
    if isinstance(decided, Denied) and (group := decided.how_to_fix.group):
        # Only now is the platform asked: it takes a request, and most who ask are mods.
        known = caller.groups | ({group} if await _is_in(caller, group) else set())
        return decide(replace(actor, groups=known), action, of)
    return decided


async def _is_in(caller: Caller, group: str) -> bool:
    return group != rights.ANYONE and await caller.is_in(group)


async def _object(office: Office, scope: Scope, actor: Actor) -> Object:
    about = actor.about
    if scope is Scope.OWN:
        return rights.Own(actor.person)
    if scope is Scope.WORKSPACE:
        return rights.Workspace(about.platform, about.workspace)
    if actor.is_mod or actor.is_admin:
        return rights.Channel(about)
    async with office.database.read() as db:
        has = await managers(db, about)
    return rights.Channel(about, has.who, has.set_up_by)
