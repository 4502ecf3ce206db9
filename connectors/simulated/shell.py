"""A simulated SSH host: real sockets, the forced command of deploy/zos, and behind it the users of a simulated z/OS."""

from __future__ import annotations

import io
import logging
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from threading import Event, RLock, Thread
from types import TracebackType
from typing import Final, Self

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from connectors.simulated.clock import Clock
from connectors.simulated.entry import Outcome, enter
from connectors.simulated.faults import Fault, Faults
from connectors.simulated.helper import Helper, Refused, Request, commands, read_request
from connectors.simulated.operands import Result
from connectors.simulated.users import UserDatabase
from connectors.simulated.witness import Attempt, Witness

MOST_REQUEST: Final = 512
LOG: Final = "paramiko.simulated"
"""Its own logger: a client that breaks off is nothing to report here."""


OUTCOMES: Final = {
    Fault.PASSWORD_WRONG: Outcome.WRONG, Fault.PASSWORD_EXPIRED: Outcome.EXPIRED, Fault.REVOKED: Outcome.REVOKED,
}  # fmt: skip


class Habit(Enum):
    """What this helper does with every answer until it is told otherwise."""

    NOISE = "noise"
    """Login texts ahead of the frame, between its lines, behind it, and on standard error."""
    WRONG_NONCE = "wrong_nonce"
    NO_END = "no_end"
    EXIT_SIGNAL = "exit_signal"
    """Ends by a signal after the whole frame."""
    NO_STATUS = "no_status"
    """The channel is closed without a word on how the command ended."""
    FLOOD = "flood"
    """Megabytes of output instead of a frame."""
    FLOOD_ERRORS = "flood_errors"
    """Hundreds of kilobytes on standard error ahead of the answer."""
    NOT_FOUND = "not_found"
    """There is no helper: the shell says so and exits 127."""
    DEAF = "deaf"
    """Opens channels but never answers what is asked on them."""
    NO_CHANNELS = "no_channels"
    DROP_AT_LOGON = "drop_at_logon"
    """Hangs up on whatever is offered at logon, without a word."""
    RESET_AT_LOGON = "reset_at_logon"
    """Does so with a reset (RST), as a firewall does, or a server that is killed."""


def new_key() -> tuple[str, str]:
    """Return a fresh key pair: the private key's text, and the line for authorized_keys or host_key."""
    key = paramiko.ECDSAKey.generate(bits=256)
    text = io.StringIO()
    key.write_private_key(text)
    return text.getvalue(), public_line(key)


def public_line(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.get_base64()}"


class SimulatedShell:
    """Use as a context manager; `host`, `port` and `host_key` are what a client is configured with.

    authorized  userid → the public key that logs it on; every user's password does as well, unless `passwords` is off
    faults      as those of the 3270 door; `matching` is compared with the command that the helper would run, or "ping"
    """

    def __init__(
        self,
        users: UserDatabase,
        *,
        authorized: Mapping[str, str] | None = None,
        passwords: bool = True,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: Faults | None = None,
        witness: Witness | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.users, self.host, self.port = users, host, port
        self.faults = faults or Faults()
        self.habits: set[Habit] = set()
        self.authorized = {userid.upper(): line for userid, line in (authorized or {}).items()}
        self.passwords, self.witness = passwords, witness
        self.clock = clock or users.clock
        self.commands: list[str] = []
        """What clients asked to be run; the helper runs whatever they ask."""
        self._key = paramiko.ECDSAKey.generate(bits=256)
        self.stopping = Event()
        self._lock = RLock()
        self._listener: socket.socket | None = None
        self._threads: list[Thread] = []
        self._lines: list[socket.socket] = []
        self._transports: list[paramiko.Transport] = []

    # --- its life ---------------------------------------------------------------------------------

    @property
    def host_key(self) -> str:
        """The line to pin."""
        return public_line(self._key)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        with self._lock:
            return sum(each.is_active() for each in self._transports)

    def change_host_key(self) -> None:
        """Show another key from the next connection on."""
        self._key = paramiko.ECDSAKey.generate(bits=256)

    def hang_up_before(self, command: str, *, times: int | None = 1) -> None:
        self.faults.arm(Fault.DROP_BEFORE, command, times=times)

    def hang_up_after(self, command: str, *, times: int | None = 1) -> None:
        self.faults.arm(Fault.DROP_AFTER, command, times=times)

    def start(self) -> None:
        logging.getLogger(LOG).setLevel(logging.CRITICAL)
        if self.witness is not None:
            self.users.watch(self.witness.password_set)
        self._listener = socket.create_server((self.host, self.port))
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # an answer leaves in many small pieces
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept, self._listener)

    def stop(self) -> None:
        """Hang up on everybody and wait for every thread."""
        self.stopping.set()
        if self.witness is not None:
            self.users.unwatch(self.witness.password_set)
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self.hang_up()
        for line in self._lines:
            line.close()
        for thread in [*self._threads, *self._transports]:
            if thread.is_alive():
                thread.join(5)

    def hang_up(self) -> None:
        """Cut every connection, as a network would."""
        with self._lock:
            transports = list(self._transports)
        for transport in transports:
            transport.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- connections ------------------------------------------------------------------------------

    def _spawn(self, run: object, *arguments: object) -> None:
        thread = Thread(target=run, args=arguments, daemon=True)  # type: ignore[arg-type]
        with self._lock:
            self._threads = [each for each in self._threads if each.is_alive()]
            self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self.stopping.is_set():
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._lines = [each for each in self._lines if each.fileno() >= 0]
                self._lines.append(line)
            if self.faults.take(Fault.HANG_AT_CONNECT):
                continue
            self._greet(line)

    def _greet(self, line: socket.socket) -> None:
        transport = paramiko.Transport(line)
        transport.daemon = True
        transport.set_log_channel(LOG)
        transport.add_server_key(self._key)
        with self._lock:
            self._transports = [each for each in self._transports if each.is_alive()]
            self._transports.append(transport)
            with suppress(paramiko.SSHException, EOFError, OSError):
                transport.start_server(event=Event(), server=Door(self, transport))

    # --- orders -----------------------------------------------------------------------------------

    def take_order(self, door: Door, channel: paramiko.Channel, command: str) -> None:
        with self._lock:
            self.commands.append(command)
        self._spawn(self._work, door, channel)

    def _work(self, door: Door, channel: paramiko.Channel) -> None:
        with suppress(paramiko.SSHException, EOFError, OSError):
            self._answer(door, channel)
        with suppress(paramiko.SSHException, EOFError, OSError):
            channel.close()

    def _answer(self, door: Door, channel: paramiko.Channel) -> None:
        line = self._read_line(channel)
        if Habit.NOT_FOUND in self.habits:
            channel.sendall_stderr(b"/bin/sh: rbhelper: FSUM7351 not found\n")
            channel.send_exit_status(127)
            return
        try:
            request = read_request(line)
        except Refused as refusal:
            channel.sendall(f"{refusal}\n".encode("latin-1"))
            channel.send_exit_status(12)
            return
        matched = self._command_of(request)
        self._maybe(channel, Fault.FROZEN, Fault.DROP_BEFORE, matched)
        slow = self.faults.take(Fault.RESPONSE_DELAY, matched)
        if slow is not None:
            self.stopping.wait(slow.count / 1000)
        result = self._run(door, request)
        self._maybe(channel, Fault.FROZEN_AFTER, Fault.DROP_AFTER, matched)
        self._frame(channel, request, result)

    def _read_line(self, channel: paramiko.Channel) -> str:
        """Read up to the first new line, or the end of input."""
        read = bytearray()
        while b"\n" not in read and len(read) <= MOST_REQUEST:
            piece = channel.recv(MOST_REQUEST)
            if not piece:
                break
            read += piece
        return bytes(read).partition(b"\n")[0].decode("latin-1")

    def _command_of(self, request: Request) -> str:
        try:
            return " ".join(commands(request, self.users.settings.product)) or request.verb
        except Refused:
            return request.verb

    def _maybe(self, channel: paramiko.Channel, frozen: Fault, drop: Fault, command: str) -> None:
        """Freeze or hang up here, if that has been armed for this command."""
        if self.faults.take(frozen, command):
            while not channel.closed and not self.stopping.wait(0.05):
                pass
            raise EOFError
        if self.faults.take(drop, command):
            channel.get_transport().close()
            raise EOFError

    def _run(self, door: Door, request: Request) -> Result:
        helper = Helper(self.users, door.userid, self.faults, self.witness)
        try:
            return helper.carry_out(request, self.clock())
        except Refused as refusal:
            return Result((str(refusal),), 12)

    def _frame(self, channel: paramiko.Channel, request: Request, result: Result) -> None:
        habits = set(self.habits)
        nonce = "f" * 16 if Habit.WRONG_NONCE in habits else request.nonce
        lines = [f"RB1 BEGIN {nonce}", *(f"RB1 MSG {text}" for text in result.lines), f"RB1 RC {result.code}"]
        if Habit.NO_END not in habits:
            lines.append(f"RB1 END {nonce}")
        if Habit.NOISE in habits:
            channel.sendall_stderr(b"FSUMF000 profile: cannot set locale\n" * 3)
            lines = ["Welcome to SYSA", "RB1 RC 99", lines[0], "BPXW0003I noise", *lines[1:], "RB1 MSG too late", "bye"]
        if Habit.FLOOD_ERRORS in habits:
            channel.sendall_stderr(b"e" * (700 << 10))
        if Habit.FLOOD in habits:
            lines = ["RB1 MSG " + "x" * 1000] * 5000
        channel.sendall(("\n".join(lines) + "\n").encode("latin-1", "replace"))
        if Habit.EXIT_SIGNAL not in habits and Habit.NO_STATUS not in habits:
            channel.send_exit_status(result.code)


class Door(paramiko.ServerInterface):
    """One connection: who may come in, and the one thing that can be done inside."""

    def __init__(self, shell: SimulatedShell, transport: paramiko.Transport) -> None:
        self._shell, self._transport = shell, transport
        self.userid = ""

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "publickey,password" if self._shell.passwords else "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = public_line(key) == self._shell.authorized.get(username.upper())
        return self._enter(username, self._tampered(username) or (Outcome.IN if known else Outcome.WRONG))

    def check_auth_password(self, username: str, password: str) -> int:
        if not self._shell.passwords:
            return AUTH_FAILED
        outcome = self._tampered(username)
        return self._enter(
            username, outcome or enter(self._shell.users, username, password, self._shell.clock()).outcome
        )

    def _tampered(self, username: str) -> Outcome | None:
        """What logon says whatever is offered, where that has been armed."""
        return next((OUTCOMES[fault] for fault in OUTCOMES if self._shell.faults.take(fault, username)), None)

    def _enter(self, username: str, outcome: Outcome) -> int:
        if self._shell.witness is not None:
            self._shell.witness.logged_on(Attempt(username.upper(), outcome, self._shell.clock(), hidden=True))
        self.userid = username.upper()
        if Habit.RESET_AT_LOGON in self._shell.habits:
            assert isinstance(self._transport.sock, socket.socket)
            self._transport.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self._shell.habits & {Habit.DROP_AT_LOGON, Habit.RESET_AT_LOGON}:
            self._transport.close()
        return AUTH_SUCCESSFUL if outcome is Outcome.IN else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del chanid
        if kind != "session" or Habit.NO_CHANNELS in self._shell.habits:
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        if Habit.DEAF in self._shell.habits:
            while self._transport.is_active() and not self._shell.stopping.wait(0.05):
                pass
            return False
        self._shell.take_order(self, channel, command.decode("latin-1"))
        return True
