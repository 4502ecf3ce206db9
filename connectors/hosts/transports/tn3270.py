"""A Wire over TN3270: connect, prove the host, log on, take orders at READY, log off on every path.

TSO keeps a session whose line is lost, and lets the userid in nowhere else meanwhile. So a session found in the way
is taken over only to be logged off, and what it was doing is judged by nobody but the next listing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bridge.config.model import Tn3270
from bridge.domain.errors import AnswerLost, BridgeError, ConfigFault, HostUnreached
from bridge.domain.outcome import Order, Reply, Typed, Verb
from bridge.domain.secret import Line, Secret
from bridge.observe.places import place_of
from bridge.ports import OwnPassword
from connectors.hosts.dialogs.reader import shipped
from connectors.hosts.dialogs.shapes import Dialog
from connectors.hosts.dialogs.tailor import tailored
from connectors.hosts.own import Untouched
from connectors.hosts.transports import tso
from connectors.hosts.transports.actions import check_names, connect_action
from connectors.hosts.transports.base import OURS, Log, Manager, Silence
from connectors.hosts.transports.charset import characters, national, national_secret, page_number
from connectors.hosts.transports.desk import Desk
from connectors.hosts.transports.logoff import log_off
from connectors.hosts.transports.logon import AlreadyLoggedOn, Logon
from connectors.hosts.transports.masking import Mask
from connectors.hosts.transports.reach import CLIENT, answers_http, reach, speaks_tls, trust, wants_client
from connectors.hosts.transports.ready import Ready
from connectors.hosts.transports.s3270 import GRACE, Emulator, SessionLost
from connectors.machine import Deadline, SystemClock

LOGOFF_WITHIN: Final = timedelta(seconds=10)
PROBE_WITHIN: Final = timedelta(seconds=1)
SECURE: Final = "secure host-verified"
PAUSE: Final = timedelta(seconds=5)
"""Before a session in the way is looked for again; then twice as long, and so on."""

MOST_UNREAD: Final = 16  # what a screen shows again is the last that was typed; no list of passwords grows for ever


class Tn3270Wire:
    """A Wire. Raises ConfigFault at once for settings that cannot be used.

    password   the service id's; typed once per logon, into a hidden field
    own        told of each use of it, and where another comes from when the host demands one
    sleep      how to pass the time until a session that cannot be taken over has gone
    dialog     what the screens are and what to do about them; left out: the one that is shipped
    manager    who the service id is to a session manager with passwords of its own
    unread     passwords that left and were never answered, shared with the wires before: the host may show them again
    """

    def __init__(
        self,
        system: str,
        settings: Tn3270,
        userid: str,
        password: Secret,
        *,
        own: OwnPassword | None = None,
        log: Log | None = None,
        sleep: Callable[[timedelta], None] | None = None,
        dialog: Dialog | None = None,
        unread: list[Secret] | None = None,
        manager: Manager | None = None,
    ) -> None:
        self._system, self._settings = system, settings
        self._userid, self.password = userid, password
        self._own = own or Untouched(lambda: password)
        self._log: Log = log or Silence()
        self._unread = [] if unread is None else unread
        self._manager = manager
        typed = (password, national_secret(password, settings.codepage))
        self._own_secrets = (*typed, manager.password) if manager else typed
        self._sleep = sleep or SystemClock().sleep
        self._dialog = dialog or tailored(shipped(), settings.logon).dialog
        self._name = settings.tls.name or settings.host if settings.tls else settings.host
        check_settings(system, settings, self._name)
        self._trust = trust(system, settings.tls.ca) if settings.tls else None
        self._emulator: Emulator | None = None
        self._ready: Ready | None = None
        self._desk: Desk | None = None
        self._inside = False
        self._address = ""

    @property
    def pid(self) -> int | None:
        """The emulator's process, None when there is none."""
        return self._emulator.pid if self._emulator and self._emulator.running else None

    def open(self) -> None:
        """Connect and log on, to READY. A session of the service id that was left behind is ended first."""
        self.close()
        waiting = Deadline(self._settings.reconnect_wait)
        take_over = taken = by_panel = proven = False
        pause = PAUSE
        while True:
            try:
                self._open(take_over=take_over, by_panel=by_panel)
            except AlreadyLoggedOn as found:
                if self._own.outstanding:  # which of the two the host has by now, the next logon finds out
                    raise HostUnreached(self._system, self._elsewhere(found), answered=True) from None
                by_panel, proven = found.by_panel, proven or found.proven
                if take_over or taken:
                    self._await_end(found, waiting, pause)
                    pause *= 2
                take_over = not take_over
            except HostUnreached as missed:
                missed.typed = missed.typed and not proven  # a moment ago it was right
                raise
            else:
                if not take_over:
                    return
                self.close()
                take_over, taken = False, True

    def run(self, order: Order) -> tuple[Reply, ...]:
        """Carry out an order at READY; see Wire."""
        if self._ready is None:
            raise HostUnreached(self._system, "the session is not open")
        self._unread += (secret for typed in order.typed for secret in typed.line.secrets)
        del self._unread[:-MOST_UNREAD]
        replies = self._ready.run(order)
        self._unread.clear()
        return replies

    def alive(self) -> bool:
        """Whether the session is at READY and the host answers: one round trip, which the next order is spared."""
        return self._ready is not None and self.pid is not None and self._ready.check()

    def close(self) -> None:
        """Log off if that is still possible, and end the process. Never raises."""
        emulator, desk, ready = self._emulator, self._desk, self._ready
        self._emulator = self._desk = self._ready = None
        if emulator is None:
            return
        try:
            if desk is not None and emulator.running and not (ready and ready.silent):
                at_ready = bool(ready and ready.at_ready)
                left = log_off(
                    desk, self._dialog, self._settings.logon, Deadline(LOGOFF_WITHIN), at_ready=at_ready,
                    inside=self._inside,
                )  # fmt: skip
                self._log.info("host.logged_off", system=self._system, userid=self._userid, confirmed=left)
        finally:
            emulator.quit()

    # --- opening ----------------------------------------------------------------------------------

    def _open(self, *, take_over: bool, by_panel: bool) -> None:
        """One connection and one logon. Leaves nothing behind when it raises, a session in logon included."""
        try:
            desk = self._connect()
            logon = Logon(
                desk, self._system, self._dialog, self._settings.logon,
                national(self._userid, self._settings.codepage), self._own_secrets[1],
                Deadline(self._settings.logon_within), log=self._log, own=self._own, take_over=take_over,
                by_panel=by_panel, manager=self._manager,
            )  # fmt: skip
            try:
                at_ready = logon.to_ready()
            except SessionLost as lost:
                raise HostUnreached(self._system, f"during logon: {lost}", typed=logon.pending) from None
            except (BridgeError, AlreadyLoggedOn):
                raise
            except Exception as fault:
                self._note(fault)
                raise logon.after_fault(fault, inside=logon.inside) from fault
            finally:
                self._desk, self._inside = (desk if logon.begun else None), logon.inside
            hide = (*self._own_secrets, *([logon.new] if logon.new else ()), *self._unread)
            indent = tso.indent_of(at_ready.last)
            self._ready = Ready(
                desk, self._system, self._settings.answer_within, hide, self._log, indent,
                ends_within=self._settings.answer_ends_within,
            )  # fmt: skip
            if not take_over:
                self._set_profile(self._ready)
        except SessionLost as lost:
            self.close()
            raise HostUnreached(self._system, f"during logon: {lost}") from None
        except AnswerLost as lost:
            self.close()
            raise HostUnreached(self._system, f"no answer to {lost.step}, right after logon") from None
        except (BridgeError, AlreadyLoggedOn, OSError, EOFError):
            self.close()
            raise
        except Exception as fault:  # ours, ahead of the logon or behind it: there is no password to be in doubt of
            self.close()
            self._note(fault)
            raise HostUnreached(self._system, OURS.format(name=type(fault).__name__)) from fault
        except BaseException:
            self.close()
            raise

    def _note(self, fault: Exception) -> None:
        self._log.warning("host.fault", system=self._system, error=type(fault).__name__, where=place_of(fault))

    def _connect(self) -> Desk:
        settings = self._settings
        within = Deadline(settings.connect_within)
        address = reach(
            self._system, settings.host, settings.port, tls=self._trust, name=self._name, deadline=within
        )  # fmt: skip
        self._address = address
        emulator = Emulator(
            settings.codepage,
            model=settings.model,
            ca=settings.tls.ca if settings.tls else None,
            certificate_name=self._name if settings.tls else "",
        )
        self._emulator = emulator
        action = connect_action(address, settings.port, tls=settings.tls is not None, lu=settings.lu)
        try:
            answer = emulator.do(action, within=max(within.left() - GRACE, 0.0))
        except SessionLost:
            raise HostUnreached(self._system, self._silent()) from None
        if not answer.ok or not answer.status.connected:
            raise HostUnreached(self._system, self._ended())
        desk = Desk(emulator, self._system, Mask((*self._own_secrets, *self._unread)), self._log)
        self._await_session(desk, within)
        self._check(emulator)
        return desk

    def _ended(self) -> str:
        at = self._address
        if at and self._settings.tls and wants_client(at, self._settings.port, Deadline(PROBE_WITHIN)):
            return CLIENT
        if at and (another := self._web_server()):
            return another
        return self._or_the_lu("the host ended the connection while the 3270 session was set up")

    def _or_the_lu(self, words: str) -> str:
        """Some servers hang up on a name that is not theirs to give, others go silent."""
        names = ", ".join(self._settings.lu)
        return f"{words}; it may not give the LU names {names}" if names else words

    def _silent(self) -> str:
        if self._settings.tls is None and speaks_tls(self._address, self._settings.port, Deadline(PROBE_WITHIN)):
            return "this port speaks TLS; give transport.tls"
        return self._web_server() or "the host takes connections but does not begin a 3270 session"

    def _web_server(self) -> str:
        """Words for one in the host's place, "" where there is none."""
        tls, port = self._settings.tls is not None, self._settings.port
        found = answers_http(self._address, port, Deadline(PROBE_WITHIN), tls=tls)
        return f"no TN3270 server: a web server answers on port {port}; correct port" if found else ""

    def _await_session(self, desk: Desk, within: Deadline) -> None:
        """Connect() returns once negotiation has begun; wait until there is a session, so that its LU is known."""
        screen = desk.look()
        while screen.status.connected and screen.status.mode != "I":
            if within.over:
                raise HostUnreached(self._system, self._or_the_lu("the host does not finish the TN3270 negotiation"))
            screen, _ = desk.await_output(min(1.0, within.left()))

    def _check(self, emulator: Emulator) -> None:
        """Before the first secret: the page that s3270 took, the certificate that it proved, the LU that it got."""
        said = {
            query: b" ".join(emulator.do(f"Query({query})", within=1.0).data).decode("ascii", "replace").strip()
            for query in ("CodePage", "Tls", "LuName", "ConnectionState", "Tn3270eOptions")
        }
        self._log.info(
            "host.connected",
            system=self._system,
            state=said["ConnectionState"],
            functions=said["Tn3270eOptions"],
            lu=said["LuName"],
            tls=said["Tls"],
            codepage=said["CodePage"],
        )
        if not said["ConnectionState"].startswith("connected"):
            raise HostUnreached(self._system, self._ended())
        if not said["CodePage"].startswith(f"cp{page_number(self._settings.codepage)} "):
            raise ConfigFault([f"systems.{self._system}.transport.codepage: s3270 does not know it"])
        if self._settings.tls is not None and said["Tls"] != SECURE:
            raise HostUnreached(self._system, f"the emulator could not prove the host's certificate: {said['Tls']}")
        wanted = self._settings.lu
        if wanted and said["LuName"] not in wanted:
            got = said["LuName"] or "none by name"
            raise HostUnreached(self._system, f"the host gave none of the LU names {', '.join(wanted)}, but {got}")

    def _await_end(self, found: AlreadyLoggedOn, waiting: Deadline, pause: timedelta) -> None:
        """The other session could not be taken over: it is at work somewhere, or is just ending."""
        if waiting.over:
            raise HostUnreached(self._system, self._elsewhere(found), answered=True)
        self._sleep(min(pause, timedelta(seconds=waiting.left())))

    def _elsewhere(self, found: AlreadyLoggedOn) -> str:
        return f"the service id {self._userid} is logged on elsewhere: {' / '.join(found.said)[:200]}"

    def _set_profile(self, ready: Ready) -> None:
        """The dialog's proof: no questions from commands, message numbers shown, nobody's messages in between."""
        for words in self._dialog.proof:
            replies = ready.run(Order(verb=Verb.PING, typed=(Typed(line=Line(words)),)))
            if said := replies[0].said:
                self._log.info("host.profile", system=self._system, line=words, said=said)


def check_settings(system: str, settings: Tn3270, name: str) -> None:
    """Raise ConfigFault for what would fail later, or weaken the session."""
    check_names(system, settings.host, settings.lu, name)
    place = f"systems.{system}.transport"
    if settings.tls is None and not settings.insecure:
        raise ConfigFault([f"{place}.tls: null needs insecure: true beside it"])
    if settings.tls is not None and is_address(name):
        raise ConfigFault([f"{place}.tls.name: the DNS name in the certificate is expected; addresses never match"])
    characters(settings.codepage)


def is_address(name: str) -> bool:
    """Whether it is a numeric address, which s3270 4.1 never finds in a certificate."""
    return ":" in name or name.replace(".", "").isdigit()
