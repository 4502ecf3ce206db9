"""RACF: TSO commands on user profiles, with the answers of the real one. Success is silence.

Source: z/OS RACF Command Language Reference; z/OS RACF Messages and Codes (ICH210..I, ICH300..I); z/OS 2.2
migration notes for PASSWORD without a value (APAR OA48667). RACF drops what it refuses and goes on with the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connectors.simulated import racf_listing, racf_password
from connectors.simulated.operands import Check, Mistake, Parsed, Result, Syntax, parse, refuse, split
from connectors.simulated.racf_alter import ALTUSER, alter
from connectors.simulated.settings import SecuritySettings, fold, well_formed
from connectors.simulated.users import User, UserDatabase


@dataclass(frozen=True, slots=True)
class Command:
    syntax: Syntax
    run: Callable[[UserDatabase, User, Parsed, datetime], Result]


COMMANDS: Final = {
    "ALTUSER": Command(ALTUSER, alter),
    "LISTUSER": Command(racf_listing.LISTUSER, racf_listing.list_users),
    "SETROPTS": Command(racf_listing.SETROPTS, racf_listing.list_options),
    "RLIST": Command(racf_listing.RLIST, racf_listing.list_resource),
    "PASSWORD": Command(racf_password.PASSWORD, racf_password.change_own),
}
ALIASES: Final = {
    "ALU": "ALTUSER", "LU": "LISTUSER", "SETR": "SETROPTS", "RL": "RLIST", "PW": "PASSWORD", "PHRASE": "PASSWORD",
}  # fmt: skip
NOT_AUTHORISED: Final = {"ALTUSER": "ICH21010I", "LISTUSER": "ICH30010I", "PASSWORD": "ICH08006I"}


def knows(verb: str) -> bool:
    return ALIASES.get(verb.upper(), verb.upper()) in COMMANDS


def execute(
    command_line: str, issuer: str, database: UserDatabase, now: datetime, *, prompting: bool = False
) -> Result:
    """Run one command line for a user and return what the terminal shows.

    issuer     the userid on whose authority it runs
    now        aware
    prompting  TSO's PROFILE PROMPT: a mistake comes back as a question instead of ending the command
    returns    lines without the echo of the command; code 0, 4 (something was ignored), 8 or 12
    """
    verb = command_verb(command_line)
    name = ALIASES.get(verb, verb)
    if name not in COMMANDS:
        return Result((f"IKJ56500I COMMAND {verb} NOT FOUND",), 12)
    command = COMMANDS[name]
    checks = {"USERID": str.isalnum, "PHRASE": _phrase_check, **_password_checks(database.settings)}
    try:
        parsed = parse(command_line, command.syntax, checks)
    except Mistake as mistake:
        return refuse(command_line, mistake, prompting=prompting)
    with database:
        user = database.find(issuer)
        if user is None:
            return Result((f"{NOT_AUTHORISED.get(name, 'ICH21010I')} NOT AUTHORIZED TO ISSUE {name}",), 8)
        return command.run(database, user, parsed, now)


def command_verb(command_line: str) -> str:
    words = split(command_line)
    return words[0].word.upper() if words else ""


def _password_checks(settings: SecuritySettings) -> dict[str, Check]:
    """One for a password, one for the current and the new one that the PASSWORD command takes."""

    def one(value: str) -> bool:
        return well_formed(settings, fold(settings, value))

    def pair(value: str) -> bool:
        return all(one(each) for each in value.replace(",", " ").split())

    return {"PASSWORD": one, "NEW PASSWORD": pair}


def _phrase_check(value: str) -> bool:
    return 1 <= len(value) <= 100
