"""AIX accounts: how to read what lsuser and pwdadm print. Pure, and never tried on a real AIX.

Sources: IBM AIX 7 Commands Reference, pwdadm (-q shows lastupdate and flags), lsuser; public scripts that read them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridge.config.model import Unix
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile
from connectors.hosts.products.accounts import Answers, Words, belongs_to_the_system, privileged, standing


class Aix:
    """AIX with its local registry."""

    stamps_each_change = True  # lastupdate has seconds

    def __init__(self, settings: Unix, words: Words) -> None:
        self._settings, self._words = settings, words

    def unknown(self, answers: Answers) -> bool:
        """What is on the list under refused.unknown_user says so, and nothing else."""
        del answers
        return False

    def profile(self, answers: Answers, userid: Userid, raw: tuple[str, ...]) -> Profile | None:
        """Read the two answers."""
        if not {"attributes", "password"} <= set(answers) or any(reply.code != 0 for reply in answers.values()):
            return None
        words = self._words
        attributes = _attributes(answers["attributes"].said, userid)
        stanza = _stanza(answers["password"].said, userid)
        if attributes is None or stanza is None:
            return None
        facts = {name: value for name in words for label in words[name] if (value := attributes.get(label)) is not None}
        password = {name: value for name in words for label in words[name] if (value := stanza.get(label)) is not None}
        if not facts.get("id", "").isdigit():
            return None
        uid, failed, most = int(facts["id"]), _number(facts, "failed"), _number(facts, "most_failed")
        out = 0 < most <= failed
        locked = facts.get("locked") in words["is_locked"] or facts.get("expires", "") not in {"", *words["no_expiry"]}
        must_change = bool(set(words["due"]) & set(password.get("flags", "").split(",")))
        return Profile(
            userid=userid,
            standing=standing(locked or out, must_change=must_change),
            must_change=must_change,
            stamp=password.get("changed"),
            suspended_by="administrator" if locked else "violations" if failed else None,
            privileged=(
                *(("admin",) if facts.get("admin") in words["is_admin"] else ()),
                *privileged(uid, facts.get("groups", "").split(","), self._settings),
            ),
            protected=belongs_to_the_system(uid, self._settings),
            has_password=facts.get("registry", "") in {"", *words["local"]} and "changed" in password,
            raw=raw,
        )


def _attributes(rows: Sequence[str], userid: Userid) -> dict[str, str] | None:
    """`anna id=201 registry=files …` → its pairs."""
    if len(rows) != 1 or not rows[0].startswith(f"{userid} "):
        return None
    return dict(re.findall(r"(\w+)=(\S*)", rows[0]))


def _stanza(rows: Sequence[str], userid: Userid) -> dict[str, str] | None:
    """`anna:`, then indented `name = value`."""
    if not rows or rows[0].strip() != f"{userid}:":
        return None
    return {name.strip(): value.strip() for name, _, value in (row.partition("=") for row in rows[1:])}


def _number(facts: dict[str, str], name: str) -> int:
    return int(facts[name]) if facts.get(name, "").isdigit() else 0
