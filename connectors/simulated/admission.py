"""TSO's decision on a logon: the security product's word, then one session for each userid.

Source: z/OS TSO/E Messages (IKJ564..I, IKT00300I); TSO/E Customization (RECONLIM).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from connectors.simulated.entry import TEXTS, Entry, Outcome, enter
from connectors.simulated.faults import Fault
from connectors.simulated.operands import USERID
from connectors.simulated.session import ISPF_COMMANDS, Place, Session, long_date
from connectors.simulated.system import System
from connectors.simulated.witness import Attempt

FORCED: Final = {
    Fault.PASSWORD_WRONG: Outcome.WRONG,
    Fault.PASSWORD_EXPIRED: Outcome.EXPIRED,
    Fault.REVOKED: Outcome.REVOKED,
}
TRIES: Final = 10
"""Wrong answers of one kind after which TSO gives up on a terminal."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What stands behind LOGON: `userid/password/newpassword RECONNECT`."""

    userid: str = ""
    password: str = ""
    new: str = ""
    reconnect: bool = False
    hidden: bool = True
    kept: Mapping[str, str] = field(default_factory=dict)
    """Panel fields to be remembered, by their names in the TSO segment, if the logon succeeds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A session, or why there is none. Outcome IN without a session: the userid is in use."""

    outcome: Outcome
    lines: tuple[str, ...]
    session: Session | None = None


def read_wish(typed: str) -> Wish:
    words = typed.split()
    if words and words[0].upper() == "LOGON":
        words = words[1:]
    if not words:
        return Wish()
    userid, _, rest = words[0].partition("/")
    password, _, new = rest.partition("/")
    options = {word.upper() for word in words[1:]}
    return Wish(userid.upper(), password, new, "RECONNECT" in options, hidden=not password)


def well_formed(userid: str) -> bool:
    return re.fullmatch(USERID, userid) is not None and not userid[0].isdigit()


def knows(system: System, userid: str) -> bool:
    user = system.users.find(userid)
    return user is not None and user.tso is not None


def unknown(system: System, userid: str) -> str:
    texts = TEXTS[system.users.settings.product]
    return texts[Outcome.UNKNOWN].format(userid=userid)


def admit(system: System, wish: Wish, *, source: str = "") -> Verdict:
    """Decide. A wrong password is counted; a session that is begun or taken over is attached to the caller."""
    now = system.clock()
    entry = forced(system, wish.userid) or enter(
        system.users, wish.userid, wish.password, now, new=wish.new, source=source
    )
    if system.witness is not None:
        system.witness.logged_on(Attempt(wish.userid, entry.outcome, now, wish.hidden))
    if entry.outcome is not Outcome.IN:
        return Verdict(entry.outcome, entry.lines)
    return _seat(system, wish, entry, now)


def forced(system: System, userid: str) -> Entry | None:
    """Return the refusal that a fault demands."""
    texts = TEXTS[system.users.settings.product]
    for fault, outcome in FORCED.items():
        if system.faults.take(fault, userid):
            return Entry(outcome, (texts[outcome].format(userid=userid),))
    return None


def _seat(system: System, wish: Wish, entry: Entry, now: datetime) -> Verdict:
    in_use = system.faults.take(Fault.ALREADY_LOGGED_ON, wish.userid) is not None
    if wish.reconnect and (in_use or system.find(wish.userid, now) is not None):
        session = None if in_use else system.reconnect(wish.userid, now)
        if session is None:
            line = f"IKJ56411I TSOLOGON RECONNECT REJECTED - USERID {wish.userid} IN USE"
            return Verdict(Outcome.IN, (line,))
        session.output.appendleft("IKT00300I LOGON RECONNECT SUCCESSFUL, SESSION ESTABLISHED")
        return Verdict(Outcome.IN, (), session)
    session = None if in_use else system.begin(wish.userid, now)
    if session is None:
        where = system.options.system
        line = f"IKJ56425I LOGON REJECTED, USERID {wish.userid} ALREADY LOGGED ON TO SYSTEM {where}"
        return Verdict(Outcome.IN, (line,))
    _greet(system, session, wish, entry, now)
    return Verdict(Outcome.IN, entry.lines, session)


def _greet(system: System, session: Session, wish: Wish, entry: Entry, now: datetime) -> None:
    for name, value in wish.kept.items():
        setattr(session.defaults, name, value)
    session.output += entry.lines
    session.output.append(f"IKJ56455I {session.userid} LOGON IN PROGRESS AT {now:%H:%M:%S} ON {long_date(now)}")
    flood = system.faults.take(Fault.BROADCAST_FLOOD, session.userid)
    notices = [f"NOTICE {number:04} READ THIS BEFORE YOU GO ON" for number in range(flood.count)] if flood else []
    session.output += [*system.options.broadcast, *notices] or ["IKJ56951I NO BROADCAST MESSAGES"]
    command = session.defaults.command.split()
    if system.options.ispf_autostart or (command and command[0].upper() in ISPF_COMMANDS):
        session.place = Place.ISPF
