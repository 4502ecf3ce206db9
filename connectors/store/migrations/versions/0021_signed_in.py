"""Who is signed in to the operators' console.

Runs before the new code; the old one does not know the table.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0021"
down_revision: Final = "0020"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "signed_in",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("begun", BIG, nullable=False),
        sa.Column("seen", BIG, nullable=False),
        sa.CheckConstraint("length(digest) = 32", name="ck_signed_in_digest"),
        sa.ForeignKeyConstraint(["token"], ["tokens.id"], name="fk_signed_in_token", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="pk_signed_in"),
        sqlite_strict=True,
    )
