"""The code is clean by ruff's and mypy's judgement, the tests included as far as ruff goes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.tree import ROOT, tracked

BIN = Path(sys.executable).parent
MOST_LINES = 400  # of a module, tests included: a longer one is two


@pytest.mark.parametrize(
    "command", [["ruff", "check", "--no-cache", "."], ["ruff", "format", "--no-cache", "--check", "."]], ids=" ".join
)
def test_ruff_has_nothing_to_say(command: list[str]) -> None:
    """Lint and format, by the settings in pyproject.toml."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_long() -> None:
    """What has grown beyond a few screens is divided along what it is about."""
    lines = {name: len((ROOT / name).read_text().splitlines()) for name in tracked() if name.endswith(".py")}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_declared_and_imported_packages_agree() -> None:
    """deptry: nothing is imported that pyproject.toml does not name, and nothing is named in vain."""
    done = subprocess.run(
        [BIN / "deptry", "--no-ansi", "."], cwd=ROOT, check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_has_nothing_to_say() -> None:
    """Strict, over the four packages."""
    done = subprocess.run([BIN / "mypy"], cwd=ROOT, check=False, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
