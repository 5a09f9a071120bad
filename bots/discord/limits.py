"""What each channel allows: one request at a time, and when the next, by Discord's answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from weakref import WeakValueDictionary

from bots.discord.pacing import Held
from bots.discord.rest import Answer

_TOO_MANY_REQUESTS = 429
_SWEEP_EVERY = 5.0
_PATIENCE = 1.0  # seconds that a request waits here for its route
_MOST_RESTING = 8


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

    A route is what is asked and where, with a space between: `POST 123` for posting in a channel.
    Discord counts some routes together. It says so by giving them the same bucket, which holds
    for each channel by itself.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._opens: dict[str, float] = {}
        self._buckets: dict[str, str] = {}
        self._resting = 0
        self._swept_at = clock()

    def __len__(self) -> int:
        return len(self._opens)

    async def rest(self, route: str) -> None:
        """Return when `route` may be asked.

        Raises `Held` if that is not soon, or if many others wait here: who waits here keeps a
        place in which something else could be posted.
        """
        while seconds := self.wait_for(route):
            if seconds > _PATIENCE or self._resting >= _MOST_RESTING:
                raise Held(seconds)
            self._resting += 1
            try:
                await self._sleep(seconds)
            finally:
                self._resting -= 1

    def wait_for(self, route: str) -> float:
        """Return for how many seconds `route` must rest."""
        opens = self._opens.get(route, 0.0)
        if shared := self._shared(route):
            opens = max(opens, self._opens.get(shared, 0.0))
        return max(0.0, opens - self._clock()) if opens else 0.0

    def learn(self, route: str, answer: Answer) -> None:
        """Take note of what `answer` says about the next request on `route`."""
        if bucket := answer.headers.get("X-RateLimit-Bucket"):
            self._buckets[_what(route)] = bucket
        if (rest := _rest(answer)) is None:
            return
        opens = self._clock() + rest
        # Under both names: Discord may give the same route another bucket elsewhere.
        for name in (route, self._shared(route)):
            if name:
                self._opens[name] = opens
        self._sweep()

    def _shared(self, route: str) -> str:
        """Return the name under which routes of one bucket and channel meet, if one is known."""
        bucket = self._buckets.get(_what(route))
        return f"{bucket} {route.rpartition(' ')[2]}" if bucket else ""

    def _sweep(self) -> None:
        # Now and then, so that neither time nor memory grows with the channels ever posted to.
        now = self._clock()
        if now - self._swept_at >= _SWEEP_EVERY:
            self._opens = {route: at for route, at in self._opens.items() if at > now}
            self._swept_at = now


def _what(route: str) -> str:
    return route.rpartition(" ")[0] or route


def _rest(answer: Answer) -> float | None:
    if answer.status == _TOO_MANY_REQUESTS and answer.retry_after is not None:
        return answer.retry_after.total_seconds()
    if answer.headers.get("X-RateLimit-Remaining") != "0":
        return None
    try:
        return float(answer.headers.get("X-RateLimit-Reset-After", ""))
    except ValueError:
        return None


def is_global(answer: Answer) -> bool:
    """Say whether Discord refused it because of the whole bot's pace."""
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS and answer.json().get("global") is True
