"""The names of things, checked once, at the border. Each raises BadInput and says what is expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    expected = "a system's name is expected: 1 to 32 of A-Z 0-9 _ -, a letter first, as in the configuration"


class Userid(Name):
    """A userid, logonid or ACID: the only free text that ever reaches a host command.

    This is the mainframe's form; a subclass is another system's. Which form a system has, its product says; where the
    system is not known, this one holds.

    Source: z/OS RACF, Syntax of RACF commands (1 to 8 of A-Z 0-9 @ # $); ACF2 and Top Secret alike.
    """

    pattern = re.compile(r"[A-Z0-9@#$]{1,8}")
    place = "userid"
    expected = "a userid is expected: 1 to 8 of A-Z 0-9 @ # $"

    def __new__(cls, text: str) -> Self:
        return super().__new__(cls, cls.tidied(text) if isinstance(text, str) and text.isascii() else text)

    @staticmethod
    def tidied(text: str) -> str:
        """The text as the host has it: people type userids in any case."""
        return text.strip().upper()


class ProfileName(Userid):
    """The name of a user profile on IBM i. Source: IBM i CL, CRTUSRPRF USRPRF: a simple name of up to 10."""

    pattern = re.compile(r"[A-Z$#@][A-Z0-9$#@_]{0,9}")
    expected = "a user profile is expected: 1 to 10 of A-Z 0-9 $ # @ _, no digit first"


class LoginName(Userid):
    """A login name on UNIX, where case counts. Capitals are not admitted, so that none differ by case alone.

    Source: shadow-utils, useradd(8): lower-case letters, digits, _ and -, up to 32, a letter or _ first. Dots besides,
    as many sites have them; none of - . at the end.
    """

    pattern = re.compile(r"(?=.{1,32}\Z)[a-z_](?:[a-z0-9_.-]*[a-z0-9_])?")
    expected = "a login name is expected: 1 to 32 of a-z 0-9 _ - . in small letters, a letter or _ first"

    @staticmethod
    def tidied(text: str) -> str:
        """The text without blanks around it: nothing is folded."""
        return text.strip()


FORMS: Final[tuple[type[Userid], ...]] = (Userid, ProfileName, LoginName)
Forms = Mapping[str, type[Userid]]
"""System → the form of its userids; one that is not named has the mainframe's."""
NO_FORMS: Final[Forms] = {}


def checked_userid(text: str) -> Userid:
    """Take a userid that was checked when it was written down, in the form that it fits. Raises BadInput."""
    for form in FORMS:
        if form.pattern.fullmatch(text):
            return form(text)
    raise BadInput(Userid.place, Userid.expected)


def typed_userid(text: str) -> str:
    """Return what may be a userid on some system, as it was typed: the daemon knows which. Raises BadInput."""
    for form in FORMS:
        if form.pattern.fullmatch(form.tidied(text)):
            return text.strip()
    raise BadInput(Userid.place, f"{Userid.expected}; or as the system's product has them")


class ResetId(Name):
    """Names one reset for ever, e.g. R7K2M9QX4TB0C: 12 of Crockford's base32 after an R."""

    pattern = re.compile(r"R[0-9A-HJKMNP-TV-Z]{12}")
    place = "id"
    expected = "a reset's id is expected: R and 12 letters or digits, as `resets` prints it"


class Person(Name):
    """A person in the directory."""

    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
    place = "person"
    expected = "a person's name in the directory is expected: 1 to 64 of letters, digits . _ @ + -"


class Operator(Name):
    """Somebody, or something, that may use the API or the console."""

    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
    place = "operator"
    expected = "an operator's name is expected: 1 to 64 of letters, digits . _ @ -"


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


def account_of(system: str, userid: str, forms: Forms) -> Account:
    """The account of that name, the userid in the system's own form. Raises BadInput."""
    name = SystemName(system)
    return Account(name, forms.get(name, Userid)(userid))


def account(text: str, forms: Forms = NO_FORMS) -> Account:
    """Read `SYSTEM:USERID`."""
    system, colon, userid = text.strip().partition(":")
    if not colon:
        raise BadInput("accounts", f"SYSTEM:USERID is expected, not {text[:40]!r}")
    return account_of(system.strip(), userid, forms)
