"""What commands and articles cost does not grow with what is followed, or came before."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from core import articles, gists, outbox, related, stories
from core.commands import Caller, parse
from core.db import Database, open_database
from core.desk import Desk
from core.intake import Intake
from core.posting import Address
from core.sources import Draft, NamedStory

COMMANDS = (
    *(
        "subscribe llms",
        "subscribe agents heat:40 -meta daily",
        "subscriptions",
        "unsubscribe llms",
    ),
    *("channel follow llms", "channel follow meta", "channel status", "channel resume"),
    *("channel unfollow llms", "channel log here", "channel zone Europe/Paris", "unsubscribe"),
    *("zone Europe/Paris", "catchup 2d", "latest llms", "tags"),
    *("search openai #llms", "search newest openai ipo", "trending", "trending week llms"),
)
CALLER = Caller("1", Address("discord", "1", "10"), Address("discord", "@me", "1"), may_manage=True)
GROWING = re.compile(r"SCAN (addresses|rules|subscriptions|exclusions)\b.*")
"""What a plan says of a table that it reads from its beginning to its end."""

GROWING_NEWS = re.compile(
    r"SCAN (articles|article_tags|gists|keywords|mentions|stories|deliveries|sightings)\b.*"
)
"""The same of what grows with each article."""

Statement = tuple[str, tuple[object, ...]]


@contextmanager
def heard(database: Database) -> Iterator[list[Statement]]:
    """Give the statements that are executed meanwhile."""
    statements = list[Statement]()

    def keep(_db: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        # Of many values for one statement the first stand for all: each has the same plan.
        first = values[0] if isinstance(values, list) else values
        assert isinstance(first, tuple)
        statements.append((statement, first))

    engines = [database._writer.sync_engine, database._reader.sync_engine]
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", keep)
    try:
        yield statements
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", keep)


async def test_no_command_reads_through_what_others_follow(database_file: Path) -> None:
    async with open_database(f"sqlite:///{database_file}") as database:
        desk = Desk(database, {"llms": [], "agents": [], "meta": []})
        with heard(database) as statements:
            for words in COMMANDS:
                await desk.answer(parse(words), CALLER)

    read_through = {
        (found[0], statement)
        for statement, values in statements
        for found in GROWING.finditer(plan_of(database_file, statement, values))
    }
    assert any("DELETE FROM rules" in statement for statement, _ in statements)
    assert not read_through


async def test_no_part_of_a_fan_out_reads_through_all_who_follow(database_file: Path) -> None:
    desk_commands = ("subscribe llms when:daily 08:00 -meta", "channel follow llms most:3")
    async with open_database(f"sqlite:///{database_file}") as database:
        desk = Desk(database, {"llms": [], "meta": []})
        for words in desk_commands:
            await desk.answer(parse(words), CALLER)
        later = datetime.now(UTC) + timedelta(days=2)
        draft = Draft(title="A", url="https://themata.ai/news/a", tags=("llms",))
        with heard(database) as statements:
            await Intake(database).take_in(draft, source="site", now=later)

    read_through = {
        (found[0], statement)
        for statement, values in statements
        # Whether there is any at all is known with the first.
        if not statement.startswith("SELECT EXISTS")
        for found in GROWING.finditer(plan_of(database_file, statement, values))
    }
    assert any("UPDATE rules SET later_at" in statement for statement, _ in statements)
    assert not read_through


async def test_no_article_that_comes_reads_through_those_before_nor_does_what_is_related_to_it(
    database_file: Path,
) -> None:
    now = datetime(2026, 6, 22, 12, tzinfo=UTC)
    draft = Draft(
        title="Ferry hits a pier in thick fog",
        url="https://themata.ai/news/a",
        summary="A ferry hit a pier in Dover, and nobody was hurt.",
        original_url="https://example.com/ferry",
        tags=("boats", "fog"),
        related=(NamedStory("Pier closed", url="https://themata.ai/news/c"),),
    )
    again = replace(draft, title="Ferry hits pier", url="https://themata.ai/b", original_url="")
    async with open_database(f"sqlite:///{database_file}") as database:
        await Intake(database).take_in(draft, source="site", now=now)
        with heard(database) as statements:
            await Intake(database).take_in(again, source="site", now=now)
            async with database.write() as db:
                came = (await articles.by_ids(db, [2]))[2]
                await related.to_article(db, came)
                await related.to_words(db, "ferry fog")
                await gists.note(db, came.id, again, now)
            assert await _tellers_of_first(database) == [1, 2]

    read_through = {
        (found[0], statement)
        for statement, values in statements
        for found in GROWING_NEWS.finditer(plan_of(database_file, statement, values))
    }
    assert any("FROM mentions" in statement for statement, _ in statements)
    assert not read_through


async def _tellers_of_first(database: Database) -> Sequence[int]:
    async with database.read() as db:
        return await stories.tellers(db, 1)


async def test_what_a_message_posts_is_found_by_the_messages_id(database_file: Path) -> None:
    async with open_database(f"sqlite:///{database_file}") as database:
        with heard(database) as statements:
            async with database.read() as db:
                await outbox.posted_as(db, Address("discord", "1", "10", "1700"))

    plans = [plan_of(database_file, *it) for it in statements if "message_id" in it[0]]
    assert [("ix_deliveries_message_id" in plan, "SCAN" in plan) for plan in plans] == [
        (True, False)
    ]


def plan_of(file: Path, statement: str, values: tuple[object, ...]) -> str:
    """Return how SQLite goes about a statement, what its foreign keys ask for included."""
    if statement.startswith(("BEGIN", "PRAGMA")):
        return ""
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA foreign_keys = 1")
        steps = db.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    return "\n".join(str(step[-1]) for step in steps)
