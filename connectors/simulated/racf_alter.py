"""ALTUSER. Source: z/OS RACF Command Language Reference, and the ICH210..I messages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from connectors.simulated.authority import Level, may_administer, over_password
from connectors.simulated.operands import Operand, Parsed, Result, Syntax
from connectors.simulated.settings import breaks_rules, fold, phrase_breaks_rules
from connectors.simulated.users import Credential, User, UserDatabase

FLAGS: Final = frozenset({"SPECIAL", "OPERATIONS", "AUDITOR", "ROAUDIT", "RESTRICTED", "GRPACC", "ADSP"})
ALTUSER: Final = Syntax(
    keywords=frozenset(
        {"PASSWORD", "NOPASSWORD", "PHRASE", "NOPHRASE", "EXPIRED", "NOEXPIRED", "RESUME", "NORESUME", "REVOKE",
         "NOREVOKE", "NAME", "OWNER", "DFLTGRP", "DATA", "NODATA", *FLAGS, *(f"NO{flag}" for flag in FLAGS)}
    ),
    values={"PASSWORD": "PASSWORD", "PHRASE": "PHRASE"},
)  # fmt: skip


@dataclass(slots=True)
class Alteration:
    """One ALTUSER on one user: what it may do, and what it has said so far."""

    database: UserDatabase
    issuer: User
    target: User
    keywords: dict[str, Operand]
    now: datetime
    said: list[str] = field(default_factory=list)

    @property
    def level(self) -> Level:
        return over_password(self.database, self.issuer, self.target)

    def say(self, line: str) -> None:
        self.said.append(line)

    def refuse(self, operand: str) -> None:
        self.say(f"ICH21005I NOT AUTHORIZED TO SPECIFY {operand}, OPERAND IGNORED")

    def value(self, name: str) -> str:
        return self.keywords[name].unquoted()


def alter(database: UserDatabase, issuer: User, parsed: Parsed, now: datetime) -> Result:
    said: list[str] = []
    code = 0
    for userid in parsed.userids:
        target = database.find(userid)
        if target is None:
            said.append(f"ICH21009I UNABLE TO LOCATE {userid}")
            code = 8
            continue
        lines = _alter_one(Alteration(database, issuer, target, parsed.keywords, now))
        code = max(code, 4 if lines else 0)
        said += lines
    return Result(tuple(said), code)


def _alter_one(change: Alteration) -> list[str]:
    if change.issuer.attributes == {"AUDITOR"} and change.level is Level.NONE:
        userid = change.target.userid
        return [f"ICH21012I AUTHORIZED TO ISSUE ONLY UAUDIT/NOUAUDIT FOR {userid}; REMAINING OPERANDS IGNORED"]
    _credentials(change)
    for name in change.keywords:
        step = STEPS.get(name)
        if step is not None:
            step(change)
        elif name.removeprefix("NO") in FLAGS:
            _flag(change, name)
    return change.said


def _credentials(change: Alteration) -> None:
    """PASSWORD and PHRASE with the EXPIRED or NOEXPIRED that belongs to both."""
    taken = False
    if "PASSWORD" in change.keywords:
        taken = _password(change)
    if "PHRASE" in change.keywords:
        taken = _phrase(change) or taken
    if not taken and {"EXPIRED", "NOEXPIRED"} & set(change.keywords):
        change.say("ICH21007I EXPIRED/NOEXPIRED OPERAND IGNORED")


def _password(change: Alteration) -> bool:
    """Set the password; say what stands in the way and return False otherwise."""
    database, target = change.database, change.target
    text = change.value("PASSWORD")
    if not text and not database.settings.default_password_is_group:
        change.say("ICH21045I PASSWORD IGNORED. NO VALUE WAS SPECIFIED")
        return False
    text = text or target.group
    if not _may_replace(change, target.password):
        change.refuse("PASSWORD")
        return False
    lasting = _lasting(change)
    if lasting and breaks_rules(database.settings, fold(database.settings, text)):
        change.say("ICH21034I PASSWORD CHANGE REJECTED BY INSTALLATION SYNTAX RULES")
        return False
    if text.upper().startswith(database.settings.password_exit or ("\0",)):
        change.say(f"ICH21016I PASSWORD CHANGE FOR '{target.userid}' SUPPRESSED BY INSTALLATION PASSWORD EXIT")
        return False
    target.attributes.discard("PROTECTED")
    database.set_password(target, text, change.now, expired=not lasting)
    return True


def _phrase(change: Alteration) -> bool:
    target, text = change.target, change.value("PHRASE")
    if not text or not _may_replace(change, target.phrase):
        change.refuse("PHRASE")
        return False
    if phrase_breaks_rules(change.database.settings, target.userid, text):
        change.say("ICH21038I NEW PASS PHRASE REJECTED BY RACF RULES")
        return False
    change.database.set_phrase(target, text, change.now, expired=not _lasting(change))
    return True


def _may_replace(change: Alteration, credential: Credential) -> bool:
    """Delegated authority replaces a credential; it does not give one to a user who has none."""
    return change.level is Level.FULL or (change.level >= Level.READ and credential.current is not None)


def _lasting(change: Alteration) -> bool:
    """NOEXPIRED, where the issuer may say it; it is refused once however many credentials are set."""
    if "NOEXPIRED" not in change.keywords:
        return False
    if change.level >= Level.UPDATE:
        return True
    change.keywords = {name: operand for name, operand in change.keywords.items() if name != "NOEXPIRED"}
    change.refuse("NOEXPIRED")
    return False


def _resume(change: Alteration) -> None:
    target, dated = change.target, change.value("RESUME")
    enough = may_administer(change.issuer, target) if dated else change.level >= Level.READ
    if not enough:
        change.refuse("RESUME")
    elif dated:
        target.resume_date = _date(dated)
    elif target.revoked:
        target.revoked, target.violations = False, 0
        target.revoke_date = target.resume_date = None
    else:
        target.violations = 0
        if change.database.settings.resume_remark:
            change.say(f"ICH21019I 'RESUME' IGNORED. {target.userid} NOT CURRENTLY REVOKED")


def _revoke(change: Alteration) -> None:
    target, dated = change.target, change.value("REVOKE")
    if not may_administer(change.issuer, target):
        change.refuse("REVOKE")
    elif dated:
        target.revoke_date = _date(dated)
    elif target.revoked:
        change.say(f"ICH21022I 'REVOKE' IGNORED. {target.userid} IS CURRENTLY REVOKED")
    else:
        target.revoked = True


def _drop_password(change: Alteration) -> None:
    if not may_administer(change.issuer, change.target):
        change.refuse("NOPASSWORD")
    elif change.target.phrase.current is not None:
        change.say("ICH21041I NOPASSWORD OPERAND IGNORED")
    else:
        change.target.password = Credential()
        change.target.attributes.add("PROTECTED")


def _drop_phrase(change: Alteration) -> None:
    if may_administer(change.issuer, change.target):
        change.target.phrase = Credential()
    else:
        change.refuse("NOPHRASE")


def _describe(name: str) -> Callable[[Alteration], None]:
    def step(change: Alteration) -> None:
        own_name = name == "NAME" and change.issuer.userid == change.target.userid
        if not own_name and not may_administer(change.issuer, change.target):
            change.refuse(name)
        else:
            setattr(change.target, DESCRIPTIVE[name], change.value(name))

    return step


def _flag(change: Alteration, name: str) -> None:
    """Attributes are SPECIAL's alone to give and take."""
    if "SPECIAL" not in change.issuer.attributes:
        change.refuse(name)
    elif name in FLAGS:
        change.target.attributes.add(name)
    else:
        change.target.attributes.discard(name.removeprefix("NO"))


def _date(text: str) -> date | None:
    """mm/dd/yy; anything else is taken for no date."""
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    month, day, year = (int(part) for part in parts)
    return date(2000 + year % 100, month, day)


DESCRIPTIVE: Final = {"NAME": "name", "OWNER": "owner", "DFLTGRP": "group", "DATA": "data"}
STEPS: Final[dict[str, Callable[[Alteration], None]]] = {
    "NOPASSWORD": _drop_password, "NOPHRASE": _drop_phrase, "RESUME": _resume, "REVOKE": _revoke,
    **{name: _describe(name) for name in DESCRIPTIVE},
}  # fmt: skip
