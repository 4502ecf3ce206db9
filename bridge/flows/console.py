"""Signing in to the operators' console, being there, and signing out. What a browser has is worth nothing by itself:
behind each page stand the token that it was got with and its operator, looked at anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.domain.console import KEY_BYTES, SEEN_WITHIN, SignedIn, SignedOut
from bridge.domain.errors import NotAllowed
from bridge.domain.link import base32
from bridge.domain.policy import Caller
from bridge.domain.secret import Secret
from bridge.flows.caller import caller_with, digest_of
from bridge.flows.guesses import at_limit, held_up
from bridge.flows.ledger import note
from bridge.ports import WebKit, Work

COUNTED_AS: Final = "console "
"""Apart from wrong answers at links: whoever guesses tokens holds up nobody who has a link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where a browser is. `network`: what wrong tokens are counted for; empty: they are not."""

    source: str
    network: str
    agent: str


def sign_in(token: Secret, earlier: Secret | None, visitor: Visitor, kit: WebKit) -> Secret:
    """Return what the browser has from here on; `earlier` is what it had. Raises Paused, and NotAllowed for a token
    that is unknown, has ended or was revoked, or whose operator is disabled: one answer, counted alike."""
    network = f"{COUNTED_AS}{visitor.network}" if visitor.network else ""
    held_up(network, kit)
    now = kit.clock.latest()
    try:
        with kit.store.look() as work:
            found = work.operators.token(digest_of(token))
            caller = caller_with(found, visitor.source, now, work)
    except NotAllowed:
        with kit.store.work() as work:
            if at_limit(network, work, kit):
                note(work, "operator.network_paused", at=kit.clock.now(), by="system", network=visitor.network,
                     wrong=kit.network_limit)  # fmt: skip
        raise
    assert found is not None
    key = Secret(base32(kit.dice(KEY_BYTES)))
    with kit.store.work() as work:
        if earlier:
            work.console.end(digest_of(earlier))
        work.console.add(SignedIn(digest=digest_of(key), token=found.id, begun=now, seen=now))
        note(work, "operator.signed_in", at=kit.clock.now(), by=f"operator:{caller.name}", token=found.id,
             source=visitor.source, agent=visitor.agent[:200])  # fmt: skip
    return key


def present(key: Secret, source: str, kit: WebKit) -> Caller:
    """Who asks for a page. Raises SignedOut, also where the token or its operator has ended meanwhile."""
    digest, now = digest_of(key), kit.clock.latest()
    with kit.store.look() as work:
        signed, caller = _present(digest, source, work, kit)
    if now - signed.seen >= SEEN_WITHIN:
        with kit.store.work() as work:
            work.console.saw(digest, now)
    return caller


def sign_out(key: Secret, source: str, kit: WebKit) -> None:
    """End it here, whatever the browser keeps. Nothing happens where it has ended already."""
    digest = digest_of(key)
    with kit.store.work() as work:
        signed = work.console.get(digest)
        if signed is None or not work.console.end(digest):
            return
        token = work.operators.token_named(signed.token)
        name = token.operator if token else "?"
        note(work, "operator.signed_out", at=kit.clock.now(), by=f"operator:{name}", token=signed.token, source=source)


def _present(digest: bytes, source: str, work: Work, kit: WebKit) -> tuple[SignedIn, Caller]:
    signed, now = work.console.get(digest), kit.clock.latest()
    if signed is None or signed.over(now):
        raise SignedOut
    try:
        return signed, caller_with(work.operators.token_named(signed.token), source, now, work)
    except NotAllowed:
        raise SignedOut from None
