"""What only SQLite needs: connections whose threads end before the program goes on."""

import asyncio
import sqlite3
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any
from weakref import WeakSet

import aiosqlite

_BUSY = 5.0
"""Seconds that a statement waits for another process to leave the file."""


class Connections:
    """Opens connections to one file, and sees their threads to their end."""

    def __init__(self, path: Path, *, query_only: bool) -> None:
        self._path = path
        self._query_only = query_only
        self._opened: WeakSet[aiosqlite.Connection] = WeakSet()
        self._threads: WeakSet[Thread] = WeakSet()

    async def open(self) -> aiosqlite.Connection:
        """Return a new connection, set up. Raises `sqlite3.Error`."""
        connection = _Connection(partial(_open, self._path, self._query_only), iter_chunk_size=64)
        thread: Thread = connection._thread  # noqa: SLF001 (there is no other way to wait for it)
        thread.daemon = True
        self._opened.add(connection)
        self._threads.add(thread)
        return await connection

    async def end(self, *, within: float) -> bool:
        """Stop every connection that is still open; say whether all ended `within` seconds."""
        for connection in self._opened:
            connection.stop()
        threads = [thread for thread in self._threads if thread.is_alive()]
        return not threads or await asyncio.to_thread(_all_end, threads, within)


class _Connection(aiosqlite.Connection):
    """A connection that is stopped once: whoever asks a stopped thread waits for ever."""

    _stopped: asyncio.Future[Any] | None = None
    _is_stopped = False

    def stop(self) -> asyncio.Future[Any] | None:
        """Let the thread end after what it was given. Returns what is done then."""
        if not self._is_stopped:
            self._is_stopped = True
            self._stopped = super().stop()
        # Each caller has its own: one that is cancelled must not end the wait of the others.
        return asyncio.shield(self._stopped) if self._stopped else None


def _open(path: Path, query_only: bool) -> sqlite3.Connection:  # noqa: FBT001 (called by position, in a thread)
    # Without an isolation level the driver begins no transactions by itself.
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
    try:
        # WAL lets readers go on while the writer writes; FULL keeps a claim through power loss.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # 16 MB of log before it is copied back: the short parts of a fan-out share one copy.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA query_only = {int(query_only)}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _all_end(threads: Iterable[Thread], within: float) -> bool:
    until = monotonic() + within
    for thread in threads:
        thread.join(max(until - monotonic(), 0))
    return not any(thread.is_alive() for thread in threads)
