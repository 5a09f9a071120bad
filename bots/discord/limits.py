"""What each channel allows: one request at a time, and when the next, by Discord's answers."""

import asyncio
import time
from collections.abc import Callable
from weakref import WeakValueDictionary

from bots.discord.rest import Answer

_TOO_MANY_REQUESTS = 429
_SWEEP_EVERY = 5.0


class Turns:
    """A lock for each channel that is in use; channels at rest cost nothing."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, channel: str) -> asyncio.Lock:
        """Return the lock of this channel. Those who wait for it get it in order."""
        lock = self._locks.get(channel)
        if lock is None:
            lock = self._locks[channel] = asyncio.Lock()
        return lock


class Limits:
    """Until when a route must rest, as Discord's answers on it said.

    A route is anything that Discord counts for itself: posting in one channel, say.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._opens: dict[str, float] = {}
        self._swept_at = clock()

    def __len__(self) -> int:
        return len(self._opens)

    def wait_for(self, route: str) -> float:
        """Return for how many seconds `route` must rest."""
        opens = self._opens.get(route)
        return 0.0 if opens is None else max(0.0, opens - self._clock())

    def learn(self, route: str, answer: Answer) -> None:
        """Take note of what `answer` says about the next request on `route`."""
        if (rest := _rest(answer)) is not None:
            self._opens[route] = self._clock() + rest
            self._sweep()

    def _sweep(self) -> None:
        # Now and then, so that neither time nor memory grows with the channels ever posted to.
        now = self._clock()
        if now - self._swept_at >= _SWEEP_EVERY:
            self._opens = {route: at for route, at in self._opens.items() if at > now}
            self._swept_at = now


def _rest(answer: Answer) -> float | None:
    if answer.status == _TOO_MANY_REQUESTS and answer.retry_after is not None:
        return answer.retry_after.total_seconds()
    if answer.headers.get("X-RateLimit-Remaining") != "0":
        return None
    try:
        return float(answer.headers.get("X-RateLimit-Reset-After", ""))
    except ValueError:
        return None
