"""A tape run against a dialog: what fits, fits; what differs is told with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.errors import BadInput
from connectors.hosts import tape
from connectors.hosts.dialogs.reader import load, shipped
from connectors.hosts.dialogs.shapes import Done
from connectors.hosts.replay import Verdict, replay
from tests.rules.tree import ROOT

EXGATE = ROOT / "deploy" / "handbook" / "exgate.yaml"
TAPES = Path(__file__).parent.parent.parent / "dialogs" / "tso" / "tapes"


def against(dialog: str, file: str, folder: Path) -> Verdict:
    """Run a tape against the text of a dialog."""
    path = folder / "dialog.yaml"
    path.write_text(dialog, encoding="utf-8")
    return replay(tape.read(TAPES / file), load(path).dialog)


@pytest.mark.parametrize("file", sorted(each.name for each in TAPES.glob("tso-*.jsonl")))
def test_what_was_recorded_fits_the_dialog_that_is_shipped(file: str) -> None:
    """Every tape of a logon with it, each screen one character more at a time."""
    found = replay(tape.read(TAPES / file), shipped().dialog)
    assert not found.fault, found
    assert found.cuts > 100 and found.screens > 3


def test_what_was_recorded_at_the_session_manager_fits_its_dialog() -> None:
    """The handbook's own."""
    assert not replay(tape.read(TAPES / "exgate.jsonl"), load(EXGATE).dialog).fault


DIFFERENT = [
    ("another key", ("press: PF12\n    next", "press: PF11\n    next"),
     8, "the dialog would type: PF(11); the session typed: PF(12)"),
    ("another text", ('text: "1"', 'text: "2"'), 11, "the dialog would type: “2”; the session typed: “1”"),
    ("not expected", ("next: [menu_of_gate]", "next: [panel]"), 9, "MENU_OF_GATE is not expected after NEWS"),
    ("not known", ("text: EXGATE20}", "text: EXGATE2X}"),
     10, "the dialog would type: Enter; the session typed: MoveCursor(19,21)"),
    ("taken for a refusal", ("    message_rows: [2, 3] # what the news speak of is no message to us\n", ""),
     7, "refused the service id's logon: IF YOUR USERID WAS REVOKED"),
    ("another way out", ("press: PF3, then: [sign_on]", "press: PF4, then: [sign_on]"),
     24, "the dialog would type: PF(4); the session typed: PF(3)"),
    ("half a screen misleads", ("at: [{row: 1, column: 2, text: EXGATE10}]", "says: '4711'"),
     7, "after 68 characters this is taken for the message rejected; the whole screen is NEWS"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "line", "said"), DIFFERENT, ids=[each[0] for each in DIFFERENT])
def test_where_a_dialog_differs_is_told(
    tmp_path: Path, what: str, change: tuple[str, str], line: int, said: str
) -> None:
    """The line of the tape, and what would have been done instead."""
    text = EXGATE.read_text(encoding="utf-8")
    assert change[0] in text, what
    found = against(text.replace(*change, 1), "exgate.jsonl", tmp_path)
    assert found.line == line
    assert said in found.fault


def refused(said: str) -> list[tape.Entry]:
    """A tape that ends where the sign-on form comes back, with a message in row 22."""
    entries = tape.read(TAPES / "exgate.jsonl")
    form, typed = entries[0].shown, [each for each in entries[1:5] if each.keys]
    assert form is not None
    rows = (*form.rows[:21], f" {said}", *form.rows[22:])
    again = tape.Entry(90, replace(form, rows=rows, begun=True))
    out = tape.Entry(91, replace(form, rows=rows, place="leaving SIGN_ON"))
    return [entries[0], *typed, again, out]


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("EXG003E WRONG", "the host refused the service id's logon: EXG003E WRONG"),
        ("EXG030E NOT THERE", "no TSO session: EXG030E NOT THERE"),
        ("EXG099E ON NO LIST", "the host refused the service id's logon: EXG099E ON NO LIST"),
    ],
)
def test_a_logon_that_failed_fits_where_it_fails_again(said: str, ends: str) -> None:
    """A tape of a refusal is worth keeping: it says in which words the dialog ends."""
    found = replay(refused(said), load(EXGATE).dialog)
    assert (found.fault, found.ends) == ("", ends)


def test_a_dialog_that_ends_ahead_of_what_was_done_differs() -> None:
    """The tape goes on to READY, the dialog takes the news for a refusal."""
    entries = tape.read(TAPES / "exgate.jsonl")
    found = replay([*refused("EXG003E WRONG")[:-1], *entries[5:]], load(EXGATE).dialog)
    assert found.fault == "the dialog ends here: the host refused the service id's logon: EXG003E WRONG"


def test_a_dialog_that_knows_nothing_of_the_manager_does_not_fit() -> None:
    """It would type its logon command."""
    found = replay(tape.read(TAPES / "exgate.jsonl"), shipped().dialog)
    assert found.fault.startswith("the dialog would type: “LOGON APPLID(TSO)”")


def test_a_session_that_went_on_longer_is_told() -> None:
    """Done too early is a fault as well."""
    dialog = load(EXGATE).dialog
    early = replace(dialog.screens["menu_of_gate"], done=Done(proof=("TIME",)))
    found = replay(
        tape.read(TAPES / "exgate.jsonl"), replace(dialog, screens={**dialog.screens, "menu_of_gate": early})
    )
    assert "takes this for done, and the session went on" in found.fault


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"shown": 1}',
        '{"shown": {"system": "A"}}',
        '{"keys": [1]}',
        "null",
        '{"shown": {"system": "A", "place": "B", "rows": [1]}}',
        '{"shown": {"system": "A", "place": "B", "rows": [], "size": [0, 80]}}',
    ],
)
def test_what_is_no_tape_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    """Never with a traceback."""
    file = tmp_path / "x.jsonl"
    file.write_text('{"tape": 1}\n' + line + "\n")
    with pytest.raises(BadInput, match=r"x\.jsonl:2"):
        tape.read(file)


def test_a_file_that_is_not_there_is_no_tape(tmp_path: Path) -> None:
    """In words."""
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        tape.read(tmp_path / "none.jsonl")
