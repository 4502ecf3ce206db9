"""The SSH transport against the simulated host: RACF behind the helper, and faults at every step."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bridge.config.model import ServiceId, Ssh, System
from bridge.domain.errors import AnswerLost, HostRefused, HostUnreached, ServiceIdRejected, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.host import SystemHost
from connectors.hosts.products.racf import Racf
from connectors.hosts.products.topsecret import TopSecret
from connectors.hosts.transports.ssh import SshWire
from connectors.simulated.faults import Fault
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.shell import Habit, SimulatedShell, new_key
from connectors.simulated.users import UserDatabase
from connectors.simulated.witness import Witness

PRIVATE, PUBLIC = new_key()
USER = Userid("JSMITH")
RACF = shipped_orders("racf").dialog
STATUS = RACF.order(Verb.STATUS, USER)
PING = Order(verb=Verb.PING)


def reset(new: str = "NEWPASS9", *, product: str = "racf", resume: bool = False) -> Order:
    return shipped_orders(product).dialog.order(Verb.RESET, USER, Secret(new), resume=resume)


@pytest.fixture
def users() -> UserDatabase:
    users = UserDatabase()
    users.define("RSTBRDG", password="SERVICE1")
    users.define("JSMITH", name="JOHN SMITH", password="OLDPASS1", owner="PAYROLL")
    users.define("BOSS", password="BOSSPASS", attributes={"SPECIAL"})
    users.permit("IRR.PASSWORD.RESET", "RSTBRDG")
    users.permit("IRR.LISTUSER", "RSTBRDG")
    return users


@pytest.fixture
def shell(users: UserDatabase) -> Iterator[SimulatedShell]:
    with SimulatedShell(users, authorized={"RSTBRDG": PUBLIC}, witness=Witness()) as shell:
        yield shell


def wire_to(shell: SimulatedShell, *, password: str | None = None, **more: Any) -> SshWire:
    times = {"connect_within": timedelta(seconds=10), "answer_within": timedelta(seconds=10)}
    settings = Ssh(**{"host": shell.host, "port": shell.port, "host_key": (shell.host_key,), **times, **more})
    if password is not None:
        return SshWire("PRODA", settings, "RSTBRDG", Secret(password))
    return SshWire("PRODA", settings, "RSTBRDG", key=Secret(PRIVATE))


@pytest.fixture
def wire(shell: SimulatedShell) -> Iterator[SshWire]:
    wire = wire_to(shell)
    wire.open()
    yield wire
    wire.close()


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


@pytest.mark.parametrize("habit", [Habit.DEAF, Habit.NO_CHANNELS])
def test_a_host_that_starts_no_helper_is_unreached_and_nothing_was_sent(
    shell: SimulatedShell, users: UserDatabase, habit: Habit
) -> None:
    """Channels refused, or the request to start the helper never answered: ends within the limit."""
    wire = wire_to(shell, connect_within=timedelta(seconds=1.5))
    wire.open()
    shell.habits.add(habit)

    with pytest.raises(HostUnreached, match="did not start 'rbhelper'"):
        wire.run(reset())
    assert users.accepts("JSMITH", "OLDPASS1")


def test_a_changed_host_key_is_refused_on_the_next_connection(shell: SimulatedShell, wire: SshWire) -> None:
    """Both fingerprints are told; the helper is not asked."""
    pinned = shell.host_key
    shell.change_host_key()
    asked = len(shell.commands)

    with pytest.raises(
        HostUnreached, match=r"is ecdsa-sha2-nistp256 SHA256:\S+, expected was ecdsa-sha2-nistp256 SHA256"
    ):
        wire_to(shell, host_key=(pinned,)).open()
    assert len(shell.commands) == asked
    assert wire.alive()


def test_a_host_that_is_silent_at_connect_is_unreached(shell: SimulatedShell) -> None:
    """And the next attempt goes through."""
    shell.faults.arm(Fault.HANG_AT_CONNECT, times=1)
    wire = wire_to(shell, connect_within=timedelta(seconds=1))

    with pytest.raises(HostUnreached):
        wire.open()
    wire.open()
    assert wire.alive()
    wire.close()


def test_a_password_logs_on_where_the_host_takes_one(shell: SimulatedShell) -> None:
    """Without a key."""
    wire = wire_to(shell, password="SERVICE1")
    wire.open()

    assert wire.run(PING)[0].text == "RBH000I RBHELPER 1 RACF RSTBRDG"
    wire.close()


def test_a_wrong_service_password_is_tried_exactly_once(shell: SimulatedShell, users: UserDatabase) -> None:
    """One violation is counted, the text holds no password, and no thread is left."""
    wire = wire_to(shell, password="Wr0ngOne")

    with pytest.raises(ServiceIdRejected, match="does not take the password of RSTBRDG") as caught:
        wire.open()

    assert users.user("RSTBRDG").violations == 1
    assert "Wr0ngOne" not in str(caught.value)


def test_a_connection_that_is_cut_while_idle_is_noticed_before_anything_is_sent(
    shell: SimulatedShell, users: UserDatabase, wire: SshWire
) -> None:
    """alive() says so; run() is HostUnreached and not AnswerLost."""
    shell.hang_up()

    assert not wire.alive()
    with pytest.raises(HostUnreached):
        wire.run(reset())
    assert users.accepts("JSMITH", "OLDPASS1")


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


@pytest.mark.parametrize("fault", [Fault.PASSWORD_WRONG, Fault.REVOKED, Fault.PASSWORD_EXPIRED])
@pytest.mark.parametrize("password", ["SERVICE1", None])
def test_a_logon_that_the_host_refuses_is_a_rejected_service_id(
    shell: SimulatedShell, fault: Fault, password: str | None
) -> None:
    """Whatever is offered, a password or a key, and right or not."""
    shell.faults.arm(fault, "RSTBRDG", times=1)

    with pytest.raises(ServiceIdRejected):
        wire_to(shell, password=password).open()


def test_a_line_that_drops_after_the_password_counts_as_a_refusal(shell: SimulatedShell) -> None:
    """Hosts hang up on wrong passwords, and each try counts: it is not repeated."""
    shell.habits.add(Habit.DROP_AT_LOGON)

    with pytest.raises(ServiceIdRejected, match="it hung up after the password"):
        wire_to(shell, password="SERVICE1").open()


def test_a_line_that_drops_after_the_key_can_be_tried_again(shell: SimulatedShell) -> None:
    """A key is not counted; the network may have failed."""
    shell.habits.add(Habit.DROP_AT_LOGON)

    with pytest.raises(HostUnreached, match="did not finish the logon"):
        wire_to(shell).open()


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
