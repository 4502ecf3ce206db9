"""Open questions of second factors that another server judges.

Runs before the new code; the old one does not know the table.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0008"
down_revision: Final = "0007"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reset_id", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.Column("state", sa.LargeBinary()),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.CheckConstraint("asked >= 0", name="ck_questions_asked"),
        sa.PrimaryKeyConstraint("person", "kind", name="pk_questions"),
        sqlite_strict=True,
    )
