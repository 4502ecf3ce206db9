"""The SSH transport against a real sshd with a forced command."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.errors import AnswerLost, HostUnreached, ServiceIdRejected
from bridge.domain.names import Userid
from bridge.domain.outcome import Reply, Verb
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.transports.ssh import SshWire
from tests.live import sshd as servers
from tests.live.sshd import Sshd, frame

NEW = "Xy7#Qr2@"
RACF = shipped_orders("racf").dialog
RESET = RACF.order(Verb.RESET, Userid("JSMITH"), Secret(NEW), resume=True)
STATUS = RACF.order(Verb.STATUS, Userid("JSMITH"))
SOON = timedelta(seconds=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with servers.running() as server:
        yield server


@pytest.fixture
def sshd(server: Sshd) -> Sshd:
    """The server as it is at first: the helper answers everything with an empty, whole frame."""
    server.gate.answer = server.gate.ping = lambda line: {"out": frame(line)}
    server.gate.seen.clear()
    return server


@pytest.fixture
def wire(sshd: Sshd) -> Iterator[SshWire]:
    wire = SshWire("PRODA", sshd.settings(), sshd.user, key=sshd.key)
    wire.open()
    yield wire
    wire.close()


def impatient(sshd: Sshd, **more: Any) -> SshWire:
    """Not so much that a busy machine's ping would be late."""
    wire = SshWire("PRODA", sshd.settings(answer_within=3 * SOON, **more), sshd.user, key=sshd.key)
    wire.open()
    return wire


def test_an_order_goes_in_as_one_line_and_comes_back_as_one_reply(sshd: Sshd, wire: SshWire) -> None:
    """open() has pinged the helper; each order is one line on its standard input."""
    sshd.gate.answer = lambda line: {"out": "Welcome\n" + frame(line, " ATTRIBUTES=NONE", code=4), "err": "noise\n"}

    assert wire.run(STATUS) == (Reply(rows=(" ATTRIBUTES=NONE",), prompt="READY", code=4),)
    verbs = [line.rpartition("nonce=")[0] for line in sshd.gate.seen]
    assert verbs == ["ping;;;", "status;JSMITH;;"]


def test_a_reset_carries_the_password_in_hex_and_every_order_a_nonce_of_its_own(sshd: Sshd, wire: SshWire) -> None:
    """The same order twice is two different requests."""
    wire.run(RESET)
    wire.run(RESET)

    first, second = sshd.gate.seen[-2:]
    assert first.startswith(f"reset;JSMITH;{NEW.encode().hex()};nonce=")
    assert first.endswith(",expired,resume")
    assert first != second


def test_one_connection_serves_many_orders(sshd: Sshd, wire: SshWire) -> None:
    """Thirty orders on one wire, each on a channel that is closed: sshd allows ten open ones at a time."""
    for _ in range(30):
        assert wire.run(STATUS)[0].prompt == "READY"
    assert wire.alive()


def test_an_unknown_host_key_is_refused_before_anything_is_sent(sshd: Sshd, tmp_path: Path) -> None:
    """The words hold both fingerprints, the setting to change and the command that shows the key; no logon is tried."""
    _, another = servers.keygen(tmp_path / "another")
    wire = SshWire("PRODA", sshd.settings(host_key=(another,)), sshd.user, key=sshd.key)

    with pytest.raises(HostUnreached) as caught:
        wire.open()

    words = str(caught.value)
    assert words.count("ssh-ed25519 SHA256:") == 2
    assert f"ssh-keyscan -p {sshd.port} 127.0.0.1" in words
    assert "transport.host_key" in words
    assert not sshd.gate.seen
    assert not wire.alive()


@pytest.mark.parametrize("which", ["rsa_key", "both"])
def test_any_of_the_pinned_keys_will_do_and_its_type_is_asked_for(sshd: Sshd, tmp_path: Path, which: str) -> None:
    """A host with several keys shows the pinned one; an old and a new key can be pinned side by side."""
    _, old = servers.keygen(tmp_path / "old")
    pinned = (sshd.rsa_key,) if which == "rsa_key" else (old, sshd.host_key)
    wire = SshWire("PRODA", sshd.settings(host_key=pinned), sshd.user, key=sshd.key)

    wire.open()

    assert wire.alive()
    wire.close()


def test_a_key_that_the_host_does_not_know_is_a_rejected_service_id(sshd: Sshd) -> None:
    """Never tried again by itself, and no thread or socket is left."""
    wire = SshWire("PRODA", sshd.settings(), sshd.user, key=sshd.other_key)

    with pytest.raises(ServiceIdRejected, match=f"does not take the key of {sshd.user}"):
        wire.open()
    assert not sshd.gate.seen


def test_a_password_where_the_host_takes_only_keys_says_so(sshd: Sshd) -> None:
    """What the host would take is in the words; no fallback is tried."""
    wire = SshWire("PRODA", sshd.settings(), sshd.user, Secret("Serv1ce#"))

    with pytest.raises(ServiceIdRejected, match="takes only publickey") as caught:
        wire.open()
    assert "Serv1ce#" not in str(caught.value)


def test_a_helper_that_is_silent_loses_the_answer_within_the_limit(sshd: Sshd) -> None:
    """Sent and not answered: AnswerLost, and the connection is given up."""
    release = threading.Event()
    sshd.gate.answer = lambda line: {"exit": int(release.wait(30))}
    wire = impatient(sshd)

    with pytest.raises(AnswerLost, match="PRODA: no answer to reset within 3 s") as caught:
        wire.run(RESET)
    release.set()

    assert SOON <= caught.value.waited < timedelta(seconds=10)
    assert not wire.alive()
    with pytest.raises(HostUnreached, match="is gone"):
        wire.run(RESET)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda line: {"out": frame(line), "killed": True}, "signal"),
        (lambda line: {"out": frame(line).replace(servers.nonce_of(line), "f" * 16)}, "another order's"),
        (lambda line: {"out": frame(line).rpartition("RB1 END")[0]}, "cut off"),
        (lambda line: {"out": "RBH001E\n", "exit": 12}, r"no answer of the helper's \(exit 12, it says: RBH001E\)"),
        (lambda line: {"out": "RB1 MSG x\n" * 200_000}, "more than 1048576 bytes"),
        (lambda line: {"out": frame(line), "err": "e" * 3_000_000}, "more than 1048576 bytes"),
        (lambda line: {}, "it says: nothing"),
    ],
    ids=["killed", "nonce", "no_end", "no_frame", "flood", "flood_of_errors", "nothing"],
)
def test_whatever_is_not_a_whole_answer_is_a_lost_one(sshd: Sshd, answer: servers.Answer, words: str) -> None:
    """Signals, other frames, half frames and floods leave the userid with either password."""
    sshd.gate.answer = answer
    wire = SshWire("PRODA", sshd.settings(), sshd.user, key=sshd.key)
    wire.open()

    with pytest.raises(AnswerLost, match=words):
        wire.run(RESET)
    assert not wire.alive()


def test_the_products_file_says_how_long_a_helper_may_take(sshd: Sshd, wire: SshWire) -> None:
    """Beside the transport's own limit, which is longer here."""
    release = threading.Event()
    sshd.gate.answer = lambda line: {"exit": int(release.wait(30))}

    with pytest.raises(AnswerLost, match="PRODA: no answer to status within 1 s"):
        wire.run(replace(STATUS, within=SOON))
    release.set()


def test_a_helper_that_closes_its_output_and_goes_on_is_not_waited_for_without_limit(sshd: Sshd, wire: SshWire) -> None:
    """A whole frame without an end of the command is no answer."""
    sshd.gate.answer = lambda line: {"out": frame(line), "lingers": 4}

    with pytest.raises(AnswerLost, match=r"has not ended|within 1 s"):
        wire.run(replace(STATUS, within=SOON))


def test_a_helper_that_cannot_work_is_found_at_open(sshd: Sshd) -> None:
    """A ping that comes back with a code opens nothing; its words are passed on."""
    sshd.gate.ping = lambda line: {"out": frame(line, "RBH005E PROFILE FAILED", code=16)}
    wire = SshWire("PRODA", sshd.settings(), sshd.user, key=sshd.key)

    with pytest.raises(HostUnreached, match="answers a ping with code 16: RBH005E PROFILE FAILED"):
        wire.open()


def test_many_errors_beside_a_whole_answer_do_not_block(sshd: Sshd, wire: SshWire) -> None:
    """Both streams are read in turn."""
    sshd.gate.answer = lambda line: {"err": "e" * 900_000, "out": frame(line, "row")}

    assert wire.run(STATUS)[0].rows == ("row",)


def test_an_echoed_password_is_masked_in_the_reply(sshd: Sshd, wire: SshWire) -> None:
    """The parser's echo, folded to upper case, and the hexadecimal form."""
    echo = f"IKJ56702I INVALID PASSWORD, {NEW.upper()} {NEW.encode().hex()}"
    sshd.gate.answer = lambda line: {"out": frame(line, echo, code=8)}

    text = wire.run(RESET)[0].text

    assert NEW.upper() not in text
    assert NEW.encode().hex() not in text
    assert text.startswith("IKJ56702I INVALID PASSWORD, ")


def test_i1_the_password_is_in_no_argument_and_no_environment(sshd: Sshd, wire: SshWire) -> None:
    """While the helper works, no process on either side shows it, in clear or in hex; nor does the helper's command."""
    helpers: list[bytes] = []
    leaks: list[bytes] = []

    def look(line: str) -> dict[str, Any]:
        shown = list(_shown_by_processes())
        helpers.extend(text for text in shown if b"ssh_stand_in.py" in text)
        leaks.extend(text for text in shown if NEW.encode() in text or NEW.encode().hex().encode() in text)
        return {"out": frame(line)}

    sshd.gate.answer = look
    wire.run(RESET)

    assert helpers
    assert not leaks


def _shown_by_processes() -> Iterator[bytes]:
    for process in Path("/proc").iterdir():
        for name in ("cmdline", "environ"):
            with suppress(OSError):  # no process, gone meanwhile, or another user's
                yield (process / name).read_bytes()


def test_i1_logs_at_debug_hold_neither_password_nor_key(sshd: Sshd, caplog: pytest.LogCaptureFixture) -> None:
    """Everything the library says is kept at WARNING, also when somebody turned it up before."""
    logging.getLogger("paramiko").setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    wire = SshWire("PRODA", sshd.settings(), sshd.user, key=sshd.key)

    wire.open()
    wire.run(RESET)
    wire.close()

    assert NEW not in caplog.text
    assert NEW.encode().hex() not in caplog.text
    assert not [record for record in caplog.records if record.levelno < logging.WARNING]


def test_a_lost_line_is_noticed_and_a_new_one_can_be_opened(sshd: Sshd) -> None:
    """A wire whose connection broke is not alive; open() makes another."""
    wire = impatient(sshd)
    sshd.gate.answer = lambda line: {"out": frame(line), "killed": True}
    with pytest.raises(AnswerLost):
        wire.run(STATUS)

    wire.open()

    assert wire.alive()
    wire.close()


def test_opening_and_closing_leaves_no_thread_and_no_socket(sshd: Sshd) -> None:
    """Good, refused and lost connections alike."""
    sockets, threads = servers.open_sockets(), threading.active_count()
    for _ in range(3):
        with pytest.raises(ServiceIdRejected):
            SshWire("PRODA", sshd.settings(), sshd.user, key=sshd.other_key).open()
        wire = SshWire("PRODA", sshd.settings(), sshd.user, key=sshd.key)
        wire.open()
        wire.open()
        wire.close()

    assert servers.open_sockets() <= sockets
    assert threading.active_count() <= threads
