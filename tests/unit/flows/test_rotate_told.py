"""What security is told of the service id's own password, and what waits for a person."""

from __future__ import annotations

import pytest

from bridge.domain.errors import Refused, ServiceIdRejected
from bridge.domain.own import Plan
from bridge.domain.password import Rules
from bridge.flows import rotate
from bridge.flows.rotate import Keeper
from tests.fakes.kit import House
from tests.unit.flows.rotating import ACCOUNT, FILE, Fate, Zos, life, live, stored


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


def test_what_a_session_manager_refuses_stops_the_service_id_and_says_whose_password_it_is(home: House) -> None:
    """Of the host's own nothing was learned: no mark is set, and a word opens the way."""
    zos = Zos()
    _, own = life(home, zos, Fate())
    own.to_try()
    assert own.draw() is not None
    _, own = life(home, zos, Fate())
    assert own.to_try() is not None
    assert not own.refused(ServiceIdRejected("PRODA", ["GATE03 NO"], what=Refused.MANAGER))
    after = stored(home)
    assert after is not None
    assert (after.state, after.in_doubt, after.candidate_tried) == ("stopped", True, False)
    assert "where service_id.session_manager says, then: resetbridge service-id retry PRODA RSTBRDG" in after.words
    assert told(home) == [("service_id_stopped", "security@example.com", "RSTBRDG")]
    assert not live(home, zos, Fate())
    assert rotate.retry(ACCOUNT, home.worker, "local:root")
    assert live(home, zos, Fate())


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
