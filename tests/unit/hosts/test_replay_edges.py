"""Tapes that break off, wait, or hold answers of a shell or a helper: where each differs is told with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.names import LoginName, Userid
from connectors.hosts import tape
from connectors.hosts.dialogs.reader import shipped, shipped_orders
from connectors.hosts.dialogs.shapes import Rule, Way
from connectors.hosts.products.racf import Racf
from connectors.hosts.products.unix import Unix
from connectors.hosts.replay import parts, replay, replay_answers, screen_of
from connectors.hosts.tape import Entry
from connectors.hosts.transcript import Shown

TAPES = Path(__file__).parent.parent.parent / "dialogs" / "tso" / "tapes"
PLAIN = tape.read(TAPES / "tso-plain.jsonl")
DIALOG = shipped().dialog
ANNA = LoginName("anna")
READ = ("", "anna:x:1001:1001::/home/anna:/bin/sh", "anna", "anna P 2026-03-02 0 99999 7 -1",
        "Last password change : Mar 02, 2026\nAccount expires : never", "")  # fmt: skip
LISTED = """\
USER=JSMITH   NAME=JOHN SMITH           OWNER=PAYROLL   CREATED=19.094
 DEFAULT-GROUP=PAYROLL  PASSDATE=26.101 PASS-INTERVAL= 90 PHRASEDATE=N/A
 ATTRIBUTES=NONE
 REVOKE DATE=NONE   RESUME DATE=NONE
 LAST-ACCESS=26.130/14:37:04
 CLASS AUTHORIZATIONS=NONE
"""


def at(place: str, entries: Sequence[Entry] = PLAIN) -> int:
    """Where a screen stands in the tape."""
    return next(number for number, each in enumerate(entries) if each.shown is not None and each.shown.place == place)


# --- screens --------------------------------------------------------------------------------------


def test_a_tape_that_breaks_off_ends_where_the_dialog_would_do_more() -> None:
    """The line is the last one that is there."""
    cut = PLAIN[: at("PANEL") + 1]
    found = replay(cut, DIALOG)
    assert found.line == cut[-1].line
    assert "the dialog would do more here: MoveCursor(7,19)" in found.fault and "the tape ends" in found.fault


def test_a_session_that_waited_where_the_dialog_types_is_told() -> None:
    """The next screen came by itself there."""
    panel = at("PANEL")
    without = [each for number, each in enumerate(PLAIN) if number != panel + 2]
    found = replay(without, DIALOG)
    assert found.fault == "the dialog would type here: Enter; the session waited"
    assert found.line == PLAIN[panel + 1].line


def test_a_tape_that_ends_with_a_refusal_fits_as_far_as_it_goes() -> None:
    """A logon that fails is kept as far as it came; the dialog ends there, too."""
    refused = replace(PLAIN[at("MORE")].shown, rows=(" IKJ56421I PASSWORD NOT AUTHORIZED FOR USERID",))  # type: ignore[type-var]
    until = PLAIN[: at("MORE")]
    ended = [*until, Entry(until[-1].line + 1, shown=refused)]
    assert replay(ended, DIALOG).fault == ""
    more = replay([*ended, *PLAIN[at("MORE") + 1 :]], DIALOG)
    assert more.fault.startswith("the dialog ends here: ")


def test_a_screen_of_the_way_out_is_not_acted_on_on_the_way_in() -> None:
    """ENTER there might log off, or say yes to something else; not even where `any` may come."""
    out = Rule(says=("TSO/E LOGON",), before_all=True, nothing_to_leave=True)
    userid = replace(DIALOG.screens["userid"], next=("any",))
    found = replay(PLAIN, replace(DIALOG, screens={"out": out, **DIALOG.screens, "userid": userid}))
    assert "OUT is not expected after USERID" in found.fault


def test_a_session_in_the_way_ends_a_tape() -> None:
    """Whether it is taken over, no tape of one logon tells."""
    busy = replace(PLAIN[at("MORE")].shown, rows=(" IKJ56425I LOGON REJECTED, USERID SVCUSER IN USE",))  # type: ignore[type-var]
    assert replay([*PLAIN[: at("MORE")], Entry(99, shown=busy)], DIALOG).fault == ""


def test_without_a_log_off_there_is_none_to_compare() -> None:
    """As where the line was lost at READY."""
    assert replay(PLAIN[: at("leaving WAIT")], DIALOG).fault == ""


def test_a_log_off_that_the_dialog_does_not_see_is_told() -> None:
    """The tape ends at the logo; a dialog that knows neither its words nor those of LOGOFF sees none."""
    logo = PLAIN[at("LOGO")].shown
    assert logo is not None
    left = PLAIN[: at("leaving WAIT") + 2]
    assert replay(left, DIALOG).fault == ""  # what came then is not on the tape
    logged_off = [*left, Entry(99, shown=replace(logo, place="leaving LOGO"))]
    assert replay(logged_off, DIALOG).fault == ""
    stays = Entry(98, shown=replace(logo, place="leaving WAIT", rows=("SOMETHING ELSE",)))
    ended = [*left, stays, Entry(99, keys=(("key", "PA(3)"),)), Entry(100, shown=replace(logo, place="leaving LOGO"))]
    found = replay(ended, DIALOG)
    assert found.fault and found.line >= 98


def test_an_answer_between_screens_is_passed_by() -> None:
    """Lines of a proof are no screens, wherever they stand."""
    said = Entry(99, shown=Shown(system="A", place="PROFILE", rows=(), answer=True))
    ready = at("READY")
    assert replay([*PLAIN[:ready], said, *PLAIN[ready:]], DIALOG).fault == ""


def test_a_half_of_an_unformatted_screen_that_misleads_is_told() -> None:
    """It comes without a lock on the keyboard, so that each part of it might be acted upon."""
    hasty = Rule(
        pattern=(r"EXAMPLE BANK(?![\s\S]*TSO userid)",),
        before_all=True,
        press="ENTER",
        next=("any",),
        nothing_to_leave=True,
    )
    logo = PLAIN[0].shown
    assert logo is not None
    bare = [replace(PLAIN[0], shown=replace(logo, fields=())), *PLAIN[1:]]
    misled = replace(DIALOG, begin=("hasty", *DIALOG.begin), screens={"hasty": hasty, **DIALOG.screens})
    found = replay(bare, misled)
    assert " characters this is taken for HASTY; the whole screen is LOGO" in found.fault
    assert found.line == 2
    assert replay(bare, replace(misled, begin=DIALOG.begin)).fault == ""  # not expected there: never acted upon


@pytest.mark.parametrize("gone", [True, False])
def test_a_half_that_is_taken_for_another_end_misleads_nobody_on_the_way_out(gone: bool) -> None:
    """Behind neither a session is left; where one has a way out, it would be gone."""
    words = (r"EXAMPLE BANK(?![\s\S]*TSO userid)",)
    hasty = Rule(pattern=words, before_all=True, nothing_to_leave=gone, leave=None if gone else Way(press="PF3"))
    logo = PLAIN[0].shown
    assert logo is not None
    tape = [*PLAIN, Entry(99, shown=replace(logo, place="leaving LOGO", fields=()))]
    found = replay(tape, replace(DIALOG, screens={"hasty": hasty, **DIALOG.screens}))
    assert ("is taken for HASTY" in found.fault) is not gone, found


def test_an_empty_tape_has_nothing_to_fit() -> None:
    """The dialog would wait for a first screen for ever."""
    assert replay([], DIALOG).screens == 0


def test_blanks_are_no_step_of_a_screen() -> None:
    """Each character is one; the last part has them all."""
    shown = Shown(system="A", place="LOGO", rows=("A B", "", " C"), size=(3, 4))
    steps = list(parts(screen_of(shown)))
    assert [step.rows[0].strip() for step in steps] == ["A", "A B", "A B"]
    assert steps[-1].rows == ("A B ", "    ", " C  ")


# --- answers --------------------------------------------------------------------------------------


def answered(*rows: str, typed: Sequence[str], code: int = 0) -> list[Entry]:
    """One answer to each line, from line 2 of a file on."""
    return [
        Entry(number, shown=Shown(system="A", place=line, rows=tuple(text.split("\n")), answer=True, code=code))
        for number, (line, text) in enumerate(zip(typed, rows, strict=False), start=2)
    ]


LINES = [each.in_words for each in Unix("A").status(ANNA).typed]
UNIX = Unix("A")


def test_answers_of_a_shell_are_read_together_and_no_part_of_them_alone() -> None:
    """Twice the same listing: each is one order."""
    once = replay_answers(answered(*READ, typed=LINES), UNIX, ANNA)
    twice = replay_answers([*answered(*READ, typed=LINES)] * 2, UNIX, ANNA)
    assert (once.fault, twice.fault) == ("", "")
    assert (once.screens, twice.screens, twice.cuts) == (6, 12, 2 * once.cuts)


def test_a_line_that_would_not_be_typed_is_told() -> None:
    """With what would be."""
    typed = [*LINES[:2], "whoami", *LINES[3:]]
    found = replay_answers(answered(*READ, typed=typed), UNIX, ANNA)
    assert (found.line, found.screens) == (4, 6)
    assert found.fault == f"the dialog would type: {LINES[2]}; the session typed: whoami"


def test_an_answer_that_cannot_be_read_is_told() -> None:
    """At the last line of its order."""
    odd = [text.replace("anna P ", "anna X9 ") for text in READ]
    found = replay_answers(answered(*odd, typed=LINES), UNIX, ANNA)
    assert found.line == 7 and found.fault.startswith("the dialog cannot read this: ")


def test_a_refusal_is_an_answer() -> None:
    """As where the service id may not look."""
    no = answered("", "anna:x:1001:1001::/home/anna:/bin/sh", "anna", "sudo: a password is required", typed=LINES)
    last = no[-1].shown
    assert last is not None
    no[-1] = Entry(no[-1].line, shown=replace(last, code=1))
    assert replay_answers(no, UNIX, ANNA).fault == ""


def test_one_answer_of_a_helper_is_the_whole_order() -> None:
    """It was given one line."""
    line = str(Racf("A").status(Userid("JSMITH")).asked)
    assert replay_answers(answered(LISTED, typed=[line]), Racf("A"), Userid("JSMITH")).fault == ""
    found = replay_answers(answered(LISTED, typed=["verify;JSMITH"]), Racf("A"), Userid("JSMITH"))
    assert found.fault == f"the dialog would type: {line}; the session typed: verify;JSMITH"


def test_half_an_answer_that_is_taken_for_a_whole_one_is_told() -> None:
    """By a reader that does not wait for the end: with the number of characters."""

    class Hasty(Racf):
        """Reads whatever came, whether its prompt came or not."""

        def read_status(self, replies, userid):  # type: ignore[no-untyped-def]
            return super().read_status([replace(each, prompt="READY") for each in replies], userid)

    line = str(Racf("A").status(Userid("JSMITH")).asked)
    found = replay_answers(answered(LISTED, typed=[line]), Hasty("A"), Userid("JSMITH"))
    assert found.fault.startswith("after ") and found.fault.endswith(
        "characters this is taken for a whole answer: active"
    )


def test_a_tape_without_answers_has_none_to_read() -> None:
    """Of screens, that is."""
    found = replay_answers([each for each in PLAIN if each.shown and not each.shown.answer], UNIX, ANNA)
    assert (found.fault, found.line) == ("no answers stand here", 1)


def test_names_stand_for_those_of_the_system() -> None:
    """A tape calls the service id by another name, as long as its own, and so does what would be typed."""
    called = [line.replace("anna", "svcu") for line in LINES]
    assert replay_answers(answered(*READ, typed=called), UNIX, ANNA, {"anna": "svcuser"}).fault == ""
    assert replay_answers(answered(*READ, typed=called), UNIX, ANNA).fault.startswith("the dialog would type: getent")


@pytest.mark.parametrize("name", ["racf", "acf2", "topsecret"])
def test_what_is_shipped_is_asked_of_a_helper_as_it_is_kept(name: str) -> None:
    """The nonce stays a word: each tape has another one."""
    asked = shipped_orders(name).dialog.commands.status.helper
    assert asked is not None and asked.given.endswith("{nonce}")
