"""The web role's application: guard in front, pages, API and health behind. Never imported as a global."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

from flask import Flask, Response, abort, current_app, g, request

from bridge.ports import WebKit
from web import guard, health
from web.api import v1
from web.console import pages as console
from web.console.printing import trouble
from web.problems import as_document, problem_of, with_headers
from web.settings import WebSettings
from web.user import enrolment, owned, pages

MOST_BODY: Final = 64 * 1024
STATIC: Final = {
    "armed.js": "text/javascript",
    "enrol.js": "text/javascript",
    "own.js": "text/javascript",
    "open.js": "text/javascript",
    "page.css": "text/css",
    "console.css": "text/css",
    "passkey.js": "text/javascript",
    "page.js": "text/javascript",
    "kinds.js": "text/javascript",
    "shown.js": "text/javascript",
    "wait.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
PARTS: Final = {
    "page.js": ("seal.js", "page.js"),
    "open.js": ("read.js", "open.js"),
    "enrol.js": ("read.js", "enrol.js"),
}
"""What a page needs is one file: each is asked for anew with every page, and a telephone's ways are long."""
OPERATORS: Final = frozenset({"console.css"})
SPARE: Final = re.compile(rb"^[ \t]*//.*\n|^[ \t]+", re.MULTILINE)
"""What only we read: comments that have a line of their own, and indents. Every page asks for all of its files anew."""
BLANKS: Final = re.compile(rb"(?<=[:;,{}]) +| +(?=[{}])|\n(?=})|(?<=[{;])\n")
"""The same of a style sheet; none of its texts holds one of these."""
PROGRAMS: Final = ("/api/", *health.PATHS)  # whoever asks here wants a problem document, not a page


def create_app(kit: WebKit, settings: WebSettings) -> Flask:
    """Build the WSGI application."""
    app = Flask("web", static_folder=None, template_folder="user/templates")
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_BODY,
        MAX_FORM_MEMORY_SIZE=MOST_BODY,
        MAX_FORM_PARTS=20,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    app.url_map.merge_slashes = False  # a redirect would carry a damaged link's key along
    app.url_map.strict_slashes = False
    app.extensions["dice"] = kit.dice
    metrics = health.Metrics(kit, settings)
    _admit(app, settings)
    owned.add(app, pages.add(app, kit, settings), settings)
    enrolment.add(app, kit, settings)
    if settings.console:
        console.add(app, kit, settings)
    app.register_blueprint(v1.blueprint(kit, settings))
    app.register_blueprint(health.blueprint(kit, settings, metrics))
    _serve_static(app)
    app.after_request(metrics.count)
    app.after_request(guard.harden)
    app.register_error_handler(Exception, _apologize)
    return app


def _admit(app: Flask, settings: WebSettings) -> None:
    hosts = guard.hosts_of(settings.site.base_url)
    proxies = guard.networks(settings.trusted_proxies)

    @app.before_request
    def admit() -> None:
        forwarded = request.headers.get("X-Forwarded-For", "")
        g.source = guard.client_address(request.remote_addr or "", forwarded, proxies)
        if request.environ.get("bridge.monitor"):
            if request.path not in health.PATHS:
                abort(404)
        elif request.path not in health.PATHS:  # probes call us by address
            guard.check_host(request, hosts)


def _serve_static(app: Flask) -> None:
    users, operators = files("web.user") / "static", files("web.console") / "static"

    def lean(part: str) -> bytes:
        text = SPARE.sub(b"", ((operators if part in OPERATORS else users) / part).read_bytes())
        return BLANKS.sub(b"", text) if part.endswith(".css") else text

    content = {name: b"".join(map(lean, PARTS.get(name, (name,)))) for name in STATIC}

    @app.get("/static/<name>")
    def static(name: str) -> Response:
        if name not in content:
            abort(404)
        request.environ["bridge.keep"] = True  # web/office.py
        return Response(content[name], content_type=f"{STATIC[name]}; charset=utf-8")

    @app.get("/robots.txt")
    def robots() -> Response:
        return Response("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


def _apologize(error: Exception) -> Response:
    problem = problem_of(error)
    if request.path.startswith(PROGRAMS):
        return as_document(problem)
    if "console" in current_app.extensions and re.match(r"/console(/|\Z)", request.path):
        return trouble(problem)
    return with_headers(problem, pages.trouble(problem))
