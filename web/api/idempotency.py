"""The same request twice does the thing once, where the caller sent an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

from flask import json

from bridge.domain.errors import BadInput, Overtaken
from bridge.domain.names import ResetId
from bridge.domain.reset import Reset
from bridge.flows.ask import Once
from web.api.call import Call


def fingerprint(method: str, path: str, body: Mapping[str, str]) -> bytes:
    """What makes two requests the same one."""
    return sha256(json.dumps([method, path, body], sort_keys=True, separators=(",", ":")).encode()).digest()


def decide_once(call: Call, act: Callable[[], Reset]) -> Reset:
    """Run a decision, or return what an earlier request with this key decided about.

    `ask` keeps its key in its own transaction: two resets would be harm. A decision cannot be made twice anyway (the
    second is told WrongTurn), so its key is noted after it, and a crash in between costs a repeater a 409.
    """
    if call.once is None:
        return act()
    with call.kit.store.look() as work:
        made = work.idempotency.get(call.caller.name, call.once.key)
        if made and made[0] != call.once.fingerprint:
            raise BadInput("Idempotency-Key", "a key of its own for each request: this one came with another one")
        if made:
            return work.resets.get(ResetId(made[1]))
    reset = act()
    try:
        with call.kit.store.work() as work:
            work.idempotency.put(call.caller.name, call.once.key, call.once.fingerprint, reset.id, call.kit.clock.now())
    except Overtaken:
        pass  # somebody else used the key meanwhile; what was decided stays decided
    return reset


def once_of(key: str | None, method: str, path: str, body: Mapping[str, str]) -> Once | None:
    """The key with the request it came with."""
    return Once(key=key, fingerprint=fingerprint(method, path, body)) if key else None
