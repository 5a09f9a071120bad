"""How much the stand-in takes in which time, and what it says when it is too much."""

import math
from collections import deque
from dataclasses import dataclass

_INVALID = frozenset({401, 403, 429})
_BUCKET = "b1946ac92492d2347c6235b4d2611184"
_VIA = "1.1 google"
_HOUR, _DAY = 3_600.0, 86_400.0
_SWEEP_AT = 4096  # channels whose windows are kept before the past ones are thrown away


@dataclass(frozen=True, slots=True)
class Limits:
    """Discord's limits, each of which can be set, or be None for none. Times are seconds."""

    requests_per_second: int | None = 50
    """Of the whole bot; answers to interactions do not count."""
    messages_per_channel: int | None = 5
    channel_window: float = 5.0
    invalid_requests: int | None = 10_000
    """Answers with 401, 403 or 429 before Cloudflare lets nothing through."""
    invalid_window: float = 600.0
    crossposts: int | None = 10
    """Of one channel in an hour."""
    command_creates: int | None = 200
    """New commands in a day."""
    answer_within: float = 3.0
    """How long an interaction waits for its first answer."""
    token_lives: float = 900.0
    """How long an interaction can be answered further."""
    nonce_lives: float = 300.0

    @classmethod
    def off(cls) -> "Limits":
        """Return limits that never refuse a request; the times stay Discord's."""
        return cls(
            requests_per_second=None,
            messages_per_channel=None,
            invalid_requests=None,
            crossposts=None,
            command_creates=None,
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that came too soon: when to try again (seconds), and the headers to say so."""

    wait: float
    headers: dict[str, str]
    everywhere: bool


class Meter:
    """Counts the requests of one bot against its limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._requests: deque[float] = deque()
        self._invalid: deque[float] = deque()
        self._creates: deque[float] = deque()
        self._windows: dict[str, tuple[float, int]] = {}
        self._crossposts: dict[str, deque[float]] = {}

    def banned_for(self, now: float) -> float:
        """Return for how many seconds Cloudflare lets nothing through, 0 if it does."""
        most = self.limits.invalid_requests
        if most is None:
            return 0.0
        _forget(self._invalid, now - self.limits.invalid_window)
        if len(self._invalid) < most:
            return 0.0
        return self._invalid[0] + self.limits.invalid_window - now

    def count_answer(self, status: int, now: float) -> None:
        """Note an answer; those that say the request was invalid count."""
        if status in _INVALID and self.limits.invalid_requests is not None:
            self._invalid.append(now)

    def take_request(self, now: float) -> Refused | None:
        """Count a request against the limit of the whole bot."""
        most = self.limits.requests_per_second
        if most is None:
            return None
        _forget(self._requests, now - 1.0)
        if len(self._requests) < most:
            self._requests.append(now)
            return None
        wait = max(self._requests[0] + 1.0 - now, 0.001)
        headers = {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
        return Refused(wait, headers | _retry(wait), everywhere=True)

    def take_message(self, channel: str, now: float) -> Refused | dict[str, str]:
        """Count a new message against its channel; the headers if it may be sent."""
        most = self.limits.messages_per_channel
        if most is None:
            return {}
        ends_at, used = self._window(channel, now)
        wait = ends_at - now
        if used < most:
            self._windows[channel] = (ends_at, used + 1)
            return self._headers(most - used - 1, ends_at, wait)
        headers = self._headers(0, ends_at, wait) | {"X-RateLimit-Scope": "user"}
        return Refused(wait, headers | _retry(wait), everywhere=False)

    def take_crosspost(self, channel: str, now: float) -> Refused | None:
        """Count a message that is passed on against its channel."""
        most, times = self.limits.crossposts, self._crossposts.setdefault(channel, deque())
        _forget(times, now - _HOUR)
        if most is None or len(times) < most:
            times.append(now)
            return None
        wait = times[0] + _HOUR - now
        # The headers tell of the request, and only the body of the channel.
        return Refused(wait, {"X-RateLimit-Scope": "shared", **_retry(1.0)}, everywhere=False)

    def take_creates(self, count: int, now: float) -> bool:
        """Count new commands; false if they are too many for a day."""
        most = self.limits.command_creates
        _forget(self._creates, now - _DAY)
        if most is not None and len(self._creates) + count > most:
            return False
        self._creates.extend([now] * count)
        return True

    def _window(self, channel: str, now: float) -> tuple[float, int]:
        window = self._windows.get(channel)
        if window is not None and window[0] > now:
            return window
        if len(self._windows) >= _SWEEP_AT:
            self._windows = {key: w for key, w in self._windows.items() if w[0] > now}
        return now + self.limits.channel_window, 0

    def _headers(self, remaining: int, ends_at: float, wait: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limits.messages_per_channel),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{ends_at:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": _BUCKET,
        }


def _retry(wait: float) -> dict[str, str]:
    return {"Retry-After": str(math.ceil(wait)), "Via": _VIA}


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
