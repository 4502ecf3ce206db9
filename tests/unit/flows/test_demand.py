"""Several factors together, and what becomes of wrong answers: per link, per person, per network."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import islice, product
from pathlib import Path

import pytest

from bridge.domain.demand import Demand
from bridge.domain.errors import (
    BadInput,
    BridgeError,
    LinkDead,
    LinkEnded,
    NotDisowned,
    Paused,
    TicketLapsed,
    WrongAnswer,
)
from bridge.domain.failure import Reason
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import State
from bridge.domain.secret import Secret
from bridge.flows.disown import Disowned, disown
from bridge.flows.holder import Attempt
from bridge.flows.look import standing
from bridge.flows.reveal import OneMore, Shown, Waiting, reveal
from tests.fakes.judge import RIGHT, FakeJudge
from tests.fakes.kit import House, house, proof_of

BOTH = Policy(demand=Demand(required=("totp", "release_code")))
JS = Person("js")


@pytest.fixture
def both(tmp_path: Path) -> Iterator[House]:
    """A policy that demands the app's code and the help desk's."""
    with house(tmp_path, policy=BOTH) as made:
        yield made


def first(bridge: House, answer: str | Secret, **changes: object) -> OneMore:
    """Pass a factor that is not enough."""
    outcome = reveal(replace(bridge.attempt(answer), **changes), bridge.web)  # type: ignore[arg-type]
    assert isinstance(outcome, OneMore)
    return outcome


def then(bridge: House, answer: str | Secret, before: OneMore) -> Shown | Waiting | OneMore:
    return reveal(replace(bridge.attempt(answer), progress=before.token), bridge.web)


def wrong_answers(bridge: House) -> int:
    with bridge.store.look() as work:
        return work.tries.lock(JS)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_i5_both_are_asked_for_in_any_order(both: House, order: tuple[int, int]) -> None:
    """One is not enough, and says what is missing; the other one, on the same page, opens."""
    asked = both.ask()
    both.work()
    assert asked.release_code
    answers, kinds = (Secret(both.totp()), asked.release_code), ("totp", "release_code")
    step = first(both, answers[order[0]])
    assert (step.passed, step.wanted) == ((kinds[order[0]],), (kinds[order[1]],))
    assert both.reset(asked.reset.id).state is State.PUBLISHED
    assert isinstance(then(both, answers[order[1]], step), Shown)
    assert both.kinds(asked.reset.id)[-2:] == ["factor.passed", "reset.revealed"]
    with both.store.look() as work:
        assert work.steps.of(asked.reset.id) == []


def test_with_a_proof_the_key_stays_where_it_is(both: House) -> None:
    """Both steps with a proof of the key alone."""
    asked = both.ask()
    both.work()
    proving = replace(both.attempt(both.totp()), key=Secret(""), proof=proof_of(both.attempt("")))
    step = reveal(proving, both.web)
    assert isinstance(step, OneMore)
    assert asked.release_code
    assert isinstance(reveal(replace(proving, answer=asked.release_code, progress=step.token), both.web), Shown)


def test_i5_without_the_token_it_begins_at_the_first(both: House) -> None:
    """What one page has passed helps no other; an invented token, or one of another link, is none."""
    asked = both.ask()
    both.work()
    assert asked.release_code
    step = first(both, both.totp())
    alone = reveal(both.attempt(asked.release_code), both.web)
    assert isinstance(alone, OneMore)
    assert alone.passed == ("release_code",)
    with pytest.raises(TicketLapsed):
        reveal(replace(both.attempt(asked.release_code), progress=Secret("0" * 26)), both.web)
    other = both.ask("MJONES")
    both.work()
    assert other.release_code
    with pytest.raises(TicketLapsed):
        reveal(replace(both.attempt(other.release_code), progress=step.token), both.web)
    assert wrong_answers(both) == 0


def test_a_page_that_got_lost_used_up_nothing_that_cannot_be_had_again(both: House) -> None:
    """The help desk's code first, the page closed: from the start it is right once more."""
    asked = both.ask()
    both.work()
    assert asked.release_code
    first(both, asked.release_code)
    assert isinstance(then(both, both.totp(), first(both, asked.release_code)), Shown)


def test_the_token_ends_after_ten_minutes(both: House) -> None:
    """And is told apart from a wrong answer; nothing was counted."""
    both.ask()
    both.work()
    step = first(both, both.totp())
    both.clock.move(minutes=10)
    with pytest.raises(TicketLapsed):
        then(both, "000000", step)
    assert wrong_answers(both) == 0


def test_the_token_ends_with_its_link(tmp_path: Path) -> None:
    """Its page is told no time that the link does not have."""
    with house(tmp_path, policy=replace(BOTH, link_ttl=timedelta(minutes=30))) as both:
        both.ask()
        both.work()
        both.clock.move(minutes=25)
        assert first(both, both.totp()).passed_until == both.clock.now() + timedelta(minutes=5)


def test_i5_a_part_gives_no_tries_back(both: House) -> None:
    """Wrong answers count over all factors together, and a right one in between forgets none."""
    asked = both.ask()
    both.work()
    for _ in range(2):
        with pytest.raises(WrongAnswer):
            both.open("000000")
    step = first(both, both.totp())
    assert wrong_answers(both) == 2
    for left in (2, 1, 0):
        with pytest.raises(WrongAnswer) as no:
            then(both, "00000000", step)
        assert no.value.left == left
    assert both.reset(asked.reset.id).state is State.REVOKED


def test_a_factor_that_was_passed_is_not_asked_again(both: House) -> None:
    """The same kind twice is one: its answers are no attempt any more."""
    both.ask()
    both.work()
    step = first(both, both.totp())
    both.clock.move(seconds=30)
    with pytest.raises(BadInput):
        then(both, both.totp(), step)
    assert standing(replace(both.attempt(""), progress=step.token), both.web).passed == ("totp",)


def test_i4_of_many_at_once_with_different_factors_last_one_wins(both: House) -> None:
    """Forty pages, half of which lack the one and half the other: one gets the password."""
    asked = both.ask()
    both.work()
    assert asked.release_code
    by_app = first(both, both.totp())
    by_desk = first(both, asked.release_code)
    both.clock.move(seconds=30)
    ways = [
        replace(both.attempt(asked.release_code), progress=by_app.token),
        replace(both.attempt(both.totp()), progress=by_desk.token),
    ]

    def once(number: int) -> object:
        try:
            return reveal(ways[number % 2], both.web)
        except BridgeError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(once, range(40)))
    assert sum(isinstance(outcome, Shown) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Shown | LinkEnded) for outcome in outcomes)


def test_an_armed_link_is_let_in_by_all_of_it(tmp_path: Path) -> None:
    """One factor changes no host."""
    with house(tmp_path, policy=replace(BOTH, delivery="armed")) as bridge:
        asked = bridge.ask()
        bridge.work()
        step = first(bridge, bridge.totp())
        assert bridge.reset(asked.reset.id).state is State.PUBLISHED
        assert not bridge.work()
        assert asked.release_code
        assert isinstance(then(bridge, asked.release_code, step), Waiting)
        bridge.work()
        assert len(bridge.host.passwords_ever_set) == 1


def test_another_servers_yes_is_a_part_as_well(tmp_path: Path) -> None:
    """It gives back the try that it took, and no other."""
    policy = Policy(factors=("totp", "radius"), demand=Demand(at_least=2))
    with house(tmp_path, policy=policy, judges={"radius": FakeJudge()}) as bridge:
        bridge.ask()
        bridge.work()
        with pytest.raises(WrongAnswer):
            bridge.open("000000")
        step = first(bridge, RIGHT)
        assert (step.passed, wrong_answers(bridge)) == (("radius",), 1)
        assert isinstance(then(bridge, bridge.totp(), step), Shown)


def test_who_lacks_a_factor_gets_no_link_and_no_change(tmp_path: Path) -> None:
    """The host is not touched, and the agent reads what is missing."""
    with house(tmp_path, policy=BOTH, enrolled=False) as bridge:
        asked = bridge.ask()
        bridge.work()
        reset = bridge.reset(asked.reset.id)
        assert (reset.state, reset.failure) == (State.FAILED, Reason.NO_FACTOR)
        assert "missing: totp" in (reset.failure_text or "")
        assert not bridge.host.passwords_ever_set


def test_a_read_link_is_disowned_with_one_of_them(both: House) -> None:
    """Whoever has the key and any one factor may end it."""
    asked = both.ask()
    both.work()
    assert asked.release_code
    then(both, asked.release_code, first(both, both.totp()))
    both.clock.move(seconds=30)
    with pytest.raises(NotDisowned):
        disown(both.attempt("000000"), both.web)
    assert disown(both.attempt(both.totp()), both.web) is Disowned.ENDED


# --- wrong answers --------------------------------------------------------------------------------


def test_pauses_grow_and_are_no_tries(tmp_path: Path) -> None:
    """None after the first, then 5, 10 and 20 s; what is typed meanwhile, right or wrong, is not looked at."""
    with house(tmp_path, pause=5) as bridge:
        asked = bridge.ask()
        bridge.work()
        for pause in (0, 5, 10, 20):
            with pytest.raises(WrongAnswer):
                bridge.open("000000")
            for answer in ("000000", bridge.totp()) if pause else ():
                with pytest.raises(Paused) as held:
                    bridge.open(answer)
                assert held.value.until == bridge.clock.now() + timedelta(seconds=pause)
            bridge.clock.move(seconds=pause)
        assert wrong_answers(bridge) == 4
        assert bridge.kinds(asked.reset.id).count("factor.wrong") == 4
        assert bridge.open(bridge.totp())


def test_a_pause_is_nobodys_business_but_the_key_holders(tmp_path: Path) -> None:
    """Who knows the locator alone is told what they always are; "this was not me" works all the same."""
    with house(tmp_path, pause=5) as bridge:
        bridge.ask()
        bridge.work()
        for _ in range(2):
            with pytest.raises(WrongAnswer):
                bridge.open("000000")
        with pytest.raises(LinkDead):
            reveal(bridge.attempt("000000", key="0" * 32), bridge.web)
        assert disown(bridge.attempt(""), bridge.web) is Disowned.ENDED


def test_a_clock_set_back_makes_no_pause_longer(tmp_path: Path) -> None:
    """An hour back is not an hour of waiting."""
    with house(tmp_path, pause=5) as bridge:
        bridge.ask()
        bridge.work()
        for _ in range(2):
            with pytest.raises(WrongAnswer):
                bridge.open("000000")
        bridge.clock.put_back(hours=1)
        assert bridge.open(bridge.totp())


def test_i5_at_the_limit_every_live_link_of_the_person_dies(tmp_path: Path) -> None:
    """Three on one link and two on the other: both are destroyed and told; a new one begins anew."""
    with house(tmp_path) as bridge:
        resets = [bridge.ask(userid).reset.id for userid in ("JSMITH", "MJONES")]
        bridge.work(2)
        for mail in (0, 0, 0, 1, 1):
            with pytest.raises(WrongAnswer) as no:
                bridge.open("000000", mail=mail)
        assert no.value.left == 0
        assert {bridge.reset(each).state for each in resets} == {State.REVOKED}
        with pytest.raises(LinkEnded):
            bridge.open(bridge.totp(), mail=0)
        with bridge.store.look() as work:
            kinds = [notice.kind for notice in work.outbox.due(bridge.clock.now(), 50)]
        assert kinds.count("link_destroyed") == 4  # security and the person, for each
        assert wrong_answers(bridge) == 0


def test_i5_a_right_answer_elsewhere_gives_a_link_no_tries_back(tmp_path: Path) -> None:
    """The person's count begins anew; that link's own does not."""
    with house(tmp_path) as bridge:
        resets = [bridge.ask(userid).reset.id for userid in ("JSMITH", "MJONES")]
        bridge.work(2)
        for _ in range(4):
            with pytest.raises(WrongAnswer):
                bridge.open("000000", mail=0)
        assert bridge.open(bridge.totp(), mail=1)
        with pytest.raises(WrongAnswer) as no:
            bridge.open("000000", mail=0)
        assert no.value.left == 0
        assert bridge.reset(resets[0]).state is State.REVOKED
        assert bridge.reset(resets[1]).state is State.REVEALED


def test_a_network_is_held_up_longer_each_time(tmp_path: Path) -> None:
    """At its limit for 30 s, whatever is sent; others go on; an hour later it begins anew. Security is told once."""
    with house(tmp_path, policy=Policy(attempts=50), network_limit=3) as bridge:
        bridge.ask()
        bridge.work()

        def at(network: str, answer: str, **changes: str) -> Attempt:
            return replace(bridge.attempt(answer, **changes), network=network)  # type: ignore[arg-type]

        for _ in range(3):
            with pytest.raises(WrongAnswer):
                reveal(at("192.0.2.0/24", "000000"), bridge.web)
        for pause in (30, 60, 120):
            for attempt in (at("192.0.2.0/24", bridge.totp()), at("192.0.2.0/24", "000000", key="0" * 32)):
                with pytest.raises(Paused) as held:
                    reveal(attempt, bridge.web)
                assert held.value.until == bridge.clock.now() + timedelta(seconds=pause)
            bridge.clock.move(seconds=pause)
            with pytest.raises(WrongAnswer):
                reveal(at("192.0.2.0/24", "000000"), bridge.web)
        with pytest.raises(WrongAnswer):
            reveal(at("198.51.100.0/24", "000000"), bridge.web)
        with bridge.store.look() as work:
            suspect = work.networks.get("192.0.2.0/24")
            kinds = [notice.kind for notice in work.outbox.due(bridge.clock.now(), 50)]
        assert suspect
        assert suspect.count == 6
        assert kinds.count("network_paused") == 1
        bridge.clock.move(hours=1)
        assert isinstance(reveal(at("192.0.2.0/24", bridge.totp()), bridge.web), Shown)


def test_i10_without_a_key_no_network_is_counted(tmp_path: Path) -> None:
    """A stranger behind the same address holds nobody up."""
    with house(tmp_path, network_limit=1) as bridge:
        bridge.ask()
        bridge.work()
        for _ in range(5):
            with pytest.raises(LinkDead):
                reveal(replace(bridge.attempt("000000", key="0" * 32), network="192.0.2.0/24"), bridge.web)
        assert isinstance(reveal(replace(bridge.attempt(bridge.totp()), network="192.0.2.0/24"), bridge.web), Shown)


@pytest.mark.slow
def test_i5_ten_thousand_wrong_codes(tmp_path: Path) -> None:
    """By eight at once: none is right by luck, and the counters are exact."""
    with house(tmp_path, policy=Policy(attempts=100), network_limit=1000) as bridge:
        asked = bridge.ask()
        bridge.work()
        right = {bridge.totp(), bridge.totp(-1)}
        codes = (code for each in product("0123456789", repeat=6) if (code := "".join(each)) not in right)

        def once(code: str) -> object:
            try:
                return reveal(replace(bridge.attempt(code), network="192.0.2.0/24"), bridge.web)
            except BridgeError as error:
                return error

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(once, islice(codes, 10_000)))
        wrong = [outcome for outcome in outcomes if isinstance(outcome, WrongAnswer)]
        assert sorted(each.left for each in wrong) == list(range(100))
        assert sum(isinstance(outcome, LinkEnded) for outcome in outcomes) == 9_900
        assert bridge.kinds(asked.reset.id).count("factor.wrong") == 100
        with bridge.store.look() as work:
            suspect = work.networks.get("192.0.2.0/24")
        assert suspect
        assert suspect.count == 100
