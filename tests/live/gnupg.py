"""GnuPG with a home folder of its own: makes keys, and opens what was encrypted to them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self


class GnuPG:
    """Somebody's keys. In a short path: the agent's socket is in there."""

    def __enter__(self) -> Self:
        self._home = Path(tempfile.mkdtemp(prefix="gpg"))
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["gpgconf", "--kill", "all"], env=self._environment, check=False, capture_output=True)
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "GNUPGHOME": str(self._home), "LC_ALL": "C"}

    def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        command = ["gpg", "--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", *arguments]
        return subprocess.run(
            command, env=self._environment, input=given, capture_output=True, check=True, timeout=60
        ).stdout

    def key(self, name: str, *, at: datetime, lasts: timedelta | None = None, kind: str = "ed25519") -> str:
        """A new key for signing alone; its fingerprint."""
        until = f"seconds={int(lasts.total_seconds())}" if lasts else "0"
        made = ("--yes", "--status-fd", "1", "--faked-system-time", _frozen(at), "--quick-gen-key", name, kind, "sign")
        told = self._run(*made, until).decode()
        return next(row.split()[3] for row in told.splitlines() if row.startswith("[GNUPG:] KEY_CREATED"))

    def for_encryption(self, key: str, *, at: datetime, lasts: timedelta | None = None, kind: str = "cv25519") -> None:
        """A part of it that can be encrypted to."""
        until = f"seconds={int(lasts.total_seconds())}" if lasts else "0"
        self._run("--faked-system-time", _frozen(at), "--quick-add-key", key, kind, "encr", until)

    def revoke(self, key: str) -> None:
        """Say for good that the key is not to be used, by the statement that was made along with it."""
        made = (self._home / "openpgp-revocs.d" / f"{key}.rev").read_text(encoding="utf-8")
        self._run("--import", given=made.replace("\n:-----", "\n-----").encode())

    def public(self, key: str) -> bytes:
        """For everybody."""
        return self._run("--armor", "--export", key)

    def private(self, key: str) -> bytes:
        """For nobody else."""
        return self._run("--armor", "--export-secret-keys", key)

    def opened(self, message: bytes) -> bytes:
        """What was encrypted. Raises CalledProcessError where no key here fits, or it was changed on the way."""
        return self._run("--decrypt", given=message)


def _frozen(at: datetime) -> str:
    return f"{int(at.timestamp())}!"
