"""The shapes of dialogs as a JSON Schema, for editors that complete and check YAML while it is written. Pure.

It knows names, kinds and choices. Whether a dialog is safe, the rules of lint.py say.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from connectors.hosts.dialogs.orders import Orders
from connectors.hosts.dialogs.shapes import Dialog

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
SCALARS: Final[Mapping[object, dict[str, object]]] = {
    str: {"type": ["string", "number", "boolean"]},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    timedelta: {"type": "string", "pattern": "^[0-9]{1,7}[smhd]$"},
}
"""A text may look like a number to YAML."""


def schema() -> dict[str, object]:
    """Screens, commands, or a file that extends one of them: then nothing but its name is demanded."""
    made: dict[str, object] = {}
    kinds = [_shape(kind, made, top=True) for kind in (Dialog, Orders)]
    return {"$schema": DRAFT, "title": "A dialog of Reset Bridge", "anyOf": kinds, "$defs": made}


def _shape(kind: Any, made: dict[str, object], *, top: bool = False) -> dict[str, object]:
    """A record: no key but its own. In a file that extends another one none of its parts need be complete."""
    hints = get_type_hints(kind)
    keys = {each.name.rstrip("_"): _value(hints[each.name], made) for each in fields(kind)}
    needed = [each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING]
    found: dict[str, object] = {"type": "object", "properties": keys, "additionalProperties": False}
    if not top:
        return found
    keys["extends"] = {"type": "string"}
    whole = {"required": needed}
    return {**found, "required": ["dialog", "version"], "if": {"not": {"required": ["extends"]}}, "then": whole}


def _value(hint: Any, made: dict[str, object]) -> dict[str, object]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        kinds = [_value(each, made) for each in arguments if each is not type(None)]
        return {"anyOf": [*kinds, {"type": "null"}]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return _list(_value(arguments[0], made))
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _value(arguments[1], made)}
    if is_dataclass(hint):
        name = getattr(hint, "__name__", "")
        if name not in made:
            made[name] = {}
            made[name] = _shape(hint, made)
        return {"$ref": f"#/$defs/{name}"}
    return SCALARS[hint]


def _list(item: dict[str, object]) -> dict[str, object]:
    """One text may stand for a list of one."""
    many: dict[str, object] = {"type": "array", "items": item}
    return {"anyOf": [many, item]} if item is SCALARS[str] else many
