"""What is posted where, and what is edited there."""

import sqlalchemy as sa

from core.tables.columns import Id, UtcTime, metadata, words

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    # No foreign keys: rows are made from those of both tables, and to look each up again costs
    # PostgreSQL two fifths of a fan-out.
    sa.Column("article_id", Id, nullable=False),
    sa.Column("address_id", Id, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("queued_at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    # The rule by which it comes, its style (empty for the operator's), and whom it mentions.
    sa.Column("rule_id", Id),
    words("style"),
    words("mention"),
    # Why it comes later than at once: digest, quiet or cap; else empty.
    words("kept"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("key", sa.Text),
    # When a try began that may have been carried out, and how often it was looked for since.
    sa.Column("tried_at", UtcTime),
    sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
    # When it may be tried again, and until when those behind it in its channel wait for it.
    sa.Column("not_before", UtcTime),
    sa.Column("holds_line_until", UtcTime),
    # Goes out with all others like it at its address, as one message.
    sa.Column("catch_up", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("lease_until", UtcTime),
    sa.Column("message_id", sa.Text),
    # The delivery at this address that told the story first, of later coverage.
    sa.Column("lead_id", Id),
    # The message in whose thread it stands, of what is no post of its own.
    sa.Column("below", sa.Text),
    sa.Column("posted_at", UtcTime),
    sa.Column("reason", sa.Text),
    # What makes a second post of an article in a channel impossible.
    sa.UniqueConstraint("article_id", "address_id"),
)
sa.Index(
    "ix_deliveries_waiting",
    deliveries.c.platform,
    deliveries.c.due_at,
    deliveries.c.address_id,
    deliveries.c.id,
    sqlite_where=deliveries.c.state == "waiting",
    postgresql_where=deliveries.c.state == "waiting",
)
sa.Index(
    "ix_deliveries_sending",
    deliveries.c.platform,
    deliveries.c.lease_until,
    sqlite_where=deliveries.c.state == "sending",
    postgresql_where=deliveries.c.state == "sending",
)
sa.Index(
    "ix_deliveries_held",
    deliveries.c.address_id,
    sqlite_where=deliveries.c.state == "held",
    postgresql_where=deliveries.c.state == "held",
)

sa.Index(
    "ix_deliveries_behind",
    deliveries.c.platform,
    sqlite_where=deliveries.c.state == "behind",
    postgresql_where=deliveries.c.state == "behind",
)

sa.Index(
    "ix_deliveries_kept",
    deliveries.c.address_id,
    sqlite_where=sa.and_(deliveries.c.state == "waiting", deliveries.c.kept != ""),
    postgresql_where=sa.and_(deliveries.c.state == "waiting", deliveries.c.kept != ""),
)
sa.Index(
    "ix_deliveries_line",
    deliveries.c.address_id,
    sqlite_where=deliveries.c.holds_line_until.is_not(None),
    postgresql_where=deliveries.c.holds_line_until.is_not(None),
)

sa.Index(
    "ix_deliveries_lead_id",
    deliveries.c.lead_id,
    sqlite_where=deliveries.c.lead_id.is_not(None),
    postgresql_where=deliveries.c.lead_id.is_not(None),
)

# By it the articles are found that a message is about.
sa.Index(
    "ix_deliveries_message_id",
    deliveries.c.message_id,
    sqlite_where=deliveries.c.message_id.is_not(None),
    postgresql_where=deliveries.c.message_id.is_not(None),
)

sa.Index(
    "ix_deliveries_key",
    deliveries.c.key,
    sqlite_where=deliveries.c.key.is_not(None),
    postgresql_where=deliveries.c.key.is_not(None),
)

# Messages that are to be edited where they stand, by the key that their deliveries share.
edits = sa.Table(
    "edits",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("address_id", Id, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    # How often it was asked for: what is asked for while an edit is on its way comes after it.
    sa.Column("asked", sa.Integer, nullable=False, server_default="1"),
    sa.Column("reason", sa.Text),
)
sa.Index(
    "ix_edits_waiting",
    edits.c.platform,
    edits.c.due_at,
    edits.c.address_id,
    edits.c.key,
    sqlite_where=edits.c.state == "waiting",
    postgresql_where=edits.c.state == "waiting",
)

# Posts that are to be passed on to the channels elsewhere that follow theirs.
crossposts = sa.Table(
    "crossposts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("address_id", Id, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    # Until then it belongs to who passes it on.
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("ended_at", UtcTime),
    sa.Column("reason", sa.Text),
    sa.UniqueConstraint("address_id", "message_id"),
)
sa.Index(
    "ix_crossposts_waiting",
    crossposts.c.platform,
    crossposts.c.due_at,
    sqlite_where=crossposts.c.state == "waiting",
    postgresql_where=crossposts.c.state == "waiting",
)

# Articles whose deliveries are not all queued yet.
fanouts = sa.Table(
    "fanouts",
    metadata,
    sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("catch_up", sa.Boolean, nullable=False, server_default=sa.false()),
    # Only for rules that ask for more heat than this: it was less hot before.
    sa.Column("above", sa.Integer, nullable=False, server_default="-1"),
)
