"""Resets on the console: looked for, one of them whole, and decided about; as the API has them, by the same flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from bridge.domain.errors import BadInput, NotAllowed, Overtaken, WrongTurn
from bridge.domain.policy import MAY, Caller, Deed
from bridge.domain.reset import LEADS_TO, Reset, State
from bridge.domain.said import CLEANED, said
from bridge.flows import decide
from bridge.ports import WebKit
from web.api import resets
from web.api.call import Call
from web.api.fields import Field
from web.console.happened import happened, last_try
from web.settings import WebSettings

A_PAGE: Final = "25"
SOUGHT: Final = ("state", "system", "userid")
FIELDS: Final[Mapping[str, Field]] = {
    field.name: field for route in resets.ROUTES if route.name == "find" for field in route.fields
}
STATES: Final = tuple(state.value for state in State)
DEEDS: Final[Mapping[str, tuple[Deed, Callable[[str, Caller, str, WebKit], Reset]]]] = {
    "approve": (Deed.DECIDE, decide.approve),
    "reject": (Deed.DECIDE, decide.reject),
    "revoke": (Deed.REVOKE, decide.revoke),
}
MENDED: Final = (BadInput, NotAllowed, Overtaken, WrongTurn)
"""What is said on the reset's own page, which has what was typed."""


def asked(args: MultiDict[str, str]) -> dict[str, str]:
    """What is looked for; an empty field is none. Raises BadInput."""
    found = {}
    for name, values in args.lists():
        if name not in (*SOUGHT, "cursor") or len(values) != 1:
            raise BadInput("query", "state, system and userid are expected, each once")
        if value := values[0].strip():
            found[name] = FIELDS[name].check(value.upper() if name == "system" else value)
    return found


def listed(values: Mapping[str, str], caller: Caller, kit: WebKit, settings: WebSettings) -> dict[str, Any]:
    """A page of them. `further`: where the next one is."""
    call = Call(caller=caller, kit=kit, settings=settings, values={**values, "limit": A_PAGE})
    found = resets.find(call)
    further = {**values, "cursor": found["cursor"]}
    return {
        "resets": [_legible(each) for each in found["resets"]],
        "further": urlencode(further) if found["cursor"] else "",
    }


def one(reset_id: str, caller: Caller, kit: WebKit, settings: WebSettings) -> dict[str, Any]:
    """One of them, with what the caller may do about it."""
    call = Call(caller=caller, kit=kit, settings=settings, values={}, id=reset_id)
    document = resets.show(call)
    policy = kit.systems.get(document["system"])
    return {
        "reset": _legible(document),
        "deeds": deeds(document, caller),
        "own": own(document, caller),
        "needed": max(policy.approvals if policy else 1, 1),
    }


def refused(fault: Exception) -> str:
    """Why nothing was done, for whoever wanted it."""
    if isinstance(fault, BadInput):
        return f"Why, in one line: {fault.expected}"
    if isinstance(fault, NotAllowed):
        return str(fault)
    return "Somebody else was faster, or it has gone on by itself: what is said here is how it stands now"


def deeds(document: Mapping[str, Any], caller: Caller) -> tuple[str, ...]:
    """What there is to do, as far as the caller's roles go; the flow looks again."""
    state = State(document["state"])
    waits = state is State.AWAITING_APPROVAL
    ends = LEADS_TO.get(state, frozenset()) & {State.CANCELLED, State.REVOKED}
    open_ = {"approve": waits and not own(document, caller), "reject": waits, "revoke": bool(ends)}
    return tuple(name for name, (deed, _) in DEEDS.items() if open_[name] and _may(deed, caller))


def own(document: Mapping[str, Any], caller: Caller) -> bool:
    """Whether it waits for another person than the caller, who else could approve it."""
    voices = {document["requested_by"], *document["approved_by"]}
    return document["state"] == State.AWAITING_APPROVAL and caller.name in voices and _may(Deed.DECIDE, caller)


def _may(deed: Deed, caller: Caller) -> bool:
    return any(deed in MAY[role] for role in caller.roles)


def _legible(document: Mapping[str, Any]) -> dict[str, Any]:
    """Times as times, and words."""
    times = {name: datetime.fromisoformat(document[name]) if document[name] else None
             for name in ("since", "requested_at", "expires_at", "release_code_expires_at")}  # fmt: skip
    return {
        **document,
        **times,
        "word": document["state"].replace("_", " "),
        "says": said(document["state"], document["delivery"]),
        "over": not LEADS_TO.get(State(document["state"])),
        "cleaned": CLEANED.get(document["cleanup"], ""),
        "events": happened(document["events"]),
        "tried": last_try(document["events"]) if document["state"] == State.QUEUED else None,
    }
