"""The record, and what the roles hand to each other and remember."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.event import listens_for

from bridge.domain.errand import Kind, Step
from bridge.domain.outcome import Reach
from connectors.store.tables.base import Big, metadata, one_of, where

audit = Table(
    "audit",
    metadata,
    Column("seq", Big, nullable=False, autoincrement=False),
    Column("at", Big, nullable=False),
    Column("kind", Text, nullable=False),
    Column("done_by", Text, nullable=False),
    Column("reset_id", Text),  # no foreign key: the audit outlives the reset
    Column("detail", Text, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    PrimaryKeyConstraint("seq"),
    CheckConstraint("seq >= 1", "seq"),
    CheckConstraint("length(seal) = 32", "seal"),
    sqlite_strict=True,
)
Index("ix_audit_reset", audit.c.reset_id, audit.c.seq, **where("reset_id IS NOT NULL"))

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=False),
    Column("seq", Big, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    PrimaryKeyConstraint("id"),
    CheckConstraint("id = 1", "id"),
    sqlite_strict=True,
)

# Where the chain begins once old records have been deleted: the last one of them.
audit_floor = Table(
    "audit_floor",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=False),
    Column("seq", Big, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    PrimaryKeyConstraint("id"),
    CheckConstraint("id = 1", "id"),
    sqlite_strict=True,
)

sealed_keys = Table(
    "sealed_keys",
    metadata,
    Column("name", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("name"),
    sqlite_strict=True,
)

leases = Table(
    "leases",
    metadata,
    Column("system", Text, nullable=False),
    Column("userid", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("fence", Big, nullable=False),
    Column("until", Big, nullable=False),  # 0: given back
    PrimaryKeyConstraint("system", "userid"),
    sqlite_strict=True,
)
Index("ix_leases_owner", leases.c.owner)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, nullable=False),
    Column("at", Big, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("texts", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("not_before", Big),
    Column("person", Text),
    Column("link_to", Text, nullable=False, server_default="email"),
    PrimaryKeyConstraint("id"),
    sqlite_strict=True,
)
Index("ix_outbox_at", outbox.c.at, outbox.c.id)

idempotency = Table(
    "idempotency",
    metadata,
    Column("caller", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("made", Text, nullable=False),
    Column("at", Big, nullable=False),
    PrimaryKeyConstraint("caller", "key"),
    sqlite_strict=True,
)
Index("ix_idempotency_made", idempotency.c.made)

errands = Table(
    "errands",
    metadata,
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("userid", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ticket", Text),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Big, nullable=False),
    Column("step", Text, nullable=False),
    Column("since", Big, nullable=False),
    Column("version", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("not_before", Big),
    Column("failure", Text),
    Column("failure_text", Text),
    Column("answer", Text, nullable=False),
    PrimaryKeyConstraint("id"),
    CheckConstraint(one_of("kind", Kind), "kind"),
    CheckConstraint(one_of("step", Step), "step"),
    CheckConstraint("version >= 1", "version"),
    sqlite_strict=True,
)
Index("ix_errands_queued", errands.c.system, errands.c.asked_at, **where("step = 'queued'"))
Index("ix_errands_since", errands.c.since)


# What people without a key can cause: how many are on record, how many were only counted.
crowds = Table(
    "crowds",
    metadata,
    Column("kind", Text, nullable=False),
    Column("reset_id", Text, nullable=False),  # no foreign key: what was counted goes on record in any case
    Column("network", Text, nullable=False),
    Column("since", Big, nullable=False),
    Column("noted", Big, nullable=False),
    Column("left_out", Big, nullable=False),
    Column("at", Big, nullable=False),
    Column("source", Text, nullable=False),
    PrimaryKeyConstraint("kind", "reset_id", "network"),
    sqlite_strict=True,
)
Index("ix_crowds_since", crowds.c.since)


@listens_for(metadata, "before_create")
def _partial_as_well(*_: object, **__: object) -> None:
    """Named above, PostgreSQL would be loaded where it is not used: 2 MB in each process."""
    for table in metadata.tables.values():
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


conditions = Table(
    "conditions",
    metadata,
    Column("system", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("reach", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("at", Big, nullable=False),
    Column("heard", Big, nullable=False, server_default="0"),
    PrimaryKeyConstraint("system", "node"),
    CheckConstraint(one_of("reach", Reach), "reach"),
    sqlite_strict=True,
)

own_passwords = Table(
    "own_passwords",
    metadata,
    Column("system", Text, nullable=False),
    Column("userid", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("mark", LargeBinary),
    Column("mark_before", LargeBinary),
    Column("current", LargeBinary),
    Column("since", Big),
    Column("candidate", LargeBinary),
    Column("drawn_at", Big),
    Column("candidate_tried", Integer, nullable=False),
    Column("current_tried", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("expires_at", Big),
    Column("not_before", Big),
    Column("words", Text, nullable=False),
    Column("wanted_at", Big),
    Column("wanted_by", Text),
    PrimaryKeyConstraint("system", "userid"),
    CheckConstraint("candidate_tried IN (0, 1)", "candidate_tried"),
    CheckConstraint("current_tried IN (0, 1)", "current_tried"),
    CheckConstraint("refused IN (0, 1)", "refused"),
    CheckConstraint("version >= 1", "version"),
    sqlite_strict=True,
)
