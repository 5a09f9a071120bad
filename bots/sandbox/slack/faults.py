"""What a test makes go wrong: errors and broken connections on demand, answers kept back."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bots.sandbox.disturbance import Disturbance, Fate
from bots.sandbox.slack.wire import Reply


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call fails; `after_commit` means that Slack has done what was asked."""

    error: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after_commit: bool = False
    drop: bool = False

    def reply(self) -> Reply:
        """Return the answer that tells of the failure."""
        body = {"ok": False, "error": self.error} if self.error else None
        if self.error == "ratelimited":
            return Reply(body, 429, {"Retry-After": "1", **self.headers})
        return Reply(body, self.status, self.headers)


class Hold:
    """Calls or their answers that are kept back until the hold ends."""

    def __init__(self) -> None:
        self._kept = 0
        self._ended = False
        self._changed = asyncio.Condition()

    async def arrived(self, count: int = 1) -> None:
        """Return when `count` calls or their answers are kept back."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._kept >= count)

    async def keep(self) -> None:
        """Return when the hold has ended."""
        async with self._changed:
            self._kept += 1
            self._changed.notify_all()
            await self._changed.wait_for(lambda: self._ended)

    async def end(self) -> None:
        """Let every answer go."""
        async with self._changed:
            self._ended = True
            self._changed.notify_all()


class Faults:
    """The faults that are due and the holds that last, for each method."""

    def __init__(self) -> None:
        self._due: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._holds: dict[tuple[str, bool], Hold] = {}
        self._disturbed: dict[str, Disturbance] = {}

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        """Make the next calls of `method` fail."""
        self._due[method].extend([fault] * times)

    def take(self, method: str) -> Fault | None:
        """Return the fault that the present call of `method` meets, if any."""
        due = self._due.get(method)
        return due.popleft() if due else None

    def disturb(self, method: str, disturbance: Disturbance) -> None:
        """Let chance decide what becomes of calls of `method`."""
        self._disturbed[method] = disturbance

    def fate(self, method: str) -> Fate:
        """Return what chance makes of the present call of `method`."""
        disturbance = self._disturbed.get(method)
        return disturbance.fate() if disturbance else Fate()

    async def keep_back(self, method: str, *, before_commit: bool = False) -> None:
        """Return when the answer to a call of `method` may go, or the call be done."""
        if hold := self._holds.get((method, before_commit)):
            await hold.keep()

    @asynccontextmanager
    async def held(self, method: str, *, before_commit: bool = False) -> AsyncIterator[Hold]:
        """Keep back the answers of `method`, or its calls, until the block ends."""
        hold = self._holds[method, before_commit] = Hold()
        try:
            yield hold
        finally:
            if self._holds.get((method, before_commit)) is hold:
                del self._holds[method, before_commit]
            await hold.end()

    async def end_holds(self) -> None:
        """Let every answer go."""
        for hold in self._holds.values():
            await hold.end()
