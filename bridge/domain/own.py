"""A service id's own password: what is known of it, and which may be typed next. Pure.

The order that makes it safe: what is drawn is sealed and stored as the candidate before the host sees it. From then on
the host may have either, until a logon with one of the two has been answered. Each of them is tried once, the candidate
first, and marked before it leaves: a wrong one counts towards the service id's revocation, whoever types it.

The configuration's file holds the first password. Once another was chosen here, that one counts, until the file's
content is another one: then a person has mended something, and the file counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from bridge.domain.names import Account

MOST_FAILED: Final = 2
"""So many rotations in a row that changed nothing: then a person looks first."""
MOST_DRAWN: Final = 3
"""A host that refuses a new password is offered another one, at most twice."""
PAUSE: Final = timedelta(minutes=5)
"""After a rotation that met trouble."""


class Which(StrEnum):
    """A password of the service id."""

    CURRENT = "current"
    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When the daemon changes it by itself.

    mode    never: only on command; on_expiry: when the host demands it, or `ahead` of the day that the host has named;
            by_age: as well when it is older than `every`
    """

    mode: Literal["never", "on_expiry", "by_age"] = "never"
    every: timedelta = timedelta(days=30)
    ahead: timedelta = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One service id's row. Sealed bytes open under the server's keys and behind the file's password alone.

    version     0: not stored yet
    mark        the fingerprint of the file's password that this builds on; `mark_before` of the one before
    current     sealed; None: the file's own
    since       when `current`, or the file's, was first known to be right
    candidate   sealed; the host may have it
    …_tried     it has been sent since the doubt began
    refused     the host said that it is wrong, or may have, or that the id is revoked and the like; until the file is
                another, or somebody says so
    failed      rotations in a row that changed nothing
    expires_at  as the host announced it
    wanted_by   who asked for a rotation, at `wanted_at`; written apart from the version
    not_before  no rotation by itself before that
    words       how the last one ended, or what a person must do
    """

    account: Account
    version: int = 0
    mark: bytes | None = field(default=None, repr=False)
    mark_before: bytes | None = field(default=None, repr=False)
    current: bytes | None = field(default=None, repr=False)
    since: datetime | None = None
    candidate: bytes | None = field(default=None, repr=False)
    drawn_at: datetime | None = None
    candidate_tried: bool = False
    current_tried: bool = False
    refused: bool = False
    failed: int = 0
    expires_at: datetime | None = None
    wanted_at: datetime | None = None
    wanted_by: str | None = None
    not_before: datetime | None = None
    words: str = ""

    @property
    def in_doubt(self) -> bool:
        """Whether the host may have either of two."""
        return self.candidate is not None

    @property
    def stuck(self) -> bool:
        """Whether both have been tried: nobody here may type a third."""
        return self.in_doubt and self.candidate_tried and self.current_tried

    @property
    def stopped(self) -> bool:
        """Whether a person must act first."""
        return self.stuck or self.refused

    @property
    def next(self) -> Which | None:
        """Which to log on with; None when none may be typed."""
        if self.stopped:
            return None
        return Which.CANDIDATE if self.in_doubt and not self.candidate_tried else Which.CURRENT

    @property
    def state(self) -> str:
        """In a word, for people and metrics."""
        if self.stopped:
            return "stopped"
        return "in doubt" if self.in_doubt else "chosen here" if self.current else "from the file"


def due(own: Own | None, plan: Plan, now: datetime) -> bool:
    """Whether the host should be logged on to for the password's sake: to prove one, or to choose another."""
    if own is None or own.stopped or (own.not_before is not None and now < own.not_before):
        return False
    if own.in_doubt or own.wanted_at is not None:
        return True
    if plan.mode == "never" or own.failed >= MOST_FAILED:
        return False
    if own.expires_at is not None and own.expires_at - plan.ahead <= now:
        return True
    return plan.mode == "by_age" and own.since is not None and now - own.since >= plan.every


def drawn(own: Own, sealed: bytes, mark: bytes, *, at: datetime) -> Own:
    """A new candidate. What was in doubt before has been decided by the host: the current one is right."""
    known = _settled(own)
    return replace(known, candidate=sealed, drawn_at=at, mark=mark, words="")


def tried(own: Own, which: Which, *, done: bool = True) -> Own:
    """Mark that it is about to be sent; `done=False` takes that back: the host has answered, and not about it."""
    words = own.words if done else ""
    return replace(own, words=words, **{f"{which.value}_tried": done})  # type: ignore[arg-type]


def promoted(own: Own, *, at: datetime) -> Own:
    """A logon with the candidate worked: it is the current one."""
    return replace(
        _settled(own), current=own.candidate, since=at, failed=0, refused=False, expires_at=None, not_before=None,
        words="",
    )  # fmt: skip


def kept(own: Own, *, at: datetime, words: str) -> Own:
    """A logon with the current one worked: the host never took the candidate."""
    return replace(
        _settled(own), failed=own.failed + 1, since=own.since or at, not_before=at + PAUSE, refused=False, words=words
    )  # fmt: skip


def withdrawn(own: Own) -> Own:
    """The candidate never reached the host, or the host said no to it."""
    return _settled(own)


def gave_up(own: Own, *, at: datetime, words: str) -> Own:
    """The host took none."""
    return replace(own, failed=own.failed + 1, not_before=at + PAUSE, words=words)


def from_file(own: Own, mark: bytes) -> Own:
    """The file has another content: it counts, and whatever was known is over."""
    return replace(
        withdrawn(own), mark=mark, mark_before=own.mark, current=None, since=None, refused=False, failed=0,
        expires_at=None, not_before=None, words="",
    )  # fmt: skip


def _settled(own: Own) -> Own:
    return replace(own, candidate=None, drawn_at=None, candidate_tried=False, current_tried=False)
