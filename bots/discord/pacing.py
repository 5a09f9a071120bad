"""The pace of the whole bot: how many requests may start in a second."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable

# Discord may see our requests a little closer together than we sent them: so much closer, in
# seconds, at first; more each time it says that they came too fast, and less again later.
_MARGIN, _WIDER, _WIDEST = 0.015, 0.01, 0.055
_REFUSALS_BELONG_TOGETHER = 1.0
_NARROWER_AFTER = 30.0
# A start that is late by no more than this is made up for. After a longer rest nothing is owed:
# starts should stay even, because a burst would come again in every second that follows.
_CATCH_UP = 0.5
_PATIENCE = 5.0


class Held(Exception):
    """Nothing may start for `seconds`, which is longer than is worth waiting for."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held for {seconds:.0f} s")
        self.seconds = seconds


class Schedule:
    """When requests may start: evenly, and never more than `limit` in any second.

    Times are seconds of any clock that only goes forward. A limit of 0 is no limit.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._started: deque[float] = deque(maxlen=limit)
        self._margin = _MARGIN
        self._changed_at = -math.inf
        self._due = 0.0
        self._held_until = 0.0

    @property
    def margin(self) -> float:
        """How much longer than a second the time is that holds `limit` starts."""
        return self._margin

    def next_start(self, now: float) -> float:
        """Return the earliest time, not before `now`, at which a request may start."""
        return max(now, self._held_until, self._due, self._window_opens())

    def start(self, now: float) -> None:
        """Take note that a request starts."""
        self._started.append(now)
        owed = now - self._due <= _CATCH_UP
        self._due = (self._due if owed else now) + self._step
        if self._margin > _MARGIN and now - self._changed_at >= _NARROWER_AFTER:
            self._change_margin(-_WIDER, now)

    def widen(self, now: float) -> None:
        """Take note that Discord counted more than `limit` requests in a second."""
        if now - self._changed_at >= _REFUSALS_BELONG_TOGETHER:
            self._change_margin(_WIDER, now)

    def hold(self, until: float) -> None:
        """Let nothing start before `until`."""
        self._held_until = max(self._held_until, until)

    def held_for(self, now: float) -> float:
        """Return for how many seconds nothing may start because of `hold`."""
        return max(0.0, self._held_until - now)

    @property
    def _step(self) -> float:
        return (1 + self._margin) / self._limit if self._limit else 0.0

    def _window_opens(self) -> float:
        # Counted from the times at which requests really started, not from when they were due.
        full = self._limit and len(self._started) == self._limit
        return self._started[0] + 1 + self._margin if full else 0.0

    def _change_margin(self, by: float, now: float) -> None:
        self._margin = min(max(_MARGIN, self._margin + by), _WIDEST)
        self._changed_at = now


class Pace:
    """A gate that lets requests start in the order in which they came to it."""

    def __init__(
        self,
        limit: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._schedule = Schedule(limit)
        self._clock = clock
        self._sleep = sleep
        self._gate = asyncio.Lock()

    async def wait(self) -> None:
        """Return when one request may start. Raises `Held` if that is not soon."""
        async with self._gate:
            while (now := self._now()) < (start := self._schedule.next_start(now)):
                await self._sleep(start - now)
            self._schedule.start(now)

    def hold(self, seconds: float) -> None:
        """Let nothing start for `seconds`."""
        self._schedule.hold(self._clock() + seconds)

    def refused(self, seconds: float) -> None:
        """Let nothing start for `seconds`, as Discord saw too many, and be more careful then."""
        self.hold(seconds)
        self._schedule.widen(self._clock())

    def _now(self) -> float:
        now = self._clock()
        if (held := self._schedule.held_for(now)) > _PATIENCE:
            raise Held(held)
        return now
