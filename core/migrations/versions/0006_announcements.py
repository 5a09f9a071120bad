"""What the bot itself says in channels, until it is known that it stands."""

import sqlalchemy as sa
from alembic import op

from core.tables import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table of what is to be said."""
    op.create_table(
        "announcements",
        sa.Column("id", _ID, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, nullable=False, server_default=""),
        sa.Column("what", sa.JSON, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("tried_at", UtcTime),
        sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
    )
    due = ["platform", "due_at"]
    op.create_index("ix_announcements_platform_due_at", "announcements", due)
