"""Processes that are stopped in the middle of whatever they do."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def freeze(pid: int) -> None:
    """Stop it. When this is over it is stopped with all its threads: the signal alone is only on its way."""
    os.kill(pid, signal.SIGSTOP)
    ends = time.monotonic() + 30
    while not all(_stopped(task) for task in Path(f"/proc/{pid}/task").iterdir()):
        assert time.monotonic() < ends, f"{pid} does not stop"
        time.sleep(0.001)


def thaw(pid: int) -> None:
    """Let it go on."""
    os.kill(pid, signal.SIGCONT)


def _stopped(task: Path) -> bool:
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0] in {"T", "t", "Z"}
    except FileNotFoundError:  # a thread that has ended
        return True
