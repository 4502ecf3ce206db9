"""Many threads and many processes at one database: one wins, nobody is lost, nothing is done twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from bridge.domain.errors import Overtaken
from bridge.domain.names import Account, Person, Userid
from bridge.domain.reset import State
from bridge.domain.secret import Secret
from bridge.ports import Enrolled
from connectors.store.engine import SqlStore
from tests.contract.samples import NOW, PAYROLL7, PRODA, a_link, a_reset, add, after, an_event, at_state

ROOT = Path(__file__).parents[2]
THREADS = 8
JO = Person("jo")


class Child:
    """A process of store_child."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        order = [sys.executable, "-W", "error", "-m", "tests.contract.store_child"]
        self._process = subprocess.Popen(order, cwd=ROOT, text=True, stdin=pipe, stdout=pipe)

    def hear(self, line: str) -> None:
        """Give it a line."""
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def word(self) -> str:
        """The next word it says; empty once it is dead."""
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def words(self) -> list[str]:
        """All that it says until the end of its order."""
        found = list(iter(self.word, "end"))
        assert "" not in found, "the child died"
        return found

    def kill(self) -> list[str]:
        """SIGKILL; returns what it had still said."""
        self._process.kill()
        return self._process.communicate()[0].split()


def run(children: Sequence[Child], key: Secret, *orders: str) -> None:
    """Give each child its order; they begin together once each has the store open."""
    for child, order in zip(children, orders, strict=True):
        child.hear(f"{key.expose()} {order}")
    for child in children:
        assert child.word() == "open"
    for child in children:
        child.hear("")


@pytest.fixture(scope="module")
def four() -> Iterator[list[Child]]:
    """Four processes, for all tests of this module: starting one takes longer than most tests."""
    started = [Child() for _ in range(4)]
    yield started
    for child in started:
        child.kill()


def together(work: Callable[[int], bool]) -> list[bool]:
    """Run `work` in THREADS threads that start at the same moment."""
    gate = Barrier(THREADS)

    def begin(number: int) -> bool:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def test_of_many_threads_one_takes_the_lease(store: SqlStore) -> None:
    """Each of ten accounts is taken by exactly one of eight threads."""
    for number in range(10):
        account = Account(PRODA, Userid(f"U{number}"))

        def take(thread: int, account: Account = account) -> bool:
            with store.work() as work:
                return work.leases.take(account, f"n/{thread}", at=NOW, until=after(minutes=3)) is not None

        assert together(take).count(True) == 1


def test_i4_of_many_threads_one_moves_the_reset(store: SqlStore) -> None:
    """All have read the same version: one save holds, the others are Overtaken, and one record is written."""
    for number in range(10):
        reset = a_reset(f"U{number}", State.PUBLISHED)
        with store.work() as work:
            add(work, reset)

        def move(_: int, reset: object = reset) -> bool:
            try:
                with store.work() as work:
                    work.resets.save(reset, at_state(reset, State.REVEALED))  # type: ignore[arg-type]
                    work.audit.append(an_event(reset_id=reset.id))  # type: ignore[attr-defined]
            except Overtaken:
                return False
            return True

        assert together(move).count(True) == 1
        with store.look() as work:
            assert len(work.audit.of_reset(reset.id)) == 1


def test_i5_wrong_answers_in_parallel_are_all_counted(store: SqlStore) -> None:
    """Eight threads lock the count and add one, ten times each: none gets lost."""

    def miss(_: int) -> bool:
        for _ in range(10):
            with store.work() as work:
                work.tries.set(JO, work.tries.lock(JO) + 1, NOW)
        return True

    together(miss)
    with store.look() as work:
        assert work.tries.lock(JO) == 10 * THREADS


def test_i4_of_many_threads_one_locks_the_link_and_erases_it(store: SqlStore) -> None:
    """Under the link's lock one reads the ciphertext; whoever comes after finds it gone."""
    for number in range(10):
        reset = a_reset(f"U{number}", State.PUBLISHED)
        link = a_link(reset.id)
        with store.work() as work:
            add(work, reset)
            work.links.put(link)

        def claim(_: int, locator: object = link.locator) -> bool:
            with store.work() as work:
                found = work.links.lock(locator)  # type: ignore[arg-type]
                assert found
                if found.ciphertext is None:
                    return False
                work.links.erase([found.reset_id])
                return True

        assert together(claim).count(True) == 1


def test_i6_asks_for_one_account_at_once_leave_one_open(store: SqlStore) -> None:
    """Each ends what it finds open and adds its own: one is left, and nobody waits in a circle."""

    def ask(number: int) -> bool:
        mine = a_reset(requested_at=after(seconds=number))
        with store.work() as work:
            for older in work.resets.open_for(PAYROLL7):
                work.resets.save(older, at_state(older, State.CANCELLED))
                work.links.erase([older.id])
            add(work, mine)
            work.resets.save(mine, at_state(mine, State.QUEUED))
            work.audit.append(an_event(reset_id=mine.id))
        return True

    for _ in range(5):
        assert all(together(ask))
        with store.look() as work:
            assert len(work.resets.open_for(PAYROLL7)) == 1
    with store.look() as work:
        assert len(work.resets.find(limit=500)[0]) == 5 * THREADS
        assert work.audit.verify() == (5 * THREADS, None)


def test_one_idempotency_key_is_used_once(store: SqlStore) -> None:
    """Of eight requests with the same key, seven are Overtaken and store nothing."""

    def ask(number: int) -> bool:
        mine = a_reset(f"U{number}")
        try:
            with store.work() as work:
                add(work, mine)
                work.idempotency.put("ann", "key", b"print", mine.id, NOW)
        except Overtaken:
            return False
        return True

    assert together(ask).count(True) == 1
    with store.look() as work:
        assert len(work.resets.find()[0]) == 1


def test_workers_that_look_at_once_find_different_resets(store: SqlStore) -> None:
    """Eight threads empty a queue of forty: each reset is taken once, none is left."""
    with store.work() as work:
        add(work, *(a_reset(f"U{n}", requested_at=after(seconds=n)) for n in range(40)))
    taken: list[str] = []

    def toil(number: int) -> bool:
        idle = 0
        while idle < 20:
            with store.work() as work:
                reset = work.resets.next_due(PRODA, after(minutes=1))
                if reset is None:
                    idle += 1
                    continue
                assert work.leases.take(reset.account, f"n/{number}", at=after(minutes=1), until=after(minutes=4))
                work.resets.save(reset, at_state(reset, State.CHANGING))
            taken.append(reset.id)
        return True

    together(toil)
    assert len(taken) == len(set(taken)) == 40


def test_i8_four_processes_write_one_chain(store: SqlStore, url: str, key_text: Secret, four: list[Child]) -> None:
    """Four processes append in turn; the chain has every record and verifies."""
    run(four, key_text, *[f"append {url} 60"] * 4)
    assert [child.words() for child in four] == [[]] * 4
    with store.look() as work:
        assert work.audit.verify() == (240, None)


def test_of_four_processes_one_takes_each_lease(url: str, key_text: Secret, four: list[Child]) -> None:
    """Every account is taken, and by one process."""
    run(four, key_text, *[f"lease {url} 60"] * 4)
    taken = [word for child in four for word in child.words()]
    assert sorted(taken) == sorted(f"U{number}" for number in range(60))


def test_i4_of_four_processes_one_claims_each_reset(
    store: SqlStore, url: str, key_text: Secret, four: list[Child]
) -> None:
    """Every published reset is moved once, with one record."""
    resets = [a_reset(f"U{number}", State.PUBLISHED) for number in range(40)]
    with store.work() as work:
        add(work, *resets)
    ids = [reset.id for reset in resets]
    run(four, key_text, *[f"claim {url} {' '.join(ids)}"] * 4)
    assert sorted(word for child in four for word in child.words()) == sorted(ids)
    with store.look() as work:
        assert all(len(work.audit.of_reset(reset_id)) == 1 for reset_id in ids)


def test_i4_of_four_processes_one_uses_each_step(
    store: SqlStore, url: str, key_text: Secret, four: list[Child]
) -> None:
    """A TOTP step is accepted by one process at most."""
    factor = Enrolled(id="F1", person=JO, kind="totp", label="", seed=b"x", added_at=NOW, added_by="ops")
    with store.work() as work:
        work.people.add_factor(factor)
    run(four, key_text, *[f"step {url} 50"] * 4)
    used = [int(word) for child in four for word in child.words()]
    assert len(used) == len(set(used))
    assert max(used) == 50


@pytest.mark.slow
def test_i7_i8_killed_at_any_moment_nothing_is_half_done(store: SqlStore, url: str, key_text: Secret) -> None:
    """Processes killed in mid-work: what they said they had stored is stored; chain, state and record agree."""
    reported: dict[str, str] = {}
    for round_ in range(3):
        running = [Child(), Child()]
        try:
            run(running, key_text, f"toil {url} A{round_}X", f"toil {url} B{round_}X")
            words = [running[0].word() for _ in range(13 + 8 * round_)]
        finally:
            words += [word for child in running for word in child.kill()]
        for word in words:  # an id: published; with a minus before it: revoked
            reported[word.lstrip("-")] = "reset.revoked" if word.startswith("-") else "reset.published"
        with store.look() as work:
            assert work.audit.verify()[1] is None
            for reset_id, kind in reported.items():
                assert kind in [record.event.kind for record in work.audit.of_reset(reset_id)]
    with store.look() as work:
        stored, cursor = work.resets.find(limit=500)
        while cursor:
            page, cursor = work.resets.find(limit=500, cursor=cursor)
            stored += page
        assert len(stored) >= len(reported) > 30
        for reset in stored:
            link = work.links.of(reset.id)
            kinds = [record.event.kind for record in work.audit.of_reset(reset.id)]
            over = reset.state is State.REVOKED
            assert link is not None
            assert (link.ciphertext is None) == over
            assert kinds == (["reset.published", "reset.revoked"] if over else ["reset.published"])
