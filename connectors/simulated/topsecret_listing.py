"""LIST of an ACID: `key = value`, at most two to a line, the key in columns 1 to 11.

Source: public scripts that parse it (first line, columns, segments, last line); the rest is a reconstruction.
"""

from datetime import timedelta
from typing import Final

from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import Credential, User

FIRST_USE: Final = "01/01/80"
WIDTH: Final = 79


def show(settings: SecuritySettings, user: User, *, with_password: bool, in_clear: bool) -> list[str]:
    """Return the lines; `in_clear` shows passwords, as PWVIEW(YES) does to who may see them.

    Passwords are kept hashed here, so what is shown then is a text that stands for one.
    """
    return [
        _pair("ACCESSORID", user.userid, "NAME", user.name),
        _pair("TYPE", user.kind, "SIZE", "     512  BYTES"),
        _pair("DEPT ACID", user.group, "DEPARTMENT", user.owner),
        _pair("CREATED", f"{user.created:{settings.dates}}", "LAST MOD", f"{user.created:{settings.dates}}  14:02"),
        *_words("ATTRIBUTES", sorted(user.suspensions | ({"MULTIPW"} if user.multipw else set()))),
        *_suspended_until(settings, user),
        *_words("INSTDATA", user.data.split()),
        *_last_used(settings, user),
        *(_passwords(settings, user, in_clear=in_clear) if with_password else []),
        "-----------  SEGMENT TSO",
        f"TSOLPROC   = {user.tso.procedure if user.tso else ''}",
    ]


def _pair(key: str, value: str, other: str, more: str) -> str:
    return f"{key:<10} = {value:<9} {other:<10} = {more}".rstrip()


def _words(key: str, words: list[str]) -> list[str]:
    """One line, and lines that go on with it; none without words."""
    lines: list[str] = []
    line = f"{key:<10} = "
    for word in words:
        if len(line) + len(word) > WIDTH:
            lines.append(line.rstrip())
            line = " " * 13
        line += word + " "
    return [*lines, line.rstrip()] if words else []


def _suspended_until(settings: SecuritySettings, user: User) -> list[str]:
    return [f"SUSPEND    = UNTIL {user.suspended_until:{settings.dates}}"] if user.suspended_until else []


def _last_used(settings: SecuritySettings, user: User) -> list[str]:
    used = user.last_access
    if used is None:
        return []
    return [
        f"LAST USED  = {used:{settings.dates}  %H:%M} CPU({settings.system}) FAC(TSO     ) COUNT({user.connects:05})"
    ]


def _passwords(settings: SecuritySettings, user: User, *, in_clear: bool) -> list[str]:
    shown = "NOPW" if user.password.current is None else "HUSH2345" if in_clear else "........"
    line = f"PASSWORD   = {shown}  EXPIRES={_expires(settings, user, user.password)}  INTERVAL={user.interval or 0:03}"
    lines = [f"{line}  FACILITY(TSO)", f"{line}  FACILITY(CICS)"] if user.multipw else [line]
    if user.phrase.current is not None:
        lines.append(f"PHRASE     = ........  EXPIRES={_expires(settings, user, user.phrase)}  INTERVAL=090")
    return lines


def _expires(settings: SecuritySettings, user: User, credential: Credential) -> str:
    """01/01/80, in the installation's order of dates, while the next signon has to choose another."""
    if credential.expired:
        words = {"m": "01", "d": "01", "y": "80"}
        return "/".join(words[letter] for letter in settings.dates if letter in words)
    if credential.changed is None or not user.interval:
        return "NEVER"
    return f"{credential.changed + timedelta(days=user.interval):{settings.dates}}"
