"""A PostgreSQL server that is restarted, away, or closed to us."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.postgres import Server, postgres
from core.db import Database, DatabaseError, open_database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.posting import Address
from core.sources import Draft
from core.tables import deliveries
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.program import PATIENCE, Program
from tests.test_faults_order import follow_by

CHANNELS = 600
"""More than are claimed at a time, so some are posted, some on their way, and some wait."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Give a server of one's own, to stop and start. Each test leaves it started."""
    with postgres() as started:
        yield started


async def queue(database: Database) -> None:
    """Let one story wait for every channel."""
    channels = [Address("discord", "1", f"{number:03}") for number in range(CHANNELS)]
    await follow_by(database, channels)
    story = Draft("Story", "https://news.example/1", tags=("llms",))
    await Intake(database).take_in(story, source="news", now=NOW)


async def test_d7_a_restart_of_the_server_amid_the_posts_loses_and_repeats_none(
    server: Server,
) -> None:
    poster, stopping = FakePoster(), asyncio.Event()
    loop = asyncio.get_running_loop()

    async with asyncio.timeout(2 * PATIENCE), open_database(server.url) as database:
        await queue(database)
        worker = DeliveryWorker(database, poster, "discord", clock=lambda: NOW, lanes=4)
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run(stopping))
            await poster.has_posted(10)
            poster.may_post.clear()
            await asyncio.to_thread(server.stop)
            stood = len(poster.posts)
            poster.may_post.set()
            await asyncio.to_thread(server.start)
            started_at = loop.time()
            await poster.has_posted(CHANNELS)
            seconds = loop.time() - started_at
            stopping.set()
        async with database.read() as db:
            states = (
                await db.scalars(deliveries.select().with_only_columns(deliveries.c.state))
            ).all()

    assert 10 <= stood < CHANNELS
    assert len({address for address, _, _ in poster.posts}) == len(poster.posts) == CHANNELS
    assert seconds < 30
    assert list(states) == ["posted"] * CHANNELS


async def test_d7_commands_find_the_server_again_at_once(server: Server) -> None:
    async with open_database(server.url) as database:
        async with database.read() as one, database.read() as other:
            await one.execute(deliveries.select())
            await other.execute(deliveries.select())
        await asyncio.to_thread(server.stop)
        with pytest.raises(OSError, match=r"."):
            async with database.read() as db:
                await db.execute(deliveries.select())
        await asyncio.to_thread(server.start)

        async with database.read() as one, database.read() as other:
            await one.execute(deliveries.select())
            await other.execute(deliveries.select())


async def test_d7_a_server_that_is_away_or_refuses_is_said_at_the_start(
    server: Server, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "{server.url}"\n'.replace("postgres:@", "postgres@"))
    no_database = server.url.replace("/postgres?", "/nowhere?")

    with pytest.raises(DatabaseError, match='opened: database "nowhere" does not exist'):
        async with open_database(no_database):
            pass
    await asyncio.to_thread(server.stop)
    ended = await Program(config, {"THEMATA_DISCORD_TOKEN": "x"}).ended("run")
    await asyncio.to_thread(server.start)

    assert ended.code == 1
    assert ended.err.startswith("the database could not be opened: ")
    assert ended.err.count("\n") == 1
