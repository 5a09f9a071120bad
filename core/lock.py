"""The lock beside a SQLite file: one running program at a time, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Locked(Exception):
    """Another program runs on this file. Says which file, and what to do."""


class Unlockable(Exception):
    """The lock cannot be made where the file is. Says why."""


@contextmanager
def only_program(file: Path) -> Iterator[None]:
    """Be the only program that runs on `file`. Raises `Locked` and `Unlockable` at once."""
    # Not the file itself: closing it anywhere would drop the locks that SQLite holds on it.
    # Never deleted: who waits for a deleted one and who makes it anew would both go on.
    beside = Path(f"{file.resolve()}.lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unlockable(f"the database could not be opened: {beside}: {error.strerror}") from error
    try:
        _lock(descriptor, file, beside)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, file: Path, beside: Path) -> None:
    # The system frees it when the process ends, even when it is killed.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Locked(
            f"another themata runs on {file}: stop that one first,"
            " or name another file in database.url"
        ) from error
    except OSError as error:
        raise Unlockable(
            f"{beside} cannot be locked: {error.strerror}; keep the database on a local disk"
        ) from error
