"""The audit chain: what it refuses, and that it shows every kind of tampering (I8)."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bridge.domain.errors import StoreFault
from bridge.domain.reset import State
from bridge.domain.secret import Line, Secret
from connectors.store.connect import engines
from connectors.store.engine import SqlStore
from connectors.store.transaction import transaction
from tests.contract.samples import NOW, a_reset, add, after, an_event, at_state

MANY = 12
Tamper = Callable[..., None]


@pytest.fixture
def tamper(url: str) -> Any:
    """Run statements past the store, as somebody who has the database."""

    def run(*statements: str) -> None:
        writer, reader = engines(url, None)
        with closing(_Both(writer, reader)), transaction(writer, writes=True) as sql:
            for statement in statements:
                sql.do(text(statement.replace(":", "\\:")))

    return run


class _Both:
    def __init__(self, *of: Engine) -> None:
        self._of = of

    def close(self) -> None:
        for engine in self._of:
            engine.dispose()


@pytest.fixture
def chain(store: SqlStore) -> SqlStore:
    """A store with a chain of a dozen records."""
    for number in range(1, MANY + 1):
        with store.work() as work:
            work.audit.append(an_event(number, reset_id="R1" if number % 2 else None))
    return store


def verdict(store: SqlStore, **known: Any) -> tuple[int, str | None]:
    """What verify says."""
    with store.look() as work:
        return work.audit.verify(**known)


def test_records_come_back_in_order_with_their_events(chain: SqlStore) -> None:
    """By sequence number, in pages, and those of one reset alone."""
    with chain.look() as work:
        records = work.audit.records()
        assert [record.seq for record in records] == list(range(1, MANY + 1))
        assert records[4].event == an_event(5, reset_id="R1")
        assert [record.seq for record in work.audit.records(after=3, limit=2)] == [4, 5]
        assert work.audit.records(after=MANY) == []
        assert [record.seq for record in work.audit.of_reset("R1")] == [1, 3, 5, 7, 9, 11]
        assert work.audit.head() == (MANY, records[-1].seal)


def test_i8_an_empty_and_a_whole_chain_verify(store: SqlStore) -> None:
    """Nothing recorded is a valid chain; so is one with every kind of plain value and any text."""
    assert verdict(store) == (0, None)
    odd = {"a": "\u2028\x1b[31m\x00'\"é東", "b": -(10**20), "c": True, "d": None, "e": State.FAILED, "f": "\ud800"}
    with store.work() as work:
        work.audit.append(an_event(detail=odd), an_event(1))
        assert work.audit.head()[0] == 2
        work.audit.append(an_event(2))
    assert verdict(store) == (3, None)
    with store.look() as work:
        assert work.audit.records()[0].event.detail == odd


def test_i8_a_state_change_and_its_record_commit_together(store: SqlStore) -> None:
    """A block that fails leaves neither, and one that cannot record does not change the state."""
    reset = a_reset()
    with store.work() as work:
        add(work, reset)
    with pytest.raises(TypeError), store.work() as work:
        work.resets.save(reset, at_state(reset, State.CHANGING))
        work.audit.append(an_event(detail={"password": Secret("s")}))
    with store.look() as work:
        assert work.resets.get(reset.id) == reset
        assert work.audit.head() == (0, b"")


@pytest.mark.parametrize(
    "value", [Secret("hunter2"), Line("PASSWORD(", Secret("hunter2"), ")"), 1.5, b"hunter2", ["x"], NOW]
)
def test_i1_only_plain_values_are_recorded(store: SqlStore, value: object) -> None:
    """A Secret, a Line, bytes or anything else that is not text, number, flag or nothing is refused, unprinted."""
    with store.work() as work, pytest.raises(TypeError) as caught:
        work.audit.append(an_event(1), an_event(detail={"what": value}))
    assert "hunter2" not in str(caught.value)
    assert "what" in str(caught.value)
    assert verdict(store) == (0, None)


@pytest.mark.parametrize("broken", [{"kind": "a\nb"}, {"by": "x\u2028y"}, {"reset_id": "\x00"}, {"by": Secret("s")}])
def test_names_in_a_record_are_one_line(store: SqlStore, broken: dict[str, Any]) -> None:
    """Kind, actor and reset id hold no control characters: no line can be forged by them."""
    with store.work() as work, pytest.raises(TypeError):
        work.audit.append(an_event(**broken))


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (["UPDATE audit SET done_by = 'operator:eve' WHERE seq = 5"], "record 5 was changed"),
        (["UPDATE audit SET at = at + 1 WHERE seq = 5"], "record 5 was changed"),
        (["UPDATE audit SET at = 9223372036854775807 WHERE seq = 5"], "record 5 was changed"),
        (["UPDATE audit SET kind = 'x' WHERE seq = 1"], "record 1 was changed"),
        (["UPDATE audit SET reset_id = NULL WHERE seq = 5"], "record 5 was changed"),
        (["""UPDATE audit SET detail = '{"number":50}' WHERE seq = 5"""], "record 5 was changed"),
        (["""UPDATE audit SET detail = '{"number":true}' WHERE seq = 1"""], "record 1 was changed"),
        (["UPDATE audit SET detail = 'rubbish' WHERE seq = 5"], "record 5 was changed"),
        (["UPDATE audit SET detail = '[]' WHERE seq = 5"], "record 5 was changed"),
        (["UPDATE audit SET seal = (SELECT seal FROM audit WHERE seq = 4) WHERE seq = 5"], "record 5 was changed"),
        (["DELETE FROM audit WHERE seq = 5"], "record 5 is missing"),
        (["DELETE FROM audit WHERE seq = 1"], "record 1 is missing"),
        (["DELETE FROM audit"], "record 1 is missing: the end was cut off"),
        (["DELETE FROM audit WHERE seq > 9"], "record 10 is missing: the end was cut off, the head counts 12"),
        (["DELETE FROM audit WHERE seq = 5", "UPDATE audit SET seq = seq - 1 WHERE seq > 5"], "record 5 was changed"),
        (
            [
                "UPDATE audit SET seq = 100 WHERE seq = 5",
                "UPDATE audit SET seq = 5 WHERE seq = 6",
                "UPDATE audit SET seq = 6 WHERE seq = 100",
            ],
            "record 5 was changed",
        ),
        (
            ["INSERT INTO audit SELECT 13, at, kind, done_by, reset_id, detail, seal FROM audit WHERE seq = 12"],
            "record 13 was changed",
        ),
        (["UPDATE audit_head SET seq = 9"], "the head of the chain was changed"),
        (["UPDATE audit_head SET seq = -1"], "the head of the chain was changed"),
        (["DELETE FROM audit_head"], "the head of the chain was changed"),
        (
            [
                "DELETE FROM audit WHERE seq > 9",
                "UPDATE audit_head SET seq = 9, seal = (SELECT seal FROM audit WHERE seq = 9)",
            ],
            "the head of the chain was changed",
        ),
    ],
)  # fmt: skip
def test_i8_what_was_changed_removed_reordered_or_cut_off_is_named(
    chain: SqlStore, tamper: Tamper, statements: list[str], fault: str
) -> None:
    """Verification fails at the first record that does not fit, and says which."""
    if statements == ["DELETE FROM audit WHERE seq = 5", "UPDATE audit SET seq = seq - 1 WHERE seq > 5"]:
        statements = [statements[0], *(f"UPDATE audit SET seq = {n - 1} WHERE seq = {n}" for n in range(6, MANY + 1))]
    tamper(*statements)
    found = verdict(chain)[1]
    assert found is not None
    assert fault in found


def test_i8_a_false_head_is_not_built_upon(chain: SqlStore, tamper: Tamper) -> None:
    """Cut the tail and bend the head to it: nothing is recorded, so nothing is done, and the cut stays visible."""
    tamper(
        "DELETE FROM audit WHERE seq > 9",
        "UPDATE audit_head SET seq = 9, seal = (SELECT seal FROM audit WHERE seq = 9)",
    )
    reset = a_reset()
    with pytest.raises(StoreFault, match="audit verify"), chain.work() as work:
        add(work, reset)
        work.audit.append(an_event())
    with chain.look() as work:
        assert work.resets.find() == ([], None)
    with chain.look() as work, pytest.raises(StoreFault, match="audit verify"):
        work.audit.head()
    assert verdict(chain)[1] == "the head of the chain was changed"


def test_i8_a_head_noted_elsewhere_has_to_lie_on_the_chain(chain: SqlStore) -> None:
    """A head that was sent away proves later that the chain was not replaced by an older or another one."""
    with chain.look() as work:
        early = work.audit.head()
    with chain.work() as work:
        work.audit.append(an_event(13))
    assert verdict(chain, known=early) == (13, None)
    assert verdict(chain, known=(0, b"")) == (13, None)
    for false in ((12, bytes(32)), (14, early[1]), (11, early[1])):
        read, fault = verdict(chain, known=false)
        assert read == 13
        assert "noted elsewhere" in str(fault)


def test_a_long_chain_is_verified_page_by_page(store: SqlStore) -> None:
    """More records than one page hold together across the pages; appending many at once is one step."""
    with store.work() as work:
        work.audit.append(*(an_event(number) for number in range(2500)))
    assert verdict(store) == (2500, None)


def test_a_record_holds_json_of_one_line(chain: SqlStore, tamper: Tamper) -> None:
    """What is stored is ASCII on one line, whatever was in the values."""
    with chain.work() as work:
        work.audit.append(an_event(detail={"text": "a\nb\u2028c"}))
    with chain.look() as work:
        record = work.audit.records(after=MANY)[0]
    assert record.event.detail == {"text": "a\nb\u2028c"}
    assert json.dumps(dict(record.event.detail)).isprintable()


@pytest.fixture
def aged(store: SqlStore) -> SqlStore:
    """A store with a dozen records, a second apart."""
    with store.work() as work:
        work.audit.append(*(an_event(number, at=after(seconds=number)) for number in range(1, MANY + 1)))
    return store


def test_i8_old_records_go_and_the_rest_verifies(aged: SqlStore) -> None:
    """The oldest are deleted, the newest never; the next is chained to the last of them; noted heads are looked for."""
    with aged.look() as work:
        fifth, ninth = work.audit.records()[4], work.audit.records()[8]
    assert thinned(aged, before=after(seconds=5), limit=3) == 3
    assert thinned(aged, before=after(seconds=6)) == 2
    assert thinned(aged, before=after(seconds=6)) == 0
    assert verdict(aged) == (MANY - 5, None)
    assert verdict(aged, known=(5, fifth.seal)) == verdict(aged, known=(9, ninth.seal)) == (MANY - 5, None)
    assert "deleted" in str(verdict(aged, known=(4, fifth.seal))[1])
    with aged.work() as work:
        work.audit.append(an_event(13, at=after(seconds=13)))
    assert thinned(aged, before=after(days=1)) == MANY - 5
    assert verdict(aged) == (1, None)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM audit WHERE seq = 6", "record 6 is missing"),
        ("UPDATE audit SET done_by = 'eve' WHERE seq = 6", "record 6 was changed"),
        ("DELETE FROM audit_floor", "record 1 is missing"),
        ("UPDATE audit_floor SET seq = 6, seal = (SELECT seal FROM audit WHERE seq = 6)", "the beginning of the chain"),
    ],
)
def test_i8_tampering_is_not_thinned_away(aged: SqlStore, tamper: Tamper, statement: str, fault: str) -> None:
    """Past a record that does not fit nothing is deleted, so that it stays to be seen."""
    assert thinned(aged, before=after(seconds=6)) == 5
    tamper(statement)
    assert thinned(aged, before=after(days=1)) == 0
    assert fault in str(verdict(aged)[1])


def thinned(store: SqlStore, before: datetime, limit: int = 100) -> int:
    """How many were deleted."""
    with store.work() as work:
        return work.audit.thin(before, limit)
