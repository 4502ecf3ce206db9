"""Who is signed in to the console, over both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.domain.console import SignedIn
from bridge.domain.errors import BridgeError
from bridge.domain.names import Operator
from bridge.domain.policy import Role
from bridge.ports import OperatorRecord, TokenRecord
from connectors.store.engine import SqlStore
from tests.contract.samples import NOW, after

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
