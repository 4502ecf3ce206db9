"""The record, page by page."""

from __future__ import annotations

from typing import Any, Final

from bridge.flows import see
from web.api.call import Call, Route, iso
from web.api.fields import Field


def find(call: Call) -> dict[str, Any]:
    """Records after the cursor, which is the `seq` of the last one seen. `cursor` is null on the last page."""
    limit = int(call.values.get("limit", "200"))
    records = see.audit(call.caller, call.kit, after=int(call.values.get("cursor", "0")), limit=limit)
    return {
        "records": [
            {
                "seq": record.seq,
                "at": iso(record.event.at),
                "kind": record.event.kind,
                "by": record.event.by,
                "reset": record.event.reset_id,
                "detail": dict(record.event.detail),
                "seal": record.seal.hex(),
            }
            for record in records
        ],
        "cursor": str(records[-1].seq) if len(records) == limit else None,
    }


ROUTES: Final = (
    Route(
        method="GET",
        path="/audit",
        name="audit",
        summary="The chain of records, oldest first.",
        answer=find,
        schema="AuditPage",
        fields=(
            Field(name="cursor", words="the `seq` of the last record seen", integer=True, least=0, most=2**53),
            Field(name="limit", words="a number from 1 to 500", integer=True, most=500),
        ),
    ),
)
