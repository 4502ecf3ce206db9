"""The doctor's visit to a host under one service id: logon, what is found there, log-off. Nothing is changed there.

Each line typed lists something of the service id's own. Sources: RACF Command Language Reference (PERMIT, ALTUSER);
RACF Security Administrator's Guide, "Delegating the authority to reset passwords"; Broadcom knowledge base 38251 (what
CASECAUT delegates).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Final

from bridge.compose import over_ssh
from bridge.compose.at_ready import LISTS, REFRESH, RESETS, authority_found, odd_words, permits, settings_found
from bridge.compose.finding import Finding, doubt, ill, well
from bridge.compose.remedies import UNANSWERED, remedy
from bridge.compose.worker import logon_dialog, make_host
from bridge.config.model import ServiceId, System, Tn3270
from bridge.config.products import USERIDS
from bridge.domain.errors import BridgeError, HostUnreached
from bridge.domain.outcome import Profile, Standing
from bridge.domain.secret import Secret
from bridge.ports import OwnPassword
from connectors.hosts.circuit import Circuit
from connectors.hosts.products.lidlist import narrowed
from connectors.hosts.transcript import CELLS, Recorder, Shown
from connectors.machine import Deadline

NEEDED: Final = {
    "acf2": re.compile("ACCOUNT"),  # without it ACF2 changes no other logonid; a SCPLIST narrows it
    "topsecret": re.compile(r"(?:TYPE )?(?:DEPT|DCA)\b.*"),  # a control ACID of the department
}
ANY_COMMAND: Final = re.compile(r"\bsudo(?: -\w+)*\s*$")
NOTHING: Final = re.compile("(?!)")
SPEAK: Final = ((r"\b(?:ICH|IRR)\d{3}", "racf"), (r"\bACF\w{5}\b", "acf2"), (r"\bTSS\d{4}", "topsecret"))


def visit(
    system: System,
    service: ServiceId,
    password: Callable[[], Secret | None],
    watch: Callable[[Shown], None] | None,
    own: OwnPassword | None = None,
    *,
    elevated: bool = False,
) -> Iterator[Finding]:
    """Log on once, look, log off. A refused logon is not tried again.

    elevated   it is the service id for privileged userids
    """
    about, told, limit = f"{system.name} {service.userid}", Recorder(watch), Deadline(system.transport.connect_within)
    entered = False
    try:
        with (
            closing(make_host(system, service, password, Circuit(), log=told, own=own)) as host,
            host.session() as session,
        ):
            entered, over_3270 = True, isinstance(system.transport, Tn3270)
            if over_3270:
                yield from _terminal(about, system, told, limit)
                yield from settings_found(about, system, host, told)
            else:
                yield from over_ssh.proven(about, told)
                found = list(over_ssh.let_in(about, system, service.userid, told))
                yield from found
                if any(each.level == "fail" for each in found):
                    return  # a helper for another product lists what cannot be read
            profile = session.profile(USERIDS[system.product](service.userid))
            yield from _itself(about, service.userid, profile, system, elevated=elevated)
            if over_3270 and system.product == "racf":
                yield from authority_found(about, system, service, host, elevated=elevated)
            if system.product == "ibmi":
                yield from over_ssh.host_rules(about, system, service.userid, host)
    except BridgeError as error:
        if not entered:
            yield from over_ssh.proven(about, told)
        if told.places:
            yield doubt(about, f"it came as far as: {_way(told)}")
        yield ill(about, str(error))
        yield from (ill(about, words) for words in _what_to_do(error, service.userid))
        if isinstance(system.transport, Tn3270):
            yield from odd_words(about, system.transport.codepage, told)
        return
    left = told.facts.get("host.logged_off", {}).get("confirmed", True)
    if left:
        yield well(about, "logged off")
    else:
        yield doubt(about, "the host did not confirm the log-off; the session may stay until its time is up")


def _what_to_do(error: BridgeError, userid: str) -> Iterator[str]:
    if isinstance(error, HostUnreached) and error.typed:
        yield UNANSWERED.format(userid=userid)
    else:
        yield from remedy(str(error), userid)


def _way(told: Recorder) -> str:
    """The screens on the way in; how often the host was waited for in between says nothing."""
    return " → ".join(place for place in told.places if place != "WAIT")


def _terminal(about: str, system: System, told: Recorder, limit: Deadline) -> Iterator[Finding]:
    """What was negotiated, and the screens on the way in."""
    facts = told.facts.get("host.connected", {})
    functions = facts.get("functions") or "none"
    yield well(about, f"{facts.get('state')}, functions {functions}, LU {facts.get('lu') or 'without a name'}, "
               f"code page {facts.get('codepage')}")  # fmt: skip
    wished = system.transport.lu if isinstance(system.transport, Tn3270) else ()
    if wished and facts.get("state") == "connected-3270":
        names = ", ".join(wished)
        yield doubt(about, f"TN3270E was not spoken, so none of the LU names {names} was confirmed: the host may have "
                    "refused or ignored them; correct transport.lu, or have them mapped")  # fmt: skip
    rows, columns = next((each.size for each in reversed(told.shown) if each.place == "READY"), CELLS)
    yield well(about, f"logged on in {limit.waited.total_seconds():.1f} s: {_way(told)}, "
               f"{rows} rows of {columns} columns")  # fmt: skip
    dialog = logon_dialog(system)
    if "UNKNOWN" in told.places and dialog is not None and dialog.dialog.unknown:  # else it was only waited for
        yield doubt(about, "one screen on the way is not known and was taken for a logo; name its words under "
                    "transport.logon.logo, or describe it under transport.logon.screens (see --screens)")  # fmt: skip
    said = "\n".join(row for each in told.shown for row in each.rows)
    speaks = [product for pattern, product in SPEAK if re.search(pattern, said)]
    if speaks and system.product not in speaks:
        yield ill(about, f"the host's messages are those of {speaks[0]}, and product is {system.product}; correct it")
    elif speaks:
        yield well(about, f"its messages are those of {system.product}; no screen shows a release")


def _itself(about: str, userid: str, profile: Profile, system: System, *, elevated: bool) -> Iterator[Finding]:
    """Its own listing: the one harmless look at a profile, and how much it may."""
    product = system.product
    if profile.standing is Standing.UNKNOWN:
        yield doubt(about, "the host lists no profile for it; may it list users at all?")
        return
    yield well(about, "its own profile was listed and read")
    beyond = [privilege for privilege in profile.privileged if not NEEDED.get(product, NOTHING).fullmatch(privilege)]
    if elevated:
        yield _for_privileged(about, profile)
    elif beyond:
        yield doubt(about, f"too much: it is {', '.join(beyond)}, and needs no more than the right to reset "
                    f"passwords: {'; '.join(_lessen(userid, beyond, product))}")  # fmt: skip
    if product == "unix" and system.unix.sudo is None and "uid 0" not in profile.privileged:
        yield ill(about, "too little: unix.sudo is null, and it is not root: nobody else's password can be set. Write "
                  'unix: {sudo: "sudo -n /usr/local/sbin/rbguard"}, as deploy/handbook/unix.md says')  # fmt: skip
    linux = product == "unix" and system.unix.variant == "linux"
    if linux and not elevated and ANY_COMMAND.search(system.unix.sudo or ""):
        yield doubt(about, f"too much, as far as it shows: unix.sudo is {system.unix.sudo}, and who may run chpasswd "
                    "so sets root's password, too. Let it name deploy/unix/rbguard, and sudoers nothing else: "
                    "deploy/handbook/unix.md")  # fmt: skip
    if product == "acf2" and not elevated:
        yield from _first_use(about, profile, system)
    if profile.must_change:
        yield doubt(about, "its own password is expired; set a lasting one")


def _for_privileged(about: str, profile: Profile) -> Finding:
    """The one that resets privileged userids, after another person's approval."""
    if profile.privileged:
        return well(about, f"it is {', '.join(profile.privileged)}; it is used after an approval alone")
    return doubt(about, "too little, as far as it shows: it is privileged in no way itself, and resets no privileged "
                 "userid unless its scope reaches them (on RACF group-SPECIAL over their owner)")  # fmt: skip


def _first_use(about: str, profile: Profile, system: System) -> Iterator[Finding]:
    """Whether ACF2 lets it demand a new password at the first logon. CASECAUT delegates PASSWORD, and not PSWD-EXP."""
    if system.first_use == "pswdfrc":
        yield well(about, "first_use: pswdfrc trusts GSO PSWD to have PSWDFRC, which is not shown here: have it looked "
                   "up (SHOW PSWDOPTS). Each reset is proven: what LIST shows without PSWD-EXP is spoilt")  # fmt: skip
    elif "ACCOUNT" in profile.privileged and (scope := narrowed(profile.raw)):
        yield well(about, f"just enough: ACCOUNT within SCPLIST({scope}) lets it set passwords and PSWD-EXP there")
    elif "ACCOUNT" in profile.privileged:
        yield doubt(about, "too much, as far as it shows: ACCOUNT without a SCPLIST reaches every logonid. Narrow it "
                    f"to those to be reset: ACF; SET LID; CHANGE {profile.userid} SCPLIST(name); END")  # fmt: skip
    elif not set(profile.privileged) & {"SECURITY", "LEADER"}:
        yield doubt(about, "too little, as far as it shows: without ACCOUNT, narrowed by a SCPLIST, it may not set "
                    "PSWD-EXP. Where CASECAUT lets it change PASSWORD and GSO PSWD has PSWDFRC, write "
                    "first_use: pswdfrc")  # fmt: skip


def _lessen(userid: str, beyond: Sequence[str], product: str) -> Iterator[str]:
    """The host's own commands, the new right ahead of what is taken away."""
    match product:
        case "racf":
            yield from permits(RESETS, userid)
            yield from permits(LISTS, userid)
            yield REFRESH
            yield f"ALTUSER {userid} {' '.join(f'NO{word}' for word in beyond)}"
        case "acf2":
            yield f"ACF; SET LID; CHANGE {userid} {' '.join(f'NO{word}' for word in beyond)}; END"
        case "ibmi":
            yield f"CHGUSRPRF USRPRF({userid}) SPCAUT(*NONE)"
        case "unix":
            yield "let an account of its own log on, with sudo for rbguard alone: deploy/handbook/unix.md"
        case _:
            yield f"take {', '.join(beyond)} from {userid}"
