"""Closed channels of which nobody wants to be told again."""

import sqlalchemy as sa
from alembic import op

from core.tables import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add for which reason a channel's notice is muted, and since when."""
    op.add_column("addresses", sa.Column("muted_of", sa.Text))
    op.add_column("addresses", sa.Column("muted_at", UtcTime))
