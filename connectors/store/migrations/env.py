"""What Alembic runs: the migrations, on the connection that upgrade.py hands over, in its one transaction.

The tables' metadata stays outside: its naming convention would be put upon the names that migrations write out.
"""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=False,  # the transaction is not Alembic's
)
context.run_migrations()
