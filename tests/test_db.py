"""The database opens, migrates, and keeps times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core import tables
from core.db import HEAD, Database, DatabaseError, database_url, open_database


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


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with database.write() as db:
            await db.execute(sa.insert(tables.notes).values(name="a", value="1"))
            await db.execute(sa.insert(tables.notes).values(name="a", value="again"))

    async with database.read() as db:
        assert await db.scalar(sa.select(sa.func.count()).select_from(tables.notes)) == 0


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
    ],
)
def test_an_address_that_cannot_be_used_is_explained(url: str, sentence: str) -> None:
    with pytest.raises(DatabaseError, match=sentence):
        database_url(url)


async def test_a_database_that_cannot_be_opened_is_explained() -> None:
    with pytest.raises(DatabaseError, match="could not be opened"):
        async with open_database("sqlite:////nowhere/at/all.db"):
            pass
