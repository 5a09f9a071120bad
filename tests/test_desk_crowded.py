"""The desk when many ask at the same moment."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from core.commands import Caller, parse
from core.db import Database
from core.desk import Desk
from core.posting import Address
from tests.conftest import NOW

CROWD = 60


def someone(number: int) -> Caller:
    """Return one of the crowd."""
    person = str(number)
    return Caller(person, Address("discord", "1", "10"), Address("discord", "@me", person))


@contextmanager
def told_of(database: Database, event: str, happened: Callable[..., None]) -> Iterator[None]:
    """Call `happened` at each such event of the connections that read."""
    engine = database._reader.sync_engine
    sa.event.listen(engine, event, happened)
    try:
        yield
    finally:
        sa.event.remove(engine, event, happened)


async def test_a_crowd_is_answered_over_few_connections(database: Database) -> None:
    desk, opened = Desk(database, {"llms": []}), list[object]()

    with told_of(database, "connect", lambda connection, _: opened.append(connection)):
        asked = (desk.answer(parse("subscriptions"), someone(n)) for n in range(CROWD))
        answers = await asyncio.gather(*asked)

    assert len(opened) <= 4
    assert all(answer.parts for answer in answers)


async def test_a_crowd_has_the_tags_read_once(database: Database) -> None:
    desk, statements = Desk(database, {"llms": []}, clock=lambda: NOW), list[str]()

    def keep(_db: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    with told_of(database, "before_cursor_execute", keep):
        await asyncio.gather(*(desk.suggest("l") for _ in range(CROWD)))

    assert sum("article_tags" in statement for statement in statements) == 1
