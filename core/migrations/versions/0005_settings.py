"""Settings that mods make in the chat, their history, and what is told in a log channel."""

import sqlalchemy as sa
from alembic import op

from core.tables import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what is set for a channel, and the tables of changes, lines to tell and crossposts."""
    off = sa.false()
    op.add_column("addresses", sa.Column("paused_until", UtcTime))
    op.add_column("addresses", sa.Column("managers", sa.Text, nullable=False, server_default=""))
    op.add_column(
        "addresses", sa.Column("crosspost", sa.Boolean, nullable=False, server_default=off)
    )
    op.add_column("addresses", sa.Column("introduced_at", UtcTime))
    _make_changes()
    _make_log_lines()
    _make_crossposts()


def _make_crossposts() -> None:
    op.create_table(
        "crossposts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("ended_at", UtcTime),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_crossposts"),
        sa.UniqueConstraint("address_id", "message_id", name="uq_crossposts_address_id_message_id"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_crossposts_waiting",
        "crossposts",
        ["platform", "due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _make_changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False, server_default=""),
        sa.Column("changed_by", sa.Text, nullable=False, server_default=""),
        sa.Column("changed_at", UtcTime, nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("undone_at", UtcTime),
        sa.Column("undoes_id", _ID),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    where = ["platform", "workspace", "channel", "id"]
    op.create_index("ix_changes_platform_workspace_channel_id", "changes", where)


def _make_log_lines() -> None:
    op.create_table(
        "log_lines",
        sa.Column("id", _ID, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("happened_at", UtcTime, nullable=False),
        sa.Column("told_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_log_lines"),
    )
    of_a_cause = ["platform", "workspace", "cause", "happened_at"]
    op.create_index("ix_log_lines_platform_workspace_cause_happened_at", "log_lines", of_a_cause)
