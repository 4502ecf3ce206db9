"""Words about the service id's own password: those of the dialog, and a site corrects them in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.errors import ConfigFault, Refused
from connectors.hosts.dialogs.reader import load, shipped
from connectors.hosts.transports import renewal, tso
from connectors.hosts.transports.renewal import Turn
from connectors.hosts.transports.screens import Screen, Status

STATUS = Status.read(b"U F U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000")
TOP = "dialog: site\nversion: 1\nextends: tso-logon\nrenewal:\n  refused: {pattern: [WORDS]}\n"


def panel(message: str) -> Screen:
    rows = ["---- TSO/E LOGON ----", f" {message}", "", "    Enter LOGON parameters below:", "", " New Password ===>"]
    return Screen(tuple(row.ljust(80) for row in (*rows, *[""] * (24 - len(rows)))), replace(STATUS, cursor=(5, 20)))


def test_a_site_says_how_its_host_refuses_a_new_password(tmp_path: Path) -> None:
    """In a file that extends the shipped one; the words of the other answers stay."""
    file = tmp_path / "site.yaml"
    file.write_text(TOP.replace("WORDS", "KENNWORT ABGELEHNT"), encoding="utf-8")
    ours, screen = load(file).dialog, panel("XYZ KENNWORT ABGELEHNT")
    seen = tso.sight(screen, ours, begun=True)
    assert renewal.turn(screen, seen, ours, typed=1)[0] is Turn.REFUSED
    assert renewal.turn(screen, seen, shipped().dialog, typed=1)[0] is None
    assert ours.renewal.again == shipped().dialog.renewal.again
    assert renewal.what_of_password(["IKJ56421I"], ours.renewal, known=True) is Refused.WRONG


@pytest.mark.parametrize("words", ["'{userid} REJECTED'", "'('"])
def test_words_that_cannot_be_looked_for_are_refused(words: str, tmp_path: Path) -> None:
    """A userid, and no expression."""
    file = tmp_path / "site.yaml"
    file.write_text(TOP.replace("WORDS", words), encoding="utf-8")
    with pytest.raises(ConfigFault, match=r"site.yaml:5: renewal.refused"):
        load(file)
