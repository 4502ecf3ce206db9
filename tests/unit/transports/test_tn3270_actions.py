"""What is said to s3270, and which characters a code page holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.errors import BadInput, ConfigFault
from bridge.domain.secret import Line, Secret
from connectors.hosts.transports.actions import as_string_action, check_names, connect_action, wait_for
from connectors.hosts.transports.charset import OTHERS, PAGES, characters, page_number


def what_s3270_types(action: str) -> str:
    """The text behind a String() action: the parser leaves \\u alone, String() reads four hex digits behind it."""
    inner = re.fullmatch(r'String\("([^"\\]|\\u[0-9a-f]{4})*"\)', action)
    assert inner, action
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), action[len('String("') : -2])


@given(st.text(sorted(characters("1047"))))
def test_any_text_survives_the_quoting(text: str) -> None:
    """Whatever the page holds comes out as it went in, and no quote or backslash stands bare."""
    assert what_s3270_types(as_string_action(Line(Secret(text)), "1047")) == text


@given(st.text(st.characters(blacklist_categories=["Cs"])).filter(lambda text: not set(text) <= characters("1047")))
def test_what_the_page_lacks_is_refused(text: str) -> None:
    """A single character outside the page, control characters among them, refuses the whole line, without naming it."""
    with pytest.raises(BadInput) as refused:
        as_string_action(Line(text), "1047")

    assert str(refused.value) == "line to type: only printable characters of code page 1047 are expected"


@pytest.mark.parametrize("page", [*PAGES, *OTHERS])
def test_every_page_holds_what_a_command_needs(page: str) -> None:
    """Letters, digits and the punctuation of TSO commands are in every page; control characters in none."""
    held = characters(page)

    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ()'.,:;-+*/=_%&<>?") <= held
    assert all(each.isprintable() for each in held - {"\xad"})


def test_the_euro_takes_the_place_of_the_currency_sign() -> None:
    """1140 to 1149 are the older pages with one character exchanged."""
    assert ("€" in characters("1140"), "¤" in characters("1140")) == (True, False)
    assert ("€" in characters("1047"), "¤" in characters("1047")) == (False, True)


@pytest.mark.parametrize(
    ("written", "number"), [("37", "037"), ("cp037", "037"), ("IBM-1047", "1047"), ("1047", "1047")]
)
def test_a_page_may_be_written_in_several_ways(written: str, number: str) -> None:
    """s3270 gets one of them."""
    assert page_number(written) == number


def test_an_unknown_page_is_a_fault_of_the_configuration() -> None:
    """s3270 would warn on stderr and take another page."""
    with pytest.raises(ConfigFault, match="known are"):
        characters("9999")


@pytest.mark.parametrize(
    ("address", "tls", "lu", "action"),
    [
        ("192.0.2.1", True, (), 'Connect("C:L:192.0.2.1:992")'),
        ("192.0.2.1", False, (), 'Connect("C:192.0.2.1:992")'),
        ("2001:db8::1", True, ("RSTB01", "RSTB02"), 'Connect("C:L:RSTB01,RSTB02@[2001:db8::1]:992")'),
    ],
)
def test_connect_names_one_address(address: str, tls: bool, lu: tuple[str, ...], action: str) -> None:
    """TLS from the first byte, LU names in order, IPv6 in brackets."""
    assert connect_action(address, 992, tls=tls, lu=lu) == action


def test_every_fault_of_the_names_is_listed() -> None:
    """One error for all of them, each with its place."""
    with pytest.raises(ConfigFault) as fault:
        check_names("PRODA", "y:zos", ("LU@1", "GOOD", "TOOLONG99"), "any")

    assert [each.partition(":")[0] for each in fault.value.faults] == [
        "systems.PRODA.transport.host", "systems.PRODA.transport.lu", "systems.PRODA.transport.lu",
        "systems.PRODA.transport.tls.name",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "action"), [(2, "Wait(2.000,Unlock)"), (0, "Wait(0.001,Unlock)"), (0.25, "Wait(0.250,Unlock)")]
)
def test_a_wait_is_never_without_end(seconds: float, action: str) -> None:
    """A limit that has run out waits a thousandth: without a number s3270 would wait for ever."""
    assert wait_for("Unlock", seconds) == action
