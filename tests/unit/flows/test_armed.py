"""Armed delivery: the link goes out first, and the host is changed when its holder has passed the factor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.errors import BridgeError, LinkDead, LinkEnded, NotYet, Overtaken, TicketLapsed, WrongAnswer
from bridge.domain.failure import Reason
from bridge.domain.link import Closed
from bridge.domain.names import Account, Userid
from bridge.domain.outcome import Profile, Standing
from bridge.domain.policy import Caller, Policy, Role
from bridge.domain.reset import Cleanup, State
from bridge.domain.secret import Secret
from bridge.flows import decide, sweep
from bridge.flows.change import change
from bridge.flows.collect import collect, progress
from bridge.flows.handover import Shown, Step, Waiting
from bridge.flows.reveal import reveal
from bridge.flows.take import take
from tests.fakes.host import FakeHost, Killed
from tests.fakes.kit import House, house, proof_of
from tests.unit.flows.armed import ARMED, fetch, fetched, linked, notices, step


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, policy=ARMED) as made:
        yield made


# --- the way ----------------------------------------------------------------------------------------


def test_nothing_changes_on_the_host_before_the_factor_is_passed(bridge: House) -> None:
    """The link is mailed; the host was only asked; what the mail leads to says when it ends."""
    reset = bridge.reset(linked(bridge))
    assert bridge.host.passwords_ever_set == []
    assert bridge.host.calls == ["session", "profile"]
    assert (reset.touched, reset.cleanup) == (False, Cleanup.NONE)
    assert bridge.mail.links[-1].armed
    with pytest.raises(WrongAnswer):
        bridge.let_in("000000")
    assert bridge.work() == []
    assert bridge.host.passwords_ever_set == []


def test_i3_the_factor_has_the_host_changed_and_shows_what_was_set(bridge: House) -> None:
    """Passed, changed, read back, shown; the steps are told on the way, and the record has each of them."""
    reset_id = linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    assert waiting.step is step(bridge, waiting.ticket) is Step.WAITING
    assert isinstance(fetch(bridge, waiting.ticket), Waiting)
    seen: list[Step] = []
    bridge.host.before_change = lambda: seen.append(step(bridge, waiting.ticket))
    (after,) = bridge.work()
    assert seen == [Step.SETTING]
    assert (after.state, after.touched, step(bridge, waiting.ticket)) == (State.PUBLISHED, True, Step.READY)
    shown = fetched(bridge, waiting.ticket)
    assert shown.password == Secret(bridge.host.accounts[Userid("JSMITH")].password)
    assert bridge.kinds(reset_id) == [
        "reset.requested", "reset.queued", "reset.changing", "reset.published", "reset.queued", "reset.changing",
        "host.change", "reset.published", "reset.revealed",
    ]  # fmt: skip
    bridge.host.user_logs_on("JSMITH")
    bridge.clock.move(seconds=6)
    assert bridge.work()[0].state is State.COMPLETED


def test_i2_with_a_proof_the_key_stays_where_it_is(bridge: House) -> None:
    """What comes back takes the link's key to open; the ticket is worth nothing without a proof or the key."""
    linked(bridge)
    attempt = bridge.attempt(bridge.totp())
    proving = replace(attempt, key=Secret(""), proof=proof_of(attempt))
    waiting = reveal(proving, bridge.web)
    assert isinstance(waiting, Waiting)
    bridge.work()
    with pytest.raises(LinkDead):
        collect(replace(proving, proof=Secret("00" * 32)), waiting.ticket, bridge.web)
    shown = collect(proving, waiting.ticket, bridge.web)
    assert isinstance(shown, Shown)
    assert isinstance(shown.password, Closed)
    assert shown.password.armed


def test_i4_of_many_who_collect_one_gets_it(bridge: House) -> None:
    """Thirty-two requests with the same ticket, and with a fresh factor: one password."""
    linked(bridge)
    waiting = bridge.let_in(bridge.totp(-1))
    bridge.work()
    code = bridge.totp()

    def once(number: int) -> Shown | Waiting | BridgeError:
        try:
            return fetch(bridge, waiting.ticket) if number % 2 else reveal(bridge.attempt(code), bridge.web)
        except BridgeError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(once, range(32)))
    assert sum(isinstance(outcome, Shown) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Shown | LinkEnded) for outcome in outcomes)


def test_two_people_racing_change_the_host_once(bridge: House) -> None:
    """Both with the link and a right code: one is let in, the other is told to come back, and nothing is counted."""
    reset_id = linked(bridge)
    attempt, code = bridge.attempt(bridge.totp()), bridge.totp(-1)

    def once(number: int) -> Waiting | Shown | BridgeError:
        try:
            return reveal(replace(attempt, answer=Secret(code)) if number % 2 else attempt, bridge.web)
        except BridgeError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(once, range(16)))
    assert sum(isinstance(outcome, Waiting) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Waiting | NotYet) for outcome in outcomes)
    assert "factor.wrong" not in bridge.kinds(reset_id)
    assert "link.used_again" not in bridge.kinds(reset_id)
    bridge.work(3)
    assert len(bridge.host.passwords_ever_set) == 1


def test_a_ticket_is_nobody_elses(bridge: House) -> None:
    """Another link's ticket, and any other text, lead nowhere; with the factor the holder of the key comes in again."""
    linked(bridge)
    bridge.ask("MJONES")
    bridge.work(2)
    mine, other = bridge.let_in(bridge.totp(-1), mail=0), bridge.let_in(bridge.totp(), mail=1)
    bridge.work(2)
    for wrong in (other.ticket, Secret("0" * 26), Secret("")):
        with pytest.raises(TicketLapsed):
            collect(bridge.attempt("", mail=0), wrong, bridge.web)
        with pytest.raises(TicketLapsed):
            progress(bridge.attempt("", mail=0), wrong, bridge.web)
    assert isinstance(collect(bridge.attempt("", mail=0), mine.ticket, bridge.web), Shown)
    bridge.clock.move(seconds=60)
    assert bridge.open(bridge.totp(), mail=1).userid == "MJONES"


def test_who_waits_comes_before_what_was_queued_earlier(bridge: House) -> None:
    """A bulk of resets is in the queue; the person at the page is next."""
    linked(bridge)
    bridge.clock.move(seconds=1)
    bridge.ask("MJONES")
    bridge.let_in(bridge.totp())
    assert bridge.work()[0].userid == "JSMITH"


# --- the host is away, or says no -------------------------------------------------------------------


def test_a_host_that_is_away_leaves_everything_as_it_was(bridge: House) -> None:
    """Tried for as long as somebody looks; then the link is as good as before, and the ticket tries again."""
    reset_id = linked(bridge)
    ends = bridge.reset(reset_id).expires_at
    waiting = bridge.let_in(bridge.totp())
    bridge.host.faults = ["session:unreached"] * 20
    for _ in range(20):
        bridge.work()
        bridge.clock.move(seconds=2)
    away = bridge.reset(reset_id)
    assert (away.state, away.touched, away.expires_at, away.cleanup) == (State.PUBLISHED, False, ends, Cleanup.NONE)
    assert step(bridge, waiting.ticket) is Step.AWAY
    bridge.host.faults = []
    assert bridge.work() == []
    again = fetch(bridge, waiting.ticket, again=True)
    assert isinstance(again, Waiting)
    bridge.work()
    assert fetched(bridge, waiting.ticket).password == Secret(bridge.host.passwords_ever_set[-1])


def test_who_wants_it_tried_again_waits_as_long_as_at_first(bridge: House) -> None:
    """A host that has just failed is left alone for a moment: one look at once would find it away, whatever it is."""
    reset_id = linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.clock.move(seconds=30)
    bridge.host.faults = ["session:unreached"]
    bridge.work()
    assert step(bridge, waiting.ticket) is Step.AWAY
    bridge.host.faults = ["session:unreached"]
    bridge.clock.move(seconds=5)
    again = fetch(bridge, waiting.ticket, again=True)
    bridge.work()
    assert bridge.reset(reset_id).state is State.QUEUED
    bridge.clock.move(seconds=3)
    bridge.work()
    assert getattr(again, "until", None) == waiting.until
    assert fetched(bridge, waiting.ticket).password


def test_after_the_ticket_the_factor_opens_again(bridge: House) -> None:
    """The host was away for as long as the ticket: the code is asked for once more, and then it works."""
    linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.host.faults = ["session:unreached"]
    bridge.clock.move(seconds=30)
    bridge.work()
    bridge.clock.move(minutes=9, seconds=30)
    with pytest.raises(TicketLapsed):
        fetch(bridge, waiting.ticket, again=True)
    later = bridge.let_in(bridge.totp())
    bridge.work()
    assert fetched(bridge, later.ticket).password


def test_a_service_id_that_is_refused_is_not_the_persons_fault(bridge: House) -> None:
    """Nothing was typed for them: the link stays, and the operator reads why."""
    reset_id = linked(bridge)
    bridge.let_in(bridge.totp())
    bridge.host.faults = ["session:service_id"]
    (after,) = bridge.work()
    assert (after.state, after.touched) == (State.PUBLISHED, False)
    assert bridge.records(reset_id)[-1].event.detail["why"] == "service_id_rejected"


@pytest.mark.parametrize("reason", [Reason.PASSWORD_REJECTED, Reason.NOT_AUTHORIZED])
def test_a_host_that_refuses_ends_it_and_nothing_is_owed(bridge: House, reason: Reason) -> None:
    """By its rules or its authority: failed in words, the password is the old one, the user hears of it."""
    reset_id = linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.host.faults = [f"change-before:{reason}"]
    (after,) = bridge.work()
    assert (after.state, after.failure, after.cleanup) == (State.FAILED, reason, Cleanup.NONE)
    for look in (lambda: fetch(bridge, waiting.ticket), lambda: step(bridge, waiting.ticket)):
        with pytest.raises(LinkEnded) as ended:
            look()
        assert ended.value.state == "failed"
    assert bridge.host.accounts[Userid("JSMITH")].password == "OLD"
    assert [notice.kind for notice in notices(bridge)] == ["change_failed"]
    assert "link.used_again" in bridge.kinds(reset_id)


def test_who_became_privileged_meanwhile_is_not_reset(bridge: House) -> None:
    """The host is asked again before anything is typed: what was allowed yesterday may not be today."""
    linked(bridge)
    bridge.let_in(bridge.totp())
    bridge.host.accounts[Userid("JSMITH")].profile = Profile(
        userid=Userid("JSMITH"), standing=Standing.ACTIVE, privileged=("SPECIAL",)
    )
    (after,) = bridge.work()
    assert (after.state, after.failure) == (State.FAILED, Reason.PRIVILEGED_USER)
    assert bridge.host.passwords_ever_set == []


def test_i7_a_lost_answer_begins_anew_while_the_person_waits(bridge: House) -> None:
    """The host may have either password: set again, read back, and that one is shown."""
    linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.host.faults = ["change-after:lost"]
    (lost,) = bridge.work()
    assert (lost.state, lost.touched, step(bridge, waiting.ticket)) == (State.QUEUED, True, Step.SETTING)
    bridge.clock.move(seconds=6)
    bridge.work()
    assert fetched(bridge, waiting.ticket).password == Secret(bridge.host.passwords_ever_set[-1])
    assert len(bridge.host.passwords_ever_set) == 2


def test_i11_an_ignored_flag_is_never_shown(bridge: House) -> None:
    """Failed, spoiled, and the page says that it could not be set."""
    linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.host.ignore_flag = True
    (after,) = bridge.work()
    assert (after.failure, after.cleanup) == (Reason.FIRST_USE_IGNORED, Cleanup.DUE)
    with pytest.raises(LinkEnded):
        fetch(bridge, waiting.ticket)


# --- nobody collects, somebody revokes, time runs out -----------------------------------------------


@pytest.mark.parametrize("call", ["session", "profile", "change-before", "change-after"])
def test_i7_killed_at_any_point_of_the_change(bridge: House, call: str) -> None:
    """The worker is gone before, in and after the command: taken up again, and only what was set last is shown."""
    linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.host.faults = [f"{call}:killed"]
    job = take(bridge.host.name, bridge.worker)
    assert job
    with pytest.raises(Killed):
        change(job, bridge.host, bridge.worker)
    assert sweep.reclaim(bridge.web) == 0
    bridge.clock.move(minutes=4)
    assert sweep.reclaim(bridge.web) == 1
    bridge.clock.move(seconds=4)
    bridge.work()
    assert fetched(bridge, waiting.ticket).password == Secret(bridge.host.passwords_ever_set[-1])


# --- a malicious request locks nobody out -----------------------------------------------------------


def test_a_request_that_nobody_wanted_changes_nothing_for_who_can_log_on(bridge: House) -> None:
    """Asked for, mailed, superseded, revoked, run out: the user's own password is what it was, all the time."""
    for _ in range(3):
        linked(bridge)
    bridge.clock.move(hours=24)
    sweep.expire(bridge.web)
    assert bridge.work(5) == []
    assert bridge.host.accounts[Userid("JSMITH")].password == "OLD"


@pytest.mark.parametrize("used", [True, False])
def test_a_password_that_was_just_read_survives_a_request(bridge: House, used: bool) -> None:
    """Somebody asks again in the user's name: neither the shown password nor the one chosen since is taken away."""
    linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.work()
    shown = fetched(bridge, waiting.ticket)
    assert isinstance(shown.password, Secret)
    if used:
        bridge.host.user_logs_on("JSMITH")
    bridge.ask()
    bridge.work(5)
    bridge.clock.move(hours=1)
    bridge.work(5)
    assert bridge.host.accounts[Userid("JSMITH")].password == ("THEIROWN" if used else shown.password.expose())
    bridge.clock.move(hours=8)
    bridge.work(5)
    assert (bridge.host.accounts[Userid("JSMITH")].password == "THEIROWN") is used


def test_a_changed_policy_leaves_links_that_are_out_as_they_are(tmp_path: Path, bridge: House) -> None:
    """Armed when asked for: it is carried out so, whatever the policy says by then."""
    linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    sealed = replace(bridge.worker, systems={bridge.host.name: Policy()})
    bridge.worker = sealed
    bridge.work()
    assert fetched(bridge, waiting.ticket).password


def test_a_release_code_ends_with_any_factor(bridge: House) -> None:
    """The app opened it and the host was away: the link has time again, and the code from the telephone has not."""
    asked = bridge.ask()
    bridge.work()
    bridge.let_in(bridge.totp())
    bridge.host.faults = ["session:unreached"]
    bridge.clock.move(seconds=30)
    bridge.work()
    assert asked.release_code
    with pytest.raises(WrongAnswer):
        bridge.let_in(asked.release_code)


def test_i3_a_frozen_worker_that_types_late_is_cleaned_up_after(bridge: House) -> None:
    """Its reset was superseded meanwhile and the newer link is out: what it typed is spoiled, whoever's it was."""
    linked(bridge)
    bridge.let_in(bridge.totp())

    def meanwhile() -> None:
        bridge.host.before_change = lambda: None
        bridge.clock.move(minutes=5)
        bridge.ask()
        there = replace(bridge.worker, owner="there/W2")
        bridge.worker, here = there, bridge.worker
        bridge.work(3)
        bridge.worker = here

    bridge.host.before_change = meanwhile
    with pytest.raises(Overtaken):
        bridge.work()
    newer = bridge.reset(bridge.mail.links[-1].reset_id)
    assert (newer.state, newer.cleanup) == (State.REVOKED, Cleanup.DUE)
    late = bridge.host.accounts[Userid("JSMITH")].password
    bridge.work(2)
    assert bridge.host.accounts[Userid("JSMITH")].password != late


def test_who_became_privileged_meanwhile_waits_for_another_person(tmp_path: Path) -> None:
    """The factor was passed, and the host says privileged: approved, it begins with a link of its own."""
    with house(tmp_path, policy=replace(ARMED, privileged="approve")) as bridge:
        bridge.host.elevated = FakeHost("PRODA", "JSMITH", "MJONES")
        bridge.host.elevated.seat = Account(bridge.host.name, Userid("ADMIN"))
        reset_id = linked(bridge)
        waiting = bridge.let_in(bridge.totp())
        bridge.host.accounts[Userid("JSMITH")].profile = Profile(
            userid=Userid("JSMITH"), standing=Standing.ACTIVE, privileged=("SPECIAL",)
        )
        (after,) = bridge.work()
        assert (after.state, after.touched, after.awaited) == (State.AWAITING_APPROVAL, False, False)
        with pytest.raises(LinkEnded):
            fetch(bridge, waiting.ticket)
        decide.approve(reset_id, Caller(name="boss", roles=frozenset({Role.APPROVER})), "known", bridge.web)
        (again,) = bridge.work()
        assert (again.state, again.touched, len(bridge.mail.links)) == (State.PUBLISHED, False, 2)
        bridge.clock.move(seconds=60)
        later = bridge.let_in(bridge.totp())
        bridge.work()
        assert fetched(bridge, later.ticket).password == Secret(bridge.host.elevated.passwords_ever_set[-1])
        assert bridge.host.passwords_ever_set == []
