"""ACF2 over real TN3270, with s3270 as the terminal."""

from connectors.simulated.seeds import SERVICE
from tests.live.simulated.conftest import SERVICE_PASSWORD, USER_PASSWORD


def test_a_reset_goes_through_the_acf_environment(start, at_ready):
    zos = start("acf2")
    session = at_ready(zos)

    session.command("ACF", "ACF")
    session.command("SET LID", "LID")
    changed = session.command("CHANGE JSMITH PASSWORD(TEMP2345) PSWD-EXP PSWD-VIO(0) NOSUSPEND", "LID")
    listed = " ".join(session.command("LIST JSMITH", "LID"))
    session.command("END")

    assert not any(line.startswith("ACF0") for line in changed)
    assert "PSWD-EXP " in listed
    assert "PSWD-VIO(0)" in listed
    assert "PSWD-TOD(" in listed
    assert zos.accepts("JSMITH", "TEMP2345")


def test_racf_commands_do_not_exist(start, at_ready):
    session = at_ready(start("acf2"))
    assert session.command("ALTUSER PAYROLL7 PASSWORD(A)") == ["IKJ56500I COMMAND ALTUSER NOT FOUND"]


def test_a_refused_change_changes_nothing(start, at_ready):
    zos = start("acf2")
    session = at_ready(zos)
    session.command("ACF", "ACF")
    assert session.command("CHANGE NOBODY PSWD-VIO(0)", "ACF") == ["ACF01004 LOGONID NOBODY NOT FOUND"]
    assert session.command("CHANGE SECADM1 PASSWORD(TEMP2345)", "ACF") == [
        "ACF0A017 NOT AUTHORIZED FOR REQUESTED FUNCTION"
    ]
    refused = session.command("CHANGE PAYROLL7 PSWD-VIO(0) PASSWORD(TOOLONG99)", "ACF")
    assert refused[0].startswith("ACF00114")
    assert zos.accepts("PAYROLL7", USER_PASSWORD)


def test_a_password_may_be_asked_for_instead_of_typed_in_the_command(start, at_ready):
    zos = start("acf2")
    session = at_ready(zos)
    session.command("ACF", "ACF")
    session.command("CHANGE PAYROLL7 PASSWORD", "ENTER YOUR CURRENT PASSWORD")
    session.enter(SERVICE_PASSWORD)
    session.wait_prompt("ENTER NEW PASSWORD")
    session.enter("TEMP2345")
    session.wait_prompt("ENTER NEW PASSWORD AGAIN")
    session.enter("TEMP2345")
    session.wait_prompt("ACF")
    assert zos.accepts("PAYROLL7", "TEMP2345")
    assert zos.users.user(SERVICE).violations == 0
