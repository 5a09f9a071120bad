"""What the commands about stored data do: purge, export and import."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

import sqlalchemy as sa

from core import compose, history, people, portable, traces, workspaces
from core.db import Database, open_database
from core.people import Person
from core.portable import BadFile
from core.posting import PLATFORMS, Platform
from core.sqlite import file_of
from core.tables import addresses

# On Discord direct messages are in a workspace of their own, which no file can name.
_PEOPLE: Mapping[Platform, tuple[str, ...]] = {"slack": ("U", "W", "D")}
"""How the ids of people, and of conversations with them, begin."""


class Refused(Exception):
    """It was not done, and nothing was changed. Says why, and what to do."""


async def purge_user(url: str, named: str, *, prove: bool, now: datetime) -> list[str]:
    """Forget all about a person, and return what to tell of it. Raises `Refused`."""
    persons = _persons(named)
    async with open_database(url) as database:
        had = [await people.forget(database, it, now=now) for it in persons]
        is_gone = await traces.remove(database, now=now)
        told = [
            f"{it.platform}: deleted {of.follows + of.beside} topics, {of.posts} articles;"
            f" {of.made} settings of channels stay, without their maker"
            for it, of in zip(persons, had, strict=True)
            if of
        ]
        # While it is open: closing it would copy the log back and remove it.
        proof = await _proof(url, persons[0].id) if prove else []
    return [*(told or ["nothing was stored about them"]), *_left(is_gone=is_gone), *proof]


async def purge_workspace(url: str, named: str, *, prove: bool, now: datetime) -> list[str]:
    """Forget all about a workspace, and return what to tell of it. Raises `Refused`."""
    platform, workspace = _workspace(named)
    async with open_database(url) as database:
        async with database.read() as db:
            had = await workspaces.kept(db, platform, workspace)
        await workspaces.forget(database, platform, workspace, now=now)
        is_gone = await traces.remove(database, now=now)
        proof = await _proof(url, workspace) if prove else []
    told = f"deleted the settings of {had.channels} channels, {had.posts} posts,"
    told += f" {had.members} lists of members, {had.changes} changes"
    return [told, *_left(is_gone=is_gone), *proof]


async def export_user(url: str, named: str, *, now: datetime) -> str:
    """Return all that is stored about a person, as JSON. Raises `Refused`."""
    async with open_database(url) as database, database.read() as db:
        found = [await people.exported(db, it, now=now) for it in _persons(named)]
    said: object = found[0] if len(found) == 1 else found
    return json.dumps(said, ensure_ascii=False, indent=1)


async def export_workspace(url: str, named: str | None) -> str:
    """Return the settings of a workspace, as TOML. Raises `Refused`."""
    async with open_database(url) as database:
        platform, workspace = _workspace(named) if named else await _only_one(database)
        async with database.read() as db:
            return await portable.exported(db, platform, workspace)


async def import_file(url: str, file: Path, *, is_trial: bool, now: datetime) -> list[str]:
    """Set what stands in `file`, unless it `is_trial`; return each change. Raises `Refused`."""
    wanted = _read(file)
    _refuse_people(wanted, file)
    async with open_database(url) as database, database.write() as db:
        found = await portable.differences(db, wanted)
        if not is_trial:
            await portable.put(db, wanted, now=now)
    told = [
        line
        for address, change in found.items()
        for line in (f"channel {address.channel}", *compose.changes_in_lines(change))
    ]
    if not told:
        return ["nothing to change: all of it is set so already"]
    many = f"{len(found)} channel{'' if len(found) == 1 else 's'}"
    done = f"nothing was changed; without --dry-run {many} would be"
    return [*told, done if is_trial else f"changed {many}; to undo: themata import --undo"]


async def undo_import(url: str, *, now: datetime) -> list[str]:
    """Take back what the last import changed, and return what to tell of it. Raises `Refused`."""
    try:
        async with open_database(url) as database, database.write() as db:
            undone = await portable.undo(db, now=now)
    except history.ChangedSince as error:
        raise Refused(
            f"nothing was changed: what change {error.number} set was changed again since;"
            " take the others back in their channels, with channel undo"
        ) from error
    if not undone:
        return ["there is no import to undo"]
    return [f"took back what was imported in {len(undone)} channel(s)"]


def _persons(named: str) -> Sequence[Person]:
    match named.split("/"):
        case [who] if who:
            return [Person(platform, who) for platform in PLATFORMS]
        case [platform, who] if who:
            return [Person(_platform(platform), who)]
        case [platform, workspace, who] if who:
            return [Person(_platform(platform), who, workspace)]
        case _:
            raise Refused("name a person as ID, PLATFORM/ID or PLATFORM/WORKSPACE/ID")


def _workspace(named: str) -> tuple[Platform, str]:
    platform, _, workspace = named.partition("/")
    if not workspace:
        raise Refused("name a workspace as PLATFORM/ID, such as discord/118730126411823923")
    return _platform(platform), workspace


def _platform(named: str) -> Platform:
    known = next((it for it in get_args(Platform) if it == named.lower()), None)
    if known is None:
        raise Refused(f"{named} is no platform: {' or '.join(PLATFORMS)}")
    platform: Platform = known
    return platform


async def _only_one(database: Database) -> tuple[Platform, str]:
    at = addresses.c
    async with database.read() as db:
        # What stands for direct messages has settings of nobody but its people.
        real = sa.select(at.platform, at.workspace).where(at.workspace.not_like("@%"))
        found = (await db.execute(real.distinct().order_by(at.platform, at.workspace))).all()
    if len(found) == 1:
        return found[0][0], found[0][1]
    named = "".join(f"\n  --workspace {platform}/{workspace}" for platform, workspace in found)
    raise Refused(f"which workspace? there are {len(found)}{':' if found else ''}{named}")


def _read(file: Path) -> portable.Portable:
    try:
        return portable.read(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{file}: is not UTF-8") from error
    except BadFile as error:
        lines = (f"{file}: {mistake}" for mistake in error.mistakes)
        raise Refused("\n".join([*lines, "nothing was changed"])) from error


def _refuse_people(wanted: portable.Portable, file: Path) -> None:
    """Refuse a file that says what people follow by direct message: that they say themselves."""
    people = [it for it in wanted.channels if it.startswith(_PEOPLE.get(wanted.platform, ()))]
    lines = [f"{file}: {it} is no channel, and nobody follows for another" for it in people]
    if lines:
        raise Refused("\n".join([*lines, "nothing was changed"]))


def _left(*, is_gone: bool) -> list[str]:
    if is_gone:
        return []
    return ["something still reads the database: its log is emptied within an hour"]


_ON_A_SERVER = (
    "on PostgreSQL a program cannot look into the server's files: the rows are deleted and"
    " vacuumed; the server overwrites them in time, and its backups as they are made"
)


async def _proof(url: str, name: str) -> list[str]:
    file = file_of(url)
    if not file:
        return [_ON_A_SERVER]
    files = [file, Path(f"{file}-wal"), Path(f"{file}-shm")]
    return [
        f"{await asyncio.to_thread(_times, it, name)} times {name} in {it}"
        for it in files
        if it.exists()
    ]


def _times(file: Path, name: str) -> int:
    return file.read_bytes().count(name.encode())
