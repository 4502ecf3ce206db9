"""How lines of an answer are told apart: the site's own expressions, the product's table, and all the rest.

A table lists refusals only. What is on no list is unexpected; nothing here ever says that something worked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NoReturn, Self

from bridge.domain.errors import BadInput, HostRefused, Interrupted, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.outcome import Reply, message_numbers
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.orders import Orders, Refusal

TYPEABLE: Final = re.compile(r"[A-Za-z0-9@#$_:=.%]{1,8}")
"""What can stand between the brackets of PASSWORD( ): nothing that ends, splits, quotes or continues a command."""

PHRASE: Final = re.compile(r"[A-Za-z0-9-]{14,100}")
"""What can stand between the apostrophes of PHRASE(' '): none that would end them, and no blank to be wrapped at."""

PROMPTS: Final = re.compile(r"\s*(?:READY|\*\*\*)\s*")


def typeable(
    new: Secret,
    *,
    allowed: re.Pattern[str] = TYPEABLE,
    expected: str = "1 to 8 letters, digits or @ # $ _ : = . % are expected",
    never: Sequence[str] = (),
) -> Secret:
    """Return the value if it can stand where the command has it; raises BadInput otherwise.

    An empty value is the worst of them: before z/OS 2.2 with OA48667 RACF then set the default group's name.

    never   values that mean something else there, in whatever case
    """
    text = new.expose()
    if not allowed.fullmatch(text) or text.upper() in never:
        raise BadInput("password", expected)
    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A product's own list.

    numbers   message number → what it refuses
    words     the same by wording, for sessions without message numbers and numbers that differ by level
    harmless  numbers of messages that mean nothing
    noise     the same by wording, for rows without a number
    """

    numbers: Mapping[str, Reason]
    words: Sequence[tuple[str, Reason]]
    harmless: frozenset[str] = frozenset()
    noise: Sequence[str] = ()

    @classmethod
    def of(cls, orders: Orders) -> Self:
        """What stands in a product's file."""
        return cls(
            numbers=orders.numbers,
            words=orders.words,
            harmless=frozenset(orders.harmless),
            noise=orders.harmless_pattern,
        )

    @classmethod
    def refusing(cls, why: Reason, each: Refusal) -> Self:
        """What refuses for one reason alone."""
        return cls(numbers=dict.fromkeys(each.numbers, why), words=[(text, why) for text in each.pattern])


class Patterns:
    """One system's expressions over one product's table. Everything matches in any case.

    site      reason code → expressions, searched in each line and in each line joined to the next
    ignore    expressions of lines that mean nothing here
    Raises BadInput for a code or an expression that is none.
    """

    def __init__(
        self, system: str, table: Table, site: Mapping[str, Sequence[str]], ignore: Sequence[str] = ()
    ) -> None:
        self.system = system
        self._table = table
        self._site = [(compiled(text), reason(code)) for code, texts in site.items() for text in texts]
        self._ignore = [compiled(text) for text in ignore]
        self._words = [(compiled(text), why) for text, why in table.words]
        self._noise = [compiled(text) for text in table.noise]

    def meant(self, rows: Iterable[str]) -> tuple[str, ...]:
        """The rows that say something: no blank ones, no prompts, nothing that the site ignores."""
        said = tuple(row.rstrip() for row in rows if row.strip() and not PROMPTS.fullmatch(row))
        if not self._ignore:
            return said
        return tuple(row for row in said if not any(one.search(row) for one in self._ignore))

    def refusal(self, rows: Sequence[str]) -> Reason | None:
        """What the first known refusal among the rows says; the site's own expressions come first."""
        lines = [*rows, *(joined for pair in pairwise(rows) for joined in _joined(*pair))]
        for expression, why in self._site:
            if any(expression.search(line) for line in lines):
                return why
        for row in rows:
            for number in _numbers(row):
                if number in self._table.numbers:
                    return self._table.numbers[number]
        for expression, why in self._words:
            if any(expression.search(line) for line in lines):
                return why
        return None

    def unlisted(self, rows: Iterable[str]) -> tuple[str, ...]:
        """The rows that are not a harmless message."""
        return tuple(row for row in rows if not self._means_nothing(row))

    def _means_nothing(self, row: str) -> bool:
        if _numbers(row) & self._table.harmless:
            return True
        if message_numbers([row.upper()]):
            return False
        return any(one.search(row) for one in self._noise)

    def unclear(self, step: str, rows: Sequence[str], code: int | None) -> UnexpectedAnswer:
        """What to raise where a change was answered by something that is on no list; `rows` is all that it said."""
        kind = UnexpectedAnswer if message_numbers(row.upper() for row in self.unlisted(rows)) else Interrupted
        return kind(self.system, step, with_code(rows, code))

    def raise_for(self, why: Reason, step: str, rows: Sequence[str], *, partly: bool = False) -> NoReturn:
        """Raise what the reason stands for, with the rows. `partly`: see HostRefused."""
        if why is Reason.UNEXPECTED_ANSWER:
            raise UnexpectedAnswer(self.system, step, rows)
        raise HostRefused(self.system, why, rows, partly=partly)


def reason(code: str) -> Reason:
    """Read a reason code. Raises BadInput."""
    try:
        return Reason(code)
    except ValueError:
        raise BadInput("patterns", f"a reason code is expected, not {code[:40]!r}") from None


def compiled(expression: str) -> re.Pattern[str]:
    """Compile without regard to case. Raises BadInput."""
    try:
        return re.compile(expression, re.IGNORECASE)
    except re.error as fault:
        raise BadInput("patterns", f"a regular expression is expected: {fault}") from None


def rows_of(replies: Iterable[Reply]) -> tuple[str, ...]:
    """All rows in order, however they were split into replies."""
    return tuple(row for reply in replies for row in reply.rows)


def whole(replies: Sequence[Reply]) -> bool:
    """Whether every line that was typed came back to a prompt."""
    return bool(replies) and all(reply.prompt for reply in replies)


def code_of(replies: Iterable[Reply]) -> int | None:
    """The worst return code, None where the transport knows none."""
    return max((reply.code for reply in replies if reply.code is not None), default=None)


def with_code(rows: Sequence[str], code: int | None) -> tuple[str, ...]:
    """The rows for an error's words, and the return code where there is one."""
    return tuple(rows) if code is None else (*rows, f"return code {code}")


def _numbers(row: str) -> frozenset[str]:
    """The message number at its beginning: one of the system's, or whatever stands there, which may be a site's own."""
    first = row.upper().split()[:1]
    return message_numbers([row.upper()]) | frozenset(word.rstrip(":") for word in first)


def _joined(row: str, following: str) -> tuple[str, str]:
    """A wrapped line put together, broken between words or inside one."""
    return f"{row.rstrip()} {following.strip()}", row.rstrip() + following.strip()
