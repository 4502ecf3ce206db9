"""How a dialog's own screens are known: places, languages, fields, rows of messages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.hosts.dialogs.reader import load
from connectors.hosts.dialogs.shapes import Dialog, Rule, Spot
from connectors.hosts.transports import tso
from connectors.hosts.transports.screens import Field, Screen, Status
from tests.rules.tree import ROOT

STATUS = Status.read(b"U F U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000")
ROWS = (
    "  EXGATE02    Anmeldung bei der Größenbank",
    "",
    "  Benutzer . . : ",
    "  Paßwort . . . : ",
    "",
    " GRÜẞE",
    " ENDE",
)


def screen(*rows: str, cursor: tuple[int, int] = (23, 0), fields: tuple[Field, ...] = ()) -> Screen:
    full = tuple(row.ljust(80) for row in (*rows, *[""] * (24 - len(rows))))
    return Screen(full, replace(STATUS, cursor=cursor), fields)


def hidden(row: int, column: int, *, unseen: bool = True) -> Field:
    return Field(start=row * 80 + column, length=8, protected=False, hidden=unseen, text=" " * 8, filled=0)


@pytest.mark.parametrize(
    ("known", "fits"),
    [
        ({"says": ["größenbank"]}, True),
        ({"says": ["GRÖSSENBANK"]}, False),
        ({"says": ["Paßwort"]}, True),
        ({"says": ["Wort"]}, False),  # whole words
        ({"pattern": ["benutzer[ .]+:"]}, True),
        ({"says": ["nothing of it"], "pattern": ["exgate\\d\\d"]}, True),  # any of them is enough
        ({"at": [(1, 3, "exgate02")]}, True),
        ({"at": [(1, 2, "EXGATE02")]}, False),
        ({"at": [(1, 3, "EXGATE02"), (9, 1, "X")]}, False),  # all of them
        ({"at": [(99, 1, "X")]}, False),
        ({"last_line": "ENDE"}, True),
        ({"last_line": "END"}, False),
        ({"last_line_says": ["Ende"]}, True),
        ({"last_line_says": ["EXGATE02"]}, False),
        ({"cursor": "hidden field"}, True),
        ({"cursor": "input field"}, False),
        ({"says": ["EXGATE02"], "cursor": "input field"}, False),  # all that is given has to fit
    ],
)
def test_what_is_given_has_to_fit(known: dict[str, list[str]], fits: bool) -> None:
    """In any case and any language; texts anywhere, at their place, or on the last line."""
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in known.items()}
    if "at" in given:
        given["at"] = tuple(Spot(row=row, column=column, text=text) for row, column, text in given["at"])  # type: ignore[misc]
    shown = screen(*ROWS, cursor=(3, 20), fields=(hidden(3, 20),))
    assert tso.fits(shown, Rule(**given)) is fits  # type: ignore[arg-type]


@pytest.fixture
def dialog() -> Dialog:
    return load(ROOT / "deploy" / "handbook" / "exgate.yaml").dialog


def test_messages_count_in_their_rows_alone(dialog: Dialog) -> None:
    """What news speak of is nothing; the manager's own message is."""
    news = (" EXGATE10   NEWS", "", "", " YOUR PASSWORD HAS EXPIRED? CALL 4711")
    assert tso.sight(screen(*news), dialog).name == "news"
    assert tso.sight(screen(news[0], " EXG003E PASS WORD NOT RIGHT", *news[2:]), dialog).name == "gate_refuses"


@pytest.mark.parametrize(
    ("row", "start", "near"),
    [
        ("  Paßwort . . . : ", 20, True),
        ("  Password  ===>            New Password ===>", 50, False),  # its own field is not there
        ("  Password  ===>            New Password ===>", 18, True),
        ("  Password ===> ", 100, False),
    ],
)
def test_a_field_belongs_to_the_label_that_it_stands_behind(row: str, start: int, near: bool) -> None:
    """No second arrow may be in between: the password would go into another field."""
    shown = screen(row)
    label = r"(?<!NEW )\bPASSWORD\b[^=]*=+>" if "===>" in row else "Paßwort"
    assert shown.next_to(label, hidden(0, start)) is near


def test_labels_of_another_language_are_found(tmp_path: Path) -> None:
    """As they stand in the file, whatever becomes of ß in capitals."""
    text = (ROOT / "deploy" / "handbook" / "exgate.yaml").read_text(encoding="utf-8")
    file = tmp_path / "de.yaml"
    file.write_text(text.replace('behind: "Pass word"', 'behind: "paßwort"'), encoding="utf-8")
    entry = load(file).dialog.screens["sign_on"].type[1]
    shown = screen(*ROWS, fields=(hidden(3, 20),))
    assert shown.behind(entry.label) == hidden(3, 20)
