"""Notices to a person, whose address is asked for when they leave.

Runs before the new code; the old one leaves the column empty.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0010"
down_revision: Final = "0009"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("person", sa.Text()))
