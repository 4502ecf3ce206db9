"""Time-based codes from an authenticator app (RFC 6238): six digits, thirty seconds, SHA-1 as every app knows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

import pyotp

from bridge.domain.policy import Policy
from bridge.domain.reset import Reset
from bridge.domain.second import STEP, TOTP, digits, seed_label
from bridge.domain.secret import Secret
from bridge.ports import Enrolled, Vault, Work

DIGITS: Final = 6
OFF: Final = 10
"""So many steps either way is it looked whose a refused code is: a telephone's clock that is off by five minutes."""


class Totp:
    """A right code of the current or the previous step, each step once per enrolment."""

    kind = TOTP

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def offered(self, reset: Reset, at: datetime, work: Work) -> bool:
        """Whether the person has enrolled an app."""
        return bool(_enrolled(reset, at, work))

    def shaped(self, answer: Secret) -> bool:
        """Six digits, blanks and hyphens aside."""
        return digits(answer, DIGITS) is not None

    def accepts(self, reset: Reset, policy: Policy, answer: Secret, at: datetime, work: Work) -> bool:
        """Judge the answer and spend its step. Raises VaultLocked when a stored seed cannot be opened."""
        code = digits(answer, DIGITS)
        if code is None:
            return False
        for factor in _enrolled(reset, at, work):
            step = self._step(factor, code, at)
            if step is not None and work.people.use_step(factor.id, step):
                return True
        return False

    def off(self, reset: Reset, answer: Secret, at: datetime, work: Work) -> timedelta | None:
        """As the port `Apps` has it. A code that has been used is nobody's slow clock."""
        for factor in _enrolled(reset, at, work) if self.shaped(answer) else ():
            away = (*range(-2, -OFF - 1, -1), *range(1, OFF + 1))
            step = _among(away, self._vault.open_seed(factor.seed, seed_label(factor.person, factor.id)), answer, at)
            if step is not None and step > factor.last_step:
                return timedelta(seconds=(step - _step_at(at)) * STEP)
        return None

    def _step(self, factor: Enrolled, code: Secret, at: datetime) -> int | None:
        """The step whose code this is: the current one or the one before it. Never one ahead."""
        return self.step(self._vault.open_seed(factor.seed, seed_label(factor.person, factor.id)), code, at)

    def step(self, seed: Secret, answer: Secret, at: datetime) -> int | None:
        """As the port `Apps` has it."""
        return _among((0, -1), seed, answer, at)


def _among(away: Iterable[int], seed: Secret, answer: Secret, at: datetime) -> int | None:
    """The step whose code this is, of those so many away from now."""
    code = digits(answer, DIGITS)
    if code is None:
        return None
    app, now = pyotp.TOTP(seed.expose(), digits=DIGITS, interval=STEP), _step_at(at)
    steps = [now + each for each in away if compare_digest(app.generate_otp(now + each), code.expose())]
    return steps[0] if steps else None


def _step_at(at: datetime) -> int:
    return int(at.timestamp()) // STEP


def _enrolled(reset: Reset, at: datetime, work: Work) -> list[Enrolled]:
    if reset.person is None:
        return []
    return [factor for factor in work.people.factors(reset.person) if factor.kind == TOTP and factor.usable(at)]
