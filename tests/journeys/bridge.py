"""The daemon as a process among simulated hosts: asked over HTTPS, read by mail, killed at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import requests
import yaml

from bridge.compose.audience import Audience, Page, Person, Reset, Visit
from bridge.compose.shared import opened, upgrade_database
from bridge.compose.stage import Stage, set_up
from bridge.config.reader import read
from bridge.domain.policy import Role
from bridge.domain.secret import Secret
from bridge.flows import enrol
from connectors.machine import SystemClock
from connectors.simulated.mailbox import Mail, link_in
from tests.ports import free_port

PROGRAM = [sys.executable, "-I", "-c", "from bridge.cli.main import run; run()"]


class Bridge:
    """One daemon; `kill` is SIGKILL, `stop` SIGTERM. Ends only processes that it started."""

    def __init__(self, stage: Stage, token: Secret, people: dict[str, Person]) -> None:
        self.stage, self.token = stage, token
        self.audience = Audience(stage, token, people)
        self.log = stage.folder / "daemon.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, within: float = 60) -> None:
        with self.log.open("ab") as log:
            command = [*PROGRAM, "--config", str(self.stage.config), "serve"]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.await_ready(within)

    def await_ready(self, within: float = 60, *, address: str = "") -> None:
        ends = time.monotonic() + within
        while not self.audience.ready(address):
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < ends, self.log.read_text()[-4000:]
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait(10)

    def stop(self) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(40)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command of the program on the same configuration, as the API's caller where it is one."""
        environment = {
            **os.environ, "RESETBRIDGE_URL": self.stage.url, "RESETBRIDGE_TOKEN": self.token.expose(),
            "RESETBRIDGE_CA": str(self.stage.certificate),
        }  # fmt: skip
        command = [*PROGRAM, "--config", str(self.stage.config), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)

    def ask(self, system: str, userid: str) -> Reset:
        return self.audience.ask(system, userid)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """One API call, whatever it answers."""
        headers = {"Authorization": f"Bearer {self.token.expose()}", **more.pop("headers", {})}
        url = f"{self.stage.url}/api/v1{path}"
        return requests.request(method, url, headers=headers, verify=str(self.stage.certificate), timeout=20, **more)

    def state(self, reset_id: str) -> dict[str, Any]:
        answer = self.call("GET", f"/resets/{reset_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def await_state(self, reset_id: str, *wanted: str, within: float = 60) -> dict[str, Any]:
        ends = time.monotonic() + within
        while (found := self.state(reset_id))["state"] not in wanted:
            assert time.monotonic() < ends, (found, self.log.read_text()[-3000:])
            time.sleep(0.1)
        return found

    def links(self, address: str) -> list[Mail]:
        """Mails with a link, oldest first."""
        return [mail for mail in self.stage.mailbox.to(address) if "/r/" in mail.text]

    def visit(self, mail: Mail) -> Visit:
        return Visit(self.audience._web, Secret(link_in(mail)))

    def open(self, mail: Mail, code: Secret) -> Page:
        visit = self.visit(mail)
        assert visit.look() == 200
        return visit.open(code)

    def passwords_ever_set(self) -> list[str]:
        return [password for witness in self.stage.witnesses for password in witness.passwords_ever_set]

    def traces_of(self, passwords: list[str]) -> list[str]:
        """Where one of them can be found: database, its log, events, mails."""
        assert passwords
        return [name for name, text in self.audience.everything() if any(word.encode() in text for word in passwords)]


def until(holds: Callable[[], object], within: float = 40) -> None:
    """Wait for something that other processes bring about."""
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


@dataclass(frozen=True, kw_only=True)
class Another:
    """One more system: its settings, the secrets that they name, and the userids of p000, p001 … there."""

    name: str
    settings: dict[str, Any]
    secrets: dict[str, str]
    userids: Sequence[str]

    def join(self, stage: Stage) -> None:
        """Write it into the configuration, the secrets' folder and the directory."""
        config = yaml.safe_load(stage.config.read_text())
        config["systems"][self.name] = {"title": self.name, "policy": "standard", **self.settings}
        stage.config.write_text(yaml.safe_dump(config, sort_keys=False))
        for name, text in self.secrets.items():
            path = stage.folder / "secrets" / name
            path.touch(mode=0o600)
            path.write_text(text.rstrip("\n") + "\n")
        people = stage.folder / "people.csv"
        lines = people.read_text().splitlines()
        for number, userid in enumerate(self.userids):
            at = next(at for at, line in enumerate(lines) if line.startswith(f"p{number:03},"))
            lines[at] += f";{self.name}:{userid}"
        people.write_text("\n".join(lines) + "\n")


@contextmanager
def bridge(
    folder: Path, *, crowd: int = 4, changes: dict[str, str] | None = None, another: Sequence[Another] = (),
    armed: Sequence[str] = (), impatient: Sequence[str] = (),
) -> Iterator[Bridge]:  # fmt: skip
    """A bridge on a stage of its own; `changes` replaces texts in its configuration before the start.

    impatient   systems that are waited for a few seconds only
    """
    with ExitStack() as stack:
        stage = stack.enter_context(set_up(folder, free_port(), SystemClock().now(), crowd=crowd, armed=armed))
        text = stage.config.read_text()
        for old, new in (changes or {}).items():
            assert old in text
            text = text.replace(old, new)
        stage.config.write_text(text)
        if impatient:
            settings = yaml.safe_load(text)
            for name in impatient:
                settings["systems"][name]["transport"]["answer_within"] = "8s"
            stage.config.write_text(yaml.safe_dump(settings, sort_keys=False))
        for system in another:
            system.join(stage)
        config = read(stage.config)
        upgrade_database(config)
        with opened(config) as kept:
            enrol.add_operator("agent", [Role.AGENT, Role.AUDITOR], "test", kept)
            token = enrol.create_token("agent", None, "test", kept).text
            apps = {}
            for name in ("anna", "ben"):
                seed = enrol.add_totp(name, "test", "phone", "test", kept).seed
                apps[name] = Person(address=f"{name}@demo.example", app=pyotp.TOTP(seed.expose()))
        made = Bridge(stage, token, apps)
        stack.callback(made.audience.close)
        stack.callback(made.stop)
        made.start()
        yield made
