"""Signing in to the operators' console, being there, and signing out. What a browser has is worth nothing by itself:
behind each page stand the token that it was got with and its operator, looked at anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bridge.domain.console import KEY_BYTES, MOST_AT_ONCE, SEEN_WITHIN, SignedIn, SignedOut
from bridge.domain.errors import NotAllowed
from bridge.domain.link import base32
from bridge.domain.policy import Caller
from bridge.domain.secret import Secret
from bridge.flows.caller import caller_with, digest_of
from bridge.flows.guesses import at_limit, free, held_up
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
    """Return what the browser has from here on; `earlier` is what it had.

    Raises NotAllowed for a token that is unknown, has ended or was revoked, or whose operator is disabled: one answer,
    counted alike; Paused in its place where too many came from there. A right one always gets in: nobody guesses 160
    bits, and others behind the same address could else keep it out.
    """
    now = kit.clock.latest()
    try:
        with kit.store.look() as work:
            found = work.operators.token(digest_of(token))
            caller = caller_with(found, visitor.source, now, work)
    except NotAllowed:
        _count(visitor, kit)
        raise
    assert found is not None
    key = Secret(base32(kit.dice(KEY_BYTES)))
    with kit.store.work() as work:
        if earlier:
            _end(digest_of(earlier), visitor.source, work, kit)
        work.console.add(SignedIn(digest=digest_of(key), token=found.id, begun=now, seen=now))
        others = work.console.keep(found.id, MOST_AT_ONCE)
        ended: dict[str, Any] = {"signed_out": others} if others else {}
        note(work, "operator.signed_in", at=kit.clock.now(), by=f"operator:{caller.name}", token=found.id,
             source=visitor.source, agent=visitor.agent[:200], **ended)  # fmt: skip
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
    with kit.store.work() as work:
        _end(digest_of(key), source, work, kit)


def _end(digest: bytes, source: str, work: Work, kit: WebKit) -> None:
    signed = work.console.get(digest)
    if signed is None or not work.console.end(digest):
        return
    token = work.operators.token_named(signed.token)
    name = token.operator if token else "?"
    note(work, "operator.signed_out", at=kit.clock.now(), by=f"operator:{name}", token=signed.token, source=source)


def _count(visitor: Visitor, kit: WebKit) -> None:
    """Count a wrong token for where it comes from. Raises Paused, and counts nothing, where too many have come: that
    is asked first without a lock, and again under it, since many can come at once."""
    if not visitor.network or not kit.network_limit:
        return
    network = f"{COUNTED_AS}{visitor.network}"
    held_up(network, kit)
    with kit.store.work() as work:
        free(work.networks.lock(network), kit)
        if at_limit(network, work, kit):
            note(work, "operator.network_paused", at=kit.clock.now(), by="system", network=visitor.network,
                 wrong=kit.network_limit)  # fmt: skip


def _present(digest: bytes, source: str, work: Work, kit: WebKit) -> tuple[SignedIn, Caller]:
    signed, now = work.console.get(digest), kit.clock.latest()
    if signed is None or signed.over(now):
        raise SignedOut
    try:
        return signed, caller_with(work.operators.token_named(signed.token), source, now, work)
    except NotAllowed:
        raise SignedOut from None
