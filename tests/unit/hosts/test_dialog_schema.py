"""The schema for editors takes what the loader takes, and points at words that it does not know."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
import yaml

from connectors.hosts.dialogs.reader import SHIPPED
from connectors.hosts.dialogs.schema import schema
from tests.rules.tree import ROOT

FILES = [ROOT / "connectors" / "hosts" / "dialogs" / f"{name}.yaml" for name in SHIPPED]
EXGATE = ROOT / "deploy" / "handbook" / "exgate.yaml"
ACCTOOL = ROOT / "deploy" / "handbook" / "acctool.yaml"


def read(text: str) -> Any:
    return yaml.safe_load(text)


@pytest.mark.parametrize("file", [*FILES, EXGATE, ACCTOOL], ids=lambda file: file.stem)
def test_what_the_loader_takes_the_schema_takes(file: Any) -> None:
    """What is shipped, and the handbook's, which extends it."""
    jsonschema_rs.validator_for(schema()).validate(read(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "change",
    [("press: PF12", "pres: PF12"), ("within: 15s", "within: 15"), ("hidden: true", "hidden: 3"),
     ("at_most: 2", "at_most: two"), ("extends: tso-logon\n", ""), ("version: 1\n", "")],
)  # fmt: skip
def test_what_is_misspelt_is_found(change: tuple[str, str]) -> None:
    """Keys and values that are none; a file that extends nothing has to be complete."""
    text = EXGATE.read_text(encoding="utf-8")
    assert change[0] in text
    assert not jsonschema_rs.validator_for(schema()).is_valid(read(text.replace(*change, 1)))
