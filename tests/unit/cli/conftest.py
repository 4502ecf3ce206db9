"""`resetbridge` in this process: what it prints, and how it ends."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from bridge.cli import main
from bridge.compose.begin import begin


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    """Run a command line; nothing of this machine's settings reaches it."""
    for name in ("CONFIG", "URL", "TOKEN", "CA", "TRACE"):
        monkeypatch.delenv(f"RESETBRIDGE_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions

    def run_it(*arguments: str | Path) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    yield run_it
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:], root.level, logging.raiseExceptions = handlers, level, raising


@pytest.fixture
def desk(run: Run, tmp_path: Path) -> Run:
    """As run, in a folder that `init` made."""
    begin(tmp_path / "bridge")

    def run_it(*arguments: str | Path) -> Ended:
        return run("--config", tmp_path / "bridge/resetbridge.yaml", *arguments)

    return run_it
