"""“This was not me” of a read link with an answer that another server judges: few, counted first, and apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.errors import (
    FactorUnreached,
    LinkEnded,
    NextQuestion,
    NotDisowned,
    Overtaken,
    QuestionLapsed,
    TooMany,
)
from bridge.domain.policy import Policy
from bridge.domain.reset import Cleanup, Reset, State
from bridge.domain.second import OF_A_READ_LINK, OF_A_READ_LINK_EVER, RADIUS, TOTP
from bridge.flows import decide
from bridge.flows.disown import Disowned, disown, takes
from bridge.flows.holder import Attempt
from bridge.flows.reveal import reveal
from tests.fakes.judge import NEXT, RIGHT, WRONG, FakeJudge
from tests.fakes.kit import AGENT, House, house
from tests.fakes.web import Browser


@pytest.fixture
def judge() -> FakeJudge:
    """The other server."""
    return FakeJudge()


@pytest.fixture
def read(tmp_path: Path, judge: FakeJudge) -> Iterator[House]:
    """A link that somebody has read, with a passcode that was judged elsewhere."""
    with house(tmp_path, policy=Policy(factors=(TOTP, RADIUS)), enrolled=False, judges={RADIUS: judge}) as made:
        made.ask()
        made.work()
        made.open(RIGHT)
        made.clock.move(minutes=1)
        judge.asked.clear()
        yield made


def ended(made: House) -> Reset:
    return made.reset(made.mail.links[-1].reset_id)


def answer(made: House, text: str) -> Attempt:
    """To the server's question."""
    return replace(made.attempt(text), asked=True)


def bridge_told(made: House, attempt: Attempt) -> bool:
    """Whether security was told that somebody from elsewhere comes back to the read link."""
    with pytest.raises(TooMany):
        disown(replace(attempt, answer=made.attempt(RIGHT).answer, source="203.0.113.7"), made.web)
    with made.store.look() as work:
        return any(notice.kind == "link_elsewhere" for notice in work.outbox.due(made.clock.now(), 50))


def tries(made: House) -> int:
    with made.store.look() as work:
        found = work.links.of(made.mail.links[-1].reset_id)
    assert found
    return found.tries


def test_a_yes_ends_it(read: House, judge: FakeJudge) -> None:
    """Revoked, to be spoiled."""
    assert takes(read.attempt(""), read.web) == (RADIUS,)
    assert disown(read.attempt(RIGHT), read.web) is Disowned.ENDED
    assert (ended(read).state, ended(read).cleanup) == (State.REVOKED, Cleanup.DUE)
    assert judge.asked == [(RIGHT, None)]


def test_a_question_and_its_answer(read: House, judge: FakeJudge) -> None:
    """The page asks on; the question is that link's, and nothing was counted as wrong."""
    judge.asks = True
    with pytest.raises(NextQuestion) as question:
        disown(read.attempt(RIGHT), read.web)
    assert (question.value.words, tries(read)) == ("Sure <b>now</b>?", 0)
    assert disown(answer(read, NEXT), read.web) is Disowned.ENDED
    assert judge.asked == [(RIGHT, None), (NEXT, "0:abcd")]


def test_a_question_is_answered_in_time_and_once(read: House, judge: FakeJudge) -> None:
    """Too late, and a wrong answer: the one is no try, the other is."""
    judge.asks = True
    for moves, error in ((3, QuestionLapsed), (0, NotDisowned)):
        with pytest.raises(NextQuestion):
            disown(read.attempt(RIGHT), read.web)
        read.clock.move(minutes=moves)
        with pytest.raises(error):
            disown(answer(read, "no"), read.web)
    with pytest.raises(QuestionLapsed):
        disown(answer(read, NEXT), read.web)
    assert tries(read) == 1
    assert ended(read).state is State.REVEALED


def test_few_are_asked_and_none_of_a_link_that_opens_is_taken(read: House, judge: FakeJudge) -> None:
    """Two an hour of each read link, right or wrong, since many a server locks after a few; security is told;
    neither the person's tries nor their questions on a link that opens change."""
    old = read.attempt("")
    read.host.user_logs_on("JSMITH")
    read.work()
    read.ask()
    read.work(3)
    judge.asks = True
    with pytest.raises(NextQuestion):
        read.open(RIGHT)
    for _ in range(OF_A_READ_LINK):
        with pytest.raises(NotDisowned):
            disown(replace(old, answer=read.attempt(WRONG).answer), read.web)
    before = len(judge.asked)
    with pytest.raises(TooMany):
        disown(replace(old, answer=read.attempt(RIGHT).answer), read.web)
    assert len(judge.asked) == before
    assert bridge_told(read, old)
    with read.store.work() as work:
        assert work.tries.lock(read.directory.people[0].person) == 0
    assert reveal(answer(read, NEXT), read.web)
    read.clock.move(hours=1)
    judge.asks = False
    assert disown(replace(old, answer=read.attempt(RIGHT).answer), read.web) is Disowned.LATE


def test_a_server_asks_a_few_questions_of_a_read_link_and_no_more(read: House, judge: FakeJudge) -> None:
    """Each may be a message to a telephone: six, for as long as the link is kept. The last can be answered."""
    judge.asks = True
    for _ in range(OF_A_READ_LINK_EVER):
        with pytest.raises(NextQuestion):
            disown(read.attempt(RIGHT), read.web)
        read.clock.move(hours=1)
    with pytest.raises(TooMany):
        disown(read.attempt(RIGHT), read.web)
    assert len(judge.asked) == OF_A_READ_LINK_EVER


def test_an_older_link_keeps_nobody_from_objecting_to_a_newer(read: House, judge: FakeJudge) -> None:
    """Its two of the hour are its own."""
    old = read.attempt(WRONG)
    read.host.user_logs_on("JSMITH")
    read.work()
    read.ask()
    read.work(3)
    read.open(RIGHT)
    read.clock.move(minutes=1)
    for _ in range(OF_A_READ_LINK):
        with pytest.raises(NotDisowned):
            disown(old, read.web)
    assert disown(read.attempt(RIGHT), read.web) is Disowned.ENDED


def test_wrong_ones_use_the_link_up(read: House) -> None:
    """Five, over hours: then nothing is offered, and nobody asked."""
    for _ in range(5):
        with pytest.raises(NotDisowned):
            disown(read.attempt(WRONG), read.web)
        read.clock.move(hours=1)
    assert takes(read.attempt(""), read.web) == ()
    with pytest.raises(NotDisowned) as no:
        disown(read.attempt(RIGHT), read.web)
    assert no.value.left == 0


def test_an_answer_to_a_question_is_nobody_else_s(tmp_path: Path, judge: FakeJudge) -> None:
    """The app's code, typed where the server's question is answered, is the server's to judge: it is wrong there."""
    with house(tmp_path, policy=Policy(factors=(TOTP, RADIUS)), judges={RADIUS: judge}) as read:
        read.ask()
        read.work()
        read.open(RIGHT)
        read.clock.move(minutes=1)
        judge.asks = True
        with pytest.raises(NextQuestion):
            disown(read.attempt(RIGHT), read.web)
        with pytest.raises(NotDisowned):
            disown(answer(read, read.totp()), read.web)
        assert disown(read.attempt(read.totp()), read.web) is Disowned.ENDED


def test_i5_no_guess_at_our_own_factors_is_free(tmp_path: Path, judge: FakeJudge) -> None:
    """Six digits that the app refuses are wrong, though the server that might know them is away; and stay counted."""
    with house(tmp_path, policy=Policy(factors=(TOTP, RADIUS)), judges={RADIUS: judge}) as read:
        read.ask()
        read.work()
        read.open(RIGHT)
        judge.away = True
        with pytest.raises(NotDisowned) as no:
            disown(read.attempt("000000"), read.web)
        assert (no.value.left, tries(read)) == (4, 1)
        with pytest.raises(FactorUnreached):
            disown(read.attempt(RIGHT), read.web)
        assert tries(read) == 1


def test_a_try_is_counted_before_it_leaves(read: House, judge: FakeJudge) -> None:
    """A process that dies while the server thinks gives no try back; while it thinks nobody else asks."""
    seen: list[int] = []

    def also() -> None:
        seen.append(tries(read))
        judge.meanwhile = lambda: None
        with pytest.raises(Overtaken):
            disown(read.attempt(RIGHT), read.web)
        raise KeyboardInterrupt

    judge.meanwhile = also
    with pytest.raises(KeyboardInterrupt):
        disown(read.attempt(WRONG), read.web)
    assert seen == [1]
    assert tries(read) == 1
    assert len(judge.asked) == 1


def test_i5_a_process_that_dies_over_the_last_try_leaves_nothing_untold(read: House, judge: FakeJudge) -> None:
    """It was counted, and nobody was told that the link takes no more: the next press does it."""
    for _ in range(4):
        with pytest.raises(NotDisowned):
            disown(read.attempt(WRONG), read.web)
        read.clock.move(hours=1)
    judge.meanwhile = lambda: (_ for _ in ()).throw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        disown(read.attempt(WRONG), read.web)
    for _ in range(2):
        with pytest.raises(NotDisowned):
            disown(read.attempt(RIGHT), read.web)
    with read.store.look() as work:
        told = [notice.kind for notice in work.outbox.due(read.clock.now(), 9) if notice.to]
    assert told == ["link_shut"]


def test_a_server_that_is_away_counts_nothing_as_wrong(read: House, judge: FakeJudge) -> None:
    """Only as one of the hour's: it may have heard it."""
    judge.away = True
    with pytest.raises(FactorUnreached):
        disown(read.attempt(RIGHT), read.web)
    assert tries(read) == 0
    judge.away = False
    assert disown(read.attempt(RIGHT), read.web) is Disowned.ENDED


@pytest.mark.parametrize("said", [RIGHT, WRONG])
def test_who_was_faster_ends_it_once(read: House, judge: FakeJudge, said: str) -> None:
    """While the server thinks, an operator revokes it: whatever the answer was, it is too late to be wrong."""
    judge.meanwhile = lambda: decide.revoke(ended(read).id, AGENT, "asked for by telephone", read.web)
    with pytest.raises(LinkEnded):
        disown(read.attempt(said), read.web)
    kinds = read.kinds(str(ended(read).id))
    assert (kinds.count("reset.revoked"), kinds.count("factor.wrong")) == (1, 0)


def test_it_is_not_offered_where_nobody_can_be_asked(read: House, judge: FakeJudge) -> None:
    """A directory that is away."""
    read.directory.away = True
    assert takes(read.attempt(""), read.web) == ()


def test_the_page_takes_it(read: House, judge: FakeJudge) -> None:
    """Without script: the field, a question, a server that is away, too many, the end; each stays on its page."""
    browser = Browser(read, factors=(TOTP, RADIUS))
    path, _ = browser.link()
    page = browser.reveal("00000000")
    assert "The code from your token." in page.text
    judge.asks = True

    def say(code: str, **more: str) -> tuple[int, str]:
        done = browser.post(f"{path}/not-me", browser.held("key") | {"word": "STOP", "code": code} | more)
        return done.status_code, done.text

    status, text = say(RIGHT)
    assert (status, "Sure &lt;b&gt;now" in text, 'name="asked" value="yes"' in text) == (200, True, True)
    judge.away = True
    status, text = say(RIGHT)
    assert (status, "does not answer just now" in text, "This was not me" in text) == (503, True, True)
    judge.away = False
    status, text = say(RIGHT)
    assert (status, "no more codes are checked here" in text, "This was not me" in text) == (429, True, True)
    read.clock.move(hours=1)
    browser.reveal("00000000")
    status, text = say(RIGHT)
    assert say(NEXT, asked="yes")[0] == 200
    assert ended(read).state is State.REVOKED
