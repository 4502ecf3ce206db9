"""Unlocks: the smaller action, without a password and without a link."""

from __future__ import annotations

from typing import Any, Final

from bridge.domain.errand import Errand, Kind
from bridge.flows import errands
from bridge.flows.ask import Ask
from web.api.call import Call, Route, iso
from web.api.fields import Field
from web.api.resets import LINE, REASON, SYSTEM, USERID, WORDS


def ask_for(call: Call) -> dict[str, Any]:
    """Ask for an unlock."""
    values = call.values
    wish = Ask(system=values["system"], userid=values["userid"], reason=values["reason"], ticket=values.get("ticket"))
    return as_json(errands.send(Kind.UNLOCK, wish, call.caller, call.kit, once=call.once))


def show(call: Call) -> dict[str, Any]:
    """One unlock."""
    return as_json(errands.see(call.id, call.caller, call.kit))


def as_json(errand: Errand) -> dict[str, Any]:
    """An unlock as the API shows it."""
    failure = None
    if errand.failure:
        failure = {"code": errand.failure.value, "message": errand.failure_text or errand.failure.words}
    return {
        "id": errand.id,
        "system": errand.system,
        "userid": errand.userid,
        "state": errand.step.value,
        "reason": errand.reason,
        "ticket": errand.ticket,
        "requested_by": errand.asked_by,
        "requested_at": iso(errand.asked_at),
        "since": iso(errand.since),
        "failure": failure,
    }


ROUTES: Final = (
    Route(
        method="POST",
        path="/unlocks",
        name="unlock",
        summary="Lift a suspension by wrong passwords: no new password, no link, a notice to the person.",
        answer=ask_for,
        schema="Unlock",
        status=202,
        fields=(
            Field(name="system", words="a system's name, as `GET /systems` lists it", required=True, pattern=SYSTEM,
                  most=32),
            Field(name="userid", words=WORDS, required=True, pattern=USERID, most=32),
            REASON,
            Field(name="ticket", words="the ticket's number, up to 64 characters", pattern=LINE, most=64),
        ),
    ),
    Route(method="GET", path="/unlocks/{id}", name="show_unlock", summary="One unlock.", answer=show, schema="Unlock"),
)  # fmt: skip
