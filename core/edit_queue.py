"""Edits that are asked for: by the key of a message, each message once."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import insert
from core.tables import edits

# As a literal, not a parameter: PostgreSQL's generic plan would not use the partial index.
WAITING = edits.c.state == sa.literal_column("'waiting'")


async def ask(db: AsyncConnection, messages: sa.Select[str, str, int, object]) -> int:
    """Have messages edited: a query for their keys, platforms, addresses, and from when on.

    Returns how many they are.
    """
    key, platform, address_id, due_at = messages.selected_columns
    rows = messages.with_only_columns(
        key, platform, address_id, sa.literal_column("'waiting'"), due_at
    )
    asked = insert(db, edits).from_select(
        ["key", "platform", "address_id", "state", "due_at"], rows
    )
    again = {
        "state": "waiting",
        # One that waits already keeps its turn, and one that is being made its claim.
        "due_at": sa.case((WAITING, edits.c.due_at), else_=asked.excluded.due_at),
        "attempts": 0,
        "asked": edits.c.asked + 1,
        "reason": None,
    }
    asking = asked.on_conflict_do_update(index_elements=["key"], set_=again)
    return (await db.execute(asking)).rowcount
