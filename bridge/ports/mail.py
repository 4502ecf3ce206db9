"""The mail with the link, and the relay that takes it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.domain.names import ResetId
from bridge.domain.secret import Secret
from bridge.ports.people import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMail:
    """The one mail that carries a link; lives in memory only. `url` and `code` are Secrets.

    armed     there is no password yet
    filed     the page hands over a KeePass file
    several   it takes more than one of `factors`; else any one of them
    """

    reset_id: ResetId
    to: str
    name: str
    language: str
    url: Secret
    code: Secret
    expires_at: datetime
    factors: tuple[str, ...]
    armed: bool = False
    several: bool = False
    filed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMail:
    """The mail that carries a code for a page that is open, or, `master`, what opens a KeePass file. `id` names it."""

    id: str
    to: str
    language: str
    code: Secret
    master: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """How a mail left: `how` is smime, pgp, or empty for in clear.

    why_not   what is wrong with the key on file, where there is one and it was not used
    """

    how: str = ""
    why_not: str = ""


class Relay(Protocol):
    """An open connection to the mail relay. Raises MailUnreached (nothing was taken) or MailRefused."""

    def send_link(self, mail: LinkMail) -> Wrapping:
        """Raises NoMailKey, too."""

    def send_notice(self, notice: Notice) -> None: ...
    def send_code(self, mail: CodeMail) -> None: ...


class Mail(Protocol):
    """The way to the relay."""

    def relay(self) -> AbstractContextManager[Relay]:
        """Connect, secure, log in, or raise MailUnreached: asked before the host is changed, not after."""

    def wrapping(self, to: str) -> Wrapping:
        """How a link to that address would leave, or raise NoMailKey; MailRefused where it is none that mail can be
        sent to. Asked before the host is changed, too."""
