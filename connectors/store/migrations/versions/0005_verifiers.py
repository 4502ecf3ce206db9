"""Verifiers become hashes of the proofs that they were: what a browser sends now is no longer what the table holds.

Runs before the new code; for the old one, links from then on are unknown until it is gone.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"
branch_labels: Final = None
depends_on: Final = None

links: Final = sa.table("links", sa.column("reset_id", sa.Text), sa.column("verifier", sa.LargeBinary))


def upgrade() -> None:
    connection = op.get_bind()
    for reset_id, proof in connection.execute(sa.select(links.c.reset_id, links.c.verifier)).all():
        hashed = sha256(proof).digest()
        connection.execute(sa.update(links).where(links.c.reset_id == reset_id).values(verifier=hashed))
