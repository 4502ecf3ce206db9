"""Kits for flow tests: the real store (SQLite), the real vault and factors; host, relay, clock and people in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyotp

from bridge.domain.link import KEY_BYTES, unbase32
from bridge.domain.names import Account, Person, SystemName, Userid
from bridge.domain.policy import Caller, Policy, Role
from bridge.domain.record import Record
from bridge.domain.reset import Reset
from bridge.domain.second import STEP, seed_label
from bridge.domain.secret import Secret
from bridge.flows.ask import Ask, Asked, ask
from bridge.flows.change import change
from bridge.flows.follow import follow
from bridge.flows.holder import Attempt
from bridge.flows.reveal import Shown, Waiting, reveal
from bridge.flows.spoil import spoil
from bridge.flows.take import Task, held, take
from bridge.ports import Enrolled, Gateway, Judge, PersonRecord, SignOn, WebKit, WorkKit
from connectors import vault
from connectors.factors import factors
from connectors.factors.passkey import Passkey
from connectors.factors.release_code import ReleaseCode
from connectors.factors.totp import Totp
from connectors.keepass import KeePassFiles
from connectors.store.engine import SqlStore, open_store
from connectors.store.upgrade import upgrade
from connectors.vault import KeyRing, new_key_text
from tests.fakes.host import FakeHost
from tests.fakes.outside import FakeClock, FakeDirectory, FakeMail, dice

AGENT = Caller(name="anna", roles=frozenset({Role.AGENT}), source="192.0.2.7")
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class House:
    """One bridge with everything in reach."""

    store: SqlStore
    clock: FakeClock
    mail: FakeMail
    host: FakeHost
    directory: FakeDirectory
    web: WebKit
    worker: WorkKit

    def ask(self, userid: str = "JSMITH", reason: str = "forgotten") -> Asked:
        return ask(Ask(system="PRODA", userid=userid, reason=reason), AGENT, self.web)

    def work(self, times: int = 1) -> list[Reset]:
        """Take and do what is due, at most so often; each as it was left."""
        done = []
        for _ in range(times):
            job = take(self.host.name, self.worker)
            if job is None:
                break
            flow = {Task.CHANGE: change, Task.SPOIL: spoil, Task.FOLLOW: follow}[job.task]
            with held(job, self.worker):
                done.append(flow(job, self.host, self.worker))
        return done

    def reset(self, reset_id: str) -> Reset:
        with self.store.look() as work:
            return work.resets.get(reset_id)  # type: ignore[arg-type]

    def records(self, reset_id: str) -> list[Record]:
        with self.store.look() as work:
            return work.audit.of_reset(reset_id)

    def kinds(self, reset_id: str) -> list[str]:
        return [record.event.kind for record in self.records(reset_id)]

    def attempt(self, answer: str | Secret, *, mail: int = -1, key: str | None = None) -> Attempt:
        """What a browser would send for a mail's link."""
        locator, _, fragment = self.mail.links[mail].url.expose().rpartition("/")[2].partition("#")
        answer = answer if isinstance(answer, Secret) else Secret(answer)
        return Attempt(locator=locator, key=Secret(key or fragment), answer=answer, source="198.51.100.9", agent="test")

    def open(self, answer: str | Secret, *, mail: int = -1) -> Shown:
        shown = reveal(self.attempt(answer, mail=mail), self.web)
        assert isinstance(shown, Shown)
        return shown

    def let_in(self, answer: str | Secret, *, mail: int = -1) -> Waiting:
        """Pass an armed link's factor."""
        waiting = reveal(self.attempt(answer, mail=mail), self.web)
        assert isinstance(waiting, Waiting)
        return waiting

    def totp(self, steps_away: int = 0) -> str:
        return str(pyotp.TOTP(SEED).generate_otp(int(self.clock.at.timestamp()) // STEP + steps_away))


def proof_of(attempt: Attempt) -> Secret:
    """What a browser that keeps the key to itself would send for it."""
    return Secret(vault.proof_of(unbase32(attempt.key.expose(), KEY_BYTES), attempt.locator).hex())


def others_can_write(database: Path) -> None:
    """Raise OperationalError where a transaction is open that writes: a directory can take minutes to answer."""
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")


@cache
def _migrated() -> bytes:
    """An empty database as the migrations leave it: made once, since they take far longer than what a test does."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "bridge.db")
        upgrade(f"sqlite:///{path}")
        return path.read_bytes()


@contextmanager
def house(
    folder: Path,
    *,
    policy: Policy | None = None,
    enrolled: bool = True,
    judges: Mapping[str, Judge] | None = None,
    phone: str | None = None,
    other_email: str | None = None,
    gateway: Gateway | None = None,
    sign_on: SignOn | None = None,
    clock: FakeClock | None = None,
    pause: int = 0,
    network_limit: int = 0,
    base_url: str = "https://reset.example.com",
) -> Iterator[House]:
    """A bridge with one system, one person, an authenticator app. `pause`: seconds after the second
    wrong answer; 5 are more than are waited out."""
    policy = replace(policy or Policy(), pause=timedelta(seconds=pause))
    database = folder / "bridge.db"
    if not database.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        database.touch(mode=0o600)
        database.write_bytes(_migrated())
    url = f"sqlite:///{database}"
    ring = KeyRing([new_key_text(dice)])
    store = open_store(url, None, ring)
    clock, mail, host = clock or FakeClock(), FakeMail(), FakeHost("PRODA", "JSMITH", "MJONES")
    person = PersonRecord(
        person=Person("js"), name="John Smith", email="js@example.com", phone=phone,
        other_email=other_email,
        accounts=(Account(SystemName("PRODA"), Userid("JSMITH")), Account(SystemName("PRODA"), Userid("MJONES"))),
    )  # fmt: skip
    people = FakeDirectory(person, asked=partial(others_can_write, database))
    shared = {
        "store": store, "clock": clock, "dice": dice, "directory": people, "vault": ring,
        "factors": factors(ring, base_url),
        "systems": {SystemName("PRODA"): policy}, "security_address": "security@example.com",
        "judges": judges or {},
    }  # fmt: skip
    if enrolled:
        with store.work() as work:
            work.people.put(person)
            seed = ring.seal_seed(Secret(SEED), seed_label(person.person, "F1"))
            work.people.add_factor(Enrolled(id="F1", person=person.person, kind="totp", label="phone", seed=seed,
                                            added_at=clock.now(), added_by="operator:root"))  # fmt: skip
    web = WebKit(
        **shared, gateway=gateway, sign_on=sign_on, network_limit=network_limit,
        passkeys=Passkey(ring, base_url), apps=Totp(ring), read_out=ReleaseCode(ring),
    )  # type: ignore[arg-type]  # fmt: skip
    worker = WorkKit(
        **shared, mail=mail, base_url="https://reset.example.com", owner="here/W1", gateway=gateway,
        files=KeePassFiles({}, clock, dice),
    )  # type: ignore[arg-type]  # fmt: skip
    try:
        yield House(store, clock, mail, host, people, web, worker)
    finally:
        store.close()
