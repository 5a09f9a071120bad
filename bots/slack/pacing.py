"""One message at a time into each channel, not too soon after the last, and so many a minute."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from core.posting import TryLater

# Slack takes one message a second in a channel; the rest allows for a network that is not even.
SPACING = 1.02
"""Seconds between the starts of two posts in one channel."""

# "Several hundred" messages, and the third of Slack's tiers of methods:
# https://docs.slack.dev/apis/web-api/rate-limits/
PER_MINUTE: Mapping[str, int] = MappingProxyType({"chat.postMessage": 300, "chat.update": 50})
"""How many calls of a method a workspace takes in a minute, in all its channels together."""

_MINUTE = 60.5  # Slack may see our calls a little closer together than we made them
_PATIENCE = 1.25  # seconds that a call waits here for its turn, before it is put back instead
_MOST_WAITING = 16


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
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._spacing = spacing
        self._clock = clock
        self._sleep = sleep
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._started = {method: deque[float](maxlen=most) for method, most in per_minute.items()}
        self._waiting = 0

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
                await self._start(lane, method)
                self._lanes.move_to_end(channel)
                yield
        finally:
            lane.posts -= 1

    async def _start(self, lane: "_Lane", method: str) -> None:
        while (wait := self._wait_of(lane, method)) > 0:
            if wait > _PATIENCE or self._waiting >= _MOST_WAITING:
                raise TryLater("it is not yet this channel's turn", timedelta(seconds=wait))
            self._waiting += 1
            try:
                await self._sleep(wait)
            finally:
                self._waiting -= 1
        now = self._clock()
        lane.free_at = now + self._spacing
        if method in self._started:
            self._started[method].append(now)

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
