"""RACF's LISTUSER, line by line and in its order: NAME and INSTALLATION-DATA are whatever somebody typed.

A 3270 puts an attribute in front of every line, so columns count from where USER= stands. All that is wanted comes
before INSTALLATION-DATA, and the group connections after it have attributes and revocations of their own.

Source: z/OS Security Server RACF Command Language Reference, LISTUSER; captured listings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Standing

MUST_CHANGE: Final = "00.000"
NONE: Final = "N/A"
PRIVILEGED: Final = ("SPECIAL", "OPERATIONS", "AUDITOR", "ROAUDIT")
FULL_ROW: Final = 78  # characters from which on a row may have been broken inside a word

HEAD: Final = re.compile(r"( {0,2})USER=(\S+) +NAME=(.*) +OWNER=(\S+) +CREATED=(\S+) *")
SECOND: Final = re.compile(
    r" ?DEFAULT-GROUP=(?P<group>\S+) +PASSDATE= *(?P<password>\d\d\.\d{3}|N/A) +PASS-INTERVAL= *(?P<interval>\S+)"
    r"(?: +PHRASEDATE= *(?P<phrase>\d\d\.\d{3}|N/A))?(?: .*)?"
)
ATTRIBUTES: Final = re.compile(r" ?ATTRIBUTES=(.*)")
REVOKE: Final = re.compile(r" ?REVOKE DATE=(.*?) +RESUME DATE=(.*?) *")
LAST_ACCESS: Final = re.compile(r" ?LAST-ACCESS=(\S+) *")
CLASSES: Final = re.compile(r" ?CLASS AUTHORIZATIONS=.*")
END: Final = re.compile(r"SECURITY-LABEL=.+")
MONTHS: Final = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER",
    "DECEMBER",
)  # fmt: skip


def listing(rows: Sequence[str], userid: Userid) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split rows into one listing of the userid, USER= at column 1, and what stands before it and behind its end.

    Without exactly one such listing, the first is empty and the second is everything.
    """
    heads = [(at, found) for at, row in enumerate(rows) if (found := HEAD.fullmatch(row))]
    if len(heads) != 1 or heads[0][1][2] != userid:
        return (), tuple(rows)
    start, head = heads[0]
    indent = len(head[1])
    shown = [row[indent:] if not row[:indent].strip() else row for row in rows[start:]]
    end = next((at for at, row in enumerate(shown) if END.fullmatch(row)), len(shown) - 1)
    return tuple(shown[: end + 1]), (*rows[:start], *rows[start + end + 1 :])


def profile(shown: Sequence[str], userid: Userid, today: date | None, *, phrased: bool = False) -> Profile | None:
    """Read a listing, from USER= to SECURITY-LABEL= or its last row; None when it is not whole.

    phrased   a reset replaces the phrase: what is due and when it was changed is PHRASEDATE's to say

    What is read stands above the free text and the groups: a listing that ends early, without security labels, is one.
    """
    second = SECOND.fullmatch(shown[1]) if len(shown) > 2 else None
    facts = _facts(shown[2:])
    if second is None or facts is None:
        return None
    password, phrase, words = second["password"], second["phrase"], facts.attributes
    stamp = (phrase or NONE) if phrased else password
    revoked, must_change = "REVOKED" in words, stamp == MUST_CHANGE
    return Profile(
        userid=userid,
        standing=Standing.SUSPENDED if revoked else Standing.EXPIRED if must_change else Standing.ACTIVE,
        must_change=must_change,
        stamp=None if stamp == NONE else stamp,
        suspended_by="administrator" if revoked and _has_come(facts.revoke, today) else None,
        privileged=tuple(word for word in PRIVILEGED if word in words),
        protected="PROTECTED" in words,
        has_password=password != NONE,
        has_phrase=phrase not in {None, NONE},
        phrased=phrased,
        last_use=facts.last_use,
        raw=tuple(shown),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    attributes: frozenset[str]
    revoke: str
    last_use: str


def _facts(rows: Sequence[str]) -> _Facts | None:
    """What stands between the second line and the free text; None when one of the labels does not come in its turn."""
    found: list[re.Match[str]] = []
    rest = iter(rows)
    ahead: list[str] = []
    for label in (REVOKE, LAST_ACCESS, CLASSES):
        for row in rest:
            if match := label.fullmatch(row):
                found.append(match)
                break
            if label is REVOKE:
                ahead.append(row)
    attributes = _attributes(ahead)
    if len(found) < 3 or not attributes:
        return None
    return _Facts(attributes, revoke=found[0][1], last_use=found[1][1])


def _attributes(rows: Sequence[str]) -> frozenset[str]:
    """The words of a first ATTRIBUTES= line, of a second one, and of lines that were wrapped.

    A row that is full may have been broken inside a word: then both readings count, and SPECIAL is not overlooked.
    """
    words: set[str] = set()
    text, full = "", False
    for row in rows:
        found = ATTRIBUTES.fullmatch(row)
        if found is None and (not words or "=" in row):
            continue
        here = found[1] if found else row.strip()
        words |= set(here.split())
        if full and not found:
            words |= set((text.rstrip() + here).split())
        text, full = here, len(row) >= FULL_ROW
    return frozenset(words)


def _has_come(revoke: str, today: date | None) -> bool:
    """Whether a revocation by date (OCTOBER 22, 2023) is what revoked the userid: RESUME would undo it."""
    if revoke in {"", "NONE"}:
        return False
    found = re.fullmatch(r"([A-Z]+) (\d{1,2}), (\d{4})", revoke.upper())
    if today is None or found is None or found[1] not in MONTHS:
        return True
    return (int(found[3]), MONTHS.index(found[1]) + 1, int(found[2])) <= (today.year, today.month, today.day)
