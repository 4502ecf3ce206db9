"""A real configuration for a benchmark: a file, read by the product's own reader, and an empty database beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bridge.compose.shared import upgrade_database
from bridge.config.model import Config
from bridge.config.reader import read
from bridge.domain.secret import Secret
from connectors.machine import dice
from connectors.vault import new_key_text

HEADING = "person,name,email,phone,language,manager,groups,accounts\n"


def configured(
    folder: Path,
    *,
    systems: Mapping[str, object] | None = None,
    secrets: Mapping[str, Secret] | None = None,
    people: Sequence[str] = (),
    url: str = "sqlite:///bridge.db",
    relay: int = 25,
) -> Config:
    """Write it and all that it points to, read it, and make its database.

    secrets   name of a file under secrets/ → what is in it
    people    lines of people.csv
    relay     port of the mail relay
    """
    for name in ("keys", "secrets"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    _private(folder / "keys" / "bench.key", new_key_text(dice))
    for name, secret in (secrets or {}).items():
        _private(folder / "secrets" / name, secret)
    (folder / "people.csv").write_text(HEADING + "".join(f"{line}\n" for line in people), encoding="utf-8")
    content: dict[str, Any] = {
        "site": {"name": "Benchmark", "base_url": "https://127.0.0.1:8443", "support": {"email": "help@demo.example"}},
        "storage": {"url": url},
        "keys": [{"file": "keys/bench.key"}],
        "mail": {"host": "127.0.0.1", "port": relay, "security": "none", "sender": "no-reply@demo.example"},
        "directory": {"csv": "people.csv"},
        "systems": systems or {},
        "policies": {
            "standard": {
                "link_ttl": "1h",
                "unused_ttl": "30m",
                "factors": ["totp", "release_code"],
                "per_account": 0,
                "per_operator": 0,
            }
        },
    }
    path = folder / "resetbridge.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    config = read(path)
    upgrade_database(config)
    return config


def _private(path: Path, secret: Secret) -> None:
    path.touch(mode=0o600)
    path.write_text(secret.expose() + "\n", encoding="utf-8")
