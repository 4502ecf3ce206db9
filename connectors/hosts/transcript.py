"""What a session met, kept as values: screens and answers, masked before they get here.

A Recorder is a Log: the transport tells it the same facts as the daemon's log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

Fields = tuple[tuple[int, int, bool, bool], ...]
"""Each: the first cell, cells, protected, hidden; cells are counted from 0 over all rows."""
CELLS: Final = (24, 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One screen, or the answer to one line, as it was met.

    place     where that was: a place of the logon, `leaving PLACE`, or the line that was typed, masked
    code      of an answer over SSH: how the line ended
    begun     something had been typed before; accepted: the host had let the service id in
    """

    system: str
    place: str
    rows: tuple[str, ...]
    cursor: tuple[int, int] = (0, 0)
    size: tuple[int, int] = CELLS
    unlocked: bool = True
    fields: Fields = ()
    begun: bool = True
    accepted: bool = False
    answer: bool = False
    code: int | None = None


@dataclass
class Recorder:
    """Keeps screens and facts; `watch` is told of each screen at once."""

    watch: Callable[[Shown], None] | None = None
    shown: list[Shown] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def debug(self, event: str, **facts: Any) -> None:
        """Keep a screen, an answer, or the last facts of any other event."""
        self.facts[event] = facts
        if event == "host.screen":
            self._keep(Shown(**facts))
        elif event == "host.typed":
            self._keep(Shown(system=facts["system"], place=facts["line"], rows=tuple(facts["rows"]), answer=True))

    info = warning = debug

    @property
    def places(self) -> tuple[str, ...]:
        """The places of the logon in their order, each run of the same one once."""
        found: list[str] = []
        for each in self.shown:
            if not each.answer and not each.place.startswith("leaving ") and found[-1:] != [each.place]:
                found.append(each.place)
        return tuple(found)

    def _keep(self, shown: Shown) -> None:
        self.shown.append(shown)
        if self.watch is not None:
            self.watch(shown)
