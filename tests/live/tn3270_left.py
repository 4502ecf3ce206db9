"""What a simulated z/OS has left of the service id."""

from __future__ import annotations

import time
from datetime import timedelta

from connectors.simulated.zos import SimulatedZos

ONE_SECOND = timedelta(seconds=1)


def nobody_left(zos: SimulatedZos) -> None:
    """The session is gone, at the latest a moment after the host has said goodbye."""
    ends = time.monotonic() + 10
    while zos.sessions():
        assert time.monotonic() < ends, zos.sessions()
        time.sleep(0.01)
