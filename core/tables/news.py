"""Articles as their sources tell them, what they are about, and which of them tell the same."""

import sqlalchemy as sa

from core.tables.columns import Id, UtcTime, Word, listed, metadata, words

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("canonical_url", sa.Text, nullable=False, unique=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("first_seen_at", UtcTime, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    words("dek"),
    words("summary"),
    listed("takeaways"),
    words("sentiment"),
    listed("positives"),
    listed("concerns"),
    sa.Column("heat", sa.Integer),
    sa.Column("reading_minutes", sa.Integer),
    words("source_domain"),
    words("original_url"),
    words("image_url"),
    sa.Column("published_at", UtcTime),
    listed("related"),
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
    sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Index(None, "tag", "article_id"),
)

# What articles are about. `core/keywords.py` says what its words are and what they weigh.
gists = sa.Table(
    "gists",
    metadata,
    sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
    # When the article was published, or else first seen.
    sa.Column("told_at", UtcTime, nullable=False),
    # The weight of each of its words.
    sa.Column("words", sa.JSON, nullable=False),
)

# In how many gists each word is; the empty word is in all of them.
keywords = sa.Table(
    "keywords",
    metadata,
    sa.Column("word", Word, primary_key=True),
    sa.Column("articles", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

# The heaviest words of each gist, to find it by.
mentions = sa.Table(
    "mentions",
    metadata,
    sa.Column("word", Word),
    # In the key, so that of a word only the mentions of some days are read.
    sa.Column("told_at", UtcTime),
    sa.Column("article_id", Id),
    sa.Column("weight", sa.Integer, nullable=False),
    # With the weight the index alone answers a search.
    sa.PrimaryKeyConstraint("word", "told_at", "article_id", postgresql_include=["weight"]),
    sqlite_with_rowid=False,
)

# The other words of each gist: only a search for just them asks for these.
asides = sa.Table(
    "asides",
    metadata,
    sa.Column("word", Word, primary_key=True),
    sa.Column("told_at", UtcTime, primary_key=True),
    sa.Column("article_id", Id, primary_key=True),
    sqlite_with_rowid=False,
)

_IS_NAMED = sa.text("original != ''")
# The story that each article tells: others that tell the same have the same number.
stories = sa.Table(
    "stories",
    metadata,
    sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
    # The first article that told it.
    sa.Column("story_id", Id, nullable=False),
    # The canonical address of the original, where the article names one.
    words("original"),
    # The domain of whoever tells it.
    words("outlet"),
    sa.Index(None, "story_id"),
    sa.Index(None, "original", sqlite_where=_IS_NAMED, postgresql_where=_IS_NAMED),
)

# Two articles of one story that somebody in a channel told apart. Each pair in both orders.
splits = sa.Table(
    "splits",
    metadata,
    sa.Column("address_id", Id, primary_key=True),
    sa.Column("article_id", Id, primary_key=True),
    sa.Column("other_id", Id, primary_key=True),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)
