"""The schema as of the newest migration; what SQL can promise is promised here, as unique indexes and checks.

Times are whole microseconds since 1970, UTC. STRICT tables of SQLite know INTEGER, TEXT and BLOB alone: flags are 0
or 1, lists are JSON. Every name is given, so that a migration can find it on either engine.
"""

from __future__ import annotations

from connectors.store.tables.base import REVISIONS, Big, metadata, one_of, where, word
from connectors.store.tables.people import (
    accounts,
    contacts,
    factors,
    first_factors,
    invitations,
    operators,
    people,
    signed_in,
    tokens,
)
from connectors.store.tables.resets import (
    ON_HOST,
    OVER,
    ciphertexts,
    codes,
    links,
    networks,
    passes,
    questions,
    resets,
    sign_ons,
    steps,
    tries,
)
from connectors.store.tables.work import (
    audit,
    audit_floor,
    audit_head,
    conditions,
    crowds,
    errands,
    idempotency,
    leases,
    outbox,
    own_passwords,
    sealed_keys,
)

__all__ = [
    "ON_HOST",
    "OVER",
    "REVISIONS",
    "Big",
    "accounts",
    "audit",
    "audit_floor",
    "audit_head",
    "ciphertexts",
    "codes",
    "conditions",
    "contacts",
    "crowds",
    "errands",
    "factors",
    "first_factors",
    "idempotency",
    "invitations",
    "leases",
    "links",
    "metadata",
    "networks",
    "one_of",
    "operators",
    "outbox",
    "own_passwords",
    "passes",
    "people",
    "questions",
    "resets",
    "sealed_keys",
    "sign_ons",
    "signed_in",
    "steps",
    "tokens",
    "tries",
    "where",
    "word",
]
