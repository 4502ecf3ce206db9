"""Audit records and the chain that holds them together (I8)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Detail = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, before it has its place in the chain.

    kind    e.g. reset.published, factor.wrong, link.opened, operator.added; the handbook lists them
    by      operator:NAME, person:NAME, worker:NODE, link holder, or system
    detail  plain values only; a Secret or Line here is a mistake that the store refuses
    """

    at: datetime
    kind: str
    by: str
    reset_id: str | None = None
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event in its place. `seal` = HMAC over the record before it and this one's canonical text."""

    seq: int
    event: Event
    seal: bytes


def canonical(seq: int, event: Event) -> bytes:
    """The bytes that are sealed: one JSON text, sorted keys, times in microseconds since 1970."""
    return json.dumps(
        {
            "seq": seq,
            "at": micros(event.at),
            "kind": event.kind,
            "by": event.by,
            "reset": event.reset_id,
            "detail": dict(event.detail),
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    ).encode()


def micros(at: datetime) -> int:
    """Microseconds since 1970, exactly; `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone is no time")
    whole = int(at.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + at.microsecond
