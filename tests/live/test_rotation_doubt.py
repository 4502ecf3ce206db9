"""The service id's own password where an answer was lost, or two nodes are at it: one try each, nowhere in clear."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bridge.domain.errors import HostUnreached, Refused, ServiceIdRejected, VaultLocked
from bridge.domain.secret import Secret
from bridge.flows.rotate import label, retry
from connectors.hosts.transports.tn3270 import Tn3270Wire
from connectors.machine import SystemClock
from connectors.simulated.options import LogonStyle
from schedules.worker import Slot
from tests.live.rotation_site import ACCOUNT, Product, doors, drops_behind_the_new_one, expire, site
from tests.live.tn3270_wires import PASSWORD, SERVICE


@doors
@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_lost_answer_is_decided_by_one_try_each(
    tmp_path: Path, product: Product, style: LogonStyle, fault: str
) -> None:
    """Whether the host had set it or not: the next process finds out with at most one wrong try, and says which."""
    with site(tmp_path, product, logon=style) as here:
        expire(here.zos)
        drops_behind_the_new_one(here, fault)
        with pytest.raises(HostUnreached):
            here.works()
        assert here.own.in_doubt

        assert here.works()

        assert here.own.state == "chosen here"
        assert not here.zos.accepts(SERVICE, PASSWORD)
        assert here.wrong_tries == (0 if fault == "after" else 1)
        assert "service.proven" in here.kinds()
        assert here.works()


def test_neither_of_two_is_ever_typed_again(tmp_path: Path) -> None:
    """Somebody has changed it on the host meanwhile: one try each, over any number of processes; the file ends it."""
    with site(tmp_path) as here:
        expire(here.zos)
        drops_behind_the_new_one(here, "after")
        with pytest.raises(HostUnreached):
            here.works()
        here.zos.users.define(SERVICE, password="CHANGED1")
        for _ in range(3):
            with pytest.raises(ServiceIdRejected):
                here.works()
        assert here.violations == 2
        assert here.own.stopped
        assert "put that password into its file" in here.own.words
        assert not here.host().rotation_due

        here.file = "CHANGED1"

        assert here.works()
        assert here.kinds()[-1] == "service.from_file"


def test_a_refused_password_is_not_typed_by_the_next_process(tmp_path: Path) -> None:
    """One violation, whatever is restarted; a person's word lets it in again."""
    with site(tmp_path) as here:
        here.rotate = "never"
        here.file = "WRONG123"
        for _ in range(3):
            with pytest.raises(ServiceIdRejected):
                here.works()
        assert here.violations == 1
        assert here.told() == ["service_id_stopped"]

        here.zos.users.define(SERVICE, password="WRONG123")
        assert retry(ACCOUNT, here.home.worker, "local:root")

        assert here.works()


def test_a_file_that_was_replaced_does_not_count_again(tmp_path: Path) -> None:
    """A node whose file is not the newest says so and types nothing."""
    with site(tmp_path) as here:
        expire(here.zos)
        assert here.works()
        here.zos.users.define(SERVICE, password="BYHAND12")
        here.file = "BYHAND12"
        assert here.works()

        here.file = PASSWORD

        with pytest.raises(ServiceIdRejected, match="gone back to what it held before"):
            here.works()
        assert here.violations == 0


# --- nodes ----------------------------------------------------------------------------------------


def test_of_two_nodes_the_one_that_holds_the_seat_rotates(tmp_path: Path) -> None:
    """Both are asked; one does it, the other finds it done, and either works with the new one."""
    with site(tmp_path) as here:
        here.want()
        slots = [
            Slot("PRODA", number, partial(here.host, owner=f"node{number}/W"),
                 replace(here.home.worker, owner=f"node{number}/W", clock=SystemClock()))
            for number in range(2)
        ]  # fmt: skip
        for slot in slots:
            slot.start()
        try:
            until(lambda: here.own.wanted_at is None)
        finally:
            for slot in slots:
                slot.stop()
            for slot in slots:
                slot.join(30)
        assert here.kinds().count("service.candidate") == 1
        assert here.own.state == "chosen here"
        assert here.wrong_tries == 0
        assert here.works()


def test_the_password_is_nowhere_in_clear(tmp_path: Path) -> None:
    """I1: neither in the database nor in the audit; and the ring alone does not open it (I9)."""
    with site(tmp_path) as here:
        expire(here.zos)
        assert here.works()
        new = here.zos.passwords_ever_set[-1]
        stored = b"".join(file.read_bytes() for file in tmp_path.glob("bridge.db*"))
        assert new.encode() not in stored
        sealed = here.own.current
        assert sealed is not None
        assert new not in here.home.worker.vault.open_seed(sealed, label(ACCOUNT)).expose()
        with pytest.raises(VaultLocked):
            here.home.worker.vault.open_own(sealed, label(ACCOUNT), Secret("SERVICE2"))


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_host_that_demands_a_new_one_and_hangs_up_is_logged_on_to_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nowhere to type it. Else each reset would type the old one again, and tell security of it."""
    opened: list[Tn3270Wire] = []

    def expired(wire: Tn3270Wire) -> None:
        opened.append(wire)
        raise ServiceIdRejected("PRODA", ("ACF01017 PASSWORD HAS EXPIRED",), what=Refused.EXPIRED)

    with site(tmp_path) as here:
        host = here.host()
        with monkeypatch.context() as patched:
            patched.setattr(Tn3270Wire, "open", expired)
            for _ in range(5):
                with pytest.raises(ServiceIdRejected, match="ACF01017"), host.session():
                    pass
        assert len(opened) == 2
        assert here.told() == ["service_id_stopped"] * 2
        assert here.own.failed == 2
