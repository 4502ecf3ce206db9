"""What the doctor says to do about words that a host says."""

from __future__ import annotations

import pytest

from bridge.compose.remedies import remedy


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("POWER1: unexpected answer to the program on the host: qsh: 001-0019 Error found searching", "deploy/ibmi"),
        ("POWER1: unexpected answer to the program on the host: qsh: 001-0014 Permission denied.", "OBJTYPE(*PGM)"),
        ("POWER1: the service id may not: CPF2217: Not authorized to user profile RSTBRDG.", "OBJTYPE(*USRPRF)"),
        ("POWER1: unexpected answer to DSPUSRPRF: Benutzerprofil . . . :   ANNA", "ibmi.labels"),
        ("PRODA: no TSO session: COMMAND UNRECOGNIZED", "transport.logon.command"),
        ("PRODA: no TSO session: GKP0030 TSO01 IS NOT ACTIVE", "see whether TSO is up"),
        ("PRODA: NEWS is not expected after SIGN_ON; the screen says: NEWS", "add it to `next`"),
        ("PRODA: IKJ56425I LOGON REJECTED", "has a session elsewhere"),
    ],
)
def test_a_known_cause_has_its_remedy(said: str, wanted: str) -> None:
    """The host's own command, where there is one."""
    (words,) = remedy(said, "RSTBRDG")
    assert wanted in words


def test_an_unknown_cause_has_none() -> None:
    """Nothing is better than a guess."""
    assert list(remedy("PRODA: something else", "RSTBRDG")) == []
