"""ACF2's LIST of a logonid, by tokens and not by columns: sites add fields of their own.

A record is a line with logonid, UID string and name, then deeper lines of NAME(value) and bare bits under headings.
A field that is off or empty is left out. A phrase is a record of its own, in the same form under another first line:
PWPHRASE / logonid LAST CHANGED BY …

Source: Broadcom ACF2 for z/OS, logonid record fields; knowledge base 208692, 53539, 138950.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Standing, message_numbers

PRIVILEGED: Final = ("SECURITY", "ACCOUNT", "AUDIT", "LEADER", "CONSULT", "NON-CNCL", "READALL")
PROTECTED: Final = frozenset({"STC", "RESTRICT"})
MARGIN: Final = 4  # columns at most ahead of a logonid: LIST indents it, and a 3270 puts an attribute in front
DEEPER: Final = 4  # columns by which a record's lines stand further in than its first
FULL_ROW: Final = 78  # characters from which on a row may have been broken inside a field

TOKEN: Final = re.compile(r"(?P<name>[A-Z0-9#@$/-]+)(?:\((?:'(?P<quoted>(?:[^']|'')*)'|(?P<value>[^)]*))\))?")

Record = tuple[str, ...]


def records(rows: Sequence[str], userid: Userid) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    """Split rows into records of the userid and what stands around them.

    CHANGE may show the record, and LIST does; a first line alone is no record but something that the host says.
    """
    return _split(rows, rf"{re.escape(userid)} {{3,}}\S.*")


def phrase_records(rows: Sequence[str], userid: Userid) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    """The same, for the records of the userid's phrase."""
    return _split(rows, rf"PWPHRASE */ *{re.escape(userid)}(?: .*)?")


def _split(rows: Sequence[str], first_line: str) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    head = re.compile(rf"( {{0,{MARGIN}}}){first_line}", re.IGNORECASE)
    found: list[Record] = []
    around: list[str] = []
    at = 0
    while at < len(rows):
        first = head.fullmatch(rows[at])
        end = _end(rows, at + 1, len(first[1]) + DEEPER) if first else at
        if end > at + 1:
            found.append(tuple(rows[at:end]))
        else:
            around.append(rows[at])
        at = max(end, at + 1)
    return tuple(found), tuple(around)


def profile(record: Record, userid: Userid, *, lift_suspend: bool = False) -> Profile:
    """Read one record. `lift_suspend`: SUSPEND is no administrator's there, but what wrong passwords lead to."""
    bits, fields = _tokens(record[1:])
    locked = bool(bits & {"SUSPEND", "CANCEL"})
    by_hand = bool(bits & ({"CANCEL"} if lift_suspend else {"SUSPEND", "CANCEL"}))
    violations = bool(_number(fields.get("PSWD-VIO"))) or locked
    must_change = "PSWD-EXP" in bits
    return Profile(
        userid=userid,
        standing=Standing.SUSPENDED if locked else Standing.EXPIRED if must_change else Standing.ACTIVE,
        must_change=must_change,
        stamp=fields.get("PSWD-TOD"),
        suspended_by="administrator" if by_hand else "violations" if violations else None,
        privileged=tuple(word for word in PRIVILEGED if word in bits),
        protected=bool(bits & PROTECTED),
        has_phrase="PWP-TOD" in fields,
        last_use="-".join(fields[name] for name in ("ACC-DATE", "ACC-TIME") if name in fields) or None,
        raw=record,
    )


def with_phrase(password: Profile, record: Record | None) -> Profile:
    """The same logonid where phrases are reset: what is due and when it was changed are the phrase's, which has a
    record of its own; None where the userid has no phrase."""
    bits, fields = _tokens(record[1:]) if record else (set[str](), dict[str, str]())
    must_change = "PWP-EXP" in bits
    standing = Standing.EXPIRED if must_change else Standing.ACTIVE
    violations = "violations" if _number(fields.get("PWP-VIO")) else None
    return replace(
        password,
        standing=Standing.SUSPENDED if password.standing is Standing.SUSPENDED else standing,
        must_change=must_change,
        stamp=fields.get("PWP-TOD"),
        suspended_by=password.suspended_by or violations,
        has_phrase=record is not None,
        phrased=True,
        raw=(*password.raw, *(record or ())),
    )


def narrowed(record: Record) -> str:
    """The name of the SCPLIST that narrows what the logonid may change; "" where it shows none."""
    _, fields = _tokens(record[1:])
    return fields.get("SCPLIST", "")


def _end(rows: Sequence[str], at: int, column: int) -> int:
    """Where the record ends: its lines stand further in, but for what the edge of the screen broke off."""
    while at < len(rows) and _is_fields(rows[at]) and not message_numbers([rows[at].upper()]):
        broken_off = len(rows[at - 1].rstrip()) >= FULL_ROW
        if rows[at][:column].strip() and not broken_off:
            break
        at += 1
    return at


def interrupted(around: Sequence[str]) -> bool:
    """Whether something came between the lines of a record: some of them stand outside of it."""
    return any(not row[:DEEPER].strip() and _is_fields(row) for row in around)


def _is_fields(row: str) -> bool:
    """Whether the row is nothing but fields; one that was broken inside a value counts."""
    return not re.sub(r"\([^)]*$|^[^(]*\)", "", TOKEN.sub("", row.strip().upper())).strip()


def _tokens(rows: Sequence[str]) -> tuple[set[str], dict[str, str]]:
    """Bare words, headings included, and fields with their values, blanks taken out.

    A full row may have been broken inside a word or have ended with one: both readings count.
    """
    bits: set[str] = set()
    fields: dict[str, str] = {}
    for glue in (" ", ""):
        text = "".join(row.strip() + (glue if len(row.rstrip()) >= FULL_ROW else " ") for row in rows)
        for token in TOKEN.finditer(text.upper()):
            value = token["quoted"] if token["quoted"] is not None else token["value"]
            if value is None:
                bits.add(token["name"])
            else:
                fields.setdefault(token["name"], "".join(value.split()))
    return bits, fields


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0
