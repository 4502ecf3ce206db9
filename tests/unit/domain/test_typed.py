"""Codes and words as keyboards and mail programs of every country write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from unicodedata import normalize

import pytest

from bridge.domain import typed
from bridge.domain.codes import letters_of
from bridge.domain.second import digits, legible
from bridge.domain.secret import Secret


def wide(text: str) -> str:
    """As a Japanese keyboard writes ASCII."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def eastern(zero: int) -> Callable[[str], str]:
    return lambda code: "".join(chr(zero + int(char)) for char in code)


WRITTEN: dict[str, Callable[[str], str]] = {
    "full-width": wide,
    "full-width with a blank": lambda code: wide(code[:3] + "\u3000" + code[3:]),
    "Arabic": eastern(0x660),
    "Persian": eastern(0x6F0),
    "Devanagari": eastern(0x966),
    "in marks of direction": lambda code: f"\u200f\u2066{code}\u2069\u200e",
    "with a blank of no width": lambda code: code[:3] + "\u200b" + code[3:],
    "with a minus": lambda code: code[:3] + "\u2212" + code[3:],
    "with a maqaf": lambda code: code[:3] + "\u05be" + code[3:],
    "with a narrow blank": lambda code: code[:3] + "\u202f" + code[3:],
    "with a full stop": lambda code: code + ".",
    "with a Japanese full stop and a blank": lambda code: code + "。 ",
}
MISTYPED: dict[str, Callable[[str], str]] = {
    "O for 0": lambda code: code.replace("0", "O"),
    "o and l": lambda code: code.replace("0", "o").replace("1", "l"),
    "I, in groups": lambda code: code[:4].replace("1", "I") + " " + code[4:] + ".",
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("code", ["012345", "98765432"])
def test_a_code_of_digits_is_read_as_it_is_written(written: Callable[[str], str], code: str) -> None:
    """The digits are what counts."""
    assert digits(Secret(written(code)), len(code)) == Secret(code)


@pytest.mark.parametrize("mistyped", MISTYPED.values(), ids=MISTYPED)
def test_letters_that_look_like_digits_are_those(mistyped: Callable[[str], str]) -> None:
    """Where all the rest of it are digits."""
    assert digits(legible(Secret(mistyped("01010234"))), 8) == Secret("01010234")


@pytest.mark.parametrize(
    "typed", ["foobar", "", "O I L O I L", "OIL", "PIN0123456", "12345O78x", "Kilo Oscar", "1" * 999]
)
def test_what_is_no_code_of_digits_stays_as_it_is(typed: str) -> None:
    """Spelled words, a token's passcode, what a scanner fills in (I10)."""
    answer = Secret(typed)
    assert legible(answer) == answer if len(typed) < 200 else digits(legible(answer), 6) is None
    assert digits(Secret("12345O"), 6) is None


@pytest.mark.parametrize(
    "typed",
    [
        "\u2066K X A I J W\u2069",
        "K X A I J W.",
        "Ｋ　Ｘ　Ａ　Ｉ　Ｊ　Ｗ。",
        "\u200fkilo xray alfa india juliett whiskey!",
    ],
)
def test_words_of_a_release_code_lose_marks_and_the_end_of_a_sentence(typed: str) -> None:
    """And stay those words."""
    assert letters_of(Secret(typed)) == Secret("KXAIJW")


def test_no_row_of_accents_is_put_into_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes as long as its square: each sign is looked at by itself."""
    rows: list[int] = []

    def counted(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        rows.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(typed, "normalize", counted)
    assert typed.plain("\uff21" + "\u0345\u0315\u0300" * 100).startswith("A")
    assert set(rows) == {1}
