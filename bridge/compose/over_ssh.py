"""What the doctor finds over SSH: the host key, the logon, the helper on z/OS, and an IBM i's rules for passwords.

Sources: deploy/zos/README.md (what a ping is answered with); deploy/handbook/ibmi.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bridge.compose.finding import Finding, doubt, ill, well
from bridge.config.model import IbmI as Settings
from bridge.config.model import System
from bridge.config.products import USERIDS
from bridge.domain.password import Rules
from connectors.hosts.host import SystemHost
from connectors.hosts.products import sysvals
from connectors.hosts.products.ibmi import IbmI
from connectors.hosts.products.sysvals import SystemValues
from connectors.hosts.transcript import Recorder

HELPER: Final = re.compile(r"RBH000I RBHELPER (\d+) (\S+) (\S+)")
VERSION: Final = 1  # of deploy/zos/rbhelper.rexx
RUNS: Final = timedelta(seconds=45)  # `limit` there
ESM: Final = {"racf": "RACF", "acf2": "ACF2", "topsecret": "TSS"}


def proven(about: str, told: Recorder) -> Iterator[Finding]:
    """The host key, where it came so far."""
    if facts := told.facts.get("host.key_proven"):
        yield well(about, f"host key {facts['key']}, as it is pinned ({facts['server']})")


def let_in(about: str, system: System, userid: str, told: Recorder) -> Iterator[Finding]:
    """By what the host let the service id in, and what its helper says of itself."""
    if facts := told.facts.get("host.logged_on"):
        yield well(about, f"logged on by {facts.get('by')}")
    if facts := told.facts.get("host.helper"):
        yield from _helper(about, system, userid, str(facts["said"]))
        if system.transport.settle < RUNS:
            settle = f"{system.transport.settle.total_seconds():.0f}s"
            yield doubt(about, f"transport.settle is {settle}, and a helper goes on "
                        f"for {RUNS.total_seconds():.0f} s where its line is cut (limit in rbhelper.rexx): its change "
                        "could come through behind the next one and undo it; write settle: 50s")  # fmt: skip


def _helper(about: str, system: System, userid: str, said: str) -> Iterator[Finding]:
    found, wanted = HELPER.search(said), ESM.get(system.product, "")
    if found is None:
        yield doubt(
            about, f"the helper does not say what it is ({said or 'nothing'}); install deploy/zos/rbhelper.rexx"
        )
        return
    if found[2] != wanted:
        yield ill(about, f"the helper is set up for {found[2]}, and product is {system.product}: write esm = "
                  f"'{wanted}' in rbhelper.rexx, or correct product")  # fmt: skip
    if int(found[1]) < VERSION:
        yield doubt(about, f"the helper is of version {found[1]}, this program comes with {VERSION}: install "
                    "deploy/zos/rbhelper.rexx anew")  # fmt: skip
    if found[3].upper() != userid.upper():
        yield doubt(
            about, f"the helper works under {found[3]}, and {userid} logged on; look at its owner and file mode"
        )
    yield well(about, f"helper {found[1]} for {found[2]} under {found[3]}. What {userid} may do is not shown over SSH: "
               "deploy/zos/README.md has what it needs, to be compared on the host")  # fmt: skip


# --- IBM i ----------------------------------------------------------------------------------------


def host_rules(about: str, system: System, userid: str, host: SystemHost) -> Iterator[Finding]:
    """QPWDLVL and QPWDRULES beside ours."""
    replies = host.run(IbmI(system.name, settings=system.ibmi).rules(USERIDS["ibmi"](userid)), anew=False)
    said = replies[-1].said if replies else ()
    found = sysvals.read(said)
    if found is None:
        old = any(row.strip().startswith(sysvals.NO_REQUEST) for row in said)
        words = "is of an older version, without RULES: create it anew from deploy/ibmi"
        words = words if old else f"does not say QPWDLVL and QPWDRULES ({' / '.join(said)[:120] or 'nothing'})"
        yield doubt(
            about, f"the program on the host {words}; compare ibmi.password_level and password by hand till then"
        )
        return
    yield from _level(about, found, system.ibmi)
    yield from _rules(about, found, system.password)


def _level(about: str, found: SystemValues, ours: Settings) -> Iterator[Finding]:
    write = f"write ibmi.password_level: {found.level}"
    if found.level < 2 <= ours.password_level:
        yield ill(about, f"QPWDLVL is {found.level}, where a password is a name of at most 10 capitals; {write}")
    elif ours.password_level < 2 <= found.level:
        yield doubt(about, f"QPWDLVL is {found.level}, where case counts: capitals alone are drawn, which are good "
                    f"there and easier to guess; {write}")  # fmt: skip
    else:
        yield well(about, f"QPWDLVL is {found.level}, and ibmi.password_level says {ours.password_level}")


def _rules(about: str, found: SystemValues, ours: Rules) -> Iterator[Finding]:
    listed = " ".join(found.rules)
    if not found.bind_resets:
        yield well(about, f"QPWDRULES {listed}: without *ALLCRTCHG they bind users, and no reset")
        return
    least, most = found.number("*MINLEN"), found.number("*MAXLEN")
    if (least and ours.length < least) or (most and ours.length > most):
        yield ill(about, f"password.length is {ours.length}, and QPWDRULES has {listed}: each reset would be refused "
                  f"(CPF4AA7); write password.length: {least if least and ours.length < least else most}")  # fmt: skip
    others = [each for each in found.rules if not re.fullmatch(r"\*(?:ALLCRTCHG|MINLEN\d+|MAXLEN\d+)", each)]
    if others:
        yield doubt(
            about, f"QPWDRULES binds resets as well: see that password.rules and alphabet satisfy {' '.join(others)}"
        )
    else:
        yield well(about, f"QPWDRULES {listed}: they bind resets as well, and the length fits")
