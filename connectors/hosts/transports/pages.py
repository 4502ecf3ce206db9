"""Output put together from what a screen shows at several moments: page after page, erased, or scrolled. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.hosts.transports import tso
from connectors.hosts.transports.screens import Screen


class Pages:
    """Collects the answer to one line.

    typed    the line, which stays on the screen from cell `start` on until the host erases it; cut off by position
    indents  how far the host's prompts may be indented
    turned   how many pages have ended with `***`
    """

    def __init__(self, typed: str, start: int, indents: Collection[int] = tso.INDENTS) -> None:
        self._typed, self._start, self._indents = typed, start, indents
        self._done: list[str] = []
        self._page: list[str] = []
        self.turned = 0

    def __repr__(self) -> str:
        return "Pages()"

    def see(self, screen: Screen) -> None:
        """Take in the screen: the same page grown, the page scrolled, or another page."""
        seen = self._without_echo(screen)
        if seen[: len(self._page)] == self._page:
            self._page = seen
        elif shift := self._scrolled(seen):
            self._done += self._page[:shift]
            self._page = seen
        else:
            self._done += self._page
            self._page = seen

    def turn(self, words: Sequence[str]) -> str:
        """The page ends with `***`: it is complete. Return the prompt that stands ahead of that, if one does.

        Whether it is one, or a word of the output at the foot of a page, shows on the next page alone.
        """
        self.turned += 1
        self._page.pop()
        ended = next((word for word in words if self._page and self._is_prompt(self._page[-1], word)), "")
        self._done += self._page
        self._page, self._typed = [], ""
        return ended

    def end(self, word: str) -> None:
        """The answer ends with this prompt, which is no part of it."""
        last = self._page or self._done
        if last and self._is_prompt(last[-1], word):
            last.pop()

    def add(self, rows: Sequence[str]) -> None:
        """Take in what has come behind it."""
        self._done += [*self._page, *rows]
        self._page = []

    def holds(self, words: Sequence[str]) -> bool:
        """Whether one of these prompts stands somewhere on the page: a message has come behind it."""
        return any(self._is_prompt(row, word) for row in self._page for word in words)

    def rows(self) -> tuple[str, ...]:
        """The answer, without blank rows around it."""
        rows = [*self._done, *self._page]
        while rows and not rows[-1]:
            rows.pop()
        while rows and not rows[0]:
            rows.pop(0)
        return tuple(rows)

    def _is_prompt(self, line: str, word: str) -> bool:
        return tso.is_prompt(line, word, self._indents)

    def _without_echo(self, screen: Screen) -> list[str]:
        """The lines below what was typed, if that still stands where it was typed; all of them otherwise."""
        lines = list(screen.lines)
        if not self._typed:
            return lines
        end = self._start + len(self._typed)
        if "".join(screen.rows)[self._start : end] != self._typed:
            return lines
        return lines[(end - 1) // screen.status.size[1] + 1 :]

    def _scrolled(self, seen: Sequence[str]) -> int:
        """By how many rows the page has moved up, 0 if it is another page altogether."""
        for shift in range(1, len(self._page)):
            rest = self._page[shift:]
            if any(rest) and list(seen[: len(rest)]) == rest:
                return shift
        return 0
