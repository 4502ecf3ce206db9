"""When a node last said anything of a system: one that is gone says nothing any more.

Runs before the new code; the old one leaves the column as it is.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0019"
down_revision: Final = "0018"
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("conditions", sa.Column("heard", BIG, nullable=False, server_default="0"))
