"""An event loop whose time jumps to the next moment that something waits for."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

Result = TypeVar("Result")


class _Jumping(selectors.SelectSelector):
    """Lets the time pass that the loop would wait. Nothing can come in meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return at once, later by `timeout`."""
        if timeout is None:
            raise RuntimeError("everyone waits for something that never happens")
        # A little passes in any case: who waits for less than the clock can tell waits for ever.
        self.now += max(timeout, 1e-6)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the seconds of this loop's own time."""
        return self._jumping.now


def run(work: Coroutine[object, object, Result]) -> Result:
    """Return what `work` comes to. Its loop's `time` passes only while all of it sleeps."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


def now() -> float:
    """Return the time of the running loop in seconds."""
    return asyncio.get_running_loop().time()
