"""A logon that ends at a screen says which one of the dialog it is meant for, and what is wrong with its signs."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bridge.domain.errors import HostUnreached, ServiceIdRejected
from connectors.hosts.dialogs.shapes import Dialog, Entry, Rule, Spot
from connectors.hosts.transports.nearness import fields_there, nearly
from connectors.hosts.transports.screens import Screen
from tests.dialogs.branches import Shows
from tests.unit.transports.walks import asked, beginning, changed, field, screen, walk

ASKED = asked(" Enter current password:")
TITLE = " GATE10   PLEASE READ"
NEWS = screen(TITLE, "   WHOSE PASSWORD HAS EXPIRED CALLS 4711")


def known(row: int, column: int, text: str = "GATE10", *, rows: tuple[int, ...] = ()) -> Rule:
    spot = Spot(row=row, column=column, text=text)
    return replace(changed("more"), last_line=None, at=(spot,), message_rows=rows)


def at_gate(**screens: Rule) -> Dialog:
    """The password, and then one of these screens."""
    return beginning("password", password=changed("password", next=tuple(screens)), **screens)


def said(dialog: Dialog, *shown: Screen) -> str:
    """The words in which the logon ends."""
    with pytest.raises((HostUnreached, ServiceIdRejected)) as found:
        walk(Shows(shown), dialog)
    return str(found.value)


def test_a_sign_at_another_place_is_told_with_both_places() -> None:
    """Ahead of what else could be done about the screen."""
    words = said(at_gate(news=known(2, 3)), ASKED, screen(TITLE))
    assert "news would have “GATE10” in row 2, column 3, and it stands in row 1, column 2; otherwise give" in words


def test_what_is_taken_for_a_refusal_may_be_a_screen_that_is_nearly_known() -> None:
    """News that speak of passwords end a logon; the writer has described them, one column off."""
    words = said(at_gate(news=known(1, 3, rows=(24,))), ASKED, NEWS)
    assert "no refusal, its screen is not known: news would have “GATE10” in row 1, column 3, and it stands in" in words
    assert "EXPIRED" in said(at_gate(more=changed("more")), ASKED, NEWS)
    assert "would have" not in said(at_gate(more=changed("more")), ASKED, NEWS)


def test_a_screen_that_stands_ahead_is_named_with_the_one_that_fits_as_well() -> None:
    """The first in the file counts; the remedy is the order, or a better sign."""
    dialog = at_gate(news=known(1, 2))
    first = {"wide": known(1, 2, "GATE"), **dialog.screens}
    words = said(replace(dialog, screens=first), ASKED, screen(TITLE))
    assert "WIDE is not expected after PASSWORD" in words
    assert (
        "news fits as well, and wide stands ahead of it in the dialog: put news ahead, or know wide by a sign" in words
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (known(1, 2), ""),
        (known(3, 2, "GATE77"), ""),
        (known(1, 9), "news would have “GATE10” in row 1, column 9, and it stands in row 1, column 2"),
        (replace(known(1, 2, "GATE7"), says=("PLEASE READ",)), ""),
        (Rule(at=(Spot(row=1, column=9, text="GATE10"),), nothing_to_leave=True), ""),
    ],
)  # fmt: skip
def test_only_what_is_near_is_spoken_of(rule: Rule, words: str) -> None:
    """Not what fits, not what has nothing in common, and not what only the way out has."""
    assert re.fullmatch(words, nearly(NEWS, at_gate(news=rule), "password"))


def test_the_nearest_of_two_places_is_named_and_no_more_than_two_screens() -> None:
    """A text may stand there more than once."""
    shown = screen(" GATE10", "", "", "   GATE10")
    dialog = at_gate(one=known(3, 4), two=known(3, 4), three=known(3, 4))
    words = nearly(shown, dialog, "password")
    assert "one would have “GATE10” in row 3, column 4, and it stands in row 4, column 4; two would" in words
    assert "three" not in words


FORM = screen(
    " Benutzer . . . . . :", " Kennwort . . . . . :             Neues Kennwort :", " Gruppe . . :",
    fields=(field(0, 22), field(1, 22, hidden=True), field(1, 51, hidden=True), field(2, 22)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry(text="{password}", hidden=True, behind="Kenwort"),
         "no row has “Kenwort”, hidden fields, by row/column: 2/23 behind “Kennwort”, 2/52 behind “Neues Kennwort”"),
        (Entry(text="{password}", hidden=True, behind="Benutzer . ."),
         "hidden fields, by row/column: 2/23 behind “Kennwort”, 2/52 behind “Neues Kennwort”"),
        (Entry(text="X", ahead_of="Gruppen"),
         "no row has “Gruppen”, shown fields, by row/column: 1/23 behind “Benutzer”, 3/23 behind “Gruppe”"),
    ],
)  # fmt: skip
def test_fields_that_are_there_are_named_with_their_labels(entry: Entry, words: str) -> None:
    """By what a dialog names them: a place, or what stands in front."""
    assert fields_there(FORM, entry, lambda lines: lines) == words


def test_a_screen_without_such_a_field_says_so_and_labels_are_masked() -> None:
    """What stands ahead of a field may be somebody's secret."""
    entry = Entry(text="{password}", hidden=True, behind="Kennwort")
    assert fields_there(screen(" Kennwort :"), entry, lambda lines: lines) == "no field is hidden"
    assert "«masked»" in fields_there(FORM, entry, lambda lines: tuple("«masked»" for _ in lines))


def test_nothing_is_typed_where_the_dialog_names_another_field() -> None:
    """And the error names those that the screen has."""
    password = changed("password", cursor=None, type=(Entry(text="{password}", hidden=True, behind="Kenwort"),))
    shown = replace(FORM, rows=(" ENTER PASSWORD".ljust(80), *FORM.rows[1:]))
    desk = Shows([shown])
    with pytest.raises(HostUnreached, match=r"no hidden field behind Kenwort \(no row has .*\); nothing was typed"):
        walk(desk, beginning("password", password=password))
    assert not [key for _, key in desk.done if key == "Enter()"]


def test_a_screen_that_fits_by_its_place_and_not_by_its_words_is_named() -> None:
    """The place is right, the expression is not: that is where to look."""
    rule = replace(known(1, 2), pattern=(r"^ *\d+ TSOA",), says=("NOBODY",))
    assert nearly(NEWS, at_gate(news=rule), "password") == (
        "news fits by its place, and nothing on this screen fits its says or pattern"
    )
    assert nearly(NEWS, at_gate(news=replace(rule, pattern=("READ$",))), "password") == ""


def test_a_menu_that_is_paged_through_in_vain_says_what_was_looked_for() -> None:
    """The screen that was to come is named, with why it is not this one."""
    page = replace(known(1, 2), press="PF8", next=("tso", "page"), at_most=2)
    dialog = at_gate(page=page, tso=replace(known(1, 2), pattern=("TSOA",)))
    dialog = replace(dialog, screens={**dialog.screens, "password": changed("password", next=("tso", "page"))})
    words = said(dialog, ASKED, *(screen(TITLE, f" PAGE {n}") for n in range(4)))
    assert "the logon does not get past PAGE" in words
    assert "; tso fits by its place, and nothing on this screen fits its pattern; otherwise give" in words
