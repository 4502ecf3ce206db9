"""What is demanded together: when it is met, what it lacks, what brings it further."""

from __future__ import annotations

import pytest

from bridge.domain.demand import Demand, vouched

ALL = ("totp", "phone", "release_code")


@pytest.mark.parametrize(
    ("demand", "passed", "met"),
    [
        (Demand(), ("phone",), True),
        (Demand(), (), False),
        (Demand(required=("totp",)), ("phone",), False),
        (Demand(required=("totp", "release_code")), ("release_code", "totp"), True),
        (Demand(required=("totp", "release_code")), ("totp", "phone"), False),
        (Demand(at_least=2), ("totp", "totp"), False),
        (Demand(at_least=2), ("totp", "phone"), True),
        (Demand(categories=("2",)), ("totp", "phone"), False),
        (Demand(categories=("2",)), ("totp", "release_code"), True),
        (Demand(categories=("attestation",)), ("totp", "phone"), False),
        (Demand(categories=("attestation",)), ("release_code",), True),
        (Demand(categories=("2",), proves={"radius": ("possession", "knowledge")}), ("radius",), True),
    ],
)
def test_a_demand_is_met_by_all_of_it(demand: Demand, passed: tuple[str, ...], met: bool) -> None:
    """Each required one, so many different ones, each category or so many of them."""
    assert demand.met(passed) is met
    assert bool(demand.lacks(passed)) is not met


@pytest.mark.parametrize(
    ("demand", "passed", "wanted"),
    [
        (Demand(), (), ALL),
        (Demand(required=("totp",)), (), ("totp",)),
        (Demand(required=("totp",), at_least=2), (), ALL),
        (Demand(required=("totp",), at_least=2), ("totp",), ("phone", "release_code")),
        (Demand(required=("totp",), at_least=2), ("phone",), ("totp",)),
        (Demand(categories=("2",)), ("totp",), ("release_code",)),
        (Demand(required=("totp",), categories=("possession", "attestation")), (), ("totp", "release_code")),
    ],
)
def test_only_what_brings_it_further_is_asked_for(
    demand: Demand, passed: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    """None twice, and none that would only be one more to guess."""
    assert demand.wanted(passed, ALL) == wanted


def test_a_factor_that_is_never_asked_for_is_found() -> None:
    """For `check`: whoever named it expected it to be of use."""
    assert Demand(required=("totp",)).idle(ALL) == ("phone", "release_code")
    assert Demand(required=("totp",), at_least=2).idle(ALL) == ()
    assert Demand().idle(ALL) == ()


def test_what_is_lacking_is_named() -> None:
    """For the agent, and for whoever wrote the policy."""
    said = Demand(required=("totp",), at_least=2, categories=("attestation",)).lacks(("phone",))
    assert said == ["totp", "2 different factors (1 can be had)", "a factor that proves attestation"]


SAYS = {"gold": ("knowledge", "possession"), "key": ("possession", "inherence"), "mfa": ("knowledge",)}


@pytest.mark.parametrize(
    ("one_of", "each", "sure"),
    [
        (("gold",), (), ("knowledge", "possession")),
        (("gold", "key"), (), ("possession",)),
        (("gold", "other"), (), ()),
        (("gold", "key"), ("mfa",), ("knowledge", "possession")),
        ((), ("mfa", "key"), ("inherence", "knowledge", "possession")),
        ((), ("other",), ()),
    ],
)
def test_a_sign_on_proves_what_every_one_of_them_does(
    one_of: tuple[str, ...], each: tuple[str, ...], sure: tuple[str, ...]
) -> None:
    """Of several that will do, only what they have in common; of what nothing is said, nothing."""
    assert vouched(one_of, each, SAYS) == sure


@pytest.mark.parametrize(
    ("kind", "proves"),
    [
        ("totp", {"possession"}),
        ("phone", {"possession"}),
        ("mail", set()),
        ("radius", {"possession"}),
        ("passkey", {"possession"}),
        ("oidc", {"knowledge"}),
        ("release_code", {"attestation"}),
    ],
)
def test_a_factor_proves_no_more_than_it_does_everywhere(kind: str, proves: set[str]) -> None:
    """The table, written a second time: two categories that one factor is said to prove are no second factor."""
    assert Demand().proven_by([kind]) == proves


def test_where_nothing_is_known_of_a_sign_on_it_proves_knowledge() -> None:
    """And what the policy says itself goes before what is known."""
    own = Demand(proves={"oidc": ("inherence",)})
    assert Demand().knowing("oidc", ()).proven_by(["oidc"]) == {"knowledge"}
    assert Demand().knowing("oidc", ("possession",)).proven_by(["oidc"]) == {"possession"}
    assert own.knowing("oidc", ("possession",)).proven_by(["oidc"]) == {"inherence"}
