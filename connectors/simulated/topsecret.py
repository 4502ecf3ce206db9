"""Top Secret: the TSS command as a service id uses it, with TSS0300I or TSS0301I behind every function.

Sources: Broadcom Top Secret for z/OS, Command Functions (PASSWORD: the sub-operands, `*`, NOPW, RANDOM; SUSPEND;
MISC8); public scripts for TSS0300I, TSS0301I, TSS0303I and TSS0314E. Where no source gives a message, it has words of
our own and no number; so has what REMOVE SUSPEND answers for an ACID that is not suspended.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from connectors.simulated.operands import USERID, Operand, Result, split
from connectors.simulated.racf_password import why_not
from connectors.simulated.settings import breaks_rules, fold, well_formed
from connectors.simulated.topsecret_listing import show
from connectors.simulated.users import User, UserDatabase

FAILED: Final = 8
SHORT: Final = {"REP": "REPLACE", "REM": "REMOVE", "ADD": "ADDTO", "LIS": "LIST"}
LIFTED: Final = frozenset({"PSUSPEND", "VSUSPEND", "XSUSPEND"})
"""What REMOVE SUSPEND removes; ASUSPEND, an administrator's, it does not."""

NO_ACID: Final = "TSS0314E  ACID DOES NOT EXIST"
BAD_OPERAND: Final = "TSS0242E  UNACCEPTABLE KEYWORD OR OPERAND"
OUT_OF_SCOPE: Final = "ACID IS NOT WITHIN SCOPE OF ADMINISTRATOR"
NO_AUTHORITY: Final = "NOT AUTHORIZED FOR THIS FUNCTION OR OPERAND"


class Refused(Exception):
    """The function fails and changes nothing. The text is the reason's line."""


def done(function: str) -> str:
    """What every function that worked ends with."""
    return f"TSS0300I  {function:<8} FUNCTION SUCCESSFUL"


def function_of(command_line: str) -> str:
    """REPLACE, LIST …: what a line asks for, also where it is shortened."""
    words = split(command_line)
    word = words[1].word.upper() if len(words) > 1 else ""
    return SHORT.get(word, word)


def execute(command_line: str, issuer: str, database: UserDatabase, now: datetime) -> Result:
    """Run one TSS command for a user and return what the terminal shows; code 0 or 8.

    issuer   the ACID on whose authority it runs
    """
    words = split(command_line)[1:]
    function = function_of(command_line)
    with database:
        try:
            if function == "WHOAMI":
                return Result((f"TSS0303I  ACIDNAME({issuer}) TYPE({database.user(issuer).kind}) MODE(FAIL)",))
            if function not in FUNCTIONS:
                raise Refused(BAD_OPERAND)
            target = _target(database, words[0])
            given = {word.word.upper(): word for word in words[1:]}
            lines = FUNCTIONS[function](database, database.user(issuer), target, given, now)
        except Refused as refusal:
            failure = f"TSS0301I  {function:<8} FUNCTION FAILED, RETURN CODE = {FAILED:>2}"
            return Result((str(refusal), failure), FAILED)
    return Result((*lines, done(function)))


def _target(database: UserDatabase, word: Operand) -> User:
    name = (word.value or "").strip().upper()
    if not USERID.fullmatch(name):
        raise Refused(BAD_OPERAND)
    found = database.find(name)
    if found is None:
        raise Refused(NO_ACID)
    return found


def _demand(issuer: User, target: User, *any_of: str) -> None:
    """Refuse unless the issuer has one of these authorities, over this ACID."""
    if not issuer.authorities & set(any_of):
        raise Refused(NO_AUTHORITY)
    if issuer.scope not in {"*", target.group}:
        raise Refused(OUT_OF_SCOPE)


def _list(database: UserDatabase, issuer: User, target: User, given: dict[str, Operand], now: datetime) -> list[str]:
    del now
    sections = [part.strip().upper() for part in (given["DATA"].value or "BASIC").split(",")] if "DATA" in given else []
    if set(sections) - {"BASIC", "PASSWORD", "ALL"}:
        raise Refused(BAD_OPERAND)
    for section in sections or ["BASIC"]:
        _demand(issuer, target, f"DATA({section})")
    return show(database.settings, target, with_password="PASSWORD" in sections, in_clear=_sees(issuer))


def _sees(issuer: User) -> bool:
    return "DATA(PWVIEW)" in issuer.authorities


def _replace(
    database: UserDatabase, issuer: User, target: User, given: dict[str, Operand], now: datetime
) -> list[str]:  # fmt: skip
    word = given.get("PASSWORD") or given.get("PASS")
    if word is None:
        raise Refused(BAD_OPERAND)
    if target is issuer and "/" in (word.value or ""):
        _change_own(database, target, word.value or "", now)
        return []
    if target.kind == "MASTER":
        raise Refused("TSS7251E Access Denied to CASECAUT <TSSCMD.USER.REPLACE.MSCAPW>")
    _demand(issuer, target, "MISC8(PWMAINT)", "ACID(MAINTAIN)")
    if target.multipw and "FACILITY" not in given:
        raise Refused(BAD_OPERAND)
    _set_password(database, target, word.value or "", now)
    return []


def _change_own(database: UserDatabase, issuer: User, operand: str, now: datetime) -> None:
    """PASSWORD(old/new), one's own: no authority is asked for, and NEWPW binds. No source has what a wrong one says."""
    settings = database.settings
    old, _, new = (fold(settings, part.strip()) for part in operand.partition("/"))
    if not issuer.password.matches(old):
        issuer.violations += 1
        raise Refused("OLD PASSWORD IS NOT THE ONE THAT COUNTS")
    if not well_formed(settings, new) or why_not(settings, issuer, new, now):
        raise Refused("PASSWORD IS INVALID BY THE INSTALLATION'S RULES")
    database.set_password(issuer, new, now, expired=False)


def _set_password(database: UserDatabase, target: User, operand: str, now: datetime) -> None:
    """PASSWORD(password[,[interval][,EXP]]). `*` keeps, NOPW takes away; without EXP it is good for the interval."""
    text, days, expired = ([part.strip() for part in operand.split(",")] + ["", "", ""])[:3]
    settings = database.settings
    if operand.count(",") > 2 or expired.upper() not in {"", "EXP", "EXPIRED"} or not (not days or days.isdigit()):
        raise Refused(BAD_OPERAND)
    if not text or text.upper() == "RANDOM":
        raise Refused(BAD_OPERAND)
    if text != "*" and text.upper() != "NOPW":
        if not well_formed(settings, text) or (settings.pwadmin and breaks_rules(settings, fold(settings, text))):
            raise Refused("PASSWORD IS INVALID BY THE INSTALLATION'S RULES")
        database.set_password(target, text, now, expired=bool(expired))
    elif text.upper() == "NOPW":
        target.password.current = None
    else:
        target.password.expired = bool(expired)
    target.interval = int(days) if days else target.interval


def _remove(
    database: UserDatabase, issuer: User, target: User, given: dict[str, Operand], now: datetime
) -> list[str]:  # fmt: skip
    del database, now
    if "ASUSPEND" in given:
        _demand(issuer, target, "MISC8(REMASUSP)")
        target.suspensions.discard("ASUSPEND")
    elif "SUSPEND" in given:
        _demand(issuer, target, "MISC8(PWMAINT)", "MISC1(SUSPEND)")
        if not target.suspensions & LIFTED:
            raise Refused("ACID IS NOT SUSPENDED")
        target.suspensions -= LIFTED
        target.violations = 0
    else:
        raise Refused(BAD_OPERAND)
    return []


def _add(database: UserDatabase, issuer: User, target: User, given: dict[str, Operand], now: datetime) -> list[str]:
    if "SUSPEND" not in given:
        return _replace(database, issuer, target, given, now)
    _demand(issuer, target, "MISC1(SUSPEND)")
    target.suspensions.add("ASUSPEND")
    return []


FUNCTIONS: Final[dict[str, Callable[[UserDatabase, User, User, dict[str, Operand], datetime], list[str]]]] = {
    "LIST": _list, "REPLACE": _replace, "REMOVE": _remove, "ADDTO": _add,
}  # fmt: skip
