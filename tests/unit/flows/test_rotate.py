"""The service id's own password, step by step: killed anywhere and begun anew, nothing is typed wrong twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.errors import HostRefused, NotAllowed, OwnPasswordStopped
from bridge.domain.own import MOST_FAILED, Own, Plan, due
from bridge.domain.password import Rules
from bridge.domain.secret import Secret
from bridge.flows import rotate
from bridge.flows.rotate import Keeper
from tests.fakes.kit import House, house
from tests.unit.flows.rotating import ACCOUNT, FILE, Fate, Zos, life, live, stored, want


@settings(max_examples=60)
@given(deaths=st.lists(st.integers(1, 30), max_size=5), on_command=st.booleans())
def test_killed_at_any_step_and_begun_anew(deaths: list[int], on_command: bool) -> None:
    """Any number of deaths: nothing is typed wrong twice, and it ends well, or stops in words to act on."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch, house(Path(folder)) as home:
        patch.setattr("connectors.vault.STRETCH", 2)
        zos = Zos(expired=not on_command)
        if on_command:
            want(home)
        for death in deaths:
            live(home, zos, Fate(death))
            home.clock.move(minutes=10)
        worked = [live(home, zos, Fate()) for _ in range(3)]
        assert len(zos.wrong) == len(set(zos.wrong))
        own = stored(home)
        assert own is not None
        assert worked[-1] or own.stopped, own
        if own.stopped:
            assert "into its file" in own.words
            assert live(home, replace_password(zos, "MENDED12"), Fate(), file="MENDED12")
        else:
            assert not own.in_doubt


def replace_password(zos: Zos, password: str) -> Zos:
    """A person has given it another one."""
    zos.password, zos.expired = password, False
    return zos


@pytest.mark.parametrize("step", range(1, 16))
def test_one_death_costs_one_wrong_try_at_most_and_is_never_the_end(home: House, step: int) -> None:
    """Killed once, at each step up to the proof: the next life finds out which of the two it is."""
    zos = Zos(expired=True)
    done = live(home, zos, Fate(step))
    lives = 0
    while not live(home, zos, Fate()):
        home.clock.move(minutes=10)
        lives += 1
        assert lives <= 2
        own = stored(home)
        if own is not None and own.stopped:
            break
    own = stored(home)
    assert own is not None
    assert len(zos.wrong) <= 1 + own.stopped
    assert done or own.stopped or own.current


def test_a_death_right_before_the_host_sees_it_leaves_the_old_one(home: House) -> None:
    """Stored and never sent: one wrong try with the candidate, then the present one, and a new one after that."""
    zos = Zos()
    want(home)
    host, own = life(home, zos, Fate())
    own.to_try()
    assert own.draw() is not None
    host, _ = life(home, zos, Fate())
    host.rotate()
    after = stored(home)
    assert after is not None
    assert (len(zos.wrong), after.current, after.failed, after.in_doubt) == (1, None, 1, False)
    assert "did not take place" in after.words


def test_a_try_that_was_answered_otherwise_is_given_back(home: House) -> None:
    """In use elsewhere says nothing of the password: the candidate may be typed again, and is right."""
    zos = Zos(expired=True, in_use=True)
    assert not live(home, zos, Fate())
    for _ in range(3):
        assert not live(home, zos, Fate())
    own = stored(home)
    assert own is not None
    assert own.in_doubt
    assert not own.candidate_tried
    zos.in_use = False
    assert live(home, zos, Fate())
    assert zos.wrong == []


def test_another_node_that_moved_it_is_noticed_before_anything_leaves(home: House) -> None:
    """Two at once: the second finds that it was overtaken, and draws nothing."""
    zos = Zos()
    _, first = life(home, zos, Fate())
    _, second = life(home, zos, Fate())
    for own in (first, second):
        own.to_try()
        own.voluntary = True
    assert first.draw() is not None
    with pytest.raises(Exception, match="changed by somebody else"):
        second.draw()


def test_a_host_that_takes_none_ends_the_wish(home: House) -> None:
    """Three are refused: the old one counts, nobody is asked again, and the words say what the host said."""
    zos = Zos(refuses=99)
    want(home)
    host, own = life(home, zos, Fate())
    with pytest.raises(HostRefused):
        host.rotate()
    assert not own.due
    assert zos.password == FILE
    after = stored(home)
    assert after is not None
    assert "history" in after.words


def test_never_is_never(home: House) -> None:
    """By default an expired one is an error, and nothing is stored of it."""
    zos = Zos(expired=True)
    assert not live(home, zos, Fate(), mode="never")
    assert stored(home) is None
    assert zos.password == FILE


def test_by_age_counts_from_the_first_time_it_was_seen(home: House) -> None:
    """Whose age is not known is not old."""
    zos = Zos()
    assert live(home, zos, Fate(), mode="by_age")
    _, own = life(home, zos, Fate(), mode="by_age")
    home.clock.move(days=29)
    assert not own.due
    home.clock.move(days=1)
    assert own.due
    assert live(home, zos, Fate(), mode="by_age")
    assert zos.password != FILE
    assert zos.wrong == []


def test_the_announced_day_is_not_waited_for(home: House) -> None:
    """Some days ahead it is changed, but not where the plan is never."""
    now = home.clock.now()
    own = Own(account=ACCOUNT, expires_at=now + timedelta(days=5))
    assert due(own, Plan(mode="on_expiry"), now)
    assert not due(own, Plan(mode="on_expiry"), now - timedelta(minutes=1))
    assert not due(own, Plan(), now)


def test_retry_is_for_one_that_was_refused_and_not_for_two(home: House) -> None:
    """Typing both of two again is what must never happen, whoever says so."""
    zos = Zos(password="ELSE1234")
    assert not live(home, zos, Fate())
    assert rotate.retry(ACCOUNT, home.worker, "local:root")
    assert not rotate.retry(ACCOUNT, home.worker, "local:root")
    with home.store.work() as work:
        own = work.own.get(ACCOUNT)
        assert own is not None
        work.own.save(replace(own, candidate=b"x", candidate_tried=True, current_tried=True))
    with pytest.raises(NotAllowed, match="neither is typed again"):
        rotate.retry(ACCOUNT, home.worker, "local:root")


def test_a_file_that_was_put_back_counts_again_once_a_person_says_so(home: House) -> None:
    """A wrong password in the file, then the right one once more: nothing is typed before the word, and then it is."""
    zos = Zos()
    assert not live(home, zos, Fate(), file="TYPED0WR")
    assert live(home, zos, Fate(), file=FILE)
    assert not live(home, zos, Fate(), file="TYPED0WR")
    _, own = life(home, zos, Fate(), file="TYPED0WR")
    with pytest.raises(OwnPasswordStopped, match=r"gone back.*service-id retry PRODA RSTBRDG"):
        own.to_try()
    assert zos.wrong == ["TYPED0WR"]
    zos.password = "TYPED0WR"
    assert not rotate.retry(ACCOUNT, home.worker, "local:root", Secret(FILE))
    assert rotate.retry(ACCOUNT, home.worker, "local:root", Secret("TYPED0WR"))
    assert live(home, zos, Fate(), file="TYPED0WR")
    assert not live(home, zos, Fate(), file=FILE), "of two, the one that a person named is the newer"


def test_who_only_looks_is_told_that_the_daemon_sees_to_it(home: House) -> None:
    """`check` draws none; where the host has taken none so often, and where it is never done, a person has to."""
    looks = partial(
        Keeper, ACCOUNT, lambda: Secret(FILE), wanted=Rules(), kit=home.worker, by="local:check", may_draw=False
    )
    assert "the daemon chooses a new one at its next logon" in looks(plan=Plan(mode="on_expiry")).advice
    assert "rotate is never" in looks(plan=Plan()).advice
    with home.store.work() as work:
        work.own.save(Own(account=ACCOUNT, failed=MOST_FAILED))
    assert "the host took no new password" in looks(plan=Plan(mode="on_expiry")).advice
