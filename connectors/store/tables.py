"""The schema as of the newest migration; what SQL can promise is promised here, as unique indexes and checks.

Times are whole microseconds since 1970, UTC. STRICT tables of SQLite know INTEGER, TEXT and BLOB alone: flags are 0
or 1, lists are JSON. Every name is given, so that a migration can find it on either engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.event import listens_for

from bridge.domain.errand import Kind, Step
from bridge.domain.outcome import Reach
from bridge.domain.reset import ENDED, Cleanup, State

REVISIONS: Final = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
)  # every migration, oldest first

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
Big: Final = BigInteger().with_variant(Integer, "sqlite")


def one_of(column: str, words: Iterable[str]) -> str:
    """SQL: the column holds one of the words, written out so that partial indexes are used."""
    quoted = ", ".join(f"'{word}'" for word in sorted(words))
    return f"{column} IN ({quoted})"


def word(value: StrEnum) -> ColumnElement[Any]:
    """A constant as SQL text: with a parameter in its place neither engine would use a partial index."""
    return literal_column(f"'{value.value}'")


def where(condition: str) -> dict[str, Any]:
    """A partial index's condition; PostgreSQL's is the same, and set only when it is wanted: see below."""
    return {"sqlite_where": literal_column(condition)}


ON_HOST: Final = one_of("state", (State.CHANGING, State.PUBLISHED, State.REVEALED))
OVER: Final = one_of("state", ENDED)

resets = Table(
    "resets",
    metadata,
    Column("id", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("userid", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),  # counts the account's resets: which was asked for later
    Column("person", Text),
    Column("policy", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", Big, nullable=False),
    Column("since", Big, nullable=False),
    Column("ticket", Text),
    Column("version", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("touched", Integer, nullable=False),
    Column("not_before", Big),
    Column("expires_at", Big),
    Column("failure", Text),
    Column("failure_text", Text),
    Column("cleanup", Text, nullable=False),
    Column("seen", Text),
    Column("note", Text),
    Column("approved_by", Text, nullable=False),
    Column("elevated", Integer, nullable=False, server_default="0"),
    Column("delivery", Text, nullable=False, server_default="sealed"),
    Column("contact_since", Big),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("system", "userid", "ordinal"),
    CheckConstraint(one_of("state", State), "state"),
    CheckConstraint(one_of("cleanup", Cleanup), "cleanup"),
    CheckConstraint("touched IN (0, 1)", "touched"),
    CheckConstraint("elevated IN (0, 1)", "elevated"),
    CheckConstraint("version >= 1", "version"),
    sqlite_strict=True,
)
Index("ux_resets_on_host", resets.c.system, resets.c.userid, unique=True, **where(ON_HOST))  # I6
Index("ix_resets_queued", resets.c.system, resets.c.requested_at, **where("state = 'queued'"))
Index("ix_resets_changing", resets.c.since, **where("state = 'changing'"))
Index("ix_resets_published", resets.c.expires_at, **where("state = 'published'"))
Index("ix_resets_revealed", resets.c.system, resets.c.not_before, **where("state = 'revealed'"))
Index("ix_resets_cleanup", resets.c.system, resets.c.since, **where("cleanup = 'due'"))
Index("ix_resets_ended", resets.c.since, **where(OVER))
Index("ix_resets_state", resets.c.state, resets.c.requested_at)
Index("ix_resets_newest", resets.c.requested_at, resets.c.ordinal, resets.c.id)

links = Table(
    "links",
    metadata,
    Column("reset_id", Text, ForeignKey(resets.c.id, ondelete="CASCADE"), nullable=False),  # one link per reset
    Column("locator", Text, nullable=False),
    Column("verifier", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("opened_at", Big),
    Column("public", LargeBinary),
    PrimaryKeyConstraint("reset_id"),
    UniqueConstraint("locator"),
    UniqueConstraint("verifier"),
    CheckConstraint("length(verifier) = 32", "verifier"),
    CheckConstraint("tries >= 0", "tries"),
    sqlite_strict=True,
)

# Apart from links and in the order of arrival: SQLite overwrites what is erased in its place, but where rows in between
# grow or go it moves their neighbours to other pages and leaves copies behind. Here rows are only appended and emptied.
ciphertexts = Table(
    "ciphertexts",
    metadata,
    Column("locator", Text, nullable=False),
    Column("ciphertext", LargeBinary),
    PrimaryKeyConstraint("locator"),
    sqlite_strict=True,
)

codes = Table(
    "codes",
    metadata,
    Column("reset_id", Text, ForeignKey(resets.c.id, ondelete="CASCADE"), nullable=False),
    Column("tag", Text, nullable=False),
    PrimaryKeyConstraint("reset_id"),
    sqlite_strict=True,
)

passes = Table(
    "passes",
    metadata,
    Column("reset_id", Text, ForeignKey(resets.c.id, ondelete="CASCADE"), nullable=False),
    Column("tag", Text, nullable=False),
    Column("at", Big, nullable=False),
    Column("until", Big, nullable=False),
    PrimaryKeyConstraint("reset_id"),
    sqlite_strict=True,
)

steps = Table(
    "steps",
    metadata,
    Column("reset_id", Text, ForeignKey(resets.c.id, ondelete="CASCADE"), nullable=False),
    Column("tag", Text, nullable=False),
    Column("passed", Text, nullable=False),
    Column("until", Big, nullable=False),
    PrimaryKeyConstraint("reset_id", "tag"),
    sqlite_strict=True,
)

networks = Table(
    "networks",
    metadata,
    Column("network", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("since", Big, nullable=False),
    Column("at", Big, nullable=False),
    PrimaryKeyConstraint("network"),
    CheckConstraint("count >= 0", "count"),
    sqlite_strict=True,
)

tries = Table(
    "tries",
    metadata,
    Column("person", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("at", Big, nullable=False),
    PrimaryKeyConstraint("person"),
    CheckConstraint("count >= 0", "count"),
    sqlite_strict=True,
)

sign_ons = Table(
    "sign_ons",
    metadata,
    Column("state", Text, nullable=False),
    Column("reset_id", Text, ForeignKey(resets.c.id, ondelete="CASCADE"), nullable=False),
    Column("tag", Text),
    Column("good", Integer, nullable=False),
    Column("until", Big, nullable=False),
    PrimaryKeyConstraint("state"),
    CheckConstraint("good IN (0, 1)", "good"),
    sqlite_strict=True,
)
Index("ix_sign_ons_reset_id", sign_ons.c.reset_id)

questions = Table(
    "questions",
    metadata,
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reset_id", Text, nullable=False),
    Column("at", Big, nullable=False),
    Column("until", Big, nullable=False),
    Column("state", LargeBinary),
    Column("asked", Integer, nullable=False),
    Column("since", Big, nullable=False),
    PrimaryKeyConstraint("person", "kind"),
    CheckConstraint("asked >= 0", "asked"),
    sqlite_strict=True,
)

people = Table(
    "people",
    metadata,
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("language", Text, nullable=False),
    Column("manager", Text),
    Column("groups", Text, nullable=False),
    Column("other_email", Text),
    PrimaryKeyConstraint("person"),
    sqlite_strict=True,
)

contacts = Table(
    "contacts",
    metadata,
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),  # of an address; or an account of theirs
    Column("address", Text, nullable=False),
    Column("since", Big, nullable=False),
    PrimaryKeyConstraint("person", "kind"),
    sqlite_strict=True,
)

accounts = Table(
    "accounts",
    metadata,
    Column("system", Text, nullable=False),
    Column("userid", Text, nullable=False),
    Column("person", Text, ForeignKey(people.c.person, ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    PrimaryKeyConstraint("system", "userid"),  # an account has one owner
    sqlite_strict=True,
)
Index("ix_accounts_person", accounts.c.person, accounts.c.position)

factors = Table(
    "factors",
    metadata,
    Column("id", Text, nullable=False),
    Column("person", Text, nullable=False),  # of whichever directory is connected: no foreign key
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("seed", LargeBinary, nullable=False),
    Column("added_at", Big, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("last_step", Big, nullable=False),
    Column("usable_from", Big),
    PrimaryKeyConstraint("id"),
    sqlite_strict=True,
)
Index("ix_factors_person", factors.c.person, factors.c.added_at)

# Whoever has, or had, a second factor: one that takes its place waits before it counts.
first_factors = Table(
    "first_factors",
    metadata,
    Column("person", Text, nullable=False),
    Column("at", Big, nullable=False),
    PrimaryKeyConstraint("person"),
    sqlite_strict=True,
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("locator", Text, nullable=False),
    Column("tag", Text, nullable=False),
    Column("code", Text),
    Column("passed", Text),
    Column("wait", Big, nullable=False),
    Column("at", Big, nullable=False),
    Column("by", Text, nullable=False),
    Column("until", Big, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ended_at", Big),
    Column("kind", Text),
    Column("pending", LargeBinary),
    Column("pending_until", Big),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("locator"),
    CheckConstraint("tries >= 0", "tries"),
    sqlite_strict=True,
)
Index("ix_invitations_until", invitations.c.until)

operators = Table(
    "operators",
    metadata,
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("disabled", Integer, nullable=False),
    PrimaryKeyConstraint("name"),
    CheckConstraint("disabled IN (0, 1)", "disabled"),
    sqlite_strict=True,
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, nullable=False),
    Column("operator", Text, ForeignKey(operators.c.name), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", Big, nullable=False),
    Column("expires_at", Big),
    Column("revoked_at", Big),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("digest"),
    CheckConstraint("length(digest) = 32", "digest"),
    sqlite_strict=True,
)
Index("ix_tokens_operator", tokens.c.operator, tokens.c.created_at)

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
    Column("until", Big, nullable=False),  # 0: given back; the row stays, so that the fence goes on growing
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
