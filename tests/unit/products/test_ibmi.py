"""IBM i: what is typed, what two readings prove. How answers are read stands in tests/dialogs/ibmi."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.config.model import IbmI as Settings
from bridge.domain.errors import BadInput
from bridge.domain.names import ProfileName
from bridge.domain.outcome import Order, Profile, Standing, Verb, Verdict
from bridge.domain.password import Rules, draft
from bridge.domain.secret import Secret
from bridge.domain.standing import why_not
from connectors.hosts.products import PRODUCTS
from connectors.hosts.products.ibmi import IbmI
from connectors.hosts.transports.script import read, script

ANNA = ProfileName("$ANNA_B#2")
NEW = Secret("X7YQR2WM4K")
PROGRAM = "/QSYS.LIB/RSTBRDG.LIB/RBPWD.PGM"


def ibmi(**settings: object) -> IbmI:
    return IbmI("POWER1", settings=Settings(**settings))  # type: ignore[arg-type]


def lines(order: Order) -> list[str]:
    """What is typed, with what it is given ahead of it."""
    return [
        f"{typed.given.expose()} | {typed.line.expose()}" if typed.given else typed.line.expose()
        for typed in order.typed[1:]
    ]


def profile(stamp: str | None = "20260302091500123", *, flag: bool = False, **facts: object) -> Profile:
    told = {"standing": Standing.EXPIRED if flag else Standing.ACTIVE, "must_change": flag, "stamp": stamp, **facts}
    return Profile(userid=ANNA, **told)  # type: ignore[arg-type]


def test_status_displays_the_profile_and_asks_for_what_that_does_not_show() -> None:
    """Between apostrophes: no shell reads $ANNA as a variable."""
    assert lines(ibmi().status(ANNA)) == [
        "system 'DSPUSRPRF USRPRF($ANNA_B#2) TYPE(*BASIC) OUTPUT(*PRINT)'",
        f"LOOK $ANNA_B#2 | {PROGRAM}",
    ]


def test_a_reset_is_a_line_for_the_program_and_revives_only_when_told() -> None:
    """Two words, so that nobody is enabled in passing."""
    order = ibmi().reset(ANNA, NEW, resume=False)
    assert lines(order) == [f"RESET $ANNA_B#2 X7YQR2WM4K | {PROGRAM}"]
    assert (order.verb, order.asked, order.new) == (Verb.RESET, None, NEW)
    assert lines(ibmi().reset(ANNA, NEW, resume=True)) == [f"REVIVE $ANNA_B#2 X7YQR2WM4K | {PROGRAM}"]
    assert not IbmI.resumes_anybody


def test_unlock_enables_and_sets_no_password() -> None:
    """By another program, if the site has it elsewhere."""
    other = "/QSYS.LIB/TOOLS.LIB/RBPWD.PGM"
    assert lines(ibmi(helper=other).unlock(ANNA)) == [f"ENABLE $ANNA_B#2 | {other}"]


def test_i1_no_line_holds_the_password() -> None:
    """It is in what the program is given, and nowhere among what others can list."""
    order = ibmi().reset(ANNA, NEW, resume=True)
    assert [typed for typed in order.typed if typed.line.secrets] == []
    assert [typed.given.secrets for typed in order.typed if typed.given] == [(NEW,)]
    assert NEW.expose() not in repr(order)


@pytest.mark.parametrize("value", ["", "two\nlines", "it's", "A B", "2ABCDEFG", "ABCDEFGHIJK", "small", "A-B", "*NONE"])
def test_a_value_that_is_no_name_is_never_sent(value: str) -> None:
    """Password levels 0 and 1; *NONE would take the password away, *SAME leave it."""
    with pytest.raises(BadInput):
        ibmi().reset(ANNA, Secret(value), resume=False)


@pytest.mark.parametrize("value", ["", "it's", "a b", "a\\b", "a$(id)", "*NONE", "*same", "x" * 17])
def test_higher_password_levels_take_more_and_never_what_means_something_else(value: str) -> None:
    """Case and length from level 2 on."""
    assert lines(ibmi(password_level=3).reset(ANNA, Secret("2xYz.Abcdefgh"), resume=False))
    with pytest.raises(BadInput):
        ibmi(password_level=3).reset(ANNA, Secret(value), resume=False)


def test_whatever_is_drawn_can_be_set() -> None:
    """A letter first, as names have it."""
    for length in (6, 8, 10):
        for _ in range(200):
            ibmi().reset(ANNA, draft(Rules(length=length), ANNA, os.urandom), resume=False)


@pytest.mark.parametrize("userid", ["QSECOFR", "QSYS", "Q"])
def test_profiles_of_the_system_are_never_named_in_a_change(userid: str) -> None:
    """Whatever a listing said of them."""
    with pytest.raises(BadInput):
        ibmi().reset(ProfileName(userid), NEW, resume=False)
    with pytest.raises(BadInput):
        ibmi().unlock(ProfileName(userid))


def test_a_change_is_proven_by_its_time_and_the_flag() -> None:
    """To the millisecond: also where the password was set to expired before."""
    due = profile("20261125121314123", flag=True)
    assert ibmi().judge(profile(), due).verdict is Verdict.YES
    proof = ibmi().judge(due, profile("20261125121316001", flag=True))
    assert (proof.verdict, proof.note) == (Verdict.YES, "")


@pytest.mark.parametrize("flag", [True, False])
def test_the_same_time_proves_nothing_yet(flag: bool) -> None:
    """Whatever the flag says: perhaps nothing was set."""
    proof = ibmi().judge(profile(), profile(flag=flag))
    assert (proof.verdict, proof.flag_ignored, proof.again) == (Verdict.UNKNOWN, False, timedelta(seconds=2))
    for before in (profile(), profile(None)):
        assert ibmi().judge(before, profile(None, flag=True)).verdict is Verdict.UNKNOWN


def test_i11_a_new_time_without_the_flag_is_an_ignored_flag() -> None:
    """It was set and need not be changed."""
    proof = ibmi().judge(profile(), profile("20261125121314123"))
    assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, True)


def test_a_disabled_profile_stays_so_and_the_proof_says_it() -> None:
    """As when a link is made worthless, or resume is off."""
    after = profile("20261125121314123", must_change=True, standing=Standing.SUSPENDED, suspended_by="violations")
    proof = ibmi().judge(profile(), after)
    assert (proof.verdict, proof.note) == (Verdict.YES, "the profile is still *DISABLED")


def test_no_password_proves_nothing_was_set() -> None:
    """Gone, or PASSWORD(*NONE)."""
    later = "20261125121314123"
    for gone in (profile(later, standing=Standing.UNKNOWN), profile(later, has_password=False)):
        proof = ibmi().judge(profile(), gone)
        assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, False)


def test_the_user_has_moved_on_with_another_time() -> None:
    """And not while the flag is there, or before anything was seen."""
    assert ibmi().moved_on("20261125121314123", profile("20261125121410000"))
    assert not ibmi().moved_on("20261125121314123", profile("20261125121314123"))
    assert not ibmi().moved_on("20261125121314123", profile("20261125121410000", flag=True))
    assert not ibmi().moved_on(None, profile())
    for gone in (profile(None), profile(standing=Standing.UNKNOWN), profile(has_password=False)):
        assert not ibmi().moved_on("20261125121314123", gone)


def test_an_administrators_decision_is_not_ours_to_lift() -> None:
    """Its own reason, before anything is typed."""
    locked = profile(standing=Standing.SUSPENDED, suspended_by="administrator")
    assert str(why_not(locked)) == "suspended_by_administrator"


def test_it_is_registered() -> None:
    """By the name that the configuration has."""
    assert PRODUCTS["ibmi"] is IbmI


SHELLS = [path for name in ("sh", "bash", "dash", "ksh") if (path := shutil.which(name))]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_hands_on_what_is_meant(shell: str, tmp_path: Path) -> None:
    """Programs in place of `system` and ours: the first has one argument, the second a line and no argument at all."""
    for name, body in (("system", 'echo "$# $1"'), ("rbpwd", 'echo "$#"; cat')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    said = []
    for order in (ibmi().status(ANNA), ibmi().reset(ANNA, NEW, resume=True)):
        text = script(order, "0123456789abcdef").expose()
        text = text.replace("PATH=/usr/bin", f"PATH={tmp_path}:/usr/bin:/bin").replace(PROGRAM, f"{tmp_path}/rbpwd")
        done = subprocess.run([shell, "-s"], input=text, capture_output=True, text=True, timeout=20, check=False)
        said += [reply.rows for reply in read(done.stdout, "0123456789abcdef") or ()]
    assert said == [
        (), ("1 DSPUSRPRF USRPRF($ANNA_B#2) TYPE(*BASIC) OUTPUT(*PRINT)",), ("0", "LOOK $ANNA_B#2"),
        (), ("0", "REVIVE $ANNA_B#2 X7YQR2WM4K"),
    ]  # fmt: skip
