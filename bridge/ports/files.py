"""A file that holds a password, for a program of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.domain.names import Account
from bridge.domain.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What such a file says besides the password.

    until   when the password is worthless at the latest
    """

    account: Account
    until: datetime
    language: str


class KeyFiles(Protocol):
    """Makes KeePass files."""

    def file(self, about: Filed, password: Secret, master: Secret) -> Secret:
        """A file that `master` opens, in base64."""
