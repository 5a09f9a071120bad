"""All rows of a database, to be compared and put back."""

import sqlalchemy as sa

from core.db import Database
from core.tables import metadata

Rows = dict[str, list[tuple[object, ...]]]
"""The rows of each table, in an order of their own."""


async def every_row(database: Database) -> Rows:
    """Return all that stands in the database."""
    async with database.read() as db:
        return {
            table.name: sorted(map(tuple, await db.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }


async def put_back(database: Database, rows: Rows) -> None:
    """Let exactly these rows stand in the database."""
    async with database.write() as db:
        for table in reversed(metadata.sorted_tables):
            await db.execute(sa.delete(table))
        for table in metadata.sorted_tables:
            named = [dict(zip(table.columns.keys(), row, strict=True)) for row in rows[table.name]]
            if named:
                await db.execute(sa.insert(table), named)
