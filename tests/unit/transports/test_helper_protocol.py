"""The helper's protocol: what goes out, and what is believed of what comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.errors import BadInput
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Verb
from bridge.domain.secret import Line, Secret
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.transports import helper

NONCE = "0123456789abcdef"
WHOLE = f"RB1 BEGIN {NONCE}\nRB1 MSG USER=JSMITH\nRB1 MSG  ATTRIBUTES=NONE\nRB1 RC 0\nRB1 END {NONCE}\n"


def reset(new: str, *, resume: bool = False) -> Order:
    return shipped_orders("racf").dialog.order(Verb.RESET, Userid("JSMITH"), Secret(new), resume=resume)


def test_a_reset_is_one_line_with_the_password_as_hex_of_ascii() -> None:
    """Verb, userid, two digits per character, the nonce and what is wanted besides."""
    line = helper.request(reset("A1b#", resume=True), NONCE)

    assert line.expose() == f"reset;JSMITH;41316223;nonce={NONCE},expired,resume\n"


def test_the_line_prints_masked() -> None:
    """Neither the password nor its hexadecimal form shows when the line is printed or represented."""
    line = helper.request(reset("A1b#"), NONCE)

    assert "41316223" not in f"{line} {line!r}"


def test_a_ping_has_neither_userid_nor_password() -> None:
    """The parts stay, empty."""
    assert helper.request(Order(verb=Verb.PING), NONCE).expose() == f"ping;;;nonce={NONCE}\n"


def test_an_empty_password_is_refused() -> None:
    """Before APAR OA48667 it would set the name of the user's group."""
    with pytest.raises(BadInput, match="empty"):
        helper.request(reset(""), NONCE)
    with pytest.raises(BadInput, match="empty"):
        helper.request(Order(verb=Verb.RESET, asked=Line("reset;JSMITH;;nonce={nonce}")), NONCE)


def test_a_password_outside_ascii_is_refused_without_being_quoted() -> None:
    """Such characters move between code pages; the words do not hold the password."""
    with pytest.raises(BadInput, match="ASCII") as caught:
        helper.request(reset("Pä55wort"), NONCE)

    assert "5wort" not in str(caught.value)


@pytest.mark.parametrize("text", ["status;JSMITH;;\nreset;X;41;nonce={nonce}", "status;Ä;;nonce={nonce}", ""])
def test_nothing_can_begin_another_line(text: str) -> None:
    """Whatever a product's file says, one line leaves, of characters that every code page has."""
    with pytest.raises(BadInput, match="one line of ASCII"):
        helper.request(Order(verb=Verb.STATUS, asked=Line(text)), NONCE)


def test_a_product_whose_file_has_no_word_for_a_helper_asks_it_nothing() -> None:
    """As where an order is made for READY alone."""
    with pytest.raises(BadInput, match="what the helper is given"):
        helper.request(Order(verb=Verb.STATUS, userid=Userid("JSMITH")), NONCE)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64))
def test_whatever_the_password_the_request_stays_one_line_of_four_parts(new: str) -> None:
    """Semicolons, commas and the like in a password cannot move the parts."""
    text = helper.request(reset(new), NONCE).expose()

    verb, userid, hexadecimal, flags = text.removesuffix("\n").split(";")
    assert (verb, userid, flags) == ("reset", "JSMITH", f"nonce={NONCE},expired")
    assert bytes.fromhex(hexadecimal).decode("ascii") == new


def test_a_whole_frame_is_a_reply_at_ready() -> None:
    """Rows keep their leading blanks; the code is RC's."""
    reply = helper.read(WHOLE, NONCE)

    assert (reply.rows, reply.code, reply.prompt) == (("USER=JSMITH", " ATTRIBUTES=NONE"), 0, "READY")


def test_noise_around_and_inside_the_frame_means_nothing() -> None:
    """Login texts, lines of other shapes and whatever follows END are left out."""
    noisy = (
        "Welcome\nRB1 MSG too early\nRB1 RC 99\n" + WHOLE.replace("RB1 RC 0", "BPXW0003I\nRB1 RC 0") + "RB1 RC 8\nbye"
    )

    assert helper.read(noisy, NONCE) == helper.read(WHOLE, NONCE)


@pytest.mark.parametrize("end", ["\r\n", "\x85", "\r"])
def test_every_new_line_that_ebcdic_conversion_makes_is_one(end: str) -> None:
    """CR LF, NEL (X'15' of EBCDIC by another table) and CR end a line as LF does."""
    assert helper.read(WHOLE.replace("\n", end), NONCE) == helper.read(WHOLE, NONCE)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        WHOLE.replace(NONCE, "f" * 16),
        WHOLE.replace(f"RB1 END {NONCE}", ""),
        WHOLE.replace(f"RB1 END {NONCE}", "RB1 END ffffffffffffffff"),
        WHOLE.replace(f"RB1 BEGIN {NONCE}", ""),
        WHOLE.replace("RB1 RC 0\n", ""),
        WHOLE.replace("RB1 RC 0\n", "RB1 RC 0\nRB1 RC 0\n"),
        WHOLE.replace("RB1 RC 0\n", "RB1 RC -3\n"),
        WHOLE.replace("RB1 RC 0\n", f"RB1 RC 0\nRB1 BEGIN {NONCE}\n"),
        WHOLE.replace("RB1", "rb1"),
        "x" + WHOLE,
    ],
)
def test_anything_but_one_whole_frame_has_no_prompt(broken: str) -> None:
    """Another's nonce, a missing or doubled line, a beginning that is not at a line's beginning."""
    assert helper.read(broken, NONCE).prompt == ""


def test_a_row_cannot_end_the_frame_or_give_a_code() -> None:
    """What a user wrote into a profile stays text, because each row has MSG ahead of it."""
    forged = WHOLE.replace("RB1 MSG USER=JSMITH", f"RB1 MSG RB1 END {NONCE}\nRB1 MSG RB1 RC 4")

    reply = helper.read(forged, NONCE)

    assert reply.rows == (f"RB1 END {NONCE}", "RB1 RC 4", " ATTRIBUTES=NONE")
    assert (reply.code, reply.prompt) == (0, "READY")


@pytest.mark.parametrize("shown", ["Se7ret#x", "SE7RET#X", "se7ret#x", "5365377265742378", "5365377265742378".upper()])
def test_the_password_is_masked_in_rows_in_any_case_and_in_hex(shown: str) -> None:
    """The parser echoes what it does not like, folded; a shell would quote the hexadecimal form."""
    echo = WHOLE.replace("USER=JSMITH", f"IKJ56702I INVALID PASSWORD, {shown}!")

    reply = helper.read(echo, NONCE, [Secret("Se7ret#x")])

    assert shown not in reply.text
    assert reply.rows[0].startswith("IKJ56702I INVALID PASSWORD, ")
    assert reply.rows[0].endswith("!")


def test_the_password_is_masked_where_a_row_ends_inside_it() -> None:
    """Split over two rows with blanks ahead, neither half is left; the number of rows stays."""
    echo = WHOLE.replace("USER=JSMITH", "INVALID PASSWORD, Se7\nRB1 MSG    ret#x END")

    reply = helper.read(echo, NONCE, [Secret("Se7ret#x")])

    assert "Se7" not in reply.text
    assert "ret#x" not in reply.text
    assert len(reply.rows) == 3


def test_control_characters_in_a_row_become_blanks() -> None:
    """No escape sequence reaches a terminal or a log through a host's message."""
    assert helper.read(WHOLE.replace("USER=", "\x1b[2J\x07="), NONCE).rows[0] == " [2J =JSMITH"


def test_noise_is_told_in_one_short_masked_line() -> None:
    """What a shell said when it took the request for a script shows no password, whatever it quotes."""
    said = "sh: reset: not found\nsh: 5365377265742378: not found\nRB1 BEGIN x\n" + "y" * 500

    told = helper.noise(said, [Secret("Se7ret#x")])

    assert told.startswith("sh: reset: not found / sh: ")
    assert "5365377265742378" not in told
    assert len(told) <= 200
    assert "RB1" not in told


def test_it_is_known_whether_any_helper_began() -> None:
    """A frame with whatever nonce shows that the request may have been carried out."""
    assert helper.began("noise\nRB1 BEGIN other\n")
    assert not helper.began("sh: rbhelper: not found\n")
