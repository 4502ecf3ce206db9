"""A result as an SVG: a panel for each part and unit, a bar for each figure with its spread and its target.

Written by hand: a plotting library would weigh more than the product.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

from benchmarks.report import Figure, Result

WIDTH, LABELS, BARS, ROW, GAP = 900, 330, 420, 22, 34
LEFT: Final = 16
INK, BAR, MISSED, TARGET = "#1b1f24", "#4c78a8", "#c44e52", "#b07aa1"


def draw(result: Result, folder: Path) -> Path:
    """Write it beside the JSON; returns where."""
    panels = list(_panels(result.figures))
    height = 46 + sum(GAP + ROW * len(figures) for _, figures in panels) + 14
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13" fill="{INK}"><rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(LEFT, 28, result.title, size=16),
    ]
    top = 46
    for title, figures in panels:
        parts.append(_text(LEFT, top + 20, title, weight="bold"))
        parts += _panel(figures, top + GAP - 6)
        top += GAP + ROW * len(figures)
    path = folder / f"{result.benchmark}.svg"
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")
    return path


def _panels(figures: Sequence[Figure]) -> Iterator[tuple[str, list[Figure]]]:
    """Figures of one part and one unit belong together, in the order of their first."""
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        part = figure.name.partition(":")[0] if ":" in figure.name else ""
        found.setdefault(", ".join(word for word in (part, figure.unit) if word), []).append(figure)
    yield from found.items()


def _panel(figures: Sequence[Figure], top: float) -> Iterator[str]:
    most = max(max(figure.value, figure.most or 0, figure.spread.high if figure.spread else 0) for figure in figures)
    scale = BARS / (most * 1.02 or 1)
    for number, figure in enumerate(figures):
        yield from _bar(figure, top + ROW * number, scale)


def _bar(figure: Figure, top: float, scale: float) -> Iterator[str]:
    start, middle = LEFT + LABELS, top + ROW / 2
    yield _text(LEFT + 8, middle + 5, figure.name.partition(": ")[2] or figure.name)
    color = BAR if figure.met else MISSED
    yield f'<rect x="{start}" y="{top + 3}" width="{figure.value * scale:.1f}" height="{ROW - 7}" fill="{color}"/>'
    if figure.spread and figure.spread.count > 1:
        low, high = start + figure.spread.low * scale, start + figure.spread.high * scale
        yield f'<path d="M{low:.1f} {middle - 0.5}H{high:.1f}" stroke="{INK}" stroke-width="1.5"/>'
    if figure.most is not None:
        x = start + figure.most * scale
        yield f'<path d="M{x:.1f} {top}V{top + ROW - 1}" stroke="{TARGET}" stroke-width="2" stroke-dasharray="4 2"/>'
    words = f"{figure.value:.2f}" if figure.value < 10 else f"{figure.value:.0f}"
    target = f" (≤ {figure.most:g})" if figure.most is not None else ""
    yield _text(start + BARS + 12, middle + 5, words + target)


def _text(x: float, y: float, words: str, *, size: int = 13, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}">{escape(words)}</text>'
