"""`simulate`: what it prints is a configuration, and mails are read out."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from pathlib import Path

from bridge.compose.begin import begin
from bridge.compose.simulate import Ports, simulated
from bridge.config.reader import read


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

    assert set(config.systems) == {"SIMRACF", "SIMACF2", "SIMSSH", "SIMIBMI"}
    assert "# Mail to dora@example.com: Your new password\n#   Hello\n#\n#   https://localhost:8443/r/X#Y\n" in said[0]
