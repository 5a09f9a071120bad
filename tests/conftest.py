"""What many tests stand on: a real database of each kind, and the time they happen at."""

import gc
import os
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa

from benchmarks.postgres import postgres
from core.db import Database, open_database
from core.tables import metadata
from tests.victims import Victims, driver

NOW = datetime(2026, 6, 22, 12, 0, tzinfo=UTC)
EXAMPLES = int(os.environ.get("THEMATA_TEST_EXAMPLES", "30"))
"""How many messages a test draws that holds for any message; the long run asks for more."""

# Thousands of tests are kept while they run: to walk through them again and again takes long.
gc.set_threshold(50_000, 20, 100)


def pytest_collection_finish() -> None:
    """Let what was collected not be looked at again for what can be freed."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave PostgreSQL to the long run where the database is not what is tested."""
    for item in items:
        told = getattr(item, "callspec", None)
        if item.get_closest_marker("mostly_one_database") and "postgresql" in str(told and told.id):
            item.add_marker(pytest.mark.long)


class _Compiled(dict[tuple[object, ...], object]):
    """Compiled statements, by the kind of their database instead of by its engine."""

    def get(self, key: Any, default: object = None) -> object:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, compiled: object) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


_COMPILED = _Compiled()


@sa.event.listens_for(sa.Engine, "engine_connect")
def _compile_once(connection: sa.Connection) -> None:
    """Let the engine of a test find what that of another compiled: a quarter of their time."""
    connection.execution_options(compiled_cache=_COMPILED)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give a PostgreSQL server: the one in `THEMATA_TEST_POSTGRES`, else one of our own."""
    if url := os.environ.get("THEMATA_TEST_POSTGRES"):
        yield url
        return
    # Not in pytest's own folder: another run of the tests may tidy that up.
    with postgres() as server:
        yield server.url


@pytest.fixture(scope="session")
def _driver() -> Iterator[subprocess.Popen[str]]:
    with driver() as process:
        yield process


@pytest.fixture
def victims(_driver: subprocess.Popen[str]) -> Victims:
    """Give workers that are killed."""
    return Victims(_driver)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Give the address of an empty database, of both kinds in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'themata.db'}"
        return
    async with _new_database(request.getfixturevalue("postgres_url")) as address:
        yield address


@pytest.fixture
def sqlite_address(tmp_path: Path) -> str:
    """Give the address of an empty database in a file."""
    return f"sqlite:///{tmp_path / 'themata.db'}"


@pytest.fixture
async def postgres_address(postgres_url: str) -> AsyncIterator[str]:
    """Give the address of an empty database on a server."""
    async with _new_database(postgres_url) as address:
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of an empty, migrated database, to be copied: that is far quicker."""
    file = tmp_path_factory.mktemp("migrated") / "themata.db"
    async with open_database(f"sqlite:///{file}"):
        pass
    return file


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_address(postgres_url: str) -> AsyncIterator[str]:
    """Give the address of a migrated database on a server, in which is what the last test left."""
    async with _new_database(postgres_url) as address:
        async with open_database(address):
            pass
        yield address


@pytest.fixture
def database_file(migrated_file: Path, tmp_path: Path) -> Path:
    """Give the file of an empty, migrated database."""
    file = tmp_path / "themata.db"
    shutil.copyfile(migrated_file, file)
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def any_migrated(request: pytest.FixtureRequest) -> str:
    """Give the address of a migrated database, of both kinds in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('database_file')}"
    return str(request.getfixturevalue("migrated_address"))


@pytest.fixture
async def database(any_migrated: str) -> AsyncIterator[Database]:
    """Give an open, empty, migrated database."""
    if not any_migrated.startswith("sqlite"):
        await _empty(any_migrated)
    async with open_database(any_migrated) as opened:
        yield opened


_END_THE_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
"""
_COUNT_ANEW = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S';"


async def _empty(address: str) -> None:
    admin = await asyncpg.connect(address)
    referring_first = reversed(metadata.sorted_tables)
    deletes = [f"DELETE FROM {table.name};" for table in referring_first]  # noqa: S608
    await admin.execute("".join([_END_THE_OTHERS, *deletes, _COUNT_ANEW]))
    await admin.close()


@asynccontextmanager
async def _new_database(server: str) -> AsyncIterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"CREATE DATABASE {name}")
    yield _named(server, name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def _named(server: str, name: str) -> str:
    base, _, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}?{query}".rstrip("?")
