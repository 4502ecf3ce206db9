"""The way into TSO on one terminal: userid, then the full-screen panel, line prompts, or ACF2's own prompts.

Sources: z/OS TSO/E User's Guide, "Logging on"; TSO/E Messages. The words that ask for a new password, and for it
again, are not confirmed; that it is asked for twice is.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from connectors.simulated.admission import TRIES, Verdict, Wish, admit, knows, read_wish, unknown, well_formed
from connectors.simulated.datastream import Aid
from connectors.simulated.entry import Outcome
from connectors.simulated.faults import Fault
from connectors.simulated.linemode import Attention, LineMode
from connectors.simulated.options import LogonStyle
from connectors.simulated.panels import logon_panel
from connectors.simulated.session import Session
from connectors.simulated.system import System
from connectors.simulated.terminal import Terminal

AGAIN: Final = "IKJ56447A REENTER THE NEW PASSWORD IN THE NEW PASSWORD FIELD FOR VERIFICATION"
LOGON_OR_LOGOFF: Final = "IKJ56400A ENTER LOGON OR LOGOFF-"
ERASED: Final = "IKT00405I SCREEN ERASURE CAUSED BY ERROR RECOVERY PROCEDURE"
MISMATCH: Final = "NEW PASSWORD NOT VERIFIED, ENTER NEW PASSWORD AGAIN"
LEAVE: Final = frozenset({Aid.PF3, Aid.PF15, Aid.PA1, Aid.ATTENTION})
KEPT: Final = ("procedure", "account", "size", "command")
"""The fields that the panel remembers from one logon to the next."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What line mode asks; `{userid}` is filled in."""

    userid: str
    password: str
    again: str
    new: str
    verify: str


TSO: Final = Questions(
    "IKJ56700A ENTER USERID -", "IKJ56714A ENTER CURRENT PASSWORD FOR {userid}-", "IKJ56429A REENTER -",
    "IKJ56714A ENTER NEW PASSWORD FOR {userid}-", "IKJ56714A ENTER NEW PASSWORD AGAIN FOR {userid}-",
)  # fmt: skip
ACF2: Final = Questions(
    "ACF82003  ACF2, ENTER LOGON ID - ", "ACF82004 ACF2, ENTER PASSWORD -", "ACF82004 ACF2, ENTER PASSWORD -",
    "ACF2, ENTER NEW PASSWORD -", "ACF2, REENTER NEW PASSWORD -",
)  # fmt: skip


async def log_on(system: System, terminal: Terminal, lines: LineMode, data: str) -> Session | None:
    """Return the session that the person gets, or None for one who gives up or is turned away.

    data   what came along from VTAM: nothing, a userid, or more of a LOGON command
    """
    try:
        if system.faults.take(Fault.SCREEN_LOST):
            await lines.ask(ERASED)
        if system.faults.take(Fault.TSO_FULL):
            lines.put(["IKT00201I MAXIMUM USERS LOGGED ON TRY LATER"])
            await lines.more()
            return None
        if system.options.asks_for_logon:
            data = _behind_logon(await lines.ask(LOGON_OR_LOGOFF)) or data
        if system.options.more_before_userid:
            lines.put([f"{system.options.system} IS AVAILABLE FROM 06:00 TO 23:00"])
            await lines.more()
        wish = await _userid(system, lines, read_wish(data))
        if wish is None:
            return None
        if system.options.logon is LogonStyle.PANEL:
            session = await _PanelLogon(system, terminal, wish).run()
            lines.begin_again()
            return session
        return await _line_logon(system, lines, wish)
    except Attention:
        return None


def _questions(system: System) -> Questions:
    return ACF2 if system.options.logon is LogonStyle.ACF2 else TSO


def _behind_logon(typed: str) -> str:
    """What stands behind LOGON; nothing for anything else, which TSO does not take there."""
    verb, _, rest = typed.strip().partition(" ")
    return rest if verb.upper() == "LOGON" else ""


async def _userid(system: System, lines: LineMode, wish: Wish) -> Wish | None:
    """Ask until there is a userid that TSO knows; None after LOGOFF or too many tries."""
    question = _questions(system).userid
    for _ in range(TRIES):
        if wish.userid and well_formed(wish.userid) and knows(system, wish.userid):
            return wish
        if wish.userid:
            lines.put([_objection(system, wish.userid)])
            question = TSO.again if well_formed(wish.userid) else "IKJ56703A REENTER THIS OPERAND -"
        typed = await lines.ask(question)
        if typed.upper() == "LOGOFF":
            return None
        wish = read_wish(typed)
        if not wish.hidden:
            system.object_to("a password where it can be read")
    return None


def _objection(system: System, userid: str) -> str:
    return unknown(system, userid) if well_formed(userid) else f"IKJ56710I INVALID USERID, {userid}"


async def _line_logon(system: System, lines: LineMode, wish: Wish) -> Session | None:
    asks = _questions(system)
    question = asks.password
    for _ in range(system.users.settings.max_try):
        if not wish.password:
            wish = replace(wish, password=await lines.ask(question.format(userid=wish.userid), hidden=True))
        verdict = admit(system, wish)
        while verdict.outcome in {Outcome.EXPIRED, Outcome.NEW_REFUSED}:
            lines.put(verdict.lines)
            verdict = admit(system, replace(wish, new=await _new_password(lines, asks, wish.userid)))
        if verdict.session is not None:
            return verdict.session
        lines.put(verdict.lines)
        if verdict.outcome is not Outcome.WRONG:
            await _turned_away(lines)
            return None
        wish, question = replace(wish, password="", new="", hidden=True), asks.again
    return None


async def _new_password(lines: LineMode, asks: Questions, userid: str) -> str:
    """Ask for it twice, until both are the same. LOGOFF cannot be said here; attention can."""
    while True:
        first = await lines.ask(asks.new.format(userid=userid), hidden=True)
        if first and first == await lines.ask(asks.verify.format(userid=userid), hidden=True):
            return first
        lines.put([MISMATCH])


async def _turned_away(lines: LineMode) -> None:
    """What refuses a logon for good leaves the terminal at the prompt without a user."""
    await lines.ask(LOGON_OR_LOGOFF)


@dataclass(slots=True)
class _PanelLogon:
    """The panel, shown again and again until somebody is in or leaves."""

    system: System
    terminal: Terminal
    wish: Wish
    values: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    cursor: str = "password"
    verifying: str = ""
    wrong: int = 0

    async def run(self) -> Session | None:
        german = self.system.options.german
        panel = logon_panel(self.wish.userid, self.system.users.settings.product, german=german)
        defaults = self.system.users.user(self.wish.userid).tso
        self.values = {name: getattr(defaults, name) for name in KEPT}
        if self.wish.reconnect:
            self.values["reconnect"] = "S"
        session = self._decide() if self.wish.password else None
        while session is None and self.wrong < TRIES:
            await panel.show(self.terminal, self.values, self.messages, self.cursor)
            typed = await self.terminal.key()
            if typed.aid in LEAVE:
                return None
            if typed.aid == Aid.ENTER:
                session = self._entered(panel.read(self.terminal, typed))
        return session

    def _entered(self, fields: dict[str, str]) -> Session | None:
        password = fields.pop("password", "") or self.wish.password
        new = fields.pop("new", "")
        self.values.update(fields)
        self.wish = replace(self.wish, password=password, hidden=True)
        self.messages, self.cursor = [], "password"
        if not password:
            self.messages = ["IKJ56476I ENTER PASSWORD"]
            return None
        if self.system.faults.take(Fault.DROP_AT_LOGON, self.wish.userid):
            self.terminal.cut()
        if new or self.verifying:
            return self._new_password(new)
        return self._decide()

    def _new_password(self, new: str) -> Session | None:
        """The new password is typed twice, into the same field."""
        self.cursor = "new"
        if not self.verifying:
            self.verifying, self.messages = new, [AGAIN]
            return None
        first, self.verifying = self.verifying, ""
        if new != first:
            self.messages = [MISMATCH]
            return None
        return self._decide(new)

    def _decide(self, new: str = "") -> Session | None:
        reconnect = self.values.get("reconnect", "").upper() == "S"
        kept = {name: self.values[name] for name in KEPT}
        wish = replace(self.wish, new=new or self.wish.new, reconnect=reconnect, kept=kept)
        verdict = admit(self.system, wish)
        if verdict.session is None:
            self._explain(verdict)
        return verdict.session

    def _explain(self, verdict: Verdict) -> None:
        self.messages = list(verdict.lines)
        self.values["reconnect"] = ""
        wants_new = verdict.outcome in {Outcome.EXPIRED, Outcome.NEW_REFUSED}
        self.cursor = "new" if wants_new else "password"
        self.wish = replace(self.wish, password=self.wish.password if wants_new else "", new="")
        self.wrong += verdict.outcome is Outcome.WRONG
        if self.system.users.settings.product == "acf2" and self.wrong >= self.system.users.settings.max_try:
            self.wrong = TRIES
