"""The dialog that the handbook writes for a made-up session manager, against that manager in front of TSO."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from bridge.domain.errors import AnswerLost, HostUnreached, Refused, ServiceIdRejected
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.reader import load
from connectors.hosts.transports.base import Manager
from connectors.simulated.faults import Fault
from connectors.simulated.zos import SimulatedZos
from tests.live.tn3270_wires import KeepingLog, opened, order, reset, system, wire_to
from tests.rules.tree import ROOT

EXGATE = ROOT / "deploy" / "handbook" / "exgate.yaml"


@contextmanager
def gate(product: Literal["racf", "acf2"] = "racf", **options: Any) -> Iterator[SimulatedZos]:
    with system(product, manager=True, **options) as zos:
        yield zos


def wire(zos: SimulatedZos, log: KeepingLog | None = None, **more: Any) -> Any:
    return wire_to(zos.port, log=log, dialog=load(EXGATE).dialog, **more)


@pytest.mark.parametrize("options", [{}, {"ispf_autostart": True}, {"codepage": "273"}, {"broadcast": ("EXGATE20",)}])
def test_the_way_through_the_manager_leads_to_ready_and_back(options: dict[str, Any]) -> None:
    """Signed on, news passed, TSO chosen, a password set; LOGOFF, and signed off from the manager, too."""
    log = KeepingLog()
    with gate(**options) as zos:
        page = {"codepage": options["codepage"]} if "codepage" in options else {}
        with opened(wire(zos, log, **page)) as open_wire:
            open_wire.run(reset())
        assert not zos.sessions()

    places = [place for place in log.places() if place != "WAIT"]
    assert places[:4] == ["SIGN_ON", "NEWS", "MENU_OF_GATE", "PANEL"]
    assert places[-2:] == ["leaving MENU_OF_GATE", "leaving SIGN_ON"]


def test_without_its_dialog_the_manager_is_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shipped dialog does not know is not guessed at: nothing but the logon command is typed, no password."""
    monkeypatch.setattr("connectors.hosts.transports.logon.QUIET", 0.3)
    with gate() as zos:
        with pytest.raises(HostUnreached):
            wire_to(zos.port).open()
        assert not zos.sessions()


def test_a_wrong_password_is_refused_by_the_manager_and_typed_once() -> None:
    """The manager's own words, and a refusal that is not tried again."""
    with gate() as zos, pytest.raises(ServiceIdRejected, match="EXG003E"):
        wire(zos, password="WRONG123").open()


def test_a_form_that_comes_back_has_refused_whatever_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that are on no list are no reason to type the same password again, until the service id is revoked."""
    monkeypatch.setattr("connectors.hosts.transports.logon.QUIET", 0.1)
    text = EXGATE.read_text(encoding="utf-8").replace("EXG003E, ", "").replace("within: 15s", "within: 1s", 1)
    file = tmp_path / "exgate.yaml"
    file.write_text(text, encoding="utf-8")
    with gate() as zos, pytest.raises(ServiceIdRejected, match="EXG003E"):
        wire_to(zos.port, dialog=load(file).dialog, password="WRONG123").open()
    assert "EXG003E" not in text


def test_an_application_that_is_not_there_is_no_refusal(tmp_path: Path) -> None:
    """The manager says so; the service id is not blamed."""
    text = EXGATE.read_text().replace('text: "1"', 'text: "2"')
    file = tmp_path / "exgate.yaml"
    file.write_text(text)
    with gate() as zos, pytest.raises(HostUnreached, match="EXG030E"):
        wire_to(zos.port, dialog=load(file).dialog).open()


def test_a_lost_session_is_fetched_back_through_the_manager() -> None:
    """The service id's old session is taken over, logged off, and the logon begun anew, each time through the gate."""
    with gate() as zos:
        first = wire(zos)
        first.open()
        zos.faults.arm(Fault.DROP_AFTER, "TIME", times=1)
        with pytest.raises(AnswerLost, match="TIME"):
            first.run(order("TIME"))
        first.close()
        with opened(wire(zos)) as again:
            assert again.alive()
        assert not zos.sessions()


def test_i1_the_password_goes_into_hidden_fields_alone(tmp_path: Path) -> None:
    """A dialog that names a field which shows what is typed gets nothing typed."""
    text = EXGATE.read_text().replace('behind: "Pass word"', 'behind: "User identification"')
    file = tmp_path / "exgate.yaml"
    file.write_text(text)
    with gate() as zos:
        words = r"no hidden field behind User identification \(.*10/37 behind “Pass word”.*\); nothing was typed"
        with pytest.raises(HostUnreached, match=words):
            wire_to(zos.port, dialog=load(file).dialog).open()
        assert not zos.sessions()


def test_what_the_manager_says_lets_nobody_into_tso(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows RACF's greeting; without `starts_over` TSO's own question would be taken for somebody's text."""
    monkeypatch.setattr("connectors.hosts.transports.logon.QUIET", 0.3)
    text = EXGATE.read_text(encoding="utf-8").replace("    starts_over: true # TSO asks for the password itself\n", "")
    file = tmp_path / "exgate.yaml"
    file.write_text(text, encoding="utf-8")
    with gate() as zos, pytest.raises(HostUnreached, match="is not expected after MENU_OF_GATE"):
        wire_to(zos.port, dialog=load(file).dialog).open()
    assert "starts_over" not in text


def with_its_own(folder: Path) -> Any:
    """The handbook's dialog, at a manager that has userids and passwords of its own and a menu that is copied from."""
    text = EXGATE.read_text(encoding="utf-8")
    changes = (
        ("{userid}", "{manager_userid}"), ("{password}", "{manager_password}"),
        ('text: "1"', "copy_pattern: '([0-9]+) +TSOA '"),
    )  # fmt: skip
    for before, after in changes:
        assert text.count(before) == 1
        text = text.replace(before, after)
    file = folder / "exgate.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file).dialog


def test_i1_a_manager_with_passwords_of_its_own_is_passed_by_them_and_tso_by_the_service_ids(tmp_path: Path) -> None:
    """Neither is told to anybody; both sessions are over at the end."""
    log = KeepingLog()
    with gate(manager_knows=("AGT0417", "GATE4711")) as zos:
        wanted = wire_to(
            zos.port, log=log, dialog=with_its_own(tmp_path), manager=Manager("AGT0417", Secret("GATE4711"))
        )
        with opened(wanted) as open_wire:
            open_wire.run(reset())
        assert not zos.sessions()
    places = [place for place in log.places() if place != "WAIT"]
    assert places[:5] == ["SIGN_ON", "NEWS", "MENU_OF_GATE", "USERID", "PANEL"]
    assert places[-2:] == ["leaving MENU_OF_GATE", "leaving SIGN_ON"]
    assert "GATE4711" not in repr(log.facts)


def test_i1_what_the_manager_refuses_is_its_own_and_is_masked(tmp_path: Path) -> None:
    """Its words may quote what was typed; the host's password never left."""
    log = KeepingLog()
    with gate(manager_knows=("GATE4711", "ANOTHER1")) as zos, pytest.raises(ServiceIdRejected, match="EXG003E") as no:
        wire_to(
            zos.port, log=log, dialog=with_its_own(tmp_path), manager=Manager("GATE4711", Secret("GATE4711"))
        ).open()
    assert no.value.what is Refused.MANAGER
    assert "GATE4711" not in str(no.value)
    assert "USERID" not in log.places()
