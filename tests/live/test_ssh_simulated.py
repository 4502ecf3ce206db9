"""The SSH transport against the simulated host: RACF behind the helper, and faults at every step."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from bridge.config.model import ServiceId, Ssh, System
from bridge.domain.errors import AnswerLost, HostRefused, HostUnreached, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.host import SystemHost
from connectors.hosts.products.racf import Racf
from connectors.hosts.products.topsecret import TopSecret
from connectors.hosts.transports.ssh import SshWire
from connectors.simulated.faults import Fault
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.shell import Habit, SimulatedShell
from connectors.simulated.users import UserDatabase
from connectors.simulated.witness import Witness
from tests.live.ssh_shells import PUBLIC, RACF, STATUS, USER, reset, wire_to


def test_a_reset_sets_the_password_expired_and_is_silent(users: UserDatabase, wire: SshWire) -> None:
    """Code 0, no rows: and the listing shows PASSDATE=00.000."""
    (reply,) = wire.run(reset())

    assert (reply.rows, reply.code, reply.prompt) == ((), 0, "READY")
    assert users.accepts("JSMITH", "NEWPASS9")
    assert "PASSDATE=00.000" in wire.run(STATUS)[0].text


def test_resume_and_unlock_lift_a_revocation(users: UserDatabase, wire: SshWire) -> None:
    """Each by itself; a reset without the flag leaves it."""
    users.user("JSMITH").revoked = True
    wire.run(reset())
    assert users.user("JSMITH").revoked

    wire.run(reset("NEWPASS8", resume=True))
    assert not users.user("JSMITH").revoked

    users.user("JSMITH").revoked = True
    wire.run(RACF.order(Verb.UNLOCK, USER))
    assert not users.user("JSMITH").revoked


def test_refusals_come_as_the_hosts_own_messages(wire: SshWire) -> None:
    """An unknown userid, and one that delegation cannot reach."""
    unknown = wire.run(RACF.order(Verb.STATUS, Userid("NOBODY")))[0]
    beyond = wire.run(RACF.order(Verb.RESET, Userid("BOSS"), Secret("NEWPASS9")))[0]

    assert unknown.text.startswith("ICH30001I UNABLE TO LOCATE USER")
    assert unknown.code == 4
    assert "ICH21005I NOT AUTHORIZED TO SPECIFY PASSWORD" in beyond.text


def test_a_password_that_the_helper_refuses_changes_nothing(users: UserDatabase, wire: SshWire) -> None:
    """Nine characters, or one outside the alphabet: code 12 and the helper's own message."""
    for new in ("NINECHARS", "PASS(1)", "PASS WD"):
        reply = wire.run(reset(new))[0]
        assert reply.code == 12
        assert reply.text.startswith("RBH004E")

    assert users.accepts("JSMITH", "OLDPASS1")


def test_an_echo_of_the_password_is_masked(shell: SimulatedShell, wire: SshWire) -> None:
    """The parser quotes what it does not like; the reply does not."""
    shell.faults.arm(Fault.ANSWER, "ALTUSER", text="IKJ56702I INVALID PASSWORD, newPASS9", times=1)

    reply = wire.run(reset("NewPass9"))[0]

    assert "newpass9" not in reply.text.lower()
    assert reply.code == 8


def test_noise_and_errors_around_the_frame_do_not_matter(shell: SimulatedShell, wire: SshWire) -> None:
    """Login texts ahead, between and behind, and on standard error."""
    shell.habits |= {Habit.NOISE, Habit.FLOOD_ERRORS}

    assert wire.run(STATUS)[0].rows[0].startswith("USER=JSMITH   NAME=JOHN SMITH")


def test_dropped_before_the_command_the_old_password_stays_and_the_answer_is_lost(
    shell: SimulatedShell, users: UserDatabase, wire: SshWire
) -> None:
    """The client cannot know which: AnswerLost."""
    shell.hang_up_before("ALTUSER")

    with pytest.raises(AnswerLost):
        wire.run(reset())
    assert users.accepts("JSMITH", "OLDPASS1")
    assert not wire.alive()


def test_dropped_after_the_command_the_new_password_is_set_and_the_answer_is_lost(
    shell: SimulatedShell, users: UserDatabase, wire: SshWire
) -> None:
    """The same error; a wire opened anew can set another."""
    shell.hang_up_after("ALTUSER")

    with pytest.raises(AnswerLost):
        wire.run(reset())
    assert users.accepts("JSMITH", "NEWPASS9")

    wire.open()
    wire.run(reset("NEWPASS8"))
    assert users.accepts("JSMITH", "NEWPASS8")


@pytest.mark.parametrize(("fault", "password"), [(Fault.FROZEN, "OLDPASS1"), (Fault.FROZEN_AFTER, "NEWPASS9")])
def test_a_host_that_freezes_loses_the_answer_within_the_limit(
    shell: SimulatedShell, users: UserDatabase, fault: Fault, password: str
) -> None:
    """Before or after the command."""
    wire = wire_to(shell, answer_within=timedelta(seconds=0.5))
    wire.open()
    shell.faults.arm(fault, "ALTUSER", times=1)

    with pytest.raises(AnswerLost, match="PRODA: no answer to reset within"):
        wire.run(reset())
    assert users.accepts("JSMITH", password)


@pytest.mark.parametrize(
    "habit",
    [Habit.WRONG_NONCE, Habit.NO_END, Habit.EXIT_SIGNAL, Habit.NO_STATUS, Habit.FLOOD],
)
def test_an_answer_that_cannot_be_trusted_is_lost(shell: SimulatedShell, wire: SshWire, habit: Habit) -> None:
    """Another's frame, half of one, an end by signal, no word of the end, too much of everything."""
    shell.habits.add(habit)

    with pytest.raises(AnswerLost):
        wire.run(reset())
    assert not wire.alive()


def test_without_a_helper_nothing_is_open(shell: SimulatedShell) -> None:
    """open() pings: no order is taken to a host without the helper."""
    shell.habits.add(Habit.NOT_FOUND)
    wire = wire_to(shell)

    with pytest.raises(HostUnreached, match="FSUM7351 not found"):
        wire.open()
    assert not wire.alive()


def test_i1_what_is_asked_of_the_shell_is_the_helpers_name_alone(shell: SimulatedShell, wire: SshWire) -> None:
    """Neither userid nor password is in any command line that the host gets."""
    wire.run(STATUS)
    wire.run(reset())

    assert set(shell.commands) == {"rbhelper"}


def test_acf2_subcommands_come_back_as_one_reply(shell: SimulatedShell) -> None:
    """The helper stacks them; must-change shows in the listing."""
    users = UserDatabase(settings=SecuritySettings(product="acf2"))
    users.define("RSTBRDG", password="SERVICE1", privileges={"SECURITY"})
    users.define("JSMITH", password="OLDPASS1")
    with SimulatedShell(users, authorized={"RSTBRDG": PUBLIC}) as acf2:
        wire = wire_to(acf2)
        wire.open()
        wire.run(reset("NEWPASS9", product="acf2", resume=True))
        listing = wire.run(STATUS)
        wire.close()

    assert users.accepts("JSMITH", "NEWPASS9")
    assert len(listing) == 1
    assert "PSWD-EXP" in listing[0].text


def test_two_wires_work_side_by_side(shell: SimulatedShell, users: UserDatabase) -> None:
    """Each has a connection of its own; replies do not mix."""
    users.define("AJONES", password="OLDPASS1", owner="PAYROLL")
    wires = {"JSMITH": wire_to(shell), "AJONES": wire_to(shell)}
    seen: dict[str, list[str]] = {userid: [] for userid in wires}

    def work(userid: str, wire: SshWire) -> None:
        wire.open()
        seen[userid] = [wire.run(RACF.order(Verb.STATUS, Userid(userid)))[0].rows[0].split()[0] for _ in range(10)]
        wire.close()

    threads = [threading.Thread(target=work, args=pair) for pair in wires.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert seen == {userid: [f"USER={userid}"] * 10 for userid in wires}


def test_the_simulated_host_leaves_no_thread(users: UserDatabase) -> None:
    """Clients connected, one frozen, one silent: stop() ends everything."""
    before = threading.active_count()
    with SimulatedShell(users, authorized={"RSTBRDG": PUBLIC}) as shell:
        wire = wire_to(shell, answer_within=timedelta(seconds=0.3))
        wire.open()
        shell.faults.arm(Fault.FROZEN, "LISTUSER", times=1)
        with pytest.raises(AnswerLost):
            wire.run(STATUS)
        wire.open()

    wire.close()
    assert threading.active_count() <= before


@pytest.mark.parametrize(
    ("fault", "text", "kept"),
    [(Fault.NOT_AUTHORIZED, "ICH21005I", True), (Fault.CHANGE_IGNORED, "", True), (Fault.FLAG_IGNORED, "", False)],
)
def test_faults_of_the_security_product_show_at_this_door_as_well(
    shell: SimulatedShell, users: UserDatabase, wire: SshWire, fault: Fault, text: str, kept: bool
) -> None:
    """Refused, silently not done, and done without the flag."""
    shell.faults.arm(fault, "ALTUSER", times=1)

    assert wire.run(reset())[0].text.startswith(text)
    assert users.accepts("JSMITH", "OLDPASS1") is kept
    assert not users.user("JSMITH").password.expired


def test_a_slow_host_is_waited_for(shell: SimulatedShell, wire: SshWire) -> None:
    """Up to the limit."""
    shell.faults.arm(Fault.RESPONSE_DELAY, "LISTUSER", count=300, times=1)

    assert wire.run(STATUS)[0].prompt == "READY"


def test_a_request_without_a_nonce_gets_no_frame(wire: SshWire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither end believes the other then."""
    monkeypatch.setattr(wire, "_dice", lambda count: b"")

    with pytest.raises(AnswerLost, match="RBH001E"):
        wire.run(STATUS)


def test_a_whole_change_is_proven_through_product_and_host(shell: SimulatedShell, users: UserDatabase) -> None:
    """RACF's reader and the host take these replies as they take a terminal's: profile, change, profile, proof."""
    transport = Ssh(host=shell.host, port=shell.port, host_key=(shell.host_key,))
    system = System(
        name="PRODA", title="A", product="racf", transport=transport, service_ids=(ServiceId(userid="RSTBRDG"),)
    )
    host = SystemHost(system, Racf("PRODA"), lambda: wire_to(shell))
    with host.session() as session:
        before = session.profile(USER)
        session.change(USER, Secret("NEWPASS9"), resume=True)
        after = session.profile(USER)
        nobody = session.profile(Userid("NOBODY"))
    proof = host.judge(before, after)
    with pytest.raises(HostRefused) as refused, host.session() as session:
        session.change(Userid("BOSS"), Secret("NEWPASS9"), resume=False)
    host.close()

    assert (before.must_change, after.must_change, nobody.standing) == (False, True, Standing.UNKNOWN)
    assert proof.verdict is Verdict.YES
    assert refused.value.reason is Reason.NOT_AUTHORIZED
    assert users.accepts("JSMITH", "NEWPASS9")


def test_top_secret_behind_the_helper_is_reset_proven_and_unlocked() -> None:
    """REPLACE and REMOVE in one frame, for the suspended alone; and the helper refuses what means something else."""
    users = UserDatabase(settings=SecuritySettings(product="topsecret"))
    powers = {"MISC8(PWMAINT)", "DATA(BASIC)", "DATA(PASSWORD)"}
    users.define("RSTBRDG", password="SERVICE1", authorities=powers)
    users.define("JSMITH", password="OLDPASS1", suspensions={"PSUSPEND"})
    with SimulatedShell(users, authorized={"RSTBRDG": PUBLIC}, witness=Witness()) as shell:
        wire = wire_to(shell)
        system = System(
            name="PRODT",
            title="T",
            product="topsecret",
            transport=wire._line.settings,
            service_ids=(ServiceId(userid="A"),),
        )
        host = SystemHost(system, TopSecret("PRODT"), lambda: wire)
        with host.session() as session:
            before = session.profile(USER)
            session.change(USER, Secret("NEWPASS9"), resume=True)
            after = session.profile(USER)
            session.change(USER, Secret("NEWPASS8"), resume=True)
            assert wire.run(reset("A*B", product="topsecret"))[0].text.startswith("RBH004E")
            with pytest.raises(UnexpectedAnswer):
                session.unlock(USER)
        host.close()
        assert shell.witness is not None
        assert [line for line in shell.witness.typed if "LIST" not in line] == [
            "TSS REPLACE(JSMITH) PASSWORD(NEWPASS9,,EXP)",
            "TSS REMOVE(JSMITH) SUSPEND",
            "TSS REPLACE(JSMITH) PASSWORD(NEWPASS8,,EXP)",
            "TSS REMOVE(JSMITH) SUSPEND",
        ]
    assert (before.standing, after.standing) == (Standing.SUSPENDED, Standing.EXPIRED)
    assert host.judge(before, after).verdict is Verdict.YES
    assert users.accepts("JSMITH", "NEWPASS8")
