"""The machine we run on: the clock, the dice, secrets in files, and what keeps memory from being dumped."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from bridge.config.model import SecretRef
from bridge.domain.errors import ConfigFault
from bridge.domain.secret import Secret
from bridge.observe import events

log = events.logger("machine")

MOST_SECRET: Final = 64 * 1024
SET_BACK: Final = timedelta(minutes=1)  # less is a clock being put right
PR_SET_DUMPABLE: Final = 4  # linux/prctl.h


def _wall() -> datetime:
    return datetime.now(UTC)


def _ticks() -> float:
    """Seconds that nobody sets, those in which the machine slept included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


class SystemClock:
    """The wall clock, beside one that nobody sets.

    wall, ticks   for tests
    """

    def __init__(self, wall: Callable[[], datetime] = _wall, ticks: Callable[[], float] = _ticks) -> None:
        self._wall, self._ticks = wall, ticks
        self._began, self._began_at = wall(), ticks()
        self._told = False

    def now(self) -> datetime:
        """The time, aware, UTC."""
        return self._wall()

    def latest(self) -> datetime:
        """The time, or the later one that it would be had nobody set the clock back since this one was made.

        A clock that was fast, and is put right, stays fast here until the process starts anew: so it is told once.
        """
        now, due = self._wall(), self._began + timedelta(seconds=self._ticks() - self._began_at)
        if due - now >= SET_BACK and not self._told:
            self._told = True
            log.warning("clock.set_back", seconds=round((due - now).total_seconds()),
                        text="links end as if it had not been; restart the daemon once the clock is right")  # fmt: skip
        return max(now, due)

    def sleep(self, pause: timedelta) -> None:
        """Wait; a pause below zero is none."""
        time.sleep(max(0.0, pause.total_seconds()))


def dice(count: int) -> bytes:
    """Return `count` random bytes from the operating system."""
    return os.urandom(count)


class Deadline:
    """A limit that runs from now on, by a clock that nobody sets."""

    def __init__(self, within: timedelta) -> None:
        self._started = time.monotonic()
        self._ends = self._started + within.total_seconds()

    def left(self) -> float:
        """Seconds left, 0.0 at the end."""
        return max(0.0, self._ends - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the limit has come."""
        return self.left() == 0.0

    @property
    def waited(self) -> timedelta:
        """How long it has been running."""
        return timedelta(seconds=time.monotonic() - self._started)


# --- secrets --------------------------------------------------------------------------------------


def read_secret(ref: SecretRef, place: str = "") -> Secret:
    """Fetch the secret that the configuration points to.

    place   the key in the configuration, e.g. "systems.PRODA.service_id.password": begins the words of a fault
    Raises ConfigFault that says what to do. The final newline is no part of a secret. A file that others may read is
    used, with a warning: an installation that does not start mends nothing; one that others may write is refused.
    """
    try:
        if ref.file is not None:
            text = _from_file(ref.file, private=True)
        elif ref.credential is not None:
            text = _from_credential(ref.credential)
        elif ref.env is not None:
            text = _from_environment(ref.env)
        else:
            raise _Fault("a secret is expected: {file: PATH}, {credential: NAME} or {env: NAME}")
    except _Fault as fault:
        raise ConfigFault([f"{place}: {fault}" if place else str(fault)]) from None
    return Secret(text)


def open_to_others(ref: SecretRef) -> str:
    """What to do about a secret's file that others may read; "" where nobody else may, or where there is none."""
    try:
        mode = stat.S_IMODE(ref.file.stat().st_mode) if ref.file else 0
    except OSError:  # whoever needs the secret says so
        return ""
    return (
        f"{ref.file} can be read by others (mode {mode:04o}); mend it with: chmod 600 {ref.file}"
        if mode & 0o077
        else ""
    )


class _Fault(Exception):
    """Why a secret cannot be had, without the place."""


def _from_file(path: Path, *, private: bool) -> str:
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise _Fault(f"there is no file {path}; create it with the secret in it, then: chmod 600 {path}") from None
    except OSError as error:
        raise _Fault(
            f"the file {path} cannot be read: {error.strerror}; it should be the daemon's user's own"
        ) from None
    try:
        seen = os.fstat(number)
        if not stat.S_ISREG(seen.st_mode):
            raise _Fault(f"the path {path} is not a file; a regular file with the secret in it is expected")
        mode = stat.S_IMODE(seen.st_mode)
        if private and mode & stat.S_IWOTH:
            raise _Fault(f"the file {path} can be changed by anybody (mode {mode:04o}); mend it with: chmod 600 {path}")
        if private and mode & 0o077:
            log.warning("secret.open", path=str(path), mode=f"{mode:04o}", mend=f"chmod 600 {path}")
        with os.fdopen(number, "rb", closefd=False) as file:
            return _text(file.read(MOST_SECRET + 1), f"the file {path}")
    finally:
        os.close(number)


def _from_credential(name: str) -> str:
    """Systemd sets the mode of a credential itself (0440 with an access list), so it is not looked at."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise _Fault(f"the credential {name}: $CREDENTIALS_DIRECTORY is not set; it is there only when systemd "
                     f"starts the daemon with LoadCredential={name}:PATH")  # fmt: skip
    if not name or "/" in name or name in {".", ".."}:
        raise _Fault(f"the credential {name!r}: a systemd credential's name is expected, not a path")
    try:
        return _from_file(Path(folder) / name, private=False)
    except _Fault as fault:
        raise _Fault(f"the credential {name}: {fault}; the unit needs LoadCredential={name}:PATH") from None


def _from_environment(name: str) -> str:
    text = os.environ.get(name)
    if text is None:
        raise _Fault(f"the environment variable {name} is not set")
    return _text(text.encode("utf-8", "surrogateescape"), f"the environment variable {name}")


def _text(content: bytes, where: str) -> str:
    if len(content) > MOST_SECRET:
        raise _Fault(f"{where} is longer than 64 KiB; that is no secret")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise _Fault(f"{where} is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text.strip():
        raise _Fault(f"{where} is empty; put the secret into it")
    return text


# --- the process ----------------------------------------------------------------------------------


def harden_process() -> None:
    """Keep memory out of core dumps and other processes' hands, and new files private (I1). Cannot be undone.

    A process that is not dumpable cannot be traced by its own user, and its /proc entries belong to root.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    if sys.platform == "linux":
        library = ctypes.CDLL(None, use_errno=True)
        if library.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            number = ctypes.get_errno()
            raise ConfigFault([f"prctl(PR_SET_DUMPABLE) is refused: {os.strerror(number)}"])


class StateLock:
    """Held while this process owns a state directory or a node's name; gone with the process, however it ends."""

    def __init__(self, number: int) -> None:
        self._number: int | None = number

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Return the lock on `path` (made if absent), or None if another process, or another part of this, holds it.

        Raises ConfigFault where the file cannot be made.
        """
        try:
            number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigFault([f"{path} cannot be made or written: {error.strerror}"]) from None
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(number)
            return None
        except BaseException:
            os.close(number)
            raise
        return cls(number)

    def give_back(self) -> None:
        """Let go; the file stays. A second time does nothing."""
        number, self._number = self._number, None
        if number is not None:
            with suppress(OSError):
                os.close(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()
