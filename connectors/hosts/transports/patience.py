"""How long an answer may take: so long without a sign of the host, and so long in all."""

from __future__ import annotations

from datetime import timedelta

from connectors.machine import Deadline


class Patience:
    """A Deadline that begins anew whenever the host writes, within another one that does not.

    silence   since the key was sent, or the host last wrote
    whole     since the key was sent
    """

    def __init__(self, silence: timedelta, whole: timedelta) -> None:
        self._silence = silence
        self._quiet, self._whole = Deadline(silence), Deadline(max(silence, whole))
        self._wrote = False

    def heard(self) -> None:
        """The host has written something."""
        self._quiet, self._wrote = Deadline(self._silence), True

    def left(self) -> float:
        """Seconds left, 0.0 at the end."""
        return min(self._quiet.left(), self._whole.left())

    @property
    def over(self) -> bool:
        """Whether either limit has come."""
        return self._quiet.over or self._whole.over

    @property
    def waited(self) -> timedelta:
        """Since the key was sent."""
        return self._whole.waited

    @property
    def why(self) -> str:
        """What ended it, "" where nothing came at all."""
        if not self._wrote:
            return ""
        seconds = self.waited.total_seconds()
        if self._whole.over:
            return f"the host went on writing for {seconds:.0f} s and came to no end"
        return f"the host wrote, and stopped without an end after {seconds:.0f} s"
