"""One product and one wire make one Host: sessions kept warm between resets, dropped when anything is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NoReturn

from bridge.config.model import System
from bridge.config.products import USERIDS
from bridge.domain.errors import (
    AnswerLost,
    BridgeError,
    ConfigFault,
    HostRefused,
    HostUnreached,
    OwnPasswordStopped,
    Refused,
    ServiceIdRejected,
    UnexpectedAnswer,
)
from bridge.domain.failure import Reason
from bridge.domain.names import Account, SystemName
from bridge.domain.outcome import Order, Profile, Proof, Reach, Reply
from bridge.domain.own import MOST_DRAWN
from bridge.observe import events
from bridge.observe.places import place_of
from bridge.ports import Clock, OwnPassword
from connectors.hosts.circuit import Circuit
from connectors.hosts.own import Untouched
from connectors.hosts.products.base import ChangesOwn, Product
from connectors.hosts.session import SystemSession
from connectors.hosts.transports.base import Wire
from connectors.machine import SystemClock

__all__ = ["Circuit", "SystemHost"]

LOOK_EVERY: Final = timedelta(seconds=5)  # whether a refused password has become another
NO_WAY: Final = (
    "this host asks for passwords line by line at logon, and the file of its commands has no own_password: wait until "
    "the password expires, or change it by hand"
)
UNPROVEN_AFTER: Final = timedelta(seconds=30)  # idle for longer: ask whether the wire is alive, else trust it

log = events.logger("hosts")


@dataclass(slots=True)
class _Kept:
    """A wire that is logged on, since when, and when it last carried an order."""

    wire: Wire
    opened: datetime
    used: datetime


class SystemHost:
    """One system for one slot's thread. Only the circuit is shared with other slots.

    wire      makes a wire under this slot's own service id: TSO allows one session each
    clock     left out: the machine's
    seat      the service id, where the host lets it log on once only
    elevated  the same system under the service id for privileged userids
    own       the service id's password: told how each logon went
    userid    the service id: whose refusal a refusal is
    code      the last change's return code, where the transport has one
    dialogs   name, version and checksum of what it types and reads by
    """

    def __init__(
        self,
        system: System,
        product: Product,
        wire: Callable[[], Wire],
        *,
        circuit: Circuit | None = None,
        clock: Clock | None = None,
        seat: Account | None = None,
        elevated: SystemHost | None = None,
        dialogs: str = "",
        own: OwnPassword | None = None,
        userid: str = "",
    ) -> None:
        self.name = SystemName(system.name)
        self.seat = seat
        self.elevated = elevated
        self.form = USERIDS[system.product]
        self.rules = system.password
        self.resume = system.resume
        self.settle = system.transport.settle
        self.circuit = circuit or Circuit()
        self.code: int | None = None
        self.dialogs = dialogs
        self._product, self._wire, self._clock = product, wire, clock or SystemClock()
        self._idle_for, self._age = system.transport.idle_for, system.transport.age
        self._own = own or Untouched(lambda: None)
        self._userid = userid
        self._look_again: datetime | None = None
        self._kept: _Kept | None = None

    @property
    def condition(self) -> tuple[Reach, str]:
        """Whether the system can be worked on, and why not; privileged userids included, where it may."""
        found = self.circuit.condition
        if found[0] is not Reach.WELL or self.elevated is None:
            return found
        reach, words = self.elevated.condition
        return (reach, f"for privileged userids: {words}") if reach is not Reach.WELL else found

    def stands_back(self, at: datetime) -> bool:
        """Whether work is left to another service id of the pool, for this one has to wait."""
        return self._kept is None and self.circuit.stands_back(self._userid, at)

    @property
    def is_open(self) -> bool:
        """Whether there is a session to log off."""
        return self._kept is not None

    @contextmanager
    def session(self) -> Iterator[SystemSession]:
        """A session that is logged on. A refusal by the host leaves it warm; anything else that is raised drops it.

        Raises HostUnreached or ServiceIdRejected before anything was typed.
        """
        warm = self._warm()
        if not warm:
            self._open()
        try:
            yield SystemSession(self, self._product, warm=warm)
        except HostRefused:
            raise
        except BaseException:
            self.close()
            raise

    def judge(self, before: Profile, after: Profile) -> Proof:
        """What the two listings prove of a change between them; a return code of 0 is added to what remains open."""
        proof = self._product.judge(before, after)
        if before.must_change and proof.note and self.code == 0:
            return replace(proof, note=f"{proof.note}; the command's return code was 0")
        return proof

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        """Whether the user has since chosen a password of their own."""
        return self._product.moved_on(seen, now)

    def tend(self, at: datetime) -> None:
        """Log off a session that is idle or old beyond its limits, and see whether a refused password is mended."""
        if self.elevated is not None:
            self.elevated.tend(at)
        if self._kept and (at - self._kept.used >= self._idle_for or at - self._kept.opened >= self._age):
            self.close()
        if self.circuit.refused and (self._look_again is None or at >= self._look_again):
            self._look_again = at + LOOK_EVERY
            try:
                self.circuit.mended(self._own.to_try(), userid=self._userid)
            except OwnPasswordStopped:
                self.circuit.stays(userid=self._userid)
            except (BridgeError, OSError):
                pass  # the next look may find the file

    @property
    def rotation_due(self) -> bool:
        """Whether the service id's own password wants proving or changing."""
        return self._own.due

    def rotate(self) -> None:
        """Prove or change the service id's own password.

        First an ordinary logon: it proves the present password, settles what is in doubt, and ends a session that is in
        the way. Then one that chooses the new password in the host's hidden field, which needs no authority at all; or,
        where the logon asks line by line, the command for one's own password. Last the logon that proves it.
        """
        self.close()
        try:
            self._open()
            if self._own.due:
                self.close()
                self._choose()
        except HostRefused as refused:
            self._own.gave_up(str(refused))
            raise
        except BridgeError as trouble:
            self._own.troubled(trouble)
            raise
        finally:
            self.close()

    def _choose(self) -> None:
        self._own.voluntary = True
        try:
            proven = self._open()
        finally:
            self._own.voluntary = False
        if not proven:
            self._choose_at_ready()

    def _choose_at_ready(self) -> None:
        """By a command, where the logon has no field for it. What an unlisted answer means, the next logon tells."""
        kept = self._kept
        product = self._product
        if kept is None or kept.wire.password is None or not (isinstance(product, ChangesOwn) and product.changes_own):
            raise HostRefused(self.name, Reason.PASSWORD_REJECTED, [NO_WAY])
        said: tuple[str, ...] = ()
        userid = self.form(self._userid)
        for _ in range(MOST_DRAWN):
            new = self._own.draw()
            if new is None:
                raise HostRefused(self.name, Reason.PASSWORD_REJECTED, [self._own.advice])
            try:
                product.read_own_change(self._carry(product.own_change(userid, kept.wire.password, new)))
            except HostRefused as refused:
                said = refused.said
                self._own.withdraw(" / ".join(said))
                if refused.reason is not Reason.PASSWORD_REJECTED:
                    raise
                continue
            except HostUnreached:
                self._own.withdraw()
                raise
            except UnexpectedAnswer as odd:
                log.warning("host.own_password_unclear", system=self.name, text=str(odd))
            self._own.accepted()
            self.close()
            self._open()
            return
        raise HostRefused(self.name, Reason.PASSWORD_REJECTED, said)

    def close(self) -> None:
        """Log off; never raises."""
        kept, self._kept = self._kept, None
        if kept:
            kept.wire.close()

    def reset_circuit(self) -> None:
        """Let this system be logged on to again, after a person has mended its service id."""
        self.circuit.reset()

    def run(self, order: Order, *, anew: bool) -> tuple[Reply, ...]:
        """Carry out an order. `anew`: the wire was warm; if nothing of the order was sent, log on once more."""
        if self._kept is None:
            self._open()
        try:
            return self._carry(order)
        except HostUnreached:
            if not anew:
                raise
        self.close()
        self._open()
        return self._carry(order)

    def _carry(self, order: Order) -> tuple[Reply, ...]:
        kept = self._kept
        assert kept is not None  # whoever calls has just opened it
        try:
            replies = kept.wire.run(order)
        except ServiceIdRejected as refused:
            self.circuit.refuse(refused, kept.wire.password, userid=self._userid)
            raise
        except AnswerLost:
            self.circuit.lost(order.verb, self._clock.now())
            raise
        except (OSError, EOFError) as fault:
            self.circuit.lost(order.verb, self._clock.now())
            raise AnswerLost(self.name, order.verb, timedelta(0)) from fault
        self.circuit.answered(order.verb)
        kept.used = self._clock.now()
        return replies

    def _warm(self) -> bool:
        """Whether the kept wire can be used; one that cannot is closed."""
        now = self._clock.now()
        self.tend(now)
        if self._kept and now - self._kept.used >= UNPROVEN_AFTER and not _alive(self._kept.wire):
            self.close()
        return self._kept is not None

    def _open(self) -> bool:
        """Log on. True if a new password was chosen on the way: a second logon has then proven it.

        Where either of two may be the host's, each is typed once, in the order and under the marks of `own`.
        """
        chosen = False
        while True:
            wire = self._next_wire()
            if self._own.open_to_change:
                self.circuit.excuse(Refused.EXPIRED, userid=self._userid)
            self.circuit.pass_through(self.name, self._clock.now(), wire.password, userid=self._userid)
            try:
                self._log_on(wire)
                again = self._own.accepted()
            except ServiceIdRejected as refused:
                wire.close()
                if not self._own.refused(refused):
                    raise
                continue
            except HostUnreached as missed:
                wire.close()
                self._own.unanswered(missed)
                raise
            except BaseException:
                wire.close()
                raise
            self.circuit.reached(userid=self._userid)
            if not again:
                break
            chosen = True
            wire.close()
        now = self._clock.now()
        self._kept = _Kept(wire, opened=now, used=now)
        return chosen

    def _next_wire(self) -> Wire:
        try:
            return self._wire()
        except OwnPasswordStopped as stopped:
            self.circuit.refuse(stopped, userid=self._userid)
            raise
        except ConfigFault as fault:
            raise HostUnreached(self.name, f"no logon is possible: {fault}") from None

    def _log_on(self, wire: Wire) -> None:
        try:
            wire.open()
        except ServiceIdRejected as refused:
            self.circuit.refuse(refused, wire.password, userid=self._userid)
            raise
        except HostUnreached as missed:
            self.circuit.missed(self._clock.now(), missed.why, userid=self._userid, answered=missed.answered)
            if missed.typed:
                self.circuit.unheard(missed, wire.password, userid=self._userid)
            raise
        except (OSError, EOFError) as fault:
            self.circuit.missed(self._clock.now(), type(fault).__name__)
            raise HostUnreached(self.name, f"{type(fault).__name__} while logging on") from fault
        except BridgeError:
            raise
        except Exception as fault:  # ours; how far it got, nobody knows
            self._missed_by_fault(wire, fault)

    def _missed_by_fault(self, wire: Wire, fault: Exception) -> NoReturn:
        missed = HostUnreached(self.name, f"a fault of this program ended the logon: {type(fault).__name__}")
        log.error("host.fault", system=self.name, error=type(fault).__name__, where=place_of(fault))
        self.circuit.missed(self._clock.now(), missed.why, userid=self._userid)
        if wire.password is not None:
            self.circuit.unheard(missed, wire.password, userid=self._userid)
        raise missed from fault


def _alive(wire: Wire) -> bool:
    try:
        return wire.alive()
    except (BridgeError, OSError, EOFError):
        return False
