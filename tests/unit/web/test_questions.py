"""The page where another server judges the code: its questions, its silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.domain.policy import Policy
from tests.fakes.judge import NEXT, RIGHT, WRONG, FakeJudge
from tests.fakes.kit import House, house
from tests.fakes.web import Browser


@pytest.fixture
def judge() -> FakeJudge:
    """The other server."""
    return FakeJudge()


@pytest.fixture
def bridge(tmp_path: Path, judge: FakeJudge) -> Iterator[House]:
    """Somebody who has a token and nothing else."""
    with house(tmp_path, policy=Policy(factors=("totp", "radius")), enrolled=False, judges={"radius": judge}) as made:
        made.ask()
        made.work()
        yield made


@pytest.fixture
def browser(bridge: House) -> Browser:
    """A site whose policies name the factor."""
    return Browser(bridge, factors=("totp", "radius"))


def answer(browser: Browser, text: str, how: str = "key") -> tuple[int, str]:
    path, _ = browser.link()
    page = browser.post(path, browser.held(how) | {"code": text, "asked": "yes"})
    return page.status_code, page.text


def test_the_page_asks_for_a_passcode(browser: Browser) -> None:
    """Letters are typed as well; nothing of it depends on the link."""
    text = browser.get("/").text
    assert "from your app or token" in text
    assert 'inputmode="numeric"' not in text
    assert 'maxlength="128"' in text


def test_a_passcode_opens(browser: Browser) -> None:
    """Blanks around it do no harm; those within are the server's."""
    assert browser.reveal(f" {RIGHT} ").status_code == 200


@pytest.mark.parametrize("how", ["key", "proof"])
def test_a_question_is_shown_escaped_and_answered(browser: Browser, judge: FakeJudge, how: str) -> None:
    """What the server says is text; its state is in no page; the answer opens, with the key or a proof of it."""
    judge.asks = True
    path, key = browser.link()
    page = browser.post(path, browser.held(how) | {"code": RIGHT})
    assert page.status_code == 200
    assert "Sure &lt;b&gt;now&lt;/b&gt;?" in page.text
    assert "abcd" not in page.text
    assert 'name="asked" value="yes"' in page.text
    assert (f'value="{key}"' in page.text) is (how == "key")
    assert not re.search(r"data-secret", page.text)
    status, text = answer(browser, NEXT, how)
    assert status == 200
    assert (bridge_password(browser) if how == "key" else "data-inner=") in text


def bridge_password(browser: Browser) -> str:
    return browser.house.host.passwords_ever_set[-1]


def test_a_wrong_answer_says_how_many_are_left_and_asks_from_the_start(browser: Browser, judge: FakeJudge) -> None:
    """The question is over; the page is the ordinary one."""
    judge.asks = True
    browser.reveal(RIGHT)
    status, text = answer(browser, "no")
    assert status == 403
    assert "4 more tries" in text
    assert 'name="asked"' not in text
    status, text = answer(browser, NEXT)
    assert status == 409
    assert "too late to answer that question" in text


def test_a_silent_server_is_said_to_be_silent(browser: Browser, judge: FakeJudge) -> None:
    """In the reader's language, with nothing counted."""
    judge.away = True
    page = browser.reveal(WRONG)
    assert page.status_code == 503
    assert "does not answer just now" in page.text
    assert "did not count as a try" in page.text
    assert "antwortet gerade nicht" in browser.reveal(WRONG, Accept_Language="de").text
    assert "ne répond pas" in browser.reveal(WRONG, Accept_Language="fr").text
    judge.away = False
    assert "4 more tries" in browser.reveal(WRONG).text


def test_a_read_link_asks_for_no_code_that_it_could_not_take(bridge: House) -> None:
    """Of who has no app it takes the passcode; while nobody can say who they are, the help desk ends it."""
    alone, mixed = Browser(bridge, factors=("radius",)), Browser(bridge, factors=("totp", "radius"))
    assert alone.reveal(RIGHT).status_code == 200
    for browser in (alone, mixed):
        page = browser.reveal(RIGHT)
        assert page.status_code == 410
        assert "call the help desk now" in page.text
        assert ("The code from your token." in page.text, "authenticator" in page.text) == (True, False)
    bridge.directory.away = True
    for browser in (alone, mixed):
        page = browser.reveal(RIGHT)
        assert page.status_code == 410
        assert "call the help desk now" in page.text
        assert "This was not me" not in page.text
