"""How much of what anybody can cause is on record already.

Runs before the new code; the old one does not know the table.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0015"
down_revision: Final = "0014"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "crowds",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reset_id", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.Column("noted", BIG, nullable=False),
        sa.Column("left_out", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "reset_id", "network", name="pk_crowds"),
        sqlite_strict=True,
    )
    op.create_index("ix_crowds_since", "crowds", ["since"])
