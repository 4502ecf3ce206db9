"""Whether a system may be logged on to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.errors import HostUnreached, Refused, ServiceIdRejected
from bridge.domain.outcome import Reach, Verb
from bridge.domain.secret import Secret
from connectors.hosts.circuit import MOST, MOST_LOST, TURNED_AWAY, Circuit

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_new_circuit_lets_everybody_pass() -> None:
    """Nothing has failed yet."""
    circuit = Circuit()
    circuit.pass_through("PRODA", NOON)
    assert not circuit.refused


def test_pause_grows_to_a_limit() -> None:
    """However often it failed, the next try is five minutes away at the most."""
    circuit = Circuit()
    for _ in range(100):
        circuit.missed(NOON)
    with pytest.raises(HostUnreached):
        circuit.pass_through("PRODA", NOON + MOST - timedelta(seconds=1))
    circuit.pass_through("PRODA", NOON + MOST)


def test_one_slot_at_a_time_tries_a_host_that_was_down() -> None:
    """When the pause is over, one of many threads passes; the others wait for what it finds."""
    circuit = Circuit()
    circuit.missed(NOON)

    def passes(_: int) -> bool:
        try:
            circuit.pass_through("PRODA", NOON + timedelta(seconds=2))
        except HostUnreached:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(passes, range(64))) == 1
    circuit.reached()
    assert passes(0)


def test_refusal_holds_for_ever_and_tells_what_the_host_said() -> None:
    """Neither time nor a success elsewhere opens it; a person's reset does."""
    circuit = Circuit()
    circuit.refuse(ServiceIdRejected("PRODA", ["IKJ56425I LOGON REJECTED"]))
    circuit.reached()
    with pytest.raises(ServiceIdRejected) as raised:
        circuit.pass_through("PRODA", NOON + timedelta(days=365))
    assert raised.value.said == ("IKJ56425I LOGON REJECTED",)
    circuit.reset()
    circuit.pass_through("PRODA", NOON)


def test_one_refused_service_id_stops_the_pool_until_its_own_password_changes() -> None:
    """Another one's logon neither goes through nor opens the way again for the one that was refused."""
    circuit = Circuit()
    circuit.refuse(ServiceIdRejected("PRODA", ["IKJ56421I"]), Secret("OLDONE12"), userid="SVC1")
    for userid, password in (("SVC2", "OTHER123"), ("SVC1", "OLDONE12"), ("SVC2", "OTHER123")):
        with pytest.raises(ServiceIdRejected):
            circuit.pass_through("PRODA", NOON, Secret(password), userid=userid)
    circuit.mended(Secret("NEWONE34"), userid="SVC1")
    circuit.pass_through("PRODA", NOON, Secret("OTHER123"), userid="SVC2")


def test_only_a_refusal_of_that_kind_is_excused() -> None:
    """An expired password that is about to be changed is no reason to stay away; a wrong one is."""
    circuit = Circuit()
    for what, stays in ((Refused.WRONG, True), (Refused.EXPIRED, False)):
        circuit.refuse(ServiceIdRejected("PRODA", what=what), Secret("OLDONE12"), userid="SVC1")
        circuit.excuse(Refused.EXPIRED, userid="SVC1")
        assert circuit.refused is stays


def test_a_service_id_that_is_turned_away_has_a_pause_of_its_own() -> None:
    """It starts long and doubles over all resets; a success of another one neither ends it nor has to wait for it."""
    circuit = Circuit()
    at, waited = NOON, []
    for _ in range(7):
        circuit.missed(at, "SVC1 is logged on elsewhere", userid="SVC1", answered=True)
        circuit.reached(userid="SVC2")
        circuit.pass_through("PRODA", at, userid="SVC2")
        with pytest.raises(HostUnreached, match=r"elsewhere; tried \w+( times)?, the next time in \d+ s"):
            circuit.pass_through("PRODA", at + timedelta(seconds=1), userid="SVC1")
        assert circuit.turned_away("SVC1")
        assert circuit.condition == (Reach.UNREACHABLE, "SVC1 is logged on elsewhere")
        pause = next(s for s in range(1, 400) if not circuit.stands_back("SVC1", at + timedelta(seconds=s)))
        waited.append(pause)
        at += timedelta(seconds=pause)
        circuit.pass_through("PRODA", at, userid="SVC1")
    assert waited == [30, 60, 120, 240, 300, 300, 300]
    circuit.reached(userid="SVC1")
    circuit.pass_through("PRODA", at, userid="SVC1")
    assert circuit.condition == (Reach.WELL, "")


def test_one_slot_at_a_time_tries_a_service_id_that_was_turned_away() -> None:
    """Who passes holds the others for another pause, even if nothing is heard of it again."""
    circuit = Circuit()
    circuit.missed(NOON, "too many users", answered=True)
    circuit.pass_through("PRODA", NOON + TURNED_AWAY)
    with pytest.raises(HostUnreached):
        circuit.pass_through("PRODA", NOON + TURNED_AWAY)
    circuit.reset()
    circuit.pass_through("PRODA", NOON)


def test_nobody_stands_back_where_nobody_else_is_logged_on() -> None:
    """Then the reset is tried, and its record says why it waits."""
    circuit = Circuit()
    circuit.missed(NOON, "in use", userid="SVC1", answered=True)
    assert not circuit.stands_back("SVC1", NOON)
    assert not circuit.stands_back("SVC2", NOON)
    circuit.reached(userid="SVC2")
    assert circuit.stands_back("SVC1", NOON)
    circuit.missed(NOON, "in use", userid="SVC2", answered=True)
    assert not circuit.stands_back("SVC1", NOON)


def test_a_logon_of_which_nothing_was_heard_is_tried_again_once() -> None:
    """The second in a row closes the way for good; one that worked in between, or a mended password, begins anew."""
    circuit, silent = Circuit(), HostUnreached("PRODA", "the line was cut", typed=True)
    circuit.unheard(silent, Secret("OLDONE12"), userid="SVC1")
    circuit.reached(userid="SVC1")
    circuit.unheard(silent, Secret("OLDONE12"), userid="SVC1")
    circuit.unheard(silent, Secret("OTHER123"), userid="SVC2")
    with pytest.raises(ServiceIdRejected, match=r"held.*twice.*the line was cut.*service-id retry PRODA"):
        circuit.unheard(silent, Secret("OLDONE12"), userid="SVC1")
    with pytest.raises(ServiceIdRejected, match=r"held.*twice.*the line was cut.*service-id retry PRODA"):
        circuit.pass_through("PRODA", NOON + timedelta(days=365), Secret("OLDONE12"), userid="SVC1")

    circuit.pass_through("PRODA", NOON, Secret("NEWONE34"), userid="SVC1")
    circuit.unheard(silent, Secret("NEWONE34"), userid="SVC1")


def test_what_a_person_has_to_say_may_open_the_way_to_the_same_password() -> None:
    """It was right all along: the host was mended, not the file."""
    circuit = Circuit()
    circuit.refuse(ServiceIdRejected("PRODA", ["X"]), Secret("OLDONE12"), userid="SVC1")
    circuit.stays(userid="SVC1")
    with pytest.raises(ServiceIdRejected):
        circuit.pass_through("PRODA", NOON)
    circuit.mended(Secret("OLDONE12"), userid="SVC1")
    circuit.pass_through("PRODA", NOON)


def test_a_host_that_loses_one_answer_after_the_other_is_left_alone() -> None:
    """Two may be a line that breaks and a restart; after the third there is a pause, which grows, and words for it."""
    circuit = Circuit()
    for _ in range(MOST_LOST - 1):
        circuit.lost(Verb.RESET, NOON)
        circuit.pass_through("PRODA", NOON)
    assert circuit.condition == (Reach.WELL, "")
    circuit.lost(Verb.RESET, NOON)
    circuit.reached()  # it lets everybody in, which says nothing of its answers
    with pytest.raises(HostUnreached, match="`reset` has been lost 3 times in a row"):
        circuit.pass_through("PRODA", NOON + timedelta(seconds=7))
    assert circuit.condition[0] is Reach.UNREACHABLE
    circuit.pass_through("PRODA", NOON + timedelta(seconds=8))


def test_a_host_that_answers_to_what_it_froze_at_is_well_again() -> None:
    """A listing that comes as ever does not tell that changes are answered."""
    circuit = Circuit()
    for _ in range(MOST_LOST):
        circuit.lost(Verb.RESET, NOON)
    circuit.answered(Verb.STATUS)
    assert circuit.condition[0] is Reach.UNREACHABLE
    circuit.answered(Verb.RESET)
    assert circuit.condition == (Reach.WELL, "")
    circuit.pass_through("PRODA", NOON)


def test_a_host_that_froze_at_unlocks_is_well_again_once_it_answers_to_a_reset() -> None:
    """Nobody may want another unlock for weeks."""
    circuit = Circuit()
    for _ in range(3):
        circuit.lost(Verb.UNLOCK, NOON)
    circuit.answered(Verb.STATUS)
    assert circuit.condition[0] is Reach.UNREACHABLE
    circuit.answered(Verb.RESET)
    assert circuit.condition == (Reach.WELL, "")
