"""A link that may leave encrypted alone: asked before the host is touched, and on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.domain.errors import MailRefused, NoMailKey
from bridge.domain.failure import Reason
from bridge.domain.policy import Policy
from bridge.domain.reset import Cleanup, State
from bridge.ports import Wrapping
from tests.fakes.kit import house


@pytest.mark.parametrize("delivery", ["sealed", "armed"])
def test_without_a_key_that_is_demanded_nothing_is_asked_of_the_host(tmp_path: Path, delivery: str) -> None:
    """The reset fails with a reason of its own, which says what is wrong with the key."""
    with house(tmp_path, policy=Policy(delivery=delivery)) as bridge:
        bridge.ask()
        bridge.mail.no_key = "the certificate ended on 2026-01-01"
        (after,) = bridge.work()
        assert (after.state, after.failure, after.cleanup) == (State.FAILED, Reason.NO_MAIL_KEY, Cleanup.NONE)
        assert "ended on 2026-01-01" in (after.failure_text or "")
        assert not bridge.host.calls
        assert not bridge.mail.links


def test_an_address_that_no_mail_can_be_sent_to_costs_nobody_their_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends as a refused mail does, with the host as it was."""

    def refused(to: str) -> Wrapping:
        raise MailRefused(f"{to} is not one that mail can be sent to")

    with house(tmp_path) as bridge:
        bridge.ask()
        monkeypatch.setattr(bridge.mail, "wrapping", refused)
        (after,) = bridge.work()
        assert (after.state, after.failure, after.cleanup) == (State.FAILED, Reason.MAIL_REFUSED, Cleanup.NONE)
        assert not bridge.host.calls


def test_a_key_that_is_taken_away_meanwhile_fails_it_all_the_same(tmp_path: Path) -> None:
    """The host has a new password by then, so that it owes a clean-up; no link leaves in clear."""
    with house(tmp_path) as bridge:
        bridge.ask()
        bridge.mail.sending = [NoMailKey("there is no key on file for the address")]
        (after,) = bridge.work()
        assert (after.state, after.failure, after.cleanup) == (State.FAILED, Reason.NO_MAIL_KEY, Cleanup.DUE)
        assert not bridge.mail.links


@pytest.mark.parametrize("delivery", ["sealed", "armed"])
@pytest.mark.parametrize(
    ("how", "facts"),
    [
        (Wrapping(how="smime"), {"wrapped": "smime"}),
        (Wrapping(why_not="the certificate ended"), {"unwrapped": "the certificate ended"}),
        (Wrapping(), {}),
    ],
)
def test_how_a_link_left_is_on_record(tmp_path: Path, delivery: str, how: Wrapping, facts: dict[str, str]) -> None:
    """Encrypted, in clear although there is a key on file, or in clear as nobody has one."""
    with house(tmp_path, policy=Policy(delivery=delivery)) as bridge:
        bridge.mail.wraps = how
        asked = bridge.ask()
        bridge.work()
        (detail,) = (
            each.event.detail for each in bridge.records(asked.reset.id) if each.event.kind == "reset.published"
        )
        assert {name: value for name, value in detail.items() if "wrapped" in name} == facts
