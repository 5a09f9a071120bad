"""The clock by which everything goes; a test has one of its own. And to wait, but not for ever."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the time, aware, UTC."""


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


async def first_of(*events: asyncio.Event, within: float | None = None) -> None:
    """Wait until one of the events is set, but no longer than `within` seconds."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
