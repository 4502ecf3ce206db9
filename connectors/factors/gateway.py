"""The HTTP gateway that sends a text message, or has a machine speak it. Whose it is, only the configuration knows.

One POST, no redirect, no .netrc, no proxy but the configuration's; over TLS that is verified. Whatever it answers but
2xx is a no, and neither its words nor ours are repeated: they may hold the code.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit

from bridge.config.model import GatewaySettings, Site
from bridge.domain.errors import CodeUnsent, ConfigFault, GatewayUnreached
from bridge.domain.secret import Secret
from bridge.observe import elsewhere, events
from bridge.texts import speech
from bridge.texts.letters import CODE_MESSAGE, MASTER_MESSAGE
from connectors.factors.outbound import Proxy, answered_within, https, refusal

log = events.logger("gateway")

MOST: Final = 8 * 1024
"""Bytes of an answer that are read, where it is. Whoever looks for .*x.* in one long line holds up all other threads,
and four times as long where it is twice as long."""
TYPES: Final = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


class HttpGateway:
    """`gateway:` of the configuration. Raises ConfigFault when `ca` is no file of certificates.

    headers   the secret ones, by name
    login     what its proxy is shown
    """

    def __init__(
        self, settings: GatewaySettings, site: Site, headers: Mapping[str, Secret], login: Secret | None = None
    ) -> None:
        self._settings, self._site, self._headers = settings, site, headers
        self.proxy = Proxy.at(settings.proxy, login)
        self.lapse, self.most = settings.code_within, settings.per_person
        self._room = elsewhere.Room()
        self._accepted = re.compile(settings.accepted, re.IGNORECASE | re.MULTILINE) if settings.accepted else None
        try:
            self._context = ssl.create_default_context(cafile=settings.ca)
        except (OSError, ssl.SSLError):
            words = f"gateway.ca: a file of certificates in PEM is expected; {settings.ca} is none"
            raise ConfigFault([words]) from None

    def send(self, phone: str, code: Secret, language: str, *, master: bool = False) -> None:
        """Hand the code over; a gateway that cannot be reached, or says no, has not been asked twice."""
        settings = self._settings
        digits = code.expose()
        words = speech(language).gettext(MASTER_MESSAGE if master else CODE_MESSAGE)
        text, spoken = words.format(site=self._site.name, code=digits), " ".join(digits).replace(" - ", ", ")
        values = {"phone": phone, "code": digits, "spoken": spoken, "text": text, "language": language}
        body = filled(settings, values).encode()
        parts = urlsplit(settings.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": TYPES[settings.format], "Accept": "*/*", "User-Agent": "resetbridge"}
        headers |= {name: value.expose() for name, value in self._headers.items()}
        with self._room.entered() as inside:
            if not inside:
                raise CodeUnsent("gateway: too many codes are on their way to it")
            status, said = self._posted(path.replace("{phone}", quote(phone, safe="")), body, headers)
        if not 200 <= status < 300:
            log.warning("gateway.refused", host=parts.hostname, status=status)
            raise CodeUnsent(f"gateway: it answered {status}")
        if self._accepted and not self._accepted.search(said):
            log.warning("gateway.refused", host=parts.hostname, status=status, why="without what gateway.accepted says")
            raise CodeUnsent(f"gateway: it answered {status}, and not that it took it")

    def _posted(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """The status that came, and what was said with it. Raises CodeUnsent."""
        line = self.connection()
        try:
            with answered_within(line, self._settings.answer_within):
                line.request("POST", path, body, dict(headers))
                answer = line.getresponse()
                said = answer.read(MOST).decode(errors="replace") if self._accepted else ""
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = refusal(error) or type(error).__name__  # its words may hold what was to be sent
            log.warning("gateway.unreached", host=line.host, why=why)
            raise CodeUnsent("gateway: it could not be reached, or broke off") from None
        finally:
            line.close()
        return answer.status, said

    def reach(self) -> None:
        """Connect, over TLS where it is, and hang up."""
        line = self.connection()
        try:
            line.connect()
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = refusal(error) or type(error).__name__
            raise GatewayUnreached(f"gateway: it cannot be reached ({why})") from None
        finally:
            line.close()

    def connection(self) -> http.client.HTTPConnection:
        """A way to the gateway; nothing is sent yet."""
        elsewhere.waits()
        parts, within = urlsplit(self._settings.url), self._settings.answer_within
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            return https(host, port, within=within, context=self._context, proxy=self.proxy)
        return http.client.HTTPConnection(host, port, timeout=within.total_seconds())


def filled(settings: GatewaySettings, values: Mapping[str, str]) -> str:
    """The body with its fields filled in, each so that it ends where it should."""

    def value(found: re.Match[str]) -> str:
        text = values[found[1]]
        return json.dumps(text)[1:-1] if settings.format == "json" else quote_plus(text)

    return re.sub(f"{{({'|'.join(values)})}}", value, settings.body)
