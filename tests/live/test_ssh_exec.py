"""deploy/zos/rbhelper.rexx itself, run by Regina REXX with a stand-in for TSO, OUTTRAP and SYSCALL."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Reply, Verb
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.transports import helper

EXEC = Path(__file__).parents[2] / "deploy" / "zos" / "rbhelper.rexx"
NONCE = "0123456789abcdef"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@#$.<+|&!*-%_>?:="

HOST = """
faked: procedure expose said. typed.
  parse arg typed
  call lineout 'TYPED', typed
  call lineout 'TYPED'
  said. = ''
  said.0 = 0
  select
    when left(typed, 7) == 'PROFILE' then code = {profile}
    when typed == 'ACF' then do
      do while queued() > 0
        parse pull subcommand
        call lineout 'TYPED', subcommand
        if subcommand == 'END' then leave
      end
      call lineout 'TYPED'
      code = 0
    end
    when left(typed, 4) == 'TSS ' then do
      said.1 = 'TSS0300I ' word(translate(typed, ' ', '('), 2) 'FUNCTION SUCCESSFUL'
      said.0 = 1
      code = {tss}
      if left(typed, 8) == 'TSS LIST' then do
        said.2 = said.1
        said.1 = 'PASSWORD   = ........  EXPIRES={passdate}  INTERVAL=060'
        said.0 = 2
      end
      if code > 0 then said.1 = 'TSS0301I TSS FUNCTION FAILED, RETURN CODE =' code
    end
    when left(typed, 8) == 'LISTUSER' then do
      said.1 = 'USER=JSMITH   NAME=JOHN SMITH'
      said.2 = ' DEFAULT-GROUP=PAYROLL  PASSDATE={passdate} PASS-INTERVAL= 90 PHRASEDATE=N/A'
      said.3 = ' INSTALLATION-DATA=A' || '07'x || 'PASSDATE=00.000 B'
      said.0 = 3
      code = 0
    end
    otherwise
      said.1 = 'IKJ56702I INVALID PASSWORD,' translate(typed)
      said.0 = 1
      code = {code}
  end
  return code
"""

STANDS_FOR = {
    "  address syscall 'alarm' arg(1)\n": "  nop\n",
    "xrange('00'x, '3F'x) || 'FF'x": "xrange('00'x, '1F'x) || '7F'x",
    "  call outtrap 'said.'\n": "",
    "  address tso arg(1)\n": "  call faked arg(1); rc = result\n",
    "  call outtrap 'off'\n": "",
}


class Host:
    """The exec in a folder of its own; `typed` is what it gave to TSO."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.esm, self.profile, self.passdate, self.code, self.tss = "RACF", 0, "26.101", 8, 0

    def ask(self, line: str) -> subprocess.CompletedProcess[str]:
        source = EXEC.read_text("ascii").replace("'RACF'  ", f"'{self.esm}'  ", 1)
        for real, stand_in in STANDS_FOR.items():
            assert source.count(real) == 1, real
            source = source.replace(real, stand_in)
        host = HOST.format(profile=self.profile, passdate=self.passdate, code=self.code, tss=self.tss)
        program = self.folder / "exec.rexx"
        program.write_text(source + host)
        rexx = shutil.which("rexx")
        assert rexx, "rexx is missing: apt-get install regina-rexx"
        return subprocess.run(
            [rexx, str(program)], cwd=self.folder, input=line, capture_output=True, text=True, timeout=60, check=False
        )

    def order(self, order: Order) -> Reply:
        done = self.ask(helper.request(order, NONCE).expose())
        reply = helper.read(done.stdout, NONCE)
        assert reply.prompt == "READY", done.stdout + done.stderr
        assert done.returncode == reply.code
        return reply

    @property
    def typed(self) -> list[str]:
        path = self.folder / "TYPED"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def asked(verb: Verb, userid: str = "JSMITH", new: str | None = None, *, product: str = "racf", **said: bool) -> Order:
    secret = None if new is None else Secret(new)
    return shipped_orders(product).dialog.order(verb, Userid(userid), secret, **said)


def reset(new: str, *, product: str = "racf", **said: bool) -> Order:
    return asked(Verb.RESET, "J#SMITH$", new, product=product, **said)


def test_a_ping_names_version_product_and_userid(host: Host) -> None:
    """Nothing is given to TSO."""
    reply = host.order(Order(verb=Verb.PING))

    assert re.fullmatch(r"RBH000I RBHELPER 1 RACF \S+", reply.text)
    assert not host.typed


def test_a_reset_is_typed_after_profile_and_its_echo_is_masked(host: Host) -> None:
    """EXPIRED always; the code of the command comes back; the password is in no line of the answer, in any case."""
    done = host.ask(helper.request(reset("Ab1#@$.<", resume=True), NONCE).expose())

    assert host.typed[0] == "PROFILE NOPROMPT MSGID NOINTERCOM NOWTPMSG PLANGUAGE(ENU)"
    assert host.typed[1:] == ["ALTUSER J#SMITH$ PASSWORD(Ab1#@$.<) EXPIRED RESUME"]
    assert "RB1 MSG IKJ56702I INVALID PASSWORD, ALTUSER J#SMITH$ PASSWORD(********) EXPIRED RESUME" in done.stdout
    assert done.returncode == 8


@pytest.mark.parametrize("at", range(0, len(ALPHABET), 8))
def test_every_character_of_the_alphabet_arrives_as_it_left(host: Host, at: int) -> None:
    """Hexadecimal ASCII out, the same characters in the command."""
    new = ALPHABET[at : at + 8]

    host.order(reset(new))

    assert host.typed[1] == f"ALTUSER J#SMITH$ PASSWORD({new}) EXPIRED"


def test_every_other_character_is_refused(host: Host) -> None:
    """Blanks, quotes, parentheses, separators, controls and whatever is not ASCII."""
    for code in (*(code for code in range(128) if chr(code) not in ALPHABET), 128, 0xAC, 255):
        done = host.ask(f"reset;JSMITH;41{code:02x};expired,nonce={NONCE}\n")
        assert "RB1 MSG RBH004E" in done.stdout, hex(code)
        assert done.returncode == 12

    assert not host.typed


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nope;JSMITH;;", "RBH002E"),
        (";JSMITH;;", "RBH002E"),
        ("ping status;JSMITH;;", "RBH002E"),
        (" ping;;;", "RBH002E"),
        ("PING;;;", "RBH002E"),
        ("status;;;", "RBH003E"),
        ("status;jsmith;;", "RBH003E"),
        ("status;NINECHARS;;", "RBH003E"),
        ("unlock;A) SPECIA;;", "RBH003E"),
        ("reset;JSMITH;;", "RBH004E"),
        ("reset;JSMITH;4;", "RBH004E"),
        ("reset;JSMITH;4x;", "RBH004E"),
        ("reset;JSMITH;414243444546474849;", "RBH004E"),
    ],
)
def test_a_request_that_is_not_carried_out_says_why(host: Host, line: str, message: str) -> None:
    """Code 12 in a whole frame, and nothing is given to TSO."""
    done = host.ask(f"{line}nonce={NONCE}\n")
    reply = helper.read(done.stdout, NONCE)

    assert (reply.prompt, reply.code) == ("READY", 12)
    assert reply.text.startswith(message)
    assert not host.typed


@pytest.mark.parametrize(
    "line", ["", "\n", "ping;;;\n", "ping;;;nonce=short\n", "ping;;;nonce=0123456789ABCDEF\n", "x" * 600]
)
def test_without_a_nonce_there_is_no_frame(host: Host, line: str) -> None:
    """Nobody could tell whose answer it is."""
    done = host.ask(line)

    assert done.stdout == "RBH001E REQUEST HAS NOT FOUR PARTS, OR NO NONCE\n"
    assert done.returncode == 12


def test_a_listing_keeps_its_columns_and_loses_its_controls(host: Host) -> None:
    """Leading blanks stay; what is not for showing becomes a blank."""
    reply = host.order(asked(Verb.STATUS))

    assert reply.rows[1].startswith(" DEFAULT-GROUP=PAYROLL  PASSDATE=26.101")
    assert reply.rows[2] == " INSTALLATION-DATA=A PASSDATE=00.000 B"


@pytest.mark.parametrize(("passdate", "code"), [("00.000", 0), ("26.101", 4), ("N/A   ", 4)])
def test_verify_tells_whether_the_next_logon_has_to_choose(host: Host, passdate: str, code: int) -> None:
    """By the field, not by what a user wrote into the profile."""
    host.passdate = passdate
    done = host.ask(f"verify;JSMITH;;nonce={NONCE}\n")

    assert helper.read(done.stdout, NONCE).code == code


def test_unlock_resumes_and_nothing_else(host: Host) -> None:
    """A carriage return at the line's end does no harm."""
    host.ask(f"unlock;JSMITH;;nonce={NONCE},newer-flag\r\n")

    assert host.typed[1:] == ["ALTUSER JSMITH RESUME"]


def test_if_profile_fails_nothing_is_run(host: Host) -> None:
    """A prompt would wait for ever."""
    host.profile = 12

    reply = host.order(reset("NEWPASS9"))

    assert reply.code == 16
    assert "RBH005E" in reply.text
    assert len(host.typed) == 1


def test_a_command_that_tso_cannot_run_is_told(host: Host) -> None:
    """REXX gives a code below zero."""
    host.code = -3

    reply = host.order(reset("NEWPASS9"))

    assert reply.code == 16
    assert "RBH006E TSO COULD NOT RUN THE COMMAND, RC -3" in reply.text


def test_acf2_subcommands_wait_on_the_stack(host: Host) -> None:
    """Flags become PSWD-EXP and PSWD-VIO(0); END leaves."""
    host.esm = "ACF2"

    host.order(reset("NEWPASS9", product="acf2", resume=True))

    assert host.typed[1:] == ["ACF", "SET LID", "CHANGE J#SMITH$ PASSWORD(NEWPASS9) PSWD-EXP PSWD-VIO(0)", "END"]


@pytest.mark.parametrize("resume", [True, False])
def test_top_secret_gets_replace_and_then_remove(host: Host, resume: bool) -> None:
    """EXP always, the interval empty; both answers in one frame."""
    host.esm = "TSS"

    reply = host.order(reset("NEWPASS9", product="topsecret", resume=resume))

    typed = ["TSS REPLACE(J#SMITH$) PASSWORD(NEWPASS9,,EXP)", "TSS REMOVE(J#SMITH$) SUSPEND"]
    assert host.typed[1:] == typed[: 1 + resume]
    assert [row.split()[1] for row in reply.rows] == ["REPLACE", "REMOVE"][: 1 + resume]
    assert reply.code == 0


def test_top_secret_suspensions_are_not_removed_behind_a_reset_that_failed(host: Host) -> None:
    """A return code, and REMOVE is not typed."""
    host.esm, host.tss = "TSS", 8

    reply = host.order(reset("NEWPASS9", product="topsecret", resume=True))

    assert len(host.typed) == 2
    assert reply.code == 8


def test_top_secret_status_and_unlock(host: Host) -> None:
    """LIST with its sections; REMOVE SUSPEND alone, never ASUSPEND."""
    host.esm = "TSS"
    host.order(asked(Verb.STATUS, product="topsecret"))
    host.order(asked(Verb.UNLOCK, product="topsecret"))

    commands = [line for line in host.typed if not line.startswith("PROFILE")]
    assert commands == ["TSS LIST(JSMITH) DATA(BASIC,PASSWORD)", "TSS REMOVE(JSMITH) SUSPEND"]


@pytest.mark.parametrize(("date", "code"), [("01/01/80", 0), ("80/01/01", 0), ("06/10/26", 4)])
def test_top_secret_verify_looks_at_the_expiration_date(host: Host, date: str, code: int) -> None:
    """In either order of dates."""
    host.esm, host.passdate = "TSS", date

    assert helper.read(host.ask(f"verify;JSMITH;;nonce={NONCE}\n").stdout, NONCE).code == code


@pytest.mark.parametrize("new", ["A*B", "*", "NOPW", "nopw", "Random"])
def test_top_secret_gets_no_password_that_means_something_else(host: Host, new: str) -> None:
    """Keep the old one; need none; draw one."""
    host.esm = "TSS"

    reply = host.order(reset(new))

    assert (reply.code, reply.text[:7]) == (12, "RBH004E")
    assert not host.typed


def test_an_exec_that_fails_gives_no_end_and_no_secret(host: Host) -> None:
    """A fault of the exec's own is never taken for an answer."""
    host.profile = "1 + 'x'"  # type: ignore[assignment]

    done = host.ask(helper.request(reset("NEWPASS9"), NONCE).expose())

    assert "RB1 END" not in done.stdout
    assert "RBH900E" in done.stdout
    assert "NEWPASS9" not in done.stdout + done.stderr
    assert done.returncode == 20


def test_the_exec_is_ascii_and_begins_as_rexx() -> None:
    """It survives iconv; the word REXX is in a comment on its first line, and TRACE OFF is its first instruction."""
    text = EXEC.read_text("ascii")

    assert text.startswith("/* REXX */\n")
    assert re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).split()[:2] == ["trace", "off"]
    assert all(len(line) <= 80 for line in text.splitlines())


def test_a_phrase_stands_in_apostrophes_and_its_echo_is_masked(host: Host) -> None:
    """In place of the password; too short a one is none, and Top Secret, which is not told of phrases, takes none."""
    done = host.ask(helper.request(reset("k7mq-2xrt-9hfe-w4nb", resume=True, phrase=True), NONCE).expose())

    assert host.typed[1:] == ["ALTUSER J#SMITH$ PHRASE('k7mq-2xrt-9hfe-w4nb') EXPIRED RESUME"]
    assert "7mq" not in done.stdout.lower()
    before = host.typed
    assert "RBH004E" in host.ask(helper.request(reset("k7mq-2xr", phrase=True), NONCE).expose()).stdout
    host.esm = "TSS"
    assert "RBH004E" in host.ask(helper.request(reset("k7mq-2xrt-9hfe-w4nb", phrase=True), NONCE).expose()).stdout
    assert host.typed == before


@pytest.mark.parametrize(
    ("order", "typed"),
    [
        (reset("k7mq-2xrt-9hfe-w4nb", product="acf2", phrase=True),
         ["CHANGE J#SMITH$ PWPHRASE('k7mq-2xrt-9hfe-w4nb') PWP-EXP"]),
        (reset("k7mq-2xrt-9hfe-w4nb", product="acf2", phrase=True, resume=True),
         ["CHANGE J#SMITH$ PWPHRASE('k7mq-2xrt-9hfe-w4nb') PWP-EXP PSWD-VIO(0) PWP-VIO(0)"]),
        (asked(Verb.UNLOCK, product="acf2", phrase=True), ["CHANGE JSMITH PSWD-VIO(0) PWP-VIO(0)"]),
        (asked(Verb.UNLOCK, product="acf2", lift_lock=True), ["CHANGE JSMITH PSWD-VIO(0) NOSUSPEND"]),
        (reset("NEWPASS9", product="acf2", resume=True, lift_lock=True),
         ["CHANGE J#SMITH$ PASSWORD(NEWPASS9) PSWD-EXP PSWD-VIO(0) NOSUSPEND"]),
        (asked(Verb.STATUS, product="acf2", phrase=True),
         ["LIST JSMITH", "SET PROFILE(USER) DIV(PWPHRASE)", "LIST JSMITH"]),
        (asked(Verb.STATUS, product="acf2"), ["LIST JSMITH"]),
    ],
)  # fmt: skip
def test_acf2_is_told_of_phrases_in_words_of_its_own(host: Host, order: Order, typed: list[str]) -> None:
    """And lists a phrase's record behind the logonid's."""
    host.esm = "ACF2"
    host.order(order)
    assert host.typed[1:] == ["ACF", "SET LID", *typed, "END"]
