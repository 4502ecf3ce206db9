"""The record as evidence: proving it was not edited, handing it over, summing it up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bridge.domain.errors import BadInput
from bridge.domain.record import Record
from bridge.ports import Desk

PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How many records were read, and the first fault in words, if there is one."""

    records: int
    fault: str | None
    head: str = ""


@dataclass(slots=True, kw_only=True)
class Summary:
    """What happened from `since` up to, not including, `until` (None: the beginning, the end)."""

    since: datetime | None
    until: datetime | None
    verified: Verified
    first: int = 0
    last: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    systems: Counter[str] = field(default_factory=Counter)
    operators: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    notable: list[Record] = field(default_factory=list)


NOTABLE: Final = frozenset({"reset.revoked", "operator.added", "operator.changed", "operator.disabled", "token.created",
                            "token.revoked", "factor.added", "factor.removed", "host.first_use_ignored",
                            "service.stopped", "record.capped"})  # fmt: skip


def verify(desk: Desk, known: str | None = None) -> Verified:
    """Walk the whole chain. `known`: a head SEQ:SEAL from an event `audit.head`, or from an earlier verification.

    Raises BadInput when that is no head.
    """
    noted = read_head(known) if known else None
    with desk.store.look() as work:
        count, fault = work.audit.verify(noted)
        head = show_head(*work.audit.head())
    return Verified(records=count, fault=fault, head=head)


def read_head(text: str) -> tuple[int, bytes]:
    """Read SEQ:SEAL."""
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text.strip().lower())
    if not found:
        raise BadInput("--head", "SEQ:SEAL is expected, as the event audit.head and `audit verify` print it")
    return int(found[1]), bytes.fromhex(found[2])


def show_head(seq: int, seal: bytes) -> str:
    """The chain's end as it is noted elsewhere."""
    return f"{seq}:{seal.hex()}"


def records(desk: Desk, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[Record]:
    """Every record of a period in its order, page by page, so that a long export holds up nobody."""
    after = 0
    while True:
        with desk.store.look() as work:
            page = work.audit.records(after, PAGE)
        for record in page:
            if (since is None or record.event.at >= since) and (until is None or record.event.at < until):
                yield record
        if len(page) < PAGE:
            return
        after = page[-1].seq


def summarise(desk: Desk, *, since: datetime | None, until: datetime | None) -> Summary:
    """Count what happened, and list what an auditor asks about."""
    made = Summary(since=since, until=until, verified=verify(desk))
    for record in records(desk, since=since, until=until):
        made.first, made.last = made.first or record.seq, record.seq
        made.kinds[record.event.kind] += 1
        if record.event.kind == "reset.requested":
            made.systems[str(record.event.detail.get("system", "?"))] += 1
            made.operators[record.event.by] += 1
        if record.event.kind == "reset.failed":
            made.failures[str(record.event.detail.get("why") or "?")] += 1
        if record.event.kind in NOTABLE:
            made.notable.append(record)
    return made
