"""What a benchmark found: figures with their targets, as a table and as JSON, with the machine it was found on."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, kw_only=True)
class Spread:
    """So many values, in one unit: the middle one, and what a tenth of them lies below and above (few: the ends)."""

    count: int
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value or more."""
        few = len(values) < 20
        tenths = [min(values), max(values)] if few else statistics.quantiles(values, n=10)
        return cls(count=len(values), median=statistics.median(values), low=tenths[0], high=tenths[-1])


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of a result. `most` is the target, None where the figure is only told."""

    name: str
    value: float
    unit: str
    most: float | None = None
    spread: Spread | None = None

    @property
    def met(self) -> bool:
        """Whether the target is met; a figure without one cannot miss it."""
        return self.most is None or self.value <= self.most


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one benchmark found. `notes` say how it was found, as far as it differs from run to run."""

    benchmark: str
    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether every target is met."""
        return all(figure.met for figure in self.figures)


def table(result: Result) -> str:
    """The result as lines of text."""
    rows = [("", "median", "10 % – 90 %", "target", "")]
    for figure in result.figures:
        spread = f"{_number(figure.spread.low)} – {_number(figure.spread.high)}" if figure.spread else ""
        target = "" if figure.most is None else f"≤ {_number(figure.most)}"
        verdict = "" if figure.most is None else ("met" if figure.met else "MISSED")
        rows.append((figure.name, f"{_number(figure.value)} {figure.unit}".rstrip(), spread, target, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    return "\n".join([result.title, *(f"  {line.rstrip()}" for line in lines), *(f"  {note}" for note in result.notes)])


def write(result: Result, folder: Path, machine: Mapping[str, object]) -> Path:
    """Write the result as JSON; returns where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.benchmark}.json"
    content = {"machine": dict(machine), "met": result.met, **asdict(result)}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def machine() -> dict[str, object]:
    """What the figures depend on. `load` is the load average of the last minute, before anything of ours ran."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    version = subprocess.run(["s3270", "-v"], capture_output=True, text=True, check=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() or None,
        "cpus": os.cpu_count(),
        "cpu": _cpu(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "s3270": next(iter((version.stderr or version.stdout).splitlines()), ""),
        "load": round(os.getloadavg()[0], 2),
    }


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _number(value: float) -> str:
    digits = 3 if abs(value) < 10 else 1
    return f"{value:.{digits}f}" if value != int(value) or abs(value) < 10 else f"{value:.0f}"
