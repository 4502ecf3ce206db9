"""A simulated IBM i: sshd with Qshell behind it, and the Sign On display's decision, on real sockets.

users = UserDatabase(settings=SecuritySettings(product="ibmi", revoke_after=3))
users.define("RSTBRDG", password="SERVICE1")
users.permit(PROGRAM, "RSTBRDG")
users.permit("*USRPRF", "RSTBRDG")
with SimulatedIbmI(users) as power:
    connect_to(power.host, power.port, power.host_key)
"""

from __future__ import annotations

from typing import Final

import paramiko

from connectors.simulated.entry import Entry, enter
from connectors.simulated.faults import Fault
from connectors.simulated.ibmi import PROGRAM, IbmI, as_command
from connectors.simulated.operands import Result
from connectors.simulated.qsh import NotKnown, Step, output, read
from connectors.simulated.shell import Door, Habit, SimulatedShell
from connectors.simulated.tampering import flags_lost

SHELL: Final = "/QOpenSys/usr/bin/qsh"
PATH: Final = "/QSYS.LIB/RSTBRDG.LIB/RBPWD.PGM"
MOST_SCRIPT: Final = 1 << 16


class SimulatedIbmI(SimulatedShell):
    """As SimulatedShell. `matching` of a fault is compared with the CL command, or "LOOK profile".

    installed   whether deploy/ibmi's program is there
    old         whether it is one from before RULES
    """

    installed = True
    old = False

    def accepts(self, userid: str, password: str) -> bool:
        """Say whether this is the profile's password now, expired or not."""
        return self.users.accepts(userid, password)

    def sign_on(self, userid: str, password: str, *, new: str = "") -> Entry:
        """What the Sign On display decides. It asks for a new password where one is due; sshd lets nobody in then."""
        return enter(self.users, userid, password, self.clock(), new=new)

    def take_order(self, door: Door, channel: paramiko.Channel, command: str) -> None:
        channel.set_name(command)
        super().take_order(door, channel, command)

    def _answer(self, door: Door, channel: paramiko.Channel) -> None:
        text = self._read_all(channel)
        command = channel.get_name()
        if Habit.NOT_FOUND in self.habits or command != SHELL:
            channel.sendall_stderr(f"ksh: {command}:  not found.\n".encode("latin-1"))
            channel.send_exit_status(127)
            return
        try:
            script = read(text)
        except NotKnown as unknown:
            channel.sendall_stderr(f"qsh: {unknown}\n".encode("latin-1"))
            channel.send_exit_status(2)
            return
        for line in output(script, lambda step: self._step(door, channel, step)):
            channel.sendall(f"{line}\n".encode("latin-1", "replace"))
        channel.send_exit_status(0)

    def _read_all(self, channel: paramiko.Channel) -> str:
        read = bytearray()
        while len(read) <= MOST_SCRIPT and (piece := channel.recv(MOST_SCRIPT)):
            read += piece
        return bytes(read).decode("latin-1")

    def _step(self, door: Door, channel: paramiko.Channel, step: Step) -> tuple[tuple[str, ...], int]:
        if not step.cl and not step.program:
            return (), 0
        command = step.cl or as_command(step.line)
        self._maybe(channel, Fault.FROZEN, Fault.DROP_BEFORE, command)
        slow = self.faults.take(Fault.RESPONSE_DELAY, command)
        if slow is not None:
            self.stopping.wait(slow.count / 1000)
        result = self._carry_out(door, step, command)
        self._maybe(channel, Fault.FROZEN_AFTER, Fault.DROP_AFTER, command)
        return result.lines, result.code

    def _instead(self, command: str) -> tuple[str, ...]:
        """What is said without running the command, where that has been armed."""
        answer = self.faults.take(Fault.ANSWER, command)
        if answer is not None:
            return tuple(answer.text.split("\n"))
        if self.faults.take(Fault.NOT_AUTHORIZED, command):
            return ("CPF2292: *SECADM required to create or change user profiles.",)
        if self.faults.take(Fault.CHANGE_IGNORED, command):
            return (f"CPC2205: User profile {command.partition('(')[2].partition(')')[0]} changed.",)
        return ()

    def _carry_out(self, door: Door, step: Step, command: str) -> Result:
        tampered = self._instead(command)
        if tampered:
            return Result(tampered, 0 if step.program else 255)
        if step.program and (step.program != PATH or not self.installed):
            missing = f"001-0019 Error found searching for command {step.program}. No such path or directory."
            return Result((f"qsh: {missing}",), 127)
        if step.program and self.users.access(PROGRAM, door.userid) == "NONE":
            return Result((f"qsh: 001-0014 Command {step.program} not authorized. Permission denied.",), 126)
        if self.witness is not None:
            self.witness.ran(command)
        if self.old and step.line.startswith("RULES "):
            return Result(("RBP0903: this is no request",))
        host, now = IbmI(self.users, door.userid), self.clock()
        with flags_lost(self.faults, self.users, command):
            return host.told(step.line, now) if step.program else host.system(step.cl, now)
