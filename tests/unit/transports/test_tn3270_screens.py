"""Status lines and screens as values."""

from __future__ import annotations

import pytest

from connectors.hosts.transports.screens import Screen, Status, from_ascii, from_buffer

UNLOCKED = Status.read(b"U F U C(192.0.2.1) I 2 24 80 7 15 0x0 0.000")
BLANK_ROW = " ".join(["00"] * 80).encode()


def hexed(text: str) -> list[str]:
    return [each.encode().hex() for each in text]


def row(*tokens: str) -> bytes:
    cells = [token for token in tokens if not token.startswith("SA(")]
    return " ".join([*tokens, *["00"] * (80 - len(cells))]).encode()


def screen(*rows: bytes) -> Screen:
    return from_buffer([*rows, *[BLANK_ROW] * (24 - len(rows))], UNLOCKED)


@pytest.mark.parametrize(
    ("line", "unlocked", "connected", "mode", "cursor"),
    [
        (b"U F U C(192.0.2.1) I 2 24 80 7 15 0x0 0.000", True, True, "I", (7, 15)),
        (b"L U U N N 2 24 80 0 0 0x0 -", False, False, "N", (0, 0)),
        (b"U U U C(LU at zos (x)) P 4 43 80 0 0 0x0 12.345\n", True, True, "P", (0, 0)),
    ],
)
def test_a_status_line_is_read(
    line: bytes, unlocked: bool, connected: bool, mode: str, cursor: tuple[int, int]
) -> None:
    """Its twelve fields, whatever the host is called."""
    status = Status.read(line)

    assert (status.unlocked, status.connected, status.mode, status.cursor) == (unlocked, connected, mode, cursor)


@pytest.mark.parametrize("line", [b"", b"ok", b"data: U F U", b"U F U C(h) I 2 24 80 7 15 0x0", b"Connection failed:"])
def test_what_is_no_status_line_is_refused(line: bytes) -> None:
    """Text from a failed connect is never taken for one."""
    with pytest.raises(ValueError, match="status line"):
        Status.read(line)


def test_rows_keep_their_width_and_lines_end_where_text_ends() -> None:
    """Rows are as wide as the screen; lines stop at the last one that shows anything."""
    seen = from_ascii([b" READY", b"caf\xc3\xa9", b"", b""], UNLOCKED)

    assert [len(each) for each in seen.rows] == [80] * 4
    assert seen.lines == (" READY", "café")
    assert seen.last == "café"


def test_fields_are_found_behind_and_ahead_of_labels() -> None:
    """By label and attribute, not by place; what is protected is passed over."""
    seen = screen(
        row(
            "SF(c0=f0)",
            *hexed("Password ===>"),
            "SF(c0=cc)",
            *["00"] * 8,
            "SF(c0=f0)",
            *hexed("New Password ===>"),
            "SF(c0=4c)",
        ),
        row("SF(c0=40)", "00", "SF(c0=f0)", *hexed("-Reconnect")),
    )
    password, new = seen.behind(r"(?<!NEW )\bPASSWORD"), seen.behind("NEW PASSWORD")
    reconnect = seen.ahead_of("-RECONNECT")

    assert password is not None
    assert new is not None
    assert reconnect is not None
    assert (password.start, password.length, password.takes_secret) == (15, 8, True)
    assert new.start > password.start
    assert (reconnect.start, reconnect.length, reconnect.hidden) == (81, 1, False)
    assert seen.behind("NO SUCH LABEL") is None


def test_i1_what_a_hidden_field_holds_is_on_no_row() -> None:
    """ReadBuffer shows it; a Screen keeps it out of its rows and its repr."""
    seen = screen(row("SF(c0=cd)", *hexed("SECRET12"), "SF(c0=60)", *hexed("open")))

    assert seen.lines == ("          open",)
    assert seen.fields[0].text.rstrip() == "SECRET12"
    assert seen.fields[0].filled == 8
    assert "SECRET12" not in repr(seen)


def test_colours_take_no_cell() -> None:
    """SA(…) changes colour between cells; extended attributes stand in one SF; GE and UTF-8 are one cell each."""
    seen = screen(
        row("SF(41=f4,c0=f0,42=f2)", *hexed("a"), "SA(42=f4)", *hexed("b"), "SA(42=00)", "c3a9", "GE(e2948c)")
    )

    assert seen.lines == (" abé┌",)
    assert seen.fields[0].protected


def test_the_last_field_runs_around_the_end() -> None:
    """To the first attribute of the screen: what is typed there goes along."""
    seen = screen(row(*hexed("ab"), "SF(c0=60)", "00", "SF(c0=40)"))

    assert seen.fields[-1].length == 24 * 80 - 5 + 2
    assert seen.fields[-1].filled == 2
    assert seen.at(5) is seen.fields[-1]


def test_marks_tell_a_screen_that_was_answered_from_one_that_was_not() -> None:
    """The same rows with the hidden field emptied are another screen."""
    before = screen(row("SF(c0=cd)", *hexed("SECRET12"), "SF(c0=60)"))
    after = screen(row("SF(c0=cc)", *["00"] * 8, "SF(c0=60)"))

    assert before.lines == after.lines
    assert before.marks != after.marks


def test_what_is_no_cell_is_a_blank_and_a_label_that_is_not_there_has_no_field() -> None:
    """Of an emulator that says something odd, and of a panel without the label that is looked for."""
    seen = screen(row("SF(c0=60)", *hexed("Userid"), "zz", "SF(c0=40)", "4a"))
    assert seen.rows[0].startswith(" Userid  J")
    assert not seen.next_to("Password", seen.fields[-1])
