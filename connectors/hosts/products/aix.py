"""AIX accounts: what to type, and how to read it. Pure, and never tried on a real AIX.

Sources: IBM AIX 7 Commands Reference, chpasswd (it sets ADMCHG), pwdadm (-q shows lastupdate and flags, -f sets flags),
lsuser, chsec. How lsuser and pwdadm print is as public scripts read them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bridge.config.model import Unix
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Reply, Typed
from bridge.domain.secret import Line, Secret
from connectors.hosts.products.accounts import SET_UP, belongs_to_the_system, privileged, standing

ATTRIBUTES: Final = "id registry admin groups account_locked unsuccessful_login_count loginretries expires"
NO_USER: Final = "3004-687"  # User "x" does not exist.
LOCAL: Final = frozenset({"", "files", "compat"})


class Aix:
    """AIX with its local registry."""

    stamps_each_change = True  # lastupdate has seconds

    def __init__(self, settings: Unix) -> None:
        self._settings = settings
        self._root = f"{settings.sudo} " if settings.sudo else ""

    def status(self, userid: Userid) -> tuple[Typed, ...]:
        """Attributes, then lastupdate and flags of the password."""
        return (
            SET_UP,
            Typed(line=Line(f"{self._root}lsuser -a {ATTRIBUTES} {userid}")),
            Typed(line=Line(f"{self._root}pwdadm -q {userid}")),
        )

    def reset(self, userid: Userid, new: Secret, *, resume: bool) -> tuple[Typed, ...]:
        """chpasswd, which the password reaches on standard input, then ADMCHG by name."""
        set_it = Typed(line=Line(f"{self._root}chpasswd"), given=Line(f"{userid}:", new))
        flag = Typed(line=Line(f"{self._root}pwdadm -f ADMCHG {userid}"))
        return (SET_UP, set_it, flag, *((self._forgive(userid),) if resume else ()))

    def unlock(self, userid: Userid) -> tuple[Typed, ...]:
        """Set the counter of failed logins to 0. account_locked is an administrator's and stays."""
        return (SET_UP, self._forgive(userid))

    def unknown(self, replies: Sequence[Reply]) -> bool:
        """3004-687, and nothing else."""
        return len(replies) == 2 and replies[1].code != 0 and [NO_USER in row for row in replies[1].said] == [True]

    def profile(self, replies: Sequence[Reply], userid: Userid, raw: tuple[str, ...]) -> Profile | None:
        """Read the two answers."""
        if len(replies) != 3 or any(reply.code != 0 for reply in replies):
            return None
        facts = _attributes(replies[1].said, userid)
        password = _stanza(replies[2].said, userid)
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

    def _forgive(self, userid: Userid) -> Typed:
        words = f"chsec -f /etc/security/lastlog -a unsuccessful_login_count=0 -s {userid}"
        return Typed(line=Line(f"{self._root}{words}"))


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
