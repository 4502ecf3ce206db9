"""Imports without what comes along for nothing: the daemon is two processes, and pays for each module twice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """In the block, an import finds these packages missing, as if they were not installed; afterwards they are there.

    For libraries that use a package where they find it and do as well without. What is loaded already stays.
    """
    hidden = [name for name in packages if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # what makes `import name` raise ImportError
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
