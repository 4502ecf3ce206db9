"""Where a fault came up, for the log."""

from __future__ import annotations

import traceback

MOST = 6


def place_of(error: BaseException) -> str:
    """Files, lines and functions, the innermost first; no messages or locals, which may hold what a person typed."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in reversed(frames))
