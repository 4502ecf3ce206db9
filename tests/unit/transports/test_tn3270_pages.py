"""An answer put together from several looks at the screen."""

from __future__ import annotations

from dataclasses import replace

from connectors.hosts.transports.pages import Pages
from connectors.hosts.transports.screens import Screen, Status

STATUS = Status.read(b"U F U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000")


def shows(*lines: str, row: int | None = None) -> Screen:
    rows = tuple(line.ljust(80) for line in (*lines, *[""] * (24 - len(lines))))
    return Screen(rows, replace(STATUS, cursor=(len(lines) if row is None else row, 1)))


def read(*screens: Screen, typed: str = "LU X") -> tuple[str, ...]:
    pages = Pages(typed, 0)
    for screen in screens:
        pages.see(screen)
        if screen.last.strip() == "***":
            pages.turn(("READY",))
    pages.end("READY")
    return pages.rows()


def test_the_echo_is_cut_where_it_was_typed() -> None:
    """Not by its text: the same words in the answer stay."""
    assert read(shows("LU X", " USER=X", " LU X", " READY")) == (" USER=X", " LU X")


def test_a_long_line_takes_its_rows_along() -> None:
    """An echo of two rows is cut whole."""
    line = "ALTUSER " + "X" * 90

    assert read(shows(line[:80], line[80:], " DONE", " READY"), typed=line) == (" DONE",)


def test_an_echo_that_the_host_erased_is_not_missed() -> None:
    """Erase and write: the first row belongs to the answer."""
    assert read(shows("LU X"), shows(" USER=X", " READY")) == (" USER=X",)


def test_a_page_that_grows_is_one_page() -> None:
    """Read in the middle of the output, and again at its end."""
    assert read(shows("LU X", " A"), shows("LU X", " A", " B"), shows("LU X", " A", " B", " READY")) == (" A", " B")


def test_pages_follow_one_another() -> None:
    """*** is no part of the answer; equal pages are two."""
    page = shows(" A", " B", " ***")

    assert read(shows("LU X", " 0", " ***"), page, page, shows(" READY")) == (" 0", " A", " B", " A", " B")


def test_lines_that_moved_up_are_read_once() -> None:
    """A screen that scrolls: the overlap is found."""
    rows = [f" LINE {number}" for number in range(40)]

    assert read(*(shows(*rows[end - 20 : end]) for end in range(20, 41, 4)), shows(*rows[21:], " READY")) == tuple(rows)


def test_a_word_at_the_foot_of_a_page_is_output() -> None:
    """READY ahead of *** is a prompt only if nothing follows."""
    assert read(shows("LU X", " A", " READY", " ***"), shows(" B", " READY")) == (" A", " READY", " B")


def test_ready_and_more_together_can_be_the_end() -> None:
    """The page behind *** is empty: then READY was the prompt."""
    pages = Pages("LU X", 0)
    pages.see(shows("LU X", " A", " READY", " ***"))
    ended = pages.turn(("READY",))
    pages.end(ended)

    assert (ended, pages.rows()) == ("READY", (" A",))


def test_silence_is_no_rows() -> None:
    """What RACF says to an ALTUSER that worked."""
    assert read(shows("LU X", " READY")) == ()


def test_a_page_that_is_neither_grown_nor_scrolled_follows_the_last() -> None:
    """Without *** in between: the host erased and wrote."""
    assert read(shows(" A", " B"), shows(" C", " READY"), typed="") == (" A", " B", " C")


def test_the_end_need_not_stand_on_the_page() -> None:
    """Nothing else is taken off; blank rows around the answer are, and nothing of it is printed."""
    assert read(shows("", " A", "", " "), typed="") == (" A",)
    assert read(shows(" A", "", " ***"), shows(" READY"), typed="") == (" A",)
    assert read(shows(), typed="") == ()
    assert repr(Pages("ALTUSER X PASSWORD(SECRET)", 0)) == "Pages()"
    pages = Pages("", 0)
    pages.see(shows(" READY", " SOMEBODY SAYS SOMETHING"))
    assert pages.holds(("READY",))
    assert not pages.holds(("ACF",))
