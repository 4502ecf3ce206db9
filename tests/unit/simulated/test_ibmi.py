"""The simulated IBM i: what it changes, what it refuses, and which scripts its shell reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.names import ProfileName
from bridge.domain.secret import Secret
from connectors.hosts.products.ibmi import IbmI as Product
from connectors.hosts.transports import script
from connectors.simulated import qsh
from connectors.simulated.entry import Outcome, enter
from connectors.simulated.ibmi import IbmI
from connectors.simulated.seeds import seeded_ibmi
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import UserDatabase

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
NONCE = "0123456789abcdef"
OLD = "OLDPW234"


def database(**settings: object) -> UserDatabase:
    told = {"product": "ibmi", "revoke_after": 3, **settings}
    return seeded_ibmi(
        service_password="SERVICE1", user_password=OLD, settings=SecuritySettings(**told), clock=lambda: NOON  # type: ignore[arg-type]
    )  # fmt: skip


def told(users: UserDatabase, line: str, issuer: str = "RSTBRDG") -> tuple[str, ...]:
    return IbmI(users, issuer).told(line + "\n", NOON).lines


def test_reset_sets_a_password_that_only_the_sign_on_display_can_change() -> None:
    """Expired: refused without a new one, taken with one, and then it is the user's own."""
    users = database()
    assert told(users, "RESET PAYROLL7 NEWPW234") == ("CPC2205: User profile PAYROLL7 changed.",)
    assert enter(users, "PAYROLL7", OLD, NOON).outcome is Outcome.WRONG
    assert enter(users, "PAYROLL7", "newpw234", NOON).outcome is Outcome.EXPIRED
    assert enter(users, "PAYROLL7", "NEWPW234", NOON, new="NEWPW234").outcome is Outcome.NEW_REFUSED
    assert enter(users, "PAYROLL7", "NEWPW234", NOON, new=OLD).outcome is Outcome.NEW_REFUSED
    assert enter(users, "PAYROLL7", "NEWPW234", NOON, new="MY_OWN_1").outcome is Outcome.IN
    assert enter(users, "PAYROLL7", "MY_OWN_1", NOON).outcome is Outcome.IN


def test_wrong_passwords_disable_and_only_revive_and_enable_lift_it() -> None:
    """At QMAXSIGN; the count goes back to 0 with the status, and a reset alone lifts nothing."""
    users = database()
    for _ in range(3):
        enter(users, "AKUMAR", "WRONG", NOON)
    assert enter(users, "AKUMAR", OLD, NOON).lines == ("CPF1394 - User profile AKUMAR cannot sign on.",)
    told(users, "RESET AKUMAR NEWPW234")
    assert (users.user("AKUMAR").revoked, users.user("AKUMAR").violations) == (True, 3)
    told(users, "REVIVE AKUMAR NEWPW235")
    assert (users.user("AKUMAR").revoked, users.user("AKUMAR").violations) == (False, 0)
    users.user("AKUMAR").revoked = True
    assert told(users, "ENABLE AKUMAR") == ("CPC2205: User profile AKUMAR changed.",)
    assert not users.user("AKUMAR").revoked
    assert users.accepts("AKUMAR", "NEWPW235")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("RESET NOBODY NEWPW234", "CPF2204: User profile NOBODY not found."),
        ("RESET QSECOFR NEWPW234", "RBP0901"),
        ("ENABLE QSECOFR", "RBP0901"),
        ("RESET SECADM1 NEWPW234", "RBP0902"),
        ("ENABLE OPSHEAD", "RBP0902"),
        ("RESET PAYROLL7", "RBP0903"),
        ("ENABLE PAYROLL7 NEWPW234", "RBP0903"),
        ("DELETE PAYROLL7", "RBP0903"),
        ("RESET PAYROLL7 NEWPW234 MORE", "RBP0903"),
        ("RESET PAYROLL7 2BCDEFGH", "CPD0078"),
        ("RESET PAYROLL7 ABCDEFGHIJK", "CPD0078"),
    ],
)
def test_what_the_program_refuses(line: str, said: str) -> None:
    """And nothing is changed."""
    users = database()
    assert told(users, line)[0].startswith(said)
    assert all(users.accepts(userid, OLD) for userid in ("QSECOFR", "SECADM1", "OPSHEAD", "PAYROLL7"))


def test_a_security_administrator_may_reset_the_privileged_and_nobody_the_systems_own() -> None:
    """The service id for privileged profiles."""
    users = database()
    assert told(users, "RESET SECADM1 NEWPW234", "SECADM1") == ("CPC2205: User profile SECADM1 changed.",)
    assert told(users, "RESET QSECOFR NEWPW234", "SECADM1")[0].startswith("RBP0901")


def test_rules_bind_administrators_only_where_allcrtchg_is_set() -> None:
    """QPWDRULES."""
    assert told(database(minimum_length=9), "RESET PAYROLL7 NEWPW234")[0].startswith("CPC2205")
    refused = told(database(minimum_length=9, pwadmin=True), "RESET PAYROLL7 NEWPW234")
    assert refused == ("CPF4AA7: Password value not valid. Reason code 18.",)


def test_higher_password_levels_tell_case_apart_and_take_more() -> None:
    """QPWDLVL 2 and up."""
    users = database(mixed_case=True)
    told(users, "RESET PAYROLL7 2xYz.Abcdefgh")
    assert users.accepts("PAYROLL7", "2xYz.Abcdefgh")
    assert not users.accepts("PAYROLL7", "2XYZ.ABCDEFGH")


def test_look_tells_the_time_the_limit_and_what_groups_may() -> None:
    """To the millisecond; zeros where there never was a password."""
    users = database()
    users.set_password(users.user("OPSHEAD"), "NEWPW234", NOON + timedelta(milliseconds=7), expired=False)
    assert told(users, "LOOK OPSHEAD") == ("RBP0001: OPSHEAD 20261125120000007 000003 *ALLOBJ   *AUDIT    *SECADM",)
    assert told(users, "LOOK BATCH1") == ("RBP0001: BATCH1 00000000000000000 000003 *NONE",)


def test_cl_commands_run_on_the_service_ids_own_authority() -> None:
    """Which is to read profiles; CHGUSRPRF wants *SECADM; another command is not there."""
    users = database()
    mine = IbmI(users, "RSTBRDG")
    assert mine.system("CHGUSRPRF USRPRF(PAYROLL7) STATUS(*DISABLED)", NOON).lines[0].startswith("CPF2292")
    assert mine.system("DLTUSRPRF USRPRF(PAYROLL7)", NOON).code == 255
    assert IbmI(users, "PAYROLL7").system("DSPUSRPRF USRPRF(JSMITH)", NOON).lines[0].startswith("CPF2217")
    boss = IbmI(users, "SECADM1").system("CHGUSRPRF USRPRF(PAYROLL7) STATUS(*DISABLED)", NOON)
    assert (boss.code, users.user("PAYROLL7").revoked) == (0, True)


def orders() -> list[str]:
    """Every script that the product has the wire send."""
    product, anna = Product("POWER1"), ProfileName("ANNA")
    made = (product.status(anna), product.reset(anna, Secret("NEWPW234"), resume=True), product.unlock(anna))
    return [script.script(order, NONCE).expose() for order in made]


@pytest.mark.parametrize("text", orders())
def test_its_shell_reads_every_script_of_the_bridge_and_none_that_is_cut_off(text: str) -> None:
    """Wherever the line broke: not a step of it is run."""
    assert len(qsh.read(text).steps) >= 2
    for end in range(len(text) - 1):
        with pytest.raises(qsh.NotKnown):
            qsh.read(text[:end])


def test_its_shell_runs_nothing_that_it_does_not_know() -> None:
    """Another command among the known ones."""
    text = orders()[0].replace("system '", "rm -rf '", 1)
    with pytest.raises(qsh.NotKnown):
        qsh.read(text)


def test_its_answer_is_one_that_the_wire_can_read() -> None:
    """The frame, and a step that fails is the last."""
    read = qsh.read(orders()[0])
    codes = iter([0, 255, 0])
    replies = script.read("\n".join(qsh.output(read, lambda step: (("said",), next(codes)))), NONCE)
    assert replies is not None
    assert [(reply.rows, reply.code) for reply in replies] == [(("said",), 0), (("said",), 255)]
