"""A service id's password that nothing here may change: the file's, as it stands."""

from __future__ import annotations

from collections.abc import Callable

from bridge.domain.errors import BridgeError, HostUnreached, ServiceIdRejected
from bridge.domain.secret import Secret


class Untouched:
    """The port `OwnPassword`, for whoever has no database behind it."""

    voluntary = due = open_to_change = outstanding = False
    advice = "log on as the service id, choose a new password, and put it into its file"

    def __init__(self, read: Callable[[], Secret | None]) -> None:
        self._read = read

    def to_try(self) -> Secret | None:
        return self._read()

    def spend(self) -> None: ...

    def draw(self) -> Secret | None:
        return None

    def withdraw(self, said: str = "") -> None: ...

    def accepted(self) -> bool:
        return False

    def refused(self, why: ServiceIdRejected) -> bool:
        return False

    def unanswered(self, why: HostUnreached) -> None: ...

    def gave_up(self, words: str) -> None: ...

    def troubled(self, why: BridgeError) -> None: ...

    def expires_in(self, days: int) -> None: ...
