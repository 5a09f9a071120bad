"""Passes posts on where a channel's mods want it. It never posts, and nothing waits for it."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from core import claims, crossposts, log_lines
from core.clock import Clock, utc_now
from core.crossposts import MOST, TOO_MANY, Crosspost, Ended
from core.db import Database
from core.log_lines import Happened
from core.posting import Platform, PlatformClosed, PostError, Receipt, TryLater, Unknown

log = logging.getLogger(__name__)

_BATCH = 50
_TOLD_AGAIN_AFTER = timedelta(hours=24)
_WORTH_WAITING_FOR = timedelta(minutes=5)
"""A platform that asks to wait longer takes no more of this channel for now."""


class PassesOn(Protocol):
    """A platform on which channels can follow a channel elsewhere."""

    async def pass_on(self, receipt: Receipt) -> None:
        """Pass the post on that stands there; again is no error. Raises like `Poster.post`."""
        ...


class PassingOn:
    """Passes on what is due on each platform that can."""

    def __init__(
        self, database: Database, to: Mapping[Platform, PassesOn], *, clock: Clock = utc_now
    ) -> None:
        """Take the platforms, which may be filled in later."""
        self._database = database
        self._to = to
        self._clock = clock

    async def pass_due(self) -> None:
        """Pass on what is due now."""
        for platform, passing in self._to.items():
            while await self._pass_some(platform, passing):
                pass

    async def _pass_some(self, platform: Platform, passing: PassesOn) -> bool:
        now = self._clock()
        async with self._database.write() as db:
            due = await crossposts.claim_due(db, platform, now=now, most=_BATCH)
        if not due:
            return False
        of_channel = attrgetter("address_id")
        chains = [list(some) for _, some in groupby(sorted(due, key=of_channel), of_channel)]
        ended = await asyncio.gather(*(self._pass_each(chain, passing) for chain in chains))
        ends = [end for chain in ended for end in chain]
        async with self._database.write() as db:
            await self._tell(db, ends)
            await crossposts.record(db, ends, now=self._clock())
        return len(due) == _BATCH

    async def _pass_each(self, chain: Sequence[Crosspost], passing: PassesOn) -> list[Ended]:
        """Pass the posts of one channel on, in order."""
        ends: list[Ended] = []
        passed = chain[0].before
        for post in chain:
            end = await self._pass(post, passing, passed)
            passed += end.state == "passed"
            ends.append(end)
        return ends

    async def _pass(self, post: Crosspost, passing: PassesOn, passed: int) -> Ended:
        now = self._clock()
        if now - post.asked_at > crossposts.FRESH:
            return Ended(post, "skipped", "it was no longer news")
        if passed >= MOST:
            return Ended(post, "skipped", TOO_MANY)
        try:
            await passing.pass_on(post.receipt)
        except (PostError, PlatformClosed) as error:
            return _failed(post, error, now)
        return Ended(post, "passed")

    async def _tell(self, db: AsyncConnection, ends: Iterable[Ended]) -> None:
        """Tell what was not passed on: of each channel and reason once in 24 hours."""
        now = self._clock()
        lost = {(end.post.address_id, end.reason): end for end in ends if end.state == "skipped"}
        for (number, reason), end in lost.items():
            channel = end.post.receipt.address
            told = await crossposts.skipped(db, number, since=now - _TOLD_AGAIN_AFTER)
            if reason not in told:
                log.warning("did not pass on posts of %s: %s", channel, reason)
            where = (channel.platform, channel.workspace)
            happened = Happened("not passed on", channel.channel, reason)
            await log_lines.add_happened(db, where, happened, now=now)


def _failed(post: Crosspost, error: Exception, now: datetime) -> Ended:
    match error:
        case TryLater(after=after) if after is not None and after > _WORTH_WAITING_FOR:
            return Ended(post, "skipped", TOO_MANY)
        case TryLater(after=after) if after is not None:
            return Ended(post, "waiting", str(error), now + after)
        case TryLater() | Unknown() | PlatformClosed():
            wait = claims.wait_before(post.attempts + 1, jitter=claims.jitter())
            return Ended(post, "waiting", str(error), now + wait)
        case _:
            return Ended(post, "skipped", str(error))
