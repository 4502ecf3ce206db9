"""A second address, where links may go, and since when the directory has named each.

Runs before the new code; the old one leaves the columns as they are.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0014"
down_revision: Final = "0013"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("people", sa.Column("other_email", sa.Text()))
    op.add_column("outbox", sa.Column("link_to", sa.Text(), nullable=False, server_default="email"))
    op.add_column("resets", sa.Column("contact_since", BIG))
    op.create_table(
        "contacts",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.PrimaryKeyConstraint("person", "kind", name="pk_contacts"),
        sqlite_strict=True,
    )
