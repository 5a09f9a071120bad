"""The schema, a file for each part of it. `core/migrations/` brings a database to it."""

from core.tables.columns import UtcTime, metadata
from core.tables.following import (
    addresses,
    announcements,
    changes,
    exclusions,
    log_lines,
    rules,
    subscriptions,
    workspaces,
)
from core.tables.news import (
    article_tags,
    articles,
    asides,
    gists,
    keywords,
    mentions,
    splits,
    stories,
)
from core.tables.posting import crossposts, deliveries, edits, fanouts
from core.tables.reading import notes, sightings, sources

__all__ = [
    "UtcTime",
    "addresses",
    "announcements",
    "article_tags",
    "articles",
    "asides",
    "changes",
    "crossposts",
    "deliveries",
    "edits",
    "exclusions",
    "fanouts",
    "gists",
    "keywords",
    "log_lines",
    "mentions",
    "metadata",
    "notes",
    "rules",
    "sightings",
    "sources",
    "splits",
    "stories",
    "subscriptions",
    "workspaces",
]
