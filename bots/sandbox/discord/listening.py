"""Waiting for what happens in this Discord."""

import asyncio
from collections.abc import Callable
from typing import Self

from bots.sandbox.discord.values import Change


class News:
    """Wakes those who wait for something to become true."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def stir(self) -> None:
        """Look again at what is waited for."""
        for happened, told in list(self._waiting):
            if happened() and not told.done():
                told.set_result(None)

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is true."""
        if happened():
            return
        entry = (happened, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        try:
            await entry[1]
        finally:
            self._waiting.remove(entry)


class Listening:
    """The changes from one moment on, as they come; ends when the stand-in closes."""

    def __init__(self, forget: Callable[["Listening"], None]) -> None:
        self._changes: asyncio.Queue[Change | None] = asyncio.Queue()
        self._forget = forget

    def tell(self, change: Change | None) -> None:
        """Pass on a change; None is the end."""
        self._changes.put_nowait(change)

    def close(self) -> None:
        """Stop listening."""
        self._forget(self)
        self.tell(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        change = await self._changes.get()
        if change is None:
            self.tell(None)
            raise StopAsyncIteration
        return change
