"""Whom a release code is for."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.config.conftest import GOOD
from tests.unit.config.test_products import Reading

FOR = "release_code_for: unenrolled"


def test_whoever_has_an_app_has_to_be_able_to_do_without_the_code(
    config: Reading, faults: Callable[[str], list[str]]
) -> None:
    """A policy that withholds what it also demands would fail the reset of everybody who has done as they were told."""
    fine = GOOD.replace("storage:", f"policies: {{standard: {{{FOR}}}}}\nstorage:")
    assert config(fine).policies["standard"].release_code_for == "unenrolled"
    said = faults(fine.replace(FOR, f"demand: {{at_least: 2}}, {FOR}"))
    assert (
        "policies.standard.release_code_for: everybody is expected, since who has an app or a passkey could not "
        in ("".join(said))
    )
    assert "missing: 2 different factors (1 can be had)" in "".join(said)
