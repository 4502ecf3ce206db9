"""Each branch of each dialog that is shipped is met by something recorded; and one that is not would be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.failure import Reason
from connectors.hosts.dialogs.reader import shipped
from connectors.hosts.transports.logon import Logon
from tests.dialogs import branches, product_branches


@pytest.mark.parametrize("name", ["tso-logon", *product_branches.TABLES])
def test_every_branch_is_met(name: str) -> None:
    """As `python -m tests.dialogs` prints. What is new in a dialog wants its screen or answer in tests/dialogs."""
    found = branches.of_logon() if name == "tso-logon" else product_branches.of_product(name)
    assert [branch for branch, met in found.items() if not met] == []


def test_a_text_that_nobody_recorded_is_told() -> None:
    """Of a message, of a screen, and a screen of which there is no record at all."""
    dialog = shipped().dialog
    more = {**dialog.messages, "in_use": replace(dialog.messages["in_use"], says=("IKJ99999I",))}
    menu = replace(dialog.screens["menu"], says=("MENU OF NOBODY",))
    found = branches.of_logon(replace(dialog, messages=more, screens={**dialog.screens, "menu": menu}))
    assert {"in_use: IKJ99999I", "menu: MENU OF NOBODY", "menu"} <= {branch for branch, met in found.items() if not met}


def test_a_way_that_is_not_gone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that expects no screen after another one, and code that gets nowhere on the way out."""
    monkeypatch.setattr(Logon, "_expects", lambda _, name: name == "panel")
    monkeypatch.setattr(branches, "log_off", lambda *_, **__: False)
    found = branches.of_logon()
    assert not found["userid → password"]
    assert found["userid → panel"]
    assert not found["panel → left by logo"]


def test_a_number_that_nobody_answered_is_told() -> None:
    """Of a product's own table."""
    table = product_branches.TABLES["racf"]
    grown = replace(table, numbers={**table.numbers, "ICH99999I": Reason.NOT_AUTHORIZED})
    assert not product_branches.of_product("racf", grown)["refused.not_authorized.ICH99999I"]
