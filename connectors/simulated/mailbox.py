"""A mail relay that keeps what it is given: real SMTP on a free port, with faults on demand.

`mailbox.answer("RCPT", "451 4.3.0 come again")` makes the next recipient fail; `mailbox.wait_for(address)` waits for
mail; `link_in(mail)` and `code_in(mail)` read it as a person would.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition, Lock, Thread
from typing import Final, Literal, Self
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Step = Literal["EHLO", "NOOP", "MAIL", "RCPT", "DATA"]
HANG: Final = "hang"
DROP: Final = "drop"
SOON: Final = 10.0  # seconds
LINK: Final = re.compile(r"^https?://\S+$", re.MULTILINE)
CODE: Final = re.compile(r"^ +((?:[0-9A-HJKMNP-TV-Z]{4} ){7}[0-9A-HJKMNP-TV-Z]{4})$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message as it arrived. `sender` and `to` are the envelope's; `user` logged in; `raw` is every octet."""

    sender: str
    to: tuple[str, ...]
    message: EmailMessage
    raw: bytes
    tls: bool
    user: str | None

    @property
    def text(self) -> str:
        """The text part, decoded."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part, decoded."""
        return self._part("html")

    def _part(self, subtype: str) -> str:
        part = self.message.get_body((subtype,))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def link_in(mail: Mail) -> str:
    """The link, as a person would copy it. Raises ValueError when there is none."""
    found = LINK.search(mail.text)
    if found is None:
        raise ValueError("the mail holds no link")
    return found[0]


def code_in(mail: Mail) -> str:
    """The code for typing in, in its groups of four. Raises ValueError when there is none."""
    found = CODE.search(mail.text)
    if found is None:
        raise ValueError("the mail holds no code")
    return found[1]


class SimulatedMailbox:
    """The relay and everybody's mailbox.

    tls        a server's context: STARTTLS is offered, or with `implicit` TLS from the first byte
    login      (username, password) that are then demanded
    hide       extensions that EHLO does not name, e.g. 8BITMIME
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        login: tuple[str, str] | None = None,
        hide: Sequence[str] = (),
        port: int = 0,
    ) -> None:
        self._mails: list[Mail] = []
        self._arrived = Condition()
        self._faults: dict[str, deque[str]] = {}
        self._lock = Lock()
        self._login = login
        self._hide = tuple(hide)
        self.commands: list[str] = []
        self._server = _Server(self, tls, implicit, port)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    # --- what came ---

    @property
    def mails(self) -> list[Mail]:
        """All mails so far, oldest first."""
        with self._arrived:
            return list(self._mails)

    def to(self, address: str) -> list[Mail]:
        """The mails to an address so far, oldest first."""
        return [mail for mail in self.mails if address in mail.to]

    def wait_for(self, address: str, count: int = 1, timeout: float = SOON) -> list[Mail]:
        """The mails to an address as soon as there are `count`. Raises TimeoutError."""
        with self._arrived:
            if self._arrived.wait_for(lambda: sum(address in mail.to for mail in self._mails) >= count, timeout):
                return [mail for mail in self._mails if address in mail.to]
        raise TimeoutError(f"{len(self.to(address))} of {count} mails to {address} came within {timeout:.0f} s")

    def forget(self) -> None:
        """Throw away what has come so far."""
        with self._arrived:
            self._mails.clear()

    # --- what goes wrong ---

    def answer(self, step: Step, reply: str, times: int = 1) -> None:
        """Answer the next `times` commands of that kind so, or HANG, or DROP the line.

        At DATA the message has come in whole by then; DROP and HANG keep it, as a relay might.
        """
        with self._lock:
            self._faults.setdefault(step, deque()).extend([reply] * times)

    def fault(self, step: str) -> str | None:
        """The next fault at that step, used up by asking."""
        with self._lock:
            faults = self._faults.get(step)
            return faults.popleft() if faults else None

    # --- called by the server ---

    def keep(self, mail: Mail) -> None:
        """Store a mail and wake who waits."""
        with self._arrived:
            self._mails.append(mail)
            self._arrived.notify_all()

    def knows(self, username: str, password: str) -> bool:
        """Whether the log-in is right."""
        return self._login == (username, password)

    @property
    def wants_login(self) -> bool:
        """Whether one is demanded."""
        return self._login is not None

    def shown(self, replies: list[str]) -> list[str]:
        """EHLO's lines without the hidden extensions; the last one has a blank where others have a hyphen."""
        kept = [reply for reply in replies if reply[4:].split()[:1] not in [[name] for name in self._hide]]
        return [f"250-{reply[4:]}" for reply in kept[:-1]] + [f"250 {reply[4:]}" for reply in kept[-1:]]


class _Server:
    """aiosmtpd's protocol on a thread and a loop of its own; its controllers want to resolve `localhost`.

    The socket is bound at once: the port is known, and ours, before anything is started.
    """

    def __init__(self, mailbox: SimulatedMailbox, tls: ssl.SSLContext | None, implicit: bool, port: int) -> None:
        self._mailbox = mailbox
        self._handler = _Handler(mailbox)
        self._implicit = tls if implicit else None
        self._starttls = None if implicit else tls
        self._socket = socket.create_server((mailbox.host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # aiosmtpd sends EHLO's lines one by one
        self.port: int = self._socket.getsockname()[1]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._talking: WeakSet[SMTP] = WeakSet()

    def start(self) -> None:
        """Begin to answer; connections made before this wait in the queue."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="mailbox", daemon=True)
        self._thread.start()
        listening = self._loop.create_server(self._conversation, sock=self._socket, ssl=self._implicit)
        asyncio.run_coroutine_threadsafe(listening, self._loop).result(SOON)

    def stop(self) -> None:
        """Drop every conversation and give the port back."""
        if self._loop is None or self._thread is None:
            self._socket.close()
            return
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(SOON)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SOON)
        self._loop.close()
        self._socket.close()

    async def _hang_up(self) -> None:
        for talk in list(self._talking):
            drop(talk)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # lets the loop close what was dropped

    def _conversation(self) -> SMTP:
        talk = SMTP(
            self._handler,
            hostname="mailbox.example",
            ident="simulated mailbox",
            tls_context=self._starttls,
            authenticator=self._log_in if self._mailbox.wants_login else None,
            auth_require_tls=self._starttls is not None,
            auth_exclude_mechanism=() if self._mailbox.wants_login else ("LOGIN", "PLAIN"),
            loop=self._loop,
        )
        self._talking.add(talk)
        return talk

    def _log_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object) -> AuthResult:
        if isinstance(data, LoginPassword) and self._mailbox.knows(data.login.decode(), data.password.decode()):
            return AuthResult(success=True, auth_data=data.login.decode())
        return AuthResult(success=False, handled=False)


def drop(talk: SMTP) -> None:
    """End a conversation without a word."""
    if isinstance(talk.transport, asyncio.WriteTransport) and not talk.transport.is_closing():
        talk.transport.abort()


class _Handler:
    """What is said at each step."""

    def __init__(self, mailbox: SimulatedMailbox) -> None:
        self._mailbox = mailbox

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [fault] if (fault := await self._step("EHLO", server)) else self._mailbox.shown(responses)

    async def handle_NOOP(self, server: SMTP, session: Session, envelope: Envelope, arg: str) -> str:  # noqa: N802
        return await self._step("NOOP", server) or "250 OK"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := await self._step("MAIL", server):
            return fault
        if self._mailbox.wants_login and not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := await self._step("RCPT", server):
            return fault
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._mailbox.fault("DATA")
        if fault in {None, HANG, DROP}:
            tls = server.transport is not None and server.transport.get_extra_info("sslcontext") is not None
            self._mailbox.keep(_mail(session, envelope, tls))
        return await self._act(fault, server) or "250 2.0.0 kept"

    async def _step(self, step: str, server: SMTP) -> str | None:
        self._mailbox.commands.append(step)
        return await self._act(self._mailbox.fault(step), server)

    @staticmethod
    async def _act(fault: str | None, server: SMTP) -> str | None:
        if fault == HANG:
            await asyncio.Event().wait()
        if fault == DROP:
            drop(server)
        return fault


def _mail(session: Session, envelope: Envelope, tls: bool) -> Mail:
    raw = envelope.content if isinstance(envelope.content, bytes) else b""
    return Mail(
        sender=envelope.mail_from or "",
        to=tuple(envelope.rcpt_tos),
        message=message_from_bytes(raw, policy=policy.default),
        raw=raw,
        tls=tls,
        user=session.auth_data if isinstance(session.auth_data, str) else None,
    )
