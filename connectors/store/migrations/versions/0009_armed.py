"""Links that go out while no password exists yet, and who has passed their factor.

Runs before the new code; the old one leaves the columns at their defaults and does not know the table.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0009"
down_revision: Final = "0008"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Not in a batch: SQLite would drop the old table, and with it, by its foreign keys, every link.
    op.add_column("resets", sa.Column("delivery", sa.Text(), nullable=False, server_default="sealed"))
    op.add_column("links", sa.Column("public", sa.LargeBinary()))
    op.create_table(
        "passes",
        sa.Column("reset_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.ForeignKeyConstraint(["reset_id"], ["resets.id"], name="fk_passes_reset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reset_id", name="pk_passes"),
        sqlite_strict=True,
    )
