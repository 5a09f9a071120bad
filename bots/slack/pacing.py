"""One message at a time into each channel, not too soon after the last, and so many a minute."""

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from core.posting import TryLater

# Slack takes one message a second in a channel; the rest allows for clocks that are not even.
SPACING = 1.01
"""Seconds from one post in a channel to the next, as Slack sees them come."""

# "Several hundred" messages, and the third of Slack's tiers of methods:
# https://docs.slack.dev/apis/web-api/rate-limits/
PER_MINUTE: Mapping[str, int] = MappingProxyType({"chat.postMessage": 300, "chat.update": 50})
"""How many calls of a method a workspace takes in a minute, in all its channels together."""

_MINUTE = 60.5  # Slack may see our calls a little closer together than we made them
_PATIENCE = 1.25  # seconds that a call waits here for its turn, before it is put back instead
_MOST_WAITING = 16
_LEARNT_AFTER = 2.0  # the first calls have to open connections, all at once
_REMEMBERED_FOR = 60.0


class Latency:
    """The least time that a call takes, there and back. To be shared by all workspaces.

    It is that of the last minute or two, as the way to Slack changes.
    """

    def __init__(self) -> None:
        self._least = self._least_before = math.inf
        self._learnt_at = math.inf
        self._turns_at = 0.0

    def least(self, now: float) -> float:
        """Return the seconds, 0 as long as it is too early to tell."""
        return 0.0 if now < self._learnt_at else min(self._least, self._least_before)

    def note(self, seconds: float, now: float) -> None:
        """Take note that a call took so long."""
        self._learnt_at = min(self._learnt_at, now + _LEARNT_AFTER)
        if now >= self._turns_at:
            self._least_before, self._least = self._least, math.inf
            self._turns_at = now + _REMEMBERED_FOR
        self._least = min(self._least, seconds)


class Pacer:
    """Makes the calls to one workspace wait for their turn, in each channel in the order they came.

    It remembers a channel only while a post of it is under way or has to keep its distance, so the
    table is never larger than what was posted in the last moments.
    """

    def __init__(
        self,
        spacing: float = SPACING,
        *,
        per_minute: Mapping[str, int] = PER_MINUTE,
        latency: Latency | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._spacing = spacing
        self._clock = clock
        self._sleep = sleep
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._started = {method: deque[float](maxlen=most) for method, most in per_minute.items()}
        self._waiting = 0
        self._latency = latency or Latency()

    @property
    def remembered(self) -> int:
        """How many channels are in the table."""
        return len(self._lanes)

    @asynccontextmanager
    async def turn(self, channel: str, method: str) -> AsyncIterator[None]:
        """Enter when no call to `channel` is under way and neither limit is in the way.

        Raises `TryLater` if that is not soon, or if many others wait here: who waits here keeps a
        place in which something could be posted to another workspace.
        """
        self._forget_old()
        lane = self._lanes.setdefault(channel, _Lane())
        lane.posts += 1
        try:
            async with lane.lock:
                started_at = await self._start(lane, method)
                self._lanes.move_to_end(channel)
                lane.free_at = math.inf
                try:
                    yield
                    lane.free_at = self._came_by(started_at) + self._spacing
                finally:
                    lane.free_at = min(lane.free_at, self._clock() + self._spacing)
        finally:
            lane.posts -= 1

    def _came_by(self, started_at: float) -> float:
        """Return a time by which Slack surely had the call that was answered just now.

        One that was slow may have been slow on its way there, and the next one quick.
        """
        now = self._clock()
        self._latency.note(now - started_at, now)
        return now - self._latency.least(now)

    async def _start(self, lane: "_Lane", method: str) -> float:
        while (wait := self._wait_of(lane, method)) > 0:
            if wait > _PATIENCE or self._waiting >= _MOST_WAITING:
                raise TryLater("it is not yet this channel's turn", timedelta(seconds=wait))
            self._waiting += 1
            try:
                await self._sleep(wait)
            finally:
                self._waiting -= 1
        now = self._clock()
        if method in self._started:
            self._started[method].append(now)
        return now

    def _wait_of(self, lane: "_Lane", method: str) -> float:
        started = self._started.get(method)
        full = started and len(started) == started.maxlen
        opens = started[0] + _MINUTE if started and full else lane.free_at
        return max(opens, lane.free_at) - self._clock()

    def _forget_old(self) -> None:
        """Drop the channels used longest ago, up to the first that is still needed."""
        now = self._clock()
        while self._lanes:
            channel, lane = next(iter(self._lanes.items()))
            if lane.posts or lane.free_at > now:
                return
            del self._lanes[channel]


@dataclass(slots=True)
class _Lane:
    """A channel's queue: the posts in it, waiting or under way, and when the next may start."""

    posts: int = 0
    free_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
