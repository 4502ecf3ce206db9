"""A release code of six words: drawn evenly, and read however a person writes it down."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from bridge.domain.codes import SPOKEN, letters_of, new_release_words
from bridge.domain.policy import Policy
from bridge.domain.secret import Secret
from tests.fakes.kit import House, house
from tests.fakes.web import Browser


def repeat(value: int) -> Callable[[int], bytes]:
    return lambda count: bytes([value]) * count


def test_words_are_drawn_evenly_and_read_back() -> None:
    """Of bytes each word has as many, and those left over are drawn again; what is drawn stands for its letters."""
    first = Counter(new_release_words(repeat(value)).expose().split()[0] for value in range(234))
    assert first == dict.fromkeys(SPOKEN.values(), 9)
    for value in range(234, 256):
        draws = iter([bytes([value]) * 16, bytes(16)])
        assert new_release_words(lambda _, draws=draws: next(draws)).expose() == "Alfa " * 5 + "Alfa"
    for code in (new_release_words(os.urandom).expose() for _ in range(99)):
        read = letters_of(Secret(code))
        assert read is not None
        assert read.expose() == "".join(word[0] for word in code.split())


@pytest.mark.parametrize(
    "typed",
    ["Kilo X-ray Alfa India Juliett Whiskey", "kilo xray ALPHA indıa juliet whisky", " K  X a i-J, w ",
     "kilo-x ray-alfa-İndia-juliette-whiskey", "Ｋ Ｘ Ａ Ｉ Ｊ Ｗ"],
)  # fmt: skip
def test_words_are_taken_as_people_write_them(typed: str) -> None:
    """Whole or by their letters, with what is heard for them, whatever stands between."""
    found = letters_of(Secret(typed))
    assert found is not None
    assert found.expose() == "KXAIJW"


@pytest.mark.parametrize(
    "typed", ["", "KXAIJW", "foobar", "Kilo X-ray Alfa", "K X A I J W Z", "K X A I J 1", "12345678"]
)
def test_i10_what_a_scanner_fills_in_is_no_attempt(typed: str) -> None:
    """Six letters in one are a word like any other."""
    assert letters_of(Secret(typed)) is None


@pytest.fixture
def worded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("worded"), policy=Policy(release_code="words")) as made:
        yield made


def test_i5_six_words_open_the_link_and_six_others_count(worded: House) -> None:
    """The page asks for words, on a keyboard that has letters; the first letters do; a wrong one leaves four tries."""
    asked = worded.ask()
    worded.work()
    code = (asked.release_code or Secret("")).expose()
    assert len(code.split()) == 6
    browser = Browser(worded, worded=True)
    page = browser.get(browser.link()[0]).text
    assert "or the words that the help desk gave you" in page
    assert 'inputmode="numeric"' not in page
    nothing = browser.reveal("foobar")
    assert (nothing.status_code, "the words that the help desk gave you" in nothing.text) == (400, True)
    other = "Zulu" if code[0] != "Z" else "Yankee"
    assert "4 more tries" in browser.reveal(" ".join([other, *code.split()[1:]])).text
    assert worded.host.passwords_ever_set[-1] in browser.reveal(" ".join(word[0] for word in code.split())).text
