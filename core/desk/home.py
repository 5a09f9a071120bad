"""What is somebody's own, gathered for one glance."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, compose, outbox, rights, subscriptions, workspaces
from core.commands import Caller
from core.compose import A_PAGE, Glance, Managed, Workspace
from core.desk.office import Office
from core.localtime import next_digest, next_midnight
from core.messages import Message
from core.posting import Address
from core.rights import Standing, standing
from core.rules import Terms
from core.timetable import zone_of

_NEWEST = 3
_DAY = timedelta(days=1)
_MOST_CHANNELS = 200
_LONGEST_NUMBER = 3
_INSIDERS = frozenset({Standing.MEMBER, Standing.CHOSEN, Standing.MOD, Standing.ADMIN})


async def home(office: Office, typed: str, caller: Caller) -> Message:
    """Return what is the caller's own, of long lists the typed page."""
    now, caller = office.clock(), _with_rights(caller)
    async with office.database.read() as db:
        has = await subscriptions.following(db, caller.direct)
        pages = _pages(len(has.rules), len(caller.manages), len(caller.may_set_up))
        page = _page(typed, pages)
        managed = await _managed(db, caller, caller.manages, page)
        zone = zone_of(has.zone or caller.zone)
        glance = Glance(
            has,
            await _today(db, caller.direct, zone, now),
            () if has.rules or managed else await articles.latest(db, most=_NEWEST),
            _next_digest(has.rules.values(), zone, now),
            managed,
            await _managed(db, caller, caller.may_set_up, page),
            await _workspace(db, caller) if caller.is_admin else None,
            page,
            pages,
            version("themata-bot"),
        )
    return compose.home(glance, prefix=caller.prefix)


async def channels(office: Office, workspace: Address) -> dict[str, str]:
    """Return the channels that follow something in the workspace of this address.

    With each is who may set it up beside its mods.
    """
    async with office.database.read() as db:
        platform, its = workspace.platform, workspace.workspace
        return await subscriptions.channels(db, platform, its, most=_MOST_CHANNELS)


def _with_rights(caller: Caller) -> Caller:
    """Return who asks with what the table lets them see: a guest or a stranger only their own."""
    here = rights.Workspace(caller.here.platform, caller.here.workspace)
    stands = standing(caller.actor(), here)
    if stands not in _INSIDERS:
        return replace(caller, manages=(), may_set_up=(), is_admin=False)
    return replace(caller, is_admin=stands is Standing.ADMIN)


def _page(typed: str, pages: int) -> int:
    is_number = typed.isdecimal() and len(typed) <= _LONGEST_NUMBER
    return min(max(int(typed), 1), pages) if is_number else 1


def _pages(*lengths: int) -> int:
    return max(1, *(-(-length // A_PAGE) for length in lengths))


async def _managed(
    db: AsyncConnection, caller: Caller, ids: Sequence[str], page: int
) -> list[Managed]:
    here, start = caller.direct, (page - 1) * A_PAGE
    found: list[Managed] = []
    for channel in ids[start : start + A_PAGE]:
        address = Address(here.platform, here.workspace, channel)
        found.append(Managed(channel, await subscriptions.following(db, address)))
    return found


async def _today(
    db: AsyncConnection, direct: Address, zone: ZoneInfo, now: datetime
) -> list[articles.Article]:
    began = min(next_midnight(zone, now - _DAY), now)
    ids = await outbox.posted_since(db, direct, began)
    return list((await articles.by_ids(db, ids)).values())


async def _workspace(db: AsyncConnection, caller: Caller) -> Workspace:
    # Where they ask: on Discord the direct messages of all servers are in one place.
    platform, workspace = caller.here.platform, caller.here.workspace
    census = await subscriptions.census(db, platform, workspace)
    return Workspace(census, await workspaces.log_channel(db, platform, workspace))


def _next_digest(terms: Iterable[Terms], zone: ZoneInfo, now: datetime) -> datetime | None:
    rhythms = {it.rhythm for it in terms if it.rhythm}
    return min((next_digest(it, zone, now) for it in rhythms), default=None)
