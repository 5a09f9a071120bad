"""Discord's outer wall, Cloudflare: it shuts out whoever is refused too often."""

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from bots.discord.pacing import Held
from bots.discord.rest import Answer

log = logging.getLogger(__name__)

_TOO_MANY_REQUESTS = 429
_INVALID = frozenset({401, 403, _TOO_MANY_REQUESTS})
_BLOCKED = 40333
# The wall shuts at 10,000 refusals in ten minutes, for every bot behind the same address.
_MOST = 500
_WINDOW = 600.0
_SHUT_FOR = timedelta(hours=1)
_PROBE_TAKES = 20.0  # seconds, a little more than a request may take


class Wall:
    """Lets requests out as long as the wall takes them.

    After many refusals it lets none out, so that the wall stays open. Once the wall is shut it
    lets one out when the time is over, and all the others when that one came through.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused: deque[float] = deque(maxlen=_MOST)
        self._told_at = -_WINDOW
        self._shut_at: float | None = None
        self._opens_at = 0.0

    def enter(self) -> float:
        """Return the time at which a request goes out. Raises `Held` if none may."""
        now = self._clock()
        self._check_refusals(now)
        if self._shut_at is not None:
            if now < self._opens_at:
                raise Held(self._opens_at - now)
            # This one finds out; if it gets no answer, another one does.
            self._opens_at = now + _PROBE_TAKES
        return now

    def learn(self, answer: Answer, entered_at: float) -> None:
        """Take note of the answer to a request that went out at `entered_at`."""
        now = self._clock()
        if _counts(answer):
            self._refused.append(now)
        if seconds := shut_for(answer):
            self._shut(seconds.total_seconds(), now)
        elif self._shut_at is not None and entered_at > self._shut_at:
            self._shut_at = None

    def _check_refusals(self, now: float) -> None:
        if len(self._refused) < _MOST or (rest := self._refused[0] + _WINDOW - now) <= 0:
            return
        if now >= self._told_at + _WINDOW:
            self._told_at = now
            log.error("was refused %s times by discord in 10 min: rested for %.0f s", _MOST, rest)
        raise Held(rest)

    def _shut(self, seconds: float, now: float) -> None:
        # To ask on would keep the wall shut for longer.
        if self._shut_at is None:
            log.error("was shut out by discord's outer wall for %.0f s", seconds)
        self._shut_at, self._opens_at = now, now + seconds


def shut_for(answer: Answer) -> timedelta | None:
    """Return for how long the wall is shut if it was the wall that answered, else None."""
    if answer.status == _TOO_MANY_REQUESTS:
        # Discord itself always sends `Via`; the wall does not.
        is_wall = "Via" not in answer.headers
    else:
        is_wall = not answer.succeeded and answer.code == _BLOCKED
    return (answer.retry_after or _SHUT_FOR) if is_wall else None


def _counts(answer: Answer) -> bool:
    # Limits that others used up are not held against the bot.
    is_shared = answer.headers.get("X-RateLimit-Scope") == "shared"
    limited = answer.status == _TOO_MANY_REQUESTS
    return answer.status in _INVALID and not (limited and is_shared)
