"""What can happen to a database and its disk: nothing is lost, and it is said."""

import asyncio
import random
import resource
import shutil
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, pairwise
from pathlib import Path
from time import perf_counter

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bots.backup import CannotBackUp, back_up
from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import SlackStandIn
from core import claims
from core.db import Database, DatabaseError, open_database
from core.lock import Locked, only_program
from core.sqlite import Damaged, check
from core.tables import addresses, articles, deliveries, notes
from tests.program import ROOT, Ended, Program, program

NOW = datetime(2026, 6, 22, 12, tzinfo=UTC)


def url_of(file: Path) -> str:
    """Return the address of a database in `file`."""
    return f"sqlite:///{file}"


def content_of(file: Path) -> bytes:
    """Return what stands in `file`."""
    return file.read_bytes()


def put(file: Path, content: bytes | bytearray) -> None:
    """Replace what stands in `file`."""
    file.write_bytes(content)


def seeded(seed: int) -> random.Random:
    """Return chances that are the same in every run."""
    return random.Random(seed)  # noqa: S311 (it guards nothing)


async def fill(database: Database, *, posts: int, channels: int = 100) -> None:
    """Store articles, and let each wait for every channel until there are so many posts."""
    seen = {"source": "s", "first_seen_at": NOW, "summary": "Some words of it. " * 20}
    new = {"platform": "discord", "state": "waiting", "queued_at": NOW, "due_at": NOW}
    stories = range(-(-posts // channels))
    each = [(story + 1, channel + 1) for story in stories for channel in range(channels)]
    async with database.write() as db:
        await db.execute(
            sa.insert(articles),
            [{"canonical_url": f"{n}", "title": f"{n}", "url": f"{n}"} | seen for n in stories],
        )
        await db.execute(
            sa.insert(addresses),
            [{"platform": "discord", "workspace": "1", "channel": f"{n}"} for n in range(channels)],
        )
        rows = [{"article_id": story, "address_id": to} | new for story, to in each[:posts]]
        await db.execute(sa.insert(deliveries), rows)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled_once(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a database of some megabytes, to be copied: to fill one takes longer."""
    file = tmp_path_factory.mktemp("filled") / "themata.db"
    shutil.copyfile(migrated_file, file)
    async with open_database(url_of(file)) as database:
        await fill(database, posts=20_000)
    return file


@pytest.fixture
def filled(filled_once: Path, tmp_path: Path) -> Path:
    """Give the file of a database of some megabytes."""
    return Path(shutil.copyfile(filled_once, tmp_path / "themata.db"))


def cpu_of_ended() -> float:
    """Return the CPU seconds of all processes that this one started and that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def ended_alone(themata: Program) -> Ended:
    """Run the program until it ends, as nobody's fork: what it takes is its own."""
    words = (sys.executable, "-m", "bots", "run", "-c", str(themata.config))
    process = await asyncio.create_subprocess_exec(
        *words, env=themata.environment(), cwd=ROOT, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    return Ended(process.returncode, out.decode(), err.decode())


async def test_k11_a_second_program_on_a_file_ends_with_75_before_it_does_anything(
    tmp_path: Path,
) -> None:
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        themata = program(tmp_path, discord, slack)
        with only_program(tmp_path / "themata.db"):
            before = cpu_of_ended()
            second = await ended_alone(themata)
            seconds = cpu_of_ended() - before

    assert second.code == 75
    assert second.err == (
        f"another themata runs on {tmp_path / 'themata.db'}: stop that one first,"
        " or name another file in database.url\n"
    )
    # Of the processor: how long the clock runs depends on what else this machine does.
    assert 0 < seconds < 1
    assert not (tmp_path / "themata.db").exists()


async def test_k11_a_running_program_holds_its_file_and_a_killed_one_no_longer(
    tmp_path: Path,
) -> None:
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        themata = program(tmp_path, discord, slack)
        async with themata.running("run") as first:
            await discord.connected()
            second, check = await themata.ended("run"), await themata.ended("check")
            first.kill()
            await first.wait()

    with only_program(tmp_path / "themata.db"):
        pass
    assert (second.code, check.code) == (75, 0)


def test_k11_a_file_has_one_lock_by_whatever_name(tmp_path: Path) -> None:
    other_name = tmp_path / "link.db"
    other_name.symlink_to(tmp_path / "themata.db")

    with only_program(tmp_path / "themata.db"), pytest.raises(Locked), only_program(other_name):
        pass


async def test_d4_random_bytes_in_the_file_are_found_at_every_start(filled: Path) -> None:
    sound, found = content_of(filled), 0

    for seed in range(30):
        chance, damaged = seeded(seed), bytearray(sound)
        for _ in range(3):
            at = chance.randrange(len(sound) - 512)
            damaged[at : at + 512] = chance.randbytes(512)
        put(filled, damaged)
        with pytest.raises(Damaged):
            check(filled)
        found += content_of(filled) == damaged

    assert len(sound) > 2_000_000
    assert found == 30


@pytest.mark.parametrize("damage", ["overwritten", "no database", "cut short"])
async def test_d4_a_damaged_file_is_named_with_the_way_back_and_left_alone(
    filled: Path, damage: str
) -> None:
    sound = content_of(filled)
    content = {
        "overwritten": sound[:8192] + b"x" * 512 + sound[8704:],
        "no database": b"These are no rows but words. " * 100,
        "cut short": sound[: len(sound) // 2 + 100],
    }[damage]
    put(filled, content)

    with pytest.raises(DatabaseError) as refused:
        async with open_database(url_of(filled)):
            pass

    assert f"{filled} is damaged and was left as it is: " in str(refused.value)
    assert f"cp BACKUP {filled}" in str(refused.value)
    assert content_of(filled) == content
    assert {file.name for file in filled.parent.iterdir()} <= {
        *("themata.db", "themata.db-wal", "themata.db-shm"),
    }


async def test_d4_the_log_of_a_damaged_file_is_left_alone_too(filled: Path) -> None:
    log = Path(f"{filled}-wal")
    async with open_database(url_of(filled)) as database, database.write() as db:
        await db.execute(sa.insert(notes).values(name="a", value="1"))
        await db.commit()
        written = content_of(log)
    damaged = bytearray(content_of(filled))
    damaged[100:3000] = b"x" * 2900
    put(filled, damaged)
    put(log, written[: len(written) // 2])

    with pytest.raises(Damaged):
        check(filled)

    assert content_of(filled) == damaged
    assert content_of(log) == written[: len(written) // 2]


@dataclass(slots=True)
class Writes:
    """Writes row after row, and knows how long the slowest took."""

    database: Database
    slowest: float = 0.0
    rows: int = 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Write until `stopping`."""
        while not stopping.is_set():
            begun = perf_counter()
            async with self.database.write() as db:
                one = {"name": f"{self.rows}", "value": "x" * 100}
                await db.execute(sa.insert(notes).values(one))
            self.slowest = max(self.slowest, perf_counter() - begun)
            self.rows += 1


async def test_d10_a_copy_is_sound_and_of_one_moment_while_a_writer_goes_on(filled: Path) -> None:
    copies = [filled.with_name(f"copy{n}.db") for n in range(3)]
    stopping = asyncio.Event()
    async with open_database(url_of(filled)) as database, asyncio.TaskGroup() as group:
        writes = Writes(database)
        group.create_task(writes.run(stopping))
        told = [await asyncio.to_thread(back_up, url_of(filled), copy, now=NOW) for copy in copies]
        stopping.set()

    for copy, words in zip(copies, told, strict=True):
        check(copy)
        assert f"copied {filled} to {copy} " in words
        with closing(sqlite3.connect(copy)) as connection:
            written = connection.execute(
                "SELECT name FROM notes WHERE name <> 'copied at' ORDER BY rowid"
            ).fetchall()
            (posts,) = connection.execute("SELECT count(*) FROM deliveries").fetchone()
        assert [name for (name,) in written] == [f"{n}" for n in range(len(written))]
        assert posts == 20_000
    assert writes.rows > 0
    # 0.1 s is the aim on a machine that does nothing else, which a test cannot ask for.
    assert writes.slowest < 1


async def test_d10_a_copy_that_is_put_back_is_the_database_as_it_was(filled: Path) -> None:
    copy = filled.with_name("my copy.db")
    words = back_up(url_of(filled), copy, now=NOW)
    async with open_database(url_of(filled)) as database, database.write() as db:
        await db.execute(sa.delete(deliveries))

    put_back = words.partition("then: ")[2]
    done = await asyncio.create_subprocess_shell(put_back)

    assert await done.wait() == 0
    async with open_database(url_of(filled)) as database, database.read() as db:
        assert await db.scalar(sa.select(sa.func.count()).select_from(deliveries)) == 20_000


def test_d10_a_copy_replaces_no_file(tmp_path: Path) -> None:
    file, there = tmp_path / "themata.db", tmp_path / "there.db"
    sqlite3.connect(file).close()
    there.write_text("mine")

    with pytest.raises(CannotBackUp, match="is there already"):
        back_up(url_of(file), there, now=NOW)

    assert there.read_text() == "mine"


def test_d10_what_cannot_be_copied_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    file, damaged = tmp_path / "themata.db", tmp_path / "damaged.db"
    put(damaged, b"no database" * 1000)
    sqlite3.connect(file).close()
    before = set(tmp_path.iterdir())

    for url, to, why in (
        (url_of(tmp_path / "none.db"), "a.db", "there is no database in"),
        (url_of(damaged), "a.db", "is damaged, so there is no copy"),
        (url_of(file), "no/folder/a.db", "cannot be"),
        ("postgresql://ada@db.example/news", "a.dump", "pg_dump --format=custom --file="),
        ("mysql://db.example/news", "a.dump", "only SQLite and PostgreSQL"),
    ):
        with pytest.raises(CannotBackUp, match=why):
            back_up(url, tmp_path / to, now=NOW)

    assert set(tmp_path.iterdir()) == before


async def claims_and_their_places(database: Database, log: Path) -> list[int]:
    """Claim each delivery in a transaction of its own; return how long the log was after each."""
    ends: list[int] = []
    for number in count():
        async with database.write() as db:
            claimed = await claims.claim_due(
                db, "discord", now=NOW, most=1, claim=f"claim{number}."
            )
        if not claimed:
            return ends
        ends.append(len(content_of(log)))
    raise AssertionError("there is always a next number")


def torn(size: int, times: int) -> Iterator[tuple[int, bytes]]:
    """Give where the log ends when the power is lost, and what nonsense may stand there."""
    for seed in range(times):
        chance = seeded(seed)
        yield chance.randrange(size + 1), chance.randbytes(chance.choice((0, 512, 4096)))


@pytest.mark.parametrize("times", [50, pytest.param(150, marks=pytest.mark.long)])
async def test_k9_a_log_torn_anywhere_keeps_every_claim_that_was_committed(
    database_file: Path, times: int
) -> None:
    file, after = database_file, database_file.with_name("after.db")
    log, log_after = Path(f"{file}-wal"), Path(f"{after}-wal")
    async with open_database(url_of(file)) as database:
        await fill(database, posts=60, channels=60)
    async with open_database(url_of(file)) as database:
        ends = await claims_and_their_places(database, log)
        rows, written = content_of(file), content_of(log)

    for end, nonsense in torn(len(written), times):
        put(after, rows)
        put(log_after, written[:end] + nonsense)
        with closing(sqlite3.connect(after)) as connection:
            (sound,) = connection.execute("PRAGMA quick_check").fetchone()
            states = [s for (s,) in connection.execute("SELECT state FROM deliveries ORDER BY id")]
        committed = sum(place <= end for place in ends)
        assert sound == "ok"
        assert states == ["sending"] * committed + ["waiting"] * (60 - committed)

    assert len(ends) == 60
    assert all(one < other for one, other in pairwise(ends))
