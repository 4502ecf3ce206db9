"""One host over wires that a test holds in its hand."""

from __future__ import annotations

from datetime import timedelta

from bridge.config.model import ServiceId, System, Tn3270
from bridge.domain.names import Userid
from bridge.domain.outcome import Reply
from bridge.domain.secret import Secret
from connectors.hosts.circuit import Circuit
from connectors.hosts.host import SystemHost
from connectors.hosts.products.racf import Racf
from tests.fakes.outside import FakeClock
from tests.fakes.wire import FakeWire, WireMaker

USERID = Userid("JSMITH")
UNKNOWN = (Reply(rows=("ICH30001I UNABLE TO LOCATE USER    ENTRY JSMITH",), prompt="READY"),)
SILENCE = (Reply(rows=(), prompt="READY"),)
REFUSED = (Reply(rows=("ICH21005I NOT AUTHORIZED TO SPECIFY PASSWORD, OPERAND IGNORED",), prompt="READY"),)
NOISE = (Reply(rows=("WHAT?",), prompt="READY"),)
NEW = Secret("NEWPW234")


def host_over(*wires: FakeWire, circuit: Circuit | None = None, resume: bool = True) -> tuple[SystemHost, FakeClock]:
    clock = FakeClock()
    system = System(
        name="PRODA",
        title="Production A",
        product="racf",
        transport=Tn3270(host="zos.example.com", idle_for=timedelta(minutes=5), age=timedelta(hours=8)),
        service_ids=(ServiceId(userid="RSTBRDG"),),
        resume=resume,
    )
    return SystemHost(system, Racf("PRODA"), WireMaker(list(wires)), clock=clock, circuit=circuit), clock
