"""Passkeys on a link's page: the script asks for a challenge, and sends the form with what was signed."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, jsonify, request

from bridge.domain.errors import BridgeError, NoPasskey
from bridge.flows.challenge import challenge
from bridge.flows.holder import Attempt
from bridge.flows.look import standing
from bridge.ports import WebKit
from bridge.texts.letters import marked
from web import guard
from web.user.page import say
from web.user.visits import TYPED
from web.user.waiting import Desk

NONE: Final = marked("No passkey of yours can be used here. Use one of the codes instead.")
NOTHING: Final = marked("No passkey of yours can be used here. Ask the help desk.")


def add(app: Flask, desk: Desk) -> None:
    """Put it into the application. What is neither a challenge nor words, the form itself is answered with."""

    def asked(rest: str) -> Response:
        guard.check_origin(request, desk.origin)
        sent = desk.read(rest)
        if sent.problem:
            return jsonify({})
        try:
            return jsonify(publicKey=challenge(desk.attempt(sent), desk.kit))
        except NoPasskey:
            return jsonify(words=say(NONE if _codes(desk.attempt(sent), desk.kit) else NOTHING))
        except BridgeError:
            return jsonify({})

    for root in ("/r", "/R"):
        app.add_url_rule(f"{root}/<rest>/passkey", f"passkey{root}", asked, methods=["POST"])


def _codes(attempt: Attempt, kit: WebKit) -> bool:
    """Whether a code would do instead."""
    try:
        return not TYPED.isdisjoint(standing(attempt, kit).wanted)
    except BridgeError:
        return True
