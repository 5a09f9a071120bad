"""Alembic revisions, oldest first in `versions/`."""
