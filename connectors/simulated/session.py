"""A TSO session: an address space with its READY prompt. It outlives the line that it was begun on.

Source: z/OS TSO/E Command Reference (PROFILE, TIME, LOGOFF, SEND); TSO/E Messages.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from connectors.simulated import racf, topsecret
from connectors.simulated.acf2 import AcfDialog, Reply
from connectors.simulated.language import ENGLISH, translated
from connectors.simulated.operands import Prompt, Result, resolve, split
from connectors.simulated.users import TsoDefaults, UserDatabase

READY: Final = "READY"
MESSAGE_ID: Final = re.compile(r"^(IKJ|ICH|IRR|IKT|ACF|TSS)[0-9A-F]{2,6}[A-Z]? ")
SWITCHES: Final = frozenset({"PROMPT", "INTERCOM", "PAUSE", "MSGID", "WTPMSG", "RECOVER"})
ISPF_COMMANDS: Final = frozenset({"ISPF", "PDF", "ISPSTART"})


class Place(Enum):
    READY = "ready"
    ISPF = "ispf"
    LOGGED_OFF = "logged_off"
    LOGON_AGAIN = "logon_again"


@dataclass(slots=True)
class Session:
    """One user's session. `output` is what the terminal has not shown yet."""

    userid: str
    database: UserDatabase
    system: str
    began: datetime
    place: Place = Place.READY
    output: deque[str] = field(default_factory=deque)
    attached: bool = True
    lost_at: datetime | None = None
    prompt: Prompt | None = None
    acf: AcfDialog | None = None
    acf_prompt: Reply = field(default_factory=lambda: Reply((), None))
    partial: str = ""

    @property
    def defaults(self) -> TsoDefaults:
        """The user's TSO segment; one of its own for an id that lost its segment while logged on."""
        return self.database.user(self.userid).tso or TsoDefaults()

    @property
    def profile(self) -> dict[str, bool]:
        return self.defaults.profile

    def ask(self) -> tuple[str, bool]:
        """Return what the session waits with, and whether the answer is hidden."""
        if self.prompt is not None:
            return self.prompt.text, False
        if self.acf is not None:
            return (self.acf_prompt.prompt or "ACF"), self.acf_prompt.hidden
        return READY, False

    def complete(self, line: str) -> str | None:
        """Return the whole line that this ends; None where it is continued with - or + and more is to come."""
        joined = self.partial + (line.lstrip() if self.partial else line)
        if joined.endswith(("-", "+")) and self.prompt is None and not self.acf_prompt.hidden:
            self.partial = joined[:-1]
            return None
        self.partial = ""
        return self.prompt.answered(joined) if self.prompt is not None else joined

    def take(self, line: str, now: datetime) -> None:
        """Run a line that `complete` returned; what it prints goes to `output`."""
        self.prompt = None
        if self.acf is not None:
            self._acf(self.acf.answer(line, now))
            return
        verb = racf.command_verb(line)
        own = COMMANDS.get(verb)
        if own is not None:
            own(self, line, now)
        elif verb == "ACF" and self.database.settings.product == "acf2":
            self.acf = AcfDialog(self.database, self.userid)
            self._acf(self.acf.start())
        elif verb:
            self.finish(self._security_command(line, verb, now))

    def finish(self, result: Result) -> None:
        """Show what a command printed; a question of the parser stays open."""
        self.say(*result.lines)
        self.prompt = result.prompt

    def attention(self) -> None:
        """Give up the open question; in ACF the environment stays."""
        self.prompt, self.partial = None, ""
        self.output.clear()
        if self.acf is not None:
            self.acf_prompt = self.acf.interrupt()

    def say(self, *lines: str) -> None:
        keep, here = self.profile["MSGID"], self.defaults.language
        shown = [line if here == ENGLISH else translated(line) for line in lines]
        self.output += [line if keep else MESSAGE_ID.sub("", line) for line in shown]

    def _acf(self, reply: Reply) -> None:
        self.say(*reply.lines)
        self.acf_prompt = reply
        if reply.prompt is None:
            self.acf = None

    def _security_command(self, line: str, verb: str, now: datetime) -> Result:
        product = self.database.settings.product
        if product == "topsecret" and verb == "TSS":
            return topsecret.execute(line, self.userid, self.database, now)
        if product != "racf" or not racf.knows(verb):
            return Result((f"IKJ56500I COMMAND {verb} NOT FOUND",), 12)
        return racf.execute(line, self.userid, self.database, now, prompting=self.profile["PROMPT"])


def _profile(session: Session, line: str, now: datetime) -> None:
    """PROFILE: with operands it changes them and is silent, without it lists them."""
    del now
    words = split(line)[1:]
    switches = dict.fromkeys(SWITCHES, True) | {f"NO{name}": False for name in SWITCHES}
    known = frozenset({*switches, "LIST", "PREFIX", "NOPREFIX", "PLANGUAGE", "SLANGUAGE", "CHAR", "LINE", "MODE"})
    names = [resolve(word.word, known) for word in words]
    if None in names:
        bad = words[names.index(None)].word
        session.say(f"IKJ56712I INVALID KEYWORD, {bad}")
        return
    for name, word in zip(names, words, strict=True):
        if name in switches:
            session.profile[name if switches[name] else name.removeprefix("NO")] = switches[name]
        elif name == "PLANGUAGE" and word.value and not session.defaults.language_stays:
            session.defaults.language = word.unquoted().upper()
    if not words or "LIST" in names:
        session.say(*_show_profile(session))


def _show_profile(session: Session) -> list[str]:
    words = {name: name if on else f"NO{name}" for name, on in session.profile.items()}
    order = ("PROMPT", "INTERCOM", "PAUSE", "MSGID")
    return [
        f"IKJ56688I CHAR(0) LINE(0) {' '.join(words[name] for name in order)} MODE {words['WTPMSG']} "
        f"{words['RECOVER']} PREFIX({session.userid}) PLANGUAGE({session.defaults.language}) SLANGUAGE(ENU) "
        "VARSTORAGE(LOW)",
        "IKJ56689I DEFAULT LINE/CHARACTER DELETE CHARACTERS IN EFFECT FOR THIS TERMINAL",
    ]


def _time(session: Session, line: str, now: datetime) -> None:
    del line
    spent = int((now - session.began).total_seconds())
    session.say(
        f"IKJ56650I TIME-{now:%I:%M:%S %p}. CPU-00:00:00 SERVICE-1042 "
        f"SESSION-{spent // 3600:02}:{spent // 60 % 60:02}:{spent % 60:02} {now:%B} {now.day},{now.year}".upper()
    )


def _logoff(session: Session, line: str, now: datetime) -> None:
    del line
    session.place = Place.LOGGED_OFF
    session.say(f"IKJ56470I {session.userid} LOGGED OFF TSO AT {now:%H:%M:%S} ON {long_date(now)}")


def _logon(session: Session, line: str, now: datetime) -> None:
    _logoff(session, line, now)
    session.place = Place.LOGON_AGAIN


def _ispf(session: Session, line: str, now: datetime) -> None:
    del line, now
    session.place = Place.ISPF


def long_date(now: datetime) -> str:
    return f"{now:%B} {now.day}, {now.year}".upper()


COMMANDS: Final[dict[str, Callable[[Session, str, datetime], None]]] = {
    "PROFILE": _profile, "PROF": _profile, "TIME": _time, "LOGOFF": _logoff, "LOGON": _logon,
    **dict.fromkeys(ISPF_COMMANDS, _ispf),
}  # fmt: skip
