"""`simulate`: what it prints is a configuration, and mails are read out."""

from __future__ import annotations

import shutil
import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from bridge.compose import demo, simulate
from bridge.compose.begin import begin
from bridge.compose.simulate import Ports, simulated
from bridge.config.reader import read
from bridge.domain.errors import StoreFault


@contextmanager
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    """In words, and what to do; not in those of a library."""
    with taken() as port, pytest.raises(StoreFault, match="is taken by another program"):
        simulate.run(tmp_path / "simulated", "ordinary", Ports(ssh=port), lambda _: None)


def test_the_demonstration_says_why_its_daemon_ended(capfd: pytest.CaptureFixture[str]) -> None:
    """What the daemon said stands in the fault itself: its log is in a folder that nobody has looked for."""
    with taken() as port, pytest.raises(demo.DemoFailed, match=f"ready: web.listen: 127.0.0.1:{port} cannot be"):
        demo.run(auto=True, port=port)
    kept = next(line.split(": ")[1] for line in capfd.readouterr().out.splitlines() if line.startswith("kept: "))
    shutil.rmtree(kept)


def test_what_it_prints_takes_the_place_of_mail_and_systems(tmp_path: Path) -> None:
    """In what `init` wrote, without a mistake; and a mail that reaches the relay is said, link and all."""
    begin(tmp_path / "new")
    file = tmp_path / "new/resetbridge.yaml"
    said: list[str] = []
    mail = EmailMessage()
    mail["Subject"] = "Your new password"
    mail.set_content("Hello\n\nhttps://localhost:8443/r/X#Y\n")
    with simulated(tmp_path / "simulated", "ordinary", Ports(), said.append) as words:
        head, _, rest = file.read_text().partition("\nmail:")
        file.write_text(f"{head}\n{words}\n{rest[rest.index('policies:') :]}")
        config = read(file)
        assert config.mail is not None
        with smtplib.SMTP("127.0.0.1", config.mail.port) as relay:
            relay.send_message(mail, "no-reply@example.com", ["dora@example.com"])

    assert set(config.systems) == {"SIMRACF", "SIMACF2", "SIMTSS", "SIMSSH", "SIMACFH", "SIMTSSH", "SIMIBMI"}
    assert "# Mail to dora@example.com: Your new password\n#   Hello\n#\n#   https://localhost:8443/r/X#Y\n" in said[0]
