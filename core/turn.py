"""A turn: the right to do what only one process may do at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import Database

log = logging.getLogger(__name__)

_KIND = 0x7E3A7B  # tells these locks of the database from others


class Turn:
    """What is held while it is one's turn."""

    def __init__(self, connection: AsyncConnection | None) -> None:
        self._connection = connection

    async def lasts(self) -> bool:
        """Say whether it still is: a server that was restarted has forgotten it."""
        if self._connection is None:
            return True
        try:
            await self._connection.execute(sa.select(1))
        except (SQLAlchemyError, OSError):
            return False
        return True


@asynccontextmanager
async def turn(
    database: Database, name: str, stopping: asyncio.Event, *, look_every: float = 2.0
) -> AsyncIterator[Turn]:
    """Wait for the turn of this name and hold it to the end, or until the process dies.

    Whether it has come is looked up every so many seconds. A file has one process anyway. When it
    is `stopping` the turn may not have come: look at it. Raises `SQLAlchemyError` or `OSError` if
    the server is away.
    """
    if not database.is_shared:
        yield Turn(None)
        return
    async with database.session() as connection:
        await _wait_for(connection, name, stopping, look_every)
        try:
            yield Turn(connection)
        finally:
            # The pool would keep the connection, and with it the turn.
            with suppress(SQLAlchemyError, OSError):
                await connection.invalidate()


async def _wait_for(
    connection: AsyncConnection, name: str, stopping: asyncio.Event, look_every: float
) -> None:
    mine = sa.select(sa.func.pg_try_advisory_lock(_KIND, sa.func.hashtext(name)))
    told = False
    while not stopping.is_set() and not await connection.scalar(mine):
        if not told:
            log.info("waits for its turn to %s: another process has it", name)
            told = True
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), look_every)
