"""The people of the demonstration: the help desk at the API, the user at the mailbox and in the browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urljoin

import pyotp
import requests

from bridge.compose.stage import Stage
from bridge.domain.secret import Secret
from connectors.simulated.mailbox import link_in

ANSWER_WITHIN: Final = 10.0
WAIT_WITHIN: Final = 60.0
STEP: Final = 30


@dataclass(kw_only=True)
class Person:
    """Somebody with a mailbox and an authenticator app; `used` is the last step whose code was typed."""

    address: str
    app: pyotp.TOTP
    used: int = 0
    mails: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """What the help desk got."""

    id: str
    release_code: Secret

    @property
    def masked(self) -> str:
        """The release code as a line of the demonstration may show it."""
        return self.release_code.expose()[:2] + "••••••"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the browser got."""

    status: int
    title: str
    password: Secret | None = None


class Audience:
    """Speaks to the daemon as people and programs do: HTTPS, checked against the demonstration's own authority."""

    def __init__(self, stage: Stage, token: Secret, people: dict[str, Person]) -> None:
        self.token, self.people, self._stage = token, people, stage
        self._web = requests.Session()
        self._web.verify = str(stage.certificate)
        self._web.trust_env = False

    def close(self) -> None:
        """Let go of connections."""
        self._web.close()

    def ready(self, address: str = "") -> bool:
        """Whether the daemon, or the node at another address, says so."""
        try:
            return self._web.get(f"{address or self._stage.url}/readyz", timeout=ANSWER_WITHIN).status_code == 200
        except requests.RequestException:
            return False

    def ask(self, system: str, userid: str) -> Reset:
        """The help desk asks for a reset."""
        wish = {"system": system, "userid": userid, "reason": "forgotten, caller verified", "ticket": "DEMO-1"}
        answer = self._call("POST", "/resets", json=wish)
        return Reset(id=answer["id"], release_code=Secret(answer["release_code"]))

    def follow(self, reset_id: str, wanted: str, *, within: float) -> str:
        """Wait until the reset is in a state or has ended; returns the state it is in."""
        ends = time.monotonic() + within
        while True:
            state = str(self._call("GET", f"/resets/{reset_id}")["state"])
            if state in {wanted, "failed", "revoked", "expired", "cancelled"} or time.monotonic() > ends:
                return state
            time.sleep(0.1)

    def failure(self, reset_id: str) -> str:
        """Why a reset failed, in the API's words."""
        failure = self._call("GET", f"/resets/{reset_id}")["failure"]
        return str(failure["message"]) if failure else "no failure is named"

    def code(self, person: str, reset: Reset) -> Secret:
        """A code of the person's app that was not typed yet; the release code where the next would take a while."""
        somebody = self.people[person]
        step = int(time.time()) // STEP
        if step <= somebody.used:
            return reset.release_code
        somebody.used = step
        return Secret(somebody.app.generate_otp(step))

    def read_mail(self, person: str) -> Visit:
        """The newest link in the person's mailbox."""
        somebody = self.people[person]
        links: list[str] = []
        while not links:
            somebody.mails += 1
            mail = self._stage.mailbox.wait_for(somebody.address, somebody.mails)[somebody.mails - 1]
            links = [link_in(mail)] if "/r/" in mail.text else []
        return Visit(self._web, Secret(links[0]))

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Every file of the stage and every mail."""
        for path in self._stage.folder.rglob("*"):
            if path.is_file() and path.parent.name != "secrets":
                yield path.name, path.read_bytes()
        for number, mail in enumerate(self._stage.mailbox.mails):
            yield f"mail {number + 1}", mail.message.as_bytes()

    def _call(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token.expose()}"}
        url = f"{self._stage.url}/api/v1{path}"
        answer = self._web.request(method, url, headers=headers, timeout=ANSWER_WITHIN, **body)
        answer.raise_for_status()
        return answer.json()


class Visit:
    """One person with one link in one browser, without JavaScript."""

    def __init__(self, web: requests.Session, link: Secret) -> None:
        self._web, self._link = web, link
        self._url, _, self._key = link.expose().partition("#")
        self._fields: dict[str, str] = {}
        self._waiting: dict[str, str] = {}

    @property
    def where(self) -> str:
        """The link without what opens it."""
        return f"{self._url[:-20]}…#…"

    def look(self) -> int:
        """Open the page: a browser does not send the fragment."""
        answer = self._web.get(self._url, timeout=ANSWER_WITHIN)
        self._fields = _Reader.of(answer.text).fields
        return answer.status_code

    def open(self, code: Secret) -> Page:
        """Send the form as the page's script would fill it; where the host is changed now, wait for it."""
        page = self.enter(code)
        ends = time.monotonic() + WAIT_WITHIN
        while page.status == HTTPStatus.ACCEPTED and time.monotonic() < ends:
            time.sleep(0.2)
            page = self.wait()
        return page

    def enter(self, code: Secret) -> Page:
        """Type the code and press the button, once."""
        return self._send(self._url, self._fields | {"key": self._key, "code": code.expose()})

    def wait(self) -> Page:
        """Press the button of the page that waits for the host, once."""
        return self._send(f"{self._url}/wait", self._waiting)

    def _send(self, url: str, form: dict[str, str]) -> Page:
        origin = urljoin(self._url, "/").rstrip("/")
        answer = self._web.post(url, data=form, headers={"Origin": origin}, timeout=ANSWER_WITHIN)
        if answer.status_code == HTTPStatus.ACCEPTED:
            self._waiting = _Reader.of(answer.text).fields
        page = _Reader.of(answer.text)
        password = Secret(page.password) if page.password else None
        return Page(status=answer.status_code, title=page.heading, password=password)


class _Reader(HTMLParser):
    """The first form's fields, the first heading, and what stands where the password does."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.heading = self.password = ""
        self._in: list[str] = []

    @classmethod
    def of(cls, text: str) -> _Reader:
        reader = cls()
        reader.feed(text)
        return reader

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "input" and "name" in said:
            self.fields.setdefault(said["name"], said.get("value", ""))
        if (tag == "h1" and not self.heading) or said.get("id") == "password":
            self._in = [tag]

    def handle_endtag(self, tag: str) -> None:
        if self._in == [tag]:
            self._in = []

    def handle_data(self, data: str) -> None:
        if self._in == ["h1"]:
            self.heading = (self.heading + data).strip()
        elif self._in:
            self.password = (self.password + data).strip()
