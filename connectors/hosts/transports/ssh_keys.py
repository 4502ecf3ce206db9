"""SSH keys as the configuration has them: pinned host keys, and the private key that logs on."""

from __future__ import annotations

import binascii
import io
from base64 import b64decode
from collections.abc import Sequence
from typing import Final

import paramiko

from bridge.domain.errors import ConfigFault
from bridge.domain.secret import Secret

HOST_KEYS: Final = (
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
)  # fmt: skip
SIGNS_AS: Final = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
"""An RSA key is one type with two signatures; the SHA-1 one is gone from paramiko 5."""

KINDS: Final = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


def pinned(system: str, lines: Sequence[str]) -> tuple[paramiko.PKey, ...]:
    """Read public keys as they stand in known_hosts, host names and comments allowed. Raises ConfigFault."""
    if not lines:
        raise ConfigFault([f"systems.{system}.transport.host_key: at least one is expected, as ssh-keyscan prints it"])
    return tuple(_public(system, line) for line in lines)


def _public(system: str, line: str) -> paramiko.PKey:
    words = line.split()
    place = next((at for at, word in enumerate(words[:-1]) if word in HOST_KEYS), None)
    if place is None:
        raise ConfigFault([f'systems.{system}.transport.host_key: "ssh-ed25519 AAAA…" is expected, of one of these '
                           f"types: {', '.join(HOST_KEYS)}"])  # fmt: skip
    try:
        return paramiko.PKey.from_type_string(words[place], b64decode(words[place + 1], validate=True))
    except (paramiko.SSHException, binascii.Error, ValueError, IndexError, OSError):
        raise ConfigFault([f"systems.{system}.transport.host_key: the {words[place]} key is damaged; copy the whole "
                           "line that ssh-keyscan prints"]) from None  # fmt: skip


def preferred(keys: Sequence[paramiko.PKey], offered: Sequence[str]) -> list[str]:
    """Return the host key algorithms, those of pinned keys first; the rest so that a changed key can be named."""
    wanted = [name for key in keys for name in SIGNS_AS.get(key.get_name(), (key.get_name(),))]
    first = [name for name in dict.fromkeys(wanted) if name in offered]
    return first + [name for name in offered if name not in first]


def private(system: str, text: Secret, passphrase: Secret | None) -> paramiko.PKey:
    """Read a private key: OpenSSH's format, or PEM. Raises ConfigFault."""
    opener = passphrase.expose() if passphrase is not None else None
    place = f"systems.{system}.transport.key"
    for kind in KINDS:
        try:
            return kind.from_private_key(io.StringIO(text.expose()), opener)
        except paramiko.PasswordRequiredException:
            raise ConfigFault([f"{place}: it is protected by a passphrase; give key_passphrase as well"]) from None
        except (paramiko.SSHException, ValueError, IndexError, OSError, TypeError):
            continue
    hint = "; or key_passphrase is not the right one" if opener else ""
    raise ConfigFault([f"{place}: an ed25519, ecdsa or rsa private key is expected, as ssh-keygen makes it{hint}"])


def in_words(key: paramiko.PKey) -> str:
    """Name a public key as ssh-keygen -l does: type and fingerprint."""
    return f"{key.get_name()} {key.fingerprint}"
