"""Resets: ask, follow, decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from bridge.domain.errors import BadInput
from bridge.domain.names import Userid
from bridge.domain.policy import Caller
from bridge.domain.record import Record
from bridge.domain.reset import Reset, State
from bridge.flows import decide, see
from bridge.flows.ask import Ask, ask
from bridge.ports import WebKit, Work
from web.api.call import Call, Route, iso
from web.api.fields import Field
from web.api.idempotency import decide_once

SYSTEM: Final = r"[A-Z][A-Z0-9_-]{0,31}"
USERID: Final = r"[A-Za-z0-9@#$_.-]{1,32}"
WORDS: Final = "a userid as the system has them: 1 to 8 of A-Z 0-9 @ # $ on the mainframe"
LINE: Final = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\S[^\x00-\x1f\x7f-\x9f\u2028\u2029]*"
CURSOR: Final = r"[\x21-\x7e]+"
REASON: Final = Field(name="reason", words="why, in one line of 1 to 500 characters", required=True, pattern=LINE)


def ask_for(call: Call) -> dict[str, Any]:
    """Ask for a reset."""
    wish = Ask(
        system=call.values["system"],
        userid=call.values["userid"],
        reason=call.values["reason"],
        ticket=call.values.get("ticket"),
    )
    asked = ask(wish, call.caller, call.kit, once=call.once)
    code = asked.release_code.expose() if asked.release_code else None
    ttl = int(call.kit.systems[asked.reset.system].code_lasts.total_seconds()) if code else None
    return _with_events(asked.reset, call.kit) | {
        "release_code": code, "release_code_ttl": ttl, "release_code_withheld": asked.withheld,
    }  # fmt: skip


def show(call: Call) -> dict[str, Any]:
    """One reset."""
    return as_json(*see.reset(call.id, call.caller, call.kit))


def find(call: Call) -> dict[str, Any]:
    """A page of resets."""
    values = call.values
    found, cursor = see.resets(
        call.caller,
        call.kit,
        state=values.get("state"),
        system=values.get("system"),
        userid=_sought(call) if "userid" in values else None,
        cursor=values.get("cursor"),
        limit=int(values.get("limit", "50")),
    )
    with call.kit.store.look() as work:
        return {"resets": [_whole(reset, work, call.kit) for reset in found], "cursor": cursor}


def _sought(call: Call) -> str:
    """The userid to look for, in its system's form; one that fits no form is on no reset."""
    try:
        return call.kit.forms.get(call.values.get("system", ""), Userid)(call.values["userid"])
    except BadInput:
        return call.values["userid"]


def _deciding(deed: Callable[[str, Caller, str, WebKit], Reset]) -> Callable[[Call], dict[str, Any]]:
    def answer(call: Call) -> dict[str, Any]:
        reset = decide_once(call, lambda: deed(call.id, call.caller, call.values["reason"], call.kit))
        return _with_events(reset, call.kit)

    return answer


def _with_events(reset: Reset, kit: WebKit) -> dict[str, Any]:
    with kit.store.look() as work:
        return _whole(reset, work, kit)


def _whole(reset: Reset, work: Work, kit: WebKit) -> dict[str, Any]:
    return as_json(reset, work.audit.of_reset(reset.id), see.code_ends(reset, work, kit))


def as_json(reset: Reset, records: Sequence[Record], code_ends: datetime | None) -> dict[str, Any]:
    """A reset as the API shows it: never a password, never a link."""
    return {
        "id": reset.id,
        "system": reset.system,
        "userid": reset.userid,
        "person": reset.person,
        "state": reset.state.value,
        "delivery": reset.delivery.value,
        "view": reset.view.value,
        "reason": reset.reason,
        "ticket": reset.ticket,
        "requested_by": reset.requested_by,
        "requested_at": iso(reset.requested_at),
        "since": iso(reset.since),
        "expires_at": iso(reset.expires_at),
        "release_code_expires_at": iso(code_ends),
        "approved_by": list(reset.approved_by),
        "note": reset.note,
        "cleanup": reset.cleanup.value,
        "failure": {"code": reset.failure.value, "message": reset.failure_text or reset.failure.words}
        if reset.failure
        else None,
        "events": [_event(record) for record in records],
    }


def _event(record: Record) -> dict[str, Any]:
    """`state` is null for what changed no state: a page opened, a wrong code."""
    word = record.event.kind.removeprefix("reset.")
    return {
        "at": iso(record.event.at),
        "kind": record.event.kind,
        "state": word if word in set(State) else None,
        "by": record.event.by,
        "detail": dict(record.event.detail),
    }


ROUTES: Final = (
    Route(
        method="POST",
        path="/resets",
        name="ask",
        summary="Ask for a reset. The release code, where the policy uses one, is in this answer alone.",
        answer=ask_for,
        schema="Asked",
        status=202,
        fields=(
            Field(name="system", words="a system's name, as `GET /systems` lists it", required=True, pattern=SYSTEM,
                  most=32),
            Field(name="userid", words=WORDS, required=True, pattern=USERID, most=32),
            REASON,
            Field(name="ticket", words="the ticket's number, up to 64 characters", pattern=LINE, most=64),
        ),
    ),
    Route(
        method="GET",
        path="/resets",
        name="find",
        summary="Resets, newest first.",
        answer=find,
        schema="ResetPage",
        fields=(
            Field(name="state", words="one of the states", one_of=tuple(state.value for state in State)),
            Field(name="system", words="a system's name", pattern=SYSTEM, most=32),
            Field(name="userid", words=f"{WORDS}; outside the mainframe together with `system`", pattern=USERID,
                  most=32),
            Field(name="cursor", words="the `cursor` of the page before", pattern=CURSOR, most=200),
            Field(name="limit", words="a number from 1 to 200", integer=True, most=200),
        ),
    ),
    Route(method="GET", path="/resets/{id}", name="show", summary="One reset.", answer=show, schema="Reset"),
    *(
        Route(
            method="POST",
            path=f"/resets/{{id}}/{name}",
            name=name,
            summary=summary,
            answer=_deciding(deed),
            schema="Reset",
            fields=(REASON,),
        )
        for name, deed, summary in (
            ("revoke", decide.revoke, "End a reset now; what it set is made worthless."),
            ("approve", decide.approve, "Vouch for a reset that waits for approval."),
            ("reject", decide.reject, "Say no to a reset that waits for approval."),
        )
    ),
)  # fmt: skip
