"""LIST of a logonid: fields in groups, those that are off or empty left out.

Source: field and group names from Broadcom ACF2 documentation; the arrangement is a reconstruction.
"""

from datetime import datetime
from typing import Final

from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import User

HEADING: Final = 22
WIDTH: Final = 79


def show(settings: SecuritySettings, user: User, now: datetime) -> list[str]:
    """Return the record as LIST prints it, dates in the order that the installation has chosen."""
    del now
    uid = f"{user.group[:4]:<4}{user.userid}".strip()
    lines = [f" {user.userid:<21}{uid:<24} {user.name}"]
    for heading, fields in _groups(settings, user).items():
        lines += _lay_out(heading, fields)
    return lines


def show_phrase(settings: SecuritySettings, user: User) -> list[str]:
    """Return the record of the phrase, as SET PROFILE(USER) DIV(PWPHRASE) and LIST print it.

    Source: Broadcom knowledge base 138950.
    """
    phrase = user.phrase
    at = _minute(settings, phrase.changed) if phrase.changed else ""
    expired = ["PWP-EXP"] if phrase.expired else []
    words = " ".join([*expired, "PWP-HST(2)", f"PWP-TOD({at})", f"PWP-VIO({user.phrase_violations})"])
    return [f"PWPHRASE / {user.userid} LAST CHANGED BY {user.userid} ON {at}", f"{'':{HEADING}} {words}"]


def _groups(settings: SecuritySettings, user: User) -> dict[str, list[str]]:
    accessed = user.last_access
    return {
        "CANCEL/SUSPEND": _locks(settings, user),
        "PRIVILEGES": sorted(user.privileges),
        "ACCESS": [
            f"ACC-CNT({user.connects})",
            *([f"ACC-DATE({accessed:{settings.dates}})", f"ACC-TIME({accessed:%H:%M})"] if accessed else []),
        ],
        "PASSWORD": _password(settings, user),
        "TSO": ["MAIL", "NOTICES", "PROMPT", f"TSOPROC({user.tso.procedure})", "WTP"] if user.tso else [],
        "STATISTICS": [
            "SEC-VIO(0)",
            *([f"UPD-TOD({_minute(settings, user.updated)})"] if user.updated else []),
        ],
        "RESTRICTIONS": [f"PREFIX({user.userid})", *([] if user.scope == "*" else [f"SCPLIST({user.scope})"])],
        "SITE": list(user.site),
    }


def _locks(settings: SecuritySettings, user: User) -> list[str]:
    words = (["CANCEL"] if user.cancelled else []) + (["SUSPEND"] if user.suspended else [])
    if user.suspended_at:
        words += [f"CSDATE({user.suspended_at:{settings.dates}})", f"CSWHO({user.suspended_by})"]
    return words


def _password(settings: SecuritySettings, user: User) -> list[str]:
    """PSWD-DAT is the last invalid attempt; PSWD-TOD the last change; PSWD-EXP stands there only while it is on."""
    password = user.password
    words = ["KERB-VIO(0)", f"MAXDAYS({user.maximum_days})", f"MINDAYS({settings.minimum_interval})"]
    if user.last_invalid:
        words.append(f"PSWD-DAT({user.last_invalid:{settings.dates}})")
    if password.expired:
        words.append("PSWD-EXP")
    words.append(f"PSWD-INV({user.invalid_since_logon})")
    if password.changed:
        words.append(f"PSWD-TOD({_minute(settings, password.changed)})")
    return [*words, f"PSWD-VIO({user.violations})"]


def _minute(settings: SecuritySettings, moment: datetime) -> str:
    return f"{moment:{settings.dates}-%H:%M}"


def _lay_out(heading: str, fields: list[str]) -> list[str]:
    """Fill lines with the fields of one group; none for an empty group."""
    lines: list[str] = []
    line = f"      {heading}".ljust(HEADING)
    for word in fields:
        if len(line) + len(word) > WIDTH:
            lines.append(line.rstrip())
            line = " " * HEADING
        line += word + " "
    return [*lines, line.rstrip()] if fields else []
