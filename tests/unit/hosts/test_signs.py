"""Screens that can never be seen are refused, one wrong letter is told once, and a key's name is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.hosts.dialogs.reader import load
from connectors.hosts.dialogs.shapes import Rule, Spot
from connectors.hosts.dialogs.signs import KEYS, covers, no_key
from tests.unit.hosts.test_dialog_lint import CONFIRMED, GOOD, refused, written


def at(row: int, column: int, text: str) -> Spot:
    return Spot(row=row, column=column, text=text)


TITLE = at(1, 2, "GATE20")


@pytest.mark.parametrize(
    ("first", "second", "hides"),
    [
        (Rule(at=(TITLE,)), Rule(at=(TITLE,)), True),
        (Rule(at=(TITLE,)), Rule(at=(TITLE,), pattern=("TSOA",)), True),
        (Rule(at=(TITLE,), pattern=("TSOA",)), Rule(at=(TITLE,)), False),
        (Rule(at=(at(1, 2, "gate"),)), Rule(at=(TITLE,)), True),
        (Rule(at=(at(1, 4, "TE2"),)), Rule(at=(TITLE,)), True),
        (Rule(at=(at(1, 4, "GATE"),)), Rule(at=(TITLE,)), False),
        (Rule(at=(at(2, 2, "GATE20"),)), Rule(at=(TITLE,)), False),
        (Rule(says=("MENU", "LIST")), Rule(says=("menu",), at=(TITLE,)), True),
        (Rule(says=("MENU",)), Rule(says=("MENU", "LIST")), False),
        (Rule(says=("MENU",)), Rule(at=(TITLE,)), False),
        (Rule(at=(TITLE,), cursor="hidden field"), Rule(at=(TITLE,)), False),
        (Rule(at=(TITLE,), last_line="***"), Rule(at=(TITLE,)), False),
        (Rule(at=(TITLE,), last_line_says=("END",)), Rule(at=(TITLE,), last_line_says=("END",)), True),
        (Rule(prompt=("READY",)), Rule(at=(TITLE,)), False),
        (Rule(prompt=("READY", "ACF")), Rule(prompt=("ACF",)), True),
        (Rule(at=(TITLE,), before_let_in=True), Rule(at=(TITLE,)), False),
        (Rule(), Rule(at=(TITLE,)), False),
    ],
)
def test_a_screen_hides_another_whose_signs_have_all_of_its_own(first: Rule, second: Rule, hides: bool) -> None:
    """And no other: a sign more, or one at another place, and both can be seen."""
    assert covers(first, second) is hides


def test_a_screen_that_another_one_hides_is_refused_and_the_remedy_is_the_order(tmp_path: Path) -> None:
    """The page with the line that is looked for stands behind the one for any page: nobody would ever come to it."""
    pages = """\
  page:
    says: ACME LIST
    press: PF8
    next: [page, line]
    at_most: 9
    within: 15s
    else: not_started
    nothing_to_leave: true
  line:
    says: ACME LIST
    at: [{row: 4, column: 6, text: TSOA}]
    press: ENTER
    next: [password]
    at_most: 2
    within: 15s
    else: not_started
    nothing_to_leave: true
"""
    one, two = pages.split("  line:\n")
    text = GOOD.replace("next: [password]", "next: [page, line]", 1)
    assert refused(written(tmp_path, text + pages)) == [
        "acme.yaml:38: screens.line: unreachable: page stands ahead, and whatever fits line fits it as well; put line "
        "ahead of it, or give each a sign that the other lacks"
    ]
    assert load(written(tmp_path, text + "  line:\n" + two + one)).dialog.screens["line"].next == ("password",)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("begin: [menu]", "begin: [menue]", "4: begin: there is no screen menue; did you mean menu?"),
        ("next: [ready]", "next: [redy]",
         "21: screens.password.next: there is no screen redy; did you mean ready?"),
        ("then: [bye]", "then: [by]", "32: screens.confirm.leave.then: there is no screen by; did you mean bye?"),
        ("then: [confirm]", "then: [xyz]",
         "29: screens.ready.leave.then: there is no screen xyz; there are menu, password, ready, confirm, bye"),
    ],
)  # fmt: skip
def test_a_name_that_is_mistyped_is_told_once(tmp_path: Path, before: str, after: str, said: str) -> None:
    """Not once more for each screen that cannot be come to for that."""
    text = GOOD.replace(*CONFIRMED, 1)
    assert refused(written(tmp_path, text.replace(before, after, 1))) == [f"acme.yaml:{said}"]


@pytest.mark.parametrize(
    ("key", "meant"),
    [("PF08", "PF8"), ("F3", "PF3"), ("pf 12", "PF12"), ("PFK3", "PF3"), ("PF-4", "PF4"), ("PA01", "PA1"),
     ("ENTR", "ENTER"), ("Clera", "CLEAR")],
)  # fmt: skip
def test_a_key_that_is_none_is_told_with_the_one_that_is_meant(key: str, meant: str) -> None:
    """However people write them."""
    assert (no_key(key) or "").endswith(f", not {key}; did you mean {meant}?")


def test_a_key_is_a_key_and_what_resembles_none_is_not_repeated() -> None:
    """In any case; what stands there in place of a key may be anything."""
    assert not any(map(no_key, (*KEYS, "enter", "pf8")))
    for text in ("PF25", "PF0", "PA4", "BLAUBEER7"):
        assert (no_key(text) or "").endswith("PA1 to PA3 is expected")


def test_what_is_no_yaml_is_told_once_and_in_plain_words(tmp_path: Path) -> None:
    """What the parser says stands behind it."""
    for before, after, said in (
        ("    press: PF5", "\tpress: PF5", "a tab indents this line; use blanks"),
        ("    press: PF5", "     press: PF5", "this line is not indented as those beside it"),
        ('behind: "Userid ===>"', "behind: [Userid}", "the whole belongs into quotes"),
        ("says: ACME MAIN MENU", "says: ACME: MAIN MENU", "put the text into quotes"),
    ):
        (fault,) = refused(written(tmp_path, GOOD.replace(before, after, 1)))
        assert said in fault, fault
