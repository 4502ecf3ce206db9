"""What a directory or a report calls the fields of a person, and how it names their accounts.

A name stands for what the field holds; a template has one name in braces and text around it: `P{employeeNumber}`. The
way back, from an account to what has to be looked for, proves nothing: whoever finds something goes forward once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.domain.errors import BadInput
from bridge.domain.names import Account, Forms, account_of
from bridge.domain.roster import ENGLISH, Entry, entry_of

SPOKEN: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?(?![A-Za-z0-9])")
WORDS: Final = re.compile(r"[a-z]{5,}")
CODES: Final = {
    "eng": "en", "ger": "de", "deu": "de", "fra": "fr", "fre": "fr", "cfr": "fr", "esp": "es", "spa": "es", "ita": "it",
    "por": "pt", "dut": "nl", "nld": "nl", "pol": "pl", "cze": "cs", "ces": "cs", "dan": "da", "sve": "sv", "swe": "sv",
    "tur": "tr", "jpn": "ja", "zhs": "zh", "zho": "zh", "chi": "zh", "heb": "he",
}  # fmt: skip
"""Three letters, as ISO 639-2 and PeopleSoft's LANG_CD have them, to the two that our texts go by."""
NAMES: Final = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "polish": "pl", "czech": "cs", "danish": "da", "swedish": "sv", "turkish": "tr", "japanese": "ja",
    "chinese": "zh", "hebrew": "he",
}  # fmt: skip
"""A language by its English name, as a Workday report shows it: German, or German (Germany)."""
TEMPLATE: Final = re.compile(r"([^{}]*)\{([^{}]+)\}([^{}]*)")
Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Template:
    """A field's name, and the text around what it holds."""

    before: str
    field: str
    after: str

    @classmethod
    def of(cls, text: str) -> Template:
        """Read a name, or a template. Raises BadInput."""
        found = TEMPLATE.fullmatch(text)
        if found:
            return cls(*found.groups())
        if not text or "{" in text or "}" in text:
            raise BadInput("accounts", "a field's name is expected, or one in braces with text around it: P{number}")
        return cls("", text, "")

    def fill(self, values: Values) -> Iterator[str]:
        """What comes of each value."""
        for value in values.get(self.field, ()):
            yield f"{self.before}{value}{self.after}"

    def inside(self, text: str) -> str | None:
        """What the field has to hold, in whatever case, for the text to come of it; None: it never does."""
        rest = len(text) - len(self.after)
        fits = text.upper().startswith(self.before.upper()) and text.upper().endswith(self.after.upper())
        return text[len(self.before) : rest] if fits and rest > len(self.before) else None


@dataclass(frozen=True, slots=True)
class Reading:
    """How people are read from somebody else's fields.

    fields     a person's field → what it is called there
    accounts   system → name or template
    language   of those for whom nothing is said there
    """

    fields: Mapping[str, str]
    accounts: Mapping[str, str]
    forms: Forms
    language: str = ENGLISH

    @property
    def templates(self) -> tuple[Template, ...]:
        """How accounts are named, once each."""
        return tuple(dict.fromkeys(Template.of(text) for text in self.accounts.values()))

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every field that has to be asked for."""
        return tuple(dict.fromkeys((*self.fields.values(), *(template.field for template in self.templates))))

    def entry(self, values: Values, line: int = 0) -> Entry:
        """The person. Raises BadInput where a field is not as expected, or holds several values where one is wanted:
        which of two addresses is the right one nobody here can know."""
        cells = {field: self._cell(field, values.get(name, ())) for field, name in self.fields.items()}
        if self.accounts:
            cells["accounts"] = ";".join(map(str, self.owned(values)))
        return entry_of(cells, line, self.forms, self.language)

    def owned(self, values: Values) -> list[Account]:
        """The person's accounts; what is no userid of its system can be nobody's."""
        found = []
        for system, text in self.accounts.items():
            for userid in Template.of(text).fill(values):
                try:
                    found.append(account_of(system, userid, self.forms))
                except BadInput:
                    continue
        return found

    def sought(self, account: Account) -> tuple[str, str] | None:
        """(field, what it has to hold) for the account to be somebody's; None: it can be nobody's."""
        text = self.accounts.get(account.system)
        if text is None:
            return None
        template = Template.of(text)
        value = template.inside(account.userid)
        return (template.field, value) if value else None

    def _cell(self, field: str, values: Sequence[str]) -> str:
        several = list(dict.fromkeys(value.strip() for value in values if value.strip()))
        if field == "groups":
            return ";".join(value.replace(";", ",") for value in several)
        if field == "language":
            return _spoken(several[0]) if several else ""
        if len(several) > 1:
            raise BadInput(field, f"one value is expected, {len(several)} stand in {self.fields[field]}")
        return several[0] if several else ""


def _spoken(text: str) -> str:
    """The language as our texts go by it: de or de-CH; empty where it is none that can be told."""
    if named := next((NAMES[word] for word in WORDS.findall(text.lower()) if word in NAMES), ""):
        return named
    spoken = SPOKEN.match(text)
    if spoken is None:
        return ""
    return "-".join(filter(None, (CODES.get(spoken[1].lower(), spoken[1].lower()), (spoken[2] or "").upper())))
