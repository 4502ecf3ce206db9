"""What the page with the password says to everybody of one system: table by table, and how a password is spelled."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.link import Closed
from bridge.domain.password import Rules
from tests.fakes.web import settings
from web.settings import SystemFacts
from web.user.given import given, most, spelled

FACTS = SystemFacts(title="Production A", rules=Rules(rules=("LLLLLLLL",), separator=":"))
CLOSED = Closed(inner=bytes(60), bound=bytes(90))


def said(text: str, *, mixed_case: bool = False, language: str = "en") -> list[str]:
    """How it is said, one line to a character."""
    facts = replace(FACTS, rules=Rules(mixed_case=mixed_case))
    return re.findall(r"</span> (.+)</li>", spelled(text, facts, language))


def test_capital_and_small_are_said_where_the_host_tells_them_apart() -> None:
    """Or where the password has small letters all the same: who types it has to know."""
    assert said("B7") == ["Bravo", "seven"]
    assert said("B7", mixed_case=True) == ["capital Bravo", "seven"]
    assert said("b7") == ["small Bravo", "seven"]
    assert said("B7") == ["Bravo", "seven"]


def test_each_reader_hears_their_own_letters_and_no_sign_is_left_out() -> None:
    """One that no password is drawn from is shown as it is."""
    assert said("B", language="de") != said("B")
    assert said("é<") == ["é", "less than"]
    assert 'aria-hidden="true">&lt;</span>' in spelled("<", FACTS, "en")


@pytest.mark.parametrize("language", ["he", "ja", "zh"])
def test_letters_without_names_of_their_own_have_english_ones_and_say_so(language: str) -> None:
    """To the voice that reads the page: it is another one's turn. Figures and capitals are the page's own."""
    capital, figure = said("B7", mixed_case=True, language=language)
    assert re.fullmatch(r'<span>[^<>]+ <span lang="en">Bravo</span></span>', capital)
    assert figure.isalpha()
    assert said("B", language=language) == ['<span> <span lang="en">Bravo</span></span>']
    pages = [str(given(FACTS, CLOSED, settings(), each)["spelling"]).splitlines() for each in (language, "de")]
    assert ["tongue en" in page for page in pages] == [True, False]


@pytest.mark.parametrize(
    ("product", "rules", "characters"),
    [
        ("racf", Rules(), 8),
        ("acf2", Rules(), 8),
        ("topsecret", Rules(), 8),
        ("racf", Rules(phrase=True), 100),
        ("ibmi", Rules(), 10),
        ("ibmi", Rules(mixed_case=True), 0),
        ("unix", Rules(), 0),
    ],
)
def test_how_long_ones_own_may_be(product: str, rules: Rules, characters: int) -> None:
    """By product; 0 where there is no limit worth saying."""
    assert most(SystemFacts(title="A", product=product, rules=rules)) == characters


@pytest.mark.parametrize(
    ("closed", "is_closed", "armed"),
    [(None, False, False), (CLOSED, True, False), (replace(CLOSED, armed=True), True, True)],
)
def test_a_browser_that_opens_it_by_itself_is_told_so(closed: Closed | None, is_closed: bool, armed: bool) -> None:
    """And how to spell what no server has seen; to nobody else. What is armed is opened in another way."""
    values = given(FACTS, closed, settings(), "en")
    assert (values["closed"], values["armed"]) == (is_closed, armed)
    lines = str(values["spelling"]).splitlines()
    assert lines == [] or {"A Alfa", "7 seven", "# hash", "capital capital"} <= set(lines)
    assert bool(lines) is is_closed


def test_what_the_host_takes_is_said() -> None:
    """Its masks, but not for a phrase; the sign between password and token; for how long the page shows it."""
    values = given(FACTS, None, settings(show_for=timedelta(minutes=25)), "en")
    assert values["forms"] == ["8 × letter or digit"]
    assert values["sign"] == "colon (:)"
    assert values["seconds"] == 1500
    assert values["phrased"] is True
    phrase = replace(FACTS, product="unix", rules=replace(FACTS.rules, phrase=True, separator=None))
    values = given(phrase, None, settings(), "en")
    assert (values["forms"], values["sign"], values["phrased"]) == ([], "", False)


@pytest.mark.parametrize(
    ("factors", "owns"), [(("totp", "release_code"), True), (("passkey",), True), (("release_code", "mail"), False)]
)
def test_who_can_own_a_factor_is_told_how(factors: tuple[str, ...], owns: bool) -> None:
    """Where any policy takes an app or a passkey."""
    assert given(FACTS, None, settings(factors=factors), "en")["owns"] is owns
