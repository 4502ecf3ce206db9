"""RACF over real TN3270, with s3270 as the terminal."""

import pytest

from connectors.simulated.seeds import SERVICE
from connectors.simulated.settings import SecuritySettings
from tests.live.simulated.conftest import SERVICE_PASSWORD, USER_PASSWORD
from tests.live.simulated.emulators import log_on


def test_a_reset_is_silent_and_shows_in_the_profile(start, at_ready):
    zos = start()
    session = at_ready(zos)

    assert session.command("ALTUSER PAYROLL7 PASSWORD(TEMP2345) EXPIRED RESUME") == []
    listing = session.command("LISTUSER PAYROLL7")

    assert any("PASSDATE=00.000" in line for line in listing)
    assert zos.accepts("PAYROLL7", "TEMP2345")
    assert zos.passwords_ever_set == ["TEMP2345"]
    assert zos.typed.count("ALTUSER") == 1
    assert zos.witness.violations == []


def test_a_revoked_user_stays_revoked_without_resume(start, at_ready):
    zos = start()
    session = at_ready(zos)
    session.command("ALTUSER JSMITH PASSWORD(TEMP2345) EXPIRED")
    assert " ATTRIBUTES=REVOKED".strip() in session.command("LU JSMITH")
    assert session.command("ALU JSMITH RESUME") == []
    assert "ATTRIBUTES=NONE" in session.command("LU JSMITH")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("ALTUSER NOBODY PASSWORD(TEMP2345) EXPIRED", "ICH21009I UNABLE TO LOCATE NOBODY"),
        ("ALTUSER SECADM1 RESUME", "ICH21005I NOT AUTHORIZED TO SPECIFY RESUME, OPERAND IGNORED"),
        ("ALTUSER STCJES PASSWORD(TEMP2345)", "ICH21005I NOT AUTHORIZED TO SPECIFY PASSWORD, OPERAND IGNORED"),
        ("LISTUSER NOBODY", "ICH30001I UNABLE TO LOCATE USER    ENTRY NOBODY"),
        ("LISTUSER SECADM1", "ICH30002I NOT AUTHORIZED TO LIST SECADM1"),
        ("ALTUSER PAYROLL7 PASSWORD(ABCDEFGHI)", "IKJ56702I INVALID PASSWORD, ABCDEFGHI"),
        ("ALTUSER PAYROLL7 PASSWORD(AB^DEF)", "IKJ56702I INVALID PASSWORD, AB^DEF"),
        ("ALTUSRE PAYROLL7", "IKJ56500I COMMAND ALTUSRE NOT FOUND"),
        ("ALTUSER PAYROLL7 PASSWRD(A)", "IKJ56712I INVALID KEYWORD, PASSWRD"),
    ],
)
def test_it_refuses_in_the_real_words(start, at_ready, command, answer):
    assert at_ready(start()).command(command) == [answer]


def test_prompting_asks_until_attention(start, terminal):
    zos = start()
    session = terminal()
    log_on(session, zos.port, SERVICE, SERVICE_PASSWORD)

    session.enter("ALTUSER PAYROLL7 PASSWORD(ABCDEFGHI) EXPIRED")
    asked = session.wait_prompt("IKJ56703A REENTER THIS OPERAND -")
    session.do("PA(1)")
    session.wait_prompt()

    assert "IKJ56702I INVALID PASSWORD, ABCDEFGHI" in asked
    assert zos.accepts("PAYROLL7", USER_PASSWORD)


def test_a_prompt_can_be_answered(start, terminal):
    zos = start()
    session = terminal()
    log_on(session, zos.port, SERVICE, SERVICE_PASSWORD)
    session.enter("ALTUSER")
    session.wait_prompt("IKJ56700A ENTER USERID -")
    session.enter("PAYROLL7 PASSWORD(TEMP2345)")
    session.wait_prompt()
    assert zos.accepts("PAYROLL7", "TEMP2345")


def test_attention_through_telnet_also_ends_a_prompt(start, terminal):
    zos = start()
    session = terminal()
    log_on(session, zos.port, SERVICE, SERVICE_PASSWORD)
    session.enter("ALTUSER")
    session.wait_prompt("IKJ56700A ENTER USERID -")
    session.do("Attn()")
    session.wait_prompt()


def test_long_output_stops_at_asterisks_and_goes_on_on_an_empty_screen(start, at_ready):
    session = at_ready(start())
    session.do("Clear()")
    session.do("Wait(5,Unlock)")
    session.enter("LU (PAYROLL7 MBLAKE AKUMAR)")
    first = session.wait_for("***")
    session.enter()
    second = session.wait_for("***")
    session.enter()
    last = session.wait_prompt()
    assert "USER=PAYROLL7" in first
    assert "USER=MBLAKE" in first + second
    assert "USER=AKUMAR" not in first
    assert last.rstrip().endswith("READY")


def test_profile_says_what_was_set(start, at_ready):
    said = " ".join(at_ready(start()).command("PROFILE"))
    assert said.startswith("IKJ56688I CHAR(0) LINE(0) NOPROMPT NOINTERCOM NOPAUSE MSGID")


def test_logoff_brings_the_first_screen_back(start, at_ready):
    zos = start()
    session = at_ready(zos)
    session.enter("LOGOFF")
    session.wait_for("===> Enter LOGON")
    assert session.do("Query(ConnectionState)") == ["connected-sscp"]
    assert zos.sessions() == []


def test_two_attribute_lines_where_the_site_has_them(start, at_ready):
    zos = start(settings=SecuritySettings(two_attribute_lines=True))
    zos.users.define("LOCKED1", password=USER_PASSWORD, attributes={"GRPACC"}, revoked=True)
    listing = at_ready(zos).command("LU LOCKED1")
    assert [line for line in listing if line.startswith("ATTRIBUTES=")] == ["ATTRIBUTES=GRPACC", "ATTRIBUTES=REVOKED"]
