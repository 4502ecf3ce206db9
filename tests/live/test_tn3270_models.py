"""Terminals of every model by a real s3270: 24x80 on the way in, the model's own screen at READY, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.domain.names import Userid
from connectors.hosts.products.racf import Racf
from connectors.hosts.transports.pages import Pages
from connectors.hosts.transports.s3270 import command_line
from connectors.simulated.faults import Fault
from connectors.simulated.line import SIZES
from connectors.simulated.options import LogonStyle
from tests.live.tn3270_wires import LIST, NEW, USER, KeepingLog, opened, reset, system, wire_to


def sizes(log: KeepingLog) -> dict[object, object]:
    """Place → the size of the screen there."""
    return {facts["place"]: facts["size"] for event, facts in log.facts if event == "host.screen"}


@pytest.mark.parametrize("extended", [True, False], ids=["tn3270e", "classic"])
@pytest.mark.parametrize("model", SIZES)
def test_a_reset_on_each_model(model: str, extended: bool) -> None:
    """Panels keep to 24x80; READY has the whole screen, and so has the way out; the reset is proven by its listing."""
    log = KeepingLog()
    with system(extended=extended) as zos:
        with opened(wire_to(zos.port, log=log, model=model)) as wire:
            wire.run(reset())
            assert Racf("PRODA").read_status(wire.run(LIST), Userid(USER)).must_change
        assert zos.accepts(USER, NEW)
        assert zos.typed[-1] == "LOGOFF"
        assert zos.witness is not None and not zos.witness.violations
    seen = sizes(log)
    assert (seen["PANEL"], seen["READY"]) == ((24, 80), SIZES[model])


@pytest.mark.parametrize(
    "options", [{"logon": LogonStyle.LINE}, {"ispf_autostart": True}, {"more_before_userid": True}]
)
@pytest.mark.parametrize("model", ["4", "5"])
def test_every_way_in_changes_sizes_as_the_host_says(model: str, options: dict[str, Any]) -> None:
    """Erase/Write makes the screen small again, Erase/Write Alternate large; a password goes into its field in both."""
    log = KeepingLog()
    with system(**options) as zos:
        with opened(wire_to(zos.port, log=log, model=model)) as wire:
            wire.run(reset())
        assert zos.accepts(USER, NEW)
        assert zos.witness is not None and not zos.witness.violations
    assert sizes(log)["READY"] == SIZES[model]


@pytest.mark.parametrize("model", SIZES)
def test_output_is_whole_and_stops_less_often_on_a_larger_screen(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line once and in order, as long as the width allows, and one stop for each screen that is full."""
    turned: list[object] = []
    turn = Pages.turn
    monkeypatch.setattr(Pages, "turn", lambda self, words: turned.append(words) or turn(self, words))
    rows, columns = SIZES[model]
    lines = [f"LINE {number} " + "X" * (columns - 20) for number in range(150)]
    with system() as zos:
        zos.faults.arm(Fault.ANSWER, "LISTUSER", text="\n".join(lines))
        with opened(wire_to(zos.port, model=model)) as wire:
            (reply,) = wire.run(LIST)
    assert [row.strip() for row in reply.rows] == lines
    assert len(turned) == pytest.approx(150 / (rows - 1), abs=1)


@pytest.mark.parametrize("model", ["4", "5"])
def test_i1_a_secret_that_runs_over_the_edge_of_a_large_screen_is_masked(model: str) -> None:
    """Half of it at the end of a row, half at the beginning of the next."""
    columns = SIZES[model][1]
    words = "IKJ56702I INVALID PASSWORD, "
    log = KeepingLog()
    with system() as zos:
        zos.faults.arm(Fault.ANSWER, "ALTUSER", text=words + "Y" * (columns - 5 - len(words)) + NEW)
        with opened(wire_to(zos.port, log=log, model=model)) as wire:
            (reply,) = wire.run(reset())
    shown = "".join(reply.rows).replace(" ", "")
    assert "INVALIDPASSWORD" in shown and NEW not in shown
    assert NEW[:4] not in shown and NEW not in repr(log.facts)


def test_the_model_is_one_that_s3270_knows() -> None:
    """Two digits after the flag that takes it, as every other argument."""
    words = command_line("1047", model="5", ca=None, certificate_name="")
    assert words[words.index("-model") + 1] == "5"
