"""A code that was sent to the person's telephone or another mailbox: eight digits, for minutes, once, on one link."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.domain.codes import RELEASE_CODE_DIGITS
from bridge.domain.policy import Policy
from bridge.domain.reset import READ, Reset
from bridge.domain.second import code_label, digits, question_kind
from bridge.domain.secret import Secret
from bridge.ports import Question, Vault, Work


class SentCode:
    """Right for the person and the link that it was sent for, by the way that it was sent."""

    def __init__(self, vault: Vault, kind: str) -> None:
        self._vault = vault
        self.kind = kind

    def offered(self, reset: Reset, at: datetime, work: Work) -> bool:
        """Whether one was sent on this link. Whether one could be, the directory knows: it is not asked in here."""
        sent = self._sent(reset, work)
        return sent is not None and sent.reset_id == reset.id

    def shaped(self, answer: Secret) -> bool:
        """Eight digits, blanks and hyphens aside."""
        return digits(answer, RELEASE_CODE_DIGITS) is not None

    def accepts(self, reset: Reset, policy: Policy, answer: Secret, at: datetime, work: Work) -> bool:
        """Judge the answer and spend the code. A code of another link, or one too old, takes the same path."""
        code = digits(answer, RELEASE_CODE_DIGITS)
        sent = self._sent(reset, work)
        tag = sent.state.decode() if sent and sent.state else None
        right = self._vault.tag_matches(tag, code_label(reset.id, self.kind), code or answer)
        if code is None or sent is None or not right or sent.reset_id != reset.id or not sent.at <= at < sent.until:
            return False
        work.questions.put(replace(sent, state=None))
        return True

    def _sent(self, reset: Reset, work: Work) -> Question | None:
        """The newest of the person's; of a link that has been read, its own."""
        kind = question_kind(self.kind, reset.id if reset.state in READ else "")
        return work.questions.get(reset.person, kind) if reset.person else None
