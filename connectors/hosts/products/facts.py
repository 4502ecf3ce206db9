"""Accounts as a program of the site's own shows them, `label: value` in each row; its dialog says the rest. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bridge.domain.names import Userid
from bridge.domain.outcome import Profile
from connectors.hosts.dialogs.orders import Fact, Facts
from connectors.hosts.products.accounts import Answers, standing

ROW: Final = re.compile(r"\s*(?P<label>\S.*?)[ .]*[:=]\s*(?P<value>.*?)\s*")


class Unread(Exception):
    """A value is not there once, or is neither yes nor no."""


class Told:
    """Read by `profile:` of a dialog. A fact that no row tells, or tells twice, leaves the whole of it unread."""

    stamps_each_change = True

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def unknown(self, answers: Answers) -> bool:
        """What is on the list under refused.unknown_user says so, and nothing else."""
        del answers
        return False

    def profile(self, answers: Answers, userid: Userid, raw: tuple[str, ...]) -> Profile | None:
        """Read the answers."""
        facts = self._facts
        if any(reply.code != 0 for reply in answers.values()):
            return None
        try:
            if _value(facts.userid, answers) != userid:
                return None
            must_change = _yes(facts.must_change, answers)
            stopped = _yes(facts.suspended, answers)
            failed = facts.violations is not None and _yes(facts.violations, answers)
            return Profile(
                userid=userid,
                standing=standing(stopped or failed, must_change=must_change),
                must_change=must_change,
                stamp=_value(facts.changed, answers),
                suspended_by="administrator" if stopped else "violations" if failed else None,
                privileged=(facts.privileged.label,) if _yes(facts.privileged, answers) else (),
                protected=facts.protected is not None and _yes(facts.protected, answers),
                has_password=facts.password is None or _yes(facts.password, answers),
                raw=raw,
            )
        except Unread:
            return None


def _value(fact: Fact, answers: Answers) -> str:
    """What stands behind the label, "" for nothing."""
    found = _values(answers[fact.shows].said if fact.shows in answers else (), fact.label)
    if len(found) != 1 or not found[0]:
        raise Unread
    return found[0]


def _values(rows: Sequence[str], label: str) -> list[str]:
    pairs = [found for row in rows if (found := ROW.fullmatch(row))]
    return [pair["value"] for pair in pairs if pair["label"].casefold() == label.casefold()]


def _yes(fact: Fact, answers: Answers) -> bool:
    value = _value(fact, answers).casefold()
    if value in {each.casefold() for each in fact.when}:
        return True
    if value not in {each.casefold() for each in fact.unless}:
        raise Unread
    return False
