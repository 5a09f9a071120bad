"""Lines: what is to be posted, in the order of each channel and in turn among channels."""

import asyncio
from collections import deque
from dataclasses import dataclass

from core.claims import Post
from core.messages import Message

_LONG = 4
"""How many jobs make a line long: more for it waits in the database, for others to go first."""


@dataclass(frozen=True, slots=True)
class Job:
    """A post and what it says."""

    post: Post
    message: Message
    counted: tuple[int, ...] = ()
    """Deliveries whose articles the message only counts."""
    title: str = ""
    """What it is about, if it stands in a thread."""


class Lines:
    """A line for each address. Its next job is given out when the one before it is done."""

    def __init__(self) -> None:
        self._lines: dict[int, deque[Job]] = {}
        self._ready: asyncio.Queue[int] = asyncio.Queue()
        self._underway: set[int] = set()
        self.shorter = asyncio.Event()
        """Is set when a job is done."""

    @property
    def ready(self) -> int:
        """How many addresses have a job that can be given out."""
        return self._ready.qsize()

    @property
    def long(self) -> frozenset[int]:
        """The addresses whose lines are so long that no more should be added to them."""
        return frozenset(address for address, line in self._lines.items() if len(line) >= _LONG)

    def add(self, job: Job) -> None:
        """Put `job` at the end of its line."""
        line = self._lines.get(job.post.address_id)
        if line is None:
            self._lines[job.post.address_id] = deque([job])
            self._ready.put_nowait(job.post.address_id)
        else:
            line.append(job)

    async def next(self) -> Job:
        """Return a job, when there is one. Say when it is `done`."""
        address = await self._ready.get()
        self._underway.add(address)
        return self._lines[address].popleft()

    def stop(self, job: Job) -> list[Job]:
        """Take out and return what stands behind `job`, which is being done."""
        line = self._lines[job.post.address_id]
        behind = list(line)
        line.clear()
        return behind

    def done(self, job: Job) -> None:
        """Let the next in line have its turn: after the other addresses that are ready."""
        address = job.post.address_id
        self._underway.discard(address)
        self.shorter.set()
        if self._lines[address]:
            self._ready.put_nowait(address)
        else:
            del self._lines[address]
        self._ready.task_done()

    def clear(self) -> list[Job]:
        """Take out and return everything that is not being done."""
        while not self._ready.empty():
            self._ready.get_nowait()
            self._ready.task_done()
        left = [job for line in self._lines.values() for job in line]
        self._lines = {address: deque() for address in self._underway}
        return left

    async def join(self) -> None:
        """Return when everything is done."""
        await self._ready.join()
