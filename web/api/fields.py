"""What a call takes: one table row per field, from which both the check and the OpenAPI schema are made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Request, json

from bridge.domain.errors import BadInput

MOST_KEY: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a body or a query. `words` says what is expected, to people."""

    name: str
    words: str
    required: bool = False
    integer: bool = False
    pattern: str | None = None
    one_of: tuple[str, ...] = ()
    least: int = 1
    most: int = 500

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        if self.integer:
            return {"type": "integer", "minimum": self.least, "maximum": self.most, "description": self.words}
        found: dict[str, Any] = {"type": "string", "description": self.words}
        if self.one_of:
            return found | {"enum": list(self.one_of)}
        found |= {"minLength": self.least, "maxLength": self.most}
        return found | ({"pattern": f"^{self.pattern}$"} if self.pattern else {})

    def check(self, value: object) -> str:
        """Return the text. Raises BadInput naming the field."""
        if not isinstance(value, str):
            raise BadInput(self.name, f"{self.words} (text)")
        encodable = not any("\ud800" <= char <= "\udfff" for char in value)
        fits = value in self.one_of if self.one_of else self.least <= len(value) <= self.most
        if not encodable or not fits or (self.pattern and not re.fullmatch(self.pattern, value)):
            raise BadInput(self.name, self.words)
        return value

    def number(self, text: str) -> str:
        """Return the digits of a whole number within the limits."""
        if not re.fullmatch(r"[0-9]{1,18}", text) or not self.least <= int(text) <= self.most:
            raise BadInput(self.name, self.words)
        return text


def read_body(request: Request, fields: Sequence[Field]) -> dict[str, str]:
    """The JSON object in the body, each field known, single and of its type. A null is an absent field."""
    if request.mimetype != "application/json":
        raise BadInput("Content-Type", "application/json is expected")
    try:
        body = json.loads(request.get_data().decode("utf-8"), object_pairs_hook=_single, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadInput("body", "a JSON object is expected, each name once") from None
    if not isinstance(body, dict):
        raise BadInput("body", "a JSON object is expected")
    return _known({name: value for name, value in body.items() if value is not None}, fields)


def read_query(request: Request, fields: Sequence[Field]) -> dict[str, str]:
    """The query's parameters, each known and single."""
    for name, values in request.args.lists():
        if len(values) != 1:
            raise BadInput(name[:40], "the parameter is expected once")
    return _known(request.args, fields)


def read_key(request: Request) -> str | None:
    """The Idempotency-Key, if one came."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(rf"[\x21-\x7e]{{1,{MOST_KEY}}}", key):
        raise BadInput("Idempotency-Key", f"1 to {MOST_KEY} visible ASCII characters, e.g. a UUID")
    return key


def _known(values: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, str]:
    names = {field.name: field for field in fields}
    for name in values:
        if name not in names:
            allowed = ", ".join(names) or "none"
            raise BadInput(_printable(name), f"no such field; expected are: {allowed}")
    for field in fields:
        if field.required and field.name not in values:
            raise BadInput(field.name, f"the field is required: {field.words}")
    return {
        name: names[name].number(value) if names[name].integer and isinstance(value, str) else names[name].check(value)
        for name, value in values.items()
    }


def _printable(name: str) -> str:
    return re.sub(r"[^\x21-\x7e]", "?", name)[:40]


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name came twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError("not JSON")
