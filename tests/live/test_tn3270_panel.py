"""The logon panel and its fields: filled in once, where nobody reads it, and what its coming back means."""

from __future__ import annotations

import time

import pytest

from bridge.domain.errors import HostUnreached, ServiceIdRejected
from tests.live.tn3270_host import BRIGHT, ENTER, HIDDEN, PF3, PLAIN, Key, ScriptedHost, Terminal, cursor, text
from tests.live.tn3270_panels import PAINTING, after_userid, panel
from tests.live.tn3270_wires import PASSWORD, opened, wire_to


@pytest.mark.parametrize("more", [b"", text(12, 2, "Seclabel  ===>") + text(12, 22, "", PLAIN) + text(12, 31, "")])
def test_the_panel_is_filled_in_by_its_labels(more: bytes) -> None:
    """The password goes behind Password, wherever that is; Command is blanked; nothing else is touched."""
    seen: list[Key] = []

    def then(terminal: Terminal) -> None:
        seen.append(panel(terminal, extra=more))
        terminal.lines("IKJ56455I SVCRST1 LOGON IN PROGRESS AT 09:12:00 ON NOVEMBER 20, 2026", "READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(after_userid(then)) as host, opened(wire_to(host.port)):
        pass

    assert seen[0].aid == ENTER
    assert [field.strip() for field in seen[0].fields] == [PASSWORD, ""]


def test_a_panel_that_comes_in_two_writes_is_filled_in_once_it_is_there() -> None:
    """The first write frees the keyboard and has no fields yet; Command, in the second, is blanked all the same."""
    seen: list[Key] = []

    def then(terminal: Terminal) -> None:
        terminal.send(text(0, 20, "TSO/E LOGON") + text(3, 4, "Enter LOGON parameters below:"))
        time.sleep(PAINTING)
        terminal.send(text(9, 2, "Password  ===>") + text(9, 22, "", HIDDEN) + text(9, 31, ""), erase=False)
        terminal.send(text(17, 2, "Command   ===>") + text(17, 18, "ISPF", PLAIN) + text(17, 70, ""), erase=False)
        seen.append(terminal.key())
        terminal.lines("IKJ56455I SVCRST1 LOGON IN PROGRESS AT 09:12:00 ON NOVEMBER 20, 2026", "READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(after_userid(then)) as host, opened(wire_to(host.port)):
        pass

    assert seen[0].aid == ENTER
    assert [field.strip() for field in seen[0].fields] == [PASSWORD, ""]


def test_a_phrase_fits_into_a_field_of_two_rows() -> None:
    """The field of the pass phrase panel runs over the end of the row; it is measured, not guessed."""
    phrase = "correct horse 4 staples, battery " * 2 + "x"
    seen: list[Key] = []

    def then(terminal: Terminal) -> None:
        data = text(0, 20, "TSO/E LOGON") + text(3, 4, "Enter LOGON parameters below:")
        data += text(7, 2, "Password/phrase ===>") + text(7, 23, "", HIDDEN) + text(8, 45, "")
        terminal.send(data + cursor(7, 24))
        seen.append(terminal.key())
        terminal.lines("ICH70001I SVCRST1  LAST ACCESS AT 09:12:00 ON FRIDAY, NOVEMBER 20, 2026", "READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(after_userid(then)) as host, opened(wire_to(host.port, password=phrase)):
        pass

    assert seen[0].fields == [phrase]


@pytest.mark.parametrize("attribute", [PLAIN, BRIGHT])
def test_i1_the_password_is_not_typed_where_it_can_be_read(attribute: int) -> None:
    """A panel whose password field shows what is typed gets nothing but PF3."""
    seen: list[Key] = []

    with (
        ScriptedHost(after_userid(lambda terminal: seen.append(panel(terminal, attribute=attribute)))) as host,
        pytest.raises(HostUnreached, match="no hidden field"),
    ):
        wire_to(host.port).open()

    assert seen[0].aid == PF3
    assert all(PASSWORD not in field for field in seen[0].fields)


def test_i1_a_password_that_does_not_fit_is_not_typed() -> None:
    """Longer than the field, its end would run into the next one."""
    seen: list[Key] = []

    with (
        ScriptedHost(after_userid(lambda terminal: seen.append(panel(terminal, length=8)))) as host,
        pytest.raises(ServiceIdRejected, match="8 characters"),
    ):
        wire_to(host.port, password="A-PASS-PHRASE-OF-27-LETTERS").open()

    assert seen[0].aid == PF3
    assert not seen[0].text


def test_i1_a_line_prompt_that_echoes_gets_no_password() -> None:
    """ENTER PASSWORD with an input field that can be read is not answered."""
    keys: list[Key] = []

    def then(terminal: Terminal) -> None:
        terminal.lines("IKJ56714A ENTER CURRENT PASSWORD FOR SVCRST1-")
        while True:
            keys.append(terminal.key())

    with ScriptedHost(after_userid(then)) as host, pytest.raises(HostUnreached, match="not known"):
        wire_to(host.port).open()

    assert all(PASSWORD not in key.text for key in keys)


@pytest.mark.parametrize("message", ["IKJ56421I password not authorized for userid", "Something that nobody knows", ""])
def test_the_panel_coming_back_means_no(message: str) -> None:
    """Whatever stands on it, or nothing: the password is not typed a second time."""
    keys: list[Key] = []

    def then(terminal: Terminal) -> None:
        keys.append(panel(terminal))
        keys.append(panel(terminal, *([message] if message else [])))

    with (
        ScriptedHost(after_userid(then)) as host,
        pytest.raises(ServiceIdRejected) as refused,
    ):
        wire_to(host.port).open()

    assert message in str(refused.value)
    assert [key.aid for key in keys] == [ENTER, PF3]
    assert PASSWORD not in keys[1].text


def test_a_password_asked_ahead_of_the_panel_is_typed_once() -> None:
    """PASSWORDPREPROMPT(ON): the panel behind the prompt is passed with ENTER alone."""
    keys: list[Key] = []

    def then(terminal: Terminal) -> None:
        terminal.lines("IKJ56476I ENTER PASSWORD -", hidden=True)
        keys.append(terminal.key(ENTER))
        keys.append(panel(terminal))
        terminal.more("ICH70001I SVCRST1  LAST ACCESS AT 09:12:00 ON FRIDAY, NOVEMBER 20, 2026")
        terminal.lines("READY")
        for _ in range(2):
            terminal.typed()
            terminal.ready()
        terminal.log_off()

    with ScriptedHost(after_userid(then)) as host, opened(wire_to(host.port)):
        pass

    assert PASSWORD in keys[0].text
    assert PASSWORD not in keys[1].text
