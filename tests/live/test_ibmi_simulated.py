"""IBM i, product and wire together, against the simulated one: what a worker's slot does, and faults at every step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bridge.config.model import IbmI as Settings
from bridge.config.model import ServiceId, Ssh, System
from bridge.domain.errand import why_no_unlock
from bridge.domain.errors import AnswerLost, HostRefused, HostUnreached, NotProven, ServiceIdRejected, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import ProfileName
from bridge.domain.outcome import Profile, Proof, Standing, Verdict
from bridge.domain.password import Rules, draft
from bridge.domain.secret import Secret
from bridge.domain.standing import why_not
from connectors.hosts.host import SystemHost
from connectors.hosts.products.ibmi import IbmI
from connectors.hosts.transports.shell import ShellWire
from connectors.simulated.entry import Outcome
from connectors.simulated.faults import Fault
from connectors.simulated.ibmi_host import SHELL, SimulatedIbmI
from connectors.simulated.seeds import seeded_ibmi
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.shell import Habit, new_key
from connectors.simulated.witness import Witness

PRIVATE, PUBLIC = new_key()
PAT = ProfileName("PAYROLL7")
OLD = "OLDPW234"


@pytest.fixture
def power() -> Iterator[SimulatedIbmI]:
    users = seeded_ibmi(service_password="SERVICE1", user_password=OLD)
    with SimulatedIbmI(users, authorized={"RSTBRDG": PUBLIC}, witness=Witness()) as power:
        yield power


@contextmanager
def host_of(power: SimulatedIbmI, *, password: str | None = None, **settings: object) -> Iterator[SystemHost]:
    transport = Ssh(
        host=power.host, port=power.port, host_key=(power.host_key,),
        connect_within=timedelta(seconds=10), answer_within=timedelta(seconds=10),
    )  # fmt: skip
    ibmi = Settings(**settings)  # type: ignore[arg-type]
    system = System(
        name="POWER1", title="P", product="ibmi", transport=transport, service_ids=(ServiceId(userid="RSTBRDG"),),
        ibmi=ibmi, password=Rules(length=10),
    )  # fmt: skip
    secret, key = (Secret(password), None) if password else (None, Secret(PRIVATE))
    host = SystemHost(
        system,
        IbmI("POWER1", settings=ibmi),
        lambda: ShellWire("POWER1", transport, "RSTBRDG", secret, key=key, shell=SHELL),
    )
    try:
        yield host
    finally:
        host.close()


@pytest.fixture
def host(power: SimulatedIbmI) -> Iterator[SystemHost]:
    with host_of(power) as host:
        yield host


def reset(host: SystemHost, userid: str = PAT, *, resume: bool = True) -> tuple[Secret, Proof, Profile]:
    """Listing, change, listing."""
    name = ProfileName(userid)
    new = draft(host.rules, name, os.urandom)
    with host.session() as session:
        before = session.profile(name)
        session.change(name, new, resume=resume)
        after = session.profile(name)
    return new, host.judge(before, after), after


def test_i3_i11_shown_is_set_and_is_changed_at_first_use(power: SimulatedIbmI, host: SystemHost) -> None:
    """Set, read back; sshd lets nobody in with it, the Sign On display makes them choose, and then they moved on."""
    new, proof, after = reset(host)
    assert (proof.verdict, proof.note, after.standing, after.must_change) == (
        Verdict.YES, "", Standing.EXPIRED, True,
    )  # fmt: skip
    assert not host.moved_on(after.stamp, after)
    assert power.sign_on(PAT, new.expose()).outcome is Outcome.EXPIRED
    with host_of(power, password=new.expose()) as other, pytest.raises(ServiceIdRejected), other.session():
        pass
    assert power.sign_on(PAT, new.expose(), new="MYOWN_234").outcome is Outcome.IN
    with host.session() as session:
        assert host.moved_on(after.stamp, session.profile(PAT))


def test_a_second_reset_is_proven_as_well(power: SimulatedIbmI, host: SystemHost) -> None:
    """The time moves on though the flag was there before."""
    first, _, _ = reset(host)
    second, proof, _ = reset(host)
    assert (proof.verdict, proof.note) == (Verdict.YES, "")
    assert power.accepts(PAT, second.expose())
    assert not power.accepts(PAT, first.expose())


def test_who_may_not_be_reset_is_told_apart(host: SystemHost) -> None:
    """Nobody, the system's, the privileged by themselves and by a group, no password, an administrator's decision."""
    wanted = {
        "NOBODY": Reason.UNKNOWN_USER, "QSECOFR": Reason.PROTECTED_USER, "SECADM1": Reason.PRIVILEGED_USER,
        "OPSHEAD": Reason.PRIVILEGED_USER, "BATCH1": Reason.PROTECTED_USER,
        "LDUBOIS": Reason.SUSPENDED_BY_ADMINISTRATOR, "JSMITH": None, "PAYROLL7": None,
    }  # fmt: skip
    with host.session() as session:
        found = {userid: session.profile(ProfileName(userid)) for userid in wanted}
    assert {userid: why_not(profile) for userid, profile in found.items()} == wanted
    assert why_no_unlock(found["LDUBOIS"]) is Reason.SUSPENDED_BY_ADMINISTRATOR


def test_a_reset_revives_whom_wrong_passwords_disabled(power: SimulatedIbmI, host: SystemHost) -> None:
    """And spoiling, which asks for nothing of the kind, leaves a disabled profile disabled."""
    _, proof, after = reset(host, "JSMITH", resume=False)
    assert (proof.verdict, proof.note) == (Verdict.YES, "the profile is still *DISABLED")
    assert after.suspended_by == "violations"
    new, proof, after = reset(host, "JSMITH")
    assert (proof.note, after.suspended_by, after.standing) == ("", None, Standing.EXPIRED)
    assert power.sign_on("JSMITH", new.expose()).outcome is Outcome.EXPIRED


def test_a_reset_never_revives_whom_an_administrator_disabled(power: SimulatedIbmI, host: SystemHost) -> None:
    """Whatever is asked for: the listing does not show wrong passwords."""
    _, proof, after = reset(host, "LDUBOIS", resume=True)
    assert (proof.note, after.suspended_by) == ("the profile is still *DISABLED", "administrator")
    assert power.users.user("LDUBOIS").revoked


def test_unlock_enables_and_leaves_the_password(power: SimulatedIbmI, host: SystemHost) -> None:
    """STATUS(*ENABLED) alone."""
    jsmith = ProfileName("JSMITH")
    with host.session() as session:
        session.unlock(jsmith)
        after = session.profile(jsmith)
    assert (after.suspended_by, after.must_change) == (None, False)
    assert power.accepts("JSMITH", OLD)
    assert power.witness is not None
    assert "CHGUSRPRF USRPRF(JSMITH) STATUS(*ENABLED)" in power.witness.typed


def test_i1_what_is_started_is_always_the_same(power: SimulatedIbmI, host: SystemHost) -> None:
    """The only command that ssh starts is Qshell; what is secret came over its standard input."""
    reset(host)
    assert set(power.commands) == {SHELL}


@pytest.mark.parametrize("fault", [Fault.DROP_BEFORE, Fault.DROP_AFTER])
def test_i7_a_dropped_line_is_a_lost_answer_and_a_new_reset_is_proven(
    power: SimulatedIbmI, host: SystemHost, fault: Fault
) -> None:
    """Before or after the change: nobody knows, and whoever begins again overwrites it."""
    power.faults.arm(fault, "CHGUSRPRF USRPRF(PAYROLL7)", times=1)
    with pytest.raises(AnswerLost):
        reset(host)
    assert power.accepts(PAT, OLD) == (fault is Fault.DROP_BEFORE)
    new, proof, _ = reset(host)
    assert proof.verdict is Verdict.YES
    assert power.accepts(PAT, new.expose())


def test_i11_an_ignored_flag_is_seen(power: SimulatedIbmI, host: SystemHost) -> None:
    """Set, and not set to expired."""
    power.faults.arm(Fault.FLAG_IGNORED, "CHGUSRPRF", times=1)
    _, proof, _ = reset(host)
    assert (proof.verdict, proof.flag_ignored) == (Verdict.NO, True)


def test_a_change_that_is_only_said_to_be_made_is_not_proven(power: SimulatedIbmI, host: SystemHost) -> None:
    """CPC2205, and the time stands still."""
    power.faults.arm(Fault.CHANGE_IGNORED, "CHGUSRPRF", times=1)
    _, proof, _ = reset(host)
    assert (proof.verdict, proof.again) == (Verdict.UNKNOWN, timedelta(seconds=2))
    assert power.accepts(PAT, OLD)


def test_refusals_keep_the_session(power: SimulatedIbmI, host: SystemHost) -> None:
    """The owner of the program may not; the rules say no. The next reset goes through on the same connection."""
    power.faults.arm(Fault.NOT_AUTHORIZED, "CHGUSRPRF", times=1)
    with pytest.raises(HostRefused) as raised:
        reset(host)
    assert raised.value.reason is Reason.NOT_AUTHORIZED
    before = power.users.settings
    power.users.settings = SecuritySettings(product="ibmi", pwadmin=True, minimum_length=11)
    with pytest.raises(HostRefused) as raised:
        reset(host)
    assert raised.value.reason is Reason.PASSWORD_REJECTED
    power.users.settings = before
    assert reset(host)[1].verdict is Verdict.YES
    assert power.connections == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("CPF2213: Not able to allocate user profile PAYROLL7.", NotProven),
        ("CPF9999: Function check. CHGUSRPRF unmonitored by RBPWD.", UnexpectedAnswer),
    ],
)
def test_other_answers_raise_with_what_was_said(
    power: SimulatedIbmI, host: SystemHost, said: str, error: type[Exception]
) -> None:
    """In use: later. On no list: kept, and nothing is taken for done."""
    power.faults.arm(Fault.ANSWER, "CHGUSRPRF", text=said, times=1)
    with pytest.raises(error, match=said[:7]):
        reset(host)


def test_i1_a_message_that_quotes_the_password_is_masked(power: SimulatedIbmI, host: SystemHost) -> None:
    """CL's own messages quote what they do not like."""
    with host.session() as session:
        power.faults.arm(Fault.ANSWER, "CHGUSRPRF", text="CPF9999: Value 'SECRET_PW1' is odd.", times=1)
        with pytest.raises(UnexpectedAnswer) as raised:
            session.change(PAT, Secret("SECRET_PW1"), resume=False)
    assert "SECRET_PW1" not in str(raised.value)
    assert "CPF9999: Value" in str(raised.value)


def test_what_is_not_installed_or_not_allowed_is_said(power: SimulatedIbmI, host: SystemHost) -> None:
    """No program; no authority to it; no authority to the profiles; no Qshell."""
    power.installed = False
    with pytest.raises(UnexpectedAnswer, match="001-0019"), host.session() as session:
        session.profile(PAT)
    power.installed = True
    power.users.permit("RSTBRDG/RBPWD", "RSTBRDG", "NONE")
    with pytest.raises(UnexpectedAnswer, match="001-0014"), host.session() as session:
        session.profile(PAT)
    power.users.permit("*USRPRF", "RSTBRDG", "NONE")
    with pytest.raises(HostRefused, match="CPF2217"), host.session() as session:
        session.profile(PAT)
    host.close()
    power.habits.add(Habit.NOT_FOUND)
    with pytest.raises(HostUnreached, match=r"cannot start '/QOpenSys/usr/bin/qsh'.*mend transport\.shell"):
        with host.session():
            pass
