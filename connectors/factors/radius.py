"""A passcode that a RADIUS server judges (RFC 2865, PAP, Access-Challenge): RSA SecurID, IBM Z MFA and others.

An answer is believed only with a right Message-Authenticator in it: without one, whoever sits in between can turn a
Reject into an Accept in minutes (CVE-2024-3596, "BlastRADIUS"). It has to come from the address and port that was
asked, too: pyrad takes one from anywhere. An answer that is not believed is silence.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from datetime import timedelta
from select import POLLIN
from typing import Final

from pyrad import packet
from pyrad.client import Client, Timeout

from bridge.config.model import RadiusServer, RadiusSettings
from bridge.domain.errors import DirectoryUnreached, FactorUnreached
from bridge.domain.reset import Reset
from bridge.domain.second import RADIUS, Challenge
from bridge.domain.secret import Secret
from bridge.observe import elsewhere, events
from bridge.ports import Directory, PersonRecord

log = events.logger("radius")

USER_NAME, USER_PASSWORD, REPLY_MESSAGE, STATE, NAS_IDENTIFIER = 1, 2, 18, 24, 32  # RFC 2865, 5
LONGEST: Final = 128  # octets of a User-Password: RFC 2865, 5.2
WORDS: Final = 500  # characters of a server's question that a page shows
SPARE: Final = timedelta(seconds=15)  # for names that resolve slowly
UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


class Radius:
    """Asks the servers of `radius:`, the next one where one is silent.

    secrets   one for each server, in their order; none in a role that asks nobody
    """

    kind = RADIUS

    def __init__(self, settings: RadiusSettings, directory: Directory, secrets: Sequence[Secret] = ()) -> None:
        self._settings, self._directory, self._secrets = settings, directory, secrets
        self.patience = settings.answer_within * (settings.tries * len(settings.servers)) + SPARE
        self.lapse, self.most = settings.question_within, settings.per_person
        self._room = elsewhere.Room()

    def offered(self, reset: Reset, owner: PersonRecord) -> bool:
        """Whether the person has a name to ask the server about; whether it knows them, it tells nobody."""
        return self._settings.name != "email" or owner.email is not None

    def shaped(self, answer: Secret, *, asked: bool) -> bool:
        """A passcode of the configured form; to a question, anything that the protocol can carry."""
        text = answer.expose()
        if not 0 < len(text.encode()) <= LONGEST or not text.isprintable():
            return False
        return asked or re.fullmatch(self._settings.passcode, text, re.IGNORECASE) is not None

    def ask(self, reset: Reset, answer: Secret, state: Secret | None) -> bool | Challenge:
        """What the first server that speaks says; a question's answer goes to the one that asked it."""
        name = self._name(reset)
        if name is None:
            raise FactorUnreached("radius: the directory does not know the person's name any more")
        first, echo = _read_state(state)
        servers = list(enumerate(zip(self._settings.servers, self._secrets, strict=True)))
        with self._room.entered() as inside:
            if not inside:
                raise FactorUnreached("radius: too many answers are being judged")
            for place, (server, secret) in servers if echo is None else servers[first : first + 1]:
                reply = self._sent(server, secret, name, answer, echo)
                if reply is not None:
                    return _ruling(reply, place)
        raise FactorUnreached("radius: no server gave an answer that can be believed")

    def _sent(
        self, server: RadiusServer, secret: Secret, name: str, answer: Secret, echo: bytes | None
    ) -> packet.Packet | None:
        """The server's answer to one request, sent again with the same identifier; None: nothing to be believed."""
        client = _client(self._settings, server, secret)
        request = client.CreateAuthPacket(code=packet.AccessRequest)
        request[USER_NAME] = [name.encode()]
        request[USER_PASSWORD] = [request.PwCrypt(answer.expose())]
        request[NAS_IDENTIFIER] = [self._settings.nas.encode()]
        if echo:  # a question without one is answered without one: RFC 2865, 5.24
            request[STATE] = [echo]
        return _answer(client, request, server)

    def _name(self, reset: Reset) -> str | None:
        """As the server knows the person. Raises FactorUnreached where the directory does not say: nobody was asked."""
        if reset.person is None:
            return None
        if self._settings.name == "userid":
            return reset.userid
        if self._settings.name == "person":
            return reset.person
        try:
            owner = self._directory.person(reset.person)
        except DirectoryUnreached as unreached:
            raise FactorUnreached(f"radius: {unreached}") from None
        return owner.email if owner else None


def alive(settings: RadiusSettings, server: RadiusServer, secret: Secret) -> tuple[bool, bool]:
    """Whether the server answers Status-Server (RFC 5997), which logs nobody on; and whether it could be believed."""
    for signed in (True, False):
        client = _client(settings, server, secret, signed=signed)
        request = client.CreateAuthPacket(code=packet.StatusServer)
        request[NAS_IDENTIFIER] = [settings.nas.encode()]
        if _answer(client, request, server) is not None:
            return True, signed
    return False, False


class _Line(socket.socket):
    """Speaks to one address and hears no other. It is not connected: a server that is started again would refuse us."""

    def __init__(self, host: str, port: int) -> None:
        family, kind, protocol, _, far = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        super().__init__(family, kind, protocol)
        self._far: tuple[object, ...] = far

    def sendto(self, data: bytes, _: object) -> int:  # type: ignore[override]
        """Wherever pyrad says: a name can have more than one address."""
        return super().sendto(data, self._far)

    def recv(self, most: int) -> bytes:  # type: ignore[override]
        """Nothing, which is no reply, of what came from elsewhere."""
        data, sender = self.recvfrom(most)
        return data if sender[:2] == self._far[:2] else b""


class _Client(Client):  # type: ignore[misc]
    """pyrad's, on such a line."""

    _socket: socket.socket | None

    def _SocketOpen(self) -> None:  # noqa: N802 - pyrad's name
        if self._socket is None:
            self._socket = _Line(self.server, self.authport)
            self._poll.register(self._socket, POLLIN)


def _client(settings: RadiusSettings, server: RadiusServer, secret: Secret, *, signed: bool = True) -> Client:
    """One for each request: it has a socket of its own, and is not for two threads."""
    return _Client(
        server.host,
        authport=server.port,
        secret=secret.expose().encode(),
        retries=settings.tries,
        timeout=settings.answer_within.total_seconds(),
        enforce_ma=signed,
    )


def _answer(client: Client, request: packet.AuthPacket, server: RadiusServer) -> packet.Packet | None:
    elsewhere.waits()
    try:
        return client.SendPacket(request)
    except Timeout:
        why = "no answer with a right Message-Authenticator"
    except OSError as error:
        why = error.strerror or type(error).__name__
    finally:
        client._CloseSocket()  # it has no other way to be closed
    log.warning("radius.silent", server=server.host, port=server.port, why=why)
    return None


def _ruling(reply: packet.Packet, place: int) -> bool | Challenge:
    """Yes, no, or another question. Whatever else a server may say to an Access-Request is a no."""
    if reply.code != packet.AccessChallenge:
        return bool(reply.code == packet.AccessAccept)
    words = b"".join(reply.get(REPLY_MESSAGE) or []).decode(errors="replace")
    state = b"".join(reply.get(STATE) or [])
    return Challenge(UNSEEN.sub(" ", words).strip()[:WORDS], Secret(f"{place}:{state.hex()}"))


def _read_state(state: Secret | None) -> tuple[int, bytes | None]:
    """(which server asked, what it wants back)."""
    if state is None:
        return 0, None
    place, _, echo = state.expose().partition(":")
    return int(place), bytes.fromhex(echo)
