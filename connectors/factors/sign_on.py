"""A sign-on at the company's OpenID provider, as the link's page holds it: a ticket, for minutes, once."""

from __future__ import annotations

import re
from datetime import datetime

from bridge.domain.link import CROCKFORD
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset
from bridge.domain.second import OIDC, sign_on_label
from bridge.domain.secret import Secret
from bridge.ports import SignedOn, Vault, Work


class SignedOnTicket:
    """Right where the sign-on was the person's own, on the link that it was begun from."""

    kind = OIDC

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def offered(self, reset: Reset, at: datetime, work: Work) -> bool:
        """Whether somebody came back with a ticket that is not used up. Whose it is, the page may not know yet."""
        return bool(_open(reset, at, work))

    def shaped(self, answer: Secret) -> bool:
        """A ticket as new_ticket() draws it: nobody types one."""
        return re.fullmatch(f"[{CROCKFORD}]{{26}}", answer.expose()) is not None

    def accepts(self, reset: Reset, policy: Policy, answer: Secret, at: datetime, work: Work) -> bool:
        """Spend the ticket; whether it was the right person's was found when they came back."""
        for signed in _open(reset, at, work):
            if self._vault.tag_matches(signed.tag, sign_on_label(reset.id), answer):
                return work.sign_ons.use(signed) and signed.right
        return False


def _open(reset: Reset, at: datetime, work: Work) -> list[SignedOn]:
    return [signed for signed in work.sign_ons.of(reset.id) if signed.tag is not None and at < signed.until]
