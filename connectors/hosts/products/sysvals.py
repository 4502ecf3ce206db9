"""QPWDLVL and QPWDRULES of an IBM i, as deploy/ibmi/rbpwd.clle prints them. Pure.

Sources: IBM i CL, RTVSYSVAL; IBM toolbox for Java (QPWDLVL is a number, QPWDRULES fifty values of fifteen characters);
IBM i Security Reference, QPWDRULES (*PWDSYSVAL: the older values QPWDMINLEN … hold; *ALLCRTCHG: the rules bind
CRTUSRPRF and CHGUSRPRF as well, not only users themselves; *MINLENn, *MAXLENn).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LINE: Final = re.compile(r"RBP0002: (\d{1,5})((?: +\*[A-Z0-9]+)+)")
NO_REQUEST: Final = "RBP0903:"
BINDS_ALL: Final = "*ALLCRTCHG"


@dataclass(frozen=True, slots=True)
class SystemValues:
    """level: QPWDLVL; rules: QPWDRULES, in the host's order."""

    level: int
    rules: tuple[str, ...]

    @property
    def bind_resets(self) -> bool:
        """Whether they hold for CHGUSRPRF."""
        return BINDS_ALL in self.rules

    def number(self, rule: str) -> int | None:
        """The number that follows a rule's name, None where the rule is not there."""
        found = (re.fullmatch(rf"{re.escape(rule)}(\d+)", each) for each in self.rules)
        return next((int(each[1]) for each in found if each), None)


def read(rows: Sequence[str]) -> SystemValues | None:
    """The program's line; None where it is not alone."""
    found = LINE.fullmatch(rows[0].strip()) if len(rows) == 1 else None
    return SystemValues(int(found[1]), tuple(found[2].split())) if found else None
