"""What is said to s3270: actions quoted so that text stays text, and names that cannot smuggle a prefix.

Source: x3270 manual, s3270 4.1: String() and Connect() both interpret what they are given; measured with 4.1ga10.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.domain.errors import BadInput, ConfigFault
from bridge.domain.secret import Line
from connectors.hosts.transports.charset import characters

HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}|[0-9A-Fa-f:.]{2,45}")
CERTIFICATE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
KEYS: Final = {
    "ENTER": "Enter()", "CLEAR": "Clear()", "TAB": "Tab()",
    **{f"PF{number}": f"PF({number})" for number in range(1, 25)},
    **{f"PA{number}": f"PA({number})" for number in range(1, 4)},
}  # fmt: skip
"""A dialog's names of keys."""
LU: Final = re.compile(r"[A-Z0-9#$]{1,8}")
"""Without @, which s3270 takes for the end of the list of LU names."""


def as_typed(line: Line) -> str:
    """Return the text that leaves, to be typed or to be compared with what stands on the screen."""
    return line.expose()


def as_string_action(line: Line, codepage: str) -> str:
    """Quote for String(). py3270 does not: a bare quote would start another action, a local command among them.

    Quote and backslash go as exactly four hex digits, all else literally. Raises BadInput, naming no character, where
    something cannot be printed or is not in the host's code page: s3270 would drop it and say ok.
    """
    text = as_typed(line)
    if not set(text) <= characters(codepage):
        raise BadInput("line to type", f"only printable characters of code page {codepage} are expected")
    return 'String("{}")'.format(text.replace("\\", "\\u005c").replace('"', "\\u0022"))


def connect_action(address: str, port: int, *, tls: bool, lu: tuple[str, ...] = ()) -> str:
    """Return the Connect() for one numeric address: L: is TLS from the first byte, C: waits for no input field."""
    host = f"[{address}]" if ":" in address else address
    names = ",".join(lu) + "@" if lu else ""
    return f'Connect("C:{"L:" if tls else ""}{names}{host}:{port}")'


def check_names(system: str, host: str, lu: tuple[str, ...], certificate_name: str) -> None:
    """Raise ConfigFault unless these are plain names: `y:` or `=other` in one of them would weaken TLS."""
    place = f"systems.{system}.transport"
    faults = []
    if not HOST.fullmatch(host):
        faults.append(f"{place}.host: a host name or an address without prefix, port or blank is expected")
    faults += [f"{place}.lu: 1 to 8 of A-Z 0-9 # $ are expected, not {each!r}" for each in lu if not LU.fullmatch(each)]
    if not CERTIFICATE_NAME.fullmatch(certificate_name) or certificate_name.lower() == "any":
        faults.append(f"{place}.tls.name: the DNS name that stands in the host's certificate is expected")
    if faults:
        raise ConfigFault(faults)


def wait_for(what: str, within: float) -> str:
    """Return a Wait() of so many seconds; `what` is Output, Unlock or Disconnect."""
    return f"Wait({max(within, 0.001):.3f},{what})"
