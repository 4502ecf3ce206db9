"""What the doctor reads over SSH: the helper's version, and an IBM i's values."""

from __future__ import annotations

import re

import pytest

from bridge.compose.over_ssh import RUNS, VERSION
from connectors.hosts.products.sysvals import SystemValues, read
from tests.rules.tree import ROOT


def test_the_version_is_that_of_the_exec_that_comes_along() -> None:
    """Raise both, and an older one is told."""
    exec_ = (ROOT / "deploy" / "zos" / "rbhelper.rexx").read_text("utf-8")
    found = re.search(r"^version\s*=\s*(\d+)", exec_, re.MULTILINE)
    assert found is not None
    assert int(found[1]) == VERSION


def test_the_helpers_time_is_that_of_the_exec_that_comes_along() -> None:
    """What a lost change is waited for is measured by it."""
    exec_ = (ROOT / "deploy" / "zos" / "rbhelper.rexx").read_text("utf-8")
    found = re.search(r"^limit\s*=\s*(\d+)", exec_, re.MULTILINE)
    assert found is not None
    assert int(found[1]) == RUNS.total_seconds()


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        (["RBP0002: 00003 *ALLCRTCHG     *MINLEN12      *MAXLEN32"],
         SystemValues(3, ("*ALLCRTCHG", "*MINLEN12", "*MAXLEN32"))),
        ([" RBP0002: 0 *PWDSYSVAL "], SystemValues(0, ("*PWDSYSVAL",))),
        (["RBP0002: 00003"], None),
        (["RBP0903: this is no request"], None),
        (["RBP0002: 00000 *PWDSYSVAL", "CPF0001: Error"], None),
        ([], None),
    ],
)  # fmt: skip
def test_the_programs_line_is_read_alone_or_not_at_all(rows: list[str], values: SystemValues | None) -> None:
    """Level and rules, as RULES is answered."""
    assert read(rows) == values


def test_a_rules_number_is_that_of_its_very_name() -> None:
    """*MINLEN is not *MINLENx of another rule."""
    found = SystemValues(2, ("*MINLEN8", "*DGTMIN1"))
    assert (found.number("*MINLEN"), found.number("*DGTMIN"), found.number("*MAXLEN")) == (8, 1, None)
    assert not found.bind_resets
