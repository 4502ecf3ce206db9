"""What `simulate` and the tests can switch on, by name: faults, and hosts that are set up in other ways.

Each is something that a real installation does. Privileged, protected, suspended and unknown userids are there in every
one of them under names of their own, see seeds; in the scenario of that name TARGET is one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from connectors.simulated.codepages import DIFFERENCES, KNOWN_TO_PYTHON
from connectors.simulated.faults import Fault, Faults
from connectors.simulated.line import SIZES
from connectors.simulated.options import LogonStyle, Uss
from connectors.simulated.seeds import SERVICE
from connectors.simulated.shell import Habit
from connectors.simulated.users import Credential, TsoDefaults, User, UserDatabase

TARGET: Final = "PAYROLL7"
CHANGES: Final = ("ALTUSER", "CHANGE", "TSS REPLACE", "CHGUSRPRF")
"""What RACF, ACF2, Top Secret and IBM i are told to set a password."""
LISTS: Final = ("LISTUSER", "LIST ", "TSS LIST")
MANAGER: Final = "session-manager"
UNKNOWN_MENU: Final = "unknown-menu"
DOUBLE_BYTE: Final = "\x0e\xe2A\xe2B\xe2C\x0f"  # shift-out, three characters of two bytes, shift-in
ALPHABETS: Final = ("875", "1026")  # pages without Latin-1: no TSO logon in English is typed from them


class Certificate(StrEnum):
    """What is wrong with the one that the TN3270 hosts show."""

    GOOD = "good"
    OTHER_NAME = "other name"
    EXPIRED = "expired"
    UNKNOWN_CA = "unknown ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is unusual.

    arm        arms the faults, shared by all hosts
    options    of HostOptions, for each z/OS; security  of SecuritySettings, for each
    users      changes the users of each
    habits     of the helpers that z/OS is reached through over SSH
    acf2       more of HostOptions for the ACF2 system alone
    profile    TSO PROFILE of the service id as it is found
    transport  what the configuration says of the TN3270 systems beside the address; password  the same of `password:`
    """

    what: str
    arm: Callable[[Faults], None] = lambda faults: None
    options: Mapping[str, Any] = field(default_factory=dict)
    acf2: Mapping[str, Any] = field(default_factory=dict)
    users: Callable[[UserDatabase], None] = lambda users: None
    security: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, bool] = field(default_factory=dict)
    certificate: Certificate = Certificate.GOOD
    habits: frozenset[Habit] = frozenset()
    transport: str = ""
    password: str = ""


def _to_target(change: Callable[[User], None]) -> Callable[[UserDatabase], None]:
    return lambda users: change(users.user(TARGET))


def _privileged(user: User) -> None:
    user.attributes |= {"SPECIAL"}
    user.privileges |= {"SECURITY"}
    user.kind = "CENTRAL"


def _protected(user: User) -> None:
    user.attributes |= {"PROTECTED"}
    user.privileges |= {"STC"}
    user.kind = "PROFILE"
    user.password = Credential()


def _phrased(user: User) -> None:
    """A phrase besides, of long ago."""
    user.phrase.set("correct horse 9 battery", datetime(2026, 10, 28, 9, 39, tzinfo=UTC), expired=False)


def _unused(user: User) -> None:
    user.password.expired = True


def _suspended(user: User) -> None:
    """By an administrator: RACF shows that by a date that has come, Top Secret by an attribute of its own."""
    user.revoked, user.revoke_date = True, date(2026, 1, 5)
    user.suspended, user.suspended_by = True, "SECADM1"
    user.suspensions |= {"ASUSPEND"}


def _locked_out(user: User) -> None:
    """By wrong passwords, on Top Secret, where lifting that is a command of its own; and no listing shows a change."""
    user.suspensions |= {"PSUSPEND"}
    user.password.expired = True


def _much(user: User) -> None:
    """More than a screen of what a site keeps beside a user."""
    user.site = tuple(f"SITEFLD{number:03}(DESK4711)" for number in range(90))
    user.data = " ".join(user.site)


def _in_german(*, stays: bool) -> Callable[[UserDatabase], None]:
    def change(users: UserDatabase) -> None:
        service = users.user(SERVICE).tso or TsoDefaults()
        service.language, service.language_stays = "DEU", stays

    return change


def _half_done(faults: Faults) -> None:
    text = "ICH21005I NOT AUTHORIZED TO SPECIFY RESUME, OPERAND IGNORED"
    faults.arm(Fault.AFTERWORD, " RESUME", text=text)  # nothing is ignored that nobody specified
    faults.arm(Fault.NOT_AUTHORIZED, "TSS REMOVE")


def _at_changes(fault: Fault, times: int | None) -> Callable[[Faults], None]:
    def arm(faults: Faults) -> None:
        for command in CHANGES:
            faults.arm(fault, command, times=times)

    return arm


def _at_service(
    fault: Fault, *, times: int | None = None, count: int = 0, seconds: float = 0.0
) -> Callable[[Faults], None]:
    return lambda faults: faults.arm(fault, SERVICE, times=times, count=count, seconds=seconds)


def _expired_service(users: UserDatabase) -> None:
    users.user(SERVICE).password.expired = True


def _refused_elsewhere(faults: Faults) -> None:
    for fault in (Fault.PASSWORD_WRONG, Fault.REFUSED_ELSEWHERE):
        faults.arm(fault, SERVICE)


def _ended_badly(faults: Faults) -> None:
    for command in CHANGES:
        faults.arm(Fault.AFTERWORD, command, text=f"IKJ56641I {command.split()[0]} ENDED DUE TO ERROR+")


def _refused_behind_ready(faults: Faults) -> None:
    for command in ("ALTUSER", "TSS REPLACE"):
        faults.arm(Fault.NOT_AUTHORIZED, command)
        faults.arm(Fault.READY_FIRST, command, seconds=0.2)


def _free_too_early(faults: Faults) -> None:
    for text in ("USER=", "ACCESSORID"):
        faults.arm(Fault.EARLY_UNLOCK, text, seconds=1.0)


def _message(faults: Faults) -> None:
    for command in (*LISTS, *CHANGES):
        faults.arm(Fault.MESSAGE, command, text="SYSTEM WILL BE DOWN AT 18:00   OPERATOR")


def _ready_in_listings(faults: Faults) -> None:
    for number, command in enumerate(LISTS):
        faults.arm(Fault.MESSAGE, command, text=" " * number + "READY")


_FAULTS: Final = {
    "ordinary": Scenario(what="everything works"),
    "lost-answer": Scenario(
        what="the line drops once the first change has been made", arm=_at_changes(Fault.DROP_AFTER, 1)
    ),
    "lost-command": Scenario(
        what="the line drops before the first change is made", arm=_at_changes(Fault.DROP_BEFORE, 1)
    ),
    "frozen": Scenario(what="the host stops answering at each change", arm=_at_changes(Fault.FROZEN, None)),
    "frozen-after": Scenario(
        what="the first change is made and never answered", arm=_at_changes(Fault.FROZEN_AFTER, 1)
    ),
    "garbage": Scenario(
        what="a record that is no 3270 data comes ahead of the first change's answer", arm=_at_changes(Fault.GARBAGE, 1)
    ),
    "message": Scenario(what="somebody's SEND arrives in the middle of each answer", arm=_message),
    "message-ready": Scenario(
        what="somebody's SEND says READY in the middle of each listing", arm=_ready_in_listings
    ),
    "closes-after-ready": Scenario(
        what="the line is cut at the first command after each logon",
        arm=lambda faults: faults.arm(Fault.DROP_AFTER, "PROFILE"),
    ),
    "flag-ignored": Scenario(
        what="passwords need not be changed at first use", arm=_at_changes(Fault.FLAG_IGNORED, None)
    ),
    "change-ignored": Scenario(
        what="changes are answered and not made", arm=_at_changes(Fault.CHANGE_IGNORED, None)
    ),
    "half-done": Scenario(
        what="RACF sets the password and refuses to resume, Top Secret the same of a suspension", arm=_half_done,
        users=_to_target(_locked_out),
    ),
    "ended-badly": Scenario(
        what="the command sets the password and ends by an error", arm=_ended_badly
    ),
    "not-authorized": Scenario(what="the service id may not reset", arm=_at_changes(Fault.NOT_AUTHORIZED, None)),
    "wrong-service-password": Scenario(
        what="the service id's logon is refused", arm=_at_service(Fault.PASSWORD_WRONG)
    ),
    "expired-service-password": Scenario(
        what="the service id's password has expired", arm=_at_service(Fault.PASSWORD_EXPIRED)
    ),
    "revoked-service-id": Scenario(what="the service id is revoked", arm=_at_service(Fault.REVOKED)),
    "already-logged-on": Scenario(
        what="the service id has another session", arm=_at_service(Fault.ALREADY_LOGGED_ON)
    ),
    "reconnect": Scenario(
        what="the service id has another session, which ends while it is waited for",
        arm=_at_service(Fault.ALREADY_LOGGED_ON, times=2),
    ),
    "broadcast-flood": Scenario(
        what="a hundred lines of notices at each logon", arm=_at_service(Fault.BROADCAST_FLOOD, count=100)
    ),
    "screen-lost": Scenario(
        what="TSO loses the first screen of a logon", arm=lambda faults: faults.arm(Fault.SCREEN_LOST, times=1)
    ),
    "cut-at-password": Scenario(
        what="the line is cut once the service id's password has come, the first time",
        arm=_at_service(Fault.DROP_AT_LOGON, times=1),
    ),
    "always-cut-at-password": Scenario(
        what="the line is cut once the service id's password has come", arm=_at_service(Fault.DROP_AT_LOGON)
    ),
    "tso-full": Scenario(what="TSO lets nobody more in", arm=lambda faults: faults.arm(Fault.TSO_FULL)),
    "slow": Scenario(what="every answer takes two seconds", arm=lambda faults: faults.arm(
        Fault.RESPONSE_DELAY, count=2000)),
    "piecemeal": Scenario(
        what="listings come row by row, half a second apart",
        arm=lambda faults: faults.arm(Fault.PIECEMEAL, "NAME", seconds=0.5),
    ),
    "slow-unlock": Scenario(
        what="the keyboard stays locked for a second after each answer to a change",
        arm=lambda faults: faults.arm(Fault.SLOW_UNLOCK, "READY", seconds=1.0),
    ),
    "early-unlock": Scenario(
        what="the keyboard is free before the answer is complete, but on ACF2", arm=_free_too_early
    ),
    "ready-first": Scenario(
        what=f"{TARGET}'s password is unused as it is, and READY comes ahead of the refusal, but on ACF2",
        arm=_refused_behind_ready, users=_to_target(_unused),
    ),
    "silent": Scenario(
        what="connections are taken and never answered", arm=lambda faults: faults.arm(Fault.HANG_AT_CONNECT)
    ),
    "silent-session": Scenario(
        what="3270 sessions begin and stay empty", arm=lambda faults: faults.arm(Fault.HANG_AFTER_NEGOTIATION)
    ),
    "lu-refused": Scenario(
        what="the LU that is asked for is in use", arm=lambda faults: faults.arm(Fault.LU_REFUSED, times=None, count=1),
        transport="lu: [LUSIM01]",
    ),
}  # fmt: skip

_HOSTS: Final = {
    MANAGER: Scenario(
        what="a session manager, EXGATE, stands ahead of TSO; a dialog for it has to be written",
        options={"manager": True},
    ),
    f"{MANAGER}-refuses-elsewhere": Scenario(
        what="EXGATE, where the service id's sign-on is refused on a screen that no dialog knows",
        options={"manager": True}, arm=_refused_elsewhere,
    ),
    f"{MANAGER}-renews": Scenario(
        what="EXGATE, which asks for a new password itself, for the service id's has expired",
        options={"manager": True, "manager_renews": True}, users=_expired_service,
    ),
    f"{MANAGER}-slow": Scenario(
        what="EXGATE, which writes its form anew while the security product is at work for ten seconds",
        options={"manager": True}, arm=_at_service(Fault.FORM_STANDS, seconds=10.0),
    ),
    "panel-logon": Scenario(what="TSO's full-screen panel, as ordinarily", options={"logon": LogonStyle.PANEL}),
    "german-panel": Scenario(what="TSO's panel with German labels", options={"german": True}),
    "line-logon": Scenario(what="TSO asks line by line", options={"logon": LogonStyle.LINE}),
    "acf2-logon": Scenario(what="ACF2 asks for the logonid ahead of TSO", acf2={"logon": LogonStyle.ACF2}),
    "logon-or-logoff": Scenario(what="TSO begins with ENTER LOGON OR LOGOFF", options={"asks_for_logon": True}),
    "stop-before-logon": Scenario(what="*** ahead of the first question", options={"more_before_userid": True}),
    "formatted-logo": Scenario(what="the logo is a panel", options={"uss": Uss.FORMATTED}),
    "no-logo": Scenario(what="straight into TSO", options={"uss": Uss.NONE}),
    "ispf": Scenario(
        what="every session begins in ISPF, which asks about its log", options={
            "ispf_autostart": True, "ispf_asks_about_log": True},
    ),
    "ready-in-notices": Scenario(
        what="notices at logon say READY, and three asterisks",
        options={"broadcast": ("SYSA IS READY", "READY", "                    READY", "***", "   READY")},
    ),
    "double-byte": Scenario(
        what="notices, and a line behind each listing, hold double-byte text between SO and SI",
        options={"broadcast": (f"WELCOME {DOUBLE_BYTE}", DOUBLE_BYTE)},
        arm=lambda faults: faults.arm(Fault.AFTERWORD, "LIST", text=DOUBLE_BYTE),
    ),
    UNKNOWN_MENU: Scenario(
        what="every session begins in a menu of the site's that no dialog knows", options={
            "ispf_autostart": True, "menu": "EXAMPLE BANK MASTER MENU"},
    ),
    "classic": Scenario(what="TN3270 without the E", options={"extended": False}),
    "cut-at-logoff": Scenario(what="the line is cut at log-off", options={"close_after_logoff": True}),
    "wrong-name": Scenario(what="the hosts' certificate is for another name", certificate=Certificate.OTHER_NAME),
    "expired-certificate": Scenario(what="the hosts' certificate has ended", certificate=Certificate.EXPIRED),
    "unknown-authority": Scenario(
        what="the hosts' certificate is signed by somebody else", certificate=Certificate.UNKNOWN_CA
    ),
    "no-message-ids": Scenario(what="PROFILE NOMSGID is found", profile={"MSGID": False}),
    "prompt": Scenario(what="PROFILE PROMPT is found, as ordinarily", profile={"PROMPT": True}),
    "no-prompt": Scenario(what="PROFILE NOPROMPT is found", profile={"PROMPT": False}),
    "no-mixed-case": Scenario(
        what="passwords are folded to capitals, as ordinarily", security={"mixed_case": False}
    ),
    "mixed-case": Scenario(
        what="case counts in passwords", security={"mixed_case": True}, password="mixed_case: true"
    ),
    "specials": Scenario(
        what="special characters are allowed",
        security={"mixed_case": True, "specials": True, "pswdplst": "*&:=-!.%?_|"},
        password="mixed_case: true, specials: true",
    ),
    "masks": Scenario(
        what="two rules for passwords, of which one has to fit", security={"rules": ("LLLLLLLL", "ANLLLLL")},
        password='rules: ["LLLLLLLL", "ANLLLLL"]',
    ),
    "two-attribute-lines": Scenario(
        what="LISTUSER has more lines of attributes", security={"two_attribute_lines": True}
    ),
    "no-record-after-change": Scenario(
        what="ACF2 is silent after CHANGE", security={"record_after_change": False}
    ),
}  # fmt: skip

_USERS: Final = {
    "unknown": Scenario(what=f"there is no {TARGET}", users=lambda users: users.forget(TARGET)),
    "privileged": Scenario(what=f"{TARGET} is SPECIAL, or SECURITY, or a central ACID", users=_to_target(_privileged)),
    "protected": Scenario(what=f"{TARGET} is PROTECTED, a started task's, or a profile", users=_to_target(_protected)),
    "suspended": Scenario(what=f"an administrator has suspended {TARGET}", users=_to_target(_suspended)),
    "phrase": Scenario(
        what=f"{TARGET} has a phrase as well; SIMRACF and SIMSSH with `password: {{phrase: true}}` reset that one",
        users=_to_target(_phrased),
    ),
    "two-screens": Scenario(what=f"the listing of {TARGET} is longer than a screen", users=_to_target(_much)),
    "language": Scenario(what="the service id's PLANGUAGE is not English", users=_in_german(stays=False)),
    "language-stays": Scenario(what="the same, whatever PROFILE says", users=_in_german(stays=True)),
}  # fmt: skip

_PAGES: Final = {
    f"codepage-{page}": Scenario(
        what=f"code page {page}", options={"codepage": page}, security={"codepage": page},
        transport=f"codepage: '{page}'",
    )
    for page in sorted({*KNOWN_TO_PYTHON, *DIFFERENCES}, key=int) if page not in ALPHABETS
}  # fmt: skip

_MODELS: Final = {
    f"model-{model}": Scenario(
        what=f"a terminal of {rows} rows and {columns} columns, and a listing that is longer still",
        users=_to_target(_much), transport=f"model: {model}",
    )
    for model, (rows, columns) in SIZES.items() if model != "2"
}  # fmt: skip

_SHELLS: Final = {
    "ssh-noise": Scenario(
        what="over SSH, a banner and profiles print around each answer", habits=frozenset({Habit.NOISE})
    ),
    "ssh-flood": Scenario(
        what="over SSH, standard error is flooded ahead of each answer", habits=frozenset({Habit.FLOOD_ERRORS})
    ),
    "ssh-no-helper": Scenario(what="over SSH, the helper is not there", habits=frozenset({Habit.NOT_FOUND})),
    "ssh-cut-off": Scenario(what="over SSH, no answer comes to its end", habits=frozenset({Habit.NO_END})),
    "ssh-killed": Scenario(what="over SSH, a signal ends the helper", habits=frozenset({Habit.EXIT_SIGNAL})),
    "ssh-deaf": Scenario(what="over SSH, nothing is ever started", habits=frozenset({Habit.DEAF})),
    "ssh-no-channels": Scenario(what="over SSH, no session is opened", habits=frozenset({Habit.NO_CHANNELS})),
}

SCENARIOS: Final[Mapping[str, Scenario]] = {**_FAULTS, **_HOSTS, **_USERS, **_PAGES, **_MODELS, **_SHELLS}
