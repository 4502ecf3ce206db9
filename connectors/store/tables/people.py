"""People, where they are reached, their second factors; operators."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from connectors.store.tables.base import Big, metadata

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

# Whoever has, or had, a second factor: one that takes its place waits before it counts. `at`: when the first one came,
# or one was last taken away.
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

signed_in = Table(
    "signed_in",
    metadata,
    Column("digest", LargeBinary, nullable=False),
    Column("token", Text, ForeignKey(tokens.c.id, ondelete="CASCADE"), nullable=False),
    Column("begun", Big, nullable=False),
    Column("seen", Big, nullable=False),
    PrimaryKeyConstraint("digest"),
    CheckConstraint("length(digest) = 32", "digest"),
    sqlite_strict=True,
)
