"""A dialog's file → Dialog, or every mistake in it, each with its file and line. What is shipped is read the same way.

A dialog may extend another one: its screens stand ahead, a screen of the same name gives the keys that differ, and what
it says at the top stands in place of what is below.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from bridge.config.reader import LARGEST, grow
from bridge.config.shapes import Shaper, Unread
from bridge.config.tree import Faults, Items, Node, Table, Text
from bridge.domain.errors import ConfigFault
from connectors.hosts.dialogs import lint, order_rules
from connectors.hosts.dialogs.behind import behind
from connectors.hosts.dialogs.orders import Orders
from connectors.hosts.dialogs.shapes import Dialog

T = TypeVar("T", Dialog, Orders)
LOGON: Final = "tso-logon"
PRODUCTS: Final = ("racf", "acf2", "topsecret", "linux", "aix", "ibmi")
"""What is typed: by product, and for UNIX by its kind."""

SIGNS: Final = ("says", "pattern", "at", "last_line", "last_line_says", "last_line_pattern", "prompt", "cursor")
"""By which a screen is known."""

SHIPPED: Final = (LOGON, *PRODUCTS)
DEEPEST: Final = 5
MERGED: Final = ("messages", "screens", "refused", "commands", "profile", "renewal", "own_password", "looks_for")


@dataclass(frozen=True, slots=True)
class Part:
    """One file that a dialog is made of, the topmost first."""

    name: str
    version: str
    source: str
    sha256: str


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """A dialog that may be used: screens, or a product's commands. `plain`: what its files say, put together."""

    dialog: T
    parts: tuple[Part, ...]
    plain: Mapping[str, object]

    @cached_property
    def checksum(self) -> str:
        """SHA-256: of the file, or of `SHA-256 NAME` of each where there are several."""
        if len(self.parts) == 1:
            return self.parts[0].sha256
        return digest("".join(f"{part.sha256} {part.name}\n" for part in self.parts).encode())

    @property
    def title(self) -> str:
        """Name, version and checksum: what goes into the record."""
        return f"{self.dialog.dialog} {self.dialog.version} sha256:{self.checksum}"


@lru_cache(maxsize=len(SHIPPED))
def _shipped(name: str) -> Loaded[Any]:
    return _load(_shipped_file(name))


def shipped() -> Loaded[Dialog]:
    """The logon that comes with the product."""
    return _shipped(LOGON)


def shipped_orders(product: str) -> Loaded[Orders]:
    """A security product's commands and answers; UNIX by its kind, linux or aix."""
    return _shipped(product)


def load(path: Path) -> Loaded[Dialog]:
    """Read a logon. Raises ConfigFault with every mistake as `file:line: key: what is expected`."""
    found = _load(_File.of(path))
    if not isinstance(found.dialog, Dialog):
        raise ConfigFault(
            [f"{path}:1: screens are expected here; this file has the commands of {found.dialog.product}"]
        )
    return found


def load_orders(path: Path, product: str) -> Loaded[Orders]:
    """Read a product's commands. Raises ConfigFault."""
    found = _load(_File.of(path))
    if not isinstance(found.dialog, Orders):
        raise ConfigFault([f"{path}:1: the commands of {product} are expected here; this file has screens"])
    if found.dialog.product != product:
        raise ConfigFault(
            [f"{path}:1: the commands of {product} are expected here, not those of {found.dialog.product}"]
        )
    return found


def find(name: str) -> Loaded[Any]:
    """By the name of a shipped dialog, or a path. Raises ConfigFault."""
    return _shipped(name) if name in SHIPPED else _load(_File.of(Path(name)))


@dataclass(frozen=True, slots=True)
class _File:
    """A file's bytes, and where they were."""

    source: str
    content: bytes
    folder: Path | None = None

    @classmethod
    def of(cls, path: Path) -> _File:
        try:
            content = path.read_bytes()
        except OSError as error:
            names = ", ".join(SHIPPED)
            raise ConfigFault([f"{path}: no dialog: {error.strerror}; shipped are {names}"]) from None
        return cls(str(path), content, path.absolute().parent)

    def tree(self) -> Table:
        """Raises ConfigFault."""
        faults = Faults(self.source)
        text = self.content.decode("utf-8-sig", "replace")
        if not text.strip() or len(text) > LARGEST or "\N{REPLACEMENT CHARACTER}" in text:
            raise ConfigFault([f"{self.source}:1: a dialog in YAML is expected, as UTF-8 text"])
        node = grow(text, faults)
        if not isinstance(node, Table) and not len(faults):
            faults.add(node.line if node else 1, "", "keys and values are expected, `dialog: NAME` first")
        if len(faults) or not isinstance(node, Table):
            raise ConfigFault(faults.lines())
        return node


def _shipped_file(name: str) -> _File:
    return _File(f"{name}.yaml", files(__package__).joinpath(f"{name}.yaml").read_bytes())


class _Found(Faults):
    """Faults of several files: each key has come from one of them."""

    def __init__(self, sources: Mapping[str, tuple[str, int]]) -> None:
        super().__init__("")
        self._sources = sources
        self._said: list[str] = []

    def add(self, line: int, key: str, expected: str) -> None:
        """Note a mistake at the nearest place that stands in a file."""
        del line
        key, expected = (text.replace("else_", "else") for text in (key, expected))
        place = key
        while place and place not in self._sources:
            place = place.rpartition("[" if place.endswith("]") else ".")[0]
        source, number = self._sources[place]
        self._said.append(f"{source}:{number}: " + (f"{key}: " if key else "") + expected)

    def lines(self) -> tuple[str, ...]:
        """The mistakes, each once, in their order."""
        return tuple(dict.fromkeys(self._said))

    def __len__(self) -> int:
        return len(self._said)


def _load(file: _File) -> Loaded[Any]:
    chain = list(_chain(file))
    trees = [(each, tree) for each, tree in chain]
    merged = trees[-1][1]
    for _, tree in reversed(trees[:-1]):
        merged = _over(tree, merged)
    sources: dict[str, tuple[str, int]] = {"": (file.source, 1)}
    for each, tree in reversed(trees):
        sources.update((path, (each.source, line)) for path, line in _places(tree, ""))
    standing = {"", *(path for path, _ in _places(merged, ""))}
    found = _Found({path: place for path, place in sources.items() if path in standing})
    shape: type[Any] = Orders if "product" in merged.entries else Dialog
    try:
        dialog = Shaper(found, Path()).record(shape, _renamed(merged), "")
    except Unread:
        dialog = None
    for path, expected in (*_faults(dialog), *_mixed(trees)):
        found.add(0, path, expected)
    if len(found) or dialog is None:
        raise ConfigFault(found.lines())
    parts = tuple(
        Part(_text(tree, "dialog"), _text(tree, "version"), each.source, digest(each.content)) for each, tree in trees
    )
    plain = _plain(merged)
    if isinstance(dialog, Dialog):
        dialog = behind(dialog)
    return Loaded(dialog, parts, plain if isinstance(plain, dict) else {})


def _faults(dialog: Dialog | Orders | None) -> Iterator[tuple[str, str]]:
    """What the rules say, as far as types go right."""
    if isinstance(dialog, Orders):
        yield from order_rules.faults(dialog)
    elif dialog is not None:
        yield from lint.faults(dialog)


def _mixed(trees: Sequence[tuple[_File, Table]]) -> Iterator[tuple[str, str]]:
    """A screen that is said to be known by one thing, and below, where another one has its name, by something else."""
    below: dict[str, tuple[str, set[str]]] = {}
    for file, tree in reversed(trees):
        screens = tree.entries.get("screens")
        for name, node in screens.entries.items() if isinstance(screens, Table) else ():
            signs = {key for key in SIGNS if isinstance(node, Table) and key in node.entries}
            source, known = below.get(name, (file.source, set()))
            anew = isinstance(node, Table) and {"press", "next"} <= set(node.entries)  # not one key that differs
            if signs and anew and (more := sorted(known - signs)):
                words = (
                    f"{source} has a screen of this name, known by {', '.join(more)}, which would have to fit as well"
                )
                yield f"screens.{name}", f"{words}: choose another name, or say here what of it is meant"
            below[name] = file.source, known | signs


def _chain(file: _File) -> Iterator[tuple[_File, Table]]:
    """The file, and those that it extends."""
    for _ in range(DEEPEST):
        tree = file.tree()
        above = tree.entries.get("extends")
        entries = {key: node for key, node in tree.entries.items() if key != "extends"}
        yield file, Table(tree.line, entries)
        if above is None:
            return
        name = above.text if isinstance(above, Text) else ""
        if name in SHIPPED:
            file = _shipped_file(name)
        elif name.endswith((".yaml", ".yml")) and file.folder is not None:
            file = _File.of(file.folder / name)
        else:
            names = " or ".join(SHIPPED)
            raise ConfigFault([f"{file.source}:{above.line}: extends: {names} or a .yaml file is expected"])
    raise ConfigFault([f"{file.source}:1: extends: at most {DEEPEST} files in a row are expected"])


def _over(top: Table, base: Table) -> Table:
    """Top keys stand in place; messages and screens are put ahead, those of the same name one key in the other."""
    entries: dict[str, Node] = {**base.entries, **top.entries}
    for key in MERGED:
        ours, theirs = top.entries.get(key), base.entries.get(key)
        if isinstance(ours, Table) and isinstance(theirs, Table):
            both = {name: _one(node, theirs.entries.get(name)) for name, node in ours.entries.items()}
            news = {name: node for name, node in both.items() if name not in theirs.entries}
            entries[key] = Table(ours.line, {**news, **{name: both.get(name, n) for name, n in theirs.entries.items()}})
    return Table(top.line, entries)


def _one(ours: Node, theirs: Node | None) -> Node:
    if not (isinstance(ours, Table) and isinstance(theirs, Table)):
        return ours
    return Table(ours.line, {**theirs.entries, **ours.entries})


def _renamed(node: Node) -> Node:
    """The same with `else_` for `else`, which is no name in Python."""
    if isinstance(node, Items):
        return Items(node.line, tuple(map(_renamed, node.items)))
    if isinstance(node, Table):
        names = {"else": "else_"}
        return Table(node.line, {names.get(key, key): _renamed(each) for key, each in node.entries.items()})
    return node


def _places(node: Node, path: str) -> Iterator[tuple[str, int]]:
    """Every key below, and its line."""
    if isinstance(node, Table):
        for key, each in node.entries.items():
            inner = f"{path}.{key}" if path else key
            yield inner, each.line
            yield from _places(each, inner)
    elif isinstance(node, Items):
        for number, each in enumerate(node.items):
            yield f"{path}[{number}]", each.line
            yield from _places(each, f"{path}[{number}]")


def _plain(node: Node) -> object:
    """The tree as plain values, for a comparison."""
    if isinstance(node, Table):
        return {key: _plain(each) for key, each in node.entries.items()}
    if isinstance(node, Items):
        return [_plain(each) for each in node.items]
    return node.text if isinstance(node, Text) else None


def _text(tree: Table, key: str) -> str:
    node = tree.entries.get(key)
    return node.text if isinstance(node, Text) else ""


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def canonical(value: object) -> bytes:
    """Plain values as bytes that are the same everywhere."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
