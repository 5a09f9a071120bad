"""The database opens, migrates, and keeps times."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles, mutes, pauses, related, stories, subscriptions, tables
from core.db import HEAD, Database, DatabaseError, database_url, open_database
from core.posting import Address
from core.rules import NO_TERMS
from core.sources import Draft
from tests.conftest import NOW


def test_the_newest_revision_is_the_one_that_the_program_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", "core:migrations")

    heads = ScriptDirectory.from_config(config).get_heads()

    assert heads == [HEAD]


async def test_migrations_make_the_tables_as_they_are_declared(database: Database) -> None:
    def differences(connection: sa.Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection), tables.metadata)

    async with database.read() as db:
        assert await db.run_sync(differences) == []


async def test_a_database_is_opened_again_as_it_was(database_address: str) -> None:
    async with open_database(database_address) as first, first.write() as db:
        await db.execute(sa.insert(tables.notes).values(name="a", value="1"))

    async with open_database(database_address) as second, second.read() as db:
        assert await db.scalar(sa.select(tables.notes.c.value)) == "1"


async def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(
    database_address: str,
) -> None:
    newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
    async with open_database(database_address) as database, database.write() as db:
        await db.execute(newer)

    with pytest.raises(DatabaseError, match="by a newer version of the program: schema 9999"):
        async with open_database(database_address):
            pass


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError) as raised:
        async with database.write() as db:
            await db.execute(sa.insert(tables.notes).values(name="a", value="1"))
            await db.execute(sa.insert(tables.notes).values(name="a", value="again"))

    async with database.read() as db:
        assert await db.scalar(sa.select(sa.func.count()).select_from(tables.notes)) == 0
    assert "again" not in str(raised.value)


async def test_a_time_comes_back_as_the_same_moment_in_utc(database: Database) -> None:
    tokyo = datetime(2026, 6, 22, 21, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    row = {"name": "site", "first_read_at": tokyo}

    async with database.write() as db:
        await db.execute(sa.insert(tables.sources).values(row))
        kept = await db.scalar(sa.select(tables.sources.c.first_read_at))

    assert kept == tokyo
    assert kept is not None
    assert kept.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    row = {"name": "site", "first_read_at": datetime(2026, 6, 22)}  # noqa: DTZ001 (that is the point)

    with pytest.raises(sa.exc.StatementError, match="needs its zone"):
        async with database.write() as db:
            await db.execute(sa.insert(tables.sources).values(row))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "no address of a database"),
        ("mysql://localhost/x", "mysql is not supported"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:///themata.db?mode=ro", "SQLite takes no options"),
    ],
)
def test_an_address_that_cannot_be_used_is_explained(url: str, sentence: str) -> None:
    with pytest.raises(DatabaseError, match=sentence):
        database_url(url)


async def test_a_database_that_cannot_be_opened_is_explained() -> None:
    with pytest.raises(DatabaseError, match="could not be opened"):
        async with open_database("sqlite:////nowhere/at/all.db"):
            pass


_LONG = sa.text(
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000)"
    " SELECT max(x) FROM n"
)


async def _read_for_long(database: Database) -> None:
    async with database.read() as db:
        await db.execute(_LONG)


async def _passes(database: Database, *, between_cancels: int) -> None:
    """Cancel a long statement twice, as a program does that is told to stop and then ends."""
    task = asyncio.create_task(_read_for_long(database))
    for _ in range(2):
        for _ in range(between_cancels):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("rounds", [1, 2, 3, 5, 20, 200])
def test_no_thread_outlives_the_database_though_its_statement_was_cancelled_twice(
    database_file: Path, rounds: int
) -> None:
    before = set(threading.enumerate())
    loops: list[asyncio.AbstractEventLoop] = []

    async def open_and_cancel() -> None:
        loops.append(asyncio.get_running_loop())
        async with open_database(f"sqlite:///{database_file}") as database:
            await _passes(database, between_cancels=rounds)
        started = set(threading.enumerate()) - before
        assert [t.name for t in started if "_connection_worker" in t.name] == []

    with asyncio.Runner() as runner:
        runner.run(asyncio.wait_for(open_and_cancel(), 10))

    assert loops[0].is_closed()


async def test_closing_ends_a_connection_that_is_still_in_use(database_file: Path) -> None:
    async with asyncio.timeout(10), open_database(f"sqlite:///{database_file}") as database:
        with pytest.raises(sa.exc.SQLAlchemyError):
            async with database.read() as db:
                await database.close()
                await db.execute(sa.text("SELECT 1"))


async def test_a_statement_asks_the_thread_of_its_connection_once(database_file: Path) -> None:
    async with open_database(f"sqlite:///{database_file}") as database, database.write() as db:
        thread = _Asked((await db.get_raw_connection()).driver_connection)

        rows = [{"name": name, "value": name.upper()} for name in "abc"]
        await db.execute(sa.insert(tables.notes), rows)
        assert thread.times() == 1

        insert = sa.insert(tables.notes).values(name="d", value="D")
        assert (await db.execute(insert.returning(tables.notes.c.value))).scalar() == "D"
        assert thread.times() == 2

        told = await db.execute(sa.select(tables.notes.c.value).order_by(tables.notes.c.name))
        assert told.scalars().all() == ["A", "B", "C", "D"]
        assert thread.times() == 3

        changed = await db.execute(sa.update(tables.notes).values(value="?"))
        assert (changed.rowcount, thread.times()) == (4, 4)


async def test_a_transaction_begins_with_its_first_statement(database_file: Path) -> None:
    async with open_database(f"sqlite:///{database_file}") as database:
        async with database.write() as db:
            thread = _Asked((await db.get_raw_connection()).driver_connection)
        assert thread.times() == 0

        async with database.write() as db:
            await db.execute(sa.insert(tables.notes).values(name="a", value="A"))
            assert thread.times() == 1
        assert thread.times() == 2

        with pytest.raises(RuntimeError):
            async with database.write() as db:
                await db.execute(sa.update(tables.notes).values(value="B"))
                raise RuntimeError
        async with database.read() as db:
            assert await db.scalar(sa.select(tables.notes.c.value)) == "A"


class _Asked:
    """Counts how often the thread of a connection is asked for something."""

    def __init__(self, connection: Any) -> None:
        self._put = connection._tx.put_nowait
        self._times = 0
        connection._tx = self

    def put_nowait(self, asked: object) -> None:
        self._times += 1
        self._put(asked)

    def times(self) -> int:
        return self._times


async def test_what_was_followed_before_there_were_rules_is_followed_as_it_was(
    database_address: str,
) -> None:
    at = Address("discord", "1", "10")
    async with open_database(database_address) as database, database.write() as db:
        number = await subscriptions.saved(db, at)
        await db.run_sync(_go_back_to, _BEFORE_RULES)
        followed = sa.text("INSERT INTO subscriptions VALUES (:tag, :at, 'ada', :now)")
        now = NOW if database.is_shared else int(NOW.timestamp() * 1_000_000)
        await db.execute(followed, [{"tag": t, "at": number, "now": now} for t in ("llms", "meta")])

    async with open_database(database_address) as database, database.read() as db:
        has = await subscriptions.following(db, at)
        assert has.rules == {"llms": NO_TERMS, "meta": NO_TERMS}
        set_by = (await db.execute(sa.select(tables.rules.c.set_by, tables.rules.c.set_at))).all()
    assert set_by == [("ada", NOW)]


async def test_what_was_closed_before_it_could_be_muted_stays_closed_and_can_be(
    database_address: str,
) -> None:
    at = Address("discord", "1", "10")
    async with open_database(database_address) as database, database.write() as db:
        await pauses.pause_at(db, at, "the channel is archived", now=NOW)
        await db.run_sync(_go_back_to, _BEFORE_MUTES)

    async with open_database(database_address) as database, database.write() as db:
        assert await pauses.is_paused(db, at)
        assert not await mutes.unmute(db, at)
        assert await mutes.mute(db, at, now=NOW) == "the channel is archived"


async def test_articles_from_before_there_were_gists_are_found_and_are_related(
    database_address: str,
) -> None:
    told = [
        Draft("Meta tracks keystrokes", "https://example.com/1", tags=("data-privacy",)),
        Draft(
            "Meta employees and their keystrokes",
            "https://example.com/2",
            summary=f"日本語 {_MANY_WORDS}",
        ),
        Draft("…", "https://example.com/3"),
        Draft("Meta withdraws keystrokes", "https://example.com/4"),
    ]
    async with open_database(database_address) as database, database.write() as db:
        before = [await stories.save_new(db, draft, source="s", now=NOW) for draft in told]
        assert before[3]
        await articles.retract(db, before[3].id, now=NOW)
        noted = [await _rows(db, table) for table in _NOTED]
        await db.run_sync(_go_back_to, _BEFORE_GISTS)

    async with open_database(database_address) as database, database.write() as db:
        assert [await _rows(db, table) for table in _NOTED] == noted
        assert before[0]
        found = await related.to_article(db, before[0])
        assert [story.title for story in found] == ["Meta employees and their keystrokes"]
        assert await stories.tellers(db, before[1].id if before[1] else 0) == [2]
        # And the counts go on from where they were.
        assert await stories.save_new(
            db, Draft("Keystrokes", "https://example.com/5"), source="s", now=NOW
        )


_NOTED = (tables.gists, tables.mentions, tables.asides)
_NEW_TABLES = ("gists", "keywords", "mentions", "asides", "stories", "splits")
_MANY_WORDS = " ".join(f"word{n}" for n in range(60))


async def _rows(db: AsyncConnection, table: sa.Table) -> list[tuple[object, ...]]:
    rows = await db.execute(sa.select(table).order_by(*table.primary_key))
    return [tuple(row) for row in rows]


_BEFORE_MUTES = (
    *(f"ALTER TABLE addresses DROP COLUMN {name}" for name in ("muted_of", "muted_at")),
    "UPDATE alembic_version SET version_num = '0006'",
)
_BEFORE_SETTINGS = (
    *_BEFORE_MUTES,
    "DROP TABLE announcements",
    *(
        f"ALTER TABLE addresses DROP COLUMN {name}"
        for name in ("paused_until", "managers", "crosspost", "introduced_at")
    ),
    "DROP TABLE changes",
    "DROP TABLE log_lines",
    "DROP TABLE crossposts",
)
_BEFORE_GISTS = (
    *_BEFORE_SETTINGS,
    *(f"DROP TABLE {name}" for name in _NEW_TABLES),
    "DROP INDEX ix_articles_title",
    "DROP INDEX ix_deliveries_lead_id",
    "ALTER TABLE deliveries DROP COLUMN lead_id",
    *(f"ALTER TABLE rules DROP COLUMN {name}" for name in ("threads", "related")),
    "DROP INDEX ix_deliveries_message_id",
    "UPDATE alembic_version SET version_num = '0003'",
)
_BEFORE_RULES = (
    *_BEFORE_GISTS,
    "DROP TABLE subscriptions",
    "DROP TABLE exclusions",
    "DROP TABLE rules",
    *(f"ALTER TABLE articles DROP COLUMN {name}" for name in ("is_news", "looked_at")),
    "ALTER TABLE fanouts DROP COLUMN above",
    *(
        f"DROP INDEX ix_{name}"
        for name in ("deliveries_kept", "deliveries_behind", "addresses_beside_id")
    ),
    *(
        f"ALTER TABLE deliveries DROP COLUMN {name}"
        for name in ("rule_id", "style", "mention", "kept", "below")
    ),
    *(f"ALTER TABLE addresses DROP COLUMN {name}" for name in ("zone", "beside_id")),
    "CREATE TABLE subscriptions (tag text, address_id bigint, set_by text, set_at {time})",
    "UPDATE alembic_version SET version_num = '0002'",
)


def _go_back_to(connection: sa.Connection, statements: tuple[str, ...]) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in statements:
        time = "bigint" if is_sqlite else "timestamptz"
        connection.execute(sa.text(statement.format(time=time)))
