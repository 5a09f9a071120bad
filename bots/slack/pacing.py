"""One message at a time into each channel, and not too soon after the last."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

# Slack takes one message a second in a channel; the rest allows for a network that is not even.
SPACING = 1.02
"""Seconds between the starts of two posts in one channel."""


class Pacer:
    """Makes the posts of a channel wait for their turn, in the order they came.

    It remembers a channel only while a post of it is under way or has to keep its distance, so the
    table is never larger than what was posted in the last moments.
    """

    def __init__(
        self,
        spacing: float = SPACING,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._spacing = spacing
        self._clock = clock
        self._sleep = sleep
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many channels are in the table."""
        return len(self._lanes)

    @asynccontextmanager
    async def turn(self, channel: str) -> AsyncIterator[None]:
        """Enter when no post of `channel` is under way and the last one is long enough ago."""
        self._forget_old()
        lane = self._lanes.setdefault(channel, _Lane())
        lane.posts += 1
        try:
            async with lane.lock:
                await self._keep_distance(lane)
                self._lanes.move_to_end(channel)
                yield
        finally:
            lane.posts -= 1

    async def _keep_distance(self, lane: "_Lane") -> None:
        wait = lane.free_at - self._clock()
        if wait > 0:
            await self._sleep(wait)
        lane.free_at = self._clock() + self._spacing

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
