"""The names of things, checked once, at the border. Each raises BadInput and says what is expected."""

from __future__ import annotations

import re
from typing import ClassVar, Final, NamedTuple, Self

from bridge.domain.errors import BadInput


class Name(str):
    """A string that has been checked. Subclasses say the pattern and the words for it."""

    __slots__ = ()
    pattern: ClassVar[re.Pattern[str]]
    place: ClassVar[str]
    expected: ClassVar[str]

    def __new__(cls, text: str) -> Self:
        if not isinstance(text, str) or not cls.pattern.fullmatch(text):
            raise BadInput(cls.place, cls.expected)
        return super().__new__(cls, text)


class SystemName(Name):
    """A system's key in the configuration, e.g. PRODA."""

    pattern = re.compile(r"[A-Z][A-Z0-9_-]{0,31}")
    place = "system"
    expected = "a system's name: 1 to 32 of A-Z 0-9 _ -, a letter first, as in the configuration"


class Userid(Name):
    """A userid, logonid or ACID: the only free text that ever reaches a host command.

    Source: z/OS RACF, Syntax of RACF commands (1 to 8 of A-Z 0-9 @ # $); ACF2 and Top Secret alike.
    """

    pattern = re.compile(r"[A-Z0-9@#$]{1,8}")
    place = "userid"
    expected = "a userid: 1 to 8 of A-Z 0-9 @ # $"

    def __new__(cls, text: str) -> Self:
        return super().__new__(cls, text.strip().upper() if isinstance(text, str) and text.isascii() else text)


class ResetId(Name):
    """Names one reset for ever, e.g. R7K2M9QX4TB0C: 12 of Crockford's base32 after an R."""

    pattern = re.compile(r"R[0-9A-HJKMNP-TV-Z]{12}")
    place = "id"
    expected = "a reset's id: R and 12 letters or digits, as `resets` prints it"


class Person(Name):
    """A person in the directory."""

    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
    place = "person"
    expected = "a person's name in the directory: 1 to 64 of letters, digits . _ @ + -"


class Operator(Name):
    """Somebody, or something, that may use the API or the console."""

    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
    place = "operator"
    expected = "an operator's name: 1 to 64 of letters, digits . _ @ -"


class Account(NamedTuple):
    """One userid on one system."""

    system: SystemName
    userid: Userid

    def __str__(self) -> str:
        return f"{self.system}:{self.userid}"


CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069]")


def free_text(text: object, place: str, *, most: int, least: int = 1) -> str:
    """Return `text` stripped, of `least` to `most` characters and one line; raises BadInput otherwise."""
    if not isinstance(text, str):
        raise BadInput(place, "text is expected")
    text = text.strip()
    if CONTROLS.search(text):
        raise BadInput(place, "one line of text without control characters is expected")
    if not least <= len(text) <= most:
        raise BadInput(place, f"{least} to {most} characters are expected")
    return text


def account(text: str) -> Account:
    """Read `SYSTEM:USERID`."""
    system, colon, userid = text.strip().partition(":")
    if not colon:
        raise BadInput("accounts", f"SYSTEM:USERID is expected, not {text[:40]!r}")
    return Account(SystemName(system.strip()), Userid(userid))
