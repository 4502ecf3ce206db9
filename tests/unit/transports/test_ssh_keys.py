"""Keys as the configuration has them, and what is wrong with them in words."""

from __future__ import annotations

import io

import paramiko
import pytest
from paramiko.pkey import OPENSSH

from bridge.config.model import Ssh
from bridge.domain.errors import ConfigFault
from bridge.domain.secret import Secret
from connectors.hosts.transports import ssh_keys
from connectors.hosts.transports.ssh import SshWire

KEY = paramiko.ECDSAKey.generate(bits=256)
LINE = f"{KEY.get_name()} {KEY.get_base64()}"


def private_text(passphrase: str | None = None) -> Secret:
    text = io.StringIO()
    KEY.write_private_key(text, passphrase, OPENSSH)
    return Secret(text.getvalue())


@pytest.mark.parametrize(
    "line", [LINE, f"{LINE} root@zos", f"zos.example.com,10.1.1.1 {LINE}", f"[zos]:2222  {LINE} x"]
)
def test_a_host_key_is_read_as_known_hosts_has_it(line: str) -> None:
    """With or without host names ahead and a comment behind."""
    assert ssh_keys.pinned("PRODA", [line]) == (KEY,)


@pytest.mark.parametrize("line", ["", "ssh-dss AAAA", "ssh-ed25519", "AAAA", "SHA256:abcdef"])
def test_what_is_no_public_key_is_refused_with_an_example(line: str) -> None:
    """The fault names the key in the configuration and shows what is expected."""
    with pytest.raises(ConfigFault, match=r'systems\.PRODA\.transport\.host_key: "ssh-ed25519 AAAA…" is expected'):
        ssh_keys.pinned("PRODA", [line])


@pytest.mark.parametrize("line", [LINE[:-9], "ssh-ed25519 !!!!", "ssh-ed25519 AAAA", "ssh-rsa AAAAB3NzaC1yc2E="])
def test_a_damaged_public_key_is_called_damaged(line: str) -> None:
    """A key that was cut off while copying does not end in a library's error."""
    with pytest.raises(ConfigFault, match="damaged"):
        ssh_keys.pinned("PRODA", [line])


def test_a_system_without_a_pinned_key_is_refused() -> None:
    """Nothing is ever trusted at first sight."""
    with pytest.raises(ConfigFault, match="ssh-keyscan"):
        ssh_keys.pinned("PRODA", [])


def test_pinned_types_are_asked_for_first_and_the_rest_stays() -> None:
    """A host with several keys shows the pinned one; one whose key changed its type can still be named."""
    offered = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256")

    assert ssh_keys.preferred([KEY], offered) == ["ecdsa-sha2-nistp256", "ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"]
    rsa = paramiko.RSAKey.generate(2048)
    assert ssh_keys.preferred([rsa, KEY], offered)[:2] == ["rsa-sha2-512", "rsa-sha2-256"]


def test_a_private_key_is_read_with_its_passphrase() -> None:
    """The same key, protected and plain."""
    assert ssh_keys.private("PRODA", private_text(), None) == KEY
    assert ssh_keys.private("PRODA", private_text("open sesame"), Secret("open sesame")) == KEY


@pytest.mark.parametrize(
    ("key", "passphrase", "words"),
    [
        (private_text("open sesame"), None, "give key_passphrase"),
        (private_text("open sesame"), Secret("wrong"), "key_passphrase is not the right one"),
        (Secret("no key at all"), None, "as ssh-keygen makes it"),
        (Secret(private_text().expose()[:120]), None, "as ssh-keygen makes it"),
        (Secret(""), None, "as ssh-keygen makes it"),
    ],
)
def test_a_private_key_that_cannot_be_used_says_why(key: Secret, passphrase: Secret | None, words: str) -> None:
    """Protected, wrongly opened, or none: three faults, no key material in any."""
    with pytest.raises(ConfigFault, match=words) as caught:
        ssh_keys.private("PRODA", key, passphrase)

    assert "BEGIN" not in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_a_wire_needs_a_key_or_a_password() -> None:
    """Found when it is made, not when it is used."""
    with pytest.raises(ConfigFault, match=r"transport\.key or service_id\.password"):
        SshWire("PRODA", Ssh(host="zos", host_key=(LINE,)), "RSTBRDG")


def test_a_wire_that_was_never_opened_closes_quietly() -> None:
    """close() never raises, and can be called twice; nothing is alive before open()."""
    wire = SshWire("PRODA", Ssh(host="zos", host_key=(LINE,)), "RSTBRDG", key=private_text())

    wire.close()
    wire.close()

    assert not wire.alive()
