"""Answers to who wants to know whether posts reach the channels of a workspace."""

from collections.abc import Sequence

from core import backlog, compose, health, rights, subscriptions
from core.commands import Caller
from core.desk import crossposting
from core.desk.checks import decision
from core.desk.closures import tell
from core.desk.office import Office
from core.health import Health
from core.messages import Message
from core.rights import ANYONE, Action, Allowed, Scope, decide

_PAGE = "page:"


async def status(office: Office, query: str, caller: Caller) -> Message:
    """Return how it stands with the channel, and below it with all others that `caller` may see."""
    about, now = caller.about, office.clock()
    async with office.database.read() as db:
        has = await subscriptions.following(db, about)
        traffic = await backlog.traffic(db, has.address_id, now=now)
        all_of_it = await health.of_workspace(db, about.platform, about.workspace, now=now)
        passed_on = await crossposting.told(db, about, has.address_id, now=now)
    await tell(office, [has.address_id] if has.paused_because else [])
    own = next((it for it in all_of_it if it.channel == about), None)
    others = await _seen_by(office, caller, [it for it in all_of_it if it.channel != about])
    said = compose.channel_status(has, traffic, own, now, prefix=caller.prefix)
    below = compose.other_channels(others, now, _page(query))
    return Message((*said.parts, *passed_on, *below))


async def _seen_by(office: Office, caller: Caller, others: Sequence[Health]) -> list[Health]:
    """Return those of these channels that `caller` may see: an admin all, others what is theirs.

    A right that a platform tells of one channel says nothing of another.
    """
    asked = await decision(office, Action.SEE_WORKSPACE, Scope.WORKSPACE, caller)
    if not isinstance(asked, Allowed):
        return []
    return [it for it in others if _may_configure(caller, it)]


def _may_configure(caller: Caller, it: Health) -> bool:
    # Anyone means whoever is in the channel, and who is there is not known here.
    managers = "" if it.managers == ANYONE else it.managers
    channel = rights.Channel(it.channel, managers)
    return isinstance(decide(caller.actor(), Action.CONFIGURE, channel), Allowed)


def _page(query: str) -> int:
    typed = next((it.removeprefix(_PAGE) for it in query.split() if it.startswith(_PAGE)), "1")
    return int(typed) if typed.isdecimal() and len(typed) <= len("999") else 1
