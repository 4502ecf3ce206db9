"""What Alembic runs: the migrations, on the connection that upgrade.py hands over, in its one transaction."""

from __future__ import annotations

from alembic import context

from connectors.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite: tables are copied, STRICT and partial indexes kept
    transactional_ddl=False,  # the transaction is not Alembic's
)
context.run_migrations()
