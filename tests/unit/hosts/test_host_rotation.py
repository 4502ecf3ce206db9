"""A service id's own password, changed by the command for it where the logon has no field: each end of that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.config.model import ServiceId, System, Tn3270
from bridge.domain.errors import AnswerLost, BridgeError, HostRefused, HostUnreached, ServiceIdRejected
from bridge.domain.failure import Reason
from bridge.domain.outcome import Reply
from bridge.domain.own import MOST_DRAWN
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.host import NO_WAY, SystemHost
from connectors.hosts.own import Untouched
from connectors.hosts.products.acf2 import Acf2
from connectors.hosts.products.racf import Racf
from tests.fakes.outside import FakeClock
from tests.fakes.wire import Answer, FakeWire, WireMaker

OLD = Secret("OLDPW234")
HAD = (Reply(rows=("ICH08015I NEW PASSWORD MATCHES A PREVIOUS PASSWORD FOR YOU",), prompt="READY"),)
COUNTED = (Reply(rows=("IKJ56708I INVALID CURRENT PASSWORD",), prompt="READY"),)
ODD = (Reply(rows=("ICH08099I WHATEVER",), prompt="READY"),)
SILENCE = (Reply(rows=(), prompt="READY"),)


class Kept(Untouched):
    """A password that is due, and what its keeper hears."""

    def __init__(self, *, draws: int = 9, due: bool = True) -> None:
        super().__init__(lambda: OLD)
        self.due, self.heard, self._draws = due, list[str](), draws

    def draw(self) -> Secret | None:
        self.heard.append("drawn")
        self._draws -= 1
        return Secret("NEWPW234") if self._draws >= 0 else None

    def withdraw(self, said: str = "") -> None:
        self.heard.append(f"withdrawn {said}".strip())

    def accepted(self) -> bool:
        if "drawn" in self.heard and self.heard[-1] == "drawn":
            self.heard.append("accepted")
        return False

    def gave_up(self, words: str) -> None:
        self.heard.append(f"gave up: {words}")

    def troubled(self, why: BridgeError) -> None:
        self.heard.append("troubled")


def rotating(own: Kept, *answers: Answer, product: object = None, opens: Exception | None = None,
             password: Secret | None = OLD) -> tuple[SystemHost, WireMaker]:  # fmt: skip
    """A host whose wires answer in this way, each of them from the first answer on."""
    system = System(name="PRODA", title="A", product="racf", transport=Tn3270(host="zos"),
                    service_ids=(ServiceId(userid="RSTBRDG"),))  # fmt: skip
    made = [FakeWire(answers=list(answers or [SILENCE]), opens=[opens], password=password) for _ in range(4)]
    wires = WireMaker(made)
    host = SystemHost(system, product or Racf("PRODA"), wires, clock=FakeClock(), own=own, userid="RSTBRDG")  # type: ignore[arg-type]
    return host, wires


def test_it_is_changed_and_proven_by_another_logon() -> None:
    """On to prove the old one, on again to change it, on with the new one; and nothing is left open."""
    own = Kept()
    host, wires = rotating(own)
    assert host.rotation_due
    host.rotate()
    assert own.heard == ["drawn", "accepted"]
    assert [wire.diary for wire in wires.made] == [["open", "close"], ["open", "run reset", "close"], ["open", "close"]]
    assert (wires.made[1].orders[0].typed[0].line.expose(), host.is_open) == (
        "PASSWORD PASSWORD(OLDPW234 NEWPW234)", False,
    )  # fmt: skip


def test_what_is_not_due_any_more_is_left() -> None:
    """The first logon may have settled it."""
    own = Kept(due=False)
    host, wires = rotating(own)
    host.rotate()
    assert [wire.diary for wire in wires.made] == [["open", "close"]]
    assert own.heard == []


def test_one_that_the_rules_refuse_is_drawn_again() -> None:
    """Its words are kept; the next one is taken."""
    own = Kept()
    host, _ = rotating(own, HAD, SILENCE)
    host.rotate()
    assert own.heard == ["drawn", f"withdrawn {HAD[0].text}", "drawn", "accepted"]


def test_no_more_are_drawn_than_it_is_allowed() -> None:
    """Each refused by the rules: given up in the host's words."""
    own = Kept(draws=99)
    host, _ = rotating(own, HAD)
    with pytest.raises(HostRefused) as refused:
        host.rotate()
    assert (refused.value.reason, refused.value.said) == (Reason.PASSWORD_REJECTED, HAD[0].rows)
    assert own.heard.count("drawn") == MOST_DRAWN
    assert own.heard[-1].startswith("gave up: ")


def test_a_wrong_try_is_the_last_one() -> None:
    """It was counted on the host: no other is drawn."""
    own = Kept()
    host, _ = rotating(own, COUNTED, SILENCE)
    with pytest.raises(HostRefused) as refused:
        host.rotate()
    assert refused.value.reason is Reason.SERVICE_ID_REJECTED
    assert own.heard[:2] == ["drawn", f"withdrawn {COUNTED[0].text}"]
    assert own.heard.count("drawn") == 1


def test_where_it_may_not_be_drawn_the_keepers_advice_is_given() -> None:
    """Nothing is typed then."""
    own = Kept(draws=0)
    host, wires = rotating(own)
    with pytest.raises(HostRefused, match="log on as the service id"):
        host.rotate()
    assert wires.made[1].orders == []


def test_an_answer_on_no_list_is_settled_by_the_next_logon() -> None:
    """It may have been taken: the keeper is told so, and the logon tries it."""
    own = Kept()
    host, wires = rotating(own, ODD)
    host.rotate()
    assert own.heard == ["drawn", "accepted"]
    assert len(wires.made) == 3


@pytest.mark.parametrize(("fault", "heard"), [
    (HostUnreached("PRODA", "gone"), ["drawn", "withdrawn", "troubled"]),
    (AnswerLost("PRODA", "PASSWORD", timedelta(1)), ["drawn", "troubled"]),
], ids=["never left", "no answer"])  # fmt: skip
def test_what_never_left_is_withdrawn_and_what_may_have_arrived_is_not(fault: BridgeError, heard: list[str]) -> None:
    """I7: a lost answer leaves both passwords in question."""
    own = Kept()
    host, _ = rotating(own, fault)
    with pytest.raises(type(fault)):
        host.rotate()
    assert own.heard == heard


def test_a_logon_that_fails_is_told_to_the_keeper() -> None:
    """And nothing is drawn."""
    own = Kept()
    host, _ = rotating(own, opens=HostUnreached("PRODA", "nobody answers"))
    with pytest.raises(HostUnreached):
        host.rotate()
    assert own.heard == ["troubled"]


@pytest.mark.parametrize("why", ["no command", "a key"])
def test_without_a_way_it_is_said_and_nothing_is_drawn(why: str) -> None:
    """A product that has no such command; a service id that logs on without a password."""
    own = Kept()
    silent = replace(shipped_orders("acf2").dialog, own_password=None)
    product = Acf2("PRODA", orders=silent) if why == "no command" else None
    host, _ = rotating(own, product=product, password=None if why == "a key" else OLD)
    with pytest.raises(HostRefused, match=NO_WAY[:40]):
        host.rotate()
    assert "drawn" not in own.heard


def test_a_service_id_that_is_refused_in_the_middle_stops_the_pool() -> None:
    """The circuit is told, as at a logon."""
    own = Kept()
    host, _ = rotating(own, ServiceIdRejected("PRODA", ["IKJ56421I"]))
    with pytest.raises(ServiceIdRejected):
        host.rotate()
    assert host.circuit.refused


def test_a_session_that_was_closed_meanwhile_is_opened_again() -> None:
    """By whoever uses it next within the block."""
    own = Kept(due=False)
    host, wires = rotating(own, (Reply(rows=("ICH30001I UNABLE TO LOCATE USER    ENTRY JSMITH",), prompt="READY"),))
    with host.session() as session:
        host.close()
        session.profile("JSMITH")  # type: ignore[arg-type]
    assert [wire.diary for wire in wires.made] == [["open", "close"], ["open", "run status"]]
