"""A disk that is full, slow, locked or read-only, and a migration that is cut off."""

import asyncio
import logging
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import SlackStandIn
from core import jobs, subscriptions
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.jobs import Job, polling, tidying
from core.posting import Address
from core.sources import Draft
from core.sqlite import LONG_LOG
from core.tables import deliveries, metadata, notes
from tests.conftest import NOW
from tests.fakes import FakePoster, FakeSource
from tests.forks import fork
from tests.program import PATIENCE, ROOT, Program, program

CHANNELS = 40


@pytest.fixture
def file(database_file: Path) -> Path:
    """Give the place of a database."""
    return database_file


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    """Give a database in which channels follow #llms."""
    async with open_database(f"sqlite:///{file}") as opened:
        async with opened.write() as db:
            for number in range(CHANNELS):
                address = Address("discord", "1", f"{number:03}")
                await subscriptions.follow(db, address, ["llms"], by="ada", now=NOW)
        yield opened


class Told(logging.Handler):
    """Waits for a line in the log."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._changed = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self._lines.append(record.getMessage())
        self._changed.set()

    async def until(self, words: str) -> None:
        """Wait until a line holds these words."""
        while not any(words in line for line in self._lines):
            await self._changed.wait()
            self._changed.clear()


@pytest.fixture
def told() -> Iterator[Told]:
    """Give what the core logs."""
    handler, logger = Told(), logging.getLogger("core")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def story(number: int) -> Draft:
    """Return an article about #llms."""
    address = f"https://news.example/{number}"
    return Draft(f"Story {number}", address, summary="word " * 100, tags=("llms",))


async def set_pages(database: Database, pages: str) -> None:
    """Let the file have so many pages and no more: a disk of that size."""
    # There is one connection that writes, so it is this one's limit.
    async with database.write() as db:
        await db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


async def fill_disk(database: Database) -> None:
    """Leave no page for anything more."""
    async with database.read() as db:
        pages = await db.scalar(sa.text("PRAGMA page_count"))
    await set_pages(database, f"{pages}")
    with pytest.raises(sa.exc.OperationalError, match="disk is full"):
        for number in count():
            async with database.write() as db:
                one = {"name": f"filling {number}", "value": "x" * 900}
                await db.execute(sa.insert(notes).values(one))


async def free_disk(database: Database) -> None:
    """Leave room again."""
    await set_pages(database, "1000000")


async def states(database: Database) -> set[str]:
    """Return the states that deliveries are in."""
    async with database.read() as db:
        return set((await db.scalars(sa.select(deliveries.c.state))).all())


async def test_d1_articles_that_do_not_fit_on_the_disk_are_taken_in_once_there_is_room(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    source = FakeSource("news", [story(number) for number in range(30)])
    await fill_disk(database)
    tried, stopping = asyncio.Event(), asyncio.Event()
    reading = polling(Intake(database), source, timedelta(days=1))

    async def read() -> None:
        try:
            await reading.do()
        finally:
            tried.set()

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(jobs.run([Job(reading.name, reading.every, read)], stopping))
        await tried.wait()
        stopping.set()
    lines = [record for record in caplog.records if record.name == "core.jobs"]
    await free_disk(database)
    await reading.do()

    assert [record.getMessage() for record in lines] == [
        "could not read news, will try again: database or disk is full"
    ]
    assert lines[0].exc_info is None
    async with database.read() as db:
        titles = (await db.scalars(sa.text("SELECT title FROM articles"))).all()
    assert sorted(titles) == sorted(f"Story {number}" for number in range(30))


async def test_d1_posts_on_their_way_when_the_disk_fills_are_posted_and_marked_once(
    database: Database,
) -> None:
    poster, stopping = FakePoster(), asyncio.Event()
    poster.may_post.clear()
    worker = DeliveryWorker(database, poster, "discord", clock=lambda: NOW)
    await Intake(database).take_in(story(0), source="news", now=NOW)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(worker.run(stopping))
        await poster.in_flight.wait()
        await fill_disk(database)
        poster.may_post.set()
        stopping.set()
    await free_disk(database)
    again = DeliveryWorker(database, poster, "discord", clock=lambda: NOW)

    assert await again.post_due() == 0
    assert len(poster.posts) == CHANNELS
    assert await states(database) == {"posted"}


async def test_d1_what_cannot_be_marked_is_kept_marked_later_and_nothing_more_is_posted(
    database: Database, told: Told
) -> None:
    poster, stopping = FakePoster(), asyncio.Event()
    poster.may_post.clear()
    worker = DeliveryWorker(database, poster, "discord", clock=lambda: NOW)
    await Intake(database).take_in(story(0), source="news", now=NOW)
    seen: set[str] = set()

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(worker.run(stopping))
        await poster.in_flight.wait()
        with refusing_updates(database):
            poster.may_post.set()
            await Intake(database).take_in(story(1), source="news", now=NOW)
            await told.until("could not write down how posts ended, will try again: database or")
            worker.wake()
            await told.until("could not look for what is due, will try again: database or disk")
            seen |= await states(database)
            posted_meanwhile = len(poster.posts)
        worker.wake()
        await poster.has_posted(2 * CHANNELS)
        stopping.set()

    assert seen == {"sending", "waiting"}
    assert posted_meanwhile == CHANNELS
    assert await states(database) == {"posted"}
    assert len(set(poster.keys)) == len(poster.keys) == 2 * CHANNELS


@contextmanager
def refusing_updates(database: Database) -> Iterator[None]:
    """Fail every UPDATE, as where not even the log can grow."""
    engine = database._writer.sync_engine

    def refuse(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if re.match(r"(WITH .*\n\)?\s*)?UPDATE", statement, re.DOTALL):
            raise sqlite3.OperationalError("database or disk is full")

    sa.event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", refuse)


async def test_d2_a_log_that_cannot_be_written_stops_no_post(file: Path) -> None:
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        channel = discord.add_channel(discord.add_guild("Acme"), "news")
        themata = program(file.parent, discord, slack)
        async with open_database(f"sqlite:///{file}") as opened:
            async with opened.write() as db:
                address = Address("discord", channel.guild_id, channel.id)
                await subscriptions.follow(db, address, ["llms"], by="ada", now=NOW)
            now = datetime.now(UTC)
            await Intake(opened).take_in(story(0), source="news", now=now)
        words = ["run", "-c", str(themata.config)]
        # A disk that is always full.
        process = await fork(words, themata.environment(), ROOT, log="/dev/full")
        async with asyncio.timeout(PATIENCE):
            await discord.until(lambda: len(discord.messages(channel)) == 1)
        process.terminate()
        await process.communicate()

        assert process.returncode == 0


async def test_d3_a_write_waits_while_another_process_has_the_file_and_reads_do_not(
    database: Database, file: Path
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(Intake(database).take_in(story(0), source="s", now=NOW))
        while_locked = await states(database)
        has_waited = not writing.done()
        other.execute("COMMIT")
        taken = await writing

    assert while_locked == set()
    assert has_waited
    assert taken is not None
    assert await states(database) == {"waiting"}


async def test_d3_a_file_that_stays_locked_defers_the_posts(
    database: Database, file: Path, told: Told
) -> None:
    poster, stopping = FakePoster(), asyncio.Event()
    worker = DeliveryWorker(database, poster, "discord", clock=lambda: NOW)
    await Intake(database).take_in(story(0), source="news", now=NOW)
    async with database.write() as db:
        patience = await db.scalar(sa.text("PRAGMA busy_timeout"))
        await db.execute(sa.text("PRAGMA busy_timeout = 10"))

    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            group.create_task(worker.run(stopping))
            await told.until("database is locked")
            posted_while_locked = len(poster.posts)
            other.execute("COMMIT")
            await poster.in_flight.wait()
            stopping.set()

    assert patience == 5000
    assert posted_while_locked == 0
    assert await states(database) <= {"posted", "waiting"}


async def test_d3_two_programs_that_read_and_then_write_never_fail(
    database: Database, file: Path
) -> None:
    async def count_up(mine: Database) -> None:
        counted = sa.select(sa.func.count()).select_from(notes)
        for _ in range(50):
            async with mine.write() as db:
                name = f"{await db.scalar(counted)}"
                await db.execute(sa.insert(notes).values(name=name, value=""))

    async with open_database(f"sqlite:///{file}") as other, asyncio.TaskGroup() as group:
        group.create_task(count_up(database))
        group.create_task(count_up(other))

    async with database.read() as db:
        assert await db.scalar(sa.select(sa.func.count()).select_from(notes)) == 100


async def test_d6_a_long_log_is_told_and_cut_back_when_its_reader_is_gone(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    long = sa.text("INSERT INTO notes VALUES (:name, hex(zeroblob(35000000)))")
    async with database.read() as reader:
        await reader.execute(sa.select(notes))
        async with database.write() as db:
            await db.execute(long, {"name": "long"})
        await tidying(database, []).do()
        grown = database.log_bytes()
    for name in "ab":
        async with database.write() as db:
            await db.execute(sa.insert(notes).values(name=name, value=""))

    assert grown > LONG_LOG
    assert "the database's log has grown to" in caplog.text
    assert database.log_bytes() <= LONG_LOG


def program_with_database(folder: Path, place: str) -> Program:
    """Return the program with its database in that place, and a file where one may look for it."""
    folder.joinpath("themata.db").touch()
    config = folder / "config.toml"
    written = f'sources = []\n[database]\nurl = "sqlite:///{place}"\n'
    config.write_text(written, encoding="utf-8")
    return Program(config, {"THEMATA_DISCORD_TOKEN": "x"})


@pytest.mark.parametrize("place", ["/proc/x.db", "{file}/below/a/file.db"])
async def test_d8_a_place_that_cannot_be_written_is_said(
    tmp_path: Path, file: Path, place: str
) -> None:
    themata = program_with_database(tmp_path, place.format(file=file))

    ran, checked = await themata.ended("run"), await themata.ended("check")

    assert ran.code == checked.code == 1
    assert ran.err.startswith("the database could not be opened: ")
    assert ran.err.count("\n") == 1
    assert "FAIL  database: the database could not be opened" in checked.out


@pytest.mark.parametrize(
    "every", [31, pytest.param(1, marks=pytest.mark.long)], ids="every {}".format
)
async def test_d9_a_migration_that_is_killed_at_any_statement_leaves_the_old_or_the_new_schema(
    database_address: str, every: int
) -> None:
    """The database is of both kinds in turn."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.killed_migrations", database_address, f"{every}"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    found = out.decode().split()

    wanted = len(metadata.tables) + 1
    assert process.returncode == 0
    assert len(found) > wanted // every
    assert set(found) == {"0", f"{wanted}"}
    async with open_database(database_address) as opened, opened.read() as db:
        assert await db.scalar(sa.select(sa.func.count()).select_from(deliveries)) == 0
