"""UNIX accounts as their own tools show them: how to read it, for each kind of UNIX. Pure.

What is typed, and what each answer is called, stands in dialogs/linux.yaml and aix.yaml. Every line has a Reply of its
own with its exit status. Lists speak English because LC_ALL says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Protocol

from bridge.config.model import Unix
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Reply, Standing
from connectors.hosts.dialogs import looks

NOBODY: Final = 65534

NOT_LOCAL: Final = 3
"""What the line that shows the entry exits with for an account that another directory has."""

Answers = Mapping[str, Reply]
"""What each line of `status` answered, by the name that it has there."""

Words = Mapping[str, Sequence[str]]
"""What is looked for, by the names of dialogs/looks.py."""

ANSWERS: Final = frozenset({"entry", "groups", "state", "ageing", "failures"})


class Variant(Protocol):
    """One kind of UNIX."""

    stamps_each_change: bool

    def unknown(self, answers: Answers) -> bool:
        """Whether the answers say that there is no such account."""

    def profile(self, answers: Answers, userid: Userid, raw: tuple[str, ...]) -> Profile | None:
        """Read the answers; None where they are not what they should be."""


class Linux:
    """Linux with shadow-utils. Sources: passwd(1), chage(1), chpasswd(8), faillock(8), getent(1).

    A lock by `passwd -l` is an administrator's; what wrong passwords do stands in faillock's records alone. chpasswd
    puts another hash in place of a locked one, so a reset would lift such a lock in passing.
    """

    stamps_each_change = False  # the last change is a day

    def __init__(self, settings: Unix, words: Words, today: date | None = None) -> None:
        self._settings, self._words, self._today = settings, words, today

    def unknown(self, answers: Answers) -> bool:
        """getent exits with 2 for a key that it does not find."""
        return set(answers) == {"entry"} and answers["entry"].code == 2 and not answers["entry"].said

    def profile(self, answers: Answers, userid: Userid, raw: tuple[str, ...]) -> Profile | None:
        """Read the five answers."""
        if set(answers) == {"entry"} and answers["entry"].code == NOT_LOCAL:
            return Profile(userid=userid, standing=Standing.ACTIVE, has_password=False, raw=raw)
        if not set(answers) >= ANSWERS or any(reply.code != 0 for reply in answers.values()):
            return None
        words = self._words
        uid = _uid(answers["entry"].said, userid)
        groups = answers["groups"].text.split()
        state = _state(answers["state"].said, userid)
        ageing = _labelled(answers["ageing"].said)
        last, ends = (_labelled_so(ageing, words[name]) for name in ("last_change", "expires"))
        known = {text for name in ("usable", "locked", "empty") for text in words[name]}
        if uid is None or state not in known or not last or ends is None:
            return None
        must_change, locked = last in words["due"], state in words["locked"]
        ours = self._settings.lift_lock and locked
        stopped = (locked and not ours) or self._has_come(ends)
        failed = any(row.split()[-1] in words["failure"] for row in answers["failures"].said)
        return Profile(
            userid=userid,
            standing=standing(stopped or ours, must_change=must_change),
            must_change=must_change,
            stamp=last,
            suspended_by="administrator" if stopped else "violations" if ours or failed else None,
            privileged=privileged(uid, groups, self._settings),
            protected=belongs_to_the_system(uid, self._settings),
            has_password=state not in words["empty"],
            raw=raw,
        )

    def untouched(self, before: Reply, behind: Reply) -> bool:
        """Whether the lists around chpasswd show that it has set nothing: it writes the day, which `chage -d 0` hides.

        Where the user had changed it on the very day, both look the same and nothing speaks against it.
        """
        earlier, now = (_labelled_so(_labelled(each.said), self._words["last_change"]) for each in (before, behind))
        if not now or now in {*self._words["due"], *self._words["never"]}:
            return True
        return now == earlier and not self.is_today(now)

    def is_today(self, stamp: str | None) -> bool:
        """Whether a last change is of today, by the host's calendar, which may be a day from ours."""
        found = looks.first_of(self._words["date"], stamp) if stamp else None
        return found is not None and self._today is not None and abs(date(*found) - self._today) <= timedelta(days=1)

    def _has_come(self, day: str) -> bool:
        """Whether the day is not in the future; a date that cannot be compared counts as come."""
        if day in self._words["never"]:
            return False
        found = looks.first_of(self._words["date"], day)
        return found is None or self._today is None or found <= self._today.timetuple()[:3]


def standing(suspended: bool, *, must_change: bool) -> Standing:
    """Suspended before all else."""
    return Standing.SUSPENDED if suspended else Standing.EXPIRED if must_change else Standing.ACTIVE


def privileged(uid: int, groups: Iterable[str], settings: Unix) -> tuple[str, ...]:
    """What makes an account more than a user's."""
    among = tuple(group for group in groups if group in settings.privileged_groups)
    return (*(("uid 0",) if uid == 0 else ()), *among)


def belongs_to_the_system(uid: int, settings: Unix) -> bool:
    """A number below the site's first user, or nobody's."""
    return uid < settings.lowest_uid or uid == NOBODY


def _uid(rows: Sequence[str], userid: Userid) -> int | None:
    """The number in the one entry of that name."""
    found = [row.split(":") for row in rows if row.startswith(f"{userid}:")]
    fits = len(found) == 1 and len(found[0]) == 7 and found[0][2].isascii() and found[0][2].isdigit()
    return int(found[0][2]) if fits else None


def _state(rows: Sequence[str], userid: Userid) -> str | None:
    """The word behind the name: `anna P 2026-11-25 0 99999 7 -1`, on some systems with a sentence behind it."""
    found = [one for row in rows if (one := re.fullmatch(rf"{re.escape(userid)} (\S+)(?: \S+){{5}}.*", row))]
    return found[0][1] if len(found) == 1 and len(rows) == 1 else None


def _labelled_so(pairs: Mapping[str, str], labels: Iterable[str]) -> str | None:
    """The value behind the first of these labels that is there."""
    return next((pairs[label] for label in labels if label in pairs), None)


def _labelled(rows: Sequence[str]) -> dict[str, str]:
    """`Label<tabs>: value` → value."""
    pairs = (row.partition(":") for row in rows)
    return {label.strip(): value.strip() for label, _, value in pairs}
