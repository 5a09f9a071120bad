"""Articles, subscriptions by tag, and deliveries."""

import sqlalchemy as sa
from alembic import op

from core.tables import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _words(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _list(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.JSON, nullable=False, server_default="[]")


def upgrade() -> None:
    """Make every table of the first release."""
    _make_articles()
    _make_subscriptions()
    _make_deliveries()
    _make_edits()
    _make_memory()


def _make_articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", _ID, nullable=False),
        sa.Column("canonical_url", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("first_seen_at", UtcTime, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        *(_words("dek"), _words("summary"), _list("takeaways"), _words("sentiment")),
        *(_list("positives"), _list("concerns")),
        sa.Column("heat", sa.Integer),
        sa.Column("reading_minutes", sa.Integer),
        *(_words("source_domain"), _words("original_url"), _words("image_url")),
        sa.Column("published_at", UtcTime),
        _list("related"),
        sa.Column("edits", sa.Integer, nullable=False, server_default="0"),
        sa.Column("retracted_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("canonical_url", name="uq_articles_canonical_url"),
    )
    op.create_table(
        "article_tags",
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "tag", name="pk_article_tags"),
        _refers("article_tags", "article_id", "articles"),
    )
    op.create_index("ix_article_tags_tag_article_id", "article_tags", ["tag", "article_id"])


def _make_subscriptions() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", _ID, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        _words("thread"),
        *(sa.Column("paused_because", sa.Text), sa.Column("pause_kind", sa.Text)),
        *(sa.Column("paused_at", UtcTime), sa.Column("told_at", UtcTime)),
        *(sa.Column("told_of", sa.Text), sa.Column("probe_at", UtcTime)),
        sa.Column("probes", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
        sa.UniqueConstraint(
            *("platform", "workspace", "channel", "thread"),
            name="uq_addresses_platform_workspace_channel_thread",
        ),
    )
    op.create_table(
        "workspaces",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("left_at", UtcTime),
        _words("notices_channel"),
        sa.PrimaryKeyConstraint("platform", "workspace", name="pk_workspaces"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("tag", "address_id", name="pk_subscriptions"),
        _refers("subscriptions", "address_id", "addresses"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_subscriptions_address_id", "subscriptions", ["address_id"])


def _make_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("queued_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("key", sa.Text),
        sa.Column("tried_at", UtcTime),
        sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
        *(sa.Column("not_before", UtcTime), sa.Column("holds_line_until", UtcTime)),
        sa.Column("catch_up", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("lease_until", UtcTime),
        sa.Column("message_id", sa.Text),
        sa.Column("posted_at", UtcTime),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("article_id", "address_id", name="uq_deliveries_article_id_address_id"),
    )
    _index_state("deliveries", "waiting", ["platform", "due_at", "address_id", "id"])
    _index_state("deliveries", "sending", ["platform", "lease_until"])
    _index_state("deliveries", "held", ["address_id"])
    _index_where("ix_deliveries_line", "deliveries", ["address_id"], "holds_line_until IS NOT NULL")
    _index_where("ix_deliveries_key", "deliveries", ["key"], "key IS NOT NULL")
    op.create_table(
        "fanouts",
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("after_address", _ID, nullable=False),
        sa.Column("catch_up", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("article_id", name="pk_fanouts"),
        _refers("fanouts", "article_id", "articles"),
    )


def _make_edits() -> None:
    op.create_table(
        "edits",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("asked", sa.Integer, nullable=False, server_default="1"),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_edits"),
    )
    _index_state("edits", "waiting", ["platform", "due_at", "address_id", "key"])


def _make_memory() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.Text, nullable=False),
        _words("place"),
        sa.Column("first_read_at", UtcTime),
        sa.Column("read_at", UtcTime),
        *(_words("etag"), _words("last_modified"), _words("moved_to")),
        sa.Column("moved_times", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("not_before", UtcTime),
        sa.Column("gone_because", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )
    op.create_table(
        "sightings",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("article_id", _ID),
        sa.Column("first_seen_at", UtcTime, nullable=False),
        sa.Column("last_seen_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name="pk_sightings"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sightings_key", "sightings", ["key"])
    op.create_table(
        "notes",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_notes"),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _index_state(table: str, state: str, columns: list[str]) -> None:
    _index_where(f"ix_{table}_{state}", table, columns, f"state = '{state}'")


def _index_where(name: str, table: str, columns: list[str], where: str) -> None:
    which = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=which, postgresql_where=which)
