"""All rows of a database, to be compared and put back."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import Database
from core.tables import metadata

Rows = dict[str, list[tuple[object, ...]]]
"""The rows of each table, in an order of their own."""

_TABLES = metadata.sorted_tables
_COLUMNS = {table.name: ", ".join(f'"{it.name}"' for it in table.columns) for table in _TABLES}


async def every_row(database: Database) -> Rows:
    """Return all that stands in the database, on SQLite as it is written there."""
    async with database.read() as db:
        if database.is_shared:
            found = [(await db.execute(sa.select(table))).all() for table in _TABLES]
        else:
            asked = [f"SELECT {_COLUMNS[table.name]} FROM {table.name}" for table in _TABLES]  # noqa: S608 (names of ours)
            found = await _at_one_go(db, [(it, ()) for it in asked])
    return {
        table.name: sorted(map(tuple, rows), key=repr)
        for table, rows in zip(_TABLES, found, strict=True)
    }


async def put_back(database: Database, rows: Rows) -> None:
    """Let exactly these rows stand in the database."""
    deletes = [sa.delete(table) for table in reversed(_TABLES)]
    async with database.write() as db:
        if not database.is_shared:
            inserts = [(_insert(name), row) for name in rows for row in rows[name]]
            await _at_one_go(db, [*((str(it), ()) for it in deletes), *inserts])
            return
        for delete in deletes:
            await db.execute(delete)
        for table in _TABLES:
            named = [dict(zip(table.columns.keys(), row, strict=True)) for row in rows[table.name]]
            if named:
                await db.execute(sa.insert(table), named)


def _insert(name: str) -> str:
    places = ", ".join("?" for _ in metadata.tables[name].columns)
    return f"INSERT INTO {name} ({_COLUMNS[name]}) VALUES ({places})"  # noqa: S608 (as above)


async def _at_one_go(
    db: AsyncConnection, each: Sequence[tuple[str, Sequence[object]]]
) -> list[Sequence[Any]]:
    """Carry out these statements of SQLite, by the driver: one by one they take ten times as long.

    Returns the rows that each gives.
    """
    driver: Any = (await db.get_raw_connection()).driver_connection
    return [rows or () for rows in await driver.carry_out(each)]
