"""Which language the mail of a link was written in: its page speaks it, too.

Runs before the new code; the old one leaves the column as it is.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0017"
down_revision: Final = "0016"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    op.add_column("links", sa.Column("language", sa.Text(), nullable=False, server_default=""))
