"""Migrates a database again and again, killed some statements later each time, until it is done.

Prints after each time how many tables there are. A program of its own: it forks.
"""

import asyncio
import os
import signal
import sys
from itertools import count

import alembic.command  # noqa: F401 (loaded once, not in every child)
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from core.db import database_url, open_database


async def migrate(url: str, statements: int) -> None:
    """Migrate the database, and die before it has executed so many statements."""
    left = count(statements - 1, -1)

    def die(*_told: object) -> None:
        if next(left) < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "before_cursor_execute", die)
    async with open_database(url):
        pass


async def tables(url: str) -> int:
    """Return how many tables there are."""
    engine = create_async_engine(database_url(url))
    async with engine.connect() as db:
        found = await db.run_sync(lambda connection: sa.inspect(connection).get_table_names())
    await engine.dispose()
    return len(found)


def main(url: str, every: int) -> None:
    """Go on until a migration is through, killing at every so many statements."""
    for statements in count(step=every):
        if not os.fork():
            asyncio.run(migrate(url, statements))
            os._exit(0)
        _, status = os.wait()
        sys.stdout.write(f"{asyncio.run(tables(url))}\n")
        if status == 0:
            return


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
