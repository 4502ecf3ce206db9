"""What is sealed, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bridge.domain.link import Closed, Locator, Sealed
from bridge.domain.names import Account, ResetId
from bridge.domain.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a sealed password belongs to: bound in as associated data, so that rows cannot be swapped."""

    reset_id: ResetId
    account: Account
    locator: Locator


class Vault(Protocol):
    """Seals and opens; the only holder of the server's keys."""

    def seal(self, password: Secret, key: Secret, bound_to: Binding) -> Sealed: ...
    def arm(self, key: Secret, bound_to: Binding) -> Sealed:
        """A link that has no password yet, but what to seal one with for its key."""

    def fill(self, armed: Sealed, password: Secret, bound_to: Binding) -> Sealed:
        """Seal a password for an armed link, whose key is only with its holder. Raises VaultLocked."""

    def open(self, sealed: Sealed, key: Secret, bound_to: Binding) -> Secret:
        """Raises VaultLocked when no key opens it or it was changed."""

    def unwrap(self, sealed: Sealed, proof: Secret, bound_to: Binding) -> Closed:
        """Take off the server's layer alone, for who has proven the link's key. Raises VaultLocked as open does."""

    def matches(self, sealed: Sealed | None, key: Secret) -> bool:
        """Whether the key belongs to the link; takes as long for None."""

    def proven(self, sealed: Sealed | None, proof: Secret) -> bool:
        """Whether the proof was derived from the link's key; takes as long for None."""

    def tag(self, label: str, text: Secret) -> str:
        """A keyed hash of a short code: worthless without the server's key."""

    def tag_matches(self, tag: str | None, label: str, text: Secret) -> bool: ...
    def seal_seed(self, seed: Secret, label: str) -> bytes: ...
    def open_seed(self, sealed: bytes, label: str) -> Secret: ...
    def seal_own(self, password: Secret, label: str, behind: Secret) -> bytes:
        """Seal a service id's password so that the ring alone does not open it: what its file holds is needed too.

        The web role has the ring and the database, and must hold no host credential (I9); it cannot read the file.
        """

    def open_own(self, sealed: bytes, label: str, behind: Secret) -> Secret:
        """The reverse. Raises VaultLocked."""

    def mark(self, text: Secret, label: str) -> bytes:
        """A fingerprint of a text, sealed: worthless without the ring, and costly to guess from with it."""

    def marked(self, mark: bytes, text: Secret, label: str) -> bool:
        """Whether that is the fingerprint of this text."""
