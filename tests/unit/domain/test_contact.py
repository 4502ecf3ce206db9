"""Which mailbox an address is: bridge/domain/contact.py; what hangs on it is in flows/test_mail_code.py."""

from __future__ import annotations

import pytest

from bridge.domain.contact import tidy


@pytest.mark.parametrize(
    "other",
    [
        "jane@xn--bcher-kva.example",
        "Jane@XN--BCHER-KVA.example",
        "jane@bu\u0308cher.example",
        "jane@BÜCHER.example",
        "jane@bü\u00adcher.example",
        "jane@bücher\u3002example",
    ],
)
def test_a_domain_in_its_own_letters_is_the_one_that_mail_carries(other: str) -> None:
    """Its xn-- form leads to the same mailbox."""
    assert tidy(other) == tidy("jane@bücher.example")


@pytest.mark.parametrize("odd", ["jane@xn--.example", "jane@xn--\u00fc.example", "jane@xn--999999999.example", "@", ""])
def test_what_is_no_such_form_is_left_as_it_is(odd: str) -> None:
    """Nothing that a directory may hold makes it fail."""
    assert tidy(odd).rpartition("@")[0] == odd.rpartition("@")[0]
