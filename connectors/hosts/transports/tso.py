"""Where a session is on the way to READY and back, as a dialog's screens tell it. Pure functions.

What the screens say stands in connectors/hosts/dialogs/tso-logon.yaml, with its sources. Here is how they are
looked for, and the few signs that a session at READY is read by.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from bridge.config.model import LogonSettings
from connectors.hosts.dialogs.reader import shipped
from connectors.hosts.dialogs.shapes import Dialog, Message, Rule
from connectors.hosts.dialogs.tailor import CUSTOM, tailored
from connectors.hosts.transports.screens import Screen

MORE_TEXT: Final = "***"
READY_TEXT: Final = "READY"


class Place(Enum):
    """Where a session is, as far as one screen tells. What only a site's own dialog knows is CUSTOM."""

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
    """What a screen was taken for. `said`: the lines that decided it.

    name      of the screen or the message in the dialog
    rule      the screen; message: what ends the dialog
    stray     the name of a screen that is known, and not expected here
    """

    place: Place
    name: str = ""
    said: tuple[str, ...] = ()
    rule: Rule | None = None
    message: Message | None = None
    stray: str = ""

    @property
    def title(self) -> str:
        """The name as logs and people have it; the screens of `transport.logon` share one."""
        own = self.place is Place.CUSTOM and not SITES.fullmatch(self.name)
        return self.name.upper() if own else self.place.name

    @property
    def counted(self) -> str:
        """What its visits are counted under."""
        return CUSTOM if SITES.fullmatch(self.name) else self.name or self.place.name


SITES: Final = re.compile(rf"{CUSTOM}\d+")
QUESTION: Final = re.compile(
    "|".join((
        r"(?:^\s*(IKJ|ICH|IRR|ACF|TSS)[A-Z0-9]{3,6}[AR]\s)",  # action and reply types of a message
        r"(?:\bREENTER\b)",
        r"(?:^(?!\s*(ACF|IKJ|ICH)\S+I\b).*\bENTER\b.*[-:?]\s*$)",
    )),
    re.IGNORECASE,
)  # fmt: skip
"""Questions that a command asks."""


def matching(lines: Iterable[str], pattern: re.Pattern[str] | None) -> tuple[str, ...]:
    """The lines in which the pattern occurs, without surrounding blanks."""
    return tuple(line.strip() for line in lines if pattern.search(line)) if pattern else ()


def classify(screen: Screen, settings: LogonSettings, *, begun: bool = True, accepted: bool = False) -> Sight:
    """Say where a session is by the dialog that is shipped and what the system adds to it; see sight()."""
    return sight(screen, tailored(shipped(), settings).dialog, begun=begun, accepted=accepted)


def sight(
    screen: Screen,
    dialog: Dialog,
    *,
    begun: bool = True,
    accepted: bool = False,
    answered: Collection[str] = (),
    inside: bool = False,
) -> Sight:
    """Say where a session is; the first that fits wins.

    screen     with its fields read
    begun      something has been typed: before that a logo may well speak of passwords that expire
    accepted   the host has let the service id in: what looks like a refusal is only somebody's notice
    answered   messages that were acted upon and stand there still: line mode erases nothing
    inside     a password was given: READY may stand behind any number of blanks, which no logo can imitate any more
    """
    if not screen.status.connected:
        return Sight(Place.CLOSED)
    if begun and not accepted and (said := message_on(screen, dialog, answered)):
        return said
    if not screen.status.unlocked:
        return Sight(Place.WAIT)
    for name, rule in dialog.order:
        if not (accepted and rule.before_let_in) and fits(screen, rule, anywhere=inside):
            return Sight(place_of(name), name, rule=rule)
    return Sight(Place.WAIT if screen.blank else Place.UNKNOWN)


def place_of(name: str) -> Place:
    """The place of a screen or a message by its name in the dialog."""
    if name == "logon_line":
        return Place.USERID
    known = Place.__members__.get(name.upper(), Place.CUSTOM)
    return Place.CUSTOM if known in {Place.CLOSED, Place.WAIT, Place.UNKNOWN} else known


def fits(screen: Screen, rule: Rule, *, anywhere: bool = False) -> bool:
    """Whether everything that the rule says holds. `anywhere`: READY may be indented as far as it likes."""
    if rule.last_line is not None and not _alone(screen, rule.last_line):
        return False
    if rule.prompt and not prompt_at_end(
        screen, rule.prompt, None if anywhere and (rule.done or rule.lets_in) else INDENTS
    ):
        return False
    if rule.expression is not None and not rule.expression.search(screen.said):
        return False
    if rule.on_last_line is not None and not rule.on_last_line.search(screen.last):
        return False
    if rule.at and not all(_stands(screen, spot.row, spot.column, spot.text) for spot in rule.at):
        return False
    return rule.cursor is None or _cursor(screen, hidden=rule.cursor == "hidden field")


def _alone(screen: Screen, text: str) -> bool:
    """Whether a text is all that stands on the last line; on the left where there are no fields.

    There half of a logo may be here already, and the half may well end in `***`.
    """
    return screen.last.strip() == text and (bool(screen.fields) or is_prompt(screen.last, text))


def _stands(screen: Screen, row: int, column: int, text: str) -> bool:
    """Whether a text stands at its place, in any case."""
    if row > len(screen.rows):
        return False
    return screen.rows[row - 1][column - 1 : column - 1 + len(text)].upper() == text.upper()


def _cursor(screen: Screen, *, hidden: bool) -> bool:
    under = screen.under_cursor()
    return under is not None and not under.protected and under.hidden is hidden


def message_on(screen: Screen, dialog: Dialog, answered: Collection[str]) -> Sight | None:
    """What ends the dialog, as the screen says it; None where it says nothing of the kind. See sight()."""
    panel = panel_of(screen, dialog)
    lines = screen.lines if panel is None else messages(screen, panel)
    lines = tuple(line for line in lines if line.strip() not in answered)
    if found := message_in(lines, dialog):
        return found
    if panel is not None and (said := matching(lines, panel.refused_by)):
        return Sight(Place.REJECTED, "rejected", said, message=dialog.messages.get("rejected") or REFUSED)
    return None


def panel_of(screen: Screen, dialog: Dialog) -> Rule | None:
    """The panel that the screen is, None where it is none."""
    return next((rule for _, rule in dialog.order if rule.bounds_messages and fits(screen, rule)), None)


def message_in(lines: Sequence[str], dialog: Dialog) -> Sight | None:
    """The first message of the dialog, in its order, that stands in the lines."""
    for name, message in dialog.messages.items():
        if said := matching(lines, message.expression):
            return Sight(place_of(name), name, said, message=message)
    return None


REFUSED: Final = Message(end="rejected(service_id_rejected)")


def messages(screen: Screen, rule: Rule) -> tuple[str, ...]:
    """The rows of a panel that carry messages: those it names, or below its title and above its labels."""
    if rule.message_rows:
        rows = (screen.rows[row - 1] for row in rule.message_rows if 1 <= row <= len(screen.rows))
        return tuple(row.rstrip() for row in rows if row.strip())
    found: list[str] = []
    for line in screen.lines:
        if rule.above is not None and rule.above.search(line):
            break
        if line.strip() and not (rule.titles and rule.titles.search(line.strip())):
            found.append(line)
    return tuple(found)


def grounds(screen: Screen, rule: Rule) -> tuple[str, ...]:
    """What a screen says that ends a logon: its messages, else what the dialog says it is, else a few of its rows."""
    if rule.bounds_messages and (said := messages(screen, rule)):
        return said
    if rule.about:
        return (rule.about,)
    signs = {spot.row for spot in rule.at}
    signs |= {number for number, row in enumerate(screen.rows, start=1) if rule.anywhere.search(row)}
    rows = sorted(range(1, len(screen.rows) + 1), key=lambda number: number not in signs)
    return tuple(row.strip() for row in (screen.rows[number - 1] for number in rows) if row.strip())[:FEW]


FEW: Final = 4
INDENTS: Final = frozenset({0, 1, 2})
"""Blanks in front of a prompt: none, the place of an attribute, and the one that some prompts begin with."""


def indent_of(line: str) -> int:
    """The blanks that a line begins with."""
    return len(line) - len(line.lstrip(" "))


def prompt_at_end(screen: Screen, words: Iterable[str], indents: Collection[int] | None = INDENTS) -> str:
    """Return the word that stands alone on the last line with the cursor on the row below it, "" if none does.

    A word in free text is indented or has company; READY in the middle of output has no cursor below it.
    """
    if not screen.status.unlocked or screen.blank:
        return ""
    rows = screen.status.size[0]
    below = len(screen.lines) % rows
    return next(
        (word for word in words if is_prompt(screen.last, word, indents) and screen.status.cursor[0] == below),
        "",
    )


def is_prompt(line: str, word: str, indents: Collection[int] | None = INDENTS) -> bool:
    """Whether the line is nothing but the word, behind so many blanks; None: any number of them.

    A host may blank the columns ahead of its prompt, for colour or protection; where it does so shows at logon.
    """
    text = line.rstrip()
    return text.lstrip(" ") == word and (indents is None or indent_of(text) in indents)


def more_at_end(screen: Screen) -> bool:
    """Whether the output stops at `***`: alone on the last line, the cursor behind it."""
    return (
        screen.status.unlocked
        and screen.last.strip() == MORE_TEXT
        and screen.status.cursor[0] in {len(screen.lines) - 1, len(screen.lines) % screen.status.size[0]}
    )
