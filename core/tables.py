"""The schema on one screen. `core/migrations/` brings a database to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: timestamptz on PostgreSQL, integer microseconds on SQLite.

    SQLite would drop the zone of a time without converting it. A naive time is refused.
    """

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column's type on this database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 (a driver's value)
        """Return what the driver stores for `value`."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored time needs its zone: {value!r}")
        if dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 (a driver's value)
        """Return the time that the driver stored as `value`."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return _EPOCH + timedelta(microseconds=value)


# SQLite numbers rows by itself only where the type is exactly INTEGER.
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _words(name: str) -> sa.Column[str]:
    """Return a column of text that is empty where nothing is known."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _list(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON, nullable=False, server_default="[]")


articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("canonical_url", sa.Text, nullable=False, unique=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("first_seen_at", UtcTime, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    _words("dek"),
    _words("summary"),
    _list("takeaways"),
    _words("sentiment"),
    _list("positives"),
    _list("concerns"),
    sa.Column("heat", sa.Integer),
    sa.Column("reading_minutes", sa.Integer),
    _words("source_domain"),
    _words("original_url"),
    _words("image_url"),
    sa.Column("published_at", UtcTime),
    _list("related"),
    # How often its source changed what it tells.
    sa.Column("edits", sa.Integer, nullable=False, server_default="0"),
    sa.Column("retracted_at", UtcTime),
    # It was posted when it came, and not only stored: it may be posted again where it grew hot.
    sa.Column("is_news", sa.Boolean, nullable=False, server_default=sa.true()),
    # When its source was last read for it again.
    sa.Column("looked_at", UtcTime),
    # By it the stories are found that a page names without an address.
    sa.Index(None, "title"),
)

article_tags = sa.Table(
    "article_tags",
    metadata,
    sa.Column("article_id", _Id, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Index(None, "tag", "article_id"),
)

# Compared byte by byte: in a language's order PostgreSQL looks words up far more slowly.
_Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# What articles are about. `core/keywords.py` says what its words are and what they weigh.
gists = sa.Table(
    "gists",
    metadata,
    sa.Column("article_id", _Id, sa.ForeignKey("articles.id"), primary_key=True),
    # When the article was published, or else first seen.
    sa.Column("told_at", UtcTime, nullable=False),
    # The weight of each of its words.
    sa.Column("words", sa.JSON, nullable=False),
    sa.Index(None, "told_at", "article_id"),
)

# In how many gists each word is; the empty word is in all of them.
keywords = sa.Table(
    "keywords",
    metadata,
    sa.Column("word", _Word, primary_key=True),
    sa.Column("articles", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

# The heaviest words of each gist, to find it by.
mentions = sa.Table(
    "mentions",
    metadata,
    sa.Column("word", _Word, primary_key=True),
    sa.Column("article_id", _Id, primary_key=True),
    sa.Column("weight", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

_IS_NAMED = sa.text("original != ''")
# The story that each article tells: others that tell the same have the same number.
stories = sa.Table(
    "stories",
    metadata,
    sa.Column("article_id", _Id, sa.ForeignKey("articles.id"), primary_key=True),
    # The first article that told it.
    sa.Column("story_id", _Id, nullable=False),
    # The canonical address of the original, where the article names one.
    _words("original"),
    sa.Index(None, "story_id"),
    sa.Index(None, "original", sqlite_where=_IS_NAMED, postgresql_where=_IS_NAMED),
)

# Articles of which a person said that they do not tell the same story. Each pair in both orders.
splits = sa.Table(
    "splits",
    metadata,
    sa.Column("article_id", _Id, primary_key=True),
    sa.Column("other_id", _Id, primary_key=True),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

addresses = sa.Table(
    "addresses",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    _words("thread"),
    sa.Column("paused_because", sa.Text),
    # closed: a person has to mend it; away: the platform's outage; left: the bot was removed.
    sa.Column("pause_kind", sa.Text),
    sa.Column("paused_at", UtcTime),
    # An IANA name, by whose clock its digests and quiet hours come; empty is UTC.
    _words("zone"),
    # The address of the channel beside which a member follows something, to be mentioned there.
    sa.Column("beside_id", _Id),
    # When people were last told of it, and of which reason.
    sa.Column("told_at", UtcTime),
    sa.Column("told_of", sa.Text),
    sa.Column("probe_at", UtcTime),
    sa.Column("probes", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("platform", "workspace", "channel", "thread"),
)
sa.Index(
    "ix_addresses_beside_id",
    addresses.c.beside_id,
    sqlite_where=addresses.c.beside_id.is_not(None),
    postgresql_where=addresses.c.beside_id.is_not(None),
)

# What is known of a workspace as a whole. One without a row is there, and has no notices channel.
workspaces = sa.Table(
    "workspaces",
    metadata,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("left_at", UtcTime),
    _words("notices_channel"),
)

# On which terms an address follows some of its topics. `core/rules.py` says what they mean.
rules = sa.Table(
    "rules",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("address_id", _Id, sa.ForeignKey("addresses.id"), nullable=False),
    sa.Column("heat", sa.Integer, nullable=False, server_default="0"),
    # Bits: positive, mixed, neutral, negative, not known.
    sa.Column("moods", sa.Integer, nullable=False, server_default="31"),
    # Bits: the community has concerns, it has none.
    sa.Column("concerns", sa.Integer, nullable=False, server_default="3"),
    # How many rows of `exclusions` it has, so that most need not look.
    sa.Column("exclusions", sa.Integer, nullable=False, server_default="0"),
    _words("style"),
    # The platform's id of the role or group that its posts mention; empty for none.
    _words("mention"),
    # On which days digests come, and when, in minutes of the local day; no days is at once.
    _words("days"),
    sa.Column("minute", sa.Integer, nullable=False, server_default="0"),
    sa.Column("weekday", sa.Integer, nullable=False, server_default="0"),
    sa.Column("quiet_from", sa.Integer),
    sa.Column("quiet_to", sa.Integer),
    sa.Column("most_a_day", sa.Integer, nullable=False, server_default="0"),
    # How many minutes of reading a digest brings; 0 is any.
    sa.Column("minutes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("paused_until", UtcTime),
    # What of this holds now, until `turns_at`: `core/timetable.py` keeps it.
    # When what matches now comes; empty is at once.
    sa.Column("later_at", UtcTime),
    # How many still come at once today, when that ends, and when the rest comes.
    sa.Column("left_today", sa.Integer),
    sa.Column("left_until", UtcTime),
    sa.Column("rest_at", UtcTime),
    sa.Column("turns_at", UtcTime),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
    sa.Index(None, "address_id"),
)
sa.Index(
    "ix_rules_scheduled",
    rules.c.address_id,
    rules.c.turns_at,
    sqlite_where=rules.c.turns_at.is_not(None),
    postgresql_where=rules.c.turns_at.is_not(None),
)

sa.Index(
    "ix_rules_mentioning",
    rules.c.address_id,
    sqlite_where=rules.c.mention != "",
    postgresql_where=rules.c.mention != "",
)

sa.Index(
    "ix_rules_limited",
    rules.c.address_id,
    sqlite_where=rules.c.left_today.is_not(None),
    postgresql_where=rules.c.left_today.is_not(None),
)

# Tags and domains of sources that a rule leaves out.
exclusions = sa.Table(
    "exclusions",
    metadata,
    # First, and the address with them, so that a part of a fan-out reads just its own, at once.
    sa.Column("word", sa.Text, primary_key=True),
    sa.Column("address_id", _Id, sa.ForeignKey("addresses.id"), primary_key=True),
    sa.Column("rule_id", _Id, sa.ForeignKey("rules.id"), primary_key=True),
    sa.Index(None, "rule_id"),
    sqlite_with_rowid=False,
)

# A topic is a tag, several joined by +, or * for everything. An address has each at most once.
# Who follows it beside a channel has it with an @ before it.
subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("address_id", _Id, sa.ForeignKey("addresses.id"), primary_key=True),
    # In the key, so that the index alone answers a fan-out.
    sa.Column("rule_id", _Id, sa.ForeignKey("rules.id"), primary_key=True),
    sa.Index(None, "address_id"),
    # To delete a rule is to look for what is still followed by it.
    sa.Index(None, "rule_id"),
    sqlite_with_rowid=False,
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    # No foreign keys: rows are made from those of both tables, and to look each up again costs
    # PostgreSQL two fifths of a fan-out.
    sa.Column("article_id", _Id, nullable=False),
    sa.Column("address_id", _Id, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("queued_at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    # The rule by which it comes, its style (empty for the operator's), and whom it mentions.
    sa.Column("rule_id", _Id),
    _words("style"),
    _words("mention"),
    # Why it comes later than at once: digest, quiet or cap; else empty.
    _words("kept"),
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
    # The message in whose thread somebody is mentioned, of what is followed beside a channel.
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
    "ix_deliveries_key",
    deliveries.c.key,
    sqlite_where=deliveries.c.key.is_not(None),
    postgresql_where=deliveries.c.key.is_not(None),
)

# By it the articles are found that a message is about.
sa.Index(
    "ix_deliveries_message_id",
    deliveries.c.message_id,
    sqlite_where=deliveries.c.message_id.is_not(None),
    postgresql_where=deliveries.c.message_id.is_not(None),
)

# Messages that are to be edited where they stand, by the key that their deliveries share.
edits = sa.Table(
    "edits",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("address_id", _Id, nullable=False),
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

# Articles whose deliveries are not all queued yet.
fanouts = sa.Table(
    "fanouts",
    metadata,
    sa.Column("article_id", _Id, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("catch_up", sa.Boolean, nullable=False, server_default=sa.false()),
    # Only for rules that ask for more heat than this: it was less hot before.
    sa.Column("above", sa.Integer, nullable=False, server_default="-1"),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    # As it was configured when the rest was learned.
    _words("place"),
    sa.Column("first_read_at", UtcTime),
    sa.Column("read_at", UtcTime),
    _words("etag"),
    _words("last_modified"),
    _words("moved_to"),
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
    sa.Column("article_id", _Id),
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
