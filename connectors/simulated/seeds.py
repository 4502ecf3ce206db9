"""Users to start with: what `simulate` and `demo` show, and what a test takes when any user will do."""

from typing import Final, Literal

from connectors.simulated.clock import Clock, wall_clock
from connectors.simulated.ibmi import PROGRAM
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.users import UserDatabase

SERVICE: Final = "RSTBRDG"
ORDINARY: Final = {
    "PAYROLL7": "PAT ROLLINS",
    "JSMITH": "JOHN SMITH",
    "MBLAKE": "MARY BLAKE",
    "AKUMAR": "ANIL KUMAR",
    "LDUBOIS": "LUCIE DUBOIS",
}
"""They have forgotten their passwords; JSMITH has been locked out as well."""


def seeded(
    product: Literal["racf", "acf2", "topsecret"],
    *,
    service_password: str,
    user_password: str,
    settings: SecuritySettings | None = None,
    clock: Clock = wall_clock,
) -> UserDatabase:
    """Return a database with the service id, ordinary users, and some that no help desk may touch.

    RSTBRDG            the service id: READ to IRR.PASSWORD.RESET and IRR.LISTUSER; ACCOUNT in a SCPLIST under ACF2;
                       MISC8(PWMAINT) and DATA(BASIC,PASSWORD) under Top Secret
    PAYROLL7 to LDUBOIS  ordinary users, all with `user_password`; JSMITH is revoked, or suspended by wrong passwords
    SECADM1 OPSHEAD AUDIT1  SPECIAL, OPERATIONS, AUDITOR, or control ACIDs; STCJES  PROTECTED, without a password
    """
    users = UserDatabase(settings=settings or SecuritySettings(product=product), clock=clock)
    users.define(SERVICE, password=service_password, name="RESET BRIDGE", owner="SECGRP", group="SECGRP", interval=None)
    for userid, name in ORDINARY.items():
        users.define(userid, password=user_password, name=name, owner="PAYROLL", group="PAYROLL")
    _lock_out(users, "JSMITH")
    for userid, attribute, privilege, kind in (
        ("SECADM1", "SPECIAL", "SECURITY", "CENTRAL"), ("OPSHEAD", "OPERATIONS", "NON-CNCL", "ZONE C/A"),
        ("AUDIT1", "AUDITOR", "AUDIT", "DIV C/A"),
    ):  # fmt: skip
        users.define(
            userid, password=user_password, attributes={attribute}, privileges={"JOB", "TSO", privilege}, kind=kind
        )
    users.define("STCJES", attributes={"PROTECTED"}, privileges={"STC"}, kind="PROFILE", tso=None, interval=None)
    users.permit("IRR.PASSWORD.RESET", SERVICE)
    users.permit("IRR.LISTUSER", SERVICE)
    users.user(SERVICE).authorities |= {"MISC8(PWMAINT)", "DATA(BASIC)", "DATA(PASSWORD)"}
    if product == "acf2":
        users.user(SERVICE).privileges |= {"ACCOUNT"}
        users.user(SERVICE).scope = "HELPDESK"
    return users


def seeded_ibmi(
    *, service_password: str, user_password: str, settings: SecuritySettings | None = None, clock: Clock = wall_clock
) -> UserDatabase:
    """The same people as profiles of an IBM i.

    RSTBRDG              the service id: *USE to the program, *READ to the users' profiles, no special authority
    PAYROLL7 to LDUBOIS  ordinary users; JSMITH is disabled by wrong passwords, LDUBOIS by an administrator
    SECADM1              *ALLOBJ and *SECADM; OPSHEAD  a member of QSECOFR; QSECOFR; BATCH1  PASSWORD(*NONE)
    """
    users = UserDatabase(settings=settings or SecuritySettings(product="ibmi", revoke_after=3), clock=clock)
    users.define(SERVICE, password=service_password, name="Reset Bridge", interval=None)
    for userid, name in ORDINARY.items():
        users.define(userid, password=user_password, name=name.title())
    _lock_out(users, "JSMITH")
    users.user("LDUBOIS").revoked = True
    for userid, powers in (("SECADM1", {"*ALLOBJ", "*SECADM"}), ("QSECOFR", {"*ALLOBJ", "*AUDIT", "*SECADM"})):
        users.define(userid, password=user_password, attributes=powers)
    users.define("OPSHEAD", password=user_password, group="QSECOFR")
    users.define("BATCH1")
    users.permit(PROGRAM, SERVICE)
    users.permit("*USRPRF", SERVICE)
    return users


def _lock_out(users: UserDatabase, userid: str) -> None:
    user = users.user(userid)
    user.violations = users.settings.revoke_after
    user.revoked = users.settings.product in {"racf", "ibmi"}
    user.suspensions |= {"PSUSPEND"} if users.settings.product == "topsecret" else set()
