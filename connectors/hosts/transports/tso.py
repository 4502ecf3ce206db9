"""The map of TSO screens: how to know each on the way to READY and back. Tables and pure functions.

Everything matches in any case and anywhere on the screen unless said otherwise: sites and releases differ.

Sources: z/OS TSO/E Messages (IKJ…, IKT…); z/OS Communications Server SNA Resource Definition Reference (ISTINCDT);
Security Server RACF Messages and Codes (ICH…); Broadcom KB 25705, 45250 (ACF01…); screens of live systems in public
captures. TSS…: Broadcom Top Secret message texts as seen in public scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from bridge.config.model import LogonSettings
from connectors.hosts.transports.screens import Screen

MORE_TEXT: Final = "***"
READY_TEXT: Final = "READY"


class Place(Enum):
    """Where a session is, as far as one screen tells."""

    CLOSED = auto()
    MORE = auto()
    REJECTED = auto()  # the service id is refused: never again by itself
    UNAVAILABLE = auto()  # TSO or VTAM cannot now, or not this way
    IN_USE = auto()  # the service id has a session already
    NO_RECONNECT = auto()  # and it cannot be taken over
    ERASED = auto()  # TSO lost the screen
    CUSTOM = auto()  # one of the site's own
    PANEL = auto()
    PASSWORD = auto()
    USERID = auto()
    READY = auto()
    SUBCOMMAND = auto()  # inside a command that has prompts of its own; END leaves it
    LOG_DATA = auto()  # ISPF asks what to do with its log
    MENU = auto()
    LOGO = auto()
    WAIT = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Sight:
    """What a screen was taken for. `said`: the lines that decided it; `custom`: the site's own screen."""

    place: Place
    said: tuple[str, ...] = ()
    custom: Mapping[str, str] | None = None


def _any(*expressions: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in expressions), re.IGNORECASE)


# --- messages, looked for line by line ------------------------------------------------------------

REJECTED: Final = _any(
    r"\bIKJ56421I\b",  # PASSWORD NOT AUTHORIZED FOR USERID
    r"\bIKJ56710I\b",  # INVALID USERID
    r"\bIKJ56420I\b",  # USERID NOT AUTHORIZED TO USE TSO
    r"\bIKJ56415I\b",  # CURRENT PASSWORD HAS EXPIRED
    r"\bIKJ56424I\b",  # REVOKED
    r"\bIKJ56418I\b",  # CONTACT YOUR ADMINISTRATOR
    r"\bIKJ56487I\b|\bIKJ56486I\b",  # ACCOUNT NUMBER, PROCEDURE … NOT AUTHORIZED
    r"\bICH70003I\b",  # MAXIMUM NUMBER OF … ATTEMPTS
    r"\bICH408I\b",
    r"\bACF0100[4]\b|\bACF0101[2347]\b|\bACF00118\b",
    r"\bTSS71(0[12]|10|20|4[01235]|60)E\b",
    r"\bIKJ56498I\b",  # OUTSIDE YOUR AUTHORIZED HOURS OF USE
    r"PASSWORD NOT AUTHORIZED FOR USERID",
    r"NOT AUTHORIZED TO USE TSO",
    r"(PASSWORD|PASS PHRASE)\b.*\bHAS EXPIRED",
    r"EXPIRED.*\bNEW PASSWORD|NEW PASSWORD.*\bEXPIRED",
    r"\b(USERID|USER ID|LOGONID|ACID)\b.*\b(REVOKED|SUSPENDED)\b",
)
IN_USE: Final = _any(r"\bIKJ56425I\b", r"\bIKJ606I\b", r"ALREADY LOGGED ON", r"\bUSERID \S+ IN USE\b")
NO_RECONNECT: Final = _any(
    r"\bIKJ56411I\b",  # RECONNECT REJECTED - USERID IN USE
    r"\bIKJ56468I\b",  # UNABLE TO RECONNECT
    r"RECONNECT REJECTED",
    r"UNABLE TO RECONNECT",
)
UNAVAILABLE: Final = _any(
    r"\bIKT00201I\b",  # MAXIMUM USERS LOGGED ON TRY LATER
    r"MAXIMUM USERS LOGGED ON",
    r"\bIKJ56454I\b",  # LOGON TERMINATED
    r"\bIKJ56641I\b",  # ENDED DUE TO ERROR
    r"UNABLE TO ESTABLISH SESSION",
    r"INSUFFICIENT STORAGE",
    r"INVALID \S+ COMMAND SYNTAX",
    r"COMMAND UNRECOGNIZED",
    r"PARAMETER (EXTRANEOUS|VALUE .* NOT VALID)",
    r"REQUIRED PARAMETER OMITTED",
    r"UNSUPPORTED FUNCTION",
)
ERASED: Final = _any(r"\bIKT00405I\b")
ACCEPTED: Final = _any(
    r"\bICH7000[12]I\b",  # LAST ACCESS AT …; YOUR PASSWORD WILL EXPIRE IN …
    r"\bIKJ56455I\b",  # LOGON IN PROGRESS
    r"\bIKJ56951I\b",  # NO BROADCAST MESSAGES
    r"\bIKT00300I\b",  # LOGON RECONNECT SUCCESSFUL
    r"\bACF01137\b",
    r"\bTSS700[01]I\b",
)
EXPIRES_SOON: Final = _any(r"\bICH70002I\b", r"PASSWORD WILL EXPIRE")
LOGGED_OFF: Final = _any(r"\bIKJ56470I\b", r"\bLOGGED OFF\b", r"SESSIONS? ENDED")

MESSAGES: Final = (
    (NO_RECONNECT, Place.NO_RECONNECT),
    (REJECTED, Place.REJECTED),
    (IN_USE, Place.IN_USE),
    (UNAVAILABLE, Place.UNAVAILABLE),
    (ERASED, Place.ERASED),
)
"""In this order: a refused reconnect also says IN USE."""

# --- screens, looked for on the whole ---------------------------------------------------------------

PANEL: Final = _any(r"TSO/E LOGON", r"ENTER LOGON PARAMETERS BELOW")
NEW_PASSWORD: Final = _any(r"EXPIRED", r"RE-?ENTER.*PASSWORD", r"ENTER.*NEW PASSWORD")
PASSWORD: Final = _any(r"PASSWORD", r"PASS ?PHRASE")
USERID: Final = _any(r"\bIKJ56700A\b", r"ENTER USER ?ID", r"ENTER LOGON OR LOGOFF", r"ENTER LOGON ID\b")
LOGON_LINE: Final = _any(r"ENTER LOGON OR LOGOFF")
LOG_DATA: Final = _any(r"SPECIFY DISPOSITION OF LOG")
MENU: Final = _any(r"ISPF PRIMARY OPTION MENU", r"ISPF/PDF PRIMARY OPTION")
LOGO: Final = _any(r"LOGON APPLID", r"ENTER (YOUR )?(LOGON|APPLICATION|APPLID|TSO)\b", r"=+> *ENTER\b", r"USSMSG10")

# --- questions that a command asks ------------------------------------------------------------------

QUESTION: Final = _any(
    r"^\s*(IKJ|ICH|IRR|ACF|TSS)[A-Z0-9]{3,6}[AR]\s",  # action and reply types of a message
    r"\bREENTER\b",
    r"^(?!\s*(ACF|IKJ|ICH)\S+I\b).*\bENTER\b.*[-:?]\s*$",
)

SUBCOMMANDS: Final = ("ACF", "LID", "PROFILE")
"""Prompts inside ACF2's command (Broadcom KB 138950): where a session that is taken over may stand."""

# --- the logon panel, by its labels -----------------------------------------------------------------

PASSWORD_LABEL: Final = r"(?<!NEW )\bPASSWORD\b[^=]*=+>"  # noqa: S105
NEW_PASSWORD_LABEL: Final = r"\bNEW PASSWORD\b[^=]*=+>"  # noqa: S105
COMMAND_LABEL: Final = r"\bCOMMAND\b\s*=+>"
RECONNECT_LABEL: Final = r"-RECONNECT\b"


def matching(lines: Iterable[str], pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The lines in which the pattern occurs, without surrounding blanks."""
    return tuple(line.strip() for line in lines if pattern.search(line))


def classify(screen: Screen, settings: LogonSettings, *, begun: bool = True, accepted: bool = False) -> Sight:
    """Say where a session is; the first that fits wins.

    screen     with its fields read
    begun      something has been typed: before that a logo may well speak of passwords that expire
    accepted   the host has let the service id in: what looks like a refusal is only somebody's notice
    """
    if not screen.status.connected:
        return Sight(Place.CLOSED)
    if begun and not accepted and (said := _message(screen)):
        return said
    if not screen.status.unlocked:
        return Sight(Place.WAIT)
    if screen.last.strip() == MORE_TEXT:
        return Sight(Place.MORE)
    if not prompt_at_end(screen, (READY_TEXT,)) and (own := _custom(screen, settings)):
        return own
    return Sight(_shape(screen, settings, accepted=accepted))


def _message(screen: Screen) -> Sight | None:
    messages = panel_messages(screen) if PANEL.search(screen.text) else screen.lines
    for pattern, place in MESSAGES:
        if said := matching(messages, pattern):
            return Sight(place, said)
    if messages is not screen.lines and (said := matching(messages, NEW_PASSWORD)):
        return Sight(Place.REJECTED, said)
    return None


def _custom(screen: Screen, settings: LogonSettings) -> Sight | None:
    text = screen.text
    found = next((own for own in settings.screens if (own.get("expect") or "\0").upper() in text), None)
    return None if found is None else Sight(Place.CUSTOM, custom=found)


def _shape(screen: Screen, settings: LogonSettings, *, accepted: bool) -> Place:
    text = screen.text
    asked = None if accepted else _question(screen)
    shapes = (
        (asked is not None, asked or Place.UNKNOWN),
        (bool(prompt_at_end(screen, (READY_TEXT,))), Place.READY),
        (bool(prompt_at_end(screen, SUBCOMMANDS)), Place.SUBCOMMAND),
        (bool(LOG_DATA.search(text)), Place.LOG_DATA),
        (bool(MENU.search(text)) or _one_of(settings.menu, text), Place.MENU),
        (_one_of(settings.logo, text) or bool(LOGO.search(text)), Place.LOGO),
        (screen.blank, Place.WAIT),
    )
    return next((place for fits, place in shapes if fits), Place.UNKNOWN)


def _question(screen: Screen) -> Place | None:
    """What is asked on the way in. A question for the userid is on the last line: later output leaves it standing."""
    under = screen.under_cursor()
    if PANEL.search(screen.text):
        return Place.PANEL
    if PASSWORD.search(screen.text) and under is not None and under.takes_secret:
        return Place.PASSWORD
    if USERID.search(screen.last):
        return Place.USERID
    return None


def _one_of(texts: Sequence[str], text: str) -> bool:
    return any(each.upper() in text for each in texts)


def panel_messages(screen: Screen) -> tuple[str, ...]:
    """The rows of the logon panel that carry messages: below its title, above its labels."""
    found: list[str] = []
    for line in screen.lines:
        if re.search(r"ENTER LOGON PARAMETERS|=+>", line, re.IGNORECASE):
            break
        if not re.search(r"TSO/E LOGON\s*-*$", line.strip(), re.IGNORECASE) and line.strip():
            found.append(line)
    return tuple(found)


def prompt_at_end(screen: Screen, words: Iterable[str]) -> str:
    """Return the word that stands alone on the last line with the cursor on the row below it, "" if none does.

    A word in free text is indented or has company; READY in the middle of output has no cursor below it.
    """
    if not screen.status.unlocked or screen.blank:
        return ""
    rows = screen.status.size[0]
    below = len(screen.lines) % rows
    return next(
        (word for word in words if is_prompt(screen.last, word) and screen.status.cursor[0] == below),
        "",
    )


def is_prompt(line: str, word: str) -> bool:
    """Whether the line is nothing but the word, behind an attribute and the one blank that some prompts begin with."""
    return line.rstrip() in {word, f" {word}", f"  {word}"}


def more_at_end(screen: Screen) -> bool:
    """Whether the output stops at `***`: alone on the last line, the cursor behind it."""
    return (
        screen.status.unlocked
        and screen.last.strip() == MORE_TEXT
        and screen.status.cursor[0] in {len(screen.lines) - 1, len(screen.lines) % screen.status.size[0]}
    )
