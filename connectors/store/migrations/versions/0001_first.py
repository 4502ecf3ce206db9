"""The first schema.

Runs before any code: there is nothing older.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None
branch_labels: Final = None
depends_on: Final = None

BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def where(condition: str) -> dict[str, Any]:
    """A partial index's condition, for both engines."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "ciphertexts",
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("locator", name="pk_ciphertexts"),
        sqlite_strict=True,
    )
    op.create_table(
        "audit",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("reset_id", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(seal) = 32", name="ck_audit_seal"),
        sa.CheckConstraint("seq >= 1", name="ck_audit_seq"),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_reset", "audit", ["reset_id", "seq"], **where("reset_id IS NOT NULL"))
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_audit_head_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
        sqlite_strict=True,
    )
    op.create_table(
        "factors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", BIG, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("last_step", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_factors"),
        sqlite_strict=True,
    )
    op.create_index("ix_factors_person", "factors", ["person", "added_at"])
    op.create_table(
        "idempotency",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("made", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name="pk_idempotency"),
        sqlite_strict=True,
    )
    op.create_index("ix_idempotency_made", "idempotency", ["made"])
    op.create_table(
        "leases",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("userid", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("fence", BIG, nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.PrimaryKeyConstraint("system", "userid", name="pk_leases"),
        sqlite_strict=True,
    )
    op.create_index("ix_leases_owner", "leases", ["owner"])
    op.create_table(
        "operators",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Integer(), nullable=False),
        sa.CheckConstraint("disabled IN (0, 1)", name="ck_operators_disabled"),
        sa.PrimaryKeyConstraint("name", name="pk_operators"),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_at", "outbox", ["at", "id"])
    op.create_table(
        "people",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("manager", sa.Text()),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_people"),
        sqlite_strict=True,
    )
    op.create_table(
        "resets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("userid", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text()),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", BIG, nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.Column("ticket", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.Column("not_before", BIG),
        sa.Column("expires_at", BIG),
        sa.Column("failure", sa.Text()),
        sa.Column("failure_text", sa.Text()),
        sa.Column("cleanup", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.CheckConstraint("cleanup IN ('done', 'due', 'none')", name="ck_resets_cleanup"),
        sa.CheckConstraint(
            "state IN ('awaiting_approval', 'cancelled', 'changing', 'completed', 'expired', "
            "'failed', 'lapsed', 'published', 'queued', 'rejected', 'requested', 'revealed', 'revoked')",
            name="ck_resets_state",
        ),
        sa.CheckConstraint("touched IN (0, 1)", name="ck_resets_touched"),
        sa.CheckConstraint("version >= 1", name="ck_resets_version"),
        sa.PrimaryKeyConstraint("id", name="pk_resets"),
        sa.UniqueConstraint("system", "userid", "ordinal", name="uq_resets_system_userid_ordinal"),
        sqlite_strict=True,
    )
    op.create_index("ix_resets_changing", "resets", ["since"], **where("state = 'changing'"))
    op.create_index("ix_resets_cleanup", "resets", ["system", "since"], **where("cleanup = 'due'"))
    op.create_index(
        "ix_resets_ended",
        "resets",
        ["since"],
        **where("state IN ('cancelled', 'completed', 'expired', 'failed', 'lapsed', 'rejected', 'revoked')"),
    )
    op.create_index("ix_resets_newest", "resets", ["requested_at", "ordinal", "id"])
    op.create_index("ix_resets_published", "resets", ["expires_at"], **where("state = 'published'"))
    op.create_index("ix_resets_queued", "resets", ["system", "requested_at"], **where("state = 'queued'"))
    op.create_index("ix_resets_revealed", "resets", ["system", "not_before"], **where("state = 'revealed'"))
    op.create_index("ix_resets_state", "resets", ["state", "requested_at"])
    op.create_index(
        "ux_resets_on_host",
        "resets",
        ["system", "userid"],
        unique=True,
        **where("state IN ('changing', 'published', 'revealed')"),
    )
    op.create_table(
        "sealed_keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sealed_keys"),
        sqlite_strict=True,
    )
    op.create_table(
        "tries",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.CheckConstraint("count >= 0", name="ck_tries_count"),
        sa.PrimaryKeyConstraint("person", name="pk_tries"),
        sqlite_strict=True,
    )
    op.create_table(
        "accounts",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("userid", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.person"], name="fk_accounts_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("system", "userid", name="pk_accounts"),
        sqlite_strict=True,
    )
    op.create_index("ix_accounts_person", "accounts", ["person", "position"])
    op.create_table(
        "codes",
        sa.Column("reset_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["reset_id"], ["resets.id"], name="fk_codes_reset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reset_id", name="pk_codes"),
        sqlite_strict=True,
    )
    op.create_table(
        "links",
        sa.Column("reset_id", sa.Text(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("opened_at", BIG),
        sa.CheckConstraint("length(verifier) = 32", name="ck_links_verifier"),
        sa.CheckConstraint("tries >= 0", name="ck_links_tries"),
        sa.ForeignKeyConstraint(["reset_id"], ["resets.id"], name="fk_links_reset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reset_id", name="pk_links"),
        sa.UniqueConstraint("locator", name="uq_links_locator"),
        sa.UniqueConstraint("verifier", name="uq_links_verifier"),
        sqlite_strict=True,
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG),
        sa.Column("revoked_at", BIG),
        sa.CheckConstraint("length(digest) = 32", name="ck_tokens_digest"),
        sa.ForeignKeyConstraint(["operator"], ["operators.name"], name="fk_tokens_operator"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
        sqlite_strict=True,
    )
    op.create_index("ix_tokens_operator", "tokens", ["operator", "created_at"])
