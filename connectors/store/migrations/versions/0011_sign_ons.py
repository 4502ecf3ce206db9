"""Who has come back from the company's sign-on.

Runs before the new code; the old one does not know the table.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0011"
down_revision: Final = "0010"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sign_ons",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reset_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text()),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.CheckConstraint("good IN (0, 1)", name="ck_sign_ons_good"),
        sa.ForeignKeyConstraint(["reset_id"], ["resets.id"], name="fk_sign_ons_reset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("state", name="pk_sign_ons"),
        sqlite_strict=True,
    )
    op.create_index("ix_sign_ons_reset_id", "sign_ons", ["reset_id"])
