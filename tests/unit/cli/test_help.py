"""Every command explains itself."""

from __future__ import annotations

import click
import pytest

from bridge.cli.main import COMMANDS, resetbridge
from tests.unit.cli.conftest import Run


def every(group: click.Group, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Each command line there is, families included."""
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*before, name))
        if isinstance(command, click.Group):
            found += every(command, (*before, name))
    return found


@pytest.mark.parametrize("words", every(resetbridge), ids=" ".join)
def test_help_has_an_example(words: tuple[str, ...], run: Run) -> None:
    """--help of each command ends with status 0 and shows an example of this very command."""
    ended = run(*words, "--help")

    assert ended.code == 0
    assert "Example: resetbridge" in ended.out
    assert f" {words[0]} " in ended.out.partition("Example:")[2]


def test_help_names_every_command(run: Run) -> None:
    """The first page lists them all."""
    out = run("--help").out

    assert all(f"  {name}" in out for name in COMMANDS)


def test_an_unknown_command_is_a_usage_error(run: Run) -> None:
    """Status 2, on standard error, with what was meant."""
    ended = run("reste")

    assert ended.code == 2
    assert ended.out == ""


def test_the_version_is_printed(run: Run) -> None:
    """--version."""
    assert run("--version").out.startswith("resetbridge ")
