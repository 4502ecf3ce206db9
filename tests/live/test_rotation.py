"""The service id's own password over real 3270 sessions: expired, on command, and what the host does not take."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bridge.config.model import Dialogs
from bridge.domain.errors import BridgeError, HostRefused, ServiceIdRejected
from connectors.hosts import dialogs
from connectors.simulated.datastream import Typed
from connectors.simulated.entry import Outcome
from connectors.simulated.faults import Fault
from connectors.simulated.options import LogonStyle
from connectors.simulated.terminal import Terminal
from tests.live.rotation_site import REFUSED_NEW, STYLES, Product, doors, drops_behind_the_new_one, expire, lines, site
from tests.live.tn3270_wires import PASSWORD, SERVICE

DIALOGS = Path(dialogs.__file__).parent


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What every key of a terminal has brought to the host, field by field, in order."""
    found: list[str] = []
    key = Terminal.key

    async def heard(terminal: Terminal) -> Typed:
        typed = await key(terminal)
        found.extend(terminal.page.decode(data).strip() for _, data in typed.fields)
        return typed

    monkeypatch.setattr(Terminal, "key", heard)
    return found


@doors
def test_expired_at_logon_is_changed_proven_and_kept(
    tmp_path: Path, product: Product, style: LogonStyle, entered: list[str]
) -> None:
    """The work that met it goes on; the new one is the host's, nobody typed it wrong, and the next process knows it.

    The old one is typed once; the new one as often as TSO asks for it, twice, and then once for each logon.
    """
    with site(tmp_path, product, logon=style) as here:
        expire(here.zos)

        assert here.works()

        assert not here.zos.accepts(SERVICE, PASSWORD)
        assert here.own.state == "chosen here"
        assert here.kinds() == ["service.candidate", "service.changed", "service.tried", "service.proven"]
        assert here.zos.witness is not None
        (new,) = set(here.zos.witness.passwords_ever_set)
        assert [text for text in entered if text in {PASSWORD, new}] == [PASSWORD, new, new, new]
        assert here.works()
        assert [text for text in entered if text in {PASSWORD, new}] == [PASSWORD, new, new, new, new]
        assert here.outcomes == [Outcome.EXPIRED, Outcome.IN, Outcome.IN, Outcome.IN]
        assert here.violations == here.wrong_tries == 0
        assert here.zos.witness.violations == []


@doors
def test_expired_and_never_is_an_error_that_says_what_to_do(
    tmp_path: Path, product: Product, style: LogonStyle
) -> None:
    """Nothing is changed by itself; the words say how it is."""
    with site(tmp_path, product, logon=style) as here:
        here.rotate = "never"
        expire(here.zos)

        with pytest.raises(ServiceIdRejected, match="service-id rotate PRODA SVCRST1"):
            here.works()

        assert here.zos.accepts(SERVICE, PASSWORD)
        assert here.kinds() == ["service.stopped"]
        assert here.outcomes == [Outcome.EXPIRED]


@doors
def test_rotated_on_command(tmp_path: Path, product: Product, style: LogonStyle) -> None:
    """On the panel in its hidden field, line by line by the command for one's own; proven by the logon after it."""
    with site(tmp_path, product, logon=style) as here:
        here.rotate = "never"
        here.want()
        host = here.host()
        assert host.rotation_due

        host.rotate()

        assert not host.rotation_due
        assert not here.zos.accepts(SERVICE, PASSWORD)
        assert here.own.state == "chosen here"
        assert here.own.wanted_at is None
        assert here.kinds()[-1] == "service.proven"
        said = [line for line in here.zos.typed if "PASSWORD" in line.upper() and "LIST" not in line]
        assert len(said) == (style is not LogonStyle.PANEL)
        assert here.works()
        assert here.violations == here.wrong_tries == 0


# --- what the host does not take ------------------------------------------------------------------


@doors
@pytest.mark.parametrize("refusals", [1, 2, 3])
def test_another_one_is_offered_at_most_twice(
    tmp_path: Path,
    product: Product,
    style: LogonStyle,
    refusals: int,
    entered: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The host's history refuses what was drawn; the third that is refused ends it, with the old one in place."""
    left = [refusals]

    def refuse(*_: object) -> bool:
        left[0] -= 1
        return left[0] < 0

    monkeypatch.setattr("connectors.simulated.entry.acceptable", refuse)
    with site(tmp_path, product, logon=style) as here:
        expire(here.zos)
        if refusals < 3:
            assert here.works()
            assert here.own.state == "chosen here"
        else:
            with pytest.raises(ServiceIdRejected, match=REFUSED_NEW[product]):
                here.works()
            assert here.zos.accepts(SERVICE, PASSWORD)
            assert not here.own.in_doubt
            assert here.kinds()[-2:] == ["service.gave_up", "service.stopped"]
        assert here.kinds().count("service.candidate_refused") == refusals
        assert here.outcomes[: refusals + 1] == [Outcome.EXPIRED] + [Outcome.NEW_REFUSED] * refusals
        assert entered.count(PASSWORD) == 1
        assert here.violations == here.wrong_tries == 0


@pytest.mark.parametrize("style", STYLES)
def test_a_rotation_on_command_that_the_host_refuses_leaves_the_old_one(tmp_path: Path, style: LogonStyle) -> None:
    """Too soon for the host: nothing is in doubt, and work goes on with the present one."""
    with site(tmp_path, logon=style) as here:
        here.zos.users.settings = replace(here.zos.users.settings, minimum_interval=100)
        here.want()

        with pytest.raises(HostRefused):
            here.host().rotate()

        assert here.zos.accepts(SERVICE, PASSWORD)
        assert not here.own.in_doubt
        assert here.own.wanted_at is None
        assert here.works()
        assert here.wrong_tries == 0


@lines
@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_command_whose_answer_is_lost_is_decided_by_one_try_each(
    tmp_path: Path, product: Product, style: LogonStyle, fault: str
) -> None:
    """As in the field of a panel: the next process finds out which of the two it is."""
    with site(tmp_path, product, logon=style) as here:
        here.want()
        drops_behind_the_new_one(here, fault)

        with pytest.raises(BridgeError):
            here.host().rotate()

        assert here.own.in_doubt
        assert here.works()
        assert here.zos.accepts(SERVICE, PASSWORD) is (fault == "before")
        assert not here.own.in_doubt
        assert here.kinds()[-1] == ("service.kept" if fault == "before" else "service.proven")
        assert here.wrong_tries == (fault == "before")


REFUSALS: dict[Product, tuple[str, str]] = {
    "racf": ("ICH08006I NOT AUTHORIZED TO ISSUE PASSWORD", "PASSWORD PASSWORD"),
    "acf2": ("ACF0A017 NOT AUTHORIZED FOR REQUESTED FUNCTION", "CHANGE"),
    "topsecret": ("TSS7251E Access Denied to CASECAUT <TSSCMD.USER.REPLACE.PASSWORD>\n"
                  "TSS0301I  TSS      FUNCTION FAILED, RETURN CODE =  8", "TSS REPLACE"),
}  # fmt: skip


@lines
def test_a_command_that_the_host_does_not_allow_leaves_the_old_one(
    tmp_path: Path, product: Product, style: LogonStyle
) -> None:
    """In the host's own words, once; nothing is in doubt, and work goes on."""
    said, command = REFUSALS[product]
    with site(tmp_path, product, logon=style) as here:
        here.want()
        here.zos.faults.arm(Fault.ANSWER, command, text=said)

        with pytest.raises(HostRefused, match=re.escape(said.split("\n")[0])):
            here.host().rotate()

        assert here.zos.faults.fired(Fault.ANSWER) == 1
        assert here.zos.accepts(SERVICE, PASSWORD)
        assert not here.own.in_doubt
        assert here.own.wanted_at is None
        here.zos.faults.clear()
        assert here.works()
        assert here.violations == here.wrong_tries == 0


@lines
def test_without_a_command_in_its_file_there_is_no_way_line_by_line(
    tmp_path: Path, product: Product, style: LogonStyle
) -> None:
    """A site's own file that leaves it out: said so, nothing is drawn, and work goes on."""
    with site(tmp_path, product, logon=style) as here:
        here.dialogs = Dialogs(commands=without_own_password(tmp_path, product))
        here.want()

        with pytest.raises(HostRefused, match="wait until the password expires"):
            here.host().rotate()

        assert here.zos.accepts(SERVICE, PASSWORD)
        assert "service.candidate" not in here.kinds()
        assert not here.own.in_doubt
        assert here.own.wanted_at is None
        assert here.works()
        assert here.wrong_tries == 0


def without_own_password(folder: Path, product: Product) -> Path:
    file = folder / "commands.yaml"
    shipped = yaml.safe_load((DIALOGS / f"{product}.yaml").read_text())
    del shipped["own_password"]
    file.write_text(yaml.safe_dump(shipped | {"dialog": "ours"}, sort_keys=False))
    return file
