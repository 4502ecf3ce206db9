"""`view` of a policy: two words, and a note where one telephone would hold too much."""

from __future__ import annotations

from collections.abc import Callable

from bridge.config.model import Config
from tests.unit.config.conftest import GOOD

Reading = Callable[[str], Config]

GATEWAY = "gateway: {{url: 'https://sms.example.com/', body: '{{phone}} {{text}}', format: form}}\n"
POLICY = GATEWAY + "policies:\n  standard: {{view: {view}, factors: [{factors}]}}\n"


def test_the_page_is_the_default(config: Reading) -> None:
    """Nothing is handed over as a file unless the policy says so."""
    assert config(GOOD).policies["standard"].view == "page"


def test_a_telephone_that_holds_code_and_digits_is_named(config: Reading) -> None:
    """As is such a mailbox; allowed both, and nothing is said beside an app."""
    for factors, said in (("phone", ["telephone"]), ("mail, totp", ["mailbox"]), ("totp, passkey", [])):
        notes = config(GOOD + POLICY.format(view="keepass", factors=factors)).notes
        assert [word for word in ("telephone", "mailbox") if f"one {word} may then hold" in "".join(notes)] == said
    assert not config(GOOD + POLICY.format(view="page", factors="phone")).notes


def test_another_word_is_refused(faults: Callable[[str], list[str]]) -> None:
    """With what is expected."""
    (said,) = faults(GOOD + POLICY.format(view="pdf", factors="totp"))
    assert "policies.standard.view: page, keepass" in said.replace(" or ", ", ")
