"""Whole resets on a simulated IBM i through one daemon: each test takes a person of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from connectors.simulated.entry import Outcome
from connectors.simulated.faults import Fault
from connectors.simulated.ibmi_host import SHELL, SimulatedIbmI
from connectors.simulated.seeds import seeded_ibmi
from connectors.simulated.witness import Witness
from tests.journeys.bridge import Another, Bridge, bridge, until

SERVICE = "SERVICE234"
FORGOTTEN = "OLDPW234"
CROWD = 8


@dataclass(frozen=True)
class Running:
    """A bridge, and the IBM i beside its other systems."""

    bridge: Bridge
    power: SimulatedIbmI
    witness: Witness

    def changed(self, userid: str) -> list[str]:
        """The commands that set a password there."""
        return [line for line in self.witness.typed if f"({userid}) PASSWORD" in line]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    users = seeded_ibmi(service_password=SERVICE, user_password=FORGOTTEN)
    userids = [f"POWER_U{number:03}" for number in range(CROWD)]
    for userid in userids:
        users.define(userid, password=FORGOTTEN)
    witness = Witness()
    with SimulatedIbmI(users, witness=witness) as power:
        transport = {"type": "ssh", "host": power.host, "port": power.port, "host_key": [power.host_key],
                     "settle": "1s"}  # fmt: skip
        system = Another(
            name="POWER",
            settings={
                "product": "ibmi", "transport": transport, "password": {"length": 10},
                "service_id": {"userid": "RSTBRDG", "password": {"file": "secrets/power"}},
            },
            secrets={"power": SERVICE},
            userids=userids,
        )  # fmt: skip
        with bridge(tmp_path_factory.mktemp("ibmi"), crowd=CROWD, another=[system]) as running:
            yield Running(running, power, witness)


def test_i3_i11_shown_is_set_and_is_changed_at_first_use(made: Running) -> None:
    """Asked, mailed, opened with the release code, made to choose at the Sign On display, completed; no trace of it."""
    reset = made.bridge.ask("POWER", "power_u000")
    assert made.bridge.state(reset.id)["userid"] == "POWER_U000"
    made.bridge.await_state(reset.id, "published")
    page = made.bridge.open(made.bridge.links("p000@demo.example")[0], reset.release_code)
    assert page.password is not None
    shown = page.password.expose()
    assert made.power.accepts("POWER_U000", shown)
    assert made.power.sign_on("POWER_U000", shown).outcome is Outcome.EXPIRED
    assert made.bridge.state(reset.id)["state"] == "revealed"
    assert made.power.sign_on("POWER_U000", shown, new="MY_OWN_234").outcome is Outcome.IN
    assert made.bridge.await_state(reset.id, "completed")["failure"] is None
    assert len(made.changed("POWER_U000")) == 1
    assert set(made.power.commands) == {SHELL}
    assert not made.bridge.traces_of(made.witness.passwords_ever_set)


@pytest.mark.parametrize(("person", "fault", "times"), [(1, Fault.DROP_BEFORE, 1), (2, Fault.DROP_AFTER, 2)])
def test_i7_a_dropped_line_begins_again(made: Running, person: int, fault: Fault, times: int) -> None:
    """Before the change or after it: a new password, and only the last one is shown."""
    userid = f"POWER_U{person:03}"
    made.power.faults.arm(fault, f"CHGUSRPRF USRPRF({userid})", times=1)
    reset = made.bridge.ask("POWER", userid)
    made.bridge.await_state(reset.id, "published", within=90)
    assert len(made.changed(userid)) == times
    page = made.bridge.open(made.bridge.links(f"p{person:03}@demo.example")[0], reset.release_code)
    assert page.password is not None
    assert made.power.accepts(userid, page.password.expose())


def test_i11_an_ignored_flag_is_never_published(made: Running) -> None:
    """The host takes the password and not the flag: failed, no link, made worthless."""
    made.power.faults.arm(Fault.FLAG_IGNORED, "CHGUSRPRF USRPRF(POWER_U003)", times=1)
    reset = made.bridge.ask("POWER", "POWER_U003")
    assert made.bridge.await_state(reset.id, "failed")["failure"]["code"] == "first_use_ignored"
    assert not made.bridge.links("p003@demo.example")
    until(lambda: len(made.changed("POWER_U003")) >= 2)
    until(lambda: "host.spoiled" in str(made.bridge.state(reset.id)["events"]))
    assert made.power.users.user("POWER_U003").password.expired


def test_a_change_that_is_only_said_to_be_made_is_never_published(made: Running) -> None:
    """CPC2205 again and again, and the time of the last change stands still."""
    made.power.faults.arm(Fault.CHANGE_IGNORED, "CHGUSRPRF USRPRF(POWER_U004)")
    reset = made.bridge.ask("POWER", "POWER_U004")
    assert made.bridge.await_state(reset.id, "failed", within=120)["failure"]["code"] == "not_proven"
    made.power.faults.clear(Fault.CHANGE_IGNORED)
    assert not made.bridge.links("p004@demo.example")


def test_an_administrators_decision_stands_and_wrong_passwords_are_forgiven(made: Running) -> None:
    """Both profiles are *DISABLED; one has used up its attempts."""
    locked, tried = made.power.users.user("POWER_U005"), made.power.users.user("POWER_U006")
    locked.revoked = True
    for _ in range(3):
        made.power.sign_on("POWER_U006", "WRONG")
    assert tried.revoked
    refused, reset = made.bridge.ask("POWER", "POWER_U005"), made.bridge.ask("POWER", "POWER_U006")
    failure = made.bridge.await_state(refused.id, "failed")["failure"]
    assert failure["code"] == "suspended_by_administrator"
    assert not made.changed("POWER_U005")
    made.bridge.await_state(reset.id, "published")
    assert (locked.revoked, tried.revoked) == (True, False)


def test_unlock_enables_and_sets_no_password(made: Running) -> None:
    """By the command line; the password that was there is still good."""
    for _ in range(3):
        made.power.sign_on("POWER_U007", "WRONG")
    done = made.bridge.run("unlock", "POWER", "POWER_U007", "--reason", "typed it wrong")
    assert done.returncode == 0, done.stderr
    assert made.power.sign_on("POWER_U007", FORGOTTEN).outcome is Outcome.IN
    assert not made.changed("POWER_U007")
