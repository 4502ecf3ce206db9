"""SMTP: the link mail straight from memory, and notices out of the outbox.

One message has one recipient. A 4xx, a dropped line, silence, a relay without STARTTLS or with a wrong certificate:
MailUnreached, to be tried again. A 5xx to the sender, the recipient or the message: MailRefused, never tried again.
A line that breaks after the whole message has left is MailUnreached too and says that the mail may have gone: sent
again it has the same Message-ID, and two copies of one link do no harm. What the relay says of a message is not
quoted, only its numbers: filters like to repeat the link they object to.

Each wait for a line is bounded by `mail.answer_within`, that for the verdict on a message by four times as much.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import parseaddr
from hashlib import sha256
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from bridge.config.model import MailSettings, Site
from bridge.domain.errors import ConfigFault, MailRefused, MailUnreached
from bridge.domain.link import base32
from bridge.domain.secret import Secret
from bridge.ports import Clock, CodeMail, LinkMail, Notice, Wrapping
from connectors.notify.compose import code_letter, link_letter, notice_letter
from connectors.notify.letter import Envelope, Letter
from connectors.notify.wrap import Wraps

ADDRESS: Final = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
"""RFC 5321 4.1.2 without quoted local parts and address literals; international domains in their xn-- form."""
LOCAL_PART: Final = 64
ENHANCED: Final = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")
VERDICT_WAITS: Final = 4
GOODBYE: Final = 2.0  # seconds


class SmtpMail:
    """The way to the relay that `mail:` names.

    Raises ConfigFault when the settings cannot work: a sender that is no address, an unreadable CA file.
    """

    def __init__(self, settings: MailSettings, password: Secret | None, site: Site, clock: Clock) -> None:
        self._settings = settings
        self._password = password
        self._site = site
        self._clock = clock
        self._sender = _sender(settings.sender)
        self._bounces = settings.envelope_sender or self._sender.addr_spec
        if not is_address(self._bounces):
            raise ConfigFault(["mail.envelope_sender: an e-mail address is expected"])
        self._context = None if settings.security == "none" else _context(settings)
        self._wraps = Wraps(settings, clock)

    def wrapping(self, to: str) -> Wrapping:
        """How a link to that address would leave. Raises NoMailKey where it would not, and MailRefused for what no
        relay is asked for: the directory lets more pass for an address than mail does, and the host is untouched yet.
        """
        return self._wraps.foreseen(_mailable(to))

    @contextmanager
    def relay(self) -> Iterator[_SmtpRelay]:
        """Connect, secure, log in and hear that the relay is well, or raise MailUnreached."""
        with _in_words("connecting", self._settings):
            line = self._connect()
        try:
            with _in_words("greeting", self._settings):
                self._prepare(line)
            yield _SmtpRelay(line, self._settings, self._site, self._clock, self._sender, self._bounces, self._wraps)
        finally:
            _hang_up(line)

    def _connect(self) -> smtplib.SMTP:
        """A connection. The name we greet with is our own site's: asking the resolver for one can take minutes."""
        settings, wait = self._settings, self._settings.answer_within.total_seconds()
        name = urlsplit(self._site.base_url).hostname or ""
        hello = name if "." in name and not name.replace(".", "").isdigit() else "[127.0.0.1]"
        if settings.security == "tls":
            return smtplib.SMTP_SSL(settings.host, settings.port, hello, timeout=wait, context=self._context)
        return smtplib.SMTP(settings.host, settings.port, hello, timeout=wait)

    def _prepare(self, line: smtplib.SMTP) -> None:
        line.ehlo_or_helo_if_needed()
        if self._settings.security == "none" and not _stays_here(line):
            raise MailUnreached("mail relay: `security: none` is for loopback only; nothing was sent")
        if self._settings.security == "starttls":
            if not line.has_extn("starttls"):
                raise MailUnreached("mail relay: it does not offer STARTTLS; nothing was sent in clear")
            line.starttls(context=self._context)
            line.ehlo_or_helo_if_needed()
        if self._settings.username and self._password is not None:
            _log_in(line, self._settings.username, self._password)
        _expect(line.noop(), 250, "NOOP")


class _SmtpRelay:
    """An open connection."""

    def __init__(
        self,
        line: smtplib.SMTP,
        settings: MailSettings,
        site: Site,
        clock: Clock,
        sender: Address,
        bounces: str,
        wraps: Wraps,
    ) -> None:
        self._line, self._settings, self._site, self._clock = line, settings, site, clock
        self._sender, self._bounces, self._wraps = sender, bounces, wraps

    def send_link(self, mail: LinkMail) -> Wrapping:
        """Send the link. It is in no error and no log. Raises MailUnreached, MailRefused, NoMailKey."""
        url, code = (secret.expose() for secret in (mail.url, mail.code))
        letter = link_letter(mail, url, _in_fours(code), self._site)
        return self._send(letter, mail.to, _digest("link", url), link=True)

    def send_notice(self, notice: Notice) -> None:
        """Send a notice. Raises MailUnreached or MailRefused."""
        self._send(notice_letter(notice, self._site), notice.to, _digest("notice", notice.id), link=False)

    def send_code(self, mail: CodeMail) -> None:
        """Send a code. It is in no error and no log. Raises MailUnreached or MailRefused."""
        letter = code_letter(mail.language, mail.code.expose(), self._site, master=mail.master)
        self._send(letter, mail.to, _digest("notice", mail.id), link=False)

    def try_envelope(self, to: str) -> None:
        """Ask whether mail to `to` would be taken, and take the asking back. Raises MailUnreached or MailRefused."""
        with _in_words("asking", self._settings):
            _taken(self._line.mail(self._bounces), "the sender", self._line)
            _taken(self._line.rcpt(in_ascii(to)), "the recipient", self._line)
            self._line.rset()

    def _send(self, letter: Letter, to: str, name: str, *, link: bool) -> Wrapping:
        to = _mailable(to)
        with _in_words("sending", self._settings):
            eight_bit = self._line.has_extn("8bitmime")
            envelope = Envelope(sender=self._sender, to=to, at=self._clock.now(), name=name)
            written, how = self._wraps.written(letter, envelope, link=link, eight_bit=eight_bit)
            message = written.as_bytes(policy=SMTP)
            _taken(self._line.mail(self._bounces, ["BODY=8BITMIME"] if eight_bit else []), "the sender", self._line)
            _taken(self._line.rcpt(to), "the recipient", self._line)
            _expect(self._line.docmd("DATA"), 354, "DATA", self._line)
            self._line.send(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
        _taken(self._verdict(), "the message", self._line)
        return how

    def _verdict(self) -> tuple[int, bytes]:
        """What the relay says of the whole message."""
        wait = self._settings.answer_within.total_seconds()
        try:
            if self._line.sock:
                self._line.sock.settimeout(wait * VERDICT_WAITS)
            code, said = self._line.getreply()
            if self._line.sock:
                self._line.sock.settimeout(wait)
        except (smtplib.SMTPException, OSError):
            raise MailUnreached(
                "mail relay: no answer once the whole message had left; it may have gone all the same"
            ) from None
        return code, said


def in_ascii(address: str) -> str:
    """An address whose domain is in other letters as mail carries it, in its xn-- form (RFC 5891); else as it is."""
    name, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    import idna  # noqa: PLC0415 - its tables, for the few who need them

    try:
        return f"{name}{at}{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return address


def _mailable(address: str) -> str:
    """The address as mail carries it. Raises MailRefused."""
    plain = in_ascii(address)
    if not is_address(plain):
        raise MailRefused("the person's e-mail address is not one that mail can be sent to; correct it")
    return plain


def is_address(text: str) -> bool:
    """Whether mail can be sent there: one plain address, nothing around it."""
    return ADDRESS.fullmatch(text) is not None and len(text.partition("@")[0]) <= LOCAL_PART


def _sender(text: str) -> Address:
    name, spec = parseaddr(text)
    if not is_address(spec) or not text.isprintable():
        raise ConfigFault(["mail.sender: an address is expected, like Mainframe access <no-reply@example.com>"])
    return Address(name, addr_spec=spec)


def _context(settings: MailSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca)
    except (OSError, ssl.SSLError):
        raise ConfigFault([f"mail.ca: a file of certificates in PEM is expected; {settings.ca} is none"]) from None


def _hang_up(line: smtplib.SMTP) -> None:
    """Say goodbye; a relay that does not answer is not waited for."""
    with suppress(smtplib.SMTPException, OSError):
        if line.sock:
            line.sock.settimeout(GOODBYE)
            line.quit()
    line.close()


def _stays_here(line: smtplib.SMTP) -> bool:
    return line.sock is not None and ip_address(line.sock.getpeername()[0]).is_loopback


def _log_in(line: smtplib.SMTP, username: str, password: Secret) -> None:
    """Log in; a refusal is the operator's to mend, so nothing of the message's fate hangs on it."""
    try:
        line.login(username, password.expose())
    except UnicodeEncodeError:
        raise MailUnreached("mail relay: mail.username and mail.password have to be ASCII to log in") from None
    except smtplib.SMTPAuthenticationError as refused:
        raise MailUnreached(
            f"mail relay: it refused the log-in ({refused.smtp_code}); correct mail.username and mail.password"
        ) from None
    except (smtplib.SMTPNotSupportedError, smtplib.SMTPServerDisconnected):
        raise
    except smtplib.SMTPException:
        raise MailUnreached("mail relay: it offers no way to log in that is known here") from None
    finally:
        line.user = line.password = ""  # smtplib keeps them on the object


def _in_fours(code: str) -> str:
    plain = "".join(code.split())
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _digest(label: str, what: str) -> str:
    """A name that is the same for the same mail and tells nothing of it: a link holds 288 bits that nobody guesses."""
    return base32(sha256(f"reset-bridge mail {label}\0{what}".encode()).digest()[:16]).lower()


# --- what went wrong, in words --------------------------------------------------------------------


def _numbers(reply: tuple[int, bytes]) -> str:
    enhanced = ENHANCED.search(reply[1] or b"")
    return f"{reply[0]} {enhanced[0].decode()}" if enhanced else str(reply[0])


def _expect(reply: tuple[int, bytes], code: int, step: str, line: smtplib.SMTP | None = None) -> None:
    """Raise unless the relay gave the one good answer."""
    if reply[0] != code:
        if line is not None:
            _taken(reply, "the message", line)
        raise MailUnreached(f"mail relay: it answered {_numbers(reply)} to {step}; nothing was sent")


LATER: Final = frozenset({421, 530, 534, 538})
"""Not about this message: log in first, log in better, encrypt. A person mends the settings and it goes."""


def _taken(reply: tuple[int, bytes], what: str, line: smtplib.SMTP) -> None:
    """Raise unless the relay took it; the connection stays good for the next message."""
    if 200 <= reply[0] < 300:
        return
    with suppress(smtplib.SMTPException, OSError):
        line.rset()
    if 500 <= reply[0] < 600 and reply[0] not in LATER:
        raise MailRefused(f"mail relay: it refuses {what} ({_numbers(reply)})")
    raise MailUnreached(f"mail relay: it does not take {what} now ({_numbers(reply)})")


@contextmanager
def _in_words(step: str, settings: MailSettings) -> Iterator[None]:
    """Turn what smtplib, ssl and the network raise into MailUnreached: up to here nothing was taken."""
    try:
        yield
    except (smtplib.SMTPException, OSError) as trouble:
        relay, why = f"{settings.host}:{settings.port}", _why(trouble, settings)
        raise MailUnreached(f"mail relay {relay}: {step}: {why}; nothing was sent") from None


def _why(trouble: Exception, settings: MailSettings) -> str:
    """The cause, never with what was sent."""
    match trouble:
        case ssl.SSLCertVerificationError():
            why = f"its certificate is not accepted ({trouble.verify_message})"
        case ssl.SSLError():
            why = f"no TLS ({trouble.reason or 'the handshake failed'})"
        case smtplib.SMTPServerDisconnected() | TimeoutError() if "timed out" in str(trouble):
            why = f"no answer within {settings.answer_within.total_seconds():.0f} s"
        case smtplib.SMTPServerDisconnected():
            why = "it hung up"
        case smtplib.SMTPResponseException():
            why = f"it answered {trouble.smtp_code}"
        case smtplib.SMTPException():
            why = "the conversation failed"
        case _:
            why = trouble.strerror if isinstance(trouble, OSError) and trouble.strerror else "no connection"
    return why
