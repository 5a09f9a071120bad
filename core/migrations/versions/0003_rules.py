"""Subscriptions by topic, on the terms of a rule; what was followed is followed as before."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from core.tables import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Give every address that follows something one rule without terms."""
    _make_rules()
    _make_exclusions()
    _fill_rules()
    # It gets another key, which SQLite cannot give to a table that stands.
    op.execute("CREATE TABLE followed AS SELECT tag, address_id FROM subscriptions")
    op.drop_table("subscriptions")
    _make_subscriptions()
    _fill_subscriptions()
    op.drop_table("followed")
    op.add_column(
        "articles", sa.Column("is_news", sa.Boolean, nullable=False, server_default=sa.true())
    )
    op.add_column("articles", sa.Column("looked_at", UtcTime))
    op.add_column("fanouts", sa.Column("above", sa.Integer, nullable=False, server_default="-1"))
    op.add_column("addresses", _words("zone"))
    _add_beside()
    op.add_column("deliveries", sa.Column("rule_id", _ID))
    op.add_column("deliveries", _words("style"))
    _add_mentions()
    op.add_column("deliveries", _words("kept"))
    is_kept = sa.text("state = 'waiting' AND kept != ''")
    op.create_index(
        "ix_deliveries_kept",
        "deliveries",
        ["address_id"],
        sqlite_where=is_kept,
        postgresql_where=is_kept,
    )


def _add_mentions() -> None:
    """Let rules mention a role or group in their posts."""
    op.add_column("deliveries", _words("mention"))
    mentions = sa.text("mention != ''")
    op.create_index(
        "ix_rules_mentioning",
        "rules",
        ["address_id"],
        sqlite_where=mentions,
        postgresql_where=mentions,
    )


def _add_beside() -> None:
    """Let members follow something beside a channel."""
    op.add_column("addresses", sa.Column("beside_id", _ID))
    is_beside = sa.text("beside_id IS NOT NULL")
    op.create_index(
        "ix_addresses_beside_id",
        "addresses",
        ["beside_id"],
        sqlite_where=is_beside,
        postgresql_where=is_beside,
    )
    op.add_column("deliveries", sa.Column("below", sa.Text))
    is_behind = sa.text("state = 'behind'")
    op.create_index(
        "ix_deliveries_behind",
        "deliveries",
        ["platform"],
        sqlite_where=is_behind,
        postgresql_where=is_behind,
    )


def _make_rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", _ID, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("heat", sa.Integer, nullable=False, server_default="0"),
        sa.Column("moods", sa.Integer, nullable=False, server_default="31"),
        sa.Column("concerns", sa.Integer, nullable=False, server_default="3"),
        sa.Column("exclusions", sa.Integer, nullable=False, server_default="0"),
        _words("style"),
        _words("mention"),
        *_schedule(),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        _refers("rules", "address_id", "addresses"),
    )
    _index_rules()


def _index_rules() -> None:
    op.create_index("ix_rules_address_id", "rules", ["address_id"])
    has_schedule = sa.text("turns_at IS NOT NULL")
    op.create_index(
        "ix_rules_scheduled",
        "rules",
        ["address_id", "turns_at"],
        sqlite_where=has_schedule,
        postgresql_where=has_schedule,
    )
    has_limit = sa.text("left_today IS NOT NULL")
    op.create_index(
        "ix_rules_limited",
        "rules",
        ["address_id"],
        sqlite_where=has_limit,
        postgresql_where=has_limit,
    )


def _make_exclusions() -> None:
    op.create_table(
        "exclusions",
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("rule_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("word", "address_id", "rule_id", name="pk_exclusions"),
        _refers("exclusions", "address_id", "addresses"),
        _refers("exclusions", "rule_id", "rules"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_exclusions_rule_id", "exclusions", ["rule_id"])


def _schedule() -> "tuple[sa.Column[Any], ...]":
    return (
        _words("days"),
        sa.Column("minute", sa.Integer, nullable=False, server_default="0"),
        sa.Column("weekday", sa.Integer, nullable=False, server_default="0"),
        sa.Column("quiet_from", sa.Integer),
        sa.Column("quiet_to", sa.Integer),
        sa.Column("most_a_day", sa.Integer, nullable=False, server_default="0"),
        sa.Column("minutes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("paused_until", UtcTime),
        sa.Column("later_at", UtcTime),
        sa.Column("left_today", sa.Integer),
        sa.Column("left_until", UtcTime),
        sa.Column("rest_at", UtcTime),
        sa.Column("turns_at", UtcTime),
    )


def _fill_rules() -> None:
    op.execute(
        "INSERT INTO rules (address_id, set_by, set_at)"
        " SELECT address_id, min(set_by), min(set_at) FROM subscriptions GROUP BY address_id"
    )


def _make_subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("rule_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("topic", "address_id", "rule_id", name="pk_subscriptions"),
        _refers("subscriptions", "address_id", "addresses"),
        _refers("subscriptions", "rule_id", "rules"),
        sqlite_with_rowid=False,
    )


def _fill_subscriptions() -> None:
    op.execute(
        "INSERT INTO subscriptions (topic, address_id, rule_id)"
        " SELECT f.tag, f.address_id, r.id FROM followed f"
        " JOIN rules r ON r.address_id = f.address_id"
    )
    op.create_index("ix_subscriptions_address_id", "subscriptions", ["address_id"])
    op.create_index("ix_subscriptions_rule_id", "subscriptions", ["rule_id"])


def _words(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{to}"
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
