"""What a policy wants to be proven before a link opens: which factors, how many, of which categories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import combinations
from typing import Final


class Category(StrEnum):
    """What a factor rests on."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"
    ATTESTATION = "attestation"


PROVES: Final[Mapping[str, tuple[Category, ...]]] = {
    "totp": (Category.POSSESSION,),
    "phone": (Category.POSSESSION,),
    "mail": (),
    "radius": (Category.POSSESSION,),
    "passkey": (Category.POSSESSION,),
    "oidc": (Category.KNOWLEDGE,),
    "release_code": (Category.ATTESTATION,),
}
"""Kind of factor → what it proves wherever it is used. Less rather than more: whether a passkey is unlocked by a PIN or
a finger, whether a token has a PIN, what a company's sign-on asks for, only the site knows (`proves`). What opens a
mailbox nobody here knows at all, and NIST SP 800-63B-4, 3.1.3.1, counts it for nothing."""

OWN: Final = (Category.KNOWLEDGE, Category.POSSESSION, Category.INHERENCE)
"""What somebody can prove about themselves."""


def vouched(one_of: Sequence[str], each: Sequence[str], proves: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The categories that a sign-on proves in any case, when one of those values and each of these are required of it;
    empty where nothing is known of them."""
    sure = {name for value in each for name in proves.get(value, ())}
    if one_of:
        sure |= set.intersection(*({*proves.get(value, ())} for value in one_of))
    return tuple(sorted(sure))


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """`policies.NAME.demand`: what has to be passed together. As it stands here, any one factor of the policy.

    required    each of these
    at_least    so many different factors in all
    categories  each of these has to be proven; a number instead: so many different ones
    proves      kind of factor → its categories, where the site knows better than the table above
    """

    required: tuple[str, ...] = ()
    at_least: int = 1
    categories: tuple[str, ...] = ()
    proves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def knowing(self, kind: str, categories: tuple[str, ...]) -> Demand:
        """The same, where that factor is known to prove these; what the policy says of it itself goes before."""
        return replace(self, proves={kind: categories} | dict(self.proves)) if categories else self

    def met(self, passed: Collection[str]) -> bool:
        """Whether these factors are enough."""
        return not self.lacks(passed)

    def lacks(self, passed: Collection[str]) -> list[str]:
        """What these factors leave open, each in words for the one who runs the site; empty: nothing."""
        proven = self.proven_by(passed)
        said = [kind for kind in self.required if kind not in passed]
        if len(set(passed)) < self.at_least:
            said.append(f"{self.at_least} different factors ({len(set(passed))} can be had)")
        said += [f"a factor that proves {name}" for name in self._named if name not in proven]
        if len(proven) < self._many:
            said.append(f"{self._many} different categories ({', '.join(sorted(proven)) or 'none'} can be had)")
        return said

    def wanted(self, passed: Collection[str], allowed: Sequence[str]) -> tuple[str, ...]:
        """Those of the allowed factors that bring it nearer to being met, in their order. None is taken twice."""
        return tuple(kind for kind in allowed if kind not in passed and self._helps(kind, passed))

    def several(self, allowed: Sequence[str]) -> bool:
        """Whether none of the allowed factors is enough alone."""
        return not any(self.met([kind]) for kind in allowed)

    def idle(self, allowed: Sequence[str]) -> tuple[str, ...]:
        """Those of the allowed factors that nobody is ever asked for, whatever they have passed."""
        passed = [some for count in range(len(allowed)) for some in combinations(allowed, count) if not self.met(some)]
        return tuple(kind for kind in allowed if not any(kind in self.wanted(some, allowed) for some in passed))

    def proven_by(self, kinds: Collection[str]) -> set[str]:
        """The categories that these factors prove together."""
        return {str(name) for kind in kinds for name in self.proves.get(kind, PROVES.get(kind, ()))}

    @property
    def _many(self) -> int:
        return int(self.categories[0]) if self.categories and self.categories[0].isdigit() else 0

    @property
    def _named(self) -> tuple[str, ...]:
        return () if self._many else self.categories

    def _helps(self, kind: str, passed: Collection[str]) -> bool:
        sure = {*passed, *self.required}  # those that are required will come anyway
        proven, own = self.proven_by(sure), self.proven_by([kind])
        if kind in self.required or len(sure) < self.at_least:
            return True
        return bool((own - proven) & set(self._named)) or (len(proven) < self._many and bool(own - proven))
