"""The clock by which everything goes; a test has one of its own."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the time, aware, UTC."""


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
