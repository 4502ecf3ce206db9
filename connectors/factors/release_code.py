"""The code that the agent reads to the caller over the telephone, drawn when the reset was asked for: eight digits,
or six words of the alphabet that letters are spelled with."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.domain.codes import RELEASE_CODE_DIGITS, letters_of
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State
from bridge.domain.second import RELEASE_CODE, digits
from bridge.domain.secret import Secret
from bridge.ports import Vault, Work


class ReleaseCode:
    """Right once, for a limited time after the link's mail was accepted."""

    kind = RELEASE_CODE

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def offered(self, reset: Reset, at: datetime, work: Work) -> bool:
        """Whether the reset has a code that is not used up."""
        return work.links.code(reset.id) is not None

    def shaped(self, answer: Secret) -> bool:
        """Eight digits, blanks and hyphens aside, or six words."""
        return _read(answer) is not None

    def accepts(self, reset: Reset, policy: Policy, answer: Secret, at: datetime, work: Work) -> bool:
        """Judge the answer and spend the code. A code that is too old, or not yet valid, takes the same path."""
        right = self._right(reset, answer, work)
        valid = reset.state is State.PUBLISHED and reset.since <= at < reset.since + policy.release_code_ttl
        if not right or not valid:
            return False
        work.links.drop_code(reset.id)
        return True

    def overdue(self, reset: Reset, policy: Policy, answer: Secret, at: datetime, work: Work) -> timedelta | None:
        """As the port `ReadOut` has it."""
        over = at - (reset.since + policy.release_code_ttl)
        right = self._right(reset, answer, work)
        return over if right and reset.state is State.PUBLISHED and over >= timedelta(0) else None

    def _right(self, reset: Reset, answer: Secret, work: Work) -> bool:
        code, tag = _read(answer), work.links.code(reset.id)
        return self._vault.tag_matches(tag, f"{RELEASE_CODE}:{reset.id}", code or answer) and code is not None


def _read(answer: Secret) -> Secret | None:
    return digits(answer, RELEASE_CODE_DIGITS) or letters_of(answer)
