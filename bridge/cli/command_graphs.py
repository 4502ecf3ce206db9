"""A product's commands as a drawing: each purpose a column, its lines from top to bottom, and what comes of them. SVG.

A line that holds the new password is drawn in amber, one that is typed only sometimes dashed; a red rule is the point
of no return.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Final

from bridge.cli.graphs import DONE, FONT, GONE, INK, MARGIN, OUT, PAPER, SOFT, WAY, arrows, short
from connectors.hosts.dialogs.orders import NEW, Command, Orders, Step

WIDE: Final = 344.0
GAP: Final = 44.0
BETWEEN: Final = 22.0
MONO: Final = "'DejaVu Sans Mono', Consolas, monospace"
CHARACTERS: Final = 47
AMBER, PLAIN, RED = "#fdeec2", "#eef3f9", "#c0362c"
TOP: Final = 84.0


@dataclass(frozen=True, slots=True)
class Box:
    """One step, or an end. `words` in small print above the text; `kind` is its color."""

    text: str
    words: str = ""
    kind: str = PLAIN
    dashed: bool = False
    code: bool = True
    rule: str = ""

    @property
    def rows(self) -> list[str]:
        """The text, as it fits."""
        return wrap(self.text, CHARACTERS if self.code else 54, break_on_hyphens=False) or [""]

    @property
    def high(self) -> float:
        """How high it is drawn."""
        return 14.0 + 15 * len(self.rows) + (14 if self.words else 0)


def svg(orders: Orders, title: str) -> str:
    """The whole picture."""
    columns = {name: list(_boxes(orders, name, command)) for name, command in orders.commands.items()}
    tall = max(sum(box.high + BETWEEN + (18 if box.rule else 0) for box in boxes) for boxes in columns.values())
    words = [f"{why}: {_known(orders, why)}" for why in orders.refused]
    words += [f"tried again after: {', '.join(f'/{text}/' for text in orders.busy)}"] if orders.busy else []
    width = 2 * MARGIN + len(columns) * (WIDE + GAP) - GAP
    lines = [row for text in words for row in wrap(text, int(width / 6.6), subsequent_indent="    ")]
    height = TOP + tall + 40 + 16 * len(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(title)}" font-family="{FONT}">',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>', arrows(),
        f'<text x="{MARGIN}" y="32" font-size="18" font-weight="600" fill="{INK}">{escape(short(title))}</text>',
        f'<text x="{MARGIN}" y="52" font-size="12" fill="{SOFT}">amber: holds the new password; dashed: typed only '
        "where it says so; red: from here on the host may have changed something</text>",
        *(part for number, (name, boxes) in enumerate(columns.items())
          for part in _column(MARGIN + number * (WIDE + GAP), name, boxes)),
        *(f'<text x="{MARGIN}" y="{TOP + tall + 30 + 16 * number:.0f}" font-size="11" fill="{SOFT}" '
          f'xml:space="preserve">{escape(text)}</text>' for number, text in enumerate(lines)),
        "</svg>\n",
    ]  # fmt: skip
    return "\n".join(parts)


ONLY: Final = {
    "resume": "where a suspension is lifted as well",
    "lift_lock": "where locks are ours to lift",
    "phrase": "where users have phrases",
    "password": "where users have passwords",
}


def _boxes(orders: Orders, name: str, command: Command) -> Iterator[Box]:
    """What is typed, what a helper is given in its place, and what comes of it."""
    rule = "no return" if command.no_return else ""
    for step in orders.enter:
        yield _line(step, "first")
    for number, step in enumerate(command.lines):
        yield _line(step, "", rule if number == 0 else "")
    for step in orders.leave:
        yield _line(step, "in every case")
    if (asked := command.helper) is not None:
        text = asked.given + "".join(
            f" [{added}]" for added in (asked.phrase, asked.first_use, asked.resume, asked.lift_lock) if added
        )
        kind = AMBER if NEW in asked.given else PLAIN
        yield Box(text, "over SSH a helper is given, in their place", kind, dashed=True, rule=rule)
    refused = ", ".join(orders.refused)
    yield Box(refused, "the answer is on a list: rejected, for the reason below", GONE, code=False)
    proven = f"nothing speaks against it: {command.read_back} has to show it" if command.read_back else "it is read"
    reader = f", by {orders.reads}" if name == "status" and orders.reads else ""
    yield Box(f"{proven}{reader}", "", DONE, code=False)
    yield Box(str(command.else_ or ""), "any other answer, or none in time", GONE, code=False)


def _line(step: Step, when: str, rule: str = "") -> Box:
    added = "".join(f" [{text.strip()}]" for text in (step.first_use, step.resume, step.lift_lock) if text)
    given = f"{step.given} | " if step.given else ""
    words = [when, ONLY.get(step.only or "", ""), f"only after “{step.after}”" if step.after else ""]
    words += [f"its answer is called {step.shows}" if step.shows else ""]
    words += [f"or {step.given_resume}, where a suspension is lifted as well" if step.given_resume else ""]
    sometimes = step.only is not None or bool(step.after)
    kind = AMBER if NEW in step.whole + step.given else PLAIN
    return Box(f"{given}{step.line}{added}", "; ".join(filter(None, words)), kind, dashed=sometimes, rule=rule)


def _column(x: float, name: str, boxes: list[Box]) -> Iterator[str]:
    yield f'<text x="{x:.0f}" y="{TOP - 8:.0f}" font-size="15" font-weight="600" fill="{INK}">{escape(name)}</text>'
    y = TOP
    for number, box in enumerate(boxes):
        if box.rule:
            yield (
                f'<path d="M{x:.0f} {y + 4:.0f}h{WIDE:.0f}" stroke="{RED}" stroke-width="1.5"/>'
                f'<text x="{x + WIDE:.0f}" y="{y + 14:.0f}" font-size="10" text-anchor="end" fill="{RED}">'
                f"{box.rule}</text>"
            )
            y += 18
        yield _box(x, y, box)
        if number + 1 < len(boxes):
            ends = box.kind in (DONE, GONE) or boxes[number + 1].words.startswith("over SSH")
            if not ends:
                down = BETWEEN + (18 if boxes[number + 1].rule else 0)
                color, head = (OUT, "out") if boxes[number + 1].kind == GONE else (WAY, "way")
                yield (
                    f'<path d="M{x + WIDE / 2:.0f} {y + box.high:.0f}v{down - 2:.0f}" stroke="{color}" '
                    f'stroke-width="1.6" fill="none" marker-end="url(#{head})"/>'
                )
        y += box.high + BETWEEN


def _box(x: float, y: float, box: Box) -> str:
    dash = ' stroke-dasharray="5 4"' if box.dashed else ""
    small = f'<text x="{x + 10:.0f}" y="{y + 15:.0f}" font-size="10" fill="{SOFT}">{escape(box.words[:70])}</text>'
    top = y + (14 if box.words else 0)
    look = f'font-size="11" fill="{INK}"' + (f' font-family="{MONO}"' if box.code else "")
    rows = "".join(
        f'<text x="{x + 10:.0f}" y="{top + 19 + 15 * number:.0f}" {look}>{escape(row)}</text>'
        for number, row in enumerate(box.rows)
    )
    return (
        f'<g><title>{escape(box.text)}</title><rect x="{x:.0f}" y="{y:.0f}" width="{WIDE:.0f}" height="{box.high:.0f}" '
        f'rx="8" fill="{box.kind}" stroke="{INK}"{dash}/>{small if box.words else ""}{rows}</g>'
    )


def _known(orders: Orders, why: str) -> str:
    each = orders.refused[why]
    return ", ".join([*each.numbers, *(f"/{text}/" for text in each.pattern)])
