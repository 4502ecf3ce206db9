"""AIX accounts: how to read what lsuser and pwdadm print. Pure, and never tried on a real AIX.

Sources: IBM AIX 7 Commands Reference, pwdadm (-q shows lastupdate and flags), lsuser; public scripts that read them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bridge.config.model import Unix
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile
from connectors.hosts.products.accounts import Answers, belongs_to_the_system, privileged, standing

NO_USER: Final = "3004-687"  # User "x" does not exist.
LOCAL: Final = frozenset({"", "files", "compat"})


class Aix:
    """AIX with its local registry."""

    stamps_each_change = True  # lastupdate has seconds

    def __init__(self, settings: Unix) -> None:
        self._settings = settings

    def unknown(self, answers: Answers) -> bool:
        """3004-687, and nothing else."""
        first = answers.get("attributes")
        return (
            len(answers) == 1 and first is not None and first.code != 0 and [NO_USER in r for r in first.said] == [True]
        )

    def profile(self, answers: Answers, userid: Userid, raw: tuple[str, ...]) -> Profile | None:
        """Read the two answers."""
        if not {"attributes", "password"} <= set(answers) or any(reply.code != 0 for reply in answers.values()):
            return None
        facts = _attributes(answers["attributes"].said, userid)
        password = _stanza(answers["password"].said, userid)
        if facts is None or password is None or not facts.get("id", "").isdigit():
            return None
        uid, failed = int(facts["id"]), _number(facts, "unsuccessful_login_count")
        most = _number(facts, "loginretries")
        out = 0 < most <= failed
        locked = facts.get("account_locked") in {"true", "yes", "always"} or facts.get("expires", "0") not in {"", "0"}
        must_change = "ADMCHG" in password.get("flags", "").split(",")
        return Profile(
            userid=userid,
            standing=standing(locked or out, must_change=must_change),
            must_change=must_change,
            stamp=password.get("lastupdate"),
            suspended_by="administrator" if locked else "violations" if failed else None,
            privileged=(
                *(("admin",) if facts.get("admin") == "true" else ()),
                *privileged(uid, facts.get("groups", "").split(","), self._settings),
            ),
            protected=belongs_to_the_system(uid, self._settings),
            has_password=facts.get("registry", "") in LOCAL and "lastupdate" in password,
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
