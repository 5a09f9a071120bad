"""Tells, in the log channel of a workspace, which channels are closed and what people changed."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncConnection

from core import compose, pauses
from core.announcing import Announcing, log_of
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
_Untell = Callable[[AsyncConnection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Notice:
    channel: Address
    closed: Sequence[Closed]


class Notices:
    """Posts notices of closed channels, each at most once, and announces what is to be announced.

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
        self._announcing = Announcing(database, posters, clock=clock)
        self._refusing: set[Platform] = set()

    async def post_due(self) -> None:
        """Post what nobody was told yet."""
        for platform, poster in self._posters.items():
            for notice in await self._due(platform):
                # A platform that refuses the bot is asked no more; the worker tells of it.
                if platform not in self._refusing:
                    await self._post(notice, poster)
            await self._announcing.gather_lines(platform)
            if platform not in self._refusing:
                await self._announce(platform)

    async def _announce(self, platform: Platform) -> None:
        try:
            await self._announcing.announce_due(platform)
        except PlatformClosed:
            self._refusing.add(platform)

    async def _due(self, platform: Platform) -> list[_Notice]:
        notices: list[_Notice] = []
        async with self._database.read() as db:
            untold = await pauses.untold_channels(db, platform)
            for workspace, closed in groupby(sorted(untold, key=_WORKSPACE), _WORKSPACE):
                if channel := await log_of(db, platform, workspace):
                    notices.append(_Notice(channel, tuple(closed)))
        return notices

    async def _post(self, notice: _Notice, poster: Poster) -> None:
        ids = [closed.address_id for closed in notice.closed]
        async with self._database.write() as db:
            new = await pauses.tell(db, ids, now=self._clock())
        if closed := [it for it in notice.closed if it.address_id in new]:
            message, first = compose.closed_channels(closed), closed[0]
            key = f"notice.{first.address_id}.{first.since.timestamp():.0f}"
            untell = partial(pauses.untell, address_ids=new)
            async with self._taking_back(notice.channel, untell, "closed channels"):
                await poster.post(notice.channel, message, key=key)

    @asynccontextmanager
    async def _taking_back(
        self, channel: Address, untell: _Untell, what: str
    ) -> AsyncIterator[None]:
        """Take back that it was told, where the block could not tell it."""
        try:
            yield
        except (PostError, PlatformClosed) as error:
            log.warning("could not tell of %s in %s: %s", what, channel, error)
            await self._take_back(channel, untell, error)

    async def _take_back(
        self, channel: Address, untell: _Untell, error: PostError | PlatformClosed
    ) -> None:
        """Let people be told later, unless the notice perhaps stands or never can."""
        if isinstance(error, Unknown | Refused):
            return
        async with self._database.write() as db:
            await untell(db)
            match error:
                case Unreachable():
                    await pauses.pause_at(db, channel, str(error), now=self._clock())
                case PlatformClosed():
                    self._refusing.add(channel.platform)
                case _:
                    pass
