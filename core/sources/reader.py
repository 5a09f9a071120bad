"""Reads what came from outside in another process, which can be ended when it takes too long."""

import resource
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import anyio
from anyio import BrokenWorkerProcess, to_process

from core.sources import SourceError

_MOST_MEMORY = 1 << 30
_SPARE_SECONDS = 5

T = TypeVar("T")
Read = Callable[[bytes, str], T]
"""Reads the body that stands at an address. It is sent to another process: a module's function."""


async def read_apart(read: Read[T], body: bytes, address: str, *, seconds: float = 5.0) -> T:
    """Return what `read` makes of `body`, at most `seconds` later.

    Raises `SourceError` if it took longer or more than 1 GB, ended the process, or found an error.
    """
    try:
        with anyio.fail_after(seconds):
            return await to_process.run_sync(
                limited, read, body, address, seconds, cancellable=True
            )
    except TimeoutError as error:
        raise SourceError(f"{address} took too long to read") from error
    except BrokenWorkerProcess as error:
        raise SourceError(f"{address} could not be read: it broke the reader") from error


def limited(read: Read[T], body: bytes, address: str, seconds: float) -> T:
    """Return what `read` makes of `body`, and limit this process before.

    Every error is a `SourceError`. Only for the other process.
    """
    _limit(seconds)
    try:
        return read(body, address)
    except SourceError:
        raise
    except Exception as error:
        # Parsers raise what they like on hostile input.
        name = type(error).__name__
        raise SourceError(f"{address} could not be read ({name})") from error


def _limit(seconds: float) -> None:
    """Limit the memory of this process, and its time should the program that waits be killed."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + seconds) + _SPARE_SECONDS
    for kind, most in ((resource.RLIMIT_AS, _MOST_MEMORY), (resource.RLIMIT_CPU, until)):
        hard = resource.getrlimit(kind)[1]
        # macOS has no limit on memory of this kind.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, hard))
