"""The doctor at a relay that says no to the sender or the recipient, and at a directory with nobody in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.compose.begin import begin
from bridge.compose.doctor import _database, _mail
from bridge.compose.finding import Finding
from bridge.config.model import MailSettings
from bridge.config.reader import read
from connectors.simulated.mailbox import SimulatedMailbox
from tests.rules.tree import ROOT

EXAMPLE = ROOT / "deploy" / "resetbridge.example.yaml"


@pytest.fixture
def mailbox() -> Iterator[SimulatedMailbox]:
    with SimulatedMailbox() as one:
        yield one


def found(mailbox: SimulatedMailbox) -> list[Finding]:
    config = read(EXAMPLE)
    mail = MailSettings(host="127.0.0.1", port=mailbox.port, security="none", sender="Access <no-reply@example.com>")
    return list(_mail(replace(config, mail=mail, site=replace(config.site, security="security@example.com"))))


def test_a_relay_that_would_take_mail_gets_none(mailbox: SimulatedMailbox) -> None:
    """It is asked, and the asking taken back."""
    assert [each.level for each in found(mailbox)] == ["ok"]
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("step", "reply", "level", "words"),
    [
        ("MAIL", "550 5.7.1 Client host rejected", "fail", "it refuses the sender (550 5.7.1)"),
        ("RCPT", "554 5.7.1 Relay access denied", "fail", "it refuses the recipient (554 5.7.1)"),
        ("RCPT", "451 4.7.1 Greylisted", "warn", "it does not take the recipient now (451 4.7.1)"),
        ("MAIL", "530 5.7.0 Authentication required", "warn", "it does not take the sender now (530 5.7.0)"),
    ],
)
def test_a_relay_that_refuses_is_found_out_before_a_password_is_set(
    step: str, reply: str, level: str, words: str, mailbox: SimulatedMailbox
) -> None:
    """Reached is not enough: each link would be refused, and its password made worthless."""
    mailbox.answer(step, reply)  # type: ignore[arg-type]
    reached, said = found(mailbox)
    assert (reached.level, said.level) == ("ok", level)
    assert words in said.words
    assert "mail from Access <no-reply@example.com> to security@example.com, which did not leave" in said.words
    assert mailbox.mails == []


def test_a_table_with_nobody_in_it_is_a_doubt(tmp_path: Path, mailbox: SimulatedMailbox) -> None:
    """A personnel system's export that failed leaves its first line: no link finds anybody then."""
    begin(tmp_path / "bridge")
    table, line = tmp_path / "people.csv", "person,name,email"
    config = read(tmp_path / "bridge" / "resetbridge.yaml")
    config = replace(config, directory=replace(config.directory, csv=table))
    told = {}
    for text in (f"{line}\n", f"{line}\ndora,Dora Lang,dora@example.com\n"):
        table.write_text(text)
        told[text] = [each for each in _database(config) if each.about == "directory"]
    empty, filled = told.values()
    assert [each.level for each in empty] == ["warn"]
    assert "nobody is in it" in empty[0].words
    assert [each.level for each in filled] == ["ok"]
