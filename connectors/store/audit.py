"""The audit chain in SQL (I8).

Each record's seal is HMAC-SHA256 over the seal before it and the record's canonical text; the head says how long the
chain is and is sealed under another label, so that a cut at the end is seen. Whoever holds the database alone can
neither write a record nor a head. What no chain can see is a whole older database put in place of a newer one: for that
send `head()` elsewhere and hand it to `verify(known=…)`.

Records name people, so they have an end: `thin` deletes the oldest and puts down where the chain begins then, sealed
under a third label.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, select, update

from bridge.domain.errors import StoreFault
from bridge.domain.record import Event, Record, canonical, micros
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import audit, audit_floor, audit_head
from connectors.store.times import moment

PAGE: Final = 1000
START: Final = bytes(32)  # stands for the seal before the first record
TAMPERED: Final = (
    "the head of the audit chain was changed from outside; nothing is recorded until `audit verify` is clean"
)

DELETED: Final = "the record that was noted elsewhere is among those deleted for their age; compare a later one"
NOT_MET: Final = "the chain does not hold the record that was noted elsewhere: an older database was put in place"

HEAD: Final = Fixed(select(audit_head))
SET_HEAD: Final = Fixed(update(audit_head).values({n: bindparam(n) for n in ("seq", "seal", "mac")}))
ITS_OWN: Final = select(audit).where(audit.c.reset_id == bindparam("reset")).order_by(audit.c.seq)
OF_RESET: Final = Fixed(ITS_OWN)
OF_KIND: Final = Fixed(ITS_OWN.where(audit.c.kind == bindparam("kind")))


class Chain:
    """The two keys that seal records and head, made from the audit key."""

    def __init__(self, key: bytes) -> None:
        self._record = hmac.digest(key, b"resetbridge/1 audit record", "sha256")
        self._head = hmac.digest(key, b"resetbridge/1 audit head", "sha256")
        self._floor = hmac.digest(key, b"resetbridge/1 audit floor", "sha256")

    def seal(self, before: bytes, seq: int, event: Event) -> bytes:
        """The seal of a record: 32 bytes."""
        return hmac.digest(self._record, before + canonical(seq, event), "sha256")

    def mac(self, seq: int, seal: bytes) -> bytes:
        """What proves a head: 32 bytes."""
        return hmac.digest(self._head, seq.to_bytes(8, "big") + seal, "sha256")

    def floor_mac(self, seq: int, seal: bytes) -> bytes:
        """What proves a floor: 32 bytes."""
        return hmac.digest(self._floor, seq.to_bytes(8, "big") + seal, "sha256")


class SqlAudit:
    """The port `AuditLog`.

    Events wait in memory until the transaction ends: the head is locked last and for a moment only, so that writers
    neither queue behind it for long nor wait for one another in a circle.
    """

    def __init__(self, sql: Sql, chain: Chain) -> None:
        self._sql = sql
        self._chain = chain
        self._waiting: list[Event] = []
        self.last: tuple[int, bytes] | None = None  # number and seal of the newest record that this one has written

    def append(self, *events: Event) -> None:
        """Raises TypeError, before anything is written, when a value is not plain; a Secret is none."""
        for event in events:
            _demand_plain(event)
        self._waiting.extend(events)

    def head(self) -> tuple[int, bytes]:
        self.flush()
        row = self._head_row()
        return (row.seq, row.seal) if row.seq else (0, b"")

    def records(self, after: int = 0, limit: int = 500) -> list[Record]:
        self.flush()
        return [to_record(row) for row in self._page(after, limit)]

    def of_reset(self, reset_id: str, *, kind: str | None = None) -> list[Record]:
        self.flush()
        rows = self._sql.rows(OF_KIND if kind else OF_RESET, {"reset": reset_id, "kind": kind})
        return [to_record(row) for row in rows]

    def verify(self, known: tuple[int, bytes] | None = None) -> tuple[int, str | None]:
        """Walk the whole chain; `known` is a head that was noted elsewhere and has to lie on it."""
        self.flush()
        head = self._sql.row(self._sql.locked(HEAD))  # first: nobody then appends meanwhile
        floor = self._floor()
        if floor is None:
            return 0, "the beginning of the chain was changed"
        (read, before), begun = floor, floor[0]
        met = known in (None, (0, b""), floor)
        for row in self._walk():
            if row.seq != read + 1:
                return read - begun, f"record {read + 1} is missing"
            if not self._fits(row, before):
                return read - begun, f"record {row.seq} was changed, or another one was put in its place"
            read, before = row.seq, row.seal
            met = met or known == (read, before)
        unmet = DELETED if known and known[0] < begun else NOT_MET
        return read - begun, self._judge_end(head, read, before) or (None if met else unmet)

    def thin(self, before: datetime, limit: int) -> int:
        self.flush()
        head, floor = self._head_row(), self._floor()
        kept = self._sql.row(select(audit.c.seq).where(audit.c.at >= micros(before)).order_by(audit.c.seq).limit(1))
        last = (kept.seq if kept else head.seq) - 1  # the newest always stays
        if floor is None or last <= floor[0]:
            return 0
        rows = self._page(floor[0], min(last - floor[0], limit))
        seq, seal = floor
        for row in rows:
            if row.seq != seq + 1 or not self._fits(row, seal):
                return 0  # what was tampered with stays to be seen
            seq, seal = row.seq, row.seal
        self._sql.do(delete(audit).where(audit.c.seq <= seq))
        self._sql.put(audit_floor, {"id": 1, "seq": seq, "seal": seal, "mac": self._chain.floor_mac(seq, seal)})
        return seq - floor[0]

    def _judge_end(self, head: Row[Any] | None, read: int, last: bytes) -> str | None:
        if head is None or not self._proven(head):
            return "the head of the chain was changed"
        if head.seq > read:
            return f"record {read + 1} is missing: the end was cut off, the head counts {head.seq}"
        if (head.seq, head.seal) != (read, last):
            return f"record {head.seq + 1} was added from outside"
        return None

    def flush(self) -> None:
        """Write what waits. The unit of work calls it last before it commits."""
        if not self._waiting:
            return
        head = self._head_row()
        seq, before = head.seq, head.seal
        rows = []
        for event in self._waiting:
            seq += 1
            before = self._chain.seal(before, seq, event)
            rows.append(to_row(seq, event, before))
        self._waiting = []
        self._sql.add(audit, *rows)
        self._sql.do(SET_HEAD, {"seq": seq, "seal": before, "mac": self._chain.mac(seq, before)})
        self.last = seq, before

    def holds(self, number: int, seal: bytes) -> bool:
        """Whether that record is there. Whoever is writing one is waited for: afterwards none comes that was begun
        before."""
        self._head_row()
        row = self._sql.row(select(audit.c.seal).where(audit.c.seq == number))
        return row is not None and hmac.compare_digest(row.seal, seal)

    def rehearse(self) -> None:
        """Write a record that is not to stay: whoever calls it rolls back. Raises StoreFault where none can be."""
        self.append(Event(at=datetime.fromtimestamp(0, UTC), kind="audit.thinned", by="system"))
        self.flush()

    def begin(self) -> None:
        """Put down the head of an empty chain."""
        self._sql.add_if_absent(audit_head, {"id": 1, "seq": 0, "seal": START, "mac": self._chain.mac(0, START)})

    def _head_row(self) -> Row[Any]:
        head = self._sql.row(self._sql.locked(HEAD))
        if head is None or not self._proven(head):
            raise StoreFault(TAMPERED)
        return head

    def _floor(self) -> tuple[int, bytes] | None:
        """(seq, seal) of the last deleted record, or of the place before the first; None where it was changed."""
        row = self._sql.row(select(audit_floor))
        if row is None:
            return 0, START
        proven = hmac.compare_digest(row.mac, self._chain.floor_mac(max(row.seq, 0), row.seal))
        return (row.seq, row.seal) if proven else None

    def _proven(self, head: Row[Any]) -> bool:
        return hmac.compare_digest(head.mac, self._chain.mac(max(head.seq, 0), head.seal))

    def _walk(self) -> Iterator[Row[Any]]:
        after = -(2**62)  # a record slipped in ahead of the first is seen, too
        while page := self._page(after, PAGE):
            yield from page
            after = page[-1].seq

    def _page(self, after: int, limit: int) -> list[Row[Any]]:
        return self._sql.rows(select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit))

    def _fits(self, row: Row[Any], before: bytes) -> bool:
        try:
            seal = self._chain.seal(before, row.seq, to_record(row).event)
        except (ValueError, TypeError, OverflowError):
            return False  # not even readable
        return hmac.compare_digest(row.seal, seal)


def to_row(seq: int, event: Event, seal: bytes) -> dict[str, Any]:
    """An event in its place as a row."""
    return {
        "seq": seq,
        "at": micros(event.at),
        "kind": event.kind,
        "done_by": event.by,
        "reset_id": event.reset_id,
        "detail": json.dumps(dict(event.detail), sort_keys=True, separators=(",", ":")),
        "seal": seal,
    }


def to_record(row: Row[Any]) -> Record:
    """A row as a record."""
    event = Event(
        at=moment(row.at), kind=row.kind, by=row.done_by, reset_id=row.reset_id, detail=json.loads(row.detail)
    )
    return Record(seq=row.seq, event=event, seal=row.seal)


def _demand_plain(event: Event) -> None:
    micros(event.at)
    for name, text in (("kind", event.kind), ("by", event.by), ("reset", event.reset_id or "-")):
        if not isinstance(text, str) or not text.isprintable():
            raise TypeError(f"audit event: {name} is one line of text")
    for key, value in event.detail.items():
        if not isinstance(key, str) or not (value is None or isinstance(value, str | int | bool)):
            raise TypeError(f"audit event {event.kind}: {key} is no plain value but {type(value).__name__}")
