"""Audit records as other programs read them: JSON lines, CSV, CEF. Pure: a record in, a line out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Final

from bridge.domain.record import Record

COLUMNS: Final = ("seq", "at", "kind", "by", "reset", "detail", "seal")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
ALARMING: Final = {"factor.wrong": 6, "reset.failed": 5, "reset.revoked": 6, "link.used_again": 7, "link.disowned": 8,
                   "link.elsewhere": 8, "link.damaged": 8,
                   "host.first_use_ignored": 8, "service.stopped": 7, "record.capped": 6}  # fmt: skip
ORDINARY: Final = 3


def plain(record: Record) -> dict[str, object]:
    """A record as plain values; the seal in hex."""
    event = record.event
    return {
        "seq": record.seq,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "by": event.by,
        "reset": event.reset_id,
        "detail": dict(event.detail),
        "seal": record.seal.hex(),
    }


def jsonl(record: Record) -> str:
    """One JSON text."""
    return json.dumps(plain(record), ensure_ascii=False, separators=(",", ":"))


def csv_line(record: Record) -> str:
    """One line of CSV; no cell begins as a formula."""
    values = plain(record)
    values["detail"] = json.dumps(values["detail"], ensure_ascii=False, sort_keys=True)
    return csv_row([values[name] for name in COLUMNS])


def csv_row(cells: list[object]) -> str:
    """Quote cells; what a spreadsheet would run is made text with an apostrophe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])  # with "" it would not quote ends
    return out.getvalue().removesuffix("\r\n")


def _cell(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else value


def cef(record: Record) -> str:
    """One line of ArcSight's Common Event Format, version 0."""
    event = record.event
    head = ("CEF:0", "Reset Bridge", "resetbridge", "1", event.kind, event.kind.replace(".", " "))
    severity = ALARMING.get(event.kind, ORDINARY)
    known: dict[str, object] = {
        "rt": int(event.at.timestamp() * 1000),
        "externalId": record.seq,
        "suser": event.by,
        "duser": event.detail.get("userid"),
        "dhost": event.detail.get("system"),
        "src": event.detail.get("source"),
        "cs1Label": "reset" if event.reset_id else None,
        "cs1": event.reset_id,
        "reason": event.detail.get("reason"),
        "msg": _rest(event.detail),
    }
    extension = " ".join(f"{name}={_escaped(str(value))}" for name, value in known.items() if value not in (None, ""))
    return "|".join([head[0], *(_header(part) for part in head[1:]), str(severity), extension])


def _rest(detail: Mapping[str, object]) -> str:
    spoken = {"userid", "system", "source", "reason"}
    return "; ".join(
        f"{key}: {value}" for key, value in sorted(detail.items()) if key not in spoken and value is not None
    )


def _header(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", "\\r").replace("\n", "\\n")


def _one_line(text: str) -> str:
    return " ".join(text.split())


FORMATS: Final[Mapping[str, Callable[[Record], str]]] = {"jsonl": jsonl, "csv": csv_line, "cef": cef}
HEADINGS: Final[Mapping[str, str]] = {"csv": csv_row(list(COLUMNS))}
