"""How an armed link ends without its password shown: in doubt, too late, run out, revoked, not me; what is owed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.errors import LinkDead, LinkEnded, Overtaken, TicketLapsed, VaultLocked, WrongAnswer
from bridge.domain.failure import Reason
from bridge.domain.link import Locator
from bridge.domain.names import Person, Userid
from bridge.domain.outcome import Profile
from bridge.domain.reset import Cleanup, State
from bridge.domain.secret import Secret
from bridge.flows import collect, decide, sweep
from bridge.flows.disown import Disowned, disown
from bridge.flows.handover import PASS_FOR, Step, Waiting
from bridge.flows.holder import proven
from bridge.flows.take import take
from tests.fakes.kit import AGENT, House, house
from tests.unit.flows.armed import ARMED, fetch, fetched, linked, notices, step


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, policy=ARMED) as made:
        yield made


# --- the host is away, or says no -------------------------------------------------------------------


def test_in_doubt_until_the_ticket_lapses_ends_and_is_spoiled(bridge: House) -> None:
    """A lost answer, then a host that stays away: nobody waits for ever, and what may be there is made worthless."""
    reset_id = linked(bridge)
    bridge.let_in(bridge.totp())
    bridge.host.faults = ["change-after:lost", "session:unreached"]
    bridge.work()
    bridge.clock.move(seconds=30)
    bridge.work()
    assert bridge.reset(reset_id).state is State.QUEUED
    bridge.clock.move(minutes=10)
    assert sweep.give_up(bridge.web) == 1
    ended = bridge.reset(reset_id)
    assert (ended.state, ended.failure, ended.cleanup) == (State.FAILED, Reason.HOST_TIMEOUT, Cleanup.DUE)
    assert bridge.work()[0].cleanup is Cleanup.DONE


def test_not_me_once_something_was_set_says_so(bridge: House) -> None:
    """Who is told that nothing was changed on the host would not change it."""
    linked(bridge)
    bridge.let_in(bridge.totp())
    bridge.work()
    assert disown(bridge.attempt(""), bridge.web) is Disowned.ENDED
    assert [notice.kind for notice in notices(bridge)] == ["disowned"]


def test_i5_a_right_answer_forgets_the_wrong_ones_before_it(bridge: House) -> None:
    """As at a sealed link: two that were mistyped today are not held against its person next week."""
    linked(bridge)
    for _ in range(2):
        with pytest.raises(WrongAnswer):
            bridge.let_in("000000")
    bridge.let_in(bridge.totp())
    with bridge.store.look() as work:
        assert work.tries.lock(Person("js")) == 0


@pytest.mark.parametrize("when", ["queued", "changing"])
def test_pressing_again_disturbs_nobody_who_is_at_work(bridge: House, when: str) -> None:
    """It is for a host that was away: what waits for a worker, or is being set by one, goes on as it was."""
    reset_id = linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    job = take(bridge.host.name, bridge.worker) if when == "changing" else None
    before = bridge.reset(reset_id)
    assert isinstance(fetch(bridge, waiting.ticket, again=True), Waiting)
    assert bridge.reset(reset_id) == before
    assert bool(job) is (when == "changing")


def test_trying_the_host_again_is_on_record(bridge: House) -> None:
    """With the ticket, from where: it is one more change on the host. Why it failed before is forgotten."""
    reset_id = linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.host.faults = ["session:unreached"] * 20
    for _ in range(20):
        bridge.work()
        bridge.clock.move(seconds=2)
    assert step(bridge, waiting.ticket) is Step.AWAY
    assert bridge.reset(reset_id).failure_text
    assert isinstance(fetch(bridge, waiting.ticket, again=True), Waiting)
    assert bridge.reset(reset_id).failure_text is None
    last = bridge.records(reset_id)[-1].event
    assert (last.kind, last.detail["factor"], last.detail["source"]) == ("reset.queued", "ticket", "198.51.100.9")


def test_a_link_that_goes_while_its_page_asks_tells_nothing_more(
    bridge: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits there by now belongs to another link."""
    linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    gone = replace(proven(bridge.attempt(""), bridge.web), locator=Locator("7" * 26))
    monkeypatch.setattr(collect, "proven", lambda *_: gone)
    for asks in (fetch, step):
        with pytest.raises(LinkDead):
            asks(bridge, waiting.ticket)


def test_what_was_tampered_with_while_it_waited_is_told(bridge: House) -> None:
    """The ticket's holder gets nothing, security hears of it once; put right, it is shown."""
    reset_id = linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.work()
    with bridge.store.work() as work:
        own = work.links.of(bridge.reset(reset_id).id)
        assert own
        work.links.put(replace(own, key_id="0badcafe"))
    for _ in range(2):
        with pytest.raises(VaultLocked):
            fetch(bridge, waiting.ticket)
    assert [notice.kind for notice in notices(bridge)] == ["link_damaged"]
    with bridge.store.work() as work:
        work.links.put(own)
    assert fetched(bridge, waiting.ticket)


# --- nobody collects, somebody revokes, time runs out -----------------------------------------------


def test_what_nobody_collects_is_spoiled(bridge: House) -> None:
    """Set, and the page was closed: within the ticket's time it is destroyed, on the host too; then ask anew."""
    reset_id = linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.work()
    assert bridge.reset(reset_id).expires_at == waiting.until == bridge.clock.now() + PASS_FOR
    bridge.clock.move(minutes=10)
    with pytest.raises(LinkEnded) as ended:
        fetch(bridge, waiting.ticket)
    assert ended.value.state == "expired"
    assert sweep.expire(bridge.web) == 1
    with bridge.store.look() as work:
        kept = work.links.of(bridge.reset(reset_id).id)
    assert kept
    assert kept.ciphertext is None
    assert bridge.work()[0].cleanup is Cleanup.DONE
    assert len(bridge.host.passwords_ever_set) == 2


def test_nobody_works_and_the_link_stays_good(bridge: House) -> None:
    """No worker took it while the ticket was valid: back to where it was, and the factor opens again."""
    reset_id = linked(bridge)
    bridge.let_in(bridge.totp())
    assert sweep.give_up(bridge.web) == 0
    bridge.clock.move(minutes=10)
    assert sweep.give_up(bridge.web) == 1
    assert bridge.reset(reset_id).state is State.PUBLISHED
    assert bridge.work() == []
    assert bridge.host.passwords_ever_set == []
    waiting = bridge.let_in(bridge.totp())
    bridge.work()
    assert fetched(bridge, waiting.ticket).password


def test_a_worker_that_comes_too_late_changes_nothing(bridge: House) -> None:
    """The ticket lapsed a moment before it was taken: nobody would ever see the password."""
    reset_id = linked(bridge)
    bridge.let_in(bridge.totp())
    bridge.clock.move(minutes=10)
    (after,) = bridge.work()
    assert (after.id, after.state, after.touched) == (reset_id, State.PUBLISHED, False)
    assert bridge.host.passwords_ever_set == []


def test_a_long_life_in_the_queue_is_no_reason_to_fail(bridge: House) -> None:
    """A link that was asked for many hours ago is passed: the queue's patience counts from elsewhere."""
    reset_id = linked(bridge)
    bridge.clock.move(hours=20)
    bridge.let_in(bridge.totp())
    assert sweep.lose_patience(bridge.web) == 0
    bridge.work()
    assert bridge.reset(reset_id).state is State.PUBLISHED


def test_the_link_runs_out_while_the_host_is_changed(tmp_path: Path) -> None:
    """The ticket ends with the link: nothing is shown after its end, and what was set is spoiled."""
    with house(tmp_path, policy=replace(ARMED, link_ttl=timedelta(minutes=30))) as bridge:
        reset_id = linked(bridge)
        bridge.clock.move(minutes=29, seconds=55)
        waiting = bridge.let_in(bridge.totp())
        assert waiting.until == bridge.clock.now() + timedelta(seconds=5)
        bridge.host.before_change = lambda: bridge.clock.move(seconds=10)
        bridge.work()
        with pytest.raises(LinkEnded) as ended:
            fetch(bridge, waiting.ticket)
        assert ended.value.state == "expired"
        assert sweep.expire(bridge.web) == 1
        assert bridge.work()[0].cleanup is Cleanup.DONE
        assert bridge.reset(reset_id).state is State.EXPIRED


def test_the_ticket_lapses_during_a_slow_logon(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at once more before anything is typed: the link is as good as before, and its holder's password too."""
    reset_id = linked(bridge)
    bridge.let_in(bridge.totp())
    _slowly(bridge, monkeypatch, lambda: bridge.clock.move(minutes=10))
    (after,) = bridge.work()
    assert (after.id, after.state, after.touched) == (reset_id, State.PUBLISHED, False)
    assert bridge.host.passwords_ever_set == []
    monkeypatch.undo()
    waiting = bridge.let_in(bridge.totp())
    bridge.work()
    assert fetched(bridge, waiting.ticket).password


def test_the_link_runs_out_during_a_slow_logon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its holder goes on waiting until it is certain that nothing was changed, and is then told just that."""
    with house(tmp_path, policy=replace(ARMED, link_ttl=timedelta(minutes=30))) as bridge:
        linked(bridge)
        bridge.clock.move(minutes=29, seconds=55)
        waiting = bridge.let_in(bridge.totp())
        seen = []

        def runs_out() -> None:
            bridge.clock.move(seconds=10)
            seen.append(step(bridge, waiting.ticket))

        _slowly(bridge, monkeypatch, runs_out)
        bridge.work()
        assert seen == [Step.CONNECTING]
        assert bridge.host.passwords_ever_set == []
        with pytest.raises(LinkEnded, match="expired_unset"):
            fetch(bridge, waiting.ticket)


@pytest.mark.parametrize(("fault", "said"), [("session:unreached", "expired_unset"), ("change-after:lost", "expired")])
def test_the_link_runs_out_in_the_queue(tmp_path: Path, fault: str, said: str) -> None:
    """Said at once, and no other code is asked for that would open nothing."""
    with house(tmp_path, policy=replace(ARMED, link_ttl=timedelta(minutes=30))) as bridge:
        reset_id = linked(bridge)
        bridge.clock.move(minutes=29, seconds=55)
        waiting = bridge.let_in(bridge.totp())
        bridge.host.faults = [fault]
        bridge.work()
        bridge.clock.move(seconds=10)
        assert bridge.reset(reset_id).state is State.QUEUED
        for look in (lambda: step(bridge, waiting.ticket), lambda: fetch(bridge, waiting.ticket)):
            with pytest.raises(LinkEnded) as ended:
                look()
            assert ended.value.state == said
        with pytest.raises(TicketLapsed):
            fetch(bridge, Secret("another"))


def _slowly(bridge: House, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """The host's first listing takes its time."""
    listing = bridge.host.profile

    def profile(userid: Userid) -> Profile:
        meanwhile()
        return listing(userid)

    monkeypatch.setattr(bridge.host, "profile", profile)


def test_an_unread_armed_link_that_runs_out_leaves_the_host_alone(bridge: House) -> None:
    """Nobody ever opened it: expired, nothing is owed, and its holder is told that nothing was changed."""
    reset_id = linked(bridge)
    bridge.clock.move(hours=24)
    over = bridge.clock.now()
    bridge.clock.move(minutes=5)
    with pytest.raises(LinkEnded) as ended:
        bridge.let_in(bridge.totp())
    assert (ended.value.state, ended.value.at) == ("expired_unset", over)
    assert sweep.expire(bridge.web) == 1
    assert bridge.reset(reset_id).cleanup is Cleanup.NONE
    assert bridge.work() == []


def test_revoked_before_anything_is_typed(bridge: House) -> None:
    """While queued: cancelled, nothing on the host, the page says so, and the user gets a mail."""
    reset_id = linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    after = decide.revoke(reset_id, AGENT, "wrong person", bridge.web)
    assert (after.state, after.cleanup) == (State.CANCELLED, Cleanup.NONE)
    assert bridge.work() == []
    with pytest.raises(LinkEnded) as ended:
        fetch(bridge, waiting.ticket)
    assert ended.value.state == "revoked_unset"
    assert [notice.kind for notice in notices(bridge)] == ["revoked_unset"]


def test_revoked_while_the_host_is_changed(bridge: House) -> None:
    """The worker finds its version gone, seals nothing, and what it set is spoiled."""
    reset_id = linked(bridge)
    waiting = bridge.let_in(bridge.totp())
    bridge.host.before_change = lambda: decide.revoke(reset_id, AGENT, "wrong person", bridge.web)
    with pytest.raises(Overtaken):
        bridge.work()
    bridge.host.before_change = lambda: None
    reset = bridge.reset(reset_id)
    assert (reset.state, reset.cleanup) == (State.REVOKED, Cleanup.DUE)
    with pytest.raises(LinkEnded) as ended:
        fetch(bridge, waiting.ticket)
    assert ended.value.state == "revoked"
    assert bridge.work()[0].cleanup is Cleanup.DONE


def test_i5_guessed_at_too_often_it_ends_and_nothing_was_set(bridge: House) -> None:
    """Security and its person are told so: a password that was never there has to be changed by nobody."""
    reset_id = linked(bridge)
    for _ in range(5):
        with pytest.raises(WrongAnswer):
            bridge.let_in("000000")
    assert bridge.reset(reset_id).state is State.REVOKED
    told = {(notice.kind, notice.to or notice.person) for notice in notices(bridge)}
    assert told == {("link_destroyed_unset", "security@example.com"), ("link_destroyed", "js")}


@pytest.mark.parametrize("when", ["published", "queued", "changing"])
def test_this_was_not_me_ends_it_at_any_moment(bridge: House, when: str) -> None:
    """Before the factor, while it waits, while a worker has it: ended, and security is told what it finds."""
    reset_id = linked(bridge)
    if when != "published":
        bridge.let_in(bridge.totp())
    job = take(bridge.host.name, bridge.worker) if when == "changing" else None
    assert bridge.reset(reset_id).state == when
    disown(bridge.attempt(""), bridge.web)
    assert bridge.reset(reset_id).state is (State.CANCELLED if when == "queued" else State.REVOKED)
    assert [notice.kind for notice in notices(bridge)] == ["disowned_unset"]
    assert bridge.host.passwords_ever_set == []
    assert bool(job) is (when == "changing")
