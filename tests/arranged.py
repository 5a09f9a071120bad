"""What the tests of a file all begin with: done once, and copied into the database of each."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing

from core.db import Database

Arrange = Callable[[Database], Awaitable[None]]

_ARRANGED: dict[Arrange, bytes] = {}


async def arranged(database: Database, arrange: Arrange) -> None:
    """Let this have been done to an empty database; on SQLite it is really done only once."""
    if database.is_shared:
        await arrange(database)
        return
    file = str(database._writer.url.database)
    if arrange in _ARRANGED:
        _copy(_ARRANGED[arrange], file)
        return
    await arrange(database)
    _ARRANGED[arrange] = _kept(file)


def _kept(file: str) -> bytes:
    with closing(sqlite3.connect(file)) as opened, closing(sqlite3.connect(":memory:")) as copy:
        opened.backup(copy)
        header, rest = copy.serialize()[:18], copy.serialize()[20:]
    # What is in memory has no log: both bytes say so.
    return header + b"\x01\x01" + rest


def _copy(kept: bytes, file: str) -> None:
    with closing(sqlite3.connect(":memory:")) as copy, closing(sqlite3.connect(file)) as opened:
        copy.deserialize(kept)
        copy.backup(opened)
