"""What a page is sent from keyboards of every country: a code, the word that ends a link, a locator."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bridge.domain.policy import Policy
from bridge.domain.secret import Secret
from tests.fakes.judge import FakeJudge
from tests.fakes.kit import House, house
from tests.fakes.web import Browser
from tests.unit.domain.test_typed import MISTYPED, WRITTEN, wide


@pytest.mark.parametrize("written", [*WRITTEN.values(), *MISTYPED.values()], ids=[*WRITTEN, *MISTYPED])
def test_i5_the_password_comes_for_a_code_from_any_keyboard(published: Browser, written: Callable[[str], str]) -> None:
    """An app's code, the first time: until now the page asked for six digits."""
    bridge = published.house
    page = published.reveal(written(bridge.totp()))
    assert bridge.host.passwords_ever_set[-1] in page.text


def test_i5_so_it_does_for_the_code_of_the_help_desk(bridge: House) -> None:
    """Full-width, with O for 0, in the marks of a chat."""
    asked = bridge.ask()
    bridge.work()
    code = (asked.release_code or Secret("")).expose()
    page = Browser(bridge).reveal("\u2066" + wide(code.replace("0", "O")) + "\u2069")
    assert bridge.host.passwords_ever_set[-1] in page.text


@pytest.fixture
def judge() -> FakeJudge:
    return FakeJudge()


@pytest.fixture
def judged(tmp_path_factory: pytest.TempPathFactory, judge: FakeJudge) -> Iterator[House]:
    """Whose policy takes a token's passcode."""
    policy, judges = Policy(factors=("totp", "radius")), {"radius": judge}
    with house(tmp_path_factory.mktemp("judged"), policy=policy, judges=judges) as made:
        made.ask()
        made.work()
        yield made


@pytest.mark.parametrize("typed", ["lO0123456", "OO123456", "ＯＯ123456"])
def test_a_passcode_goes_out_as_it_was_typed(judged: House, judge: FakeJudge, typed: str) -> None:
    """Letters in it may be its person's own."""
    Browser(judged, factors=("totp", "radius")).reveal(f" {typed} ")
    assert [answer for answer, _ in judge.asked] == [typed]


@pytest.mark.parametrize("word", ["ＳＴＯＰ", "stop.", "\u200fSTOP\u200e", "\u3000ｓｔｏｐ。"])
def test_the_word_that_ends_a_link_is_read_the_same_way(published: Browser, word: str) -> None:
    """No other word is."""
    path, _ = published.link()
    assert published.post(f"{path}/not-me", published.held("key") | {"word": "STO"}).status_code == 400
    assert published.post(f"{path}/not-me", published.held("key") | {"word": word}).status_code == 200


def test_a_locator_that_was_typed_by_hand_is_the_same_link(published: Browser) -> None:
    """O for 0, I or L for 1: no locator has these letters. Its page does not tell whether there is such a link."""
    path, _ = published.link()
    typed = "/r/" + path.removeprefix("/r/").replace("0", "o").replace("1", "L")
    other = "/r/" + "0O1IL" * 5 + "7"
    plain, unknown = published.get(typed), published.get(other)
    assert plain.text.replace(path.removeprefix("/r/"), "") == unknown.text.replace(
        "0011100111001110011100111" + "7", ""
    )
    assert published.get(typed).status_code == 200
    page = published.post(typed, published.held("key") | {"code": published.house.totp()})
    assert published.house.host.passwords_ever_set[-1] in page.text


@pytest.mark.parametrize("behind", [")", "”", "。", "&utm_source=x", "=20"])
def test_a_key_that_came_in_the_path_is_read_whatever_stands_behind_it(published: Browser, behind: str) -> None:
    """Without script, too: ticked when it can be read, and else not."""
    path, key = published.link()
    assert "✓ Your link has been recognised.</p>" in published.get(f"{path}%23{key}{behind}").text
    assert "✓ Your link has been recognised.</p>" not in published.get(f"{path}%23{key[:-2]}{behind}").text


@pytest.mark.parametrize("at", ["", "0123456789ABCDEFGHJKMNPQRS"], ids=["no link's page", "another's"])
def test_the_whole_mail_may_be_pasted_into_the_field(published: Browser, at: str) -> None:
    """Its link wins over the page's; a second link of another name makes it nobody's."""
    path, key = published.link()
    mail = f"Hello, open this: “https://reset.example.com{path}#{key}” (valid until noon). If you did not ask, call us."
    twice = f"{mail} {mail.replace(path, '/r/' + '7' * 26)}"
    refused = published.reveal(published.house.totp(), path=f"/r/{at}", key=twice)
    assert "This is not a whole link or code." in refused.text
    shown = published.reveal(published.house.totp(), path=f"/r/{at}", key=mail)
    assert published.house.host.passwords_ever_set[-1] in shown.text
