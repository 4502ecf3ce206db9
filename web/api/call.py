"""One call on its way: who, with what; and the row of the table that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bridge.domain.policy import Caller
from bridge.flows.ask import Once
from bridge.ports import WebKit
from web.api.fields import Field
from web.settings import WebSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A checked call."""

    caller: Caller
    kit: WebKit
    settings: WebSettings
    values: Mapping[str, str]  # of the body, or of the query
    id: str = ""
    once: Once | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A row of the table: what is asked how, and what it answers with. `schema` names the answer's in the OpenAPI."""

    method: str
    path: str
    name: str
    summary: str
    answer: Callable[[Call], dict[str, Any]]
    schema: str
    status: int = 200
    fields: tuple[Field, ...] = field(default=())


def iso(at: datetime | None) -> str | None:
    """A time as the API writes it: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
