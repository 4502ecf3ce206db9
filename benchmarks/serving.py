"""`python -m benchmarks.serving FOLDER PORT bridge|snappass`: either application behind the product's own listener.

FOLDER has cert.pem and key.pem, and the bridge's configuration.
"""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from wsgiref.types import WSGIApplication

from bridge.compose.shared import opened
from bridge.compose.web import web_kit, web_settings
from bridge.config.reader import read
from bridge.domain.secret import Secret
from bridge.observe import events
from web.app import create_app
from web.server import serve, tls_context


def main(folder: Path, port: int, which: str) -> None:
    """Serve until SIGTERM."""
    events.set_up(style="json", level=logging.WARNING)  # neither side is measured writing a line for each answer
    with ExitStack() as stack:
        app = _snappass() if which == "snappass" else _bridge(folder, stack)
        key = Secret((folder / "key.pem").read_text())
        serve(app, listen=f"127.0.0.1:{port}", tls=partial(tls_context, folder / "cert.pem", key))


def _bridge(folder: Path, stack: ExitStack) -> WSGIApplication:
    kept = stack.enter_context(opened(read(folder / "resetbridge.yaml")))
    return create_app(web_kit(kept), web_settings(kept))


def _snappass() -> WSGIApplication:
    """Its store is named in the environment: REDIS_PORT of a real server, or MOCK_REDIS."""
    from snappass.main import app

    return app


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
