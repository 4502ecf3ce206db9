"""What we say reaches whoever it is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from bridge.observe.masking import mask
from tests.rules.tree import modules

NOT_MASKED: Final = {"bridge/compose/demo.py", "bridge/compose/simulate.py", "bridge/cli/pictures.py"}
"""Printed as it is, or never: a link cut short, a configuration for simulated hosts, a note on a picture."""


def sentences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each text of more than one word with its line; what is filled in is a word without a meaning."""
    notes = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
        if isinstance(node.body[0], ast.Expr)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "X1" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes | parts:
            text = node.value
        else:
            continue
        if " " in text:
            yield node.lineno, text


def test_no_sentence_of_ours_is_covered_by_the_last_mask() -> None:
    """`password: give each system …` would read as a password: words that say what to do would be lost with it."""
    lost = [
        f"{name}:{line}: {mask(text)[:100]}"
        for name, tree in modules()
        if name.startswith("bridge/") and name not in NOT_MASKED
        for line, text in sentences(tree)
        if mask(text) != text
    ]
    assert not lost
