"""Where a secret is; never the secret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where a secret is: exactly one of the three. connectors.machine.read_secret() resolves it.

    file        a path; the content without the final newline
    credential  a systemd credential's name, under $CREDENTIALS_DIRECTORY
    env         an environment variable (not for server keys: child processes would inherit it)
    """

    file: Path | None = None
    credential: str | None = None
    env: str | None = None
