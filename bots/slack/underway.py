"""Work that is not cut off when the bot leaves."""

import asyncio
from collections.abc import Coroutine

PATIENCE = 5
"""Seconds that work under way is waited for."""


class UnderWay:
    """Knows what is being done, as the SDK lets no one wait for its listeners."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Let `work` be done by itself."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def do(self, work: Coroutine[None, None, None]) -> None:
        """Wait for `work`; it goes on if whoever waits here is cancelled."""
        await asyncio.shield(self.begin(work))

    async def finish(self) -> None:
        """Wait until all is done, at most `PATIENCE` seconds, and give up the rest."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=PATIENCE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
