"""What many tests stand on: a real database of each kind, and the time they happen at."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from benchmarks.postgres import postgres
from core.db import Database, open_database

NOW = datetime(2026, 6, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give a PostgreSQL server: the one in `THEMATA_TEST_POSTGRES`, else one of our own."""
    if url := os.environ.get("THEMATA_TEST_POSTGRES"):
        yield url
        return
    # Not in pytest's own folder: another run of the tests may tidy that up.
    with postgres() as server:
        yield server.url


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


@pytest.fixture
async def database(database_address: str) -> AsyncIterator[Database]:
    """Give an open, empty, migrated database."""
    async with open_database(database_address) as opened:
        yield opened


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
