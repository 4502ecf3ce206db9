"""A logon that ends in the air once the password has left: real 3270 sessions, and who may type it again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.config.model import Dialogs
from bridge.domain.errors import HostUnreached, ServiceIdRejected
from bridge.domain.outcome import Reach
from bridge.domain.secret import Secret
from bridge.flows import rotate
from connectors.hosts import tape
from connectors.hosts.dialogs.reader import load
from connectors.hosts.dialogs.shapes import Dialog
from connectors.hosts.replay import replay
from connectors.hosts.tape import TapeRecorder
from connectors.hosts.transcript import Shown
from connectors.hosts.transports.logon import Logon
from connectors.hosts.transports.screens import Screen
from connectors.simulated import entry
from connectors.simulated.entry import Outcome
from connectors.simulated.faults import Fault
from connectors.simulated.scenarios import MANAGER, SCENARIOS
from tests.live.rotation_site import ACCOUNT, Site, expire, site
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


def renewing(here: Site, folder: Path) -> Dialog:
    """By the handbook's dialog for a manager that asks for a new password."""
    through_the_gate(here, folder)
    text = (ROOT / "deploy" / "handbook" / "dialogs.md").read_text(encoding="utf-8")
    file = folder / "renews.yaml"
    file.write_text(text[text.index("dialog: exgate-renews") :].partition("```")[0], encoding="utf-8")
    here.dialogs = Dialogs(logon=file)
    return load(file).dialog


def first_session(kept: Sequence[Shown | tape.Keys]) -> list[Shown | tape.Keys]:
    """On, and off again; the logon that proves the new one follows."""
    places = [each.place.startswith("leaving ") if isinstance(each, Shown) else None for each in kept]
    out = places.index(True)
    end = next((n for n, leaving in enumerate(places) if n > out and leaving is False), len(kept))
    return list(kept[:end])


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


def test_a_manager_that_asks_for_a_new_password_gets_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the handbook's dialog: in both fields, another where one is refused, and TSO is given the one that was taken.

    The tape of it, without either password, is replayed.
    """
    left, real = [1], entry.acceptable

    def acceptable(*given: Any) -> bool:
        left[0] -= 1
        return left[0] < 0 and real(*given)

    monkeypatch.setattr("connectors.simulated.entry.acceptable", acceptable)
    with site(tmp_path, **SCENARIOS[f"{MANAGER}-renews"].options) as here:
        dialog = renewing(here, tmp_path)
        expire(here.zos)
        here.log = recorder = TapeRecorder()
        with here.host().session():
            assert here.own.in_doubt is False

        assert here.own.state == "chosen here"
        assert not here.zos.accepts(SERVICE, PASSWORD)
        assert here.kinds().count("service.candidate_refused") == 1
        assert here.wrong_tries == here.violations == 0
        assert here.zos.witness is not None
        (new,) = set(here.zos.witness.passwords_ever_set)
        keys = " ".join(text for each in recorder.kept if isinstance(each, tuple) for _, text in each)
        assert new not in keys
        assert PASSWORD not in keys
    file = tmp_path / "renews.jsonl"
    secrets = (Secret(PASSWORD), Secret(new))
    file.write_text(tape.written(first_session(recorder.kept), dialog.dialog, SERVICE, secrets, {}), encoding="utf-8")
    found = replay(tape.read(file), dialog)
    assert (found.fault, found.ends) == ("", "")


def test_a_manager_that_asks_for_one_gets_none_where_nobody_wants_that(tmp_path: Path) -> None:
    """`rotate: never`: the words say what to do, and nothing is typed."""
    with site(tmp_path, **SCENARIOS[f"{MANAGER}-renews"].options) as here:
        renewing(here, tmp_path)
        here.rotate = "never"
        expire(here.zos)
        with pytest.raises(ServiceIdRejected, match="service-id rotate PRODA SVCRST1"):
            here.works()
        assert here.zos.accepts(SERVICE, PASSWORD)


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


@pytest.mark.parametrize("manager", [False, True], ids=["TSO", "a manager ahead of it"])
def test_a_fault_of_ours_behind_the_password_holds_the_service_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, manager: bool
) -> None:
    """Each further logon would type it once more and end the same way; a new process types nothing, either."""
    step = "_place" if manager else "_let_in"
    real = getattr(Logon, step)

    def breaks(logon: Logon, screen: Screen) -> Any:
        if logon.pending:
            raise re.error("global flags not at the start of the expression")
        return real(logon, screen)

    monkeypatch.setattr(Logon, step, breaks)
    with site(tmp_path, manager=manager) as here:
        if manager:
            through_the_gate(here, tmp_path)
        words = r"did not come to its end: a fault of this program, error at .*lint.*retry PRODA"
        with pytest.raises(ServiceIdRejected, match=words), here.host().session():
            pass
        words = r"(may have been a refusal|session manager refused).* It was: a fault of this program, error at"
        with pytest.raises(ServiceIdRejected, match=words):
            here.works()
        assert here.own.stopped
        assert here.kinds() == ["service.stopped"]
        assert len(here.outcomes) == 1
        assert here.zos.sessions() == []


def test_a_fault_of_ours_before_any_password_is_tried_again_after_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was counted; it counts as a host that was not found."""
    monkeypatch.setattr(Logon, "_place", lambda *_: {}["screen"])
    with site(tmp_path) as here:
        host = here.host()
        words = "the logon was ended by a fault of this program, KeyError at the first screen"
        with pytest.raises(HostUnreached, match=words), host.session():
            pass
        assert host.condition == (Reach.UNREACHABLE, words)
        assert here.outcomes == []
        assert here.kinds() == []


@pytest.mark.parametrize("step", ["s3270.Child.__init__", "tn3270.Tn3270Wire._set_profile"])
def test_a_fault_of_ours_around_the_logon_holds_nobody_however_often_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A machine that is short of threads or of memory: ahead of the password, or once it was taken."""

    def short(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    with site(tmp_path) as here:
        host = here.host()
        with monkeypatch.context() as patched:
            patched.setattr(f"connectors.hosts.transports.{step}", short)
            for _ in range(3):
                with pytest.raises(HostUnreached, match="no password is in doubt: RuntimeError"), host.session():
                    pass
        assert here.kinds() == []
        assert here.works()
        assert set(here.outcomes) == {Outcome.IN}
