"""Top Secret's LIST of one ACID: `key = value`, the key in columns 1 to 11, `=` in 12, the value from 14 on.

A line that begins with a blank goes on with the one before; segments after the first begin with dashes. A 3270 puts an
attribute in front of every line, so columns count from where ACCESSORID stands. Keys count only where they begin a
line: NAME and INSTDATA are whatever somebody typed.

Sources: Broadcom Top Secret for z/OS, LIST function; public scripts that parse it (first line, columns, segments, the
last line). The PASSWORD and ATTRIBUTES lines are a reconstruction: their words are looked for, their places are not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Standing

HEAD: Final = re.compile(r"( {0,2})ACCESSORID = (\S+) +NAME +=(?: .*)?")
SEGMENT: Final = re.compile(r"-{5,}")
SECRET_KEYS: Final = re.compile(r"( {0,2})((?:PASSWORD|PHRASE|PASSPHRASE)[A-Z0-9() ]*=)(.*)")
FACTS: Final = re.compile(r"(?:^|\s+)(?:EXP(?:IRES?|IRED)?|INTERVAL|FAC(?:ILITY)?)\s*[=(].*")
"""Where the value of a PASSWORD line ends and what is said about it begins."""

EXPIRES: Final = re.compile(r"\bEXP(?:IRES?)?\s*[=(]\s*(\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4})")
INTERVAL: Final = re.compile(r"\bINTERVAL\s*[=(]\s*(\d{1,3})")
MESSAGE: Final = re.compile(r"\s*TSS\d{4}")
NOPW: Final = "NOPW"
"""Stands where a password would: none is needed to sign on."""
DOTS: Final = "........"
IN_CLEAR: Final = "(in clear)"

BY_VIOLATIONS: Final = frozenset({"PSUSPEND", "VSUSPEND"})
BY_OTHERS: Final = frozenset({"ASUSPEND", "XSUSPEND", "SUSPEND"})
"""By an administrator, by an installation exit, or nobody knows: REMOVE SUSPEND is not ours to say."""

STRUCTURE: Final = frozenset({"PROFILE", "GROUP", "DEPARTMENT", "DEPT", "DIVISION", "DIV", "ZONE"})
NOT_THE_USERS: Final = frozenset({"NOPWCHG"})
"""Who may not choose a password cannot be made to at first use."""

Record = tuple[tuple[str, str], ...]


def covered(rows: Sequence[str]) -> tuple[str, ...]:
    """The rows with whatever stands as a password or phrase taken out: PWVIEW shows it to those who may see it."""
    indent = next((len(found[1]) for row in rows if (found := HEAD.fullmatch(row))), 0)
    done: list[str] = []
    secret = False
    for row in rows:
        found = SECRET_KEYS.fullmatch(row)
        goes_on = row[indent : indent + 1] == " " and row[indent + 11 : indent + 12] != "=" and not MESSAGE.match(row)
        secret = found is not None or (secret and goes_on)
        if found:
            done.append(f"{found[1]}{found[2]} {_covered(found[3])}")
        else:
            done.append(f"{'':{indent + 13}}{_covered(row)}" if secret else row)
    return tuple(done)


def _covered(value: str) -> str:
    """What stands for a password, and after it what is said about it."""
    about = FACTS.search(value)
    text = (value[: about.start()] if about else value).strip()
    shown = text if text == NOPW else DOTS if not text.strip(".*") else IN_CLEAR
    return f"{shown}  {about[0].strip()}" if about else shown


def shown_in_clear(rows: Sequence[str]) -> bool:
    """Whether a password stood there before it was covered."""
    return any(IN_CLEAR in row for row in rows if SECRET_KEYS.fullmatch(row))


def listing(rows: Sequence[str], userid: Userid) -> tuple[Record, tuple[str, ...]]:
    """Split rows into the fields of one ACID's first segment, and all that is no line of a listing.

    Without exactly one listing, and of this ACID, the first is empty and the second is everything.
    """
    heads = [(at, found) for at, row in enumerate(rows) if (found := HEAD.fullmatch(row))]
    if len(heads) != 1 or heads[0][1][2] != userid:
        return (), tuple(rows)
    start, indent = heads[0][0], len(heads[0][1][1])
    fields: list[list[str]] = []
    around = list(rows[:start])
    first = True
    for row in rows[start:]:
        line = row[indent:] if not row[:indent].strip() else row
        if SEGMENT.match(line):
            first = False
        elif line[11:12] == "=" and not line.startswith(" "):
            if first:
                fields.append([line[:11].strip(), line[13:]])
        elif line.startswith(" "):
            if first:
                fields[-1][1] += " " + line.strip()
        else:
            around.append(row)
    return tuple((key, value) for key, value in fields), tuple(around)


def profile(record: Record, userid: Userid, raw: Sequence[str]) -> Profile | None:
    """Read a listing; None where it lacks the lines that DATA(BASIC,PASSWORD) asks for."""
    facts = _facts(record)
    kind = _first(record, "TYPE")
    if not kind or not (facts.passwords or facts.phrase):
        return None
    expires = EXPIRES.search(facts.passwords[0]) if facts.passwords else None
    must_change = expires is not None and is_first_use(expires[1])
    suspended = facts.words & (BY_VIOLATIONS | BY_OTHERS)
    several = len(facts.passwords) > 1 or "MULTIPW" in facts.words
    return Profile(
        userid=userid,
        standing=Standing.SUSPENDED if suspended else Standing.EXPIRED if must_change else Standing.ACTIVE,
        must_change=must_change,
        stamp=expires[1] if expires else None,
        suspended_by=None if not suspended else "administrator" if suspended & BY_OTHERS else "violations",
        privileged=(*(() if kind in STRUCTURE | {"USER"} else (kind,)), *(("MULTIPW",) if several else ())),
        protected=kind in STRUCTURE or bool(facts.words & NOT_THE_USERS),
        has_password=bool(facts.passwords) and NOPW not in facts.passwords[0].split(),
        has_phrase=facts.phrase,
        last_use=" ".join(_value(record, "LAST USED").split()[:2]) or None,
        raw=tuple(raw),
    )


def is_first_use(date: str) -> bool:
    """Whether an expiration date is the one that EXP leaves, 01/01/80, in whatever order the site writes dates."""
    return sorted(part[-2:] for part in re.split(r"\D", date)) == ["01", "01", "80"]


def interval(raw: Sequence[str]) -> str | None:
    """The days between changes that a listing shows, as it shows them."""
    found = next((one for row in raw if SECRET_KEYS.fullmatch(row) and (one := INTERVAL.search(row))), None)
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class _Facts:
    words: frozenset[str]
    passwords: tuple[str, ...]
    phrase: bool


def _facts(record: Record) -> _Facts:
    """Attribute words, SUSPEND for a timed one; each password's line; whether there is a phrase."""
    attributes = " ".join(value for key, value in record if key in {"ATTRIBUTES", "ATTRIBUTE"})
    words = set(re.split(r"[\s,()]+", attributes.upper()))
    if any(key.startswith("SUSPEND") for key, _ in record):
        words.add("SUSPEND")
    return _Facts(
        words=frozenset(words),
        passwords=tuple(value for key, value in record if key.startswith("PASSWORD")),
        phrase=any(key.startswith(("PHRASE", "PASSPHRASE")) for key, _ in record),
    )


def _value(record: Record, wanted: str) -> str:
    return next((value for key, value in record if key == wanted), "")


def _first(record: Record, wanted: str) -> str:
    """A value up to the second pair on its line."""
    return re.split(r"\s{2,}", _value(record, wanted).strip())[0].upper()
