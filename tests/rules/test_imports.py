"""Which way imports go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.rules.tree import ROOT


def test_imports_go_inwards_and_the_roles_stay_apart() -> None:
    """Every contract of pyproject.toml holds; two of them are I9."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-logo", "--no-cache"], cwd=ROOT, check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "I9" in done.stdout
