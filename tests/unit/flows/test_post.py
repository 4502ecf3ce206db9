"""Notices leave the outbox; where a person's goes, the directory is asked only then, and by nobody who holds a lock."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from bridge.domain.errors import BridgeError, StoreFault, WrongAnswer
from bridge.flows.ledger import tell
from bridge.flows.post import post
from bridge.ports import Notice
from tests.fakes.kit import House, others_can_write
from tests.fakes.outside import unreached


def waiting(bridge: House) -> list[Notice]:
    """What the outbox holds, due or not."""
    with bridge.store.look() as work:
        bridge.clock.move(days=1)
        found = work.outbox.due(bridge.clock.now(), 50)
        bridge.clock.move(days=-1)
    return found


@pytest.fixture
def read(bridge: House) -> House:
    """A link that was read: its person is to hear of it."""
    bridge.ask()
    bridge.work()
    bridge.open(bridge.totp())
    return bridge


def test_a_persons_notice_goes_where_the_directory_says_now(read: House) -> None:
    """Neither address nor language is copied into the database."""
    (notice,) = waiting(read)
    assert (notice.kind, notice.person, notice.to) == ("revealed", "js", "")
    read.directory.people = [replace(read.directory.people[0], email="new@example.com", language="de")]
    assert post(read.worker) == 1
    assert [(sent.to, sent.language) for sent in read.mail.notices] == [("new@example.com", "de")]
    assert not waiting(read)


def test_a_directory_that_is_away_delays_users_and_no_alarm(read: House) -> None:
    """Security hears at once; the person as soon as somebody knows where, and the directory is asked once."""
    with read.store.work() as work:
        tell(work, read.worker, "disowned", "security@example.com", at=read.clock.now(), system="PRODA")
    read.ask()
    read.work(2)
    read.clock.move(seconds=60)
    read.open(read.totp())
    questions: list[None] = []
    read.directory.away, read.directory.asked = True, lambda: questions.append(None)
    assert post(read.worker) == 1
    assert len(questions) == 1
    assert [notice.to for notice in read.mail.notices] == ["security@example.com"]
    read.directory.away = False
    assert post(read.worker) == 0
    read.clock.move(minutes=15)
    assert post(read.worker) == 2
    assert [notice.kind for notice in read.mail.notices] == ["disowned", "revealed", "revealed"]


def test_a_notice_to_nobody_is_dropped_and_recorded(read: House) -> None:
    """A person who left, or has no address, is not waited for."""
    read.directory.people = []
    assert post(read.worker) == 0
    assert not waiting(read)
    with read.store.look() as work:
        last = work.audit.records()[-1].event
    assert (last.kind, last.detail["text"]) == ("notice.refused", "the directory has no address of the person's")


def test_a_relay_that_is_away_puts_a_persons_notice_off(read: House) -> None:
    """It stays with its person, not with an address."""
    read.mail.connecting = [unreached()]
    assert post(read.worker) == 0
    (notice,) = waiting(read)
    assert (notice.person, notice.to, notice.tries) == ("js", "", 1)


def test_a_crowd_of_alarms_is_written_down_at_a_few_strokes(bridge: House) -> None:
    """Thirty mails, one transaction to take them and three behind: behind thirty the last would come late."""
    with bridge.store.work() as work:
        for _ in range(30):
            tell(work, bridge.worker, "disowned", "security@example.com", at=bridge.clock.now(), system="PRODA")
    with patch.object(bridge.store, "work", wraps=bridge.store.work) as written:
        assert post(bridge.worker) == 30
    assert written.call_count == 4
    assert len(bridge.mail.notices) == 30
    assert not waiting(bridge)


def test_a_mail_that_another_node_has_in_hand_is_not_sent_twice(bridge: House) -> None:
    """The other node looks while the first is sending; what a killed one held is sent half a minute later."""
    with bridge.store.work() as work:
        tell(work, bridge.worker, "disowned", "security@example.com", at=bridge.clock.now(), system="PRODA")
    meanwhile: list[int] = []
    send = bridge.mail.send_notice

    def sending(notice: Notice) -> None:
        meanwhile.append(post(bridge.worker))
        send(notice)

    with patch.object(bridge.mail, "send_notice", sending):
        assert post(bridge.worker) == 1
    assert (meanwhile, len(bridge.mail.notices)) == ([0], 1)

    with bridge.store.work() as work:
        tell(work, bridge.worker, "disowned", "security@example.com", at=bridge.clock.now(), system="PRODA")
    with patch.object(bridge.mail, "send_notice", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        post(bridge.worker)
    assert post(bridge.worker) == 0
    bridge.clock.move(seconds=30)
    assert post(bridge.worker) == 1


@pytest.mark.parametrize("trouble", [unreached(), StoreFault("a mistake of ours")])
def test_what_was_taken_before_the_trouble_is_not_sent_again(bridge: House, trouble: BridgeError) -> None:
    """The relay goes away at the third of four, or we fail: the first two are done with."""
    with bridge.store.work() as work:
        for _ in range(4):
            tell(work, bridge.worker, "disowned", "security@example.com", at=bridge.clock.now(), system="PRODA")
    bridge.mail.sending = [None, None, trouble]
    with suppress(StoreFault):
        post(bridge.worker)
    assert len(waiting(bridge)) == 2
    assert len(bridge.mail.notices) == 2


def test_the_wrong_answer_that_destroys_a_link_asks_no_directory(bridge: House) -> None:
    """What is decided under a lock is decided by what the store knows."""
    bridge.ask()
    bridge.work()
    bridge.directory.away = True
    for _ in range(5):
        with pytest.raises(WrongAnswer):
            bridge.open("000000")
    assert "link_destroyed" in {notice.kind for notice in waiting(bridge) if notice.person}


def test_the_probe_of_these_tests_sees_a_held_lock(bridge: House, tmp_path: Path) -> None:
    """Each question to the directory in the flows' tests proves that others can write: this proves the proof."""
    with bridge.store.work(), pytest.raises(sqlite3.OperationalError, match="locked"):
        bridge.directory.owner_of(bridge.directory.people[0].accounts[0])
    others_can_write(tmp_path / "bridge.db")
