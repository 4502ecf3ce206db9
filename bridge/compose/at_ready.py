"""What the doctor finds at READY: the service id's PROFILE, the code page, its authority, the host's password rules.

Each line typed lists something. Sources: z/OS TSO/E Command Reference (PROFILE); RACF Command Language Reference
(RLIST, SETROPTS LIST, PERMIT).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bridge.compose.finding import Finding, doubt, ill, well
from bridge.config.model import ServiceId, System, Tn3270
from bridge.domain.outcome import Order, Typed, Verb
from bridge.domain.password import UPPER, Rules
from bridge.domain.secret import Line
from connectors.hosts.host import SystemHost
from connectors.hosts.transcript import Recorder
from connectors.hosts.transports.charset import NATIONALS, national

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
ODD: Final = re.compile(r"(?<!\S)[^\W\d_]+[!\[\\\]^`{|}~\"¢£¬¦§][^\W\d_]+(?!\S)")
LANGUAGE: Final = re.compile(r"\bPLANGUAGE\((\w+)\)")
ENGLISH: Final = "ENU"
RULE: Final = re.compile(r"^\s*RULE\s+\d+\s+LENGTH\(([\d:]+)\)\s+(\S+)")


def permits(resource: str, userid: str) -> Iterator[str]:
    yield f"PERMIT {resource} CLASS(FACILITY) ID({userid}) ACCESS(READ)"


def settings_found(about: str, system: System, host: SystemHost, told: Recorder) -> Iterator[Finding]:
    """PROFILE and code page; nothing is read by words of the host's before."""
    page = system.transport.codepage if isinstance(system.transport, Tn3270) else ""
    yield from _profile(about, _ask(host, "PROFILE"))
    yield _characters(about, page, system.password)
    yield from odd_words(about, page, told)


def authority_found(
    about: str, system: System, service: ServiceId, host: SystemHost, *, elevated: bool
) -> Iterator[Finding]:
    """RACF: what it may, unless it is there for privileged userids, and the password rules."""
    for resource, what in () if elevated else ((RESETS, "set passwords"), (LISTS, "list users")):
        yield _access(about, resource, what, service.userid, _ask(host, f"RLIST FACILITY {resource}"))
    yield from _host_rules(about, _ask(host, "SETROPTS LIST"), system.password)


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
    language = next((found[1] for found in (LANGUAGE.search(shown),) if found), ENGLISH)
    if language != ENGLISH:
        yield ill(about, f"PLANGUAGE({language}) stays, though PLANGUAGE({ENGLISH}) was asked for: listings in another "
                  "language are not understood. Let the exit that sets it back spare this id")  # fmt: skip
    missing = [f"{word}: {why}" for word, why in WANTED.items() if word not in words]
    if missing:
        yield doubt(about, f"PROFILE was set and has not become {'; '.join(missing)}. Does an exit set it back?")
    else:
        yield well(about, f"PROFILE is {', '.join(WANTED)}; kept for the next logon")


def _characters(about: str, page: str, rules: Rules) -> Finding:
    """Which characters of passwords a wrong code page would turn into others, unseen."""
    risky = sorted(set(rules.alphabet or UPPER) & VARIANT)
    avoided = " ".join(sorted(each for each in VARIANT - set(NATIONALS) if each.isascii()))
    shown = national(NATIONALS, page)
    page = f"{page}, where # @ $ of userids are {' '.join(shown)} on a terminal" if shown != NATIONALS else page
    if risky:
        return doubt(about, f"code page {page}: {' '.join(risky)} may be drawn and are other bytes in other pages; "
                     "leave them out of password.alphabet unless you have seen one of them arrive")  # fmt: skip
    return well(about, f"code page {page}: what passwords are drawn from is the same in every page; not so, and "
                f"risky in a password of the service id itself: {avoided}")  # fmt: skip


def odd_words(about: str, page: str, told: Recorder) -> Iterator[Finding]:
    """Words with a character inside that belongs into none: a letter of the country, seen through another page."""
    rows = (row.strip() for each in told.shown for row in each.rows)
    odd = dict.fromkeys(found[0] for row in rows if "@" not in row for found in ODD.finditer(row))
    if odd:
        yield doubt(about, f"its screens have {', '.join(list(odd)[:4])}: if that is a word of the country's, code "
                    f"page {page} is not the host's, and transport.codepage is to be corrected")  # fmt: skip


def _access(about: str, resource: str, what: str, userid: str, rows: Sequence[str]) -> Finding:
    level = next((found[1] for row in rows if (found := ACCESS.match(row))), "")
    permit = "; ".join((*permits(resource, userid), REFRESH))
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


def _host_rules(about: str, rows: Sequence[str], rules: Rules) -> Iterator[Finding]:
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
