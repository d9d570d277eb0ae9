"""The time that staff and patient agreed on, beside the handoff: without it nobody could cancel or move it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the sealed column; handoffs that were booked before have no time that is known here."""
    op.add_column("handoffs", sa.Column("sealed_appointment", sa.LargeBinary()))


def downgrade() -> None:
    """Forget the agreed times."""
    op.drop_column("handoffs", "sealed_appointment")
