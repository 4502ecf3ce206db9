"""Steps of a claim, and wrong answers per network, over both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from bridge.domain.names import Person
from bridge.domain.reset import State
from bridge.ports import Crowd, Progress, Scope, Suspect
from connectors.store.engine import SqlStore
from tests.contract.samples import NOW, a_reset, add, after

JO = Person("jo")


def test_steps_are_kept_replaced_and_forgotten(store: SqlStore) -> None:
    """The newest of a reset, so many at once; another reset's are its own."""
    mine, other = a_reset("U1", State.PUBLISHED), a_reset("U2", State.PUBLISHED)
    with store.work() as work:
        add(work, mine, other)
        for number in range(4):
            until = NOW + timedelta(minutes=number)
            work.steps.put(Progress(reset_id=mine.id, tag=f"t{number}", passed=("totp", "oidc"), until=until), 3)
        work.steps.put(Progress(reset_id=other.id, tag="t9", passed=("phone",), until=NOW), 3)
    with store.work() as work:
        assert [each.tag for each in work.steps.of(mine.id)] == ["t1", "t2", "t3"]
        assert work.steps.of(mine.id)[0].passed == ("totp", "oidc")
        work.steps.drop(mine.id, "t2")
        assert [each.tag for each in work.steps.of(mine.id)] == ["t1", "t3"]
        work.steps.drop(mine.id)
    with store.look() as work:
        assert (work.steps.of(mine.id), len(work.steps.of(other.id))) == ([], 1)


def test_i5_wrong_answers_of_a_network_are_all_counted(store: SqlStore) -> None:
    """Eight threads, ten times each, from nothing: none gets lost."""

    def miss(_: int) -> None:
        for _ in range(10):
            with store.work() as work:
                last = work.networks.lock("192.0.2.0/24")
                count = last.count + 1 if last else 1
                work.networks.put(Suspect(network="192.0.2.0/24", count=count, since=NOW, at=after(minutes=1)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(miss, range(8)))
    with store.look() as work:
        assert work.networks.get("192.0.2.0/24") == Suspect(
            network="192.0.2.0/24", count=80, since=NOW, at=after(minutes=1)
        )
        assert work.networks.get("198.51.100.0/24") is None
    with store.work() as work:
        assert work.networks.purge(after(minutes=1)) == 0
        assert work.networks.purge(after(minutes=2)) == 1


def test_a_persons_published_resets_and_last_try(store: SqlStore) -> None:
    """Theirs alone, and none that is in another state; a count that was never set was set long ago."""
    theirs = [a_reset(f"U{n}", state, person=JO) for n, state in enumerate((State.PUBLISHED, State.REVEALED))]
    with store.work() as work:
        add(work, *theirs, a_reset("U9", State.PUBLISHED, person=Person("al")))
        assert work.tries.last(JO) < NOW
        work.tries.set(JO, 2, NOW)
    with store.look() as work:
        assert [each.id for each in work.resets.published_for(JO)] == [theirs[0].id]
        assert work.tries.last(JO) == NOW


def test_a_crowd_is_counted_whole_whoever_counts(store: SqlStore) -> None:
    """Four threads on three counts each, from nothing; none gets lost, and none waits in a circle."""
    scopes = [Scope("link.opened"), Scope("link.opened", "", "192.0.2.0/24"), Scope("link.opened", "R1")]

    def come(_: int) -> None:
        for _ in range(5):
            with store.work() as work:
                for crowd in [work.crowds.lock(scope, NOW) for scope in scopes]:
                    work.crowds.put(replace(crowd, noted=crowd.noted + 1, left=2, at=after(minutes=1), source="a"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come, range(4)))
    with store.work() as work:
        whole = {"noted": 20, "left": 2, "since": NOW, "at": after(minutes=1), "source": "a"}
        assert [work.crowds.of(scope) for scope in scopes] == [Crowd(scope=scope, **whole) for scope in scopes]  # type: ignore[arg-type]
        assert work.crowds.begun_before(NOW, 10) and not work.crowds.begun_before(NOW - timedelta(minutes=1), 10)
        work.crowds.drop(scopes[0])
        assert sorted(work.crowds.begun_before(NOW, 10)) == sorted(scopes[1:])
