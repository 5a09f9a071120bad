"""Tells, in the channel that a workspace chose for it, which channels are closed to the bot."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from core import compose, pauses, workspaces
from core.clock import Clock, utc_now
from core.db import Database
from core.pauses import Closed
from core.posting import (
    Address,
    Platform,
    PlatformClosed,
    Poster,
    PostError,
    Refused,
    Unknown,
    Unreachable,
)

log = logging.getLogger(__name__)

_WORKSPACE = attrgetter("address.workspace")


@dataclass(frozen=True, slots=True)
class _Notice:
    channel: Address
    closed: Sequence[Closed]


class Notices:
    """Posts notices of closed channels, each at most once, one message for each workspace.

    Where no channel was chosen, or that one is closed itself, the desk tells those who manage.
    """

    def __init__(
        self,
        database: Database,
        posters: Mapping[Platform, Poster],
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._posters = posters
        self._clock = clock
        self._refusing: set[Platform] = set()

    async def post_due(self) -> None:
        """Post what nobody was told yet."""
        for platform, poster in self._posters.items():
            for notice in await self._due(platform):
                # A platform that refuses the bot is asked no more; the worker tells of it.
                if platform not in self._refusing:
                    await self._post(notice, poster)

    async def _due(self, platform: Platform) -> list[_Notice]:
        notices: list[_Notice] = []
        async with self._database.read() as db:
            untold = await pauses.untold_channels(db, platform)
            for workspace, closed in groupby(sorted(untold, key=_WORKSPACE), _WORKSPACE):
                told_in = await workspaces.notices_channel(db, platform, workspace)
                channel = Address(platform, workspace, told_in)
                if told_in and not await pauses.is_paused(db, channel):
                    notices.append(_Notice(channel, tuple(closed)))
        return notices

    async def _post(self, notice: _Notice, poster: Poster) -> None:
        ids = [closed.address_id for closed in notice.closed]
        async with self._database.write() as db:
            new = await pauses.tell(db, ids, now=self._clock())
        if closed := [it for it in notice.closed if it.address_id in new]:
            message, first = compose.closed_channels(closed), closed[0]
            key = f"notice.{first.address_id}.{first.since.timestamp():.0f}"
            try:
                await poster.post(notice.channel, message, key=key)
            except (PostError, PlatformClosed) as error:
                log.warning("could not tell of closed channels in %s: %s", notice.channel, error)
                await self._take_back(notice.channel, new, error)

    async def _take_back(
        self, channel: Address, told: set[int], error: PostError | PlatformClosed
    ) -> None:
        """Let people be told later, unless the notice perhaps stands or never can."""
        if isinstance(error, Unknown | Refused):
            return
        async with self._database.write() as db:
            await pauses.untell(db, told)
            match error:
                case Unreachable():
                    await pauses.pause_at(db, channel, str(error), now=self._clock())
                case PlatformClosed():
                    self._refusing.add(channel.platform)
                case _:
                    pass
