"""Links at which people enrol second factors, factors that wait before they count, and who has had one.

Runs before the new code; the old one leaves the column empty and does not know the tables.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0013"
down_revision: Final = "0012"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("factors", sa.Column("usable_from", BIG))
    op.create_table(
        "first_factors",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_first_factors"),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO first_factors (person, at) SELECT person, min(added_at) FROM factors GROUP BY person")
    op.create_table(
        "invitations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("passed", sa.Text()),
        sa.Column("wait", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", BIG),
        sa.Column("kind", sa.Text()),
        sa.Column("pending", sa.LargeBinary()),
        sa.Column("pending_until", BIG),
        sa.CheckConstraint("tries >= 0", name="ck_invitations_tries"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("locator", name="uq_invitations_locator"),
        sqlite_strict=True,
    )
    op.create_index("ix_invitations_until", "invitations", ["until"])
