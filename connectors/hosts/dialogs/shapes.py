"""What stands in a dialog's file, as frozen values: texts, places, fields, keys, limits, and what may follow.

The words are those of people who work at terminals; the handbook's page on dialogs explains each. `else_` is `else`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final, Literal

from bridge.domain.failure import Reason

ANY: Final = "any"
NEVER: Final = re.compile(r"(?!)")
TAKING_OVER: Final = "taking over"
PASSWORD: Final = "{password}"  # noqa: S105 - what stands for it in a dialog
NEW_PASSWORD: Final = "{new_password}"  # noqa: S105 - the same of the one that is to follow
USERID: Final = "{userid}"
MANAGER_USERID: Final = "{manager_userid}"
MANAGER_PASSWORD: Final = "{manager_password}"  # noqa: S105 - what a session manager of its own knows the service id by
SECRETS: Final = (PASSWORD, NEW_PASSWORD, MANAGER_PASSWORD)
WORDS: Final = (USERID, PASSWORD, NEW_PASSWORD, MANAGER_USERID, MANAGER_PASSWORD, "{command}", "{leave}")
"""What may stand in a text to type. The last two are `transport.logon.command` and `.leave` of the system."""
WORDS_OUT: Final = ("{command}", "{leave}")
"""What may stand in one that is typed to leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A text at its place; row and column from 1."""

    row: int
    column: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Where a field begins; row and column from 1."""

    row: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to type: into the field that is named, or where the cursor stands.

    copy_pattern       in place of a text: what its brackets hold on the screen, as the number of a menu's line
    behind, ahead_of   the label in the same row; `…_pattern`: as a regular expression
    at                 the field's first place
    first_field        where the cursor stands on protected text: TAB first
    hidden             the field must be non-display; a password goes nowhere else
    unless_typed       leave it out where the password has been given to the same asker already
    only               `taking over`: while a session of the service id that was left behind is fetched back
    if_missing         there is no such field: stop, skip this entry, or type where the cursor stands
    """

    text: str = ""
    empty: bool = False
    copy_pattern: str | None = None
    behind: str | None = None
    behind_pattern: str | None = None
    ahead_of: str | None = None
    ahead_of_pattern: str | None = None
    at: Cell | None = None
    first_field: bool = False
    hidden: bool = False
    unless_typed: bool = False
    only: Literal["taking over"] | None = None
    if_missing: Literal["stop", "skip", "cursor"] = "stop"

    @property
    def secret(self) -> bool:
        """Whether it is the service id's password, or the session manager's for it."""
        return PASSWORD in self.text or self.to_manager

    @property
    def to_manager(self) -> bool:
        """Whether it is the password that the session manager alone knows."""
        return MANAGER_PASSWORD in self.text

    @property
    def renews(self) -> bool:
        """Whether it is the one that is to follow the service id's password."""
        return NEW_PASSWORD in self.text

    @property
    def label(self) -> str:
        """The regular expression of the label, "" without one."""
        plain = self.behind or self.ahead_of
        return self.behind_pattern or self.ahead_of_pattern or (labelled(plain) if plain else "")

    @property
    def is_ahead(self) -> bool:
        """Whether the field stands to the left of its label."""
        return bool(self.ahead_of or self.ahead_of_pattern)

    @property
    def where(self) -> str:
        """The field, in words."""
        if self.at is not None:
            return f"at row {self.at.row}, column {self.at.column}"
        name = self.behind or self.ahead_of or self.behind_pattern or self.ahead_of_pattern
        side = "ahead of" if self.is_ahead else "behind"
        return f"{side} {name}" if name else "where the cursor stands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to leave a screen, and what may come then."""

    type: tuple[Entry, ...] = ()
    press: str = "ENTER"
    then: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Success. `proof`: lines to type that have to be answered; a prompt alone proves nothing."""

    proof: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Said:
    """Texts, any of which is enough. Plain ones stand as whole words, in any case."""

    says: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()

    @property
    def anywhere(self) -> re.Pattern[str]:
        """The same, matching nothing where there is none."""
        return self.expression or NEVER

    @cached_property
    def expression(self) -> re.Pattern[str] | None:
        """One expression for all of them, None where there is none."""
        return one_of(self.says, self.pattern)


@dataclass(frozen=True, kw_only=True)
class Message(Said):
    """Messages that end a dialog, as `end` says. `other_session`: the service id is logged on elsewhere."""

    end: str | None = None
    other_session: bool = False


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """How a new password is asked for in the middle of a logon, and what is said of it and of the present one.

    expired         the present one is right, and a new one is demanded
    wrong           the present one is not right; last_straw: and now the service id is revoked
    refused         the new one is not taken
    again           the same once more
    asked           the question itself, on the last line
    field_pattern   the label of the panel's field for it
    """

    expired: Said = field(default_factory=Said)
    wrong: Said = field(default_factory=Said)
    last_straw: Said = field(default_factory=Said)
    refused: Said = field(default_factory=Said)
    again: Said = field(default_factory=Said)
    asked: Said = field(default_factory=Said)
    field_pattern: str | None = None

    def items(self) -> Iterator[tuple[str, Said]]:
        """The texts, by their names."""
        names = ("expired", "wrong", "last_straw", "refused", "again", "asked")
        return ((name, getattr(self, name)) for name in names)


@dataclass(frozen=True, kw_only=True)
class Rule(Said):
    """One screen: how to know it, what to type, which key to press, and what may come then.

    All that is given has to fit; of `says` and `pattern` one text is enough.

    at                        texts at their places
    last_line                 what stands alone on the last line; …_says, …_pattern: what occurs there
    prompt                    the same, with the cursor on the row below and the keyboard free
    cursor                    what the cursor stands in
    before_let_in             only until the host has let the service id in
    before_all                looked for ahead of the others
    message_rows              messages stand in these rows alone, from 1; what else it says means nothing
    messages_above_pattern    the same, above the first row with one of these
    refused_by_pattern        what refuses the service id when it stands among those messages
    lets_in                   who sees it has been let in
    starts_over               what comes then asks for itself: who has let the service id in so far does not count
    asks_as                   screens with the same word count as one asker of the password
    comes_back                what it means when it comes again
    ends                      what it means that it comes at all: the logon ends here, and the screen is left
    other_session             with ends: the service id is logged on elsewhere
    nothing_to_leave          no session of ours is behind it
    """

    about: str = ""
    at: tuple[Spot, ...] = ()
    last_line: str | None = None
    last_line_says: tuple[str, ...] = ()
    last_line_pattern: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    cursor: Literal["hidden field", "input field"] | None = None
    before_let_in: bool = False
    before_all: bool = False
    message_rows: tuple[int, ...] = ()
    messages_above_pattern: tuple[str, ...] = ()
    refused_by_pattern: tuple[str, ...] = ()
    lets_in: bool = False
    starts_over: bool = False
    asks_as: str | None = None
    comes_back: str | None = None
    ends: str | None = None
    other_session: bool = False
    type: tuple[Entry, ...] = ()
    press: str | None = None
    next: tuple[str, ...] = ()
    at_most: int | None = None
    within: timedelta | None = None
    else_: str | None = None
    done: Done | None = None
    leave: Way | None = None
    nothing_to_leave: bool = False

    @property
    def only_out(self) -> bool:
        """Whether it says how to leave and nothing else, as a panel does that asks whether to log off."""
        ahead = (self.press, self.at_most, self.within, self.else_, self.done, self.ends)
        return not (self.type or self.next) and all(each is None for each in ahead)

    @property
    def verdict(self) -> Message:
        """What it means that it comes at all, where `ends` says so."""
        return Message(end=self.ends, other_session=self.other_session)

    @property
    def renews(self) -> bool:
        """Whether a new password is demanded here."""
        return any(entry.renews for entry in self.type)

    @cached_property
    def on_last_line(self) -> re.Pattern[str] | None:
        """What has to occur on the last line."""
        return one_of(self.last_line_says, self.last_line_pattern)

    @cached_property
    def above(self) -> re.Pattern[str] | None:
        """The rows above which messages stand."""
        return one_of((), self.messages_above_pattern)

    @cached_property
    def refused_by(self) -> re.Pattern[str] | None:
        """What refuses the service id there."""
        return one_of((), self.refused_by_pattern)

    @cached_property
    def titles(self) -> re.Pattern[str] | None:
        """The rows that are its own title, rules drawn behind it included."""
        return re.compile(rf"(?:{'|'.join(map(plain, self.says))})\s*-*$", re.IGNORECASE) if self.says else None

    @property
    def bounds_messages(self) -> bool:
        """Whether it says where messages stand."""
        return bool(self.message_rows or self.messages_above_pattern)

    @property
    def recognised(self) -> bool:
        """Whether anything is said of how to know it."""
        given = (self.says, self.pattern, self.at, self.last_line, self.last_line_says, self.last_line_pattern)
        return any(given) or bool(self.prompt)


@dataclass(frozen=True, kw_only=True)
class Dialog:
    """The whole of it. `unknown`: the screen that a first one on no list is taken for, once it has stood still."""

    dialog: str
    version: int
    transport: Literal["tn3270"]
    about: str = ""
    begin: tuple[str, ...]
    unknown: str | None = None
    messages: Mapping[str, Message] = field(default_factory=dict)
    let_in: Said = field(default_factory=Said)
    expires_soon: Said = field(default_factory=Said)
    logged_off: Said = field(default_factory=Said)
    renewal: Renewal = field(default_factory=Renewal)
    screens: Mapping[str, Rule]

    @cached_property
    def order(self) -> tuple[tuple[str, Rule], ...]:
        """The screens in the order in which they are looked for."""
        return tuple(sorted(self.screens.items(), key=lambda each: not each[1].before_all))

    def types(self, word: str) -> bool:
        """Whether any screen types what stands for it."""
        return any(word in entry.text for rule in self.screens.values() for entry in rule.type)

    @cached_property
    def proof(self) -> tuple[str, ...]:
        """What is typed at the end of the way in."""
        return next((rule.done.proof for rule in self.screens.values() if rule.done), ())


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a dialog ends: done, rejected(reason), not_started or unknown."""

    word: Literal["done", "rejected", "not_started", "unknown"]
    reason: Reason | None = None


def outcome(text: str) -> Outcome:
    """Read `rejected(service_id_rejected)` and the like. Raises ValueError."""
    expected = "not_started, unknown, done or rejected(REASON) is expected"
    if text in {"done", "not_started", "unknown"}:
        return Outcome(text)  # type: ignore[arg-type]
    found = re.fullmatch(r"rejected\((\w+)\)", text)
    if not found:
        raise ValueError(expected)
    try:
        return Outcome("rejected", Reason(found[1]))
    except ValueError:
        raise ValueError(f"{expected}, with a reason code of the handbook's page on reasons") from None


def plain(text: str) -> str:
    """A plain text as an expression: whole words, any number of blanks between them."""
    words = " +".join(re.escape(word) for word in text.split())
    return rf"(?<!\w){words}(?!\w)"


def labelled(text: str) -> str:
    """A label as an expression: its arrow may be longer or shorter, and more blanks may stand in it."""
    words = [r"=+>" if re.fullmatch(r"=+>", word) else re.escape(word) for word in text.split()]
    return r"(?<!\w)" + " *".join(words)


def one_of(says: tuple[str, ...], patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """One expression for plain texts and expressions, None for nothing: ^ and $ are a line's ends. Raises re.error."""
    every = [*map(plain, says), *(f"(?:{each})" for each in patterns)]
    return re.compile("|".join(every), re.IGNORECASE | re.MULTILINE) if every else None
