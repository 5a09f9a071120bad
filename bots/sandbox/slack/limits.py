"""How much Slack takes, and how fast: settings, and the meter that counts by them."""

import math
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

_TIER_2, _TIER_3, _TIER_4 = 20, 50, 100
PER_MINUTE: Mapping[str, int] = MappingProxyType(
    {
        # Documented as tier 1, yet an app may hold ten connections and renew each.
        "apps.connections.open": _TIER_2,
        "auth.test": 600,
        "chat.delete": _TIER_3,
        "chat.getPermalink": 600,
        "chat.postEphemeral": _TIER_4,
        "chat.update": _TIER_3,
        "conversations.history": _TIER_3,
        "conversations.info": _TIER_3,
        "conversations.list": _TIER_2,
        "conversations.members": _TIER_4,
        "conversations.open": _TIER_3,
        "conversations.replies": _TIER_3,
        "usergroups.list": _TIER_2,
        "usergroups.users.list": _TIER_2,
        "users.info": _TIER_4,
        "views.open": _TIER_4,
        "views.publish": _TIER_4,
        "views.push": _TIER_4,
        "views.update": _TIER_4,
    }
)
"""How many calls of a method a workspace may make in a minute."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed; a rate of `None` is no limit."""

    channel_seconds: float | None = 1.0
    """Seconds from one message to the next in the same channel."""
    channel_burst: int = 1
    """How many messages a rested channel takes at once."""
    workspace_per_minute: int | None = 300
    """Messages in a minute in all channels together."""
    per_minute: Mapping[str, int] = field(default_factory=lambda: PER_MINUTE)
    """Calls in a minute of each method; one that is not named has no limit."""
    history_page: int = 999
    """The most messages that one page of a channel's history holds."""
    ack_seconds: float = 3.0
    """How long an app may take to acknowledge what a person did."""
    answer_seconds: float = 10.0
    """How long a person looks for an answer that was acknowledged but has not come."""
    trigger_seconds: float = 3.0
    """How long a trigger can be exchanged for a view."""
    response_seconds: float = 1800.0
    """How long a response address lives."""
    response_uses: int = 5
    """How often a response address can be used."""
    connections: int = 10
    """How many Socket Mode connections an app may hold."""

    @classmethod
    def off(cls) -> "Limits":
        """Return limits without rates; deadlines and sizes stay."""
        return cls(channel_seconds=None, workspace_per_minute=None, per_minute={})

    def changed(self, **changes: float | None) -> "Limits":
        """Return these limits with some of them changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # the names are the fields'


@dataclass(slots=True)
class Meter:
    """Counts calls and says when there were too many. Times are in seconds."""

    limits: Limits
    _calls: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _rested_at: dict[str, float] = field(default_factory=dict)

    def call(self, method: str, now: float) -> int:
        """Count a call of `method`; return 0, or the seconds to wait instead."""
        return self._window(method, self.limits.per_minute.get(method), now)

    def message(self, channel: str, now: float) -> int:
        """Count a message to `channel`; return 0, or the seconds to wait instead."""
        wait = self._channel_wait(channel, now)
        return math.ceil(wait) if wait > 0 else self._message(channel, now)

    def _message(self, channel: str, now: float) -> int:
        wait = self._window("a message", self.limits.workspace_per_minute, now)
        if not wait and self.limits.channel_seconds is not None:
            rested_at = max(now, self._rested_at.get(channel, now))
            self._rested_at[channel] = rested_at + self.limits.channel_seconds
        return wait

    def _channel_wait(self, channel: str, now: float) -> float:
        if self.limits.channel_seconds is None:
            return 0
        slack = (self.limits.channel_burst - 1) * self.limits.channel_seconds
        # Clocks that count in binary fractions must not refuse a message sent on the second.
        return self._rested_at.get(channel, now) - slack - now - 1e-6

    def _window(self, what: str, most: int | None, now: float) -> int:
        if most is None:
            return 0
        times = self._calls[what]
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) >= most:
            return max(1, math.ceil(times[0] + 60 - now))
        times.append(now)
        return 0
