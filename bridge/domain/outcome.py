"""What a host was asked and what it said: orders, replies, verdicts, profiles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Final

from bridge.domain.names import Userid
from bridge.domain.secret import Line, Secret


class Verb(StrEnum):
    """What is wanted of the host; a remote helper gets this word."""

    PING = "ping"
    STATUS = "status"
    RESET = "reset"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One line to type and the prompts that may follow: words that stand alone on the last line.

    ends    the prompt that is expected next, e.g. ("READY",) or ("ACF", "LID")
    after   type it only if the answer to the line before holds this text, in any case; otherwise stop there
    given   a line for the command's standard input, where the transport is a shell; secrets belong here
    """

    line: Line
    ends: tuple[str, ...] = ("READY",)
    after: str = ""
    given: Line | None = None

    @property
    def in_words(self) -> str:
        """The line, and what it is given ahead of it; secrets masked."""
        return f"{self.given} | {self.line}" if self.given else str(self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One request to a host, in both forms: lines for a terminal, and one that a helper on the host is given.

    typed   lines in order; a transport that types stops at the first that does not come back to its prompt,
            and types `leave` in every case, so that the session is at READY again
    asked   what a helper is given; secrets go as hexadecimal digits, and {nonce} is what its answer is known by
    within  how long a shell or a helper may take over all of it; the transport's own limit holds beside it
    fenced  no listing can tell whether it was done, only that READY comes and nothing else: a READY more has to follow
            ENTER alone, for one may have been on its way already when the line left
    """

    verb: Verb
    userid: Userid | None = None
    new: Secret | None = None
    typed: tuple[Typed, ...] = ()
    leave: tuple[Typed, ...] = ()
    asked: Line | None = None
    within: timedelta | None = None
    fenced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the host said to one line: rows in screen order, echo cut off, secrets masked.

    prompt  the word at which it ended, "" if none of the expected came
    code    the command's return code where the transport has one
    """

    rows: tuple[str, ...]
    prompt: str = ""
    code: int | None = None

    @property
    def text(self) -> str:
        """The rows as one text."""
        return "\n".join(self.rows)

    @property
    def said(self) -> tuple[str, ...]:
        """The rows that are not blank."""
        return tuple(row.rstrip() for row in self.rows if row.strip())


class Verdict(Enum):
    """What an answer proves. An outcome starts UNKNOWN; only an answer on the list moves it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """What the host says of a userid."""

    UNKNOWN = "unknown"
    ACTIVE = "active"
    EXPIRED = "expired"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A userid as the host's own listing shows it.

    must_change     True while the next logon has to choose a new password
    stamp           when the password was last changed, in the host's own words (RACF: day; ACF2: minute)
    stamp_is_fine   True where a change always shows in `stamp` after `grain`
    suspended_by    "violations", "administrator", or None; a suspended userid with None: the host does not say (RACF)
    privileged      the host's words for it, e.g. ("SPECIAL",)
    protected       no password by design
    has_password / has_phrase   which credentials exist
    phrased         `must_change` and `stamp` are the phrase's, which is what a reset replaces on this system
    raw             the listing, masked, for the record of an unexpected answer
    """

    userid: Userid
    standing: Standing
    must_change: bool = False
    stamp: str | None = None
    suspended_by: str | None = None
    privileged: tuple[str, ...] = ()
    protected: bool = False
    has_password: bool = True
    has_phrase: bool = False
    phrased: bool = False
    last_use: str | None = None
    raw: tuple[str, ...] = field(default=(), repr=False)

    @property
    def resettable(self) -> bool:
        """Whether there is what a reset would replace: both credentials are independent, and none is ever added."""
        return self.has_phrase if self.phrased else self.has_password

    @property
    def suspended(self) -> bool:
        """Whether it is suspended, by whatever; ACF2 shows violations ahead of that, and RACF a revocation alone."""
        return self.suspended_by is not None or self.standing is Standing.SUSPENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the read-back proves of a change (I11).

    verdict  YES: set, and to be changed at first use. NO: the host ignored one of the two. UNKNOWN: cannot tell
    note     for the audit, e.g. that only silence is evidence
    flag_ignored  the password changed but the first-use flag did not stay: spoil it
    again    after this time a new attempt can be proven
    """

    verdict: Verdict
    note: str = ""
    flag_ignored: bool = False
    again: timedelta | None = None


class Reach(StrEnum):
    """Whether a system can be worked on, as a worker last found it."""

    WELL = "well"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # the service id; until a person has mended it


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a node last found of a system, in words without secrets.

    at      since when it says so
    heard   when it last said so, or anything else
    """

    system: str
    node: str
    reach: Reach
    words: str
    at: datetime
    heard: datetime


MESSAGE: Final = re.compile(r"^\s*((?:ICH|IKJ|IRR|IKT|ACF|TSS|CPF|CPC|CSV|IEE|BPX|FSUM|CPD)[A-Z0-9]{3,6}[AEIRWDST]?)\b")


def message_numbers(rows: Iterable[str]) -> frozenset[str]:
    """The message ids that begin a row: ICH21005I, IKJ56702I, ACF0A017, TSS0300I."""
    return frozenset(found[1] for row in rows if (found := MESSAGE.match(row)))
