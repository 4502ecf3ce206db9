"""UNIX for real: a real sshd, real accounts, real chpasswd, and OpenSSH's client for the first login."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.config.model import ServiceId, System, Unix
from bridge.domain.errors import AnswerLost, HostRefused, HostUnreached, Refused, ServiceIdRejected
from bridge.domain.failure import Reason
from bridge.domain.names import LoginName
from bridge.domain.outcome import Order, Standing, Typed, Verb, Verdict
from bridge.domain.password import Rules, draft
from bridge.domain.secret import Line, Secret
from bridge.domain.standing import why_not
from connectors.hosts.host import SystemHost
from connectors.hosts.products.unix import Unix as Product
from connectors.hosts.transports.shell import ShellWire
from connectors.hosts.transports.ssh import SshWire
from tests.live import accounts
from tests.live import sshd as servers
from tests.live.accounts import account, log_in, spy, watching
from tests.live.sshd import Sshd

GUARD = Path(__file__).parents[2] / "deploy" / "unix" / "rbguard"
RULES = Rules(length=10, mixed_case=True)
OWN = "My-0wn-Ch01ce"


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    """PAM decides, as on any Linux: it is PAM that makes people choose."""
    accounts.machine_is_ready()
    with servers.running("UsePAM yes", "PasswordAuthentication yes", forced=False) as server:
        yield server


@contextmanager
def host_of(server: Sshd, *, user: str = "root", key: Secret | None = None, **settings: object) -> Iterator[SystemHost]:
    """A host over the shell; root needs no sudo."""
    unix = Unix(**{"sudo": None, **settings})  # type: ignore[arg-type]
    transport = server.settings(answer_within=timedelta(seconds=30))
    system = System(
        name="UNIX1", title="U", product="unix", transport=transport, service_ids=(ServiceId(userid=user),), unix=unix
    )
    product = Product("UNIX1", settings=unix, today=lambda: datetime.now(UTC).date())
    host = SystemHost(
        system, product, lambda: ShellWire("UNIX1", transport, user, key=key or server.key, shell="/bin/sh -s")
    )
    try:
        yield host
    finally:
        host.close()


def reset(host: SystemHost, userid: LoginName, *, resume: bool = True) -> tuple[Secret, str]:
    """A whole change, proven; the password and the proof's note."""
    new = draft(RULES, userid, os.urandom)
    with host.session() as session:
        before = session.profile(userid)
        session.change(userid, new, resume=resume)
        after = session.profile(userid)
    proof = host.judge(before, after)
    assert (proof.verdict, after.standing, after.must_change) == (Verdict.YES, Standing.EXPIRED, True)
    return new, proof.note


def test_i3_i11_shown_is_set_and_is_changed_at_first_login(server: Sshd) -> None:
    """Set, read back, and at the first login OpenSSH's client is made to choose; then the user has moved on."""
    with account() as anna, host_of(server) as host:
        accounts.run("chage", "-d", "2026-01-05", anna)
        new, note = reset(host, anna)
        assert note == ""
        with host.session() as session:
            seen = session.profile(anna).stamp
            assert not host.moved_on(seen, session.profile(anna))

        login = log_in(server, anna, ("password:", new.expose()), ("current password:", new.expose()),
                       ("new password:", OWN), ("new password:", OWN))  # fmt: skip

        assert "You are required to change your password" in login.seen, login.seen
        assert not login.shell
        assert log_in(server, anna, ("password:", OWN)).shell
        with host.session() as session:
            now = session.profile(anna)
        assert (now.standing, now.must_change) == (Standing.ACTIVE, False)
        assert host.moved_on(seen, now)


def test_the_old_password_is_worthless_and_a_second_reset_is_proven_as_well(server: Sshd) -> None:
    """Twice in a row, as after a lost answer: only the last opens. A password of today leaves chpasswd's word alone."""
    with account(password="0ld-One-23") as anna, host_of(server) as host:
        first, of_today = reset(host, anna)
        second, note = reset(host, anna)
        assert "only chpasswd's status says" in of_today
        assert note == ""
        for worthless in ("0ld-One-23", first.expose()):
            assert "required to change" not in log_in(server, anna, ("password:", worthless), within=10).seen
        assert "required to change" in log_in(server, anna, ("password:", second.expose()), within=10).seen


def test_a_reset_whose_flag_is_refused_is_known_to_have_set_a_password(server: Sshd, tmp_path: Path) -> None:
    """The user has changed it today, and chage may not be run: the listing shows the same day before and after."""
    no_flag = 'case "$1 $2" in "chage -d") echo "chage: Permission denied." >&2; exit 1 ;; esac'
    with account(password="0ld-One-23") as anna, spy(tmp_path, before=no_flag) as program:
        with host_of(server, sudo=str(program)) as host, host.session() as session:
            before = session.profile(anna)
            with pytest.raises(HostRefused) as raised:
                session.change(anna, draft(RULES, anna, os.urandom), resume=False)
            assert session.profile(anna) == before
        assert (raised.value.reason, raised.value.partly) == (Reason.NOT_AUTHORIZED, True)
        assert "denied" in log_in(server, anna, ("password:", "0ld-One-23"), within=10).seen


@pytest.mark.parametrize("day", ["2026-01-05", "0"])
def test_i3_a_chpasswd_that_says_that_it_did_and_has_not_is_seen(server: Sshd, tmp_path: Path, day: str) -> None:
    """Exit status 0, and the old password stands: `chage -d 0` behind it would have made the listing look right."""
    liar = 'case "$1" in chpasswd) cat >/dev/null; exit 0 ;; esac'
    with account(password="0ld-One-23") as anna, spy(tmp_path, before=liar) as program:
        accounts.run("chage", "-d", day, anna)
        with host_of(server, sudo=str(program)) as host, host.session() as session:
            session.profile(anna)
            with pytest.raises(HostRefused) as raised:
                session.change(anna, draft(RULES, anna, os.urandom), resume=False)
        assert (raised.value.reason, raised.value.partly) == (Reason.NOT_PROVEN, True)


def test_who_may_not_be_reset_is_told_apart(server: Sshd) -> None:
    """Nobody, root, the system's accounts, a privileged group's member, a locked one, one without a password."""
    with account("-G", "sudo") as boss, account() as locked, account(password=None) as fresh, host_of(server) as host:
        accounts.run("passwd", "-l", locked)
        with host.session() as session:
            found = {name: session.profile(LoginName(name)) for name in ("nosuch-anna", "root", "daemon", boss, locked,
                                                                         fresh)}  # fmt: skip
    assert {name: why_not(profile) for name, profile in found.items()} == {
        "nosuch-anna": Reason.UNKNOWN_USER,
        "root": Reason.PROTECTED_USER,
        "daemon": Reason.PROTECTED_USER,
        boss: Reason.PRIVILEGED_USER,
        locked: Reason.SUSPENDED_BY_ADMINISTRATOR,
        fresh: Reason.SUSPENDED_BY_ADMINISTRATOR,
    }
    assert found["root"].privileged[0] == "uid 0"
    assert found[boss].privileged == ("sudo",)


def test_a_lock_is_lifted_where_the_site_says_so(server: Sshd) -> None:
    """unlock alone, and a reset in passing."""
    with account() as anna, host_of(server, lift_lock=True) as host:
        accounts.run("passwd", "-l", anna)
        with host.session() as session:
            assert session.profile(anna).suspended_by == "violations"
            session.unlock(anna)
            assert session.profile(anna).standing is Standing.ACTIVE
        accounts.run("passwd", "-l", anna)
        reset(host, anna)


def test_failed_logins_are_shown_and_forgotten(server: Sshd) -> None:
    """faillock's records, as pam_faillock writes them."""
    with account() as anna, host_of(server) as host:
        record = Path("/var/run/faillock") / anna
        record.parent.mkdir(exist_ok=True)
        source, valid = b"192.0.2.7".ljust(52, b"\0"), 0x1 | 0x8
        stamp = int(time.time()).to_bytes(8, "little")
        record.write_bytes(source + b"\0\0" + valid.to_bytes(2, "little") + stamp)
        try:
            with host.session() as session:
                assert session.profile(anna).suspended_by == "violations"
            reset(host, anna)
            with host.session() as session:
                assert session.profile(anna).suspended_by is None
        finally:
            record.unlink(missing_ok=True)


def test_i1_the_password_is_in_no_argument_and_no_environment(server: Sshd, tmp_path: Path) -> None:
    """While chpasswd runs, no process of the machine shows it; nor does a file in the temporary folders afterwards."""
    with account() as anna, spy(tmp_path) as program, host_of(server, sudo=str(program)) as host:
        with watching() as passing:
            new, _ = reset(host, anna)
        shown = {file.name.split(".")[0]: file.read_bytes() for file in (tmp_path / "seen").iterdir()}
    assert {"chpasswd", "chage", "passwd"} <= set(shown)
    assert b"chpasswd" in shown["chpasswd"]
    assert any(b"chage" in words for words in passing)
    assert not [text for text in (*shown.values(), *passing) if new.expose().encode() in text]
    places = [path for folder in ("/tmp", "/dev/shm", "/var/tmp") for path in Path(folder).glob("*") if path.is_file()]
    assert not [path for path in places if new.expose().encode() in path.read_bytes()]


def test_what_was_begun_is_brought_to_its_end_though_the_bridge_has_gone(server: Sshd, tmp_path: Path) -> None:
    """The answer is lost while chpasswd waits; the flag is set all the same."""
    pause = "case $1 in chpasswd) sleep 2 ;; esac"
    with account() as anna, spy(tmp_path, before=pause) as program, host_of(server, sudo=str(program)) as host:
        order = Product("UNIX1", settings=Unix(sudo=str(program))).reset(
            anna, draft(RULES, anna, os.urandom), resume=False
        )
        wire = ShellWire("UNIX1", server.settings(answer_within=timedelta(seconds=1)), "root", key=server.key,
                         shell="/bin/sh -s")  # fmt: skip
        wire.open()
        with pytest.raises(AnswerLost):
            wire.run(order)
        wire.close()
        ends = time.monotonic() + 20
        with host.session() as session:
            while not session.profile(anna).must_change:
                assert time.monotonic() < ends
                time.sleep(0.2)


@contextmanager
def service_id(server: Sshd, tmp_path: Path, rule: str) -> Iterator[tuple[Sshd, LoginName]]:
    """A service id that is not root, with a key and a line of sudoers; its shell greets everybody."""
    with account(password=None) as service:
        rules = Path("/etc/sudoers.d") / service
        rules.write_text(f"{service} ALL=(root) NOPASSWD: {rule}\n")
        rules.chmod(0o440)
        home = Path(f"~{service}").expanduser()
        for name in (".bashrc", ".profile"):
            (home / name).write_text("echo Welcome; echo 'RB1 RC 0000000000000000 0'; echo warning >&2\n")
        (home / ".ssh").mkdir()
        key, public = servers.keygen(tmp_path / "service")
        (home / ".ssh" / "authorized_keys").write_text(f"{public}\n")
        accounts.run("chown", "-R", f"{service}:", str(home))
        options = ("UsePAM yes", "PasswordAuthentication yes", "AuthorizedKeysFile .ssh/authorized_keys")
        try:
            with servers.running(*options, forced=False) as own:
                yield replace(own, key=key), service
        finally:
            rules.unlink()


@contextmanager
def installed_guard() -> Iterator[Path]:
    """rbguard where root's programs are, under a name of its own."""
    place = Path("/usr/local/sbin") / f"rbguard-{os.urandom(5).hex()}"
    shutil.copy(GUARD, place)
    try:
        yield place
    finally:
        place.unlink()


def test_a_service_id_that_may_run_the_guard_alone_resets_people_and_nobody_else(server: Sshd, tmp_path: Path) -> None:
    """sudo and deploy/unix/rbguard: ordinary accounts are reset; root's password is refused even to a hostile order."""
    with (
        installed_guard() as guard,
        service_id(server, tmp_path, str(guard)) as (own, service),
        account() as anna,
        host_of(own, user=service, sudo=f"sudo -n {guard}") as host,
    ):
        new, _ = reset(host, anna)
        assert "required to change" in log_in(server, anna, ("password:", new.expose()), within=10).seen
        for userid, said in (("root", "belongs to the system"), ("daemon", "belongs to the system")):
            order = Product("UNIX1", settings=Unix(sudo=f"sudo -n {guard}")).reset(LoginName(userid), new, resume=False)
            with host.session() as session, pytest.raises(HostRefused, match=said) as raised:
                session._product.read_reset(session._run(order), LoginName(userid))
            assert raised.value.reason is Reason.NOT_AUTHORIZED


def test_a_service_id_without_sudo_is_not_authorized(server: Sshd, tmp_path: Path) -> None:
    """sudo asks for a password that there is not: said at the first look, and nothing was set."""
    with service_id(server, tmp_path, "/bin/true") as (own, service), account() as anna:
        with host_of(own, user=service, sudo="sudo -n") as host, host.session() as session:
            with pytest.raises(HostRefused, match="password is required") as raised:
                session.profile(anna)
            assert raised.value.reason is Reason.NOT_AUTHORIZED
        with host_of(own, user=service, sudo=None) as host, host.session() as session:
            with pytest.raises(HostRefused, match="may not view or modify"):
                session.profile(anna)


def test_a_service_id_whose_own_password_has_expired_is_told_so_and_stops(server: Sshd) -> None:
    """sshd takes the password, or the key, and then starts nothing: it is no shell that fails, and no wait mends it."""
    with account(password="Serv1ce-0ld") as service:
        accounts.run("chage", "-d", "0", service)
        for wire in (
            ShellWire("UNIX1", server.settings(), service, Secret("Serv1ce-0ld"), shell="/bin/sh -s"),
            SshWire("UNIX1", server.settings(), service, Secret("Serv1ce-0ld")),
        ):
            with pytest.raises(ServiceIdRejected, match=f"password of {service} has expired") as raised:
                wire.open()
            assert raised.value.what is Refused.EXPIRED
            assert "service-id retry UNIX1" in str(raised.value)
            assert not wire.alive()


def test_a_service_id_whose_account_has_expired_is_not_taken_for_a_broken_line(server: Sshd, tmp_path: Path) -> None:
    """sshd knows the key, asks PAM, and hangs up: what PAM says is passed on, and no wait mends it."""
    with service_id(server, tmp_path, "/bin/true") as (own, service):
        accounts.run("usermod", "-e", "1", service)
        wire = ShellWire("UNIX1", own.settings(), service, key=own.key, shell="/bin/sh -s")
        with pytest.raises(
            ServiceIdRejected, match=f"after the key of {service} and says: .*account has expired"
        ) as no:
            wire.open()
        assert no.value.what is Refused.OTHER


def test_something_that_is_no_shell_is_found_at_open(server: Sshd) -> None:
    """cat, and a program that is not there: nothing of an order has left."""
    for shell, said in (("cat", "no whole answer"), ("/nowhere/sh", "cannot start '/nowhere/sh'")):
        wire = ShellWire("UNIX1", server.settings(shell=shell), "root", key=server.key, shell="/bin/sh -s")
        with pytest.raises(HostUnreached, match=said):
            wire.open()
        assert not wire.alive()


def test_a_shell_that_ends_in_the_middle_loses_the_answer(server: Sshd) -> None:
    """A line that kills its shell, and one that floods: nobody knows what was done."""
    for line in ("kill -9 $$", "yes | head -c 3000000"):
        wire = ShellWire("UNIX1", server.settings(), "root", key=server.key, shell="/bin/sh -s")
        wire.open()
        with pytest.raises(AnswerLost):
            wire.run(Order(verb=Verb.STATUS, typed=(Typed(line=Line(line)),)))
        assert not wire.alive()
