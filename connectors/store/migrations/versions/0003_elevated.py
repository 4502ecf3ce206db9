"""Resets of privileged userids are marked.

Runs before the new code; the old one leaves the column at its default.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    with op.batch_alter_table("resets", table_kwargs={"sqlite_strict": True}) as resets:
        resets.add_column(sa.Column("elevated", sa.Integer(), nullable=False, server_default="0"))
        resets.create_check_constraint("ck_resets_elevated", "elevated IN (0, 1)")
