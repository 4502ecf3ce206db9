"""A dialog as a drawing: screens in layers, by how far they are from the first one. SVG, without a library.

The way on that first reaches a screen is drawn strong, other ways thin, the way out dashed.
"""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import Final

from connectors.hosts.dialogs.lint import following
from connectors.hosts.dialogs.shapes import Dialog, Rule

BOX: Final = (176.0, 64.0)
GAP: Final = (110.0, 34.0)
MARGIN: Final = 28.0
FONT: Final = "'DejaVu Sans', 'Segoe UI', Arial, sans-serif"
PAPER, INK, SOFT, WAY, OUT, DONE, GONE = "#ffffff", "#1c2733", "#5b6b7a", "#1f6feb", "#b35900", "#d8f5e1", "#f3e6d8"

Place = tuple[float, float]


def svg(dialog: Dialog, title: str) -> str:
    """The whole picture."""
    depth = layers(dialog)
    columns: dict[int, list[str]] = defaultdict(list)
    for name in dialog.screens:
        columns[depth[name]].append(name)
    tall = max(map(len, columns.values()))
    high = tall * (BOX[1] + GAP[1]) - GAP[1]
    places = {
        name: (MARGIN + column * (BOX[0] + GAP[0]), 74 + (high - len(names) * (BOX[1] + GAP[1]) + GAP[1]) / 2
               + row * (BOX[1] + GAP[1]))
        for column, names in sorted(columns.items())
        for row, name in enumerate(names)
    }  # fmt: skip
    words = [f"{name}: {message.end}" for name, message in dialog.messages.items()]
    width = max(places[name][0] for name in places) + BOX[0] + MARGIN + 60
    height = 74 + high + 60 + 20 * (len(words) // 3 + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(title)}" font-family="{FONT}">',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>', arrows(),
        f'<text x="{MARGIN}" y="32" font-size="18" font-weight="600" fill="{INK}">{escape(short(title))}</text>',
        f'<text x="{MARGIN}" y="52" font-size="12" fill="{SOFT}">blue: what may come then, strong where it leads to a '
        "screen for the first time; brown, dashed: the way out</text>",
        *_ways(dialog, depth, places),
        *(_box(name, rule, places[name], first=name in following(dialog, dialog.begin))
          for name, rule in dialog.screens.items()),
        *_legend(words, height),
        "</svg>\n",
    ]  # fmt: skip
    return "\n".join(parts)


def layers(dialog: Dialog) -> dict[str, int]:
    """How many steps each screen is from a first one; the end stands behind all others."""
    found: dict[str, int] = {}
    ahead, step = following(dialog, dialog.begin), 0
    while ahead:
        found.update(dict.fromkeys(ahead, step))
        ahead = set().union(*(following(dialog, dialog.screens[name].next) for name in ahead)) - set(found)
        step += 1
    last = max(found.values(), default=0)
    for name, rule in dialog.screens.items():
        if rule.done:
            found[name] = last + 1
        elif name not in found:  # on the way out alone
            found[name] = last
    return found


def _ways(dialog: Dialog, depth: dict[str, int], places: dict[str, Place]) -> list[str]:
    strong: set[str] = set(following(dialog, dialog.begin))
    drawn: list[str] = []
    for name in sorted(dialog.screens, key=lambda each: depth[each]):
        for other in dialog.screens:
            if other == name or other not in following(dialog, dialog.screens[name].next):
                continue
            first = other not in strong and depth[other] > depth[name]
            strong |= {other} if first else set()
            drawn.append(_way(places[name], places[other], strong=first))
        leave = dialog.screens[name].leave
        for other in leave.then if leave else ():
            if other in places and other != name:
                drawn.append(_way(places[name], places[other], out=True))
    return sorted(drawn, key=lambda line: 'stroke-width="2.4"' in line)


def _way(start: Place, end: Place, *, strong: bool = False, out: bool = False) -> str:
    """A curve from side to side; backwards it leaves below and comes in from above."""
    wide, high = BOX
    (x1, y1), (x2, y2) = start, end
    if x2 > x1:
        a, b = (x1 + wide, y1 + high / 2), (x2, y2 + high / 2)
        bend = (b[0] - a[0]) / 2
        curve = (
            f"M{a[0]:.0f} {a[1]:.0f}C{a[0] + bend:.0f} {a[1]:.0f} {b[0] - bend:.0f} {b[1]:.0f} {b[0]:.0f} {b[1]:.0f}"
        )
    elif x2 == x1:
        side = x1 + wide
        a, b = (side, y1 + high * 0.35), (side, y2 + high * 0.65)
        curve = f"M{a[0]:.0f} {a[1]:.0f}C{a[0] + 60:.0f} {a[1]:.0f} {b[0] + 60:.0f} {b[1]:.0f} {b[0]:.0f} {b[1]:.0f}"
    else:
        a, b = (x1 + wide * 0.3, y1 + high), (x2 + wide * 0.7, y2 + high)
        dip = max(a[1], b[1]) + 46
        curve = f"M{a[0]:.0f} {a[1]:.0f}C{a[0]:.0f} {dip:.0f} {b[0]:.0f} {dip:.0f} {b[0]:.0f} {b[1]:.0f}"
    color, name = (OUT, "out") if out else (WAY, "way")
    look = 'stroke-width="2.4"' if strong else f'stroke-width="1" opacity="{0.6 if out else 0.3}"'
    dash = ' stroke-dasharray="5 4"' if out else ""
    return f'<path d="{curve}" fill="none" stroke="{color}" {look}{dash} marker-end="url(#{name})"/>'


def _box(name: str, rule: Rule, place: Place, *, first: bool) -> str:
    (x, y), (wide, high) = place, BOX
    fill = DONE if rule.done else GONE if rule.nothing_to_leave else "#eef3f9"
    edge = f'stroke="{INK}" stroke-width="{2.2 if first else 1}"'
    types = " ".join(entry.text for entry in rule.type if entry.text)
    does = f"{types[:16]}{'…' if len(types) > 16 else ''} {rule.press or ''}".strip()
    does = "done" if rule.done else rule.ends or does
    says = next(
        iter((*rule.says, *rule.prompt, *(spot.text for spot in rule.at), *rule.last_line_says)), rule.last_line
    )
    about = f"<title>{escape(rule.about)}</title>" if rule.about else ""
    return (
        f'<g>{about}<rect x="{x:.0f}" y="{y:.0f}" width="{wide}" height="{high}" rx="8" fill="{fill}" {edge}/>'
        f'<text x="{x + 10:.0f}" y="{y + 20:.0f}" font-size="14" font-weight="600" fill="{INK}">{escape(name)}</text>'
        f'<text x="{x + 10:.0f}" y="{y + 38:.0f}" font-size="11" fill="{SOFT}">{escape((says or "")[:26])}</text>'
        f'<text x="{x + 10:.0f}" y="{y + 54:.0f}" font-size="11" fill="{WAY}">{escape(does)}</text></g>'
    )


def _legend(words: list[str], height: float) -> list[str]:
    top = height - 20 * (len(words) // 3 + 1)
    return [
        f'<text x="{MARGIN + 330 * (number % 3):.0f}" y="{top + 18 * (number // 3):.0f}" font-size="11" fill="{SOFT}">'
        f"{escape(text)}</text>"
        for number, text in enumerate(words)
    ]


def arrows() -> str:
    """Heads for both kinds of ways."""
    heads = "".join(
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{color}"/></marker>'
        for name, color in (("way", WAY), ("out", OUT))
    )
    return f"<defs>{heads}</defs>"


def short(title: str) -> str:
    """With the first digits of its checksum alone."""
    head, mark, digits = title.partition("sha256:")
    return f"{head}{mark}{digits[:16]}…" if digits else title
