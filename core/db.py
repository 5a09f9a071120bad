"""The database: SQLite in a file, or PostgreSQL. Opens it, migrates it, gives transactions."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, AdaptedConnection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from core.sqlite import Connections, Damaged, check, file_of

log = logging.getLogger(__name__)

_CLOSING = 2.0
"""Seconds that closing may take: a statement that nobody waits for may still be at work."""
_CONNECTING, _STATEMENT = 10.0, 60.0
"""Seconds after which a server of PostgreSQL that does not answer is given up, for now."""
_TRUSTED = 5.0
"""Seconds for which a connection that was used is taken to work still."""
_SETTINGS = """
    -- To start workers takes the server ten times as long as to answer what we ask by itself.
    SET max_parallel_workers_per_gather = 0;
    -- Else it takes a row that it looks up to come from a slow disk, and reads whole tables.
    SET random_page_cost = 1.1;
"""
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
AWAY = (sa.exc.SQLAlchemyError, OSError)
"""What a statement raises when the server or the disk is in trouble: it may succeed later."""
_POSTGRES_MIGRATION_LOCK = 0x7E3A7A


class DatabaseError(Exception):
    """The database cannot be used as it is configured. Says what to change."""


class Database:
    """An open database. `write` and `read` give a connection in a transaction."""

    def __init__(
        self, writer: AsyncEngine, reader: AsyncEngine, opened: Sequence[Connections] = ()
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._opened = opened

    @property
    def is_shared(self) -> bool:
        """Say whether other processes may work on this database too."""
        return self._writer.dialect.name == "postgresql"

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction that may write. It commits at the end, or undoes all on an error."""
        return self._writer.begin()

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction that only reads.

        On PostgreSQL each statement sees what is committed then, in a transaction or not: so there
        is none, which would take two more turns.
        """
        return self.session() if self.is_shared else self._reader.begin()

    def session(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection on which every statement is a transaction of its own."""
        return self._reader.execution_options(isolation_level="AUTOCOMMIT").connect()

    def log_bytes(self) -> int:
        """Return how long SQLite's log is; on PostgreSQL the server looks after its own."""
        return max((connections.log_bytes() for connections in self._opened), default=0)

    async def rewrite(self) -> bool:
        """Leave nothing of deleted rows, as far as can be; say whether nothing is left.

        SQLite writes its whole file anew, and what writes waits for it. PostgreSQL gives the room
        of deleted rows free, and overwrites it when it is used again.
        """
        if self.is_shared:
            async with self.session() as db:
                await db.execute(sa.text("VACUUM"))
            return True
        async with self._writer.connect() as db:
            opened = (await db.get_raw_connection()).driver_connection
            return await self._opened[0].rewrite(opened)

    async def close(self) -> None:
        """Close every connection, and wait a few seconds for what is still at work."""
        until = asyncio.get_running_loop().time() + _CLOSING
        try:
            async with asyncio.timeout_at(until):
                await self._writer.dispose()
                await self._reader.dispose()
        except TimeoutError:
            log.warning("the database did not close in time")
        for connections in self._opened:
            left = until - asyncio.get_running_loop().time()
            if not await connections.end(within=max(left, 0)):
                log.warning("a statement was still at work when the database closed")


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Give the database at `url`, sound and with its schema up to date. Raises `DatabaseError`."""
    parsed = database_url(url)
    if (file := file_of(url)) and file.exists():
        await asyncio.to_thread(_require_sound, file)
    database = _connect(parsed)
    try:
        await _migrate(database)
        yield database
    finally:
        await database.close()


def database_url(url: str) -> URL:
    """Return `url` with its asynchronous driver named. Raises `DatabaseError`."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseError("database.url is no address of a database") from error
    kind = parsed.get_backend_name()
    if kind not in _DRIVERS:
        raise DatabaseError(f"database.url: {kind} is not supported; use sqlite or postgresql")
    if kind == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise DatabaseError("database.url: name a file, as in sqlite:///themata.db")
    if kind == "sqlite" and parsed.query:
        raise DatabaseError("database.url: SQLite takes no options; end it with the file's name")
    return parsed.set(drivername=_DRIVERS[kind])


def cause_of(error: Exception) -> str:
    """Return what the database itself said, in a line: without the statement and its values."""
    said = str(getattr(error, "orig", None) or error)
    return " ".join(said.split()) or type(error).__name__


def insert(db: AsyncConnection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that knows ON CONFLICT on this database."""
    return inserting(db.dialect.name, table)


def inserting(dialect: str, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that knows ON CONFLICT on a database of this kind."""
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def pairs(dialect: str, name: str) -> tuple[sa.ColumnElement[str], sa.ColumnElement[int]]:
    """Return the words and the numbers of a mapping that is bound by this name, as two columns.

    Each is a row. So one statement takes all of them, and is the same however many there are.
    """
    mapping = sa.bindparam(name, type_=sa.JSON)
    if dialect == "postgresql":
        each = sa.func.json_each_text(mapping).table_valued("key", "value")
        return each.c.key, sa.cast(each.c.value, sa.Integer)
    each = sa.func.json_each(mapping).table_valued("key", "value")
    return each.c.key, each.c.value


async def insert_at_one_go(
    db: AsyncConnection, inserts: tuple[sa.Insert, ...], values: Mapping[str, object]
) -> list[Sequence[Sequence[Any]]]:
    """Carry out these inserts, of which none sees what another inserts, with the same values.

    Gives the rows of each that returns some, as the database sends them. To ask each by itself
    takes as long again as most take. Their forms are kept, by what they are.
    """
    if db.dialect.name == "postgresql":
        row = (await db.execute(_as_one(inserts), values)).one()
        return [rows or () for rows in row[1:]]
    connection: Any = (await db.get_raw_connection()).driver_connection
    try:
        each = await connection.carry_out([_bound(db.dialect, it, values) for it in inserts])
    except sqlite3.Error as error:
        # As SQLAlchemy would have said it.
        said = sa.exc.DBAPIError.instance("", None, error, sqlite3.Error, dialect=db.dialect)
        raise said from error
    return [rows for rows in each if rows is not None]


@cache
def _as_one(inserts: tuple[sa.Insert, ...]) -> sa.Select[*tuple[Any, ...]]:
    parts = [insert.cte(f"part_{place}") for place, insert in enumerate(inserts)]
    rows = [
        sa.select(sa.func.json_agg(sa.func.json_build_array(*part.c), type_=sa.JSON))
        .select_from(part)
        .scalar_subquery()
        for part in parts
        if part.c
    ]
    return sa.select(sa.literal(1), *rows).add_cte(*parts)


def _bound(
    dialect: sa.Dialect, insert: sa.Insert, values: Mapping[str, object]
) -> tuple[str, list[object]]:
    """Return the words of the statement, and those of `values` that it takes, as they are sent."""
    words, fixed, takes = _compiled(dialect, insert)
    given = {**fixed, **values}
    return words, [send(given[name]) if send else given[name] for name, send in takes]


@cache
def _compiled(
    dialect: sa.Dialect, insert: sa.Insert
) -> tuple[str, Mapping[str, object], Sequence[tuple[str, Callable[[Any], object] | None]]]:
    compiled: Any = insert.compile(dialect=dialect)
    types = {name: bound.type.dialect_impl(dialect) for name, bound in compiled.binds.items()}
    takes = [(name, types[name].bind_processor(dialect)) for name in compiled.positiontup]
    return str(compiled), compiled.params, takes


def _require_sound(file: Path) -> None:
    try:
        check(file)
    except Damaged as error:
        raise DatabaseError(
            f"{file} is damaged and was left as it is: {error}\n"
            "To put a backup in its place:"
            f" mv {file} {file}.damaged; mv {file}-wal {file}.damaged-wal; rm -f {file}-shm;"
            f" cp BACKUP {file}\n"
            f"To save what can be read: sqlite3 {file} .recover | sqlite3 saved.db"
        ) from error
    except sqlite3.Error as error:
        raise DatabaseError(f"the database could not be opened: {file}: {error}") from error


def _connect(url: URL) -> Database:
    # The parameters of a statement hold articles, which do not belong in a log of errors.
    if url.get_backend_name() == "postgresql":
        engine = _connect_server(url)
        return Database(engine, engine)
    path = Path(str(url.database)).absolute()
    writes, reads = Connections(path, query_only=False), Connections(path, query_only=True)
    # One connection writes: SQLite has one writer anyway, and here it queues in order.
    writer = create_async_engine(
        url, async_creator=writes.open, pool_size=1, max_overflow=0, hide_parameters=True
    )
    reader = create_async_engine(url, async_creator=reads.open, pool_size=4, hide_parameters=True)
    # A transaction that reads before it writes fails at once when another wrote in between,
    # however long it may wait for a lock; BEGIN IMMEDIATE takes the lock first.
    _begin_with(writer, "BEGIN IMMEDIATE")
    _begin_with(reader, "BEGIN")
    return Database(writer, reader, (writes, reads))


def _connect_server(url: URL) -> AsyncEngine:
    try:
        import asyncpg
    except ModuleNotFoundError as error:
        raise DatabaseError(
            "PostgreSQL needs its driver: pip install 'themata-bot[postgres]'"
        ) from error
    # A server that hangs is noticed.
    waits = {"timeout": _CONNECTING, "command_timeout": _STATEMENT}
    engine = create_async_engine(url, pool_size=10, connect_args=waits, hide_parameters=True)
    _replace_broken(engine)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _set_up(connection: AdaptedConnection, _record: object) -> None:
        connection.run_async(lambda it: it.execute(_SETTINGS))

    @sa.event.listens_for(engine.sync_engine, "do_connect")
    def _connect_to_it(
        dialect: sa.Dialect, _record: object, words: Sequence[str], options: dict[str, object]
    ) -> DBAPIConnection:
        try:
            return dialect.connect(*words, **options)
        # SQLAlchemy translates the driver's errors in statements, but not those in connecting.
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise ConnectionError(str(error)) from error

    return engine


def _replace_broken(engine: AsyncEngine) -> None:
    """Let a connection that broke, as by a restart of the server, be replaced before it is used.

    SQLAlchemy would ask the server each time, in three turns that take longer than most of what we
    ask. A connection knows by itself that it was closed; what went silently is soon idle.
    """

    @sa.event.listens_for(engine.sync_engine, "checkin")
    def _note_rest(_connection: AdaptedConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = monotonic()

    @sa.event.listens_for(engine.sync_engine, "checkout")
    def _look(connection: AdaptedConnection, record: ConnectionPoolEntry, _: object) -> None:
        driver: Any = connection.driver_connection
        # A new one did not rest yet.
        rested = monotonic() - record.info.get("rests_since", monotonic())
        if driver.is_closed() or (rested > _TRUSTED and not _answers(engine.dialect, connection)):
            raise sa.exc.DisconnectionError


def _answers(dialect: sa.Dialect, connection: Any) -> bool:  # noqa: ANN401 (a driver's)
    broken: tuple[type[Exception], ...] = (dialect.loaded_dbapi.Error, OSError)
    try:
        return bool(dialect.do_ping(connection))
    except broken:
        return False


def _begin_with(engine: AsyncEngine, statement: str) -> None:
    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        opened: Any = connection.connection.driver_connection
        opened.open_with(statement)


async def _migrate(database: Database) -> None:
    try:
        async with database.write() as db:
            if database.is_shared:
                await db.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRES_MIGRATION_LOCK)))
            await db.run_sync(_upgrade)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise DatabaseError(f"the database could not be opened: {cause_of(error)}") from error


def _upgrade(connection: sa.Connection) -> None:
    # Alembic is slow to import, so a database that is up to date does not load it.
    found = _revision(connection)
    if found == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "core:migrations")
    known = ScriptDirectory.from_config(config).walk_revisions()
    if found and found not in {script.revision for script in known}:
        raise DatabaseError(
            f"the database was made by a newer version of the program: schema {found}, where this"
            f" one knows {HEAD}\ninstall that version, or put back a backup from before it"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    log.info("brought the database to schema %s", HEAD)


HEAD = "0007"
"""The newest revision in `core/migrations/versions/`; a test compares them."""


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version
