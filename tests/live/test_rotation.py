"""The service id's own password over real 3270 sessions: expired, on command, and what the host does not take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.errors import HostRefused, ServiceIdRejected
from connectors.simulated.datastream import Typed
from connectors.simulated.entry import Outcome
from connectors.simulated.options import LogonStyle
from connectors.simulated.terminal import Terminal
from tests.live.rotation_site import REFUSED_NEW, STYLES, Product, doors, expire, site
from tests.live.tn3270_wires import PASSWORD, SERVICE


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
    """The default changes nothing by itself."""
    with site(tmp_path, product, logon=style) as here:
        here.rotate = "never"
        expire(here.zos)

        with pytest.raises(ServiceIdRejected, match="service-id rotate PRODA SVCRST1"):
            here.works()

        assert here.zos.accepts(SERVICE, PASSWORD)
        assert here.kinds() == ["service.stopped"]
        assert here.outcomes == [Outcome.EXPIRED]


@pytest.mark.parametrize("style", STYLES)
def test_rotated_on_command(tmp_path: Path, style: LogonStyle) -> None:
    """On the panel in its hidden field, in line mode by the PASSWORD command; proven by the logon after it."""
    with site(tmp_path, logon=style) as here:
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
        assert [line for line in here.zos.typed if "PASSWORD" in line.upper()] == [] or style is LogonStyle.LINE
        assert here.works()
        assert here.wrong_tries == 0


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


@pytest.mark.parametrize("product", ["acf2", "topsecret"])
def test_the_others_change_it_on_the_panel(tmp_path: Path, product: Product) -> None:
    """The same field, another product."""
    with site(tmp_path, product) as here:
        here.want()
        here.host().rotate()
        assert here.own.state == "chosen here"
        assert not here.zos.accepts(SERVICE, PASSWORD)
        assert here.works()
        assert here.violations == here.wrong_tries == 0


@pytest.mark.parametrize(("product", "style"), [("acf2", LogonStyle.ACF2), ("topsecret", LogonStyle.LINE)])
def test_on_command_line_by_line_the_others_have_no_way(tmp_path: Path, product: Product, style: LogonStyle) -> None:
    """No field for it, and no command for one's own that is known: said so, nothing is drawn, and work goes on."""
    with site(tmp_path, product, logon=style) as here:
        here.want()

        with pytest.raises(HostRefused, match="wait until the password expires"):
            here.host().rotate()

        assert here.zos.accepts(SERVICE, PASSWORD)
        assert "service.candidate" not in here.kinds()
        assert not here.own.in_doubt
        assert here.own.wanted_at is None
        assert here.works()
        assert here.wrong_tries == 0
