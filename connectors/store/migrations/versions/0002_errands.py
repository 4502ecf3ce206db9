"""Errands: unlock and state.

Runs before the new code; the old one does not know the table.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    queued = sa.text("step = 'queued'")
    op.create_table(
        "errands",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("userid", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text()),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", BIG, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", BIG),
        sa.Column("failure", sa.Text()),
        sa.Column("failure_text", sa.Text()),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('state', 'unlock')", name="ck_errands_kind"),
        sa.CheckConstraint("step IN ('done', 'failed', 'queued')", name="ck_errands_step"),
        sa.CheckConstraint("version >= 1", name="ck_errands_version"),
        sa.PrimaryKeyConstraint("id", name="pk_errands"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_errands_queued", "errands", ["system", "asked_at"], sqlite_where=queued, postgresql_where=queued
    )
    op.create_index("ix_errands_since", "errands", ["since"])
