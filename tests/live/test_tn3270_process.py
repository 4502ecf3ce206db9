"""The s3270 process: owned, bounded, without secrets where others can look, and gone when it should be."""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import py3270
import pytest

from bridge.domain.errors import AnswerLost, ConfigFault, HostUnreached
from bridge.domain.secret import Line, Secret
from connectors.hosts.transports import s3270
from connectors.hosts.transports.s3270 import Child, Emulator, NothingSent, SessionLost
from connectors.simulated.faults import Fault
from tests.frozen import freeze
from tests.live.tn3270_wires import LIST, NEW, PASSWORD, KeepingLog, children, opened, reset, system, wire_to


@pytest.fixture
def emulator() -> Emulator:
    made = Emulator("1047")
    yield made  # type: ignore[misc]
    made.kill()


def proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text(errors="replace")


def test_i1_nothing_secret_is_in_sight_of_other_processes() -> None:
    """Argument lists, environments and open files of all our processes while a password is set: no secret."""
    with system() as zos, opened(wire_to(zos.port)) as wire:
        wire.run(reset())
        pids = {*children(), os.getpid()}
        assert wire.pid in pids
        seen = "".join(proc(pid, name) for pid in pids for name in ("cmdline", "environ"))

    assert NEW not in seen
    assert PASSWORD not in seen


def test_i1_the_log_at_its_loudest_holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Every logger at DEBUG, py3270's among them, and our own facts."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("py3270").setLevel(logging.DEBUG)
    log = KeepingLog()
    try:
        with system() as zos, opened(wire_to(zos.port, log=log)) as wire:
            wire.run(LIST)
            wire.run(reset())
    finally:
        logging.getLogger("py3270").setLevel(logging.WARNING)

    written = caplog.text + repr(log.facts)
    assert "host.typed" in written
    for secret in (NEW, PASSWORD):
        assert secret not in written
        assert secret.lower() not in written


def test_py3270_is_not_to_be_heard() -> None:
    """Its logger is pinned, and its module holds another that no configuration reaches."""
    assert logging.getLogger("py3270").level >= logging.WARNING
    assert py3270.log is s3270.SILENCED
    assert not py3270.log.isEnabledFor(logging.CRITICAL)


def test_the_child_is_bare(emulator: Emulator) -> None:
    """No core dump, three variables in its environment, stderr to nowhere, a session of its own, no new privileges."""
    emulator.do("Query(CodePage)", within=1.0)  # by then setpriv and prlimit have become s3270

    assert "Max core file size        0                    0" in proc(emulator.pid, "limits")
    assert {each.partition("=")[0] for each in proc(emulator.pid, "environ").split("\0")} == {
        "PATH",
        "LC_ALL",
        "HOME",
        "",
    }
    assert Path(f"/proc/{emulator.pid}/fd/2").readlink() == Path("/dev/null")
    assert os.getsid(emulator.pid) == emulator.pid
    assert "NoNewPrivs:\t1" in proc(emulator.pid, "status")
    assert proc(emulator.pid, "cmdline").startswith("/usr/bin/s3270\0")


def test_what_is_typed_cannot_run_a_command(emulator: Emulator, tmp_path: Path) -> None:
    """Even an action that got past the quoting is not carried out."""
    emulator.do(f'Execute("touch {tmp_path}/ran")', within=1.0)
    emulator.do(f'PrintText(file,"{tmp_path}/printed")', within=1.0)
    emulator.do(f'Trace(on,"{tmp_path}/trace")', within=1.0)

    assert list(tmp_path.iterdir()) == []


def test_a_command_has_a_limit(emulator: Emulator) -> None:
    """String() on a keyboard that stays locked would wait for ever: the process is killed and never used again."""
    began = time.monotonic()
    freeze(emulator.pid)

    with pytest.raises(SessionLost, match="no answer within"):
        emulator.do("Query(CodePage)", within=0.1)

    assert time.monotonic() - began < 5
    assert not emulator.running
    assert emulator.pid not in children()
    with pytest.raises(SessionLost):
        emulator.do("Query(CodePage)", within=0.1)


def test_a_failed_connect_does_not_put_the_answers_out_of_step(emulator: Emulator) -> None:
    """s3270 4.1 answers several lines of freed memory: they are passed over, and none of them is handed on."""
    answer = emulator.do('Connect("C:127.0.0.1:1")', within=5.0)

    assert not answer.ok
    assert emulator.do("Query(CodePage)", within=1.0).data[0].startswith(b"cp1047")


@pytest.mark.parametrize("clean", [True, False], ids=["looked at since", "screen not yet cleared"])
def test_a_child_that_died_between_orders_has_sent_nothing(*, clean: bool) -> None:
    """The wire says so, whether the last order's end was still to be awaited or not, and leaves nothing behind."""
    others = children()  # a browser or a database that other tests keep
    with system() as zos:
        wire = wire_to(zos.port)
        wire.open()
        if clean:
            assert wire.alive()
        assert wire.pid is not None
        ended = os.pidfd_open(wire.pid)
        os.kill(wire.pid, signal.SIGKILL)
        select.select([ended], [], [])
        os.close(ended)

        with pytest.raises(HostUnreached):
            wire.run(reset())
        wire.close()

    assert children() <= others


def test_a_child_that_dies_with_an_order_in_hand_may_have_sent_it() -> None:
    """Nobody can say how far it came: only a look at the profile can."""
    others = children()
    with system() as zos, ThreadPoolExecutor(1) as pool:
        wire = wire_to(zos.port)
        wire.open()
        assert wire.pid is not None
        zos.faults.arm(Fault.FROZEN, "ALTUSER")
        order = pool.submit(wire.run, reset())
        assert zos.faults.wait_for(Fault.FROZEN, 10.0)
        os.kill(wire.pid, signal.SIGKILL)
        with pytest.raises(AnswerLost):
            order.result()
        wire.close()

    assert children() <= others


def test_an_emulator_that_is_forgotten_ends_without_a_word() -> None:
    """py3270's finaliser would talk to the process; ours kills it."""
    emulator = Emulator("1047")
    emulator.do("Query(CodePage)", within=1.0)
    pid = emulator.pid

    del emulator
    gc.collect()

    assert pid not in children()


def test_the_child_goes_with_its_parent() -> None:
    """A daemon that is killed outright leaves no logged-on emulator behind."""
    program = (
        "from connectors.hosts.transports.s3270 import Emulator\n"
        "import sys, time\n"
        "emulator = Emulator('1047'); emulator.do('Query(CodePage)', within=5.0)\n"
        "print(emulator.pid, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        watched = os.pidfd_open(pid)
        parent.kill()
        parent.wait()

    try:
        poller = select.poll()
        poller.register(watched, select.POLLIN)
        assert poller.poll(10_000), "s3270 outlived its parent"
    finally:
        os.close(watched)


def test_the_child_outlives_the_thread_that_asked_for_it() -> None:
    """The death signal comes when the starting thread ends: that is a thread of the child's own."""
    import threading

    made: list[Emulator] = []
    thread = threading.Thread(target=lambda: made.append(Emulator("1047")))
    thread.start()
    thread.join()

    assert made[0].do("Query(CodePage)", within=2.0).ok
    made[0].kill()


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is in the words."""
    monkeypatch.setattr(s3270, "PATH", "/nonexistent")

    with pytest.raises(ConfigFault, match="apt-get install"):
        Emulator("1047")


def test_secrets_are_no_part_of_any_error(emulator: Emulator) -> None:
    """Typed without a connection: refused, and neither answer nor error holds the text."""
    answer = emulator.do(Line("ALTUSER X PASSWORD(", Secret(NEW), ")"), within=1.0)

    assert not answer.ok
    assert NEW not in repr(answer)


def test_a_program_that_cannot_be_started_is_named() -> None:
    """What the system says of it; no thread is left."""
    with pytest.raises(ConfigFault, match="/nonexistent/s3270 cannot be started: No such file or directory"):
        Child(["/nonexistent/s3270"])


STATUS_LINE = "U F U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000"


def speaking(*answer: str) -> Child:
    """A program that answers each line in these words."""
    words = "".join(f"{each}\\n" for each in answer)
    return Child(["/bin/sh", "-c", f"while read -r line; do printf '{words}'; done"])


def test_a_row_that_says_ok_ends_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only behind a status line it is a verdict: what the host shows may hold the word, and end a piece of it there."""
    monkeypatch.setattr(s3270, "MOST_AT_ONCE", 1)
    child = speaking("data: it is", "ok", STATUS_LINE, "ok")
    try:
        child.send(b"Ascii()\n")
        block = child.receive()
    finally:
        child.close()

    assert block.data == (b"it is", b"ok")
    assert (block.status, block.ok) == (STATUS_LINE.encode(), True)


def test_a_process_that_was_closed_meanwhile_answers_nothing() -> None:
    """Neither a hang nor a library's own error."""
    child = speaking(STATUS_LINE, "ok")
    child.send(b"Ascii()\n")
    child.close()

    with pytest.raises(SessionLost, match="has ended"):
        child.receive()


def test_what_is_begun_with_a_dead_process_is_known_not_to_be_sent(emulator: Emulator) -> None:
    """The next order on a new session is then safe."""
    emulator.do("Query(CodePage)", within=2.0)
    emulator._child.close()

    with pytest.raises(NothingSent):
        emulator.begin("Clear()", within=1.0)
    assert emulator.gone
    assert emulator.finish() is None


def test_an_emulator_that_dies_during_the_logon_leaves_nothing_behind() -> None:
    """Nothing of any order was sent: it may be tried again."""

    class Kills(KeepingLog):
        """Ends the process where the userid is asked for."""

        def debug(self, event: str, **facts: object) -> None:
            super().debug(event, **facts)
            if event == "host.screen" and facts["place"] == "USERID" and wire.pid is not None:
                os.kill(wire.pid, signal.SIGKILL)

    with system() as zos:
        wire = wire_to(zos.port, log=Kills())
        with pytest.raises(HostUnreached, match="during logon: s3270 has ended"):
            wire.open()
        assert wire.pid is None
