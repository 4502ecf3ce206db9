"""Whoever reads the output may go away: no command complains, changes its exit status or stops half-way for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

PROGRAM = Path(sys.executable).with_name("resetbridge")


def unread(folder: Path, *words: str, also_errors: bool = False) -> tuple[int, str]:
    """Run a command whose output nobody reads; its exit status, and what it said on standard error."""
    read, write = os.pipe()
    os.close(read)
    try:
        ended = subprocess.run(
            [PROGRAM, "--config", folder / "bridge/resetbridge.yaml", *words],
            check=False, stdout=write, stderr=write if also_errors else subprocess.PIPE, timeout=60,
        )  # fmt: skip
    finally:
        os.close(write)
    return ended.returncode, (ended.stderr or b"").decode()


@pytest.mark.parametrize(
    "words", [("--help",), ("dialog", "describe", "racf"), ("audit", "export", "--format", "csv"), ("reset", "-h")]
)
def test_an_output_that_nobody_reads_is_no_failure(words: tuple[str, ...], desk: Run, tmp_path: Path) -> None:
    """`… | head`: status 0 and not a word."""
    assert unread(tmp_path, *words) == (0, "")


def test_the_status_is_what_it_would_have_been(desk: Run, tmp_path: Path) -> None:
    """A mistake stays 2, also where the reader of standard error went away."""
    assert unread(tmp_path, "check", "NOPE")[0] == 2
    assert unread(tmp_path, "check", "NOPE", also_errors=True)[0] == 2


def test_a_token_that_nobody_read_is_a_failure(desk: Run, tmp_path: Path) -> None:
    """What is printed once and has not arrived: status 1, and why."""
    desk("operator", "add", "jo", "--role", "agent")

    status, said = unread(tmp_path, "token", "create", "jo")

    assert status == 1
    assert said.splitlines()[-1].endswith(
        "whoever read the output went away; what is missing of it stands nowhere else"
    )


def test_a_full_disk_is_named(desk: Run, tmp_path: Path) -> None:
    """Nothing could be written: status 1 and the reason, whatever the command."""
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([PROGRAM, "--help"], check=False, stdout=full, stderr=subprocess.PIPE, timeout=60)

    assert (ended.returncode, ended.stderr) == (
        1, b"resetbridge: the output cannot be written: No space left on device\n"
    )  # fmt: skip


def test_no_standard_output_at_all_is_none_that_is_read(desk: Run, tmp_path: Path) -> None:
    """`>&-`: the command does its work all the same."""
    command = f"exec {PROGRAM} --config {tmp_path}/bridge/resetbridge.yaml people list >&-"
    ended = subprocess.run(["/bin/sh", "-c", command], check=False, stderr=subprocess.PIPE, timeout=60)

    assert ended.returncode == 0
    assert b"not foreseen" not in ended.stderr
