"""Takes leases, runs flows, gives back; one thread per session slot.

A slot's thread owns its host session from logon to log-off: s3270 dies with the thread that started it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bridge.domain.errors import BridgeError, Overtaken
from bridge.domain.outcome import Condition, Reach
from bridge.flows import errands
from bridge.flows.change import change
from bridge.flows.follow import follow
from bridge.flows.spoil import spoil
from bridge.flows.take import Job, Task, held, take, waiting
from bridge.observe import events
from bridge.ports import Host, Lease, WorkKit

POLL: Final = timedelta(milliseconds=400)
UNSEATED: Final = timedelta(seconds=2)  # another node has the service id's one session
PAUSE_BETWEEN_ROTATIONS: Final = timedelta(seconds=5)
PAUSE_AFTER_FAULT: Final = timedelta(seconds=2)
HEARD_EVERY: Final = timedelta(minutes=5)  # a node that is at work says so

log = events.logger("worker")


class Slot(threading.Thread):
    """One session slot of one system: takes work until told to stop, then logs off.

    make_host is called in this thread, so that what it starts is this thread's.
    """

    def __init__(self, system: str, number: int, make_host: Callable[[], Host], kit: WorkKit) -> None:
        super().__init__(name=f"slot-{system}-{number}", daemon=True)
        self.system = system
        self._make_host = make_host
        self._kit = kit
        self._stop_asked = threading.Event()
        self._seat: Lease | None = None
        self._said: tuple[Reach, str] | None = None
        self._condition: Condition | None = None
        self._rotate_after = kit.clock.now()

    def stop(self) -> None:
        """Take nothing more; what is under way is finished."""
        self._stop_asked.set()

    def run(self) -> None:
        """Work until stopped."""
        host = self._make_host()
        try:
            while not self._stop_asked.is_set():
                if not self._turn(host):
                    self._rest(host)
                    self._stop_asked.wait(POLL.total_seconds())
        finally:
            host.close()
            self._stand_up()

    def _rest(self, host: Host) -> None:
        """Nothing to do: log off what is idle, and keep the seat for as long as there is a session."""
        host.tend(self._kit.clock.now())
        try:
            if self._said is not None:  # tending may have found it mended
                self._say(host)
            if host.is_open:
                self._seated(host)
            else:
                self._stand_up()
        except BridgeError as trouble:
            log.warning("worker.seat_trouble", system=self.system, text=str(trouble))

    def _seated(self, host: Host) -> bool:
        """Hold the service id where it can be logged on once only: two nodes would take each other's session away."""
        if host.seat is None:
            return True
        now, kit = self._kit.clock.now(), self._kit
        if self._seat is not None and self._seat.until - now > kit.lease_for / 2:
            return True
        until = now + kit.lease_for
        with kit.store.work() as work:
            if self._seat is not None and work.leases.renew(self._seat, until):
                self._seat = replace(self._seat, until=until)
            else:
                self._seat = work.leases.take(host.seat, kit.owner, at=now, until=until)
        if self._seat is None:
            host.close()
        return self._seat is not None

    def _say(self, host: Host) -> None:
        """Write down what has changed about the system, and now and then that nothing has: `check`, the metrics and
        the API tell it on."""
        now, last = self._kit.clock.now(), self._condition
        if host.condition != self._said or last is None:
            reach, words = self._said = host.condition
            node = self._kit.owner.partition("/")[0]
            found = Condition(system=host.name, node=node, reach=reach, words=words, at=now, heard=now)
            say = log.info if reach is Reach.WELL else log.error
            say("system.condition", system=host.name, reach=reach, words=words)
            with self._kit.store.work() as work:
                work.conditions.put(found)
        elif now - last.heard >= HEARD_EVERY:
            found = replace(last, heard=now)
            with self._kit.store.work() as work:
                work.conditions.keep(found)
        else:
            return
        self._condition = found

    def _stand_up(self) -> None:
        """Let another node have the service id."""
        seat, self._seat = self._seat, None
        if seat is not None:
            with self._kit.store.work() as work:
                work.leases.give_back(seat)

    def _turn(self, host: Host) -> bool:
        """Do one piece of work; False if there was none."""
        try:
            if self._rotated(host):
                return True
            if host.stands_back(self._kit.clock.now()) or not waiting(host.name, self._kit):
                return False
            if not self._seated(host):
                self._stop_asked.wait(UNSEATED.total_seconds())
                return False
            if self._errand(host):
                self._say(host)
                return True
            job = take(host.name, self._kit)
            if job is None:
                return False
            with held(job, self._kit):
                self._do(job, host)
            self._say(host)
        except Overtaken as overtaken:
            log.info("work.overtaken", system=self.system, what=overtaken.what)
        except Exception as fault:  # the row stays under its lease and is reclaimed; the slot goes on
            log.exception("work.fault", system=self.system, fault=type(fault).__name__)
            self._stop_asked.wait(PAUSE_AFTER_FAULT.total_seconds())
        return True

    def _rotated(self, host: Host) -> bool:
        """See to the service id's own password, whoever holds its seat; True if that was tried."""
        now, other = self._kit.clock.now(), host.elevated
        if now < self._rotate_after:
            return False
        if host.rotation_due and self._seated(host):
            self._rotate(host)
            self._say(host)
        elif other is not None and other.seat is not None and other.rotation_due:
            with self._kit.store.work() as work:
                until = now + self._kit.lease_for
                lease = work.leases.take(other.seat, self._kit.owner, at=now, until=until)
            if lease is None:
                return False
            try:
                self._rotate(other)
            finally:
                with self._kit.store.work() as work:
                    work.leases.give_back(lease)
        else:
            return False
        self._rotate_after = self._kit.clock.now() + PAUSE_BETWEEN_ROTATIONS
        return True

    def _rotate(self, host: Host) -> None:
        try:
            host.rotate()
            log.info("service_id.rotated", system=self.system)
        except BridgeError as trouble:
            log.warning("service_id.trouble", system=self.system, text=str(trouble))

    def _errand(self, host: Host) -> bool:
        """Do one errand: they are short, and somebody is waiting."""
        taken = errands.take(host.name, self._kit)
        if taken is None:
            return False
        errand, lease = taken
        try:
            after = errands.carry_out(errand, host, self._kit)
        finally:
            with self._kit.store.work() as work:
                work.leases.give_back(lease)
        log.info("errand.done", errand=after.id, kind=after.kind.value, step=after.step.value)
        return True

    def _do(self, job: Job, host: Host) -> None:
        flow = {Task.CHANGE: change, Task.SPOIL: spoil, Task.FOLLOW: follow}[job.task]
        try:
            after = flow(job, host, self._kit)
        except Overtaken:
            raise
        except BridgeError as trouble:
            log.warning("work.trouble", reset=job.reset.id, task=job.task.value, text=str(trouble))
            raise
        log.info("work.done", reset=after.id, task=job.task.value, state=after.state.value, cleanup=after.cleanup.value)
