"""The SSH transport at servers, ports and programs that are other than what it expects."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import paramiko
import pytest

from bridge.config.model import Ssh
from bridge.domain.errors import HostUnreached, ServiceIdRejected
from bridge.domain.secret import Secret
from connectors.hosts.transports.ssh import SshWire
from connectors.hosts.transports.ssh_connection import SshConnection
from tests.live import sshd as servers
from tests.live.sshd import Sshd

SOON = timedelta(seconds=1)


@pytest.fixture(scope="module")
def sshd() -> Iterator[Sshd]:
    with servers.running() as server:
        yield server


def test_a_helper_that_is_not_there_is_told_with_the_shells_words() -> None:
    """Exit 127 and no frame: nothing was done; the words name the setting and where to read on."""
    with servers.running(forced=False) as sshd:
        wire = SshWire("PRODA", sshd.settings(helper="/nowhere/rbhelper"), sshd.user, key=sshd.key)

        with pytest.raises(HostUnreached, match=r"cannot start the helper '/nowhere/rbhelper' \(exit 127, it says: .*"):
            wire.open()


def test_what_ended_before_it_was_given_anything_is_heard_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program that does not read may be gone before the line is sent: what it said is why, and its status counts."""
    start = SshConnection._start

    def start_and_see_it_end(line: SshConnection, command: str) -> paramiko.Channel:
        channel = start(line, command)
        ends = time.monotonic() + 20
        while not channel.closed:
            assert time.monotonic() < ends
            channel.status_event.wait(0.05)
        return channel

    monkeypatch.setattr(SshConnection, "_start", start_and_see_it_end)
    with servers.running(forced=False) as other:
        gone = SshWire("PRODA", other.settings(helper="/nowhere/rbhelper"), other.user, key=other.key)
        with pytest.raises(HostUnreached, match=r"cannot start the helper '/nowhere/rbhelper' \(exit 127, it says: .*"):
            gone.open()


def test_a_shell_in_the_helpers_place_never_gets_a_password() -> None:
    """The ping shows that nobody answers as the helper does."""
    with servers.running(forced=False) as sshd:
        wire = SshWire("PRODA", sshd.settings(helper="cat"), sshd.user, key=sshd.key)

        with pytest.raises(HostUnreached, match="the helper does not answer a ping"):
            wire.open()


def test_a_host_that_wants_a_second_proof_gets_none_that_is_not_configured() -> None:
    """Key and password: without the password, the words say what is missing."""
    with servers.running("AuthenticationMethods publickey,password", "PasswordAuthentication yes") as sshd:
        with pytest.raises(ServiceIdRejected, match="wants a second proof: password"):
            SshWire("PRODA", sshd.settings(), sshd.user, key=sshd.key).open()
        with pytest.raises(ServiceIdRejected, match="does not take the password"):
            SshWire("PRODA", sshd.settings(), sshd.user, Secret("Serv1ce#"), key=sshd.key).open()


def test_weak_ciphers_are_not_spoken(caplog: pytest.LogCaptureFixture) -> None:
    """A host that offers only CBC is named as such, with its version; the library's traceback is for nobody."""
    with servers.running("Ciphers aes128-cbc,aes256-cbc", "MACs hmac-sha1") as sshd:
        wire = SshWire("PRODA", sshd.settings(), sshd.user, key=sshd.key)

        with pytest.raises(HostUnreached, match=r"SSH-2\.0-OpenSSH.*did not agree.*SHA-1 and CBC"):
            wire.open()
    assert not caplog.records


def test_a_silent_port_ends_within_the_limit_and_leaves_nothing(sshd: Sshd) -> None:
    """TCP is accepted and nothing is said: no thread and no socket survive."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Ssh(
            host="127.0.0.1",
            port=silent.getsockname()[1],
            host_key=(sshd.host_key,),
            connect_within=timedelta(seconds=1),
        )
        sockets, threads = servers.open_sockets(), threading.active_count()

        with pytest.raises(HostUnreached, match="did not agree on a connection: time ran out; is it"):
            SshWire("PRODA", settings, "RSTBRDG", key=sshd.key).open()

        assert servers.open_sockets() <= sockets
        assert threading.active_count() <= threads


@pytest.mark.parametrize("greeting", [b"", b"220 mail.example.com ESMTP\r\n" * 3, b"SSH-2.0-x\r\n"])
def test_a_port_that_hangs_up_or_speaks_another_language_is_told_apart_from_a_refusal(
    sshd: Sshd, greeting: bytes
) -> None:
    """Whatever answers there, it is HostUnreached: asking again is safe."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(greeting)

        thread = threading.Thread(target=serve)
        thread.start()
        settings = Ssh(host="127.0.0.1", port=server.getsockname()[1], host_key=(sshd.host_key,))
        with pytest.raises(HostUnreached):
            SshWire("PRODA", settings, "RSTBRDG", key=sshd.key).open()
        thread.join(10)


def test_a_port_where_nobody_listens_says_what_to_check(sshd: Sshd) -> None:
    """Refused at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings = Ssh(host="127.0.0.1", port=probe.getsockname()[1], host_key=(sshd.host_key,))
        with pytest.raises(
            HostUnreached, match=r"nothing answers at 127\.0\.0\.1:\d+ \(Connection refused\); check host"
        ):
            SshWire("PRODA", settings, "RSTBRDG", key=sshd.key).open()


def test_a_name_that_does_not_resolve_says_so(sshd: Sshd) -> None:
    """The reserved top-level domain .invalid never does."""
    settings = Ssh(host="zos.invalid", host_key=(sshd.host_key,))
    with pytest.raises(HostUnreached, match=r"zos\.invalid cannot be resolved"):
        SshWire("PRODA", settings, "RSTBRDG", key=sshd.key).open()
