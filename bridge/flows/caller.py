"""Whose token it is. Not a flow: what the API and the console have in common."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from bridge.domain.errors import NotAllowed
from bridge.domain.policy import Caller
from bridge.domain.secret import Secret
from bridge.ports import TokenRecord, Work


def digest_of(secret: Secret) -> bytes:
    """What is kept of a token, or of what a browser is signed in with."""
    return sha256(secret.expose().encode()).digest()


def caller_with(token: TokenRecord | None, source: str, at: datetime, work: Work) -> Caller:
    """Raises NotAllowed for an unknown, ended or revoked one, or a disabled operator: one answer."""
    operator = work.operators.get(token.operator) if token else None
    alive = token and not token.revoked_at and (token.expires_at is None or token.expires_at > at)
    if not alive or operator is None or operator.disabled:
        raise NotAllowed("this token is not known here, has ended, or its operator is disabled")
    return Caller(name=operator.name, roles=operator.roles, source=source)
