"""A fan-out that was cut short begins anew, so it is not noted how far it was."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop how far each fan-out is."""
    op.drop_column("fanouts", "after_address")
