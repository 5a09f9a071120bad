"""Small facts that are kept between runs, by name."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import insert
from core.tables import notes


async def recall(db: AsyncConnection, name: str) -> str | None:
    """Return what was remembered under `name`."""
    value: str | None = await db.scalar(select(notes.c.value).where(notes.c.name == name))
    return value


async def remember(db: AsyncConnection, name: str, value: str) -> None:
    """Keep `value` under `name`, instead of what was there."""
    kept = insert(db, notes).values(name=name, value=value)
    await db.execute(
        kept.on_conflict_do_update(index_elements=["name"], set_={"value": kept.excluded.value})
    )


async def keep(db: AsyncConnection, name: str, value: str) -> str:
    """Keep `value` under `name` unless something is there already, and return what is there."""
    kept = insert(db, notes).values(name=name, value=value)
    await db.execute(kept.on_conflict_do_nothing())
    return await recall(db, name) or value


async def forget(db: AsyncConnection, name: str) -> None:
    """Keep nothing under `name`."""
    await db.execute(delete(notes).where(notes.c.name == name))
