"""What only SQLite needs: a sound file, a copy of it, connections whose threads end."""

import asyncio
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any, Self
from weakref import WeakSet

import aiosqlite

_BUSY = 5.0
"""Seconds that a statement waits for another process to leave the file."""
LONG_LOG = 64 * 1024 * 1024
"""Bytes to which the log is cut back; longer, a reader has kept it from being copied back."""


def file_of(url: str) -> Path | None:
    """Return the file that a database's `url` names, if it is one of SQLite."""
    named = re.fullmatch(r"sqlite(?:\+\w+)?:///(?!:memory:)([^?]+)", url)
    return Path(named[1]).absolute() if named else None


class Damaged(Exception):
    """A file does not hold together. Says what was found first."""


def check(file: Path) -> None:
    """Look through the whole file, and change nothing. Raises `Damaged` and `sqlite3.Error`.

    Takes about 3 ms for each MB. A query would notice one damaged file of thirty.
    """
    with _as_damage(), closing(_only_read(file)) as connection:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise Damaged(" ".join(found.split()))


def copy(file: Path, to: Path, *, notes: Mapping[str, str]) -> None:
    """Write a sound copy to `to`, as of one moment, while others may write.

    It has these `notes` too, by name, unless it has others by that name already.
    Raises `FileExistsError`, `Damaged`, `OSError` and `sqlite3.Error`, and leaves nothing then.
    """
    if to.exists():
        raise FileExistsError(to)
    unfinished = to.with_name(f"{to.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with _as_damage(), closing(_only_read(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(unfinished),))
            _note(unfinished, notes)
        check(unfinished)
        _keep(unfinished, mode=file.stat().st_mode)
        unfinished.rename(to)
    finally:
        unfinished.unlink(missing_ok=True)


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

    def log_bytes(self) -> int:
        """Return how long the log is that is not yet copied back, or was before it was."""
        with suppress(FileNotFoundError):
            return Path(f"{self._path}-wal").stat().st_size
        return 0

    async def rewrite(self, connection: object) -> bool:
        """Write the whole file anew, so that nothing deleted is left in it or in its log.

        `connection` is one of these, in no transaction. Says whether the log is empty too: a reader
        may still need it. Takes about 1 s of work for 100 MB. Raises `sqlite3.Error`.
        """
        if not isinstance(connection, _Connection):
            raise TypeError(connection)
        return await connection.rewrite()

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
    _opening = ""
    _has_begun = False

    def open_with(self, statement: str) -> None:
        """Begin a transaction with `statement`, when the first is asked that stands in it."""
        self._opening = statement

    def opening(self) -> str:
        """Return what is to be carried out before the next statement, and never again."""
        statement, self._opening = self._opening, ""
        self._has_begun |= bool(statement)
        return statement

    async def commit(self) -> None:
        """Commit, if a transaction has begun."""
        self._opening = ""
        if self._has_begun:
            await super().commit()
            self._has_begun = False

    async def rollback(self) -> None:
        """Undo all, if a transaction has begun; it is asked for once more when all is over."""
        self._opening = ""
        if self._has_begun:
            await super().rollback()
            self._has_begun = False

    async def rewrite(self) -> bool:
        """Write the whole file anew and empty its log; say whether that is empty."""
        return bool(await self._execute(self._rewrite))  # type: ignore[no-untyped-call]

    def _rewrite(self) -> bool:
        self._conn.execute("VACUUM")
        (was_busy, *_) = self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not was_busy

    def cursor(self) -> "_Cursor":  # type: ignore[override]  # entered as the other is
        """Return a cursor that asks the thread once for each statement."""
        return _Cursor(self)

    def stop(self) -> asyncio.Future[Any] | None:
        """Let the thread end after what it was given. Returns what is done then."""
        if not self._is_stopped:
            self._is_stopped = True
            self._stopped = super().stop()
        # Each caller has its own: one that is cancelled must not end the wait of the others.
        return asyncio.shield(self._stopped) if self._stopped else None


class _Cursor:
    """Carries out a statement and fetches what it gives at one go, and begins what it stands in.

    The driver's own asks the thread to open a cursor, to execute, to fetch and to close: that takes
    longer than most of our statements do.
    """

    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Carry out `statement`. Raises `sqlite3.Error`."""
        await self._in_thread(lambda cursor: cursor.execute(statement, values))

    async def executemany(self, statement: str, each: Iterable[Sequence[Any]]) -> None:
        """Carry out `statement` with each of these values. Raises `sqlite3.Error`."""
        await self._in_thread(lambda cursor: cursor.executemany(statement, each))

    async def fetchall(self) -> Sequence[Any]:
        """Return all that the statement gave."""
        return self._rows

    async def close(self) -> None:
        """Do nothing: it was closed when all was fetched."""

    async def _in_thread(self, carry_out: Callable[[sqlite3.Cursor], object]) -> None:
        connection = self._connection
        # Taken here: a task that is cancelled may end its transaction before the thread begins it.
        opening = connection.opening()
        await connection._execute(self._run, opening, carry_out)  # type: ignore[no-untyped-call]  # noqa: SLF001 (as its own cursor does)

    def _run(self, opening: str, carry_out: Callable[[sqlite3.Cursor], object]) -> None:
        with closing(self._connection._conn.cursor()) as cursor:  # noqa: SLF001 (as above)
            if opening:
                cursor.execute(opening)
            carry_out(cursor)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else ()
            # Of what is inserted and returned it is known when all was fetched.
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid


def _only_read(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", timeout=_BUSY, uri=True)


@contextmanager
def _as_damage() -> Iterator[None]:
    """Raise `Damaged` for the errors that mean it."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        # The extended codes hold the plain one in their low byte.
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise Damaged(str(error)) from error
        raise


def _note(copied: Path, notes: Mapping[str, str]) -> None:
    with closing(sqlite3.connect(copied, isolation_level=None)) as connection:
        # Only the copy knows that it is one. What is no database of ours has no notes.
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'notes'").fetchone():
            connection.executemany("INSERT OR IGNORE INTO notes VALUES (?, ?)", notes.items())


def _keep(file: Path, *, mode: int) -> None:
    """See that the file outlives a power loss, and is no more readable than `mode` allows."""
    file.chmod(mode & 0o777)
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _open(path: Path, query_only: bool) -> sqlite3.Connection:  # noqa: FBT001 (called by position, in a thread)
    # Without an isolation level the driver begins no transactions by itself.
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
    try:
        # WAL lets readers go on while the writer writes; FULL keeps a claim through power loss.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # 16 MB of log before it is copied back: the short parts of a fan-out share one copy.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute(f"PRAGMA journal_size_limit = {LONG_LOG}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA query_only = {int(query_only)}")
        if not query_only:
            # 16 MB, as the words of an article change a hundred pages at places of their own.
            connection.execute("PRAGMA cache_size = -16000")
            # What is deleted is overwritten at once, and not only when its page is used again.
            connection.execute("PRAGMA secure_delete = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _all_end(threads: Iterable[Thread], within: float) -> bool:
    until = monotonic() + within
    for thread in threads:
        thread.join(max(until - monotonic(), 0))
    return not any(thread.is_alive() for thread in threads)
