"""What stands in a YAML file, with its lines, before anybody asks what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

NOTHING: Final = frozenset({"", "~", "null"})


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar exactly as written: nothing is guessed, so NO, 22:30 and 010 stay what they are."""

    line: int
    text: str
    plain: bool = True

    @property
    def nothing(self) -> bool:
        """Whether it says that there is no value: null, ~ or blank, unquoted."""
        return self.plain and self.text.lower() in NOTHING


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Keys and values; the line of a value is its key's."""

    line: int
    entries: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Something whose fault is noted already, e.g. an alias."""

    line: int


Node = Text | Items | Table | Refused


class Faults:
    """Every mistake found so far, each as `file:line: key: what is expected`."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, key: str, expected: str) -> None:
        """Note a mistake. `key` is the dotted path, empty for the file as a whole."""
        place = f"{self._file}:{line}: " + (f"{key}: " if key else "")
        self._found.append((line, place + expected))

    def lines(self) -> tuple[str, ...]:
        """The mistakes in the order of the file, each once."""
        return tuple(dict.fromkeys(text for _, text in sorted(self._found, key=lambda found: found[0])))

    def __len__(self) -> int:
        return len(self._found)
