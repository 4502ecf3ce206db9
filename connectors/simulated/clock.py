"""The simulated machine's own clock: like any host it keeps its own time, which need not be ours."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Return the present in UTC, aware."""
    return datetime.fromtimestamp(time.time(), tz=UTC)
