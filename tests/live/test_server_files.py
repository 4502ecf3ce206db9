"""Files are answered from memory once the application has given them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.fakes.kit import house
from tests.fakes.web import settings
from tests.live.web import NAME, listening, status, until_closed
from tests.ports import free_port
from web.app import STATIC, create_app
from web.office import MOST_KEPT


def asking(start: str, *, host: str = NAME, last: bool = True) -> bytes:
    end = "close" if last else "keep-alive"
    return f"{start} HTTP/1.1\r\nHost: {host}\r\nConnection: {end}\r\n\r\n".encode()


def test_a_file_is_asked_of_the_application_once(tmp_path: Path) -> None:
    """For each host, method and address, and up to a bound; what is not marked is asked for each time."""
    asked: Counter[str] = Counter()

    def counted(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        asked[" ".join(environ[name] for name in ("REQUEST_METHOD", "HTTP_HOST", "PATH_INFO"))] += 1
        environ["bridge.keep"] = environ["PATH_INFO"].startswith("/same")
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-Own", "yes")])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else f"{environ['PATH_INFO']} {asked.total()}".encode()]

    with listening(counted, tmp_path) as server:
        answers = [server.say(asking("GET /same")) for _ in range(3)]
        assert {answer.partition(b"\r\n\r\n")[2] for answer in answers} == {b"/same 1"}
        assert all(status(answer) == 200 and b"X-Own: yes" in answer for answer in answers)
        for _ in range(2):
            assert server.say(asking("HEAD /same")).endswith(b"\r\n\r\n")
            server.say(asking("GET /same", host="LOCALHOST"))
            server.say(asking("GET /other"))
        assert asked == {"GET localhost /same": 1, "HEAD localhost /same": 1, "GET LOCALHOST /same": 1,
                         "GET localhost /other": 2}  # fmt: skip
        for number in range(MOST_KEPT):  # made-up queries take no room
            server.say(asking(f"GET /same?{number}"))
        assert asked.pop("GET localhost /same") == 1 + MOST_KEPT
        asked["GET localhost /same"] = 1
        for _ in range(2):
            with server.connect() as line:
                for number in range(MOST_KEPT):
                    line.sendall(asking(f"GET /same{number}", last=number == MOST_KEPT - 1))
                until_closed(line)
        assert sum(number for name, number in asked.items() if "/same" in name) == 3 + MOST_KEPT + 3


def test_only_what_is_the_same_for_everybody_is_kept(tmp_path: Path) -> None:
    """Our own files under our own name, headers and all. Pages are made, and other names refused, each time."""
    with house(tmp_path) as bridge:
        port = free_port()
        app = create_app(bridge.web, settings(base_url=f"https://{NAME}:{port}"))
        asked: Counter[str] = Counter()

        def counted(environ: dict[str, Any], start_response: Any) -> Any:
            asked[environ["PATH_INFO"]] += 1
            return app(environ, start_response)

        with listening(counted, tmp_path, port=port) as server:
            paths = [*(f"/static/{name}" for name in STATIC), "/forgotten", "/static/none.js", "/healthz"]
            first = {path: server.get(path) for path in paths}
            again = {path: server.get(path) for path in paths}
            for path in paths:
                assert status(first[path]) == status(again[path]) == (404 if "none" in path else 200)
                assert asked[path] == (1 if path.removeprefix("/static/") in STATIC else 2)
                if asked[path] == 1:
                    assert _without_date(first[path]) == _without_date(again[path])
                    assert b"Cache-Control: no-store" in again[path]
            assert status(server.say(asking("GET /static/page.js", host="elsewhere.example"))) == 421


def _without_date(answer: bytes) -> list[bytes]:
    return [line for line in answer.split(b"\r\n") if not line.startswith(b"Date: ")]
