"""OpenPGP: a letter that only the holder of a key can read. GnuPG judges keys, and encrypts.

GnuPG and not a library: pysequoia 0.1.35 was tried and encrypts to keys that have ended or were revoked. Nothing is
written: key and letter go through memory and a pipe, there is no keyring and no home folder, and nothing is fetched.
The key is what the file says, whoever signed it: whoever may write into the folder vouches for what is in it.

source  doc/DETAILS of GnuPG 2.2: the records of --with-colons, their fields counted from 1
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import BinaryIO, Final

from connectors.notify.mailkey import KeyFault, MailKey

GPG: Final = shutil.which("gpg", path="/usr/bin:/bin:/usr/local/bin")
ALONE: Final = (
    "--no-options", "--homedir", "/nonexistent", "--batch", "--no-tty", "--no-default-keyring", "--no-keyring",
    "--no-random-seed-file", "--lock-never", "--disable-dirmngr", "--no-auto-key-locate", "--no-autostart",
    "--trust-model", "always",
)  # fmt: skip
SHOW: Final = ("--with-colons", "--fast-list-mode", "--show-keys")
ENCRYPT: Final = (
    "--cipher-algo", "AES256", "--compress-algo", "none", "--no-emit-version", "--no-comments", "--armor", "--encrypt",
)  # fmt: skip
PATIENCE: Final = timedelta(seconds=20)
DEAD: Final = {
    "e": "has ended",
    "r": "was revoked",
    "d": "is disabled",
    "i": "is invalid, or of a later day",
    "n": "is not valid",
}
FEWEST_BITS: Final = 2048
COUNTED: Final = {"1", "2", "16"}  # RSA and ElGamal: of these the length says something


def read(text: bytes, at: datetime) -> MailKey:
    """The one key in a file, armoured or not, if mail can be encrypted to it now. Raises KeyFault."""
    rows = [line.split(":") for line in _gpg(SHOW, text, at).decode("utf-8", "replace").splitlines()]
    rows = [row for row in rows if len(row) > 11]
    if any(row[0] in {"sec", "ssb"} for row in rows):
        raise KeyFault("it holds a private key, which belongs to the person alone; take it out, and have it replaced")
    heads = [row for row in rows if row[0] == "pub"]
    if len(heads) != 1:
        raise KeyFault("one OpenPGP key is expected")
    if heads[0][1] in DEAD:
        raise KeyFault(f"the key {DEAD[heads[0][1]]}{_on(heads[0])}")
    able = [row for row in rows if row[0] in {"pub", "sub"} and "e" in row[11]]
    alive = [row for row in able if row[1] not in DEAD]
    if not alive:
        why = f"the part for encryption {DEAD[able[0][1]]}{_on(able[0])}" if able else "it has no part for encryption"
        raise KeyFault(f"the key cannot be encrypted to: {why}")
    if any(row[3] in COUNTED and int(row[2]) < FEWEST_BITS for row in alive):
        raise KeyFault(f"the key has fewer bits than {FEWEST_BITS}")
    _encrypted(text, at, b"")  # what GnuPG has against it besides comes out now, and not when the link has to leave
    ends = [_end(row) for row in alive]
    last = max((end for end in ends if end), default=None) if None not in ends else None
    until = min((end for end in (_end(heads[0]), last) if end), default=None)
    return MailKey(kind="pgp", until=until, encrypt=partial(_encrypted, text, at))


def _end(row: Sequence[str]) -> datetime | None:
    return datetime.fromtimestamp(int(row[6]), UTC) if row[6].isdigit() else None


def _on(row: Sequence[str]) -> str:
    end = _end(row)
    return f" on {end:%Y-%m-%d}" if row[1] == "e" and end else ""


def _encrypted(key: bytes, at: datetime, entity: bytes) -> bytes:
    """The message, in armour."""
    with _in_memory(key) as file:
        place = f"/proc/self/fd/{file.fileno()}"
        return _gpg(("--recipient-file", place, *ENCRYPT), entity, at, file.fileno())


def _in_memory(text: bytes) -> BinaryIO:
    """A file that is on no disk: GnuPG takes the recipient's key from a file alone."""
    try:
        file = os.fdopen(os.memfd_create("key"), "w+b")
    except OSError:
        raise KeyFault("there is no memory for the key") from None
    file.write(text)
    file.flush()
    return file


def _gpg(arguments: Sequence[str], given: bytes, at: datetime, *files: int) -> bytes:
    """What GnuPG answers. Its own words are not quoted: they name files, and change with the version."""
    if GPG is None:
        raise KeyFault("gpg is not installed, which reads such keys")
    command = [GPG, *ALONE, "--faked-system-time", f"{int(at.timestamp())}!", *arguments]
    try:
        done = subprocess.run(
            command, input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=files, check=True,
            timeout=PATIENCE.total_seconds(), env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, cwd="/",
        )  # fmt: skip
    except subprocess.CalledProcessError:
        raise KeyFault("GnuPG does not take it for a key that can be encrypted to") from None
    except (OSError, subprocess.TimeoutExpired):
        raise KeyFault("GnuPG did not run") from None
    return done.stdout
