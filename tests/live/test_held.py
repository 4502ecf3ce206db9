"""A logon that ends in the air once the password has left: real 3270 sessions, and who may type it again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.config.model import Dialogs
from bridge.domain.errors import HostUnreached, ServiceIdRejected
from bridge.flows import rotate
from connectors.simulated.faults import Fault
from connectors.simulated.scenarios import MANAGER, SCENARIOS
from tests.live.rotation_site import ACCOUNT, Site, site
from tests.live.tn3270_wires import PASSWORD, SERVICE
from tests.rules.tree import ROOT

EXGATE = ROOT / "deploy" / "handbook" / "exgate.yaml"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Screens stand still sooner, and no pause is waited for."""
    monkeypatch.setattr("connectors.hosts.transports.logon.QUIET", 0.2)
    monkeypatch.setattr("connectors.hosts.circuit.LEAST", timedelta(0))


def arm(here: Site, scenario: str, **other: float) -> None:
    """What the scenario does, done to this site's service id. `other`: in place of what it says."""

    class Ours:
        def arm(self, fault: Fault, matching: str, **more: Any) -> None:
            del matching
            here.zos.faults.arm(fault, SERVICE, **{**more, **other})

    SCENARIOS[scenario].arm(Ours())  # type: ignore[arg-type]


def through_the_gate(here: Site, folder: Path) -> None:
    """By the handbook's dialog, its sign-on to be answered within two seconds."""
    text = EXGATE.read_text(encoding="utf-8").replace("within: 15s", "within: 2s", 1)
    here.dialogs = Dialogs(logon=folder / "exgate.yaml")
    (folder / "exgate.yaml").write_text(text, encoding="utf-8")


def test_a_refusal_on_a_screen_that_no_dialog_knows_holds_the_service_id(tmp_path: Path) -> None:
    """Typed once, whatever begins anew, until somebody says so; the error shows what to add, and security is told."""
    with site(tmp_path, manager=True) as here:
        through_the_gate(here, tmp_path)
        arm(here, f"{MANAGER}-refuses-elsewhere")

        for words in (r"EXG017E NOT TODAY.*`messages` of the dialog exgate", "service-id retry PRODA SVCRST1"):
            with pytest.raises(ServiceIdRejected, match=words):
                here.works()

        assert here.wrong_tries == 1
        assert here.told() == ["service_id_stopped"]
        here.zos.faults.clear()
        assert rotate.retry(ACCOUNT, here.home.worker, "local:root")
        assert here.works()


def test_a_form_that_stands_while_the_host_is_at_work_refuses_nothing(tmp_path: Path) -> None:
    """Written anew and without a word it is left alone for as long as its `within` says; then the news come."""
    with site(tmp_path, manager=True) as here:
        through_the_gate(here, tmp_path)
        arm(here, f"{MANAGER}-slow", seconds=0.8)
        assert here.works()
        assert here.zos.faults.fired(Fault.FORM_STANDS) == 1


def test_a_line_that_breaks_behind_the_password_is_tried_again_once(tmp_path: Path) -> None:
    """Twice in a row may be how this host refuses: nobody types it a third time, a new process neither."""
    with site(tmp_path) as here:
        arm(here, "always-cut-at-password")
        host = here.host()
        for error in (HostUnreached, ServiceIdRejected, ServiceIdRejected):
            with pytest.raises(error, match="closed the connection during logon"), host.session():
                pass
        with pytest.raises(ServiceIdRejected, match="service-id retry PRODA SVCRST1"):
            here.works()
        assert here.zos.faults.fired(Fault.DROP_AT_LOGON) == 2
        assert PASSWORD not in here.own.words

        here.zos.faults.clear()
        arm(here, "cut-at-password")
        assert rotate.retry(ACCOUNT, here.home.worker, "local:root")
        host.tend(here.home.clock.now())
        with pytest.raises(HostUnreached), host.session():
            pass
        with host.session():
            assert here.told() == ["service_id_stopped"]
