"""VTAM's unformatted system services: the logo, and the commands that lead into an application.

Source: z/OS Communications Server SNA Resource Definition Reference, default USS table ISTINCDT.
"""

import re
from dataclasses import dataclass
from typing import Final

from connectors.simulated.options import HostOptions

LONGEST: Final = 256
LOGON_VERBS: Final = frozenset({"LOGON", "L"})
PARAMETERS: Final = frozenset({"APPLID", "LOGMODE", "DATA"})
PARAMETER: Final = re.compile(r"([A-Z0-9@#$]+)(?:\(([^()]*)\)|=([^,\s]*))")
NO_SUCH_APPLICATION: Final = "087D0001"


@dataclass(frozen=True, slots=True)
class Request:
    """A session with an application, and the text handed to it."""

    application: str
    data: str = ""


def logo(options: HostOptions, lu: str, source: str) -> list[str]:
    """Return the rows of the USS screen (USSMSG10)."""
    return [
        f" {options.system}   LU {lu:<30}{source:>36}",
        "",
        f"        {options.title}",
        "",
        "        ****   *****  *****  *****   *****",
        "        *   *  *      *      *         *",
        "        ****   ****   *****  ****      *",
        "        *  *   *          *  *         *",
        "        *   *  *****  *****  *****     *",
        "",
        " ===> Enter LOGON APPLID(xxxx), or TSO userid",
    ]


def read_command(options: HostOptions, typed: str) -> Request | str:
    """Return the session asked for, or the message that answers. Lower case is folded, as VTAM's table does."""
    text = typed[:LONGEST].strip().upper()
    verb, _, rest = text.partition(" ")
    verb = verb.strip()
    if verb == "IBMTEST":
        return f"IBMECHO {rest or 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'}"
    if verb in options.applications:
        return Request(verb, rest.strip())
    if verb == "LOGOFF":
        return "SESSIONS ENDED"
    if verb not in LOGON_VERBS:
        return f"{verb[:8]} COMMAND UNRECOGNIZED"
    return _logon(options, verb, rest.strip())


def _logon(options: HostOptions, verb: str, rest: str) -> Request | str:
    if rest.count("(") != rest.count(")"):
        return f"INVALID {verb} COMMAND SYNTAX"
    if rest and PARAMETER.match(rest) is None:
        application, _, data = rest.partition(" ")
        return _request(options, verb, application, data.strip())
    given = {name: one or other for name, one, other in PARAMETER.findall(rest)}
    strange = next((name for name in given if name not in PARAMETERS), None)
    if strange:
        return f"{strange} PARAMETER EXTRANEOUS"
    if not given.get("APPLID"):
        return "REQUIRED PARAMETER OMITTED"
    return _request(options, verb, given["APPLID"], given.get("DATA", ""))


def _request(options: HostOptions, verb: str, application: str, data: str) -> Request | str:
    if application not in options.applications:
        return f"{verb} UNABLE TO ESTABLISH SESSION - {application} FAILED WITH SENSE {NO_SUCH_APPLICATION}"
    return Request(application, data)
