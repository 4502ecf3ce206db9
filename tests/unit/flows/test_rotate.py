"""The service id's own password, step by step: killed anywhere and begun anew, nothing is typed wrong twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.config.model import ServiceId, System, Tn3270
from bridge.domain.errors import HostRefused, HostUnreached, NotAllowed, Refused, ServiceIdRejected
from bridge.domain.failure import Reason
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.outcome import Order, Reply
from bridge.domain.own import MOST_DRAWN, Own, Plan, due
from bridge.domain.password import Rules
from bridge.domain.secret import Secret
from bridge.flows import rotate
from bridge.flows.rotate import Keeper
from bridge.ports import Store, Work
from connectors.hosts.circuit import Circuit
from connectors.hosts.host import SystemHost
from connectors.hosts.products.acf2 import Acf2
from tests.fakes.kit import House, house

ACCOUNT = Account(SystemName("PRODA"), Userid("RSTBRDG"))
FILE = "OLDONE12"


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Fate:
    """Kills at the n-th step of a life; None: never."""

    at: int | None = None
    step: int = 0

    def tick(self) -> None:
        self.step += 1
        if self.step == self.at:
            raise Killed


@dataclass
class Zos:
    """One service id on a host, and who typed what wrong."""

    password: str = FILE
    expired: bool = False
    in_use: bool = False
    refuses: int = 0
    wrong: list[str] = field(default_factory=list)


class Line:
    """A Wire that logs on as the TSO panel does: the password, a new one where it is wanted, the answer."""

    def __init__(self, zos: Zos, own: Keeper, password: Secret, fate: Fate) -> None:
        self.password: Secret | None = password
        self._zos, self._own, self._typed, self._fate = zos, own, password.expose(), fate

    def open(self) -> None:
        zos, own = self._zos, self._own
        own.spend()
        self._fate.tick()
        if self._typed != zos.password:
            zos.wrong.append(self._typed)
            self._fate.tick()
            raise ServiceIdRejected("PRODA", ["IKJ56421I"], what=Refused.WRONG)
        if zos.expired and not own.open_to_change:
            raise ServiceIdRejected("PRODA", ["IKJ56415I", own.advice], what=Refused.EXPIRED)
        if zos.expired or own.voluntary:
            self._choose()
        self._fate.tick()
        if zos.in_use:
            raise HostUnreached("PRODA", "in use", answered=True)

    def _choose(self) -> None:
        for _ in range(MOST_DRAWN):
            new = self._own.draw()
            assert new is not None
            self._fate.tick()
            if self._zos.refuses:
                self._zos.refuses -= 1
                self._own.withdraw("history")
                continue
            self._zos.password, self._zos.expired = new.expose(), False
            return
        raise HostRefused("PRODA", Reason.PASSWORD_REJECTED, ["history"])

    def run(self, order: Order) -> tuple[Reply, ...]:
        return (Reply(rows=(), prompt="READY"),)

    def alive(self) -> bool:
        return True

    def close(self) -> None: ...


class Mortal:
    """A store whose process may be killed before and after each commit."""

    def __init__(self, store: Store, fate: Fate) -> None:
        self._store, self._fate, self.look = store, fate, store.look

    @contextmanager
    def work(self) -> Iterator[Work]:
        self._fate.tick()
        with self._store.work() as work:
            yield work
        self._fate.tick()


def life(home: House, zos: Zos, fate: Fate, *, mode: Any = "on_expiry", file: str = FILE) -> tuple[SystemHost, Keeper]:
    """A process, as far as one service id goes."""
    kit: Any = replace(home.worker, store=Mortal(home.store, fate))  # type: ignore[arg-type]
    own = Keeper(ACCOUNT, lambda: Secret(file), Plan(mode=mode), Rules(), kit, by="worker:here/W1")
    made = System(name="PRODA", title="A", product="acf2", transport=Tn3270(host="zos"),
                  service_ids=(ServiceId(userid="RSTBRDG"),))  # fmt: skip

    def wire() -> Line:
        password = own.to_try()
        assert password is not None
        return Line(zos, own, password, fate)

    host = SystemHost(made, Acf2("PRODA"), wire, circuit=Circuit(), clock=home.clock, own=own, userid="RSTBRDG")
    return host, own


def live(home: House, zos: Zos, fate: Fate, **more: Any) -> bool:
    """Work once, or rotate if that is due; whether it got through."""
    host, own = life(home, zos, fate, **more)
    try:
        if own.due:
            host.rotate()
        with host.session():
            return True
    except (Killed, HostUnreached, ServiceIdRejected):
        return False


def stored(home: House) -> Own | None:
    with home.store.look() as work:
        return work.own.get(ACCOUNT)


@pytest.fixture
def home(tmp_path: Path, quick: None) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stretching costs time on purpose; here it has none."""
    monkeypatch.setattr("connectors.vault.STRETCH", 2)


def want(home: House) -> None:
    with home.store.work() as work:
        work.own.want(ACCOUNT, at=home.clock.now(), by="local:root")


@settings(max_examples=60)
@given(deaths=st.lists(st.integers(1, 30), max_size=5), on_command=st.booleans())
def test_killed_at_any_step_and_begun_anew(deaths: list[int], on_command: bool) -> None:
    """Any number of deaths: nothing is typed wrong twice, and it ends well, or stops in words to act on."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch, house(Path(folder)) as home:
        patch.setattr("connectors.vault.STRETCH", 2)
        zos = Zos(expired=not on_command)
        if on_command:
            want(home)
        for death in deaths:
            live(home, zos, Fate(death))
            home.clock.move(minutes=10)
        worked = [live(home, zos, Fate()) for _ in range(3)]
        assert len(zos.wrong) == len(set(zos.wrong))
        own = stored(home)
        assert own is not None
        assert worked[-1] or own.stopped, own
        if own.stopped:
            assert "into its file" in own.words
            assert live(home, replace_password(zos, "MENDED12"), Fate(), file="MENDED12")
        else:
            assert not own.in_doubt


def replace_password(zos: Zos, password: str) -> Zos:
    """A person has given it another one."""
    zos.password, zos.expired = password, False
    return zos


@pytest.mark.parametrize("step", range(1, 16))
def test_one_death_costs_one_wrong_try_at_most_and_is_never_the_end(home: House, step: int) -> None:
    """Killed once, at each step up to the proof: the next life finds out which of the two it is."""
    zos = Zos(expired=True)
    done = live(home, zos, Fate(step))
    lives = 0
    while not live(home, zos, Fate()):
        home.clock.move(minutes=10)
        lives += 1
        assert lives <= 2
        own = stored(home)
        if own is not None and own.stopped:
            break
    own = stored(home)
    assert own is not None
    assert len(zos.wrong) <= 1 + own.stopped
    assert done or own.stopped or own.current


def test_a_death_right_before_the_host_sees_it_leaves_the_old_one(home: House) -> None:
    """Stored and never sent: one wrong try with the candidate, then the present one, and a new one after that."""
    zos = Zos()
    want(home)
    host, own = life(home, zos, Fate())
    own.to_try()
    assert own.draw() is not None
    host, _ = life(home, zos, Fate())
    host.rotate()
    after = stored(home)
    assert after is not None
    assert (len(zos.wrong), after.current, after.failed, after.in_doubt) == (1, None, 1, False)
    assert "did not take place" in after.words


def test_a_try_that_was_answered_otherwise_is_given_back(home: House) -> None:
    """In use elsewhere says nothing of the password: the candidate may be typed again, and is right."""
    zos = Zos(expired=True, in_use=True)
    assert not live(home, zos, Fate())
    for _ in range(3):
        assert not live(home, zos, Fate())
    own = stored(home)
    assert own is not None
    assert own.in_doubt
    assert not own.candidate_tried
    zos.in_use = False
    assert live(home, zos, Fate())
    assert zos.wrong == []


def test_another_node_that_moved_it_is_noticed_before_anything_leaves(home: House) -> None:
    """Two at once: the second finds that it was overtaken, and draws nothing."""
    zos = Zos()
    _, first = life(home, zos, Fate())
    _, second = life(home, zos, Fate())
    for own in (first, second):
        own.to_try()
        own.voluntary = True
    assert first.draw() is not None
    with pytest.raises(Exception, match="changed by somebody else"):
        second.draw()


def test_a_host_that_takes_none_ends_the_wish(home: House) -> None:
    """Three are refused: the old one counts, nobody is asked again, and the words say what the host said."""
    zos = Zos(refuses=99)
    want(home)
    host, own = life(home, zos, Fate())
    with pytest.raises(HostRefused):
        host.rotate()
    assert not own.due
    assert zos.password == FILE
    after = stored(home)
    assert after is not None
    assert "history" in after.words


def test_never_is_never(home: House) -> None:
    """By default an expired one is an error, and nothing is stored of it."""
    zos = Zos(expired=True)
    assert not live(home, zos, Fate(), mode="never")
    assert stored(home) is None
    assert zos.password == FILE


def test_by_age_counts_from_the_first_time_it_was_seen(home: House) -> None:
    """Whose age is not known is not old."""
    zos = Zos()
    assert live(home, zos, Fate(), mode="by_age")
    _, own = life(home, zos, Fate(), mode="by_age")
    home.clock.move(days=29)
    assert not own.due
    home.clock.move(days=1)
    assert own.due
    assert live(home, zos, Fate(), mode="by_age")
    assert zos.password != FILE
    assert zos.wrong == []


def test_the_announced_day_is_not_waited_for(home: House) -> None:
    """Some days ahead it is changed, but not where the plan is never."""
    now = home.clock.now()
    own = Own(account=ACCOUNT, expires_at=now + timedelta(days=5))
    assert due(own, Plan(mode="on_expiry"), now)
    assert not due(own, Plan(mode="on_expiry"), now - timedelta(minutes=1))
    assert not due(own, Plan(), now)


def test_retry_is_for_one_that_was_refused_and_not_for_two(home: House) -> None:
    """Typing both of two again is what must never happen, whoever says so."""
    zos = Zos(password="ELSE1234")
    assert not live(home, zos, Fate())
    assert rotate.retry(ACCOUNT, home.worker, "local:root")
    assert not rotate.retry(ACCOUNT, home.worker, "local:root")
    with home.store.work() as work:
        own = work.own.get(ACCOUNT)
        assert own is not None
        work.own.save(replace(own, candidate=b"x", candidate_tried=True, current_tried=True))
    with pytest.raises(NotAllowed, match="neither is typed again"):
        rotate.retry(ACCOUNT, home.worker, "local:root")


def told(home: House) -> list[tuple[str, str, str]]:
    with home.store.look() as work:
        due = work.outbox.due(home.clock.now(), 50)
    return [(each.kind, each.to, each.values["userid"]) for each in due]


def test_security_is_told_once_of_a_password_that_is_wrong(home: House) -> None:
    """However often the daemon is begun anew: it is not typed again, so nothing is told again."""
    zos = Zos(password="ELSE1234")
    for _ in range(3):
        assert not live(home, zos, Fate())
    assert told(home) == [("service_id_stopped", "security@example.com", "RSTBRDG")]


def test_security_is_told_of_a_logon_that_is_refused_for_another_reason(home: House) -> None:
    """Revoked: nothing was counted, and the pool stops all the same, once."""
    revoked(home, Zos())
    assert not live(home, Zos(), Fate())
    assert told(home) == [("service_id_stopped", "security@example.com", "RSTBRDG")]


def revoked(home: House, zos: Zos) -> None:
    _, own = life(home, zos, Fate())
    assert own.to_try() is not None
    own.spend()
    assert not own.refused(ServiceIdRejected("PRODA", ["IKJ56424I REVOKED"], what=Refused.OTHER))


@pytest.mark.parametrize("by", ["a word", "a file"])
def test_a_service_id_that_is_revoked_stays_stopped_until_a_person_says_so(home: House, by: str) -> None:
    """Whatever process begins: it says what the host said and what to do; a word or another file opens the way."""
    zos = Zos()
    revoked(home, zos)
    for _ in range(2):
        assert not live(home, zos, Fate())
    after = stored(home)
    assert after is not None
    assert (after.state, after.in_doubt) == ("stopped", False)
    assert "service-id retry PRODA RSTBRDG. It was: IKJ56424I REVOKED" in after.words
    if by == "a word":
        assert rotate.retry(ACCOUNT, home.worker, "local:root")
        assert live(home, zos, Fate())
    else:
        assert live(home, Zos(password="MENDED12"), Fate(), file="MENDED12")
    assert (stored(home) or after).words == ""


def test_one_of_two_is_tried_as_before_once_a_revoked_service_id_is_mended(home: House) -> None:
    """Nothing was counted: the candidate's only try is not gone."""
    zos = Zos()
    _, own = life(home, zos, Fate())
    own.to_try()
    assert own.draw() is not None
    revoked(home, zos)
    after = stored(home)
    assert after is not None
    assert (after.state, after.in_doubt, after.candidate_tried) == ("stopped", True, False)
    assert not live(home, zos, Fate())
    assert rotate.retry(ACCOUNT, home.worker, "local:root")
    assert live(home, zos, Fate())


def unclear(home: House, zos: Zos) -> Keeper:
    """A process whose logon has ended in words that nobody knows."""
    _, own = life(home, zos, Fate())
    assert own.to_try() is not None
    own.spend()
    assert not own.refused(ServiceIdRejected("PRODA", ["GATE99 NO"]))
    return own


def test_what_may_have_been_a_refusal_is_kept_for_every_process(home: House) -> None:
    """Nobody types it before a person has said so, or put another one into the file; the words say what was shown."""
    unclear(home, Zos())
    assert not live(home, Zos(), Fate())
    after = stored(home)
    assert after is not None
    assert after.stopped
    assert "service-id retry PRODA RSTBRDG. It was: GATE99 NO" in after.words
    assert told(home) == [("service_id_stopped", "security@example.com", "RSTBRDG")]
    assert live(home, Zos(password="MENDED12"), Fate(), file="MENDED12")


def test_one_of_two_that_may_have_been_refused_is_marked_and_waits_for_a_person(home: House) -> None:
    """The other is typed once when that one says so, and not before."""
    zos = Zos()
    _, own = life(home, zos, Fate())
    own.to_try()
    assert own.draw() is not None
    unclear(home, zos)
    assert not live(home, zos, Fate())
    assert rotate.retry(ACCOUNT, home.worker, "local:root")
    assert live(home, zos, Fate())
    assert zos.wrong == []


def test_a_worker_types_it_again_as_soon_as_a_person_has_said_so(home: House) -> None:
    """The same password, in the same process; it need not have asked in between."""
    zos = Zos(password="ELSE1234")
    host, _ = life(home, zos, Fate())
    with pytest.raises(ServiceIdRejected), host.session():
        pass
    host.tend(home.clock.now())
    zos.password = FILE
    assert rotate.retry(ACCOUNT, home.worker, "local:root")
    home.clock.move(minutes=1)
    host.tend(home.clock.now())
    assert not host.circuit.refused
    with host.session():
        assert zos.wrong == [FILE]


def test_security_is_told_where_a_key_is_refused(home: House) -> None:
    """There is no password to look after."""
    own = Keeper(ACCOUNT, lambda: None, Plan(), Rules(), home.worker, by="worker:here/W1")
    assert own.to_try() is None
    assert not own.refused(ServiceIdRejected("PRODA", ["it does not take the key of RSTBRDG"]))
    assert told(home) == [("service_id_stopped", "security@example.com", "RSTBRDG")]


def test_a_refusal_that_only_decides_between_two_alarms_nobody(home: House) -> None:
    """The new one is wrong, the old one lets it in: that is what the marks are for."""
    zos = Zos()
    _, own = life(home, zos, Fate())
    own.to_try()
    assert own.draw() is not None
    assert live(home, zos, Fate())
    assert len(zos.wrong) == 1
    assert told(home) == []
