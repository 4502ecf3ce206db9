"""Time-based codes (RFC 6238): six digits from an authenticator app, as every app makes them, or from a token that was
bought with its seed, which may have a minute, SHA-256 or SHA-512."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

import pyotp

from bridge.domain.oath import Oath
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset
from bridge.domain.second import TOTP, digits, seed_label
from bridge.domain.secret import Secret
from bridge.ports import Enrolled, Vault, Work

DIGITS: Final = 6
OFF: Final = 300
"""So many seconds either way is it looked whose a refused code is: a clock that is off by five minutes."""


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
        if not self.shaped(answer):
            return False
        for factor in _enrolled(reset, at, work):
            step = _among(self._oath(factor), (0, -1), answer, at)  # never one ahead
            if step is not None and work.people.use_step(factor.id, step):
                return True
        return False

    def off(self, reset: Reset, answer: Secret, at: datetime, work: Work) -> timedelta | None:
        """As the port `Apps` has it. A code that has been used is nobody's slow clock."""
        for factor in _enrolled(reset, at, work) if self.shaped(answer) else ():
            oath = self._oath(factor)
            most = OFF // oath.step
            step = _among(oath, (*range(-2, -most - 1, -1), *range(1, most + 1)), answer, at)
            if step is not None and step > factor.last_step:
                return timedelta(seconds=(step - _step_at(at, oath)) * oath.step)
        return None

    def step(self, seed: Secret, answer: Secret, at: datetime) -> int | None:
        """As the port `Apps` has it."""
        return _among(Oath.of(seed), (0, -1), answer, at)

    def _oath(self, factor: Enrolled) -> Oath:
        return Oath.of(self._vault.open_seed(factor.seed, seed_label(factor.person, factor.id)))


def _among(oath: Oath, away: Iterable[int], answer: Secret, at: datetime) -> int | None:
    """The step whose code this is, of those so many away from now."""
    code = digits(answer, DIGITS)
    if code is None:
        return None
    digest = getattr(hashlib, oath.algorithm.lower())
    app = pyotp.TOTP(oath.seed.expose(), digits=DIGITS, digest=digest, interval=oath.step)
    now = _step_at(at, oath)
    steps = [now + each for each in away if compare_digest(app.generate_otp(now + each), code.expose())]
    return steps[0] if steps else None


def _step_at(at: datetime, oath: Oath) -> int:
    return int(at.timestamp()) // oath.step


def _enrolled(reset: Reset, at: datetime, work: Work) -> list[Enrolled]:
    if reset.person is None:
        return []
    return [factor for factor in work.people.factors(reset.person) if factor.kind == TOTP and factor.usable(at)]
