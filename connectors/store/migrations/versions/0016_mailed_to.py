"""Where a link went to, as a keyed hash: a code for it never goes there, too.

Runs before the new code; the old one leaves the column as it is.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0016"
down_revision: Final = "0015"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    op.add_column("resets", sa.Column("mailed_to", sa.Text()))
