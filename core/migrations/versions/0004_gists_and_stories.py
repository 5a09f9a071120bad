"""What articles are about, and which tell the same; the articles that are stored are noted."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

from core.articles import canonical_url
from core.keywords import weighed
from core.tables import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_AT_A_TIME = 500
_GISTS = sa.table(
    "gists", sa.column("article_id"), sa.column("told_at", UtcTime), sa.column("words", sa.JSON)
)
_KEYWORDS = sa.table("keywords", sa.column("word"), sa.column("articles"))
_STORIES = sa.table("stories", *map(sa.column, ("article_id", "story_id", "original", "outlet")))


# All at once, and in the order of the key: a word's mentions lie together, and 32 for each article
# at any place of a large table take SQLite ten times as long. The other words are asides.
_WORDS = """
    INSERT INTO {into}
    SELECT {columns} FROM (
        SELECT {word} AS word, told_at, article_id, {weight} AS weight,
            row_number() OVER (PARTITION BY article_id ORDER BY {weight} DESC, {word}) AS place
        FROM gists, {each}
    ) AS placed
    WHERE place {which}
    ORDER BY word, told_at, article_id
"""
_INTO = (
    {
        "into": "mentions (word, told_at, article_id, weight)",
        "columns": "word, told_at, article_id, weight",
        "which": "<= 32",
    },
    {
        "into": "asides (word, told_at, article_id)",
        "columns": "word, told_at, article_id",
        "which": "> 32",
    },
)
_EACH_WORD = {
    "sqlite": {"word": "key", "weight": "value", "each": "json_each(words)"},
    "postgresql": {
        "word": 'key COLLATE "C"',
        "weight": "CAST(value AS integer)",
        "each": "json_each_text(words)",
    },
}


def upgrade() -> None:
    """Make the tables, and note every article that stands in the database."""
    _make_gists()
    _make_stories()
    _tell_coverage()
    op.create_index("ix_articles_title", "articles", ["title"])
    stands = sa.text("message_id IS NOT NULL")
    op.create_index(
        "ix_deliveries_message_id",
        "deliveries",
        ["message_id"],
        sqlite_where=stands,
        postgresql_where=stands,
    )
    _note_articles(op.get_bind())


def _make_gists() -> None:
    op.create_table(
        "gists",
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("told_at", UtcTime, nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("article_id", name="pk_gists"),
        _refers_to_article("gists"),
    )
    op.create_table(
        "keywords",
        sa.Column("word", _WORD, nullable=False),
        sa.Column("articles", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_keywords"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mentions",
        sa.Column("word", _WORD, nullable=False),
        sa.Column("told_at", UtcTime, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint(
            "word", "told_at", "article_id", name="pk_mentions", postgresql_include=["weight"]
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "asides",
        sa.Column("word", _WORD, nullable=False),
        sa.Column("told_at", UtcTime, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("word", "told_at", "article_id", name="pk_asides"),
        sqlite_with_rowid=False,
    )


def _make_stories() -> None:
    op.create_table(
        "stories",
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("story_id", _ID, nullable=False),
        sa.Column("original", sa.Text, nullable=False, server_default=""),
        sa.Column("outlet", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("article_id", name="pk_stories"),
        _refers_to_article("stories"),
    )
    op.create_index("ix_stories_story_id", "stories", ["story_id"])
    has_original = sa.text("original != ''")
    op.create_index(
        "ix_stories_original",
        "stories",
        ["original"],
        sqlite_where=has_original,
        postgresql_where=has_original,
    )
    op.create_table(
        "splits",
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("article_id", _ID, nullable=False),
        sa.Column("other_id", _ID, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("address_id", "article_id", "other_id", name="pk_splits"),
        sqlite_with_rowid=False,
    )


def _tell_coverage() -> None:
    """Make room for what a story's post says of its later coverage."""
    op.add_column("deliveries", sa.Column("lead_id", _ID))
    is_coverage = sa.text("lead_id IS NOT NULL")
    op.create_index(
        "ix_deliveries_lead_id",
        "deliveries",
        ["lead_id"],
        sqlite_where=is_coverage,
        postgresql_where=is_coverage,
    )
    on, off = sa.true(), sa.false()
    op.add_column("rules", sa.Column("threads", sa.Boolean, nullable=False, server_default=on))
    op.add_column("rules", sa.Column("related", sa.Boolean, nullable=False, server_default=off))


def _refers_to_article(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_article_id_articles"
    return sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=name)


def _note_articles(db: sa.Connection) -> None:
    """Note what each article is about; each tells a story of its own."""
    counts, after = Counter[str](), 0
    while rows := _next(db, after):
        after = rows[-1].id
        tags = _tags(db, [row.id for row in rows])
        db.execute(sa.insert(_STORIES), [_story(row) for row in rows])
        standing = [row for row in rows if row.retracted_at is None]
        _note(db, standing, tags, counts)
    if counts:
        counted = [{"word": word, "articles": number} for word, number in sorted(counts.items())]
        db.execute(sa.insert(_KEYWORDS), counted)
    for words in _INTO:
        db.execute(sa.text(_WORDS.format(**words, **_EACH_WORD[db.dialect.name])))


def _next(db: sa.Connection, after: int) -> Sequence[sa.Row[Any]]:
    told = sa.text(
        "SELECT id, title, dek, summary, takeaways, url, original_url, source_domain, published_at,"
        " first_seen_at, retracted_at FROM articles WHERE id > :after ORDER BY id LIMIT :most"
    ).columns(takeaways=sa.JSON, published_at=UtcTime, first_seen_at=UtcTime, retracted_at=UtcTime)
    return db.execute(told, {"after": after, "most": _AT_A_TIME}).all()


def _tags(db: sa.Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    told = sa.text(
        "SELECT article_id, tag FROM article_tags WHERE article_id BETWEEN :first AND :last"
        " ORDER BY article_id, place"
    )
    tags: dict[int, list[str]] = {article_id: [] for article_id in ids}
    for row in db.execute(told, {"first": ids[0], "last": ids[-1]}):
        tags[row.article_id].append(row.tag)
    return tags


def _story(row: sa.Row[Any]) -> dict[str, object]:
    original = canonical_url(row.original_url) if row.original_url else ""
    told_at = urlsplit(row.original_url or row.url).hostname
    outlet = (row.source_domain or told_at or "").lower().removeprefix("www.")
    return {"article_id": row.id, "story_id": row.id, "original": original, "outlet": outlet}


def _note(
    db: sa.Connection, rows: Sequence[sa.Row[Any]], tags: dict[int, list[str]], counts: Counter[str]
) -> None:
    noted = list[dict[str, object]]()
    for row in rows:
        words = weighed(row.title, (row.dek, row.summary, *row.takeaways), tags[row.id])
        at = row.published_at or row.first_seen_at
        noted.append({"article_id": row.id, "told_at": at, "words": words})
        counts.update(("", *words))
    if noted:
        db.execute(sa.insert(_GISTS), noted)
