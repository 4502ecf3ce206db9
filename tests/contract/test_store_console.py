"""Who is signed in to the console, over both engines."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import pytest

from bridge.domain.console import SignedIn
from bridge.domain.errors import BridgeError, NotAllowed, Paused
from bridge.domain.names import Operator
from bridge.domain.policy import Caller, Role
from bridge.domain.secret import Secret
from bridge.flows.ask import Asked
from bridge.flows.console import Visitor, sign_in
from bridge.ports import OperatorRecord, TokenRecord
from connectors.store.engine import SqlStore
from tests.contract.samples import NOW, after
from tests.fakes.kit import house
from tests.fakes.outside import FakeDirectory
from web.console import asking

AT_ONCE = 24
ONE = SignedIn(digest=bytes(31) + b"1", token="T1", begun=NOW, seen=NOW)
TWO = SignedIn(digest=bytes(31) + b"2", token="T1", begun=after(minutes=1), seen=after(minutes=9))
TOKEN = TokenRecord(id="T1", operator=Operator("anna"), digest=bytes(32), created_at=NOW, expires_at=None)


def test_a_row_is_found_by_its_digest_until_it_is_ended_or_over(store: SqlStore) -> None:
    """Each by itself; what was seen is never seen earlier; ending it twice, or one that is not there, ends nothing."""
    with store.work() as work:
        work.operators.put(OperatorRecord(name=Operator("anna"), roles=frozenset({Role.AGENT})))
        work.operators.add_token(TOKEN)
        work.console.add(ONE)
        work.console.add(TWO)
    with store.work() as work:
        assert (work.console.get(ONE.digest), work.console.get(TWO.digest)) == (ONE, TWO)
        assert work.operators.token_named("T1") == TOKEN
        assert (work.console.get(bytes(32)), work.operators.token_named("T2")) == (None, None)
        work.console.saw(ONE.digest, after(minutes=3))
        work.console.saw(ONE.digest, after(minutes=2))
        found = work.console.get(ONE.digest)
        assert found and found.seen == after(minutes=3)
        assert work.console.purge(seen_before=after(minutes=2), begun_before=NOW - timedelta(hours=1)) == 0
        assert work.console.purge(seen_before=after(minutes=3), begun_before=NOW - timedelta(hours=1)) == 1
        assert work.console.purge(seen_before=NOW, begun_before=after(minutes=1)) == 1
        work.console.add(ONE)
        assert work.console.end(ONE.digest)
        assert not work.console.end(ONE.digest)


def test_nobody_is_signed_in_with_a_token_that_is_not_there(store: SqlStore) -> None:
    """The database refuses it, and a digest that is none."""
    for wrong in (ONE, SignedIn(digest=b"short", token="T1", begun=NOW, seen=NOW)):
        with pytest.raises(BridgeError), store.work() as work:
            work.console.add(wrong)


def test_of_one_token_so_many_stay_signed_in_and_the_one_seen_longest_ago_goes(store: SqlStore) -> None:
    """Another token's are not touched."""
    with store.work() as work:
        work.operators.put(OperatorRecord(name=Operator("anna"), roles=frozenset({Role.AGENT})))
        work.operators.add_token(TOKEN)
        work.operators.add_token(replace(TOKEN, id="T2", digest=bytes(31) + b"9"))
        for number, seen in enumerate((5, 1, 3, 4)):
            work.console.add(replace(ONE, digest=bytes(31) + bytes([number]), seen=after(minutes=seen)))
        work.console.add(replace(ONE, digest=bytes(31) + b"x", token="T2"))
    with store.work() as work:
        assert work.console.keep("T1", 4) == 0
        assert work.console.keep("T1", 2) == 2
        left = [number for number in range(4) if work.console.get(bytes(31) + bytes([number]))]
        assert (left, work.console.get(bytes(31) + b"x") is not None) == ([0, 3], True)


def test_of_many_wrong_tokens_at_once_no_more_are_judged_than_of_many_in_a_row(store: SqlStore) -> None:
    """All are let go together: the limit's worth is counted, and refused; the others are told to wait."""
    with store.work() as work:
        work.operators.put(OperatorRecord(name=Operator("anna"), roles=frozenset({Role.AGENT})))
        work.operators.add_token(TOKEN)
    clock = SimpleNamespace(now=lambda: NOW, latest=lambda: NOW)
    kit = SimpleNamespace(store=store, clock=clock, dice=bytes, network_limit=10)
    together = Barrier(AT_ONCE)

    def guess(number: int) -> type[BridgeError]:
        visitor = Visitor(source="192.0.2.7", network="192.0.2.0/24", agent="")
        together.wait(30)
        with pytest.raises((NotAllowed, Paused)) as refused:
            sign_in(Secret(f"rbt_{number}"), None, visitor, kit)  # type: ignore[arg-type]
        return refused.type

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = Counter(pool.map(guess, range(AT_ONCE)))
    assert answers == {NotAllowed: 10, Paused: AT_ONCE - 10}


def test_a_form_that_is_pressed_many_times_at_once_asks_once_and_all_come_to_what_it_asked_for(
    store: SqlStore, tmp_path: Path
) -> None:
    """One has the code; to none is it said that somebody else was faster."""
    with store.work() as work:
        work.operators.put(OperatorRecord(name=Operator("anna"), roles=frozenset({Role.AGENT})))
    (tmp_path / "house").mkdir()
    fields = {"what": "reset", "system": "PRODA", "userid": "JSMITH", "reason": "forgotten", "ticket": "",
              "once": "0" * 24}  # fmt: skip
    together = Barrier(8)
    with house(tmp_path / "house") as bridge, ThreadPoolExecutor(8) as pool:
        directory = FakeDirectory(*bridge.web.directory.everyone())
        kit = replace(bridge.web, store=store, directory=directory)
        anna = Caller(name=Operator("anna"), roles=frozenset({Role.AGENT}))

        def press(_: int) -> Asked:
            together.wait(30)
            made = asking.send(fields, anna, kit)
            assert isinstance(made, Asked)
            return made

        made = list(pool.map(press, range(8)))
    assert len({one.reset.id for one in made}) == 1
    assert sum(one.release_code is not None for one in made) == 1
