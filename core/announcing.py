"""Says what the bot itself has to say in channels: who set it up, and the lines of a log."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncConnection

from core import (
    announcements,
    claims,
    compose,
    history,
    introductions,
    log_lines,
    pauses,
    subscriptions,
    workspaces,
)
from core.announcements import FRESH, Announcement
from core.clock import Clock, utc_now
from core.db import Database
from core.log_lines import Happened
from core.messages import Message
from core.posting import (
    Address,
    Platform,
    PlatformClosed,
    Poster,
    PostError,
    Refused,
    TryLater,
    Unreachable,
    Unsearchable,
)

log = logging.getLogger(__name__)

LINES = "lines"
"""What stands in an announcement of lines in a log: their numbers."""
_UNREACHABLE_AGAIN = timedelta(hours=1)


class Announcing:
    """Says each announcement once: what may stand is looked for before it is said again.

    Where that cannot be seen it is not said again.
    """

    def __init__(
        self, database: Database, posters: Mapping[Platform, Poster], *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._posters = posters
        self._clock = clock

    async def gather_lines(self, platform: Platform) -> None:
        """Have the lines said that nobody was told yet, those of each log in one message."""
        now = self._clock()
        async with self._database.read() as db:
            if not await log_lines.untold(db, platform, now=now):
                return
        async with self._database.write() as db:
            untold = await log_lines.untold(db, platform, now=now)
            for workspace, lines in groupby(untold, attrgetter("workspace")):
                if channel := await log_of(db, platform, workspace):
                    new = await log_lines.tell(db, [it.number for it in lines], now=now)
                    if new:  # another process may just have gathered them
                        await announcements.ask(db, channel, {LINES: sorted(new)}, now=now)

    async def announce_due(self, platform: Platform, at: Address | None = None) -> None:
        """Say what is due on a platform, or at one address there. Raises `PlatformClosed`."""
        poster = self._posters.get(platform)
        while poster and await self._is_due(platform, at):
            async with self._database.write() as db:
                it = await announcements.claim(db, platform, at, now=self._clock())
                message = await self._message(db, it) if it else None
            if it is None:
                return
            if message:
                await self._say_once(it, message, poster)

    async def _is_due(self, platform: Platform, at: Address | None) -> bool:
        async with self._database.read() as db:
            return await announcements.is_due(db, platform, at, now=self._clock())

    async def _message(self, db: AsyncConnection, it: Announcement) -> Message | None:
        """Return what is to be said; if nothing is any more, end it and return nothing."""
        is_fresh = self._clock() - it.asked_at < FRESH
        said = await (_lines(db, it) if LINES in it.what else _introduction(db, it))
        if is_fresh and said:
            return said
        if it.tried_at is None:
            await _take_back(db, it)
        await announcements.end(db, it)
        return None

    async def _say_once(self, it: Announcement, message: Message, poster: Poster) -> None:
        try:
            if await self._is_known(it, poster):
                return
            if self._clock() >= it.lease_until:
                return  # another may have taken it over
            await poster.post(it.address, message, key=it.key)
        except (PostError, PlatformClosed) as error:
            log.warning("could not announce in %s: %s", it.address, error)
            await self._failed(it, error, poster)
            if isinstance(error, PlatformClosed):
                raise
            return
        await self._end(it)

    async def _is_known(self, it: Announcement, poster: Poster) -> bool:
        """Say whether there is nothing to say now: it stands, or that is to be seen later."""
        repeats, now = poster.repeats, self._clock()
        if it.tried_at is None or now - it.tried_at <= repeats.known_for:
            return False
        if now < (settled_at := it.tried_at + repeats.settles_in):
            async with self._database.write() as db:
                await announcements.put_back(db, it, settled_at, tried_at=it.tried_at)
            return True
        try:
            stands = await poster.find(it.address, key=it.key, since=it.tried_at)
        except Unsearchable as error:
            log.warning("cannot see whether it was announced in %s: %s", it.address, error)
            await self._end(it)
            return True
        if not stands and it.looks + 1 >= repeats.looks:
            return False
        async with self._database.write() as db:
            if stands:
                await announcements.end(db, it)
            else:
                due_at, looks = now + repeats.settles_in, it.looks + 1
                await announcements.put_back(db, it, due_at, tried_at=it.tried_at, looks=looks)
        return True

    async def _failed(self, it: Announcement, error: Exception, poster: Poster) -> None:
        """Keep when it is worth another try, and whether it may stand."""
        now = self._clock()
        wait = claims.wait_before(it.attempts + 1, jitter=claims.jitter())
        async with self._database.write() as db:
            match error:
                case Refused():
                    if LINES not in it.what and it.tried_at is None:
                        await _take_back(db, it)
                    await announcements.end(db, it)
                case Unreachable():
                    await self._closed(db, it, str(error))
                case TryLater() | PlatformClosed():
                    after = getattr(error, "after", None) or wait
                    await announcements.put_back(db, it, now + after, tried_at=it.tried_at)
                case _:  # Unknown
                    due_at = now + max(wait, poster.repeats.settles_in)
                    tried_at = it.tried_at or it.lease_until - announcements.LEASE
                    await announcements.put_back(db, it, due_at, tried_at=tried_at)

    async def _closed(self, db: AsyncConnection, it: Announcement, because: str) -> None:
        """Pause a log that is closed; an introduction waits until its channel is open."""
        now = self._clock()
        if LINES not in it.what:
            due_at = now + _UNREACHABLE_AGAIN
            await announcements.put_back(db, it, due_at, tried_at=it.tried_at)
            return
        if it.tried_at is None:
            await _take_back(db, it)
        await announcements.end(db, it)
        await pauses.pause_at(db, it.address, because, now=now)

    async def _end(self, it: Announcement) -> None:
        async with self._database.write() as db:
            await announcements.end(db, it)


async def log_of(db: AsyncConnection, platform: Platform, workspace: str) -> Address | None:
    """Return the log channel of a workspace, if it has one to which posts can go now."""
    told_in = await workspaces.log_channel(db, platform, workspace)
    channel = Address(platform, workspace, told_in)
    return channel if told_in and not await pauses.is_paused(db, channel) else None


async def _lines(db: AsyncConnection, it: Announcement) -> Message | None:
    """Return the lines for a log, unless another channel is the log by now."""
    told_in = await workspaces.log_channel(db, it.address.platform, it.address.workspace)
    if told_in != it.address.channel:
        return None
    told = [line.told for line in await log_lines.by_numbers(db, it.what[LINES])]
    found = await history.by_numbers(db, [each.get("change", 0) for each in told])
    named = [(found.get(each.get("change", 0)), each.get("name", "")) for each in told]
    changes = [(change, name) for change, name in named if change]
    happened = [this for each in told if (this := Happened.told(each))]
    return compose.log_of(changes, happened) if changes or happened else None


async def _introduction(db: AsyncConnection, it: Announcement) -> Message | None:
    """Return who set the channel up, unless it follows nothing any more."""
    rules = (await subscriptions.following(db, it.address)).rules
    who = it.what[introductions.SET_UP]
    if not rules:
        return None
    return compose.introduction(rules, who["by"], who["name"], prefix=who["prefix"])


async def _take_back(db: AsyncConnection, it: Announcement) -> None:
    """Let it be asked for again: it surely was not said."""
    if LINES in it.what:
        await log_lines.untell(db, it.what[LINES])
    else:
        await introductions.take_back(db, it.address)
