"""What the doctor says to do about words that a host says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bridge.compose.doctor import _directory
from bridge.compose.remedies import REMEDIES, UNANSWERED, remedy
from bridge.config.model import DirectorySettings, LdapSettings
from bridge.domain.errors import DirectoryUnreached
from bridge.flows.rotate_words import AT_THE_MANAGER, NONE_TAKEN, NOT_OURS, STUCK, UNCLEAR, WRONG
from bridge.observe.masking import mask
from bridge.ports import PersonRecord


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("POWER1: unexpected answer to the program on the host: qsh: 001-0019 Error found searching", "deploy/ibmi"),
        ("POWER1: unexpected answer to the program on the host: qsh: 001-0014 Permission denied.", "OBJTYPE(*PGM)"),
        ("POWER1: the service id may not: CPF2217: Not authorized to user profile RSTBRDG.", "OBJTYPE(*USRPRF)"),
        ("POWER1: unexpected answer to DSPUSRPRF: Benutzerprofil . . . :   ANNA", "ibmi.labels"),
        ("PRODA: no TSO session: COMMAND UNRECOGNIZED", "transport.logon.command"),
        (
            "PRODA: no TSO session: TSO UNABLE TO ESTABLISH SESSION - BIND FAILED WITH SENSE 08570003",
            "TSO is down, full",
        ),
        ("PRODA: no TSO session: GKP0030 TSO01 IS NOT ACTIVE", "see whether TSO is up"),
        ("PRODA: the host does not go on; the screen says: SIGNON", "transport.logon_within"),
        (
            "PRODA: it was not typed: the session manager's password begins or ends with a blank",
            "session_manager.password",
        ),
        (
            "PRODA: it was not typed: the host's field takes 8 characters, the session manager's password has more",
            "session_manager.password",
        ),
        (
            "PRODA: it was not typed: the host's field takes 8 characters, the password has more",
            "nothing else, no label",
        ),
        (
            "PRODA: PAGE is not expected after GATE; the screen says: IF YOUR PASSWORD HAS EXPIRED CALL",
            "add it to `next`",
        ),
        (
            "PRODA: WIDE is not expected after GATE; news fits as well, and wide stands ahead of it in the dialog: put",
            "taken for another",
        ),
        (
            "PRODA: the host shows a screen that is not known; news would have “GATE10” in row 2, column 3, and it "
            "stands in row 1, column 2",
            "correct `at`",
        ),
        (
            "PRODA: the host refused the service id's logon: PASSWORD HAS EXPIRED? CALL 4711; if that is a notice and "
            "no refusal, give its screen",
            "look RSTBRDG up on the host",
        ),
        ("PRODA: FORM has no hidden field behind Kennwort (no row has “Kennwort”); nothing was typed", "codepage"),
        ("PRODA: NEWS is not expected after SIGN_ON; the screen says: NEWS", "add it to `next`"),
        ("PRODA: IKJ56425I LOGON REJECTED", "has a session elsewhere"),
        (
            "PRODA: the session manager refused the service id's logon: PASSWORD EXPIRED",
            "by hand as service_id.session",
        ),
        (f"PRODA: {AT_THE_MANAGER}", "where session_manager.password says"),
        (
            f"PRODA: no answer of the helper's (exit 0, it says: {'RB1 BEGIN'.encode('cp037').decode('latin-1')}",
            "ChannelConvert",
        ),
        (
            "PRODA: the helper answers a ping with code 16: RBH005E PROFILE FAILED / COMMAND PROFILE NOT FOUND",
            "PROFILE fails",
        ),
        ("PRODA: unexpected answer to LISTUSER: RBH006E TSO COULD NOT RUN THE COMMAND, RC -3", "AUTHCMD"),
        (
            "PRODA: the helper does not answer a ping: no answer of the helper's (exit 1, it says: sftp alone)",
            "something else answers",
        ),
        ("PRODA: the helper does not answer a ping: time ran out", "raise transport.answer_within"),
        (
            "PRODA: h:22 did not agree on a connection: time ran out; is it an SSH server",
            "raise transport.connect_within",
        ),
        ("PRODA: h:22 did not finish the logon: Authentication timeout.", "raise transport.connect_within"),
        ("PRODA: 192.0.2.1:22 did not start 'rbhelper': ChannelException(2, 'Connect failed')", "opens no session"),
        ("PRODA: the host refused the service id's logon: IKJ56421I PASSWORD NOT AUTHORIZED FOR USERID", "is wrong"),
        ("PRODA: the host refused the service id's logon: PASSWORD NOT MATCHED", "the password is wrong"),
        (
            "PRODA: the host refused the service id's logon: the password of RSTBRDG has expired, and sshd lets nobody "
            "choose another without a terminal; give RSTBRDG one on the host that lasts",
            "the daemon cannot change it",
        ),
        (
            "PRODA: h:22 did not finish the logon: it hung up after the key of RSTBRDG",
            "may be revoked as well",
        ),
        ("PRODA: the host refused the service id's logon: TSO IS CLOSED FOR TODAY", "known to nobody here"),
        ("PRODA: the host refused the service id's logon: IKJ56489I THE PROCEDURE NAME X", "account, procedure"),
        ("PRODA: the service id may not … (the host said: ICH30010I NOT AUTHORIZED TO ISSUE LISTUSER)", "LU.OWNER"),
        ("PRODA: unexpected answer to LIST: ACF0A001 NOT AUTHORIZED TO USE THE ACF COMMAND", "use the command at all"),
        ("PRODA: unexpected answer to LIST: ACCESSORID = X  NAME = Y / TYPE = USER", "DATA(BASIC,PASSWORD)"),
        ("PRODA: unexpected answer to LIST: ACCESSORID = X  NAME = Y / PASSWORD   = …", "its listing is not read"),
        ("PRODA: not known; the screen says: DFHAC2001 CICSA Transaction LOGO is not recognized", "CICS answers"),
        ("PRODA: not known; the screen says: HCPCFC015E Command not valid before LOGON", "z/VM answers"),
        ("PRODA: the logon does not get past MORE; the screen says: IKT00405I SCREEN ERASURE", "transport.model: 2"),
        ("PRODA: the host closed the connection during logon; the screen says: LOGO", "nothing was counted"),
        (
            "PRODA: the host closed the connection during logon; the screen says: YOUR PASSWORD HAS EXPIRED? CALL 4711",
            "nothing was counted",
        ),
        (
            "PRODA: the host closed the connection during logon; the screen says: IKJ56700A ENTER USERID - / "
            "IKT00201I TSO IS FULL",
            "TSO is full",
        ),
        ("PRODA: the screen takes no input where the cursor is; the screen says: HARBOR", "A session manager ahead"),
        ("PRODA: the host does not finish the TN3270 negotiation", "D NET,ID="),
        ("PRODA: the host takes connections but does not begin a 3270 session", "is it the TN3270 server's port?"),
        ("PRODA: the logon does not get past LOGO; the screen says: MASTER MENU / Option ===>", "transport.logon.menu"),
        (
            "U: h:22 (SSH-2.0-OpenSSH_6.4) did not agree on a connection: Incompatible ssh peer (no acceptable kex "
            "algorithm); is it an SSH server",
            "KexAlgorithms",
        ),
        ("PRODA: not known; the screen says: YOUR SESSION WAS SUSPENDED / WELCOME TO z/VM 7.3", "z/VM answers"),
        ("PRODA: no READY within 6 s, and no password was asked for; the screen says: LOGO", "typed that counts"),
        ("PRODA: the host refused the service id's logon: IKJ56424I REVOKED", "service-id retry"),
        (
            "PRODA: the host refused the service id's logon: IKJ56421I PASSWORD NOT AUTHORIZED",
            "is the host's, then `resetbridge",
        ),
        ("POWER1: unexpected answer to the program: sh: /Q/RBPWD.PGM: No such file or directory", "deploy/ibmi"),
        (
            "U: unexpected answer to status: u:x:1 / sudo: /usr/local/sbin/rbguard: command not found / return code 1",
            "what unix.sudo names",
        ),
        ("U: unexpected answer to status: u:x:1 / sudo: sorry, you must have a tty to run sudo", "!requiretty"),
        (
            "U: may not list (the host said: /etc/sudoers.d/r:1:20: syntax error / sudo: a password is required)",
            "visudo --check",
        ),
        ("U: unexpected answer to status: u:x:1 / Letzte Änderung : nie / return code 0", "answer in English"),
        ("U: no answer to status: no whole answer (exit 2, it says: Disk quota exceeded)", "no room left for RSTBRDG"),
        (
            "U: '/bin/sh -s' does not answer as a shell does: (it says: This account is currently not available.)",
            "usermod -s /bin/sh RSTBRDG",
        ),
        (
            "U: '/bin/sh -s' does not answer as a shell does: (it says: This service allows sftp connections only.)",
            "ForceCommand internal-sftp",
        ),
        ("U: 'cat' does not answer as a shell does: no whole answer", "mend transport.shell"),
        ("PRODA: no READY within 60 s; the screen says: MASTER MENU", "transport.logon.menu"),
        ("PRODA: it was not typed: the password begins or ends with a blank", "one line with the password"),
    ],
)
def test_a_known_cause_has_its_remedy(said: str, wanted: str) -> None:
    """The host's own command, where there is one."""
    (words,) = remedy(said, "RSTBRDG")
    assert wanted in words


def test_an_unknown_cause_has_none() -> None:
    """Nothing is better than a guess."""
    assert list(remedy("PRODA: something else", "RSTBRDG")) == []


ADVICE = (UNANSWERED, AT_THE_MANAGER, WRONG, UNCLEAR, STUCK, NOT_OURS, NONE_TAKEN)


@pytest.mark.parametrize("words", [*(words for _, words in REMEDIES), *ADVICE])
def test_no_word_of_an_advice_is_taken_for_a_secret(words: str) -> None:
    """It leaves through the mask: “after the password: look into the log” lost its verb."""
    assert mask(words) == words


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("securing the connection: Connect error: (unknown error code)", "directory.ldap.ca"),
        ("connecting: TLS/SSL connection has been closed (EOF) (_ssl.c:992)", "starttls: 389"),
        ("binding: Confidentiality required: TLS confidentiality required", "wants TLS"),
        ("binding: Invalid credentials", "directory.ldap.user"),
        ("binding: Can't contact LDAP server", "servers and port"),
        ("binding: Timed out", "servers and port"),
        ("searching: No such object", "directory.ldap.base"),
        ("searching: Invalid DN syntax: invalid DN", "directory.ldap.base"),
        ("securing the connection: Can't contact LDAP server: Transport endpoint is not connected", "servers and port"),
        ("searching: Operations error", None),
    ],
)
def test_a_directory_service_that_gave_no_answer(said: str, wanted: str | None) -> None:
    """As OpenLDAP said each to a real slip: `check` says which key is to be looked at."""
    table = DirectorySettings(ldap=LdapSettings(servers=("dc1",), base="dc=example"))
    desk = SimpleNamespace(config=SimpleNamespace(directory=table), directory=Away(f"ldap: dc1:389: {said}"))
    (finding,) = _directory(cast(Any, desk))
    assert finding.level == "fail"
    assert finding.words.startswith(f"ldap: dc1:389: {said}")
    assert (wanted in finding.words) if wanted else finding.words.endswith(said)


class Away:
    """A directory that answers nobody."""

    def __init__(self, why: str) -> None:
        self._why = why

    def everyone(self) -> list[PersonRecord]:
        raise DirectoryUnreached(self._why)
