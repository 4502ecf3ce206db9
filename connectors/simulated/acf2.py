"""ACF2: the ACF subcommand environment, where logonids are changed and listed.

Sources: Broadcom ACF2 for z/OS, CHANGE and LIST subcommands; knowledge base 38251 (what CASECAUT can delegate),
53539 (suspended by PSWD-VIO, without a SUSPEND bit), 220872 (ACF0A017), 235924 (ACF00114). Where no source
gives a message, it has words of our own and no number: invented numbers would teach a client what is not so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from connectors.simulated.acf2_listing import show, show_phrase
from connectors.simulated.acf2_rules import why_refused
from connectors.simulated.operands import USERID, Operand, split
from connectors.simulated.users import User, UserDatabase

PRIVILEGED: Final = frozenset({"SECURITY", "ACCOUNT", "AUDIT", "LEADER", "CONSULT", "NON-CNCL", "READALL"})
ADMINISTRATORS: Final = frozenset({"SECURITY", "ACCOUNT", "LEADER"})
NOT_AUTHORISED: Final = "ACF0A017 NOT AUTHORIZED FOR REQUESTED FUNCTION"
DELEGATED: Final = frozenset(
    {"PASSWORD", "PWPHRASE", "PSWD-VIO", "PSWDCVIO", "PWP-VIO", "KERB-VIO", "SUSPEND", "CANCEL"}
)
"""What an id without privileges may change where ACFCMD.USER.<field> lets it. PSWD-EXP is not among them."""


PHRASES: Final = "PROFILE"
"""The prompt of SET PROFILE(USER) DIV(PWPHRASE), the only division there is here."""

SHORTEST_PHRASE: Final = 9


@dataclass(frozen=True, slots=True)
class Reply:
    """What a subcommand printed, and the prompt that follows; None when the environment has ended."""

    lines: tuple[str, ...]
    prompt: str | None
    hidden: bool = False
    """Whether the answer to this prompt is a password, typed into a field that does not show it."""


class Refused(Exception):
    """The whole subcommand is refused; nothing of it has been done."""


@dataclass(slots=True)
class AcfDialog:
    """One user's ACF environment, from ACF to END. Feed it what is typed; it answers."""

    database: UserDatabase
    issuer: str
    setting: str = "ACF"
    last: str = ""
    answers: list[str] = field(default_factory=list)
    asking: str = ""

    def start(self) -> Reply:
        self.last = self.issuer
        return Reply((), self.setting)

    def answer(self, line: str, now: datetime) -> Reply:
        if self.asking:
            return self._answer_password(line, now)
        words = split(line)
        verb = words[0].word.upper() if words else ""
        if verb in {"END", "QUIT"}:
            return Reply((), None)
        if not verb:
            return Reply((), self.setting)
        step = SUBCOMMANDS.get(verb)
        try:
            with self.database:
                return Reply(tuple(step(self, words[1:], now)), self.setting) if step else self._unknown(verb)
        except Refused as refusal:
            return Reply((str(refusal),), self.setting)
        except NeedsPassword as question:
            self.asking, self.answers = question.userid, []
            return Reply((), PASSWORD_QUESTIONS[0], hidden=True)

    def interrupt(self) -> Reply:
        """Attention: a question is forgotten, the setting stays."""
        self.asking = ""
        return Reply((), self.setting)

    def _unknown(self, verb: str) -> Reply:
        return Reply((f"INVALID SUBCOMMAND - {verb}",), self.setting)

    def _answer_password(self, line: str, now: datetime) -> Reply:
        """CHANGE x PASSWORD without a value: the issuer's own password, then the new one twice."""
        self.answers.append(line.strip())
        if len(self.answers) < len(PASSWORD_QUESTIONS):
            return Reply((), PASSWORD_QUESTIONS[len(self.answers)], hidden=True)
        own, new, again = self.answers
        target, self.asking, self.answers = self.asking, "", []
        if not self.database.accepts(self.issuer, own):
            return Reply(("ACF01012 PASSWORD NOT MATCHED",), self.setting)
        if new != again:
            return Reply(("NEW PASSWORDS DO NOT MATCH",), self.setting)
        return self.answer(f"CHANGE {target} PASSWORD({new})", now)


PASSWORD_QUESTIONS: Final = ("ENTER YOUR CURRENT PASSWORD", "ENTER NEW PASSWORD", "ENTER NEW PASSWORD AGAIN")


class NeedsPassword(Exception):
    def __init__(self, userid: str) -> None:
        super().__init__(userid)
        self.userid = userid


def _set(dialog: AcfDialog, words: list[Operand], now: datetime) -> list[str]:
    del now
    name = words[0].word.upper() if words else ""
    if name not in SETTINGS:
        raise Refused(f"INVALID SETTING - {name}")
    dialog.setting = SETTINGS[name]
    return []


def _list(dialog: AcfDialog, words: list[Operand], now: datetime) -> list[str]:
    target = _target(dialog, words)
    issuer = dialog.database.user(dialog.issuer)
    allowed = target is issuer or issuer.privileges & (ADMINISTRATORS | {"AUDIT", "CONSULT"})
    if not allowed and dialog.database.access("ACFCMD.USER.LIST", issuer.userid) == "NONE":
        raise Refused(NOT_AUTHORISED)
    if dialog.setting == PHRASES:
        if target.phrase.changed is None:
            raise Refused(f"PWPHRASE RECORD OF {target.userid} NOT FOUND")
        return show_phrase(dialog.database.settings, target)
    return show(dialog.database.settings, target, now)


def _change(dialog: AcfDialog, words: list[Operand], now: datetime) -> list[str]:
    """Check every field, then change them all: a refused subcommand changes nothing."""
    target = _target(dialog, words)
    issuer = dialog.database.user(dialog.issuer)
    steps = [_step(dialog, issuer, target, operand) for operand in words[1:]]
    for step in steps:
        step(now)
    target.updated = now
    return show(dialog.database.settings, target, now) if dialog.database.settings.record_after_change else []


def _target(dialog: AcfDialog, words: list[Operand]) -> User:
    name = words[0].word.upper() if words else ""
    name = dialog.last if name == "*" else name
    if not USERID.fullmatch(name) or words[0].value is not None:
        raise Refused("LOGONID NOT SPECIFIED OR NOT VALID")
    target = dialog.database.find(name)
    if target is None:
        raise Refused(f"ACF01004 LOGONID {name} NOT FOUND")
    dialog.last = name
    return target


Step = Callable[[datetime], None]


def _step(dialog: AcfDialog, issuer: User, target: User, operand: Operand) -> Step:
    """Return what changes one field. Raises Refused where it may not, or makes no sense."""
    name = operand.word.upper()
    off = name.startswith("NO") and name.removeprefix("NO") in BITS
    name = name.removeprefix("NO") if off else name
    if name not in {*BITS, *NUMBERS, "PASSWORD", "PWPHRASE", "NAME"}:
        raise Refused(f"ACF00114 ERROR IN LOCATING/PROCESSING FIELD {name} - ACF00FLC RETURN/REASON CODE = 08/04")
    if not _may_change(dialog.database, issuer, target, name):
        raise Refused(NOT_AUTHORISED)
    if name == "PASSWORD":
        return _password_step(dialog, issuer, target, operand)
    if name == "PWPHRASE":
        return _phrase_step(dialog, issuer, target, operand)
    if name in BITS:
        return lambda now: BITS[name](target, not off, issuer.userid, now)
    return _number_step(target, name, operand)


def _may_change(database: UserDatabase, issuer: User, target: User, name: str) -> bool:
    if issuer.privileges & ADMINISTRATORS:
        return "SECURITY" in issuer.privileges or not target.privileges & {"SECURITY"}
    if target.privileges & PRIVILEGED:
        return False
    return name in DELEGATED and database.access(f"ACFCMD.USER.{name}", issuer.userid) != "NONE"


def _password_step(dialog: AcfDialog, issuer: User, target: User, operand: Operand) -> Step:
    if not operand.value:
        raise NeedsPassword(target.userid)
    settings, text = dialog.database.settings, operand.unquoted()
    refusal = why_refused(settings, target, text)
    if refusal:
        raise Refused(refusal)
    expired = target.password.expired or (settings.force_change and issuer is not target)
    return lambda now: dialog.database.set_password(target, text, now, expired=expired)


def _phrase_step(dialog: AcfDialog, issuer: User, target: User, operand: Operand) -> Step:
    """The value as an operand; what GSO PWPHRASE wants is not modelled but for a least length."""
    text = operand.unquoted()
    if len(text) < SHORTEST_PHRASE:
        raise Refused("NEW PASSWORD PHRASE DOES NOT MEET THE INSTALLATION'S RULES")
    expired = target.phrase.expired or (dialog.database.settings.force_change and issuer is not target)
    return lambda now: dialog.database.set_phrase(target, text, now, expired=expired)


def _number_step(target: User, name: str, operand: Operand) -> Step:
    value = operand.unquoted()
    if name == "NAME":
        return lambda _now: setattr(target, "name", value)
    if not value.isdigit():
        raise Refused(f"ACF00114 ERROR IN LOCATING/PROCESSING FIELD {name} - ACF00FLC RETURN/REASON CODE = 08/08")
    return lambda _now: setattr(target, NUMBERS[name], int(value))


def _mark_expired(target: User, on: bool, by: str, now: datetime) -> None:
    del by, now
    target.password.expired = on


def _mark_phrase_expired(target: User, on: bool, by: str, now: datetime) -> None:
    del by, now
    target.phrase.expired = on


def _mark_suspended(target: User, on: bool, by: str, now: datetime) -> None:
    target.suspended = on
    target.suspended_by, target.suspended_at = (by, now) if on else ("", None)


def _mark_cancelled(target: User, on: bool, by: str, now: datetime) -> None:
    target.cancelled = on
    target.suspended_by, target.suspended_at = (by, now) if on else ("", None)


BITS: Final[dict[str, Callable[[User, bool, str, datetime], None]]] = {
    "PSWD-EXP": _mark_expired, "PWP-EXP": _mark_phrase_expired, "SUSPEND": _mark_suspended, "CANCEL": _mark_cancelled,
}  # fmt: skip
NUMBERS: Final = {
    "PSWD-VIO": "violations", "PWP-VIO": "phrase_violations", "PSWD-INV": "invalid_since_logon",
    "MAXDAYS": "maximum_days",
}  # fmt: skip
SETTINGS: Final = {"LID": "LID", "ACF": "ACF", "PROFILE": PHRASES}
"""The prompt of each; on the screen there is a blank before it, as before READY, where the attribute stands."""
SUBCOMMANDS: Final[dict[str, Callable[[AcfDialog, list[Operand], datetime], list[str]]]] = {
    "SET": _set, "T": _set, "LIST": _list, "L": _list, "CHANGE": _change, "C": _change,
}  # fmt: skip
