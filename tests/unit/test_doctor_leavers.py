"""The doctor and second factors of people whom the directory does not know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.compose.doctor import examine
from bridge.compose.finding import Finding
from bridge.compose.leavers import MOST_NAMED, factors_left_behind
from bridge.compose.shared import Opened, opened
from bridge.config.reader import read
from bridge.domain.names import Person
from tests.contract.test_store_rows import a_factor
from tests.fakes.outside import FakeDirectory
from tests.unit.cli.conftest import Run, desk, run
from tests.unit.cli.test_desk import TABLE

__all__ = ["desk", "run"]


@pytest.fixture
def kept(desk: Run, tmp_path: Path) -> Iterator[Opened]:
    """Maria and Joe are stored and have an app each; Kim, who is not, still has hers."""
    (tmp_path / "people.csv").write_text(TABLE)
    assert desk("people", "import", "people.csv").code == 0
    with opened(read(tmp_path / "bridge/resetbridge.yaml")) as made:
        with made.store.work() as work:
            for number, name in enumerate(("maria", "joe", "kim")):
                work.people.add_factor(a_factor(f"F{number}", Person(name)))
        yield made


def named(kept: Opened) -> list[str]:
    """What the whole doctor says of it."""
    return [one.words for one in examine(kept.config) if "second factors of people" in one.words]


def test_a_factor_of_somebody_unknown_is_named_and_what_to_do(kept: Opened) -> None:
    """How many, which, and both commands; a warning, and nothing is deleted."""
    (words,) = named(kept)
    assert words.startswith("second factors of people whom it does not know: 1, F2 of kim.")
    assert "`resetbridge people remove PERSON`" in words
    assert "`resetbridge factor remove ID`" in words
    with kept.store.look() as work:
        assert len(work.people.factors()) == 3


def test_once_they_are_removed_nobody_is_named(kept: Opened, desk: Run) -> None:
    """The command that is named does it, also for somebody who was never imported."""
    assert desk("people", "remove", "kim").code == 0
    assert named(kept) == []


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (TABLE, 1),
        ("person\nmaria\njoe\nkim\n", 0),
        ("person\n", 0),  # whatever writes it is broken
        ("person,nonsense\nmaria,x\n", 0),  # it cannot be read
    ],
)
def test_a_file_that_says_nothing_of_anybody_names_nobody(
    kept: Opened, tmp_path: Path, table: str, expected: int
) -> None:
    """Only a table with people in it says that somebody is gone."""
    file = tmp_path / "bridge/staff.csv"
    file.write_text(table)
    config = replace(kept.config, directory=replace(kept.config.directory, csv=file))
    found = [one.words for one in examine(config) if "second factors of people" in one.words]
    assert len(found) == expected


@pytest.mark.parametrize("away", [False, True])
def test_a_directory_that_is_away_names_nobody(kept: Opened, away: bool) -> None:
    """Asked for each whom it did not list: no answer is not "nobody"."""
    directory = FakeDirectory()
    directory.away = away
    assert len(list(factors_left_behind(replace(kept, directory=directory), []))) == (not away)


def test_of_very_many_the_first_are_named(kept: Opened) -> None:
    """And how many more there are."""
    with kept.store.work() as work:
        for number in range(30):
            work.people.add_factor(a_factor(f"G{number:02}", Person("kim")))
    (found,) = factors_left_behind(kept, kept.directory.everyone())  # type: ignore[arg-type]
    assert isinstance(found, Finding)
    assert ": 31, F2 of kim, G00 of kim, " in found.words
    assert f"and {31 - MOST_NAMED} more (`resetbridge factor list`)" in found.words
