"""The security products by their names in the configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from connectors.hosts.products.acf2 import Acf2
from connectors.hosts.products.base import Product
from connectors.hosts.products.ibmi import IbmI
from connectors.hosts.products.racf import Racf
from connectors.hosts.products.topsecret import TopSecret
from connectors.hosts.products.unix import Unix

PRODUCTS: Final[dict[str, Callable[..., Product]]] = {
    "racf": Racf, "acf2": Acf2, "topsecret": TopSecret, "unix": Unix, "ibmi": IbmI,
}  # fmt: skip
"""Name → constructor(system, *, patterns, ignore, today)."""
