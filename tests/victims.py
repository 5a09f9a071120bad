"""Workers that are killed: each a fork of one process, which has imported all they need."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

from tests.killed_worker import Orders
from tests.program import PATIENCE, ROOT
from tests.worlds import World


class Victims:
    """Workers in processes of their own, one at a time."""

    def __init__(self, driver: subprocess.Popen[str]) -> None:
        self._driver = driver
        self._pid = 0

    async def start(self, orders: Orders) -> None:
        """Start one."""
        assert self._driver.stdin is not None
        self._driver.stdin.write(json.dumps(asdict(orders)) + "\n")
        self._driver.stdin.flush()
        self._pid = await self._told()

    async def kill(self) -> None:
        """Kill it, and return when it is gone."""
        os.kill(self._pid, signal.SIGKILL)
        await self.has_died()

    async def has_died(self) -> None:
        """Wait until it was killed."""
        assert await self._told() == -signal.SIGKILL

    async def are_killed(self, here: World, at: int) -> bool:
        """Let one post, killed at that await; say whether it came so far."""
        await self.start(replace(here.orders, later=here.clock.later, killed_at=at))
        ended = await self._told()
        assert ended in {0, -signal.SIGKILL}
        return ended != 0

    async def _told(self) -> int:
        assert self._driver.stdout is not None
        async with asyncio.timeout(PATIENCE):
            return int(await asyncio.to_thread(self._driver.stdout.readline))


@contextmanager
def driver() -> Iterator[subprocess.Popen[str]]:
    """Give a process that makes workers."""
    with subprocess.Popen(
        (sys.executable, "-m", "tests.killed_worker"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
