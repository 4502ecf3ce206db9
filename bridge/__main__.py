"""The console script, and `python -m bridge`: Ctrl-C while it is still being loaded ends it without a trace."""

from __future__ import annotations

import sys
from typing import NoReturn

INTERRUPTED = 130


def run() -> NoReturn:
    """Load the commands, and run the one that was typed."""
    try:
        from bridge.cli import main  # noqa: PLC0415 - it is this that takes its time
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    main.run()


if __name__ == "__main__":
    run()
