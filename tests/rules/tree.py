"""The tree the rules are about."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("bridge", "connectors", "web", "schedules")
SIMULATED: Final = "connectors/simulated/"


@cache
def tracked() -> tuple[str, ...]:
    """Every file that git keeps, by its path from the root."""
    done = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60
    )
    return tuple(name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file())


def modules(*, simulated: bool = False) -> Iterator[tuple[str, ast.Module]]:
    """The product's modules that git keeps, parsed; those of the simulated outside only if wanted."""
    for name in tracked():
        if name.endswith(".py") and name.split("/")[0] in PACKAGES and (simulated or not name.startswith(SIMULATED)):
            yield name, ast.parse((ROOT / name).read_text(encoding="utf-8"))


def called(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The dotted name of whatever is called, as far as it is one, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno
