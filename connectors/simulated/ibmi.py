"""IBM i as far as a service id sees it: two CL commands, and the program of deploy/ibmi.

Written from the manuals and deploy/handbook/ibmi.md and not from the client's code, so that the two check each other.

Sources: IBM i CL, CHGUSRPRF, DSPUSRPRF; Qshell, `system`; IBM i Security Reference, password levels, QPWDRULES
(*ALLCRTCHG: the rules bind administrators, too), QMAXSIGN. A password that is no name at levels 0 and 1, and what is
said to it (CPD0078), is from memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connectors.simulated.ibmi_listing import listing
from connectors.simulated.operands import Operand, Result, split
from connectors.simulated.settings import breaks_rules
from connectors.simulated.users import User, UserDatabase

PROGRAM: Final = "RSTBRDG/RBPWD"
"""permit(PROGRAM, userid): *USE to the program. permit("*USRPRF", userid): *READ to the users' profiles."""

NAME: Final = re.compile(r"[A-Z$#@][A-Z0-9$#@_]{0,9}")
LINE: Final = re.compile(r"(LOOK|RULES|RESET|REVIVE|ENABLE) ([A-Z0-9$#@_]{1,10})(?: (\S{1,128}))?\n")


class Refused(Exception):
    """The command ends with an escape message: these are its lines."""

    def __init__(self, *lines: str) -> None:
        super().__init__(lines[-1])
        self.lines = lines


@dataclass(frozen=True, slots=True)
class IbmI:
    """The commands as one profile runs them, on one system."""

    users: UserDatabase
    issuer: str

    def system(self, command: str, now: datetime) -> Result:
        """What `system 'command'` prints, and its exit status: 255 where the command ended with an escape message."""
        words = split(command)
        run = {"DSPUSRPRF": self._display, "CHGUSRPRF": self._change_by_hand}.get(
            words[0].word.upper() if words else ""
        )
        with self.users:
            try:
                if run is None:
                    name = words[0].word if words else "*N"
                    raise Refused(f"CPD0030: Command {name} in library *LIBL not found.", ERRORS)
                return Result(run({word.word.upper(): word for word in words[1:]}, now))
            except Refused as refused:
                return Result(refused.lines, 255)

    def told(self, line: str, now: datetime) -> Result:
        """What the program prints to a line on its standard input; it ends well whatever it says."""
        asked = LINE.fullmatch(line)
        with self.users:
            try:
                if asked is None or (asked[3] is None) != (asked[1] in {"LOOK", "RULES", "ENABLE"}):
                    raise Refused("RBP0903: this is no request")
                target = self._user(asked[2])
                if asked[1] == "LOOK":
                    return Result((self._look(target),))
                if asked[1] == "RULES":
                    return Result((self._rules(),))
                self._help_desk(target)
                return Result(self._change(target, command_of(line), now))
            except Refused as refused:
                return Result(refused.lines)

    def _user(self, name: str) -> User:
        found = self.users.find(name)
        if found is None:
            raise Refused(f"CPF2204: User profile {name} not found.")
        return found

    def _display(self, given: Mapping[str, Operand], now: datetime) -> tuple[str, ...]:
        target = self._user(_value(given, "USRPRF"))
        if target.userid != self.issuer and self.users.access("*USRPRF", self.issuer) == "NONE":
            raise Refused(f"CPF2217: Not authorized to user profile {target.userid}.")
        return listing(target, self.users.settings, now)

    def _change_by_hand(self, given: Mapping[str, Operand], now: datetime) -> tuple[str, ...]:
        """CHGUSRPRF on the issuer's own authority."""
        target = self._user(_value(given, "USRPRF"))
        if "*SECADM" not in self.users.user(self.issuer).attributes:
            raise Refused("CPF2292: *SECADM required to create or change user profiles.")
        return self._change(target, given, now)

    def _help_desk(self, target: User) -> None:
        if target.userid.startswith("Q"):
            raise Refused(f"RBP0901: refused, {target.userid} is a profile of the system's")
        administrator = "*SECADM" in self.users.user(self.issuer).attributes
        if (target.attributes or self._of_groups(target)) and not administrator:
            raise Refused(f"RBP0902: refused, {target.userid} is privileged")

    def _look(self, target: User) -> str:
        changed = f"{target.password.changed:%Y%m%d%H%M%S%f}"[:17] if target.password.changed else "0" * 17
        limit = f"{self.users.settings.revoke_after:06}"
        authorities = "".join(f"{each:<10}" for each in self._of_groups(target)).rstrip()
        return f"RBP0001: {target.userid} {changed} {limit} {authorities or '*NONE'}"

    def _rules(self) -> str:
        """Level 0 folds; *ALLCRTCHG is what makes the rules bind administrators."""
        settings = self.users.settings
        level = 2 if settings.mixed_case else 0
        rules = ["*ALLCRTCHG"] if settings.pwadmin else []
        rules += [f"*MINLEN{settings.minimum_length}"] if settings.minimum_length > 1 else []
        return f"RBP0002: {level:05} {''.join(f'{rule:<15}' for rule in rules or ['*PWDSYSVAL'])}".rstrip()

    def _of_groups(self, target: User) -> list[str]:
        group = self.users.find(target.group)
        return sorted(group.attributes) if group else []

    def _change(self, target: User, given: Mapping[str, Operand], now: datetime) -> tuple[str, ...]:
        password, status = _value(given, "PASSWORD"), _value(given, "STATUS")
        if password == "*NONE":
            target.password.current = None
        elif password:
            self._demand_good(target, password)
            self.users.set_password(target, password, now, expired=_value(given, "PWDEXP") == "*YES")
        if status:
            target.revoked = status == "*DISABLED"
            target.violations = target.violations if target.revoked else 0
        return (f"CPC2205: User profile {target.userid} changed.",)

    def _demand_good(self, target: User, password: str) -> None:
        settings = self.users.settings
        if not settings.mixed_case and not NAME.fullmatch(password.upper()):
            raise Refused(f"CPD0078: Value '{password}' for parameter PASSWORD not a valid name.", ERRORS)
        if settings.pwadmin and (breaks_rules(settings, password) or target.userid in password.upper()):
            raise Refused("CPF4AA7: Password value not valid. Reason code 18.")


ERRORS: Final = "CPF0006: Errors occurred in command."


def command_of(line: str) -> Mapping[str, Operand]:
    """The operands of the CL command that the program runs for a line."""
    return {word.word.upper(): word for word in split(as_command(line))[1:]}


def as_command(line: str) -> str:
    """The CL command that the program runs for a line; LOOK or RULES for one that runs none."""
    verb, userid, password = [*line.split(), "", "", ""][:3]
    set_it = f" PASSWORD({password}) PWDEXP(*YES)" if password else ""
    enable = " STATUS(*ENABLED)" if verb in {"REVIVE", "ENABLE"} else ""
    return f"{verb} {userid}" if verb in {"LOOK", "RULES"} else f"CHGUSRPRF USRPRF({userid}){set_it}{enable}"


def _value(given: Mapping[str, Operand], name: str) -> str:
    return given[name].unquoted() if name in given else ""
