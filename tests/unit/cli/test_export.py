"""Records as other programs read them."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from bridge.cli.export import cef, csv_line, jsonl
from bridge.domain.record import Event, Record

AT = datetime(2026, 11, 25, 12, 0, 0, 500000, tzinfo=UTC)


def record(**values: object) -> Record:
    """A wrong answer with a detail."""
    detail = {"system": "PRODA", "userid": "PAYROLL7", "source": "192.0.2.7", **values}
    event = Event(at=AT, kind="factor.wrong", by="link holder", reset_id="R7K2M9QX4TB0C", detail=detail)  # type: ignore[arg-type]
    return Record(seq=7, event=event, seal=b"\x01\x02")


def test_jsonl_is_the_whole_record() -> None:
    """One line, nothing left out, the seal in hex."""
    line = jsonl(record(agent="Mozilla\n5.0"))

    assert "\n" not in line
    assert json.loads(line)["detail"]["agent"] == "Mozilla\n5.0"
    assert json.loads(line)["seal"] == "0102"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_makes_no_formulas(start: str) -> None:
    """A name that a spreadsheet would run is text."""
    event = Event(at=AT, kind=f"{start}cmd", by="x", detail={})

    cells = next(csv.reader(io.StringIO(csv_line(Record(seq=1, event=event, seal=b"")), newline="")))

    assert cells[2] == f"'{start}cmd"


def test_cef_escapes_what_it_gives_a_meaning() -> None:
    """Pipes in the head, equals signs and line ends in the extension; a wrong answer is more severe than a request."""
    line = cef(record(reason="a=b\\c\nd", agent="x|y", nothing=None))

    head, extension = line.split("|7|", 1) if "|7|" in line else line.split("|6|", 1)
    assert head == "CEF:0|Reset Bridge|resetbridge|1|factor.wrong|factor wrong"
    assert "reason=a\\=b\\\\c\\nd" in extension
    assert "duser=PAYROLL7" in extension
    assert "src=192.0.2.7" in extension
    assert f"rt={int(AT.timestamp() * 1000)}" in extension
    assert "msg=agent: x|y" in extension
    assert "\n" not in line
