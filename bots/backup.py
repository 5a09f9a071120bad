"""Copies the database while the bot runs, says how the copy is put back, and makes up for it."""

import shlex
import sqlite3
from datetime import datetime
from pathlib import Path

from core.db import open_database
from core.restoration import COPIED_AT, Restored, make_up_for_any
from core.sqlite import Damaged, copy, file_of


class CannotBackUp(Exception):
    """There is no copy. Says why, and what to do."""


def back_up(url: str, to: Path, *, now: datetime) -> str:
    """Copy the database at `url` to a new file; return what it is and how to put it back.

    Raises `CannotBackUp`, and leaves nothing then.
    """
    file = file_of(url)
    if not file:
        raise CannotBackUp(_other_tool(url, to))
    if not file.exists():
        raise CannotBackUp(f"there is no database in {file}")
    try:
        copy(file, to, notes={COPIED_AT: now.isoformat()})
    except FileExistsError as error:
        raise CannotBackUp(f"{to} is there already: name a new file") from error
    except Damaged as error:
        raise CannotBackUp(f"{file} is damaged, so there is no copy: {error}") from error
    except OSError as error:
        raise CannotBackUp(f"{to} cannot be written: {error.strerror}") from error
    except sqlite3.Error as error:
        raise CannotBackUp(f"{file} cannot be copied to {to}: {error}") from error
    return _told(file, to)


def _told(file: Path, to: Path) -> str:
    here, there = shlex.quote(str(file)), shlex.quote(str(to.absolute()))
    return (
        f"copied {file} to {to.absolute()} ({to.stat().st_size / 1e6:.1f} MB, found sound)\n"
        f"to put it back, stop the bot, then: rm -f {here}-wal {here}-shm && cp {there} {here}"
    )


class NoDatabase(Exception):
    """There is no database to make up for. Says where it was looked for."""


async def make_up_by_hand(url: str, *, now: datetime) -> Restored:
    """Make up for what the database at `url` does not know, as it was just put back.

    Raises `NoDatabase` and `DatabaseError`.
    """
    file = file_of(url)
    if file and not file.exists():
        raise NoDatabase(f"there is no database in {file}")
    async with open_database(url) as database:
        return await make_up_for_any(database, now=now)


def _other_tool(url: str, to: Path) -> str:
    if not url.startswith("postgresql"):
        return "only SQLite and PostgreSQL can be copied: see database.url"
    _, _, place = url.partition("://")
    plain = shlex.quote(f"postgresql://{place}")
    target = shlex.quote(str(to))
    return (
        "the database is on PostgreSQL, which has a tool of its own:"
        f" pg_dump --format=custom --file={target} {plain}\n"
        "to put it back, stop the bot, then:"
        f" pg_restore --clean --dbname={plain} {target} && themata restored"
    )
