"""How often one account may be asked for, and how much one operator may ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.demand import Demand
from bridge.domain.errors import TooMany
from bridge.domain.names import Person
from bridge.domain.policy import Caller, Policy, Role
from bridge.domain.reset import State
from bridge.flows.ask import Ask, Once, ask
from tests.fakes.kit import House, house

ADMIN = Caller(name="root", roles=frozenset({Role.ADMIN}))


def test_an_account_is_asked_for_so_often_an_hour(tmp_path: Path) -> None:
    """Past the limit nothing changes, whoever asks; the words say when to come again, and then it goes through."""
    with house(tmp_path, policy=Policy(per_account=2)) as bridge:
        bridge.ask()
        bridge.clock.move(minutes=10)
        last = bridge.ask().reset
        bridge.clock.move(minutes=20)
        for caller_asks in (bridge.ask, lambda: by(ADMIN, "JSMITH", bridge)):
            with pytest.raises(TooMany) as refused:
                caller_asks()
            assert "PRODA:JSMITH has had 2 within the hour" in refused.value.limit
        assert refused.value.retry_after == timedelta(minutes=30).total_seconds()
        assert bridge.reset(last.id).state is State.QUEUED
        assert bridge.ask("MJONES").reset.state is State.QUEUED
        bridge.clock.move(minutes=30)
        bridge.ask()
        with pytest.raises(TooMany):
            bridge.ask()


def test_an_operator_asks_for_so_many_an_hour(tmp_path: Path) -> None:
    """Over all accounts; admins, who reset in bulk, and other operators are not held up."""
    with house(tmp_path, policy=Policy(per_operator=2)) as bridge:
        bridge.ask("JSMITH")
        bridge.ask("MJONES")
        with pytest.raises(TooMany) as refused:
            bridge.ask("MILLER")
        assert (
            "anna has had 2 within the hour, the most that policies.standard.per_operator allows" in refused.value.limit
        )
        by(Caller(name="ben", roles=frozenset({Role.AGENT})), "MILLER", bridge)
        for userid in ("MILLER", "JSMITH", "MJONES"):
            by(ADMIN, userid, bridge)


def test_a_repeated_request_is_none_too_many(tmp_path: Path) -> None:
    """An answer lost on the way is asked for again under its key: the same reset comes back."""
    with house(tmp_path, policy=Policy(per_account=1)) as bridge:
        once = Once(key="k", fingerprint=bytes(32))
        made = by(ADMIN, "JSMITH", bridge, once)
        assert by(ADMIN, "JSMITH", bridge, once) == made


def test_0_is_no_limit(tmp_path: Path) -> None:
    """As often as anybody likes."""
    with house(tmp_path, policy=Policy(per_account=0, per_operator=0)) as bridge:
        for _ in range(30):
            bridge.ask()


@pytest.mark.parametrize(
    ("factors", "enrolled", "withheld"),
    [
        (("totp", "release_code"), True, True),
        (("totp", "release_code"), False, False),
        (("passkey", "release_code"), True, False),
    ],
)
def test_who_has_a_factor_of_their_own_has_no_release_code_where_the_policy_says_so(
    tmp_path: Path, factors: tuple[str, ...], enrolled: bool, withheld: bool
) -> None:
    """An app that the policy takes is not gone round by talking the help desk into a code; one that it does not take is
    no reason. The record says that there was none, and none that is made up opens the link."""
    policy = Policy(factors=factors, release_code_for="unenrolled")
    with house(tmp_path, policy=policy, enrolled=enrolled) as bridge:
        asked = bridge.ask()
        assert (asked.withheld, asked.release_code is None) == (withheld, withheld)
        requested = bridge.records(asked.reset.id)[0].event
        assert requested.detail.get("release_code") == ("withheld" if withheld else None)
        with bridge.store.look() as work:
            assert (work.links.code(asked.reset.id) is None) is withheld


def test_a_factor_that_does_not_count_yet_or_was_taken_away_withholds_no_code(tmp_path: Path) -> None:
    """Else whoever lost a device could not be helped before the wait is over, or at all."""
    with house(tmp_path, policy=Policy(release_code_for="unenrolled")) as bridge:
        assert bridge.ask().withheld
        with bridge.store.work() as work:
            (app,) = work.people.factors(Person("js"))
            work.people.remove_factor(app.id, bridge.clock.now())
            later = bridge.clock.now() + timedelta(hours=1)
            work.people.add_factor(replace(app, id="F2", usable_from=later))
        assert bridge.ask().release_code
        bridge.clock.move(hours=1)
        assert bridge.ask().withheld


@pytest.mark.parametrize("enrolled", [True, False])
def test_whoever_asks_the_same_again_is_told_whether_there_is_a_code(tmp_path: Path, enrolled: bool) -> None:
    """A lost answer that held one has to be asked for anew; where there was none, nothing is lost."""
    once = Once(key="k", fingerprint=b"1")
    with house(tmp_path, policy=Policy(release_code_for="unenrolled"), enrolled=enrolled) as bridge:
        wish = Ask(system="PRODA", userid="JSMITH", reason="forgotten")
        first, again = (ask(wish, ADMIN, bridge.web, once=once) for _ in range(2))
        assert (first.withheld, again.withheld, again.repeated) == (enrolled, enrolled, True)
        assert again.release_code is None


@pytest.mark.parametrize(
    ("others", "phone", "withheld"),
    [
        (("passkey",), None, False),
        (("phone",), None, False),
        (("phone",), "+49 171 1234512", True),
        (("oidc",), None, True),
    ],
)
def test_a_code_that_an_app_alone_is_not_enough_without_is_drawn(
    tmp_path: Path, others: tuple[str, ...], phone: str | None, withheld: bool
) -> None:
    """Where two factors are demanded, whoever has an app and nothing else to show would be helped by nobody. With the
    code the app has to be shown all the same."""
    demand = Demand(at_least=2)
    policy = Policy(factors=("totp", *others, "release_code"), demand=demand, release_code_for="unenrolled")
    with house(tmp_path, policy=policy, phone=phone) as bridge:
        asked = bridge.ask()
        assert (asked.withheld, asked.release_code is None) == (withheld, withheld)
        (after,) = bridge.work()
        assert after.state is State.PUBLISHED


def by(caller: Caller, userid: str, bridge: House, once: Once | None = None) -> str:
    """Ask as somebody."""
    return ask(Ask(system="PRODA", userid=userid, reason="forgotten"), caller, bridge.web, once=once).reset.id
