"""Second factors: each in a module of its own, named here."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.ports import Factor, Vault
from connectors.factors.release_code import ReleaseCode
from connectors.factors.totp import Totp


def factors(vault: Vault) -> Mapping[str, Factor]:
    """Every factor there is, by the name that a policy calls it."""
    return {factor.kind: factor for factor in (Totp(vault), ReleaseCode(vault))}
