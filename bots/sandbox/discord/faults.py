"""Faults on demand: what goes wrong next, and what is kept waiting."""

import asyncio
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bots.sandbox.disturbance import Disturbance, Fate

_JSON = {"Content-Type": "application/json"}
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer on its way out."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def is_shared(self) -> bool:
        """A limit that others used up, which is not held against the bot."""
        return self.headers.get("X-RateLimit-Scope") == "shared"


def as_reply(status: int, body: object, headers: dict[str, str] | None = None) -> Reply:
    """Return an answer in JSON, its type without a charset as Discord's is.

    Plain text goes out as the page of an error, as proxies on the way answer.
    """
    if isinstance(body, str):
        return Reply(status, body.encode(), {"Content-Type": "text/html", **(headers or {})})
    return Reply(status, _encode(body).encode(), {**_JSON, **headers} if headers else _JSON)


@dataclass(slots=True, eq=False)
class Fault:
    """What goes wrong with the next requests that match."""

    matching: str
    reply: Reply | None
    """What is answered in the place of Discord; None drops the connection."""
    after_commit: bool
    """The request is carried out before it goes wrong."""
    times: int


class Hold:
    """Answers that are kept back, or requests before they are carried out."""

    def __init__(self, matching: str, *, before_commit: bool = False) -> None:
        self.matching = matching
        self.before_commit = before_commit
        self.waiting = 0
        """How many requests wait, to be carried out or for their answer to leave."""
        self.released = asyncio.Event()
        self.news = asyncio.Condition()

    async def arrived(self, count: int = 1) -> None:
        """Wait until this many requests are kept waiting."""
        async with self.news:
            await self.news.wait_for(lambda: self.waiting >= count)

    async def wait(self) -> None:
        """Keep one request waiting until the block ends."""
        async with self.news:
            self.waiting += 1
            self.news.notify_all()
        await self.released.wait()
        self.waiting -= 1


class Faults:
    """All faults and holds that are set."""

    def __init__(self) -> None:
        self.holds: list[Hold] = []
        self._faults: list[Fault] = []
        self._disturbed: dict[str, Disturbance] = {}

    def add(self, fault: Fault) -> None:
        """Let something go wrong."""
        self._faults.append(fault)

    def take(self, line: str) -> Fault | None:
        """Return what goes wrong with this request (`POST /channels/1/messages`)."""
        for fault in self._faults:
            if fits(fault.matching, line):
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None

    def disturb(self, matching: str, disturbance: Disturbance) -> None:
        """Let chance decide what becomes of the requests that match."""
        self._disturbed[matching] = disturbance

    def fate(self, line: str) -> Fate:
        """Return what chance makes of this request."""
        for matching, disturbance in self._disturbed.items():
            if fits(matching, line):
                return disturbance.fate()
        return Fate()

    async def keep_back(self, line: str, *, before_commit: bool = False) -> None:
        """Wait while a hold keeps this answer back, or this request from being carried out."""
        for hold in list(self.holds):
            if hold.before_commit == before_commit and fits(hold.matching, line):
                await hold.wait()


def fits(matching: str, line: str) -> bool:
    """Say whether a request is meant: `matching` is its beginning, `*` stands for anything."""
    return line.startswith(matching) or fnmatchcase(line, matching)
