"""Asking on the console: for a reset, or for an unlock alone. A release code is in the answer and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from bridge.domain.errand import Errand, Kind, Step
from bridge.domain.errors import BadInput, NotAllowed, Overtaken, TooMany
from bridge.domain.link import base32
from bridge.domain.policy import Caller, Deed, demand
from bridge.flows import errands
from bridge.flows.ask import Ask, Asked, Once, ask
from bridge.ports import WebKit
from web.api import resets
from web.api.fields import Field

MENDED: Final = (BadInput, TooMany, NotAllowed)
"""What is said at the form, which keeps what was typed."""
ONCE_BYTES: Final = 15
LISTED: Final = 50
WHAT: Final = Field(name="what", words="a new password, or an unlock", one_of=("reset", "unlock"))
FIELDS: Final[Mapping[str, Field]] = {
    field.name: field for route in resets.ROUTES if route.name == "ask" for field in route.fields
} | {"what": WHAT}
NAMES: Final = (*FIELDS, "once")


def blank(args: MultiDict[str, str], caller: Caller, kit: WebKit) -> dict[str, Any]:
    """An empty form, or one for the account that the address names. Raises NotAllowed, BadInput."""
    demand(caller, Deed.ASK)
    values = {}
    for name, given in args.lists():
        if name not in {"system", "userid"} or len(given) != 1:
            raise BadInput("query", "system and userid are expected, each once")
        values[name] = FIELDS[name].check(given[0])
    return {"asked": values, "once": base32(kit.dice(ONCE_BYTES))}


def send(fields: Mapping[str, str], caller: Caller, kit: WebKit) -> Asked | Errand:
    """Ask for what the form says; the same form sent again asks for nothing. Raises NotAllowed, BadInput, TooMany."""
    values = {name: field.check(fields[name].strip()) for name, field in FIELDS.items() if needed(name, fields)}
    wish = Ask(system=values["system"], userid=values["userid"], reason=values["reason"], ticket=values.get("ticket"))
    once = _once(fields["once"], values)
    try:
        return _send(values["what"], wish, caller, kit, once)
    except Overtaken:  # pressed twice: the other one has asked by now, and this one comes to what it has asked for
        return _send(values["what"], wish, caller, kit, once)


def _send(what: str, wish: Ask, caller: Caller, kit: WebKit, once: Once) -> Asked | Errand:
    if what == "unlock":
        return errands.send(Kind.UNLOCK, wish, caller, kit, once=once)
    return ask(wish, caller, kit, once=once)


def needed(name: str, fields: Mapping[str, str]) -> bool:
    """Whether the field counts: an empty ticket is none."""
    return FIELDS[name].required or name == "what" or bool(fields[name].strip())


def unlocks(caller: Caller, kit: WebKit) -> list[tuple[Errand, str]]:
    """The newest of them, and where each stands. Raises NotAllowed."""
    return [(each, said(each)) for each in errands.newest(Kind.UNLOCK, caller, kit, limit=LISTED)]


def said(errand: Errand) -> str:
    """Where an unlock stands."""
    if errand.step is Step.DONE:
        return "the old password works again" if errand.answer.get("lifted") else "it was not locked; nothing was done"
    return "has failed" if errand.step is Step.FAILED else "waits for a worker"


def wrong(fault: Exception) -> dict[str, str]:
    """What to say above the form, and at which field."""
    if isinstance(fault, BadInput):
        return {"trouble": fault.expected, "place": fault.place if fault.place in FIELDS else ""}
    if isinstance(fault, TooMany):
        minutes = -(-fault.retry_after // 60)
        return {"trouble": f"{fault.limit or 'there were too many within the hour'}; in {minutes} min"
                           " it can be tried again", "place": ""}  # fmt: skip
    return {"trouble": str(fault), "place": ""}


def _once(sent: str, values: Mapping[str, str]) -> Once:
    """Of one form each wording counts once: whoever went back and corrected it asks for something else."""
    if not re.fullmatch(rf"[0-9A-Z]{{{ONCE_BYTES * 8 // 5}}}", sent):
        raise BadInput("form", "the page is not whole; load it anew, and try once more")
    print_ = sha256(repr(sorted(values.items())).encode()).digest()
    return Once(key=f"console.{sent}.{print_[:12].hex()}", fingerprint=print_)
