"""What is kept between two looks at a source, and between two runs."""

import sqlalchemy as sa

from core.tables.columns import Id, UtcTime, metadata, words

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    # As it was configured when the rest was learned.
    words("place"),
    sa.Column("first_read_at", UtcTime),
    sa.Column("read_at", UtcTime),
    words("etag"),
    words("last_modified"),
    words("moved_to"),
    sa.Column("moved_times", sa.Integer, nullable=False, server_default="0"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", UtcTime),
    sa.Column("gone_because", sa.Text),
)

# By what the items of a source are known again: digests, so that each is short.
sightings = sa.Table(
    "sightings",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    # Nothing where several articles share the key, so that it tells nothing.
    sa.Column("article_id", Id),
    sa.Column("first_seen_at", UtcTime, nullable=False),
    sa.Column("last_seen_at", UtcTime, nullable=False),
    sa.Index(None, "key"),
    sqlite_with_rowid=False,
)

# Small facts kept between runs, by name.
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
