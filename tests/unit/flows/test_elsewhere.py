"""Answers that another server judges: counted, claimed, and never judged inside a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from bridge.config.model import RadiusSettings
from bridge.domain.errors import (
    BadInput,
    FactorUnreached,
    LinkEnded,
    NextQuestion,
    Overtaken,
    QuestionLapsed,
    TooMany,
    WrongAnswer,
)
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import State
from bridge.domain.second import Challenge
from bridge.domain.secret import Secret
from bridge.flows.reveal import Shown, reveal
from bridge.ports import PersonRecord, Question
from connectors.factors.radius import Radius
from tests.fakes.judge import NEXT, RIGHT, WRONG, FakeJudge
from tests.fakes.kit import House, house
from tests.fakes.outside import FakeDirectory


@pytest.fixture
def judge() -> FakeJudge:
    """The other server."""
    return FakeJudge()


@pytest.fixture
def bridge(tmp_path: Path, judge: FakeJudge) -> Iterator[House]:
    """A published reset of a person who has nothing but a token."""
    with house(tmp_path, policy=Policy(factors=("totp", "radius")), enrolled=False, judges={"radius": judge}) as made:
        made.ask()
        made.work()
        yield made


def tries(bridge: House) -> int:
    with bridge.store.work() as work:
        return work.tries.lock("js")  # type: ignore[arg-type]


def question(bridge: House) -> Question:
    with bridge.store.look() as work:
        found = work.questions.get("js", "radius")  # type: ignore[arg-type]
    assert found
    return found


def answer(bridge: House, text: str, *, mail: int = -1) -> Shown:
    """To the server's question."""
    return reveal(replace(bridge.attempt(text, mail=mail), asked=True), bridge.web)


def reset_id(bridge: House) -> str:
    with bridge.store.look() as work:
        return str(work.resets.find()[0][0].id)


def test_a_yes_shows_the_password(bridge: House, judge: FakeJudge) -> None:
    """Once; the record says which factor it was, and no wrong answer is left over."""
    assert bridge.open(RIGHT).password == Secret(bridge.host.passwords_ever_set[-1])
    shown = next(record for record in bridge.records(reset_id(bridge)) if record.event.kind == "reset.revealed")
    assert shown.event.detail["factor"] == "radius"
    assert tries(bridge) == 0
    with pytest.raises(LinkEnded):
        bridge.open(RIGHT)
    assert len(judge.asked) == 1, "of a link that is over nobody is asked"


def test_i5_a_no_is_counted_and_the_fifth_destroys(bridge: House) -> None:
    """As for any other factor: over links and restarts, since the count is in the database."""
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongAnswer) as wrong:
            bridge.open(WRONG)
        assert wrong.value.left == left
    assert bridge.reset(reset_id(bridge)).state is State.REVOKED


def test_i5_the_count_outlives_a_link(bridge: House) -> None:
    """Three on one link, two on the next."""
    for _ in range(3):
        with pytest.raises(WrongAnswer):
            bridge.open(WRONG)
    bridge.ask()
    bridge.work(2)
    assert len(bridge.mail.links) == 2
    with pytest.raises(WrongAnswer) as wrong:
        bridge.open(WRONG)
    assert wrong.value.left == 1


def test_i5_a_try_is_counted_before_it_leaves(bridge: House, judge: FakeJudge) -> None:
    """A process that dies while the server thinks gives no try back."""
    judge.meanwhile = lambda: (_ for _ in ()).throw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        bridge.open(WRONG)
    assert tries(bridge) == 1
    judge.meanwhile = lambda: None
    bridge.clock.move(seconds=31)
    with pytest.raises(WrongAnswer) as wrong:
        bridge.open(WRONG)
    assert wrong.value.left == 3


def test_i5_one_at_a_time(bridge: House, judge: FakeJudge) -> None:
    """While one answer is being judged no other is sent: a hundred at once would be a hundred tries for one."""
    refused: list[object] = []

    def also() -> None:
        with pytest.raises(Overtaken) as error:
            bridge.open(RIGHT)
        refused.append(error.value)

    judge.meanwhile = also
    with pytest.raises(WrongAnswer):
        bridge.open(WRONG)
    assert refused
    assert len(judge.asked) == 1
    assert tries(bridge) == 1


def test_a_silent_server_uses_nothing_up(bridge: House, judge: FakeJudge) -> None:
    """Ten times: nothing counted, and the right answer works once it is back."""
    judge.away = True
    with bridge.store.look() as work:
        before = work.tries.last("js")  # type: ignore[arg-type]
    for _ in range(10):
        with pytest.raises(FactorUnreached):
            bridge.open(WRONG)
    with bridge.store.look() as work:
        assert work.tries.last("js") == before  # type: ignore[arg-type] # no pause begins with it
    assert tries(bridge) == 0
    assert "factor.unreached" in bridge.kinds(reset_id(bridge))
    judge.away = False
    assert bridge.open(RIGHT)


def test_i5_a_pause_that_began_while_the_server_was_asked_goes_on(tmp_path: Path, judge: FakeJudge) -> None:
    """Whoever keeps a silent server busy would else guess at the person's app without any pause."""
    with house(tmp_path, policy=Policy(factors=("totp", "radius")), judges={"radius": judge}, pause=30) as bridge:
        bridge.ask()
        bridge.work()

        def also() -> None:
            judge.meanwhile = lambda: None
            bridge.clock.move(seconds=10)
            with pytest.raises(WrongAnswer):
                bridge.open("000000")

        judge.meanwhile, judge.away = also, True
        with pytest.raises(FactorUnreached):
            bridge.open(RIGHT)
        with bridge.store.look() as work:
            assert work.tries.last("js") == bridge.clock.now()  # type: ignore[arg-type]


def test_an_answer_that_took_too_long_disturbs_nobody_who_came_after(bridge: House, judge: FakeJudge) -> None:
    """Longer than anything may: the next one was let in, and the question that it got is still theirs to answer."""
    judge.asks = True

    def also() -> None:
        judge.meanwhile = lambda: None
        bridge.clock.move(seconds=31)
        with pytest.raises(NextQuestion):
            bridge.open(RIGHT)

    judge.meanwhile = also
    with pytest.raises(WrongAnswer):
        bridge.open(WRONG)
    assert answer(bridge, NEXT)


def test_i4_a_right_answer_that_comes_too_late_gets_nothing(bridge: House, judge: FakeJudge) -> None:
    """The link was revoked while the server was asked: said so, not counted."""
    attempt = bridge.attempt("")

    def revoked() -> None:
        from bridge.flows.disown import disown

        disown(attempt, bridge.web)

    judge.meanwhile = revoked
    with pytest.raises(LinkEnded) as ended:
        bridge.open(RIGHT)
    assert ended.value.state == "revoked"
    assert tries(bridge) == 0


def test_i10_what_could_be_no_passcode_is_no_try(bridge: House, judge: FakeJudge) -> None:
    """A scanner's word reaches no server."""
    with pytest.raises(BadInput):
        bridge.open("hello")
    assert not judge.asked


def test_a_question_is_asked_and_answered(bridge: House, judge: FakeJudge) -> None:
    """The state comes back as it was, lies sealed meanwhile, and neither answer is counted."""
    judge.asks = True
    with pytest.raises(NextQuestion) as asked:
        bridge.open(RIGHT)
    assert asked.value.words == "Sure <b>now</b>?"
    assert tries(bridge) == 0
    assert b"abcd" not in (question(bridge).state or b"")
    assert "factor.asked" in bridge.kinds(reset_id(bridge))
    assert answer(bridge, NEXT)
    assert judge.asked[-1] == (NEXT, "0:abcd")


def test_i5_a_wrong_answer_to_a_question_is_counted_and_ends_it(bridge: House, judge: FakeJudge) -> None:
    """The same state is not good for a second guess."""
    judge.asks = True
    with pytest.raises(NextQuestion):
        bridge.open(RIGHT)
    with pytest.raises(WrongAnswer) as wrong:
        answer(bridge, "no")
    assert wrong.value.left == 4
    with pytest.raises(QuestionLapsed):
        answer(bridge, NEXT)
    assert len(judge.asked) == 2


def test_a_question_lapses(bridge: House, judge: FakeJudge) -> None:
    """After its time nothing is sent and nothing counted."""
    judge.asks = True
    with pytest.raises(NextQuestion):
        bridge.open(RIGHT)
    bridge.clock.move(minutes=2)
    with pytest.raises(QuestionLapsed):
        answer(bridge, NEXT)
    assert len(judge.asked) == 1
    assert tries(bridge) == 0


def test_a_question_belongs_to_its_link(bridge: House, judge: FakeJudge) -> None:
    """The same person's other link cannot answer it."""
    judge.asks = True
    with pytest.raises(NextQuestion):
        bridge.open(RIGHT)
    bridge.ask("MJONES")
    bridge.work()
    with pytest.raises(QuestionLapsed):
        answer(bridge, NEXT)
    assert answer(bridge, NEXT, mail=0)


def test_questions_are_limited(bridge: House, judge: FakeJudge) -> None:
    """Each may be a message to the person's telephone: only so many an hour."""
    judge.asks = True
    for _ in range(judge.most):
        with pytest.raises(NextQuestion):
            bridge.open(RIGHT)
    with pytest.raises(TooMany) as many:
        bridge.open(RIGHT)
    assert many.value.retry_after == 3601
    bridge.clock.move(hours=1)
    with pytest.raises(NextQuestion):
        bridge.open(RIGHT)


def test_an_hour_of_questions_ends_with_its_first(bridge: House, judge: FakeJudge) -> None:
    """Whoever is asked now and then, all afternoon, is never told that these were too many."""
    judge.asks = True
    for _ in range(3 * judge.most):
        with pytest.raises(NextQuestion):
            bridge.open(RIGHT)
        bridge.clock.move(minutes=20)


def test_the_last_question_of_an_hour_can_be_answered(bridge: House, judge: FakeJudge) -> None:
    """It was put; but a question on top of it is one too many, however it came about."""
    judge.asks = True
    for _ in range(judge.most):
        with pytest.raises(NextQuestion):
            bridge.open(RIGHT)
    with (
        patch.object(judge, "ask", return_value=Challenge("And now?", Secret("0:more"))),
        pytest.raises(NextQuestion),
    ):
        answer(bridge, NEXT)
    with pytest.raises(TooMany):
        answer(bridge, NEXT)
    bridge.clock.move(hours=1)
    for _ in range(judge.most):
        with pytest.raises(NextQuestion):
            bridge.open(RIGHT)
    assert answer(bridge, NEXT)


@pytest.mark.parametrize("how", ["away", "asks", "busy", "asked"])
def test_i5_no_guess_at_our_own_factors_is_free(tmp_path: Path, judge: FakeJudge, how: str) -> None:
    """Six digits that the person's app refuses count, whatever becomes of the other server; and what answers a
    question is shown to no app."""
    with house(tmp_path, policy=Policy(factors=("totp", "radius")), judges={"radius": judge}) as bridge:
        bridge.ask()
        bridge.work()
        wrong = str((int(bridge.totp()) + 1) % 10**6).zfill(6)
        if how == "asked":
            with pytest.raises(QuestionLapsed):
                answer(bridge, bridge.totp())
            assert tries(bridge) == 0
            return
        judge.away = how == "away"
        if how == "asks":
            judge.ask = lambda *_: Challenge("?", Secret("0:"))  # type: ignore[method-assign]
        if how == "busy":

            def also() -> None:
                with pytest.raises(WrongAnswer):
                    bridge.open(wrong)

            judge.meanwhile, judge.away = also, True
        with pytest.raises(WrongAnswer):
            bridge.open(wrong)
        assert tries(bridge) == (2 if how == "busy" else 1)
        assert bridge.open(bridge.totp())


def test_i5_a_directory_that_is_away_costs_no_try(tmp_path: Path) -> None:
    """Without it the name that a RADIUS server knows is not known: it was asked nothing, and the next is heard."""
    people = FakeDirectory(PersonRecord(person=Person("js"), name="J", email="js@example.com"))
    radius = Radius(RadiusSettings(servers=(), name="email"), people)
    with house(tmp_path, policy=Policy(factors=("radius",), attempts=2), judges={"radius": radius}) as made:
        made.ask()
        made.work()
        for away in (True, True, True, False):
            people.away = away
            with pytest.raises(FactorUnreached, match=r"people\.csv" if away else "no server"):
                reveal(made.attempt("4711123456"), made.web)
        with made.store.work() as work:
            assert work.tries.lock(Person("js")) == 0
