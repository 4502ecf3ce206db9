"""EXGATE, a session manager that exists nowhere else: sign-on, news, a menu of applications. It stands ahead of TSO.

Made up so that a dialog for it has to be written: nothing on its screens is what a known product says.
"""

import asyncio
from typing import Final

from connectors.simulated.admission import forced
from connectors.simulated.datastream import Aid
from connectors.simulated.entry import Entry, Outcome, enter
from connectors.simulated.faults import Fault
from connectors.simulated.panel import Input, Panel, Text
from connectors.simulated.system import System
from connectors.simulated.terminal import Terminal
from connectors.simulated.vtam import Request
from connectors.simulated.witness import Attempt

APPLICATION: Final = "TSO"
ANSWERS: Final = {
    Outcome.UNKNOWN: "EXG004E {userid} IS NOT KNOWN HERE",
    Outcome.WRONG: "EXG003E PASS WORD NOT RIGHT FOR {userid}",
    Outcome.REVOKED: "EXG005E {userid} MAY NOT SIGN ON ANY MORE",
    Outcome.EXPIRED: "EXG006E PASS WORD TOO OLD, A NEW ONE IS NEEDED",
}
SIGN_ON: Final = Panel(
    texts=(
        Text(1, 2, "EXGATE02                E X G A T E   -   SIGN ON"),
        Text(5, 10, "EXAMPLE BANK  -  AUTHORISED USE ONLY"),
        Text(8, 10, "User identification . . :"),
        Text(10, 10, "Pass word . . . . . . . :"),
        Text(12, 10, "New pass word . . . . . :"),
        Text(24, 2, "ENTER=Sign on   PF1=Help   PF3=Quit"),
    ),
    inputs=(Input("userid", 8, 37, 8), Input("password", 10, 37, 8, hidden=True), Input("new", 12, 37, 8, hidden=True)),
)
NEWS: Final = Panel(
    texts=(
        Text(1, 2, "EXGATE10                E X G A T E   -   NEWS"),
        Text(6, 6, "THE CANTEEN IS CLOSED ON FRIDAY."),
        Text(7, 6, "IF YOUR USERID WAS REVOKED OR YOUR PASSWORD HAS EXPIRED, CALL 4711."),
        Text(24, 2, "PF12=Go on"),
    ),
    inputs=(),
)
MENU: Final = Panel(
    texts=(
        Text(1, 2, "EXGATE20                E X G A T E   -   APPLICATIONS"),
        Text(6, 6, "1  TSOA     Time sharing"),
        Text(7, 6, "2  CICSP    Orders"),
        Text(8, 6, "3  IMSP     Stock"),
        Text(20, 6, "Selection ===>"),
        Text(24, 2, "ENTER=Go there   PF3=Sign off"),
    ),
    inputs=(Input("selection", 20, 22, 8),),
)


RENEWAL: Final = Panel(
    texts=(
        Text(1, 2, "EXGATE05                E X G A T E   -   CHANGE"),
        Text(10, 10, "New pass word . . . . . :"),
        Text(12, 10, "Once more . . . . . . . :"),
        Text(24, 2, "ENTER=Change   PF3=Quit"),
    ),
    inputs=(Input("new", 10, 37, 8, hidden=True), Input("again", 12, 37, 8, hidden=True)),
)
REFUSED: Final = Panel(
    texts=(
        Text(1, 2, "EXGATE90                E X G A T E   -   NO ENTRY"),
        Text(24, 2, "PF3=Quit"),
    ),
    inputs=(),
)


class Manager:
    """One terminal's way through it. Who has signed on comes back to the menu from an application."""

    def __init__(self, system: System, terminal: Terminal) -> None:
        self._system, self._terminal = system, terminal
        self._userid = ""

    async def choose(self) -> Request:
        """Go on until an application is selected."""
        messages: list[str] = []
        while True:
            if not self._userid:
                messages = await self._sign_on(messages)
                await self._news()
            await MENU.show(self._terminal, {}, messages, "selection")
            typed = await self._terminal.key()
            selection = MENU.read(self._terminal, typed).get("selection", "")
            if typed.aid == Aid.PF3:
                self._userid, messages = "", ["EXG009I SIGNED OFF"]
            elif selection.upper() in {"1", "TSOA"}:
                return Request(APPLICATION, "" if self._system.options.manager_knows else self._userid)
            else:
                messages = [f"EXG030E {selection or 'THAT'} IS NOT THERE NOW"]

    async def _sign_on(self, messages: list[str]) -> list[str]:
        """Until somebody is let in; what the security product says to that is shown in the menu."""
        while True:
            await SIGN_ON.show(self._terminal, {}, messages, "userid")
            typed = await self._terminal.key()
            given = SIGN_ON.read(self._terminal, typed)
            userid = given.get("userid", "").upper()
            if typed.aid != Aid.ENTER:
                messages = ["EXG001I THAT KEY DOES NOTHING HERE"]
                continue
            if (known := self._system.options.manager_knows) is not None:
                if (userid, given.get("password", "")) == known:
                    self._userid = userid
                    return []
                messages = [ANSWERS[Outcome.WRONG].format(userid=userid)]
                continue
            faults = self._system.faults
            if faults.take(Fault.DROP_AT_LOGON, userid):
                self._terminal.cut()
            entry = forced(self._system, userid) or enter(
                self._system.users, userid, given.get("password", ""), self._system.clock()
            )
            if self._system.witness is not None:
                self._system.witness.logged_on(Attempt(userid, entry.outcome, self._system.clock(), hidden=True))
            if stands := faults.take(Fault.FORM_STANDS, userid):
                await SIGN_ON.show(self._terminal, {}, [], "userid")
                await asyncio.sleep(stands.seconds)
            if entry.outcome is Outcome.EXPIRED and self._system.options.manager_renews:
                entry = await self._renew(userid, given.get("password", ""), entry)
            if entry.outcome is Outcome.IN:
                self._userid = userid
                return list(entry.lines)
            messages = [ANSWERS.get(entry.outcome, "EXG002E TRY AGAIN").format(userid=userid)]
            if faults.take(Fault.REFUSED_ELSEWHERE, userid):
                await REFUSED.show(self._terminal, {}, [f"EXG017E NOT TODAY, {userid}"], "")
                await self._terminal.key()
                messages = []

    async def _renew(self, userid: str, password: str, entry: Entry) -> Entry:
        """Ask for a new one until it is taken; PF3 leaves it expired."""
        messages: list[str] = []
        while True:
            await RENEWAL.show(self._terminal, {}, messages, "new")
            typed = await self._terminal.key()
            given = RENEWAL.read(self._terminal, typed)
            if typed.aid == Aid.PF3:
                return entry
            if not given.get("new") or given["new"] != given.get("again"):
                messages = ["EXG007E NOT TWICE THE SAME"]
                continue
            entry = enter(self._system.users, userid, password, self._system.clock(), new=given["new"])
            if entry.outcome is not Outcome.NEW_REFUSED:
                return entry
            messages = ["EXG008E NOT GOOD ENOUGH"]

    async def _news(self) -> None:
        while True:
            await NEWS.show(self._terminal, {}, [], "")
            if (await self._terminal.key()).aid == Aid.PF12:
                return
