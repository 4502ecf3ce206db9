"""The reveal: once, with two factors, nothing spent by looking."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.errors import BadInput, BridgeError, LinkDead, LinkEnded, VaultLocked, WrongAnswer
from bridge.domain.link import KEY_BYTES, Closed, unbase32
from bridge.domain.names import Userid
from bridge.domain.policy import Policy
from bridge.domain.reset import Cleanup, State
from bridge.domain.secret import Secret
from bridge.flows import sweep
from bridge.flows.disown import disown
from bridge.flows.holder import Attempt
from bridge.flows.look import look, standing
from bridge.flows.reveal import Shown, reveal
from bridge.ports import Notice
from connectors.vault import decrypt, inner_key
from tests.fakes.kit import House, house, proof_of


def test_i4_a_second_time_shows_nothing(bridge: House) -> None:
    """The same link and a right code again: already opened, and that is on record."""
    asked = bridge.ask()
    bridge.work()
    bridge.open(bridge.totp())
    with pytest.raises(LinkEnded) as ended:
        bridge.open(bridge.totp())
    assert ended.value.state == "opened"
    assert "link.used_again" in bridge.kinds(asked.reset.id)


def test_i4_of_many_at_once_one_gets_it(bridge: House) -> None:
    """Thirty-two right answers at the same time: one password, and nothing destroyed by the rest."""
    bridge.ask()
    bridge.work()
    attempt = bridge.attempt(bridge.totp())

    def once(_: int) -> Shown | BridgeError:
        try:
            return reveal(attempt, bridge.web)
        except BridgeError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(once, range(32)))
    assert sum(isinstance(outcome, Shown) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Shown | LinkEnded) for outcome in outcomes)


def test_i4_with_a_proof_the_inner_layer_comes_once(bridge: House) -> None:
    """The key stays in the browser: of proof and key, in whatever order and however often, one attempt is answered."""
    bridge.ask()
    bridge.work()
    attempt = bridge.attempt(bridge.totp())
    proving = replace(attempt, key=Secret(""), proof=proof_of(attempt))

    def once(number: int) -> Shown | BridgeError:
        try:
            return reveal(proving if number % 2 else attempt, bridge.web)
        except BridgeError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(once, range(32)))
    assert sum(isinstance(outcome, Shown) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Shown | LinkEnded) for outcome in outcomes)


def test_i2_what_a_proof_gets_takes_the_key_to_open(bridge: House) -> None:
    """The answer holds no password; with the link's key it is the one on the host (I3)."""
    bridge.ask()
    bridge.work()
    attempt = bridge.attempt(bridge.totp())
    shown = reveal(replace(attempt, key=Secret(""), proof=proof_of(attempt)), bridge.web)
    assert isinstance(shown.password, Closed)
    key = inner_key(unbase32(attempt.key.expose(), KEY_BYTES), attempt.locator)
    assert decrypt(key, shown.password.inner, shown.password.bound).decode() == bridge.host.passwords_ever_set[-1]


def test_i5_a_proof_is_judged_as_the_key_is(bridge: House) -> None:
    """Wrong answers count, over both together; a wrong proof counts for nobody; what the database holds is none."""
    asked = bridge.ask()
    bridge.work()
    attempt = bridge.attempt("000000")
    proving = replace(attempt, key=Secret(""), proof=proof_of(attempt))
    with bridge.store.look() as work:
        kept = work.links.of(asked.reset.id)
    assert kept
    for proof in ("", "00" * 32, kept.verifier.hex(), attempt.key.expose()):
        with pytest.raises(LinkDead):
            reveal(replace(proving, proof=Secret(proof)), bridge.web)
    for left, wrong in zip((4, 3, 2, 1, 0), (attempt, proving) * 3, strict=False):
        with pytest.raises(WrongAnswer) as no:
            reveal(wrong, bridge.web)
        assert no.value.left == left
    with pytest.raises(LinkEnded):
        reveal(replace(proving, answer=Secret(bridge.totp())), bridge.web)


def test_who_holds_the_key_sees_how_the_link_stands(bridge: House) -> None:
    """Until when, and each opening with time, address and browser; nobody else does, and nothing is spent."""
    bridge.ask()
    bridge.work()
    attempt = bridge.attempt("")
    look(attempt.locator, "192.0.2.1", "scanner", bridge.web)
    bridge.clock.move(minutes=5)
    look(attempt.locator.lower(), "192.0.2.2", "Mozilla/5.0", bridge.web)
    for holder in (attempt, replace(attempt, key=Secret(""), proof=proof_of(attempt))):
        seen = standing(holder, bridge.web)
        assert seen.expires_at == bridge.reset(bridge.mail.links[-1].reset_id).expires_at
        assert [(opening.source, opening.agent) for opening in seen.openings] == [
            ("192.0.2.1", "scanner"), ("192.0.2.2", "Mozilla/5.0"),
        ]  # fmt: skip
        assert seen.openings[1].at - seen.openings[0].at == timedelta(minutes=5)
    for stranger in (replace(attempt, key=Secret("0" * 32)), replace(attempt, locator="Z" * 26)):
        with pytest.raises(LinkDead):
            standing(stranger, bridge.web)
    assert bridge.open(bridge.totp()).password
    with pytest.raises(LinkEnded):
        standing(attempt, bridge.web)


def test_i5_wrong_answers_destroy_at_the_limit_and_tell(bridge: House) -> None:
    """The fifth wrong code revokes, erases, makes the host's password due to be spoiled, and tells security."""
    asked = bridge.ask()
    bridge.work()
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongAnswer) as wrong:
            bridge.open("000000")
        assert wrong.value.left == left
    reset = bridge.reset(asked.reset.id)
    assert (reset.state, reset.cleanup) == (State.REVOKED, Cleanup.DUE)
    with pytest.raises(LinkEnded):
        bridge.open(asked.release_code)
    with bridge.store.look() as work:
        told = work.outbox.due(bridge.clock.now(), 10)
        assert work.links.of(asked.reset.id).ciphertext is None
    assert "security@example.com" in {notice.to for notice in told}


def test_one_below_the_limit_still_opens(bridge: House) -> None:
    """A wrong factor never consumes: four wrong, then right."""
    bridge.ask()
    bridge.work()
    for _ in range(4):
        with pytest.raises(WrongAnswer):
            bridge.open("000000")
    assert bridge.open(bridge.totp()).password


def test_a_new_link_does_not_give_tries_back(bridge: House) -> None:
    """Four wrong on one link, one on the next: the person's limit is reached."""
    bridge.ask()
    bridge.work()
    for _ in range(4):
        with pytest.raises(WrongAnswer):
            bridge.open("000000")
    newer = bridge.ask()
    bridge.work(3)
    with pytest.raises(WrongAnswer) as wrong:
        bridge.open("000000")
    assert wrong.value.left == 0
    assert bridge.reset(newer.reset.id).state is State.REVOKED


def test_i10_what_is_no_code_is_no_attempt(bridge: House) -> None:
    """A scanner that fills the form with anything uses nothing up."""
    asked = bridge.ask()
    bridge.work()
    for junk in ("", "test", "foo@example.com", "12345", "x" * 500) * 4:
        with pytest.raises(BadInput):
            bridge.open(junk)
    assert "factor.wrong" not in bridge.kinds(asked.reset.id)
    assert bridge.open(bridge.totp()).password


def test_i10_without_the_key_nothing_counts(bridge: House) -> None:
    """A wrong key looks like an unknown link and uses nothing up."""
    asked = bridge.ask()
    bridge.work()
    for _ in range(20):
        with pytest.raises(LinkDead):
            reveal(bridge.attempt("000000", key="0" * 32), bridge.web)
    stranger = Attempt(locator="0" * 26, key=bridge.attempt("1").key, answer=bridge.attempt("000000").answer,
                       source="x", agent="x")  # fmt: skip
    with pytest.raises(LinkDead):
        reveal(stranger, bridge.web)
    assert bridge.open(asked.release_code).password


def test_looking_is_on_record_and_spends_nothing(bridge: House) -> None:
    """Opening the page any number of times leaves the link as it was."""
    asked = bridge.ask()
    bridge.work()
    locator = bridge.attempt("1").locator
    for _ in range(5):
        look(locator, "192.0.2.1", "scanner", bridge.web)
    look("Z" * 26, "192.0.2.1", "scanner", bridge.web)
    assert bridge.kinds(asked.reset.id).count("link.opened") == 5
    assert bridge.open(bridge.totp()).password


def test_a_totp_code_is_taken_once_over_all_links(bridge: House) -> None:
    """The code that opened one link does not open another within its step."""
    bridge.ask("JSMITH")
    bridge.ask("MJONES")
    bridge.work(2)
    code = bridge.totp()
    bridge.open(code, mail=0)
    with pytest.raises(WrongAnswer):
        bridge.open(code, mail=1)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, False)])
def test_the_totp_window_is_this_step_and_the_last(bridge: House, steps: int, right: bool) -> None:
    """A code from the current or the previous half minute is right, none else."""
    bridge.ask()
    bridge.work()
    if right:
        assert bridge.open(bridge.totp(steps)).password
    else:
        with pytest.raises(WrongAnswer):
            bridge.open(bridge.totp(steps))


def test_the_release_code_ends_with_its_time(bridge: House) -> None:
    """Ten minutes after the mail the code from the telephone is wrong; the app's still opens."""
    asked = bridge.ask()
    bridge.work()
    bridge.clock.move(minutes=10)
    with pytest.raises(WrongAnswer):
        bridge.open(asked.release_code)
    assert bridge.open(bridge.totp()).password


def test_a_link_ends_to_the_second(bridge: House) -> None:
    """At 24 h less a second it opens; at 24 h it has expired, swept or not."""
    bridge.ask()
    bridge.work()
    bridge.clock.move(hours=24)
    with pytest.raises(LinkEnded) as ended:
        bridge.open(bridge.totp())
    assert ended.value.state == "expired"


def test_expired_links_are_swept_and_spoiled(bridge: House) -> None:
    """Nobody asks for it: the sealed form goes, the record says so, and the host's password is overwritten."""
    asked = bridge.ask()
    bridge.work()
    bridge.clock.move(hours=24)
    assert sweep.expire(bridge.web) == 1
    with bridge.store.look() as work:
        assert work.links.of(asked.reset.id).ciphertext is None
    assert bridge.work()[0].cleanup is Cleanup.DONE
    assert bridge.kinds(asked.reset.id)[-2:] == ["reset.expired", "host.spoiled"]
    assert len(bridge.host.passwords_ever_set) == 2


def test_used_becomes_completed(bridge: House) -> None:
    """The host shows a password of the user's own: completed, nothing owed."""
    asked = bridge.ask()
    bridge.work()
    bridge.open(bridge.totp())
    bridge.clock.move(seconds=6)
    assert bridge.work()[0].state is State.REVEALED
    bridge.host.user_logs_on("JSMITH")
    bridge.clock.move(minutes=6)
    after = bridge.work()[0]
    assert (after.state, after.cleanup) == (State.COMPLETED, Cleanup.NONE)
    assert bridge.host.accounts[Userid("JSMITH")].password == "THEIROWN"
    assert bridge.kinds(asked.reset.id)[-1] == "reset.completed"


def test_unused_lapses_and_is_spoiled(bridge: House) -> None:
    """Shown but not used in eight hours: lapsed, and made worthless."""
    bridge.ask()
    bridge.work()
    shown = bridge.open(bridge.totp())
    bridge.clock.move(hours=8)
    assert bridge.work()[0].state is State.LAPSED
    assert bridge.work()[0].cleanup is Cleanup.DONE
    assert bridge.host.accounts[Userid("JSMITH")].password != shown.password.expose()


def test_an_expired_reset_leaves_a_password_of_the_users_own_alone(bridge: House) -> None:
    """Somebody changed the password since, so nothing of ours is left to spoil."""
    bridge.ask()
    bridge.work()
    bridge.host.user_logs_on("JSMITH")
    bridge.clock.move(hours=24)
    sweep.expire(bridge.web)
    assert bridge.work()[0].cleanup is Cleanup.DONE
    assert bridge.host.accounts[Userid("JSMITH")].password == "THEIROWN"


def test_this_was_not_me_ends_an_unread_link(bridge: House) -> None:
    """Whoever holds the key can end it without a factor; it is spoiled and security is told."""
    asked = bridge.ask()
    bridge.work()
    disown(bridge.attempt(""), bridge.web)
    reset = bridge.reset(asked.reset.id)
    assert (reset.state, reset.cleanup) == (State.REVOKED, Cleanup.DUE)


def test_this_was_not_me_after_reading_needs_the_visit(bridge: House) -> None:
    """A read link is ended only by the page that read it; then even a password chosen since is overwritten."""
    asked = bridge.ask()
    bridge.work()
    shown = bridge.open(bridge.totp())
    with pytest.raises(LinkEnded):
        disown(bridge.attempt(""), bridge.web, visit="x$y")
    bridge.host.user_logs_on("JSMITH")
    disown(bridge.attempt(""), bridge.web, visit=shown.visit)
    assert bridge.reset(asked.reset.id).state is State.REVOKED
    bridge.work()
    assert bridge.host.accounts[Userid("JSMITH")].password != "THEIROWN"


def test_a_failing_record_shows_nothing(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """No record, no act: if the audit cannot be written, the link stays as it was."""
    bridge.ask()
    bridge.work()
    from connectors.store.audit import SqlAudit

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SqlAudit, "append", full)
        with pytest.raises(OSError, match="no space"):
            bridge.open(bridge.totp())
    assert bridge.open(bridge.totp()).password


def test_a_link_used_again_from_elsewhere_is_told_once(bridge: House) -> None:
    """From the reveal's own address it is on record; from another, security hears of both addresses, once."""
    asked = bridge.ask()
    bridge.work()
    bridge.open(bridge.totp())
    attempt = bridge.attempt(bridge.totp())
    for source in (attempt.source, "203.0.113.5", "203.0.113.6"):
        with pytest.raises(LinkEnded):
            reveal(replace(attempt, source=source), bridge.web)
    assert bridge.kinds(asked.reset.id).count("link.used_again") == 3
    (told,) = [notice for notice in notices(bridge) if notice.kind == "link_elsewhere"]
    assert (told.to, told.values["first"], told.values["source"]) == (
        "security@example.com", attempt.source, "203.0.113.5"
    )  # fmt: skip


def test_what_was_tampered_with_shows_nothing_and_is_told(bridge: House) -> None:
    """A row that names another key: no password, an alarm, nothing used up; put right, it opens."""
    asked = bridge.ask()
    bridge.work()
    with bridge.store.work() as work:
        own = work.links.of(asked.reset.id)
        assert own is not None
        work.links.put(replace(own, key_id="0badcafe"))
    for _ in range(2):
        with pytest.raises(VaultLocked):
            bridge.open(bridge.totp())
    assert bridge.kinds(asked.reset.id).count("link.damaged") == 2
    assert [notice.kind for notice in notices(bridge)].count("link_damaged") == 1
    with bridge.store.work() as work:
        work.links.put(own)
    assert bridge.open(bridge.totp()).password == Secret(bridge.host.passwords_ever_set[-1])


def test_a_clock_set_back_gives_a_link_no_longer_life(tmp_path: Path) -> None:
    """Neither to be opened nor to be left lying: what counts is the time that has passed."""
    with house(tmp_path, policy=Policy(link_ttl=timedelta(hours=2))) as bridge:
        asked = bridge.ask()
        bridge.work()
        bridge.clock.move(minutes=119)
        bridge.clock.put_back(hours=1)
        assert sweep.expire(bridge.web) == 0
        bridge.clock.move(minutes=2)
        with pytest.raises(LinkEnded) as ended:
            bridge.open(bridge.totp())
        assert ended.value.state == "expired"
        assert sweep.expire(bridge.web) == 1
        assert bridge.reset(asked.reset.id).state is State.EXPIRED


def notices(bridge: House) -> list[Notice]:
    """What waits in the outbox."""
    with bridge.store.look() as work:
        return work.outbox.due(bridge.clock.now(), 50)
