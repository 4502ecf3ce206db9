"""Since when telephone numbers have been looked at, apart from addresses: those of before are none the newer.

A database whose numbers have been looked at already keeps counting.

Runs before the new code; the old one does not ask.
"""

from __future__ import annotations

from typing import Final

from alembic import op

revision: Final = "0018"
down_revision: Final = "0017"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO contacts (person, kind, address, since) SELECT '', 'phone', '', begun.since "
        "FROM contacts AS begun WHERE begun.person = '' AND begun.kind = '' "
        "AND EXISTS (SELECT 1 FROM contacts WHERE kind = 'phone')"
    )
