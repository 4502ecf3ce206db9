"""Service ids' own passwords: those that were chosen here, sealed, and what is known of each.

Runs before the new code; the old one does not know the table.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLAGS: Final = ("candidate_tried", "current_tried", "refused")


def upgrade() -> None:
    op.create_table(
        "own_passwords",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("userid", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mark", sa.LargeBinary()),
        sa.Column("mark_before", sa.LargeBinary()),
        sa.Column("current", sa.LargeBinary()),
        sa.Column("since", BIG),
        sa.Column("candidate", sa.LargeBinary()),
        sa.Column("drawn_at", BIG),
        *(sa.Column(flag, sa.Integer(), nullable=False) for flag in FLAGS),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("expires_at", BIG),
        sa.Column("not_before", BIG),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("wanted_at", BIG),
        sa.Column("wanted_by", sa.Text()),
        *(sa.CheckConstraint(f"{flag} IN (0, 1)", name=f"ck_own_passwords_{flag}") for flag in FLAGS),
        sa.CheckConstraint("version >= 1", name="ck_own_passwords_version"),
        sa.PrimaryKeyConstraint("system", "userid", name="pk_own_passwords"),
        sqlite_strict=True,
    )
