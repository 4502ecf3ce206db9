"""The doctor's visit to a host under one service id: logon, what is found at READY, log-off. Nothing is changed there.

Each line typed lists something of the service id's own. Sources: z/OS TSO/E Command Reference (PROFILE); RACF
Command Language Reference (RLIST, SETROPTS LIST, PERMIT, ALTUSER); RACF Security Administrator's Guide, "Delegating
the authority to reset passwords".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Final

from bridge.compose.finding import Finding, doubt, ill, well
from bridge.compose.remedies import remedy
from bridge.compose.worker import make_host
from bridge.config.model import ServiceId, System, Tn3270
from bridge.config.products import USERIDS
from bridge.domain.errors import BridgeError
from bridge.domain.outcome import Order, Profile, Standing, Typed, Verb
from bridge.domain.password import UPPER, Rules
from bridge.domain.secret import Line, Secret
from bridge.ports import OwnPassword
from connectors.hosts.circuit import Circuit
from connectors.hosts.host import SystemHost
from connectors.hosts.transcript import Recorder, Shown
from connectors.machine import Deadline

NEEDED: Final = {"acf2": frozenset({"ACCOUNT"})}  # without it ACF2 changes no other logonid; a SCPLIST narrows it
WANTED: Final = {
    "NOPROMPT": "a command with a mistake in it asks, and hangs, where PROMPT is on",
    "MSGID": "answers are told by their message numbers",
    "NOINTERCOM": "other users' SEND would fall into answers",
}
RESETS: Final = "IRR.PASSWORD.RESET"
LISTS: Final = "IRR.LISTUSER"
REFRESH: Final = "SETROPTS RACLIST(FACILITY) REFRESH"
ACCESS: Final = re.compile(r"^\s*\d\d\s+\S+\s+\S+\s+(NONE|EXECUTE|READ|UPDATE|CONTROL|ALTER)\b")
VARIANT: Final = frozenset('!#$@[\\]^`{|}~"¢£¬¦§')
"""Characters whose byte differs between EBCDIC pages in use: the one typed need not be the one that the user types."""
SPEAK: Final = ((r"\b(?:ICH|IRR)\d{3}", "racf"), (r"\bACF\w{5}\b", "acf2"), (r"\bTSS\d{4}", "topsecret"))
RULE: Final = re.compile(r"^\s*RULE\s+\d+\s+LENGTH\(([\d:]+)\)\s+(\S+)")


def visit(
    system: System,
    service: ServiceId,
    password: Callable[[], Secret | None],
    watch: Callable[[Shown], None] | None,
    own: OwnPassword | None = None,
) -> Iterator[Finding]:
    """Log on once, look, log off. A refused logon is not tried again."""
    about, told, limit = f"{system.name} {service.userid}", Recorder(watch), Deadline(system.transport.connect_within)
    try:
        with (
            closing(make_host(system, service, password, Circuit(), log=told, own=own)) as host,
            host.session() as session,
        ):
            over_3270 = isinstance(system.transport, Tn3270)
            yield from _terminal(about, system, told, limit) if over_3270 else ()
            profile = session.profile(USERIDS[system.product](service.userid))
            yield from _itself(about, service.userid, profile, NEEDED.get(system.product, frozenset()), system.product)
            if over_3270:
                yield from _at_ready(about, system, service, host, told)
    except BridgeError as error:
        if told.places:
            yield doubt(about, f"it came as far as: {_way(told)}")
        yield ill(about, str(error))
        yield from (ill(about, words) for words in remedy(str(error), service.userid))
        return
    left = told.facts.get("host.logged_off", {}).get("confirmed", True)
    if left:
        yield well(about, "logged off")
    else:
        yield doubt(about, "the host did not confirm the log-off; the session may stay until its time is up")


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
    yield well(about, f"logged on in {limit.waited.total_seconds():.1f} s: {_way(told)}")
    if "UNKNOWN" in told.places:
        yield doubt(about, "one screen on the way is not known and was taken for a logo; name its words under "
                    "transport.logon.logo, or describe it under transport.logon.screens (see --screens)")  # fmt: skip
    said = "\n".join(row for each in told.shown for row in each.rows)
    speaks = [product for pattern, product in SPEAK if re.search(pattern, said)]
    if speaks and system.product not in speaks:
        yield ill(about, f"the host's messages are those of {speaks[0]}, and product is {system.product}; correct it")
    elif speaks:
        yield well(about, f"its messages are those of {system.product}; no screen shows a release")


def _itself(about: str, userid: str, profile: Profile, needed: frozenset[str], product: str) -> Iterator[Finding]:
    """Its own listing: the one harmless look at a profile, and how much it may."""
    if profile.standing is Standing.UNKNOWN:
        yield doubt(about, "the host lists no profile for it; may it list users at all?")
        return
    yield well(about, "its own profile was listed and read")
    beyond = [privilege for privilege in profile.privileged if privilege not in needed]
    if beyond:
        yield doubt(about, f"too much: it is {', '.join(beyond)}, and needs no more than the right to reset "
                    f"passwords: {'; '.join(_lessen(userid, beyond, product))}")  # fmt: skip
    if profile.must_change:
        yield doubt(about, "its own password is expired; set a lasting one")


def _lessen(userid: str, beyond: Sequence[str], product: str) -> Iterator[str]:
    """The host's own commands, the new right ahead of what is taken away."""
    match product:
        case "racf":
            yield from _permit(RESETS, userid)
            yield from _permit(LISTS, userid)
            yield REFRESH
            yield f"ALTUSER {userid} {' '.join(f'NO{word}' for word in beyond)}"
        case "acf2":
            yield f"ACF; SET LID; CHANGE {userid} {' '.join(f'NO{word}' for word in beyond)}; END"
        case "ibmi":
            yield f"CHGUSRPRF USRPRF({userid}) SPCAUT(*NONE)"
        case _:
            yield f"take {', '.join(beyond)} from {userid}"


def _permit(resource: str, userid: str) -> Iterator[str]:
    yield f"PERMIT {resource} CLASS(FACILITY) ID({userid}) ACCESS(READ)"


# --- at READY -------------------------------------------------------------------------------------


def _at_ready(about: str, system: System, service: ServiceId, host: SystemHost, told: Recorder) -> Iterator[Finding]:
    yield from _profile(about, _ask(host, "PROFILE"))
    yield _characters(about, system.transport.codepage if isinstance(system.transport, Tn3270) else "", system.password)
    if system.product == "racf":
        for resource, what in ((RESETS, "set passwords"), (LISTS, "list users")):
            yield _access(about, resource, what, service.userid, _ask(host, f"RLIST FACILITY {resource}"))
        yield from _rules(about, _ask(host, "SETROPTS LIST"), system.password)


def _ask(host: SystemHost, words: str) -> tuple[str, ...]:
    """What the host says to one line that changes nothing."""
    replies = host.run(Order(verb=Verb.STATUS, typed=(Typed(line=Line(words)),)), anew=False)
    return tuple(row for reply in replies for row in reply.said)


def _profile(about: str, rows: Sequence[str]) -> Iterator[Finding]:
    shown = " ".join(row.strip() for row in rows)
    words = set(shown.upper().split())
    if "IKJ56688I" not in words:
        yield doubt(about, f"PROFILE does not list itself as usual: {shown[:120] or 'nothing'}")
        return
    missing = [f"{word}: {why}" for word, why in WANTED.items() if word not in words]
    if missing:
        yield doubt(about, f"PROFILE was set and has not become {'; '.join(missing)}. Does an exit set it back?")
    else:
        yield well(about, f"PROFILE is {', '.join(WANTED)}; kept for the next logon")


def _characters(about: str, page: str, rules: Rules) -> Finding:
    """Which characters of passwords a wrong code page would turn into others, unseen."""
    risky = sorted(set(rules.alphabet or UPPER) & VARIANT)
    avoided = " ".join(sorted(each for each in VARIANT if each.isascii()))
    if risky:
        return doubt(about, f"code page {page}: {' '.join(risky)} may be drawn and are other bytes in other pages; "
                     "leave them out of password.alphabet unless you have seen one of them arrive")  # fmt: skip
    return well(about, f"code page {page}: what passwords are drawn from is the same in every page; not so, and "
                f"risky in a password of the service id itself: {avoided}")  # fmt: skip


def _access(about: str, resource: str, what: str, userid: str, rows: Sequence[str]) -> Finding:
    level = next((found[1] for row in rows if (found := ACCESS.match(row))), "")
    permit = "; ".join((*_permit(resource, userid), REFRESH))
    scoped = resource.replace("PASSWORD.RESET", "PWRESET").replace("LISTUSER", "LU")
    match level:
        case "READ":
            return well(about, f"just enough: READ on {resource} lets it {what}")
        case "UPDATE" | "CONTROL" | "ALTER":
            return doubt(about, f"too much: {level} on {resource} where READ is enough; {permit}")
        case _:
            said = rows[0].strip() if rows else "nothing"
            return doubt(about, f"too little, as far as it shows: no access to {resource} ({said}). Unless a scoped "
                         f"{scoped}.OWNER.group lets it {what}: {permit}")  # fmt: skip


def _rules(about: str, rows: Sequence[str], rules: Rules) -> Iterator[Finding]:
    """SETROPTS' password rules beside ours; only few may list them."""
    said = "\n".join(rows).upper()
    if "PASSWORD PROCESSING OPTIONS" not in said:
        yield well(about, "it may not list SETROPTS, as it should be; compare mixed_case, specials and rules by hand")
        return
    mixed = "MIXED CASE PASSWORD SUPPORT IS IN EFFECT" in said
    special = bool(re.search(r"SPECIAL CHARACTERS ARE ALLOWED", said))
    if rules.mixed_case and not mixed:
        yield ill(about, "password.mixed_case is true, and the host folds passwords to capitals; write false")
    if rules.specials and not special:
        yield ill(about, "password.specials is true, and SETROPTS does not allow special characters; write false")
    masks = tuple(found[2] for row in rows if (found := RULE.match(row)))
    if set(masks) != set(rules.rules) and masks:
        yield doubt(about, f"SETROPTS has the rules {', '.join(masks)}; write password.rules: [{', '.join(masks)}]")
    yield well(about, f"SETROPTS: mixed case {'on' if mixed else 'off'}, specials {'on' if special else 'off'}, "
               f"{len(masks)} rules")  # fmt: skip
