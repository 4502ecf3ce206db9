"""The clock, the dice, secrets in files, locks, and a process that cannot be dumped."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from bridge.config.model import SecretRef
from bridge.domain.errors import ConfigFault
from connectors import machine


def written(path: Path, content: bytes, mode: int = 0o600) -> SecretRef:
    path.write_bytes(content)
    path.chmod(mode)
    return SecretRef(file=path)


def test_the_clock_gives_aware_utc() -> None:
    """Now is aware, in UTC, and does not run backwards over a sleep."""
    clock = machine.SystemClock()
    before = clock.now()
    clock.sleep(timedelta(milliseconds=1))
    clock.sleep(timedelta(seconds=-5))

    assert before.tzinfo is UTC
    assert clock.now() > before


def test_a_clock_that_is_set_back_does_not_bring_time_back() -> None:
    """What ends is over by the time that has passed; a clock set forward is believed, and forgotten when put right."""
    wall, ticks = [datetime(2026, 11, 25, 12, tzinfo=UTC)], [0.0]
    clock = machine.SystemClock(lambda: wall[0], lambda: ticks[0])
    began = wall[0]

    ticks[0], wall[0] = 600.0, began - timedelta(hours=1)
    assert clock.now() == wall[0]
    assert clock.latest() == began + timedelta(minutes=10)
    wall[0] = began + timedelta(days=365)
    assert clock.latest() == wall[0]
    wall[0] = began + timedelta(minutes=10)
    assert clock.latest() == wall[0]


def test_the_dice_give_as_many_bytes_as_asked() -> None:
    """Two throws differ."""
    assert len(machine.dice(16)) == 16
    assert machine.dice(16) != machine.dice(16)


def test_a_deadline_runs_out() -> None:
    """What is left shrinks to nothing and not below; how long it has run is known."""
    assert not machine.Deadline(timedelta(minutes=1)).over
    ended = machine.Deadline(timedelta(0))

    assert ended.over
    assert ended.left() == 0.0
    assert ended.waited >= timedelta(0)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"hush\n", "hush"),
        (b"hush", "hush"),
        (b"hush\r\n", "hush"),
        (b" a b \n", " a b "),
        (b"two\nlines\n\n", "two\nlines\n"),
    ],
)
def test_a_secret_is_the_file_without_its_final_newline(tmp_path: Path, content: bytes, text: str) -> None:
    """One newline goes; blanks and other newlines belong to the secret."""
    assert machine.read_secret(written(tmp_path / "s", content)).expose() == text


@pytest.mark.parametrize("mode", [0o602, 0o606, 0o666])
def test_a_file_that_anybody_can_change_is_refused(tmp_path: Path, mode: int) -> None:
    """The words give the mode, the place in the configuration, and the command that mends it."""
    path = tmp_path / "s"

    with pytest.raises(ConfigFault) as caught:
        machine.read_secret(written(path, b"hush", mode), "mail.password")

    assert str(caught.value).startswith(f"mail.password: the file {path} can be changed by anybody (mode {mode:04o})")
    assert str(caught.value).endswith(f"chmod 600 {path}")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_used_with_a_warning(tmp_path: Path, mode: int) -> None:
    """The event names the file and the command that mends it, and not the secret."""
    with structlog.testing.capture_logs() as events:
        assert machine.read_secret(written(tmp_path / "s", b"hush", mode)).expose() == "hush"
    assert [event["mend"] for event in events] == [f"chmod 600 {tmp_path / 's'}"]
    assert "hush" not in str(events)


@pytest.mark.parametrize("content", [b"", b"\n", b"  \n"])
def test_an_empty_secret_is_refused(tmp_path: Path, content: bytes) -> None:
    """Nothing, a newline and blanks are no secret."""
    with pytest.raises(ConfigFault, match="is empty; put the secret into it"):
        machine.read_secret(written(tmp_path / "s", content))


def test_a_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    """The path, and the mode it has to have."""
    with pytest.raises(ConfigFault, match=rf"there is no file {tmp_path}/none; create it .* chmod 600"):
        machine.read_secret(SecretRef(file=tmp_path / "none"))


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    """A directory and a named pipe nobody writes to are told apart from files at once."""
    os.mkfifo(tmp_path / "pipe", 0o600)

    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ConfigFault, match="is not a file"):
            machine.read_secret(SecretRef(file=path))


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    """The system's own reason is passed on."""
    written(tmp_path / "s", b"hush")

    with pytest.raises(ConfigFault, match="cannot be read: Not a directory"):
        machine.read_secret(SecretRef(file=tmp_path / "s" / "t"))


def test_a_secret_is_text_of_bounded_length(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and files that are no secrets, are refused without being quoted."""
    with pytest.raises(ConfigFault, match="not UTF-8"):
        machine.read_secret(written(tmp_path / "a", b"\xff\xfe"))
    with pytest.raises(ConfigFault, match="64 KiB"):
        machine.read_secret(written(tmp_path / "b", b"x" * 70_000))


def test_a_credential_comes_from_systemds_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mode is systemd's business: 0440 is what a unit with a user of its own sees."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    written(tmp_path / "proda", b"hush\n", 0o440)

    assert machine.read_secret(SecretRef(credential="proda")).expose() == "hush"
    with pytest.raises(ConfigFault, match="LoadCredential=other:PATH"):
        machine.read_secret(SecretRef(credential="other"))
    with pytest.raises(ConfigFault, match="not a path"):
        machine.read_secret(SecretRef(credential="../proda"))


def test_a_credential_outside_systemd_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the directory there is nothing to look for."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    with pytest.raises(ConfigFault, match="CREDENTIALS_DIRECTORY is not set"):
        machine.read_secret(SecretRef(credential="proda"))


def test_a_secret_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set, unset and empty."""
    monkeypatch.setenv("RB_TEST", "hush")
    assert machine.read_secret(SecretRef(env="RB_TEST")).expose() == "hush"

    monkeypatch.setenv("RB_TEST", "")
    with pytest.raises(ConfigFault, match="RB_TEST is empty"):
        machine.read_secret(SecretRef(env="RB_TEST"))
    monkeypatch.delenv("RB_TEST")
    with pytest.raises(ConfigFault, match="RB_TEST is not set"):
        machine.read_secret(SecretRef(env="RB_TEST"))


def test_a_reference_to_nothing_is_refused() -> None:
    """One of the three is expected."""
    with pytest.raises(ConfigFault, match=r"\{file: PATH\}"):
        machine.read_secret(SecretRef())


def test_a_state_lock_has_one_holder(tmp_path: Path) -> None:
    """A second taker gets None until the first gives back; the file is private."""
    path = tmp_path / "lock"
    held = machine.StateLock.take(path)
    assert held is not None
    with held:
        assert machine.StateLock.take(path) is None
        assert path.stat().st_mode & 0o077 == 0

    again = machine.StateLock.take(path)
    assert again is not None
    again.give_back()
    again.give_back()


def test_a_state_lock_that_cannot_be_made_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    """A directory that does not exist is named."""
    with pytest.raises(ConfigFault, match="none/lock cannot be made or written: No such file"):
        machine.StateLock.take(tmp_path / "none" / "lock")


def test_a_state_lock_goes_with_its_process(tmp_path: Path) -> None:
    """Killed while holding it, a process leaves nothing that would stop the next."""
    path = tmp_path / "lock"
    code = (
        "import sys; from pathlib import Path; from connectors.machine import StateLock; "
        "lock = StateLock.take(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert machine.StateLock.take(path) is None
        holder.kill()
        holder.wait(10)

    lock = machine.StateLock.take(path)
    assert lock is not None
    lock.give_back()


def test_i1_a_hardened_process_leaves_no_core_and_private_files(tmp_path: Path) -> None:
    """No core dump, not dumpable to its own user, and what it creates is readable by nobody else."""
    code = (
        "import ctypes, os, resource, sys; from connectors.machine import harden_process; harden_process(); "
        "open(sys.argv[1], 'w').close(); "
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), "
        "oct(os.stat(sys.argv[1]).st_mode & 0o777))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "new")], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.split() == ["(0,", "0)", "0", "0o600"]
