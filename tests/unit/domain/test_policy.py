"""Who may do what."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from bridge.domain.errors import NotAllowed
from bridge.domain.policy import MAY, Caller, Deed, Policy, Role, demand

ALLOWED = {
    Role.AGENT: {Deed.ASK, Deed.SEE, Deed.SEE_SYSTEMS, Deed.REVOKE},
    Role.APPROVER: {Deed.SEE, Deed.SEE_SYSTEMS, Deed.DECIDE},
    Role.ADMIN: {Deed.ASK, Deed.SEE, Deed.SEE_SYSTEMS, Deed.REVOKE},
    Role.AUDITOR: {Deed.SEE, Deed.SEE_SYSTEMS, Deed.AUDIT},
    Role.OPERATOR: {Deed.SEE, Deed.SEE_SYSTEMS},
}  # the table, written a second time: a role that grows is noticed here


@pytest.mark.parametrize(("role", "deed"), list(product(Role, Deed)), ids=lambda value: value.name)
def test_each_role_may_what_the_table_says_and_no_more(role: Role, deed: Deed) -> None:
    """Every pair of role and deed; a refusal names who may."""
    caller = Caller(name="somebody", roles=frozenset({role}))
    if deed in ALLOWED[role]:
        demand(caller, deed)
        return
    with pytest.raises(NotAllowed) as raised:
        demand(caller, deed)
    assert deed.value in str(raised.value)
    assert all(other.value in str(raised.value) for other in Role if deed in ALLOWED[other])


def test_nobody_without_a_role_may_anything() -> None:
    """No role, no deed."""
    for deed in Deed:
        with pytest.raises(NotAllowed):
            demand(Caller(name="nobody", roles=frozenset()), deed)


def test_roles_add_up() -> None:
    """Two roles may what either may."""
    both = Caller(name="somebody", roles=frozenset({Role.AGENT, Role.AUDITOR}))
    for deed in ALLOWED[Role.AGENT] | ALLOWED[Role.AUDITOR]:
        demand(both, deed)
    with pytest.raises(NotAllowed):
        demand(both, Deed.DECIDE)


def test_every_role_is_in_the_table_and_every_deed_has_somebody() -> None:
    """No role without a line, no deed that nobody may."""
    assert set(MAY) == set(Role)
    assert set().union(*MAY.values()) == set(Deed)


def test_default_policy_keeps_within_the_limits_of_the_standards() -> None:
    """Links end within 24 hours, release codes within 10 minutes, and guessing ends early."""
    policy = Policy()
    assert policy.link_ttl.total_seconds() <= 24 * 3600
    assert policy.release_code_ttl.total_seconds() <= 600
    assert 1 <= policy.attempts <= 5
    assert policy.pause.total_seconds() >= 1
    assert policy.unused_ttl.total_seconds() <= 8 * 3600


def test_default_policy_bounds_what_one_account_and_one_operator_may_cost() -> None:
    """0 would be any number: somebody's mailbox filled, or a whole company reset by one stolen token."""
    policy = Policy()
    assert 1 <= policy.per_account <= 10
    assert 1 <= policy.per_operator <= 200
    assert policy.privileged == "refuse"


def test_a_release_code_lasts_for_no_longer_than_its_link() -> None:
    """Who is told ten minutes of a link of five would come too late."""
    assert Policy(link_ttl=timedelta(minutes=5)).code_lasts == timedelta(minutes=5)
    assert Policy(release_code_ttl=timedelta(minutes=5)).code_lasts == timedelta(minutes=5)
