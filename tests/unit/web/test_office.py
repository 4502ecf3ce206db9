"""Who gets which share, and goes first; what is done when an answer has left is done as well where it could not
leave, and is nobody's share: web/office.py without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine, ResponseStartLine
from tornado.iostream import StreamClosedError

from web import guard, turns
from web import office as at
from web.office import AFTERWARDS, Answer, Limits, Office

LINE = RequestStartLine("GET", "/", "HTTP/1.1")


class Line:
    """A connection: its address is asked, and it takes one answer's head."""

    context = None
    said: HTTPHeaders

    def write_headers(self, start_line: ResponseStartLine, headers: HTTPHeaders, chunk: bytes) -> None:
        """The answer."""
        self.said = headers

    def finish(self) -> None:
        """Its end."""


def request_of(method: str = "GET", path: str = "/", line: Line | None = None) -> HTTPServerRequest:
    """One that has come to its end."""
    start = RequestStartLine(method, path, "HTTP/1.1")
    return HTTPServerRequest(start_line=start, headers=HTTPHeaders({"Host": "localhost"}), connection=line or Line())  # type: ignore[arg-type]


def page(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """An application that has one."""
    start_response("200 OK", [])
    return [b"page"]


class Body:
    """An answer with work for afterwards."""

    def __init__(self, done: list[str]) -> None:
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"page"])

    def close(self) -> None:
        """The work."""
        self._done.append("afterwards")


@pytest.mark.parametrize("gone", [True, False])
def test_whoever_hangs_up_has_opened_the_page_all_the_same(monkeypatch: pytest.MonkeyPatch, gone: bool) -> None:
    """A scanner that does not wait for the page is on record."""
    done: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> Body:
        environ["bridge.afterwards"] = True
        start_response("200 OK", [])
        return Body(done)

    def send(self: Office, request: HTTPServerRequest, answer: Answer) -> None:
        done.append("sent")
        if gone:
            raise StreamClosedError

    async def story() -> None:
        office = Office(app, limits=Limits(), proxies=(), threads=1, monitor=False)
        request = HTTPServerRequest(start_line=LINE, headers=HTTPHeaders({"Host": "localhost"}), connection=Line())  # type: ignore[arg-type]
        await office.handle_request(request)
        assert office.in_flight == 0
        office.executor.shutdown()

    monkeypatch.setattr(Office, "_send", send)
    asyncio.run(story())
    assert done == ["sent", "afterwards"]


def test_what_waits_for_afterwards_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred answers a second, and half a second until their openings are on record: more than one share."""
    done: list[str] = []
    answers: list[int] = []

    def app(environ: dict[str, Any], start_response: Any) -> Body:
        environ["bridge.afterwards"] = True
        start_response("200 OK", [])
        return Body(done)

    def send(self: Office, request: HTTPServerRequest, answer: Answer) -> None:
        answers.append(answer.status)

    async def story() -> None:
        office = Office(app, limits=Limits(in_flight=4, per_source=2), proxies=(), threads=1, monitor=False)
        run, open_ = office._turns.run, asyncio.Event()

        async def later(patience: float, work: Any, *args: Any) -> Any:
            if patience == AFTERWARDS:
                await open_.wait()
            return await run(patience, work, *args)

        monkeypatch.setattr(office._turns, "run", later)
        tasks = []
        for number in range(1, 7):
            request = HTTPServerRequest(start_line=LINE, headers=HTTPHeaders({"Host": "localhost"}), connection=Line())  # type: ignore[arg-type]
            tasks.append(asyncio.create_task(office.handle_request(request)))
            while len(answers) < number:
                await asyncio.sleep(0)
        assert office.in_flight == 6  # a daemon that stops waits for them
        open_.set()
        await asyncio.gather(*tasks)
        assert office.in_flight == 0
        office.executor.shutdown()

    monkeypatch.setattr(Office, "_send", send)
    asyncio.run(story())
    assert answers == [200] * 6
    assert done == ["afterwards"] * 6


def at_once(office: Office, monkeypatch: pytest.MonkeyPatch, *comers: tuple[str, str]) -> list[int]:
    """What those are answered who come while nobody has been answered yet: (peer, X-Forwarded-For) → status."""
    answers: dict[str, int] = {}

    def send(self: Office, request: HTTPServerRequest, answer: Answer) -> None:
        answers[request.path] = answer.status

    async def story() -> None:
        run, open_ = office._turns.run, asyncio.Event()

        async def later(patience: float, work: Any, *args: Any) -> Any:
            await open_.wait()
            return await run(patience, work, *args)

        monkeypatch.setattr(office._turns, "run", later)
        tasks = []
        for number, (peer, forwarded) in enumerate(comers):
            headers = HTTPHeaders({"Host": "localhost", "X-Forwarded-For": forwarded})
            line = RequestStartLine("GET", f"/{number}", "HTTP/1.1")
            request = HTTPServerRequest(start_line=line, headers=headers, connection=Line())  # type: ignore[arg-type]
            request.remote_ip = peer
            tasks.append(asyncio.create_task(office.handle_request(request)))
            await asyncio.sleep(0)
        open_.set()
        await asyncio.gather(*tasks)
        office.executor.shutdown()

    monkeypatch.setattr(Office, "_send", send)
    asyncio.run(story())
    return [answers[f"/{number}"] for number in range(len(comers))]


@pytest.mark.parametrize(
    ("comers", "answers"),
    [
        ([("192.0.2.1", "")] * 3 + [("192.0.2.2", "")], [200, 200, 503, 200]),
        ([(f"192.0.2.{number}", "") for number in range(6)], [200] * 4 + [503] * 2),
        ([("10.0.0.1", f"192.0.2.{number}") for number in (1, 1, 1, 2)], [200, 200, 503, 200]),
        ([("192.0.2.1", f"198.51.100.{number}") for number in range(3)], [200, 200, 503]),
        ([(f"2001:db8::{number}", "") for number in range(3)] + [("2001:db8:0:1::", "")], [200, 200, 503, 200]),
    ],
    ids=["one address", "all", "behind the proxy", "no proxy of ours", "an IPv6 network"],
)
def test_nobody_takes_more_than_their_share(
    monkeypatch: pytest.MonkeyPatch, comers: list[tuple[str, str]], answers: list[int]
) -> None:
    """Two of one address, four in all; and once all are answered nobody is counted any more, nor remembered."""
    limits, proxies = Limits(in_flight=4, per_source=2), guard.networks(["10.0.0.0/8"])
    office = Office(page, limits=limits, proxies=proxies, threads=1, monitor=False)
    assert at_once(office, monkeypatch, *comers) == answers
    assert dict(office._shares) == {}


def test_who_sends_a_form_is_let_in_before_who_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many look: the one who has a code does not wait for them."""
    begun: list[str] = []
    inside, go = Event(), Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        begun.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/first":
            inside.set()
            assert go.wait(10)
        return page(environ, start_response)

    async def story() -> None:
        office = Office(app, limits=Limits(), proxies=(), threads=2, monitor=False)
        tasks = []
        for method, path in (("GET", "/first"), ("GET", "/look"), ("POST", "/form")):
            tasks.append(asyncio.create_task(office.handle_request(request_of(method, path))))
            await asyncio.sleep(0)
        assert inside.wait(10)
        go.set()
        await asyncio.gather(*tasks)
        office.executor.shutdown()

    monkeypatch.setattr(turns, "AWAY", 3600.0)
    monkeypatch.setattr(at, "LOOKING", 3600.0)
    monkeypatch.setattr(at, "AFTERWARDS", 7200.0)
    asyncio.run(story())
    assert begun == ["/first", "/form", "/look"]


@pytest.mark.parametrize(("limits", "stops", "ends"), [
    (Limits(), False, False), (Limits(), True, True), (Limits(per_source=0), False, True),
])  # fmt: skip
def test_who_is_refused_or_comes_last_is_hung_up_on(limits: Limits, stops: bool, ends: bool) -> None:
    """A connection that stays open is one of few, and holds up a daemon that stops; everybody else's goes on."""
    line = Line()

    async def story() -> None:
        office = Office(page, limits=limits, proxies=(), threads=1, monitor=False)
        office.closing = stops
        await office.handle_request(request_of(line=line))
        office.executor.shutdown()

    asyncio.run(story())
    assert (line.said.get("Connection") == "close") == ends


@pytest.mark.parametrize(("limits", "status"), [(Limits(), 500), (Limits(in_flight=0), 503)])
def test_an_apology_is_hardened_and_the_log_does_not_quote(limits: Limits, status: int) -> None:
    """As every other answer is; what the application said when it broke is nobody's, the log's readers' neither."""
    line = Line()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise ValueError("/r/0123456789ABCDEFGHJKMNPQRS")

    async def story() -> None:
        office = Office(app, limits=limits, proxies=(), threads=1, monitor=False)
        await office.handle_request(request_of(line=line))
        office.executor.shutdown()

    with capture_logs() as lines:
        asyncio.run(story())
    assert lines[-1]["status"] == status
    assert dict(line.said.get_all()).items() >= guard.HEADERS.items()
    assert [one["error"] for one in lines if one["event"] == "web.escaped"] == ["ValueError"] * (status == 500)
    assert "/r/0" not in str(lines)


def test_a_fault_afterwards_is_in_the_log_without_its_words() -> None:
    """Whoever asked has their answer; that an opening was not recorded is not passed over in silence."""

    class Bad(Body):
        def close(self) -> None:
            raise ValueError("/r/0123456789ABCDEFGHJKMNPQRS")

    def app(environ: dict[str, Any], start_response: Any) -> Body:
        environ["bridge.afterwards"] = True
        start_response("200 OK", [])
        return Bad([])

    async def story() -> None:
        office = Office(app, limits=Limits(), proxies=(), threads=1, monitor=False)
        await office.handle_request(request_of())
        assert office.in_flight == 0
        office.executor.shutdown()

    with capture_logs() as lines:
        asyncio.run(story())
    assert [line["event"] for line in lines] == ["web.answered", "web.afterwards"]
    assert lines[1]["error"] == "ValueError"
    assert "/r/0" not in str(lines)


def test_half_a_form_is_never_acted_on() -> None:
    """Whoever goes before the last byte has sent nothing."""
    called: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        called.append(environ["wsgi.input"].read().decode())
        return page(environ, start_response)

    async def story() -> None:
        office = Office(app, limits=Limits(), proxies=(), threads=1, monitor=False)
        for goes in (True, False):
            exchange = office.start_request(object(), Line())  # type: ignore[arg-type]
            exchange.headers_received(RequestStartLine("POST", "/", "HTTP/1.1"), HTTPHeaders({"Host": "localhost"}))
            exchange.data_received(b"code=12")
            if goes:
                exchange.on_connection_close()
                continue
            exchange.data_received(b"3456")
            exchange.finish()
        async with asyncio.timeout(10):
            while not called or office.in_flight:
                await asyncio.sleep(0)
        office.executor.shutdown()

    asyncio.run(story())
    assert called == ["code=123456"]
