"""Whether a reset's link leads to the password, or to a KeePass file that holds it.

Runs before the new code; the old one leaves the column as it is, and knows no file.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0020"
down_revision: Final = "0019"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    op.add_column("resets", sa.Column("view", sa.Text(), nullable=False, server_default="page"))
