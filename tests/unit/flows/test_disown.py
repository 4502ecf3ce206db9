"""Ending what somebody else began: for who holds the key of an unread link or the factor of a read one, nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.errors import LinkDead, LinkEnded, NotDisowned, WrongAnswer
from bridge.domain.reset import Cleanup, State
from bridge.domain.secret import Secret
from bridge.flows.disown import Disowned, disown, takes
from tests.fakes.kit import House, house, proof_of


def told(bridge: House) -> list[str]:
    """To whom the outbox has something to say, by kind."""
    with bridge.store.look() as work:
        return [f"{notice.kind} {notice.to}" for notice in work.outbox.due(bridge.clock.now(), 20)]


def test_security_is_told_in_the_site_s_own_language(bridge: House) -> None:
    """Not in the person's, and not in English at a site that speaks French."""
    bridge.ask()
    bridge.work()
    bridge.web = replace(bridge.web, language="fr")
    for _ in range(5):
        with pytest.raises(WrongAnswer):
            bridge.open(str((int(bridge.totp()) + 1) % 10**6).zfill(6))
    with bridge.store.look() as work:
        notices = work.outbox.due(bridge.clock.now(), 20)
    assert {one.language for one in notices if one.to == "security@example.com"} == {"fr"}


@pytest.fixture
def read(bridge: House) -> House:
    """A link that somebody has read, half a minute ago."""
    bridge.ask()
    bridge.work()
    bridge.open(bridge.totp())
    bridge.clock.move(seconds=60)
    return bridge


def test_with_the_factor_a_read_link_is_ended(read: House) -> None:
    """Revoked, to be spoiled on the host, security told, and that the password had been seen."""
    assert disown(read.attempt(read.totp()), read.web)
    reset = read.reset(read.mail.links[-1].reset_id)
    assert (reset.state, reset.cleanup) == (State.REVOKED, Cleanup.DUE)
    with read.store.look() as work:
        said = {notice.kind: notice for notice in work.outbox.due(read.clock.now(), 9)}["disowned"]
    assert (said.to, said.values["read"]) == ("security@example.com", "yes")
    with pytest.raises(LinkEnded) as ended:
        read.open(read.totp())
    assert ended.value.state == "revoked"


def test_with_a_proof_as_with_the_key(read: House) -> None:
    """A browser that keeps the key to itself ends the link as well."""
    attempt = read.attempt(read.totp())
    assert disown(replace(attempt, key=Secret(""), proof=proof_of(attempt)), read.web)


def test_wrong_answers_to_a_read_link_end_nothing_and_count_for_it_alone(read: House) -> None:
    """Whoever kept an old link can neither revoke, nor use up the person's tries, nor guess for ever."""
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(NotDisowned) as no:
            disown(read.attempt("000000"), read.web)
        assert no.value.left == left
    with pytest.raises(NotDisowned):
        disown(read.attempt(read.totp()), read.web)
    assert read.reset(read.mail.links[-1].reset_id).state is State.REVEALED
    assert [line for line in told(read) if "security" in line] == ["link_shut security@example.com"]
    read.ask()
    read.work(3)
    assert read.open(read.totp()).password


def test_what_cannot_be_checked_any_more_is_not_offered(tmp_path: Path) -> None:
    """Of app and release code the app alone; nothing where the link is unread, or after too many wrong codes."""
    with house(tmp_path) as read:
        read.ask()
        read.work()
        assert takes(read.attempt(""), read.web) == ()
        read.open(read.totp())
        assert takes(read.attempt(""), read.web) == ("totp",)
        for _ in range(5):
            with pytest.raises(NotDisowned):
                disown(read.attempt("000000"), read.web)
        assert takes(read.attempt(""), read.web) == ()


def test_who_has_nothing_is_offered_nothing(tmp_path: Path) -> None:
    """The release code went with the reveal: eight digits are no try, and no way in."""
    with house(tmp_path, enrolled=False) as read:
        code = read.ask().release_code
        read.work()
        assert code
        read.open(code)
        assert takes(read.attempt(""), read.web) == ()
        with pytest.raises(NotDisowned) as no:
            disown(read.attempt(code), read.web)
        assert no.value.left is None


def test_i5_at_the_limit_of_a_read_link_security_is_told_once(read: House) -> None:
    """From the address of the reveal, which is no alarm by itself: an office has one. Not before, and not again."""
    for _ in range(4):
        with pytest.raises(NotDisowned):
            disown(read.attempt("000000"), read.web)
    assert not [line for line in told(read) if "security" in line]
    for code in ("000000", "000000", read.totp()):
        with pytest.raises(NotDisowned) as no:
            disown(read.attempt(code), read.web)
        assert no.value.left == 0
        assert [line for line in told(read) if "security" in line] == ["link_shut security@example.com"]
    assert read.kinds(read.mail.links[-1].reset_id).count("link.shut") == 1


@pytest.mark.parametrize("answer", ["", "yes", "12345"])
def test_what_is_no_answer_is_not_counted(read: House, answer: str) -> None:
    """A scanner that presses the button of a read link changes nothing (I10)."""
    for _ in range(10):
        with pytest.raises(NotDisowned) as no:
            disown(read.attempt(answer), read.web)
        assert no.value.left is None
    assert disown(read.attempt(read.totp()), read.web)


def test_too_late_to_end_anything_security_is_still_told(read: House) -> None:
    """Somebody has logged on with it and chosen their own: nothing can be revoked, but it must not stay unsaid."""
    read.host.user_logs_on("JSMITH")
    read.work()
    assert read.reset(read.mail.links[-1].reset_id).state is State.COMPLETED
    assert disown(read.attempt(read.totp()), read.web) is Disowned.LATE
    assert "link.disowned" in read.kinds(read.mail.links[-1].reset_id)
    assert "disowned security@example.com" in told(read)
    for _ in range(25):
        read.clock.move(seconds=30)
        assert disown(read.attempt(read.totp()), read.web) is Disowned.LATE
    assert read.kinds(read.mail.links[-1].reset_id).count("link.disowned") == 20
    assert told(read).count("disowned security@example.com") == 1


def test_after_it_lapsed_security_is_told_as_well(read: House) -> None:
    """Somebody read it and never logged on; the next morning its person says that it was not they."""
    read.clock.move(hours=8)
    assert read.work()[0].state is State.LAPSED
    assert disown(read.attempt(read.totp()), read.web) is Disowned.LATE
    assert "disowned security@example.com" in told(read)


def test_without_the_key_nobody_is_locked_out(bridge: House) -> None:
    """The locator, a wrong key, a wrong proof, what the database holds: the link stays."""
    bridge.ask()
    bridge.work()
    attempt = bridge.attempt("")
    with bridge.store.look() as work:
        kept = work.links.of(bridge.mail.links[-1].reset_id)
    assert kept
    for wrong in (
        replace(attempt, key=Secret("0" * 32)), replace(attempt, key=Secret("")),
        replace(attempt, proof=Secret(kept.verifier.hex())), replace(attempt, proof=Secret("00" * 32)),
        replace(attempt, proof=Secret("")),
    ):  # fmt: skip
        with pytest.raises(LinkDead):
            disown(wrong, bridge.web)
    assert bridge.open(bridge.totp()).password


def test_a_link_that_is_over_is_not_ended_again(bridge: House) -> None:
    """It says so, and nothing that could be opened is left of it."""
    bridge.ask()
    bridge.work()
    disown(bridge.attempt(""), bridge.web)
    with bridge.store.look() as work:
        kept = work.links.of(bridge.mail.links[-1].reset_id)
    assert kept
    assert kept.ciphertext is None
    with pytest.raises(LinkEnded) as ended:
        disown(bridge.attempt(""), bridge.web)
    assert ended.value.state == "revoked"
