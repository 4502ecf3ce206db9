"""How far claims have come that take several factors, and wrong answers per network.

Runs before the new code; the old one does not know the tables.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0012"
down_revision: Final = "0011"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "steps",
        sa.Column("reset_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("passed", sa.Text(), nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.ForeignKeyConstraint(["reset_id"], ["resets.id"], name="fk_steps_reset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reset_id", "tag", name="pk_steps"),
        sqlite_strict=True,
    )
    op.create_table(
        "networks",
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("network", name="pk_networks"),
        sa.CheckConstraint("count >= 0", name="ck_networks_count"),
        sqlite_strict=True,
    )
