"""A KeePass file as something to save, for a browser without script: the page that holds it sends it here and gets it
back as an attachment. Nothing is looked up, and nothing opened: what opens the file went another way.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from flask import Flask, Response, g, request

from bridge.domain.errors import BadInput
from bridge.texts.letters import marked
from web import guard
from web.settings import WebSettings
from web.user.tongues import SPEAKS
from web.user.waiting import Desk
from web.user.words import translator

BEGINS: Final = bytes.fromhex("03d9a29a67fb4bb5")  # KDBX
NAME: Final = re.compile(r"[A-Za-z0-9@#$_.-]{1,80}\.kdbx")


def add(app: Flask, desk: Desk, settings: WebSettings) -> None:
    """Put the way back into the application. It takes no file but a KeePass one, and no form but our page's."""

    def returned(rest: str) -> Response:
        guard.check_origin(request, desk.origin)
        fields = guard.form(request, "token", "file", "named", *SPEAKS)
        if not guard.token_holds(fields["token"], settings.secret, desk.kit.clock.now()):
            words = marked("This page had been open for too long. Please try again.")
            raise BadInput("form", translator(g.language)(words))
        return attachment(fields["named"], fields["file"])

    for root in ("/r", "/R"):
        app.add_url_rule(f"{root}/<rest>/file", f"file{root}", returned, methods=["POST"])


def attachment(name: str, text: str) -> Response:
    """The file from its base64. Raises BadInput."""
    try:
        file = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        file = b""
    if not file.startswith(BEGINS) or not NAME.fullmatch(name):
        raise BadInput("file", "the file of a page of ours is expected")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file, content_type="application/octet-stream", headers=headers)
