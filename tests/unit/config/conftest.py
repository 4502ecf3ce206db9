"""A configuration in a folder of its own, and what the reader says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config.model import Config
from bridge.config.reader import read
from bridge.domain.errors import ConfigFault

GOOD = """\
site:
  name: Example Bank mainframe access
  base_url: https://reset.example.com
storage:
  url: sqlite:///bridge.db
keys:
  - {file: keys/one.key}
mail:
  host: smtp.example.com
  sender: Mainframe access <no-reply@example.com>
systems:
  PRODA:
    title: Production A
    product: racf
    transport:
      type: tn3270
      host: zos.example.com
    service_id: {userid: RSTBRDG, password: {file: secrets/proda}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Config]:
    """Read this text as a configuration."""

    def read_text(text: str) -> Config:
        file = tmp_path / "resetbridge.yaml"
        file.write_text(text)
        return read(file)

    return read_text


@pytest.fixture
def faults(tmp_path: Path) -> Callable[[str], list[str]]:
    """The mistakes in this text, without the folder's name."""

    def faults_in(text: str) -> list[str]:
        file = tmp_path / "resetbridge.yaml"
        file.write_text(text)
        with pytest.raises(ConfigFault) as caught:
            read(file)
        return [fault.replace(str(tmp_path) + "/", "") for fault in caught.value.faults]

    return faults_in
