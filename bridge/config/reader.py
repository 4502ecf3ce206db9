"""The configuration file → Config, or every mistake in it at once. The only reader of YAML.

pydantic is not used: types are read off the dataclasses by shapes.py, which knows the line of each key, writes a
sentence for each kind of mistake, and costs the daemon neither memory nor start-up time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

import yaml

from bridge.config.model import Config
from bridge.config.settle import settle
from bridge.config.shapes import Shaper, Unread
from bridge.config.tree import Faults, Items, Node, Refused, Table, Text
from bridge.domain.errors import ConfigFault

DEEPEST: Final = 20
LARGEST: Final = 4 * 1024 * 1024


def read(path: Path) -> Config:
    """Read and check the whole file. Raises ConfigFault with every mistake as `file:line: key: what is expected`."""
    faults = Faults(str(path))
    tree = read_tree(path, faults)
    shaper = Shaper(faults, path.absolute().parent)
    config: Config | None = None
    if tree is not None:
        try:
            config = shaper.record(Config, tree, "", path=path)
        except Unread:
            config = None
        dangling(tree, faults)
    if len(faults) or config is None:
        raise ConfigFault(faults.lines())
    return settle(config)


def dangling(tree: Node, faults: Faults) -> None:
    """Note each system whose policy does not exist; asked of the tree, so that other mistakes do not hide it."""
    top = tree.entries if isinstance(tree, Table) else {}
    systems, policies = top.get("systems"), top.get("policies")
    known = {"standard", *(policies.entries if isinstance(policies, Table) else ())}
    for name, system in systems.entries.items() if isinstance(systems, Table) else ():
        policy = system.entries.get("policy") if isinstance(system, Table) else None
        if isinstance(policy, Text) and not policy.nothing and policy.text not in known:
            key = f"systems.{name}.policy"
            faults.add(policy.line, key, f"the name of a policy is expected: {' or '.join(sorted(known))}")


def read_tree(path: Path, faults: Faults) -> Node | None:
    """Read a YAML file as a tree of texts; None, and a fault, where there is nothing to read."""
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST:
            faults.add(1, "", f"at most {LARGEST} bytes are expected")
            return None
        return grow(raw.decode("utf-8-sig"), faults)
    except FileNotFoundError:
        raise ConfigFault(
            [f"{path}: no such file; `resetbridge init DIR` writes one, --config names another"]
        ) from None
    except OSError as error:
        who = "; is it run as the daemon's user?" if isinstance(error, PermissionError) else ""
        raise ConfigFault([f"{path}: cannot be read: {error.strerror}{who}"]) from None
    except UnicodeDecodeError as error:
        faults.add(raw.count(b"\n", 0, error.start) + 1, "", "UTF-8 text is expected")
        return None


SOUNDS: Final = (
    ("'\\t'", "a tab indents this line; use blanks"),
    ("<block end>", "this line is not indented as those beside it"),
    ("mapping values are not allowed", "a colon with a blank stands in a text; put the text into quotes"),
    (
        "expected ',' or",
        "of a text with : , { } [ or ] the whole belongs into quotes; or a comma or a bracket is missing",
    ),
)
"""What PyYAML says, and what it means to whoever has written the line."""


def grow(text: str, faults: Faults) -> Node | None:
    """Read YAML text as a tree; None, and a fault, where it is not YAML or empty."""
    try:
        return Grower(yaml.parse(text, Loader=yaml.SafeLoader), faults).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be read"
        problem = next((f"{words} ({problem})" for sign, words in SOUNDS if sign in problem), problem)
        faults.add(mark.line + 1 if mark else 1, "", f"not YAML: {problem}")
    except TooDeep as deep:
        faults.add(deep.line, "", "not a configuration: nested too deeply")
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0)
        faults.add(text.count("\n", 0, position) + 1, "", "not YAML: a control character stands here")
    return None


class TooDeep(Exception):
    """More levels than any setting has."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class Grower:
    """Builds the tree from the parser's events; refuses aliases, tags, duplicate keys and second documents."""

    def __init__(self, events: Iterator[yaml.Event], faults: Faults) -> None:
        self._events, self._faults = events, faults

    def document(self) -> Node | None:
        """The one document of the stream."""
        found: list[Node] = []
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found:
                    self._faults.add(_line(event), "", "one document is expected; `---` begins a second")
                    return found[0]
                found.append(self._node(next(self._events), "", None, 0))
        if not found:
            self._faults.add(1, "", "the file is empty; `resetbridge init DIR` writes one to begin with")
            return None
        return found[0]

    def _node(self, event: yaml.Event, key: str, line: int | None, depth: int) -> Node:
        here = _line(event)
        line = line or here
        if depth > DEEPEST:
            raise TooDeep(here)
        if isinstance(event, yaml.AliasEvent):
            self._faults.add(here, key, "a value is expected; aliases (*) are not used here, write it out")
            return Refused(line)
        self._refuse(event, key, here)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(line, tuple(self._items(key, depth)))
        if isinstance(event, yaml.MappingStartEvent):
            return Table(line, self._entries(key, depth))
        scalar = cast(yaml.ScalarEvent, event)
        return Text(line, scalar.value, plain=scalar.style is None)

    def _refuse(self, event: yaml.Event, key: str, line: int) -> None:
        if getattr(event, "anchor", None):
            self._faults.add(line, key, "anchors (&) are not used here; write the value out where it is needed")
        if getattr(event, "tag", None):
            self._faults.add(line, key, "tags (!) are not used here; write the plain value")

    def _items(self, key: str, depth: int) -> Iterator[Node]:
        number = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, f"{key}[{number}]", None, depth + 1)
            number += 1

    def _entries(self, key: str, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            name_node = self._node(event, key, None, depth + 1)
            name = name_node.text if isinstance(name_node, Text) else ""
            path = f"{key}.{name}" if key else name
            value = self._node(next(self._events), path, line, depth + 1)
            if not isinstance(name_node, Text):
                self._faults.add(line, key, "a key is expected to be one word")
            elif name in entries:
                self._faults.add(line, path, f"stands here twice; the first is in line {entries[name].line}")
            else:
                entries[name] = value
        return entries


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
