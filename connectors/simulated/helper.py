"""What the exec on the host does (deploy/zos/rbhelper.rexx), on the simulated users: one request, one framed answer.

Written from deploy/zos/README.md and not from the client's code, so that the two check each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connectors.simulated import racf, topsecret
from connectors.simulated.acf2 import AcfDialog
from connectors.simulated.faults import Faults
from connectors.simulated.operands import Result
from connectors.simulated.tampering import afterword, flags_lost, instead
from connectors.simulated.users import UserDatabase
from connectors.simulated.witness import Witness

USERID: Final = re.compile(r"[A-Z0-9@#$]{1,8}")
NONCE: Final = re.compile(r"[0-9a-f]{16}")
ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@#$.<+|&!*-%_>?:=")
MASK: Final = "********"
PHRASED: Final = ("racf", "acf2")
NAMES: Final = {"topsecret": "TSS"}
"""Products that the exec calls by another name."""


class Refused(Exception):
    """The request is none that the helper carries out; the text is its message."""


@dataclass(frozen=True, slots=True)
class Request:
    verb: str
    userid: str
    password: str
    flags: frozenset[str]
    nonce: str


def read_request(line: str) -> Request:
    """Take the line apart. Raises Refused; a request without a usable nonce has nonce ""."""
    verb, userid, password, flags = ([*line.split(";"), "", "", "", ""])[:4]
    words = flags.split(",")
    nonce = next((word.removeprefix("nonce=") for word in words if word.startswith("nonce=")), "")
    if line.count(";") != 3 or not NONCE.fullmatch(nonce):
        raise Refused("RBH001E REQUEST HAS NOT FOUR PARTS, OR NO NONCE")
    return Request(verb, userid, _from_hex(password), frozenset(words), nonce)


def _from_hex(text: str) -> str:
    if len(text) % 2 or not re.fullmatch(r"[0-9A-Fa-f]*", text):
        return "\0"
    return bytes.fromhex(text).decode("latin-1")


def commands(request: Request, product: str) -> list[str]:
    """Return what is typed for the request, the last line last. Raises Refused."""
    if request.verb == "ping":
        return []
    if not USERID.fullmatch(request.userid):
        raise Refused("RBH003E USERID IS NOT VALID")
    means_else = product == "topsecret" and ("*" in request.password or request.password.upper() in {"NOPW", "RANDOM"})
    least, most = (9, 100) if product in PHRASED and "phrase" in request.flags else (1, 8)
    fits = least <= len(request.password) <= most and set(request.password) <= ALPHABET
    if request.verb == "reset" and (means_else or not fits):
        raise Refused("RBH004E PASSWORD IS NOT OF THE ALPHABET, OR NOT OF 1-8 CHARACTERS")
    try:
        return VERBS[product, request.verb](request)
    except KeyError:
        raise Refused("RBH002E VERB IS NOT KNOWN") from None


def _alter(request: Request) -> list[str]:
    resume = " RESUME" if "resume" in request.flags else ""
    what = f"PHRASE('{request.password}')" if "phrase" in request.flags else f"PASSWORD({request.password})"
    return [f"ALTUSER {request.userid} {what} EXPIRED{resume}"]


def _change(request: Request) -> list[str]:
    expired = " PSWD-EXP" if "expired" in request.flags else ""
    resume = " PSWD-VIO(0)" if "resume" in request.flags else ""
    lift = " NOSUSPEND" if "nosuspend" in request.flags else ""
    if "phrase" in request.flags:
        expired, resume = expired.replace("PSWD-EXP", "PWP-EXP"), resume and f"{resume} PWP-VIO(0)"
        return ["SET LID", f"CHANGE {request.userid} PWPHRASE('{request.password}'){expired}{resume}{lift}", "END"]
    return ["SET LID", f"CHANGE {request.userid} PASSWORD({request.password}){expired}{resume}{lift}", "END"]


def _list(request: Request) -> list[str]:
    """With the record of the phrase, where that is asked for."""
    listed = f"LIST {request.userid}"
    more = ["SET PROFILE(USER) DIV(PWPHRASE)", listed] if "phrase" in request.flags else []
    return ["SET LID", listed, *more, "END"]


def _lift(request: Request) -> list[str]:
    more = " PWP-VIO(0)" if "phrase" in request.flags else ""
    more += " NOSUSPEND" if "nosuspend" in request.flags else ""
    return ["SET LID", f"CHANGE {request.userid} PSWD-VIO(0){more}", "END"]


def _replace(request: Request) -> list[str]:
    remove = [f"TSS REMOVE({request.userid}) SUSPEND"] if "resume" in request.flags else []
    return [f"TSS REPLACE({request.userid}) PASSWORD({request.password},,EXP)", *remove]


VERBS: Final[dict[tuple[str, str], Callable[[Request], list[str]]]] = {
    ("racf", "status"): lambda request: [f"LISTUSER {request.userid}"],
    ("racf", "verify"): lambda request: [f"LISTUSER {request.userid}"],
    ("racf", "reset"): _alter,
    ("racf", "unlock"): lambda request: [f"ALTUSER {request.userid} RESUME"],
    ("acf2", "status"): _list,
    ("acf2", "verify"): _list,
    ("acf2", "reset"): _change,
    ("acf2", "unlock"): _lift,
    ("topsecret", "status"): lambda request: [f"TSS LIST({request.userid}) DATA(BASIC,PASSWORD)"],
    ("topsecret", "verify"): lambda request: [f"TSS LIST({request.userid}) DATA(BASIC,PASSWORD)"],
    ("topsecret", "reset"): _replace,
    ("topsecret", "unlock"): lambda request: [f"TSS REMOVE({request.userid}) SUSPEND"],
}


@dataclass(slots=True)
class Helper:
    """The helper as one service id runs it."""

    users: UserDatabase
    issuer: str
    faults: Faults
    witness: Witness | None = None

    def carry_out(self, request: Request, now: datetime) -> Result:
        """Run the request on the service id's own authority; messages as the host gives them, the password masked."""
        product = self.users.settings.product
        if request.verb == "ping":
            return Result((f"RBH000I RBHELPER 1 {NAMES.get(product, product.upper())} {self.issuer}",))
        result = self._run(commands(request, product), product, now)
        if request.verb == "verify":
            must = _first_use(result.lines, "phrase" in request.flags)
            result = Result(result.lines, max(result.code, 0 if must else 4))
        if not request.password:
            return result
        hidden = re.compile(re.escape(request.password), re.IGNORECASE)
        return Result(tuple(hidden.sub(MASK, line) for line in result.lines), result.code)

    def _run(self, lines: list[str], product: str, now: datetime) -> Result:
        """TSS commands one after the other, as long as they are successful; anything else as one."""
        if product != "topsecret":
            return self._tampered(lines, product, now)
        said: list[str] = []
        for line in lines:
            result = self._tampered([line], product, now)
            said += result.lines
            if result.code:
                return Result(tuple(said), result.code)
        return Result(tuple(said))

    def _tampered(self, lines: list[str], product: str, now: datetime) -> Result:
        typed = " ".join(lines)
        replaced = instead(self.faults, product, typed)
        if replaced is not None:
            return replaced
        if self.witness is not None:
            for line in lines:
                self.witness.ran(line)
        with flags_lost(self.faults, self.users, typed):
            return afterword(self.faults, typed, self._executed(lines, product, now))

    def _executed(self, lines: list[str], product: str, now: datetime) -> Result:
        if product == "acf2":
            return self._in_acf(lines, now)
        execute = topsecret.execute if product == "topsecret" else racf.execute
        return execute(lines[0], self.issuer, self.users, now)

    def _in_acf(self, lines: list[str], now: datetime) -> Result:
        dialog = AcfDialog(self.users, self.issuer)
        dialog.start()
        return Result(tuple(said for line in lines for said in dialog.answer(line, now).lines))


def _first_use(lines: tuple[str, ...], phrase: bool) -> bool:
    date, bit = ("PHRASEDATE=00.000", "PWP-EXP") if phrase else (" PASSDATE=00.000", "PSWD-EXP")
    expired = re.compile(r"PASSWORD .*EXPIRES=01/01/80")
    return any(date in line or bit in line.split() or (not phrase and expired.match(line)) for line in lines)
