"""The service id's own password over real 3270 sessions: expired, on command, answers lost, two nodes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest

from bridge.compose.worker import keeper, make_host
from bridge.config.model import ServiceId, System, Tn3270
from bridge.domain.errors import HostRefused, HostUnreached, ServiceIdRejected, VaultLocked
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.own import Own
from bridge.domain.secret import Secret
from bridge.flows.rotate import label, retry
from connectors.hosts.circuit import Circuit
from connectors.hosts.host import SystemHost
from connectors.machine import SystemClock
from connectors.simulated.datastream import Typed
from connectors.simulated.entry import Outcome
from connectors.simulated.line import LineLost
from connectors.simulated.options import LogonStyle
from connectors.simulated.terminal import Terminal
from connectors.simulated.zos import SimulatedZos
from schedules.worker import Slot
from tests.fakes.kit import House, house
from tests.live.tn3270_wires import PASSWORD, SERVICE, USER, system

ACCOUNT = Account(SystemName("PRODA"), Userid(SERVICE))
STYLES = [LogonStyle.PANEL, LogonStyle.LINE]
Product = Literal["racf", "acf2", "topsecret"]
DOORS: list[tuple[Product, LogonStyle]] = [
    ("racf", LogonStyle.PANEL), ("racf", LogonStyle.LINE), ("acf2", LogonStyle.PANEL), ("acf2", LogonStyle.ACF2),
    ("topsecret", LogonStyle.PANEL), ("topsecret", LogonStyle.LINE),
]  # fmt: skip
"""The ways in as the simulated hosts have them: ACF2 with prompts of its own, Top Secret behind those of TSO."""
REFUSED_NEW = {"racf": "IKJ56416I", "acf2": "ACF00118", "topsecret": "New Password is Invalid"}
doors = pytest.mark.parametrize(("product", "style"), DOORS)


@dataclass
class Site:
    """A simulated z/OS, a database, and hosts that log on to one under the marks of the other."""

    zos: SimulatedZos
    home: House
    rotate: Literal["never", "on_expiry", "by_age"] = "on_expiry"
    file: str = PASSWORD
    hosts: list[SystemHost] = field(default_factory=list)

    def host(self, *, owner: str = "here/W1", file: Callable[[], Secret] | None = None) -> SystemHost:
        """A host as a worker's slot has it; each is another process, as far as memory goes."""
        settings = Tn3270(
            host=self.zos.host, port=self.zos.port, tls=None, insecure=True, connect_within=timedelta(seconds=10),
            logon_within=timedelta(seconds=20), answer_within=timedelta(seconds=10),
            reconnect_wait=timedelta(seconds=2),
        )  # fmt: skip
        service = ServiceId(userid=SERVICE, rotate=self.rotate)
        product: Any = self.zos.users.settings.product
        made = System(name="PRODA", title="A", product=product, transport=settings, service_ids=(service,))
        read = file or (lambda: Secret(self.file))
        own = keeper(made, service, read, replace(self.home.worker, owner=owner), by=f"worker:{owner}")
        self.hosts.append(make_host(made, service, read, Circuit(), own=own))
        return self.hosts[-1]

    @property
    def own(self) -> Own:
        with self.home.store.look() as work:
            found = work.own.get(ACCOUNT)
        assert found is not None
        return found

    def want(self) -> None:
        with self.home.store.work() as work:
            work.own.want(ACCOUNT, at=self.home.clock.now(), by="local:root")

    def kinds(self) -> list[str]:
        with self.home.store.look() as work:
            return [record.event.kind for record in work.audit.records() if record.event.kind.startswith("service.")]

    def told(self) -> list[str]:
        """What waits in the outbox for security."""
        with self.home.store.look() as work:
            due = work.outbox.due(self.home.clock.now(), 50)
        return [each.kind for each in due if each.to == self.home.worker.security_address]

    @property
    def violations(self) -> int:
        return self.zos.users.user(SERVICE).violations

    @property
    def wrong_tries(self) -> int:
        assert self.zos.witness is not None
        return sum(attempt.outcome is Outcome.WRONG for attempt in self.zos.witness.logons)

    @property
    def outcomes(self) -> list[Outcome | None]:
        assert self.zos.witness is not None
        return [attempt.outcome for attempt in self.zos.witness.logons]

    def works(self) -> bool:
        """Whether a fresh process can work now."""
        with closing(self.host()) as host, host.session() as session:
            return session.profile(Userid(USER)).userid == USER


@contextmanager
def site(folder: Path, product: Product = "racf", **options: Any) -> Iterator[Site]:
    with house(folder) as home, system(product, **options) as zos:
        made = Site(zos, home)
        try:
            yield made
        finally:
            for host in made.hosts:
                host.close()


def expire(zos: SimulatedZos) -> None:
    zos.users.user(SERVICE).password.expired = True


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


# --- in doubt -------------------------------------------------------------------------------------


def drops_behind_the_new_one(here: Site, fault: str) -> None:
    """The line is cut right before, or right after, the host has set the new password."""
    users, zos = here.zos.users, here.zos
    before = users.set_password

    def cut(user: Any, text: str, now: Any, *, expired: bool) -> None:
        users.set_password = before  # type: ignore[method-assign]
        if fault == "after":
            before(user, text, now, expired=expired)
        raise LineLost("the line is cut on purpose")

    users.set_password = cut  # type: ignore[method-assign]
    del zos


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

        with pytest.raises(ServiceIdRejected, match="older one than another node's"):
            here.works()
        assert here.violations == 0


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
