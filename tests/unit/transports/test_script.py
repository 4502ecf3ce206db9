"""Orders as scripts: what a real shell makes of them, whole and cut off, and what is read out of what it says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.errors import BadInput
from bridge.domain.outcome import Order, Reply, Typed, Verb
from bridge.domain.secret import Line, Secret
from connectors.hosts.transports.script import NO_ECHO, began, read, script

NONCE = "0123456789abcdef"
NEW = Secret("Xy7@Qr2.")
SHELLS = [path for name in ("sh", "bash", "dash", "ksh", "busybox") if (path := shutil.which(name))]


def order(*lines: str | Typed) -> Order:
    return Order(
        verb=Verb.RESET, typed=tuple(one if isinstance(one, Typed) else Typed(line=Line(one)) for one in lines)
    )


def run(text: str, shell: str = "/bin/sh", **more: str) -> str:
    """What a shell says to a script on its standard input."""
    command = [shell, "sh", "-s"] if shell.endswith("busybox") else [shell, "-s"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=20, check=False, **more)  # type: ignore[call-overload]
    return str(done.stdout)


@pytest.mark.parametrize("shell", SHELLS)
def test_each_line_has_a_reply_with_what_it_said_and_its_exit_status(shell: str) -> None:
    """Both streams, in order; one that fails is the last; an output without a last new line is whole."""
    text = script(order("echo one; echo two >&2", "printf three", "echo four; (exit 3)", "echo never"), NONCE).expose()

    assert read(run(text, shell), NONCE) == (
        Reply(rows=("one", "two"), prompt="READY", code=0),
        Reply(rows=("three",), prompt="READY", code=0),
        Reply(rows=("four",), prompt="READY", code=3),
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_lines_share_the_shell_and_have_no_input(shell: str) -> None:
    """What one sets the next one sees; a command that reads finds nothing, and not the rest of the script."""
    text = script(order("word=kept", "cat; echo $word"), NONCE).expose()

    assert [reply.rows for reply in read(run(text, shell), NONCE) or ()] == [(), ("kept",)]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_line_gets_what_it_is_given(shell: str) -> None:
    """On its standard input, with a new line at its end; its own status counts."""
    text = script(order(Typed(line=Line("cat; (exit 4)"), given=Line("anna:", NEW)), "echo never"), NONCE)

    assert read(run(text.expose(), shell), NONCE) == (Reply(rows=("anna:Xy7@Qr2.",), prompt="READY", code=4),)
    assert text.secrets == (NEW,)
    assert NEW.expose() not in str(text)


def test_a_shell_without_an_echo_of_its_own_gets_nothing_to_say() -> None:
    """A program of that name would show the secret to everybody."""
    text = script(order(Typed(line=Line("cat"), given=Line("anna:", NEW))), NONCE).expose()
    fakes = text.replace("command -v echo", "command() { /bin/echo /bin/echo; }; command -v echo", 1)

    assert read(run(fakes), NONCE) == (Reply(rows=(NO_ECHO,), prompt="READY", code=126),)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_that_is_cut_off_does_nothing_at_all(shell: str, tmp_path: Path) -> None:
    """Wherever the line broke: a shell reads the whole of it before it begins."""
    mark = tmp_path / "mark"
    text = script(order(f"echo x > {mark}", f"echo y >> {mark}"), NONCE).expose()
    whole = text.rstrip("\n")
    for end in range(0, len(whole), 1 if shell.endswith("sh") else 7):
        assert read(run(text[:end], shell), NONCE) is None
        assert not mark.exists(), text[:end]
    assert read(run(whole, shell), NONCE) is not None
    assert mark.read_text() == "x\ny\n"


@pytest.mark.parametrize("line", ["", "two\nlines", "a\tb", "cr\r", "nul\x00", "ä"])
def test_what_is_no_line_is_refused(line: str) -> None:
    """Before anything is sent."""
    with pytest.raises(BadInput):
        script(order(line), NONCE)


@pytest.mark.parametrize("text", ["", "-n", "it's", "a\\b", "a\nb", 'a"b', "a`b", "a!b", "ä", " a"])
def test_what_echo_might_not_hand_on_as_it_is_is_refused(text: str) -> None:
    """Options, quotes, escapes, further lines."""
    with pytest.raises(BadInput):
        script(order(Typed(line=Line("cat"), given=Line(Secret(text)))), NONCE)


NOISE = "Welcome\nRB1 RC 0000000000000000 0\n"
GOOD = f"RB1 BEGIN {NONCE}\nrow\n\nRB1 RC {NONCE} 0\nRB1 END {NONCE}\n"


def test_noise_around_the_frame_means_nothing() -> None:
    """Ahead of it and behind it; another frame's lines inside are rows."""
    assert read(NOISE + GOOD + NOISE, NONCE) == (Reply(rows=("row",), prompt="READY", code=0),)


@pytest.mark.parametrize(
    "output",
    ["", NOISE, GOOD.replace("RB1 END", "RB1 ENDE"), GOOD + GOOD.replace("END", "X"), GOOD.replace(NONCE, "f" * 16),
     f"RB1 BEGIN {NONCE}\n" + GOOD],
)  # fmt: skip
def test_what_is_no_whole_frame_is_no_answer(output: str) -> None:
    """No end, no beginning, two beginnings, another nonce."""
    assert read(output, NONCE) is None


def test_rows_are_masked_and_lose_their_controls() -> None:
    """Also where the secret is split over two rows, or in another case."""
    output = GOOD.replace("row", "pw xy7@qr2. \x1b[2J\nXy7@\nQr2.")
    replies = read(output, NONCE, [NEW])
    assert replies is not None
    assert replies[0].rows == ("pw ********  [2J", "****", "****")


@given(st.text(max_size=300))
def test_whatever_a_host_says_is_read_or_not(text: str) -> None:
    """Nothing makes the reader raise, and nothing but the nonce makes an answer."""
    assert read(text, NONCE) is None
    assert not began(text, NONCE)
