"""Conditions: what each node last found of each system.

Runs before the new code; the old one does not know the table.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "conditions",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.CheckConstraint("reach IN ('refused', 'unreachable', 'well')", name="ck_conditions_reach"),
        sa.PrimaryKeyConstraint("system", "node", name="pk_conditions"),
        sqlite_strict=True,
    )
