"""From what stands in the file to the frozen values of the model: types are read off the dataclasses.

Each mistake is noted with its line and reading goes on, so that one run shows them all.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from bridge.config.checks import FIELDS, KEYS, NAMES, RECORDS
from bridge.config.model import Config, SecretRef, ServiceId, System
from bridge.config.tree import Faults, Items, Node, Refused, Table, Text
from bridge.config.values import expected_of
from bridge.domain.policy import Policy

T = TypeVar("T")
GIVEN: Final[Mapping[type, frozenset[str]]] = {
    System: frozenset({"name"}),
    Policy: frozenset({"name"}),
    Config: frozenset({"path", "notes"}),
}
"""Fields that are not keys: they come from where the record stands."""

SECRET: Final = "a secret is never written here; use {file: PATH}, {credential: NAME} or {env: NAME}"  # noqa: S105
LONGEST_NAME: Final = 40  # of a key that is none, as a fault repeats it
UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

NO_TIME: Final = re.compile(r"0[smhd]?")
"""A duration of none: said where nothing said means the same."""


class Unread(Exception):
    """This value could not be read; the fault is noted already."""


class Wrong(ValueError):
    """What is expected instead."""


def duration(text: str) -> timedelta:
    """Read `90s`, `15m`, `24h` or `7d`. Raises Wrong."""
    found = re.fullmatch(r"([0-9]{1,7})([smhd])", text)
    if not found:
        raise Wrong("a duration is expected, like 90s, 15m, 24h or 7d")
    if not int(found[1]):
        raise Wrong("a duration is expected, of 1s or longer; none at all will not do here")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def whole(text: str) -> int:
    """Read a whole number as people write it; 010 is a slip, not eight. Raises Wrong."""
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text):
        raise Wrong("a whole number is expected, without leading zeros")
    return int(text)


def truth(text: str) -> bool:
    """Read true or false; yes, no, on and off are refused because YAML's readers disagree on them. Raises Wrong."""
    if text not in ("true", "false"):
        raise Wrong("true or false is expected")
    return text == "true"


class Shaper:
    """Reads nodes as types. `base` is the folder that relative paths start from."""

    def __init__(self, faults: Faults, base: Path) -> None:
        self._faults, self._base = faults, base
        self._scalars: dict[object, Callable[[str], object]] = {
            str: str,
            int: whole,
            bool: truth,
            timedelta: duration,
            Path: self._path,
        }

    def record(self, shape: type[T], node: Node, key: str, **given: object) -> T:
        """Read a dataclass. Raises Unread when a field, or the whole, is not as expected."""
        if isinstance(node, Text) and (node.nothing or (node.plain and node.text == "none")):
            node = Table(node.line)
        if not isinstance(node, Table):
            raise self._fault(node.line, key, "keys and values are expected here, one below the other")
        entries = node.entries
        mine = {field.name: field for field in fields(cast(Any, shape)) if field.name not in GIVEN.get(shape, ())}
        self._strangers(shape, node, mine, key)
        hints = get_type_hints(shape)
        values: dict[str, object] = dict(given)
        for name, field in mine.items():
            try:
                if shape is System and name == "service_ids" and "service_id" in entries:
                    values[name] = self._single(entries, key)
                elif name in entries:
                    values[name] = self._field(shape, name, hints[name], entries[name], _join(key, name))
                elif _required(field):
                    raise self._fault(node.line, _join(key, KEYS.get((shape, name), name)), "is missing")
                else:
                    values[name] = _default(field)
            except Unread:
                continue
        sound = self._checked(shape, values, node, key)
        if not sound or set(mine) - set(values):
            raise Unread
        return shape(**values)

    def _single(self, entries: Mapping[str, Node], key: str) -> tuple[ServiceId, ...]:
        """`service_id: X` is another way to write `service_ids: [X]`."""
        one = entries["service_id"]
        if "service_ids" in entries:
            raise self._fault(one.line, _join(key, "service_id"), "service_id or service_ids is expected, not both")
        return (self.record(ServiceId, one, _join(key, "service_id")),)

    def _checked(self, shape: type, values: Mapping[str, object], node: Table, key: str) -> bool:
        """Run the record's checks on what could be read; one that asks for an unreadable field has no say."""
        whole = set(cast(Any, shape).__dataclass_fields__) - GIVEN.get(shape, frozenset()) <= set(values)
        made = shape(**values) if whole else SimpleNamespace(**values)
        found: list[tuple[str, str]] = []
        for check in RECORDS.get(shape, ()):
            with suppress(AttributeError):
                found.extend(check(made))
        for name, expected in found:
            self._faults.add(_line_of(node, name), _join(key, name), expected)
        return not found

    def _strangers(self, shape: type, node: Table, mine: Mapping[str, Field[Any]], key: str) -> None:
        known = set(mine) | ({"service_id"} if shape is System else set())
        for name, value in node.entries.items():
            if name not in known:
                near = get_close_matches(name, known, n=1, cutoff=0.6)
                hint = f"did you mean {near[0]}?" if near else "expected are " + ", ".join(sorted(known))
                shown = (
                    name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
                )  # a line of another file, a secret
                self._faults.add(value.line, _join(key, shown), f"no such key; {hint}")

    def _field(self, shape: type, name: str, hint: object, node: Node, key: str) -> object:
        none, default = timedelta(0), cast(Any, shape).__dataclass_fields__[name].default
        if default == none and isinstance(node, Text) and NO_TIME.fullmatch(node.text):
            return none
        value = self._value(hint, node, key)
        check = FIELDS.get((shape, name))
        if check is None or value is None:
            return value
        try:
            return check(value)
        except ValueError as wrong:
            raise self._fault(node.line, key, str(wrong)) from None

    def _value(self, hint: Any, node: Node, key: str) -> object:
        if isinstance(node, Refused):
            raise Unread
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return self._either(arguments, node, key)
        if origin is Literal:
            return self._choice(arguments, node, key)
        if origin is tuple:
            return tuple(self._list(arguments[0], node, key))
        if origin is Mapping:
            return self._mapping(arguments[1], node, key)
        if is_dataclass(hint):
            return self._secret(node, key) if hint is SecretRef else self.record(cast(type[object], hint), node, key)
        return self._scalar(hint, node, key)

    def _either(self, arguments: tuple[Any, ...], node: Node, key: str) -> object:
        """X | None, or one of several records told apart by their `type`."""
        if type(None) in arguments and isinstance(node, Text) and node.nothing:
            return None
        shapes = [shape for shape in arguments if shape is not type(None)]
        if len(shapes) == 1:
            return self._value(shapes[0], node, key)
        by_type = {cast(Any, shape).__dataclass_fields__["type"].default: shape for shape in shapes}
        named = node.entries.get("type") if isinstance(node, Table) else None
        if not isinstance(named, Text) or named.text not in by_type:
            line = named.line if named else node.line
            raise self._fault(line, _join(key, "type"), f"{' or '.join(by_type)} is expected")
        return self.record(by_type[named.text], node, key)

    def _choice(self, allowed: tuple[object, ...], node: Node, key: str) -> object:
        if allowed == (True,):
            if self._scalar(bool, node, key) is not True:
                raise self._fault(node.line, key, "true is expected: certificates are always verified; name a ca")
            return True
        text = self._scalar(str, node, key)
        if text not in allowed:
            raise self._fault(node.line, key, expected_of([str(word) for word in allowed], str(text)))
        return text

    def _scalar(self, hint: Any, node: Node, key: str) -> object:
        if not isinstance(node, Text):
            found = "a list" if isinstance(node, Items) else "keys"
            raise self._fault(node.line, key, f"one value is expected, {found} stand here")
        if node.nothing:
            raise self._fault(node.line, key, "a value is expected, nothing stands here")
        if "\x00" in node.text or not node.text.strip():
            raise self._fault(node.line, key, "a value is expected, only blanks stand here")
        try:
            return self._scalars[hint](node.text)
        except Wrong as wrong:
            raise self._fault(node.line, key, str(wrong)) from None

    def _list(self, hint: object, node: Node, key: str) -> Iterator[object]:
        if isinstance(node, Text):
            if hint is not str and not node.nothing:
                raise self._fault(node.line, key, "a list is expected: [one, two], or one a line after `- `")
            node = Items(node.line, () if node.nothing else (node,))
        if not isinstance(node, Items):
            raise self._fault(node.line, key, "a list is expected: [one, two], or one a line after `- `")
        sound = True
        for number, item in enumerate(node.items):
            try:
                yield self._value(hint, item, f"{key}[{number}]")
            except Unread:
                sound = False
        if not sound:
            raise Unread

    def _mapping(self, hint: Any, node: Node, key: str) -> dict[str, object]:
        if isinstance(node, Text) and node.nothing:
            return {}
        if not isinstance(node, Table):
            raise self._fault(node.line, key, "names and their values are expected here")
        made: dict[str, object] = {}
        sound = True
        for name, value in node.entries.items():
            try:
                self._named(hint, name, value.line, _join(key, name))
                if "name" in GIVEN.get(hint, ()):
                    made[name] = self.record(hint, _titled(hint, name, value), _join(key, name), name=name)
                else:
                    made[name] = self._value(hint, value, _join(key, name))
            except Unread:
                sound = False
        if not sound:
            raise Unread
        return made

    def _named(self, hint: Any, name: str, line: int, key: str) -> None:
        pattern, expected = NAMES.get(hint, (None, ""))
        if pattern is not None and not pattern.fullmatch(name):
            self._faults.add(line, key, expected)

    def _secret(self, node: Node, key: str) -> SecretRef:
        """Exactly one of file, credential, env. What stands there instead is never repeated: it may be the secret."""
        ways = ("file", "credential", "env")
        if not isinstance(node, Table) or len(node.entries) != 1 or next(iter(node.entries)) not in ways:
            raise self._fault(node.line, key, SECRET)
        return self.record(SecretRef, node, key)

    def _path(self, text: str) -> Path:
        return self._base / text

    def _fault(self, line: int, key: str, expected: str) -> Unread:
        self._faults.add(line, key, expected)
        return Unread()


def _line_of(node: Node, name: str) -> int:
    """The line of a dotted name below a node, or of the nearest that stands there."""
    for part in name.split("."):
        if not isinstance(node, Table) or part not in node.entries:
            break
        node = node.entries[part]
    return node.line


def _titled(shape: type, name: str, node: Node) -> Node:
    """A system without a title is called by its name."""
    if shape is System and isinstance(node, Table) and "title" not in node.entries:
        return Table(node.line, {**node.entries, "title": Text(node.line, name, plain=False)})
    return node


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
