"""Resets, their links, and what is counted and asked on them."""

from __future__ import annotations

from typing import Final

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

from bridge.domain.reset import ENDED, Cleanup, State
from connectors.store.tables.base import Big, metadata, one_of, where

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
    Column("mailed_to", Text),
    Column("view", Text, nullable=False, server_default="page"),
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
    Column("language", Text, nullable=False, server_default=""),
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
