"""Only one process posts to a platform at a time, and another takes over when it is gone."""

import asyncio
from contextlib import AsyncExitStack

import asyncpg
import sqlalchemy as sa

from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.tables import deliveries
from core.turn import turn
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.queued import add_story, channel, queue, stories

SOON = 20.0


async def test_a_second_process_waits_until_the_first_is_gone(postgres_address: str) -> None:
    stopping, second_has_it = asyncio.Event(), asyncio.Event()

    async def second(database: Database) -> None:
        async with turn(database, "post", stopping, look_every=0.05):
            second_has_it.set()

    async with open_database(postgres_address) as one, open_database(postgres_address) as two:
        async with turn(one, "post", stopping), turn(one, "other", stopping):
            waiting = asyncio.create_task(second(two))
            async with turn(two, "a third thing", stopping):
                pass
            assert not second_has_it.is_set()
        async with asyncio.timeout(SOON):
            await waiting


async def test_who_waits_for_its_turn_can_be_stopped(postgres_address: str) -> None:
    stopping = asyncio.Event()
    async with (
        open_database(postgres_address) as one,
        open_database(postgres_address) as two,
        turn(one, "post", stopping),
        asyncio.timeout(SOON),
    ):
        stopping.set()

        async with turn(two, "post", stopping):
            pass


async def test_a_turn_is_over_when_the_server_forgot_it(postgres_address: str) -> None:
    stopping = asyncio.Event()
    async with (
        open_database(postgres_address) as database,
        turn(database, "post", stopping) as mine,
    ):
        before = await mine.lasts()
        await _end_all_sessions(postgres_address)
        after = await mine.lasts()

    assert (before, after) == (True, False)


async def test_on_a_file_it_is_always_ones_turn(sqlite_address: str) -> None:
    stopping = asyncio.Event()
    async with (
        open_database(sqlite_address) as database,
        turn(database, "post", stopping) as one,
        turn(database, "post", stopping) as two,
    ):
        assert await one.lasts()
        assert await two.lasts()


async def test_k12_four_workers_on_one_database_post_everything_once_and_in_order(
    postgres_address: str,
) -> None:
    poster = FakePoster()
    async with AsyncExitStack() as stack:
        databases = [
            await stack.enter_async_context(open_database(postgres_address)) for _ in range(4)
        ]
        await queue(databases[0], channels=50, stories=1)

        async with asyncio.TaskGroup() as group:
            running = [_start(group, database, poster) for database in databases]
            for story in range(1, 12):
                await add_story(databases[0], story)
                if story % 4 == 0:
                    running.pop(0).set()
            async with asyncio.timeout(SOON):
                await _until_posted(databases[0], 50 * 12)
            for stopping in running:
                stopping.set()

    for number in range(1, 51):
        assert stories(poster, channel(number)) == list(range(12))


def _start(group: asyncio.TaskGroup, database: Database, poster: FakePoster) -> asyncio.Event:
    stopping = asyncio.Event()
    worker = DeliveryWorker(database, poster, "discord", clock=lambda: NOW)
    group.create_task(worker.run(stopping))
    return stopping


async def _until_posted(database: Database, many: int) -> None:
    posted = sa.select(sa.func.count()).where(deliveries.c.state == "posted")
    count = 0
    while count < many:
        async with database.read() as db:
            count = await db.scalar(posted) or 0


async def _end_all_sessions(address: str) -> None:
    admin = await asyncpg.connect(address)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid()"
    await admin.execute(f"{others} AND datname = current_database()")
    await admin.close()
