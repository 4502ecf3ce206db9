"""Codes to a telephone: a gateway that records what it is sent, and the page, the flow and the factor before it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from time import monotonic
from urllib.parse import parse_qs

import pytest
import trustme

from bridge.compose.judging import gateway_found
from bridge.config.model import Config, GatewaySettings, Site, Storage
from bridge.domain.errors import CodeUnsent, GatewayUnreached, LinkDead, NoPhone, TooMany, WrongAnswer
from bridge.domain.policy import Policy
from bridge.domain.second import PHONE
from bridge.domain.secret import Secret
from bridge.flows import send
from bridge.observe import elsewhere
from connectors.factors.gateway import HttpGateway
from tests.fakes.kit import House, house
from tests.fakes.web import Browser
from tests.live.drips import dripping
from tests.ports import free_port

PHONE_OF_RECORD = "+49 171 123-4512"
BODY = '{"to": ["{phone}"], "message": {"body": "{text}", "lang": "{language}", "say": "{spoken}"}, "ref": "{code}"}'
SITE = Site(name='Example "Bank" {code}', base_url="https://reset.example.com")


class Recorder(ThreadingHTTPServer):
    """Keeps what it was sent; `status` is what it answers, with `words`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.seen: list[tuple[str, dict[str, str], str]] = []
        self.status, self.words = 202, ""

    @property
    def code(self) -> str:
        return str(json.loads(self.seen[-1][2])["ref"])


class Desk(BaseHTTPRequestHandler):
    """One request at the recorder."""

    server: Recorder

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        words = self.server.words.encode()
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def recording(context: ssl.SSLContext | None = None) -> Iterator[Recorder]:
    with Recorder() as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A gateway on loopback, in clear."""
    with recording() as made:
        yield made


def settings(port: int, **changes: object) -> GatewaySettings:
    values: dict[str, object] = {"url": f"http://127.0.0.1:{port}/v1/send?to={{phone}}", "body": BODY}
    return GatewaySettings(**(values | changes))  # type: ignore[arg-type]


def gateway(port: int, **changes: object) -> HttpGateway:
    return HttpGateway(settings(port, **changes), SITE, {"Authorization": Secret("Bearer sesame")})


@pytest.fixture
def bridge(tmp_path: Path, recorder: Recorder) -> Iterator[House]:
    """A published reset of a person with a telephone."""
    line = gateway(recorder.server_port)
    with house(
        tmp_path, policy=Policy(factors=("phone",)), enrolled=False, phone=PHONE_OF_RECORD, gateway=line
    ) as made:
        made.ask()
        made.work()
        yield made


def kinds(bridge: House) -> list[str]:
    with bridge.store.look() as work:
        return bridge.kinds(work.resets.find()[0][0].id)


# --- the gateway ----------------------------------------------------------------------------------


def test_one_post_with_what_is_configured(recorder: Recorder) -> None:
    """Address, secret header, body; a quotation mark stays within its JSON, and a name in braces is no field."""
    gateway(recorder.server_port).send("+491711234512", Secret("12345678"), "de")
    [(path, headers, body)] = recorder.seen
    assert path == "/v1/send?to=%2B491711234512"
    assert headers["Authorization"] == "Bearer sesame"
    assert headers["Content-Type"] == "application/json"
    sent = json.loads(body)
    assert sent["to"] == ["+491711234512"]
    assert sent["ref"] == "12345678"
    assert sent["message"] == {
        "body": 'Example "Bank" {code}: 12345678 ist Ihr Code für die geöffnete Seite. '
        "Geben Sie ihn an niemanden weiter.",
        "lang": "de",
        "say": "1 2 3 4 5 6 7 8",
    }


def test_a_form_is_a_form(recorder: Recorder) -> None:
    """As other gateways want it; & and + in a value stay values."""
    line = gateway(recorder.server_port, body="To={phone}&Body={text}", format="form")
    line.send("+491711234512", Secret("12345678"), "en")
    fields = parse_qs(recorder.seen[-1][2], strict_parsing=True)
    assert fields["To"] == ["+491711234512"]
    assert "12345678 is your code" in fields["Body"][0]


@pytest.mark.parametrize("status", [302, 401, 500])
def test_what_is_not_2xx_is_a_no(
    recorder: Recorder, status: int, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked once, redirected nowhere; neither code nor number nor secret is in a log."""
    recorder.status = status
    with pytest.raises(CodeUnsent):
        gateway(recorder.server_port).send("+491711234512", Secret("12345678"), "en")
    assert len(recorder.seen) == 1
    said = caplog.text + "".join(capsys.readouterr())
    assert "gateway.refused" in said
    assert not [secret for secret in ("12345678", "1711234512", "sesame") if secret in said]


def test_a_certificate_that_proves_nothing_is_no_gateway(tmp_path: Path) -> None:
    """Nothing is sent over TLS that is not verified; with the right authority it is. `check` says which."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with recording(context) as server:
        url = f"https://localhost:{server.server_port}/"
        site = Config(path=tmp_path, site=SITE, storage=Storage(url="sqlite:///x"), keys=(),
                      gateway=settings(0, url=url))  # fmt: skip
        with pytest.raises(CodeUnsent):
            gateway(0, url=url).send("+491711234512", Secret("12345678"), "en")
        assert [each.level for each in gateway_found(site)] == ["fail"]
        assert not server.seen
        gateway(0, url=url, ca=tmp_path / "ca.pem").send("+491711234512", Secret("12345678"), "en")
        assert len(server.seen) == 1


def test_i1_a_header_that_cannot_be_sent_is_in_no_log(recorder: Recorder, written: StringIO) -> None:
    """The secret's file ends in two lines: the library says so, and shows the secret; we say what kind of error."""
    line = HttpGateway(settings(recorder.server_port), SITE, {"Authorization": Secret("Bearer sesame\nopen")})
    with pytest.raises(CodeUnsent):
        line.send("+491711234512", Secret("12345678"), "en")
    assert "gateway.unreached" in written.getvalue()
    assert "sesame" not in written.getvalue()
    assert not recorder.seen


def test_a_gateway_that_is_silent_is_not_waited_for(recorder: Recorder) -> None:
    """Somebody listens and says nothing."""
    port = recorder.server_port
    recorder.shutdown()
    with pytest.raises(CodeUnsent):
        gateway(port, answer_within=timedelta(milliseconds=200)).send("+491711234512", Secret("12345678"), "en")


@pytest.mark.parametrize("begun", [b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_gateway_that_never_ends_its_answer_is_not_heard_out(begun: bytes) -> None:
    """The limit is for the whole answer: what is not said by then is no yes."""
    with dripping(begun) as port:
        line, began = gateway(port, answer_within=timedelta(milliseconds=300)), monotonic()
        with pytest.raises(CodeUnsent):
            line.send("+491711234512", Secret("12345678"), "en")
        assert monotonic() - began < 3


def test_a_yes_can_be_in_the_words(recorder: Recorder) -> None:
    """Some gateways say 200 and, in the text, that they did not take it."""
    line = gateway(recorder.server_port, accepted='"status": *"queued"')
    recorder.status, recorder.words = 200, '{"status": "queued", "id": 4711}'
    line.send("+491711234512", Secret("12345678"), "en")
    for status, words in ((200, '{"status": "no credit"}'), (200, "queued"), (500, recorder.words)):
        recorder.status, recorder.words = status, words
        with pytest.raises(CodeUnsent, match="not that it took it" if status == 200 else "500"):
            line.send("+491711234512", Secret("12345678"), "en")


def test_of_the_words_case_does_not_count_lines_do_and_few_are_looked_at(recorder: Recorder) -> None:
    """As whoever writes (?i) is told. In a long line .*x.* takes the square of it, and nobody else has a turn."""
    line = gateway(recorder.server_port, accepted="^.*[^t] ok:.*$")
    for words, fine in (("Is OK: 1", True), ("no\nis ok: 1", True), ("not ok: 1", False), ("x" * 8192 + " ok:", False)):
        recorder.words = words
        with nullcontext() if fine else pytest.raises(CodeUnsent, match="not that it took it"):
            line.send("+491711234512", Secret("12345678"), "en")


def test_a_gateway_with_too_many_before_it_is_not_asked(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is silent would take every thread there is: who finds no room is told at once, and nothing was sent."""
    monkeypatch.setattr(elsewhere, "TURN", 0.01)
    line = gateway(recorder.server_port)
    with ExitStack() as crowd:
        for _ in range(elsewhere.AT_ONCE):
            assert crowd.enter_context(line._room.entered())
        with pytest.raises(CodeUnsent, match="too many"):
            line.send("+491711234512", Secret("12345678"), "en")
    assert not recorder.seen
    line.send("+491711234512", Secret("12345678"), "en")
    assert len(recorder.seen) == 1


# --- the flow and the factor ----------------------------------------------------------------------


def test_a_code_opens_once(bridge: House, recorder: Recorder) -> None:
    """Sent to the number of record; the row holds no code; the record says which factor it was."""
    sent = send.send(bridge.attempt(""), bridge.web)
    assert sent.to == "+49 ••• ••12"
    with bridge.store.look() as work:
        kept = work.questions.get("js", PHONE)  # type: ignore[arg-type]
    assert kept
    assert recorder.code.encode() not in (kept.state or b"")
    assert bridge.open(recorder.code).userid == "JSMITH"
    assert "factor.sent" in kinds(bridge)
    with bridge.store.look() as work:
        spent = work.questions.get("js", PHONE)  # type: ignore[arg-type]
    assert spent
    assert spent.state is None


def test_without_the_key_nothing_is_sent(bridge: House, recorder: Recorder) -> None:
    """Who does not hold the link makes nobody's telephone ring."""
    with pytest.raises(LinkDead):
        send.send(bridge.attempt("", key="0" * 32), bridge.web)
    assert not recorder.seen


def test_a_code_ends_with_its_time(bridge: House, recorder: Recorder) -> None:
    """Ten minutes; then it is a wrong answer."""
    send.send(bridge.attempt(""), bridge.web)
    bridge.clock.move(minutes=10)
    with pytest.raises(WrongAnswer):
        bridge.open(recorder.code)


def test_a_code_is_its_own_links(bridge: House, recorder: Recorder) -> None:
    """Of the same person's other link it is wrong, is counted, and stays good for its own."""
    send.send(bridge.attempt(""), bridge.web)
    bridge.ask("MJONES")
    bridge.work()
    with pytest.raises(WrongAnswer) as wrong:
        bridge.open(recorder.code)
    assert wrong.value.left == 4
    assert bridge.open(recorder.code, mail=0).userid == "JSMITH"


def test_a_newer_code_ends_the_older(bridge: House, recorder: Recorder) -> None:
    """One at a time."""
    send.send(bridge.attempt(""), bridge.web)
    older = recorder.code
    bridge.clock.move(seconds=31)
    send.send(bridge.attempt(""), bridge.web)
    with pytest.raises(WrongAnswer):
        bridge.open(older)
    assert bridge.open(recorder.code)


def test_codes_are_limited_for_a_person(bridge: House, recorder: Recorder) -> None:
    """Five an hour over all links, half a minute apart; the last one sent still works."""
    send.send(bridge.attempt(""), bridge.web)
    with pytest.raises(TooMany) as soon:
        send.send(bridge.attempt(""), bridge.web)
    assert soon.value.retry_after == 31
    for _ in range(4):
        bridge.clock.move(seconds=31)
        send.send(bridge.attempt(""), bridge.web)
    bridge.ask("MJONES")
    bridge.work()
    bridge.clock.move(seconds=31)
    with pytest.raises(TooMany):
        send.send(bridge.attempt(""), bridge.web)
    assert len(recorder.seen) == 5
    assert bridge.open(recorder.code, mail=0)
    bridge.clock.move(hours=1)
    assert send.send(bridge.attempt(""), bridge.web)


def test_what_was_not_sent_is_worth_nothing(bridge: House, recorder: Recorder) -> None:
    """A gateway that says no and sends all the same: the code is dead, counts towards the limit, and is on record."""
    recorder.status = 500
    for _ in range(5):
        with pytest.raises(CodeUnsent):
            send.send(bridge.attempt(""), bridge.web)
    with pytest.raises(TooMany):
        send.send(bridge.attempt(""), bridge.web)
    assert kinds(bridge).count("factor.unsent") == 5
    with pytest.raises(WrongAnswer):
        bridge.open(recorder.code)


def test_without_a_number_the_reset_fails_before_the_host_is_touched(tmp_path: Path) -> None:
    """A link that nobody could open is not made."""
    with house(tmp_path, policy=Policy(factors=("phone",)), enrolled=False, phone="0171 1234512") as bridge:
        bridge.ask()
        assert bridge.work()[0].failure == "no_factor"


def test_a_policy_that_sends_no_codes_sends_none(tmp_path: Path, recorder: Recorder) -> None:
    """Whatever the site's other policies say."""
    line = gateway(recorder.server_port)
    with house(tmp_path, phone=PHONE_OF_RECORD, gateway=line) as bridge:
        bridge.ask()
        bridge.work()
        with pytest.raises(NoPhone):
            send.send(bridge.attempt(""), bridge.web)
    assert not recorder.seen


# --- the page -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["key", "proof"])
def test_the_page_sends_and_takes_a_code(bridge: House, recorder: Recorder, how: str) -> None:
    """The button, the masked number, the code; the number itself is nowhere."""
    browser = Browser(bridge, factors=("phone",))
    path, _ = browser.link()
    assert "Send a code to my telephone" in browser.get(path).text
    page = browser.post(f"{path}/code", browser.held(how))
    assert page.status_code == 200
    assert "on its way to +49 ••• ••12" in page.text
    assert "1234512" not in page.text
    assert browser.post(path, browser.held(how) | {"code": recorder.code}).status_code == 200
    again = browser.post(f"{path}/code", browser.held(how))
    assert (again.status_code, "This was not me" in again.text) == (200, True)
    assert browser.post(path, browser.held(how) | {"code": recorder.code}).status_code == 410


def test_the_page_says_why_nothing_was_sent(bridge: House, recorder: Recorder) -> None:
    """Too soon; not taken; from elsewhere; and a site without the factor has no such button."""
    browser = Browser(bridge, factors=("phone",))
    path, _ = browser.link()
    recorder.status = 500
    page = browser.post(f"{path}/code", browser.held("key"))
    assert page.status_code == 503
    assert "could not be sent" in page.text
    recorder.status = 200
    browser.post(f"{path}/code", browser.held("key"))
    page = browser.post(f"{path}/code", browser.held("key"))
    assert page.status_code == 429
    assert page.headers["Retry-After"] == "31"
    assert browser.post(f"{path}/code", browser.held("key"), Origin="https://evil.example.com").status_code == 403
    assert len(recorder.seen) == 2
    assert "Send a code" not in Browser(bridge).get(path).text


def test_what_opens_a_file_is_said_in_words_of_its_own(recorder: Recorder) -> None:
    """Groups with hyphens, as they have to be typed; spoken with a pause where a hyphen stands."""
    gateway(recorder.server_port).send("+491711234512", Secret("48217-39056"), "en", master=True)
    sent = json.loads(recorder.seen[-1][2])
    assert sent["ref"] == "48217-39056"
    assert "48217-39056 opens the KeePass file" in sent["message"]["body"]
    assert sent["message"]["say"] == "4 8 2 1 7, 3 9 0 5 6"


def test_whether_it_is_there_is_seen_without_a_word(recorder: Recorder) -> None:
    """A connection and nothing more; one that is refused is said before any host is touched."""
    gateway(recorder.server_port).reach()
    assert not recorder.seen
    with pytest.raises(GatewayUnreached, match="ConnectionRefusedError"):
        gateway(free_port()).reach()
