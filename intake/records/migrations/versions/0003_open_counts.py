"""The counts above the inbox come from an index alone; unacknowledged emergencies are found among the open ones, which are few."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
_LIST: list[str | sa.TextClause] = ["status", "rank", sa.text("created_at DESC"), "id"]


def upgrade() -> None:
    """Widen one index, drop one."""
    op.drop_index("ix_handoffs_unacknowledged", "handoffs")
    op.drop_index("ix_handoffs_status", "handoffs")
    op.create_index("ix_handoffs_status", "handoffs", [*_LIST, "locked_reason", "urgency"])


def downgrade() -> None:
    """The other way round."""
    op.drop_index("ix_handoffs_status", "handoffs")
    op.create_index("ix_handoffs_status", "handoffs", _LIST)
    op.create_index("ix_handoffs_unacknowledged", "handoffs", ["acknowledged_at", "rank", "due_at"])
