"""One's own factors: for the page of a reveal, for ten minutes; never more than what was passed is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from bridge.domain.demand import Demand
from bridge.domain.errors import BadInput, LinkDead, NotInvited
from bridge.domain.link import Locator
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.second import PASSKEY, STEP, TOTP, strength
from bridge.domain.secret import Secret
from bridge.flows import self_service
from bridge.flows.decide import revoke
from bridge.flows.disown import Disowned, disown
from bridge.flows.enrol import add_totp
from bridge.flows.handover import Shown
from bridge.flows.holder import proven
from bridge.flows.invite import MOST_ADDED, Holder, begin_app, entered, finish_app
from bridge.flows.reveal import reveal
from bridge.flows.self_service import MOST_OPENED, Access, open_own, own, remove_own
from bridge.flows.send import send
from bridge.ports import Enrolled
from tests.fakes.kit import AGENT, House, house
from tests.unit.flows.armed import fetched, linked
from tests.unit.flows.test_challenge import Judged, give_key
from tests.unit.flows.test_mail_code import Pocket

EITHER = Policy(factors=(TOTP, "release_code"))
APP_ALONE = Policy(factors=(TOTP,))


def shown(bridge: House, code: str = "") -> Shown:
    asked = bridge.ask()
    bridge.work()
    release = asked.release_code.expose() if asked.release_code else ""
    outcome = reveal(bridge.attempt(release if code == "release" else bridge.totp()), bridge.web)
    assert isinstance(outcome, Shown)
    return outcome


def holder(opened: Access) -> Holder:
    return Holder(locator=opened.locator, key=opened.key, code=Secret(""), source="192.0.2.9", agent="test")


def opened(bridge: House, code: str = "") -> Holder:
    page = shown(bridge, code)
    return holder(open_own(bridge.attempt(""), page.visit, bridge.web))


def enrol(who: Holder, bridge: House) -> Enrolled:
    seed = begin_app(who, "Bank", bridge.web).seed
    code = pyotp.TOTP(seed.expose()).generate_otp(int(bridge.clock.at.timestamp()) // STEP)
    return finish_app(who, Secret(code), bridge.web)


def bys(bridge: House) -> list[str]:
    with bridge.store.look() as work:
        return [record.event.by for record in work.audit.records()]


def kinds(bridge: House) -> list[str]:
    with bridge.store.look() as work:
        return [record.event.kind for record in work.audit.records()]


def test_the_page_of_the_reveal_opens_it_and_no_other(tmp_path: Path) -> None:
    """Not the key alone, not before the reveal, not after ten minutes."""
    with house(tmp_path, policy=EITHER) as bridge:
        bridge.ask()
        bridge.work()
        with pytest.raises(NotInvited):
            open_own(bridge.attempt(""), "", bridge.web)
        page = reveal(bridge.attempt(bridge.totp()), bridge.web)
        assert isinstance(page, Shown)
        for visit in ("", "x", page.visit[:-1]):
            with pytest.raises(NotInvited):
                open_own(bridge.attempt(""), visit, bridge.web)
        with pytest.raises(LinkDead):
            open_own(replace(bridge.attempt(""), key=Secret("x")), page.visit, bridge.web)
        first = open_own(bridge.attempt(""), page.visit, bridge.web)
        again = open_own(bridge.attempt(""), page.visit, bridge.web)
        with pytest.raises(NotInvited):
            own(holder(first), bridge.web)
        assert [one.factor.kind for one in own(holder(again), bridge.web)] == [TOTP]
        bridge.clock.move(minutes=10)
        for late in (
            lambda: own(holder(again), bridge.web),
            lambda: open_own(bridge.attempt(""), page.visit, bridge.web),
        ):
            with pytest.raises(NotInvited):
                late()


def test_a_second_app_counts_at_once_for_who_passed_the_first(tmp_path: Path) -> None:
    """And can be taken back at once; the first stays until the second has been told of for a day. All of it is told."""
    with house(tmp_path, policy=EITHER) as bridge:
        who = opened(bridge)
        bridge.clock.move(seconds=1)
        new = enrol(who, bridge)
        assert new.usable_from is None
        assert new.added_by == "the person"
        first, second = own(who, bridge.web)
        assert (first.kept, second.kept) == ("young", "")
        with pytest.raises(BadInput):
            remove_own(who, first.factor.id, bridge.web)
        assert [one.factor.id for one in remove_own(who, new.id, bridge.web)] == [first.factor.id]
        with pytest.raises(BadInput):
            remove_own(who, new.id, bridge.web)
        assert kinds(bridge)[-3:] == ["factor.own_opened", "factor.added", "factor.removed"]
        assert bys(bridge)[-3:] == ["link holder", "the person", "the person"]
        with bridge.store.look() as work:
            told = [notice.kind for notice in work.outbox.due(bridge.clock.now(), 50)]
        assert told.count("factor_removed") == 1
        assert told.count("factor_added") == 1


def test_one_code_does_not_put_another_s_app_in_the_owner_s_place(tmp_path: Path) -> None:
    """Nor does the page opened anew, nor a next link: until the owner has had a day to hear of it."""
    with house(tmp_path, policy=EITHER) as bridge:
        bridge.clock.move(hours=1)
        page = shown(bridge)
        enrol(holder(open_own(bridge.attempt(""), page.visit, bridge.web)), bridge)
        again = holder(open_own(bridge.attempt(""), page.visit, bridge.web))
        assert [one.kept for one in own(again, bridge.web)] == ["young", ""]
        bridge.clock.at += bridge.web.factor_wait - timedelta(minutes=1)
        assert [one.kept for one in own(opened(bridge), bridge.web)] == ["young", ""]
        bridge.clock.move(minutes=1)
        who = opened(bridge)
        first, second = own(who, bridge.web)
        assert (first.kept, second.kept) == ("", "")
        (left,) = remove_own(who, first.factor.id, bridge.web)
        assert (left.factor.id, left.kept) == (second.factor.id, "young")


def test_the_help_desk_s_code_is_worth_less(tmp_path: Path) -> None:
    """It takes no app away, and an app that it adds waits: the person hears of it before it opens anything."""
    with house(tmp_path, policy=EITHER) as bridge:
        who = opened(bridge, "release")
        (one,) = own(who, bridge.web)
        assert one.kept == "weaker"
        with pytest.raises(BadInput):
            remove_own(who, one.factor.id, bridge.web)
        new = enrol(who, bridge)
        assert new.usable_from == bridge.clock.now() + bridge.web.factor_wait
        assert [each.kept for each in own(who, bridge.web)] == ["weaker", "weaker"]


def test_the_first_one_counts_at_once(tmp_path: Path) -> None:
    """There is none that it could take the place of."""
    with house(tmp_path, policy=EITHER, enrolled=False) as bridge:
        assert enrol(opened(bridge, "release"), bridge).usable_from is None


def test_the_last_one_stays_where_nothing_else_opens_a_link(tmp_path: Path) -> None:
    """One that still waits opens nothing, and is no substitute."""
    with house(tmp_path, policy=APP_ALONE) as bridge:
        who = opened(bridge)
        (one,) = own(who, bridge.web)
        assert one.kept == "needed"
        with pytest.raises(BadInput):
            remove_own(who, one.factor.id, bridge.web)
        bridge.clock.move(seconds=1)
        add_totp("js", "Bank", "second", "local:root", bridge.web, wait=bridge.web.factor_wait)  # type: ignore[arg-type]
        assert [each.kept for each in own(who, bridge.web)] == ["needed", ""]
        bridge.clock.move(seconds=1)
        enrol(who, bridge)
        assert [each.kept for each in own(who, bridge.web)] == ["young", "", ""]


def test_a_demand_of_both_keeps_the_app(tmp_path: Path) -> None:
    """The help desk's code alone would not do; and the stronger of what was passed counts."""
    both = Policy(factors=(TOTP, "release_code"), demand=Demand(required=(TOTP, "release_code")))
    with house(tmp_path, policy=both) as bridge:
        asked = bridge.ask()
        bridge.work()
        assert asked.release_code
        more = reveal(bridge.attempt(bridge.totp()), bridge.web)
        token = more.token  # type: ignore[union-attr]
        attempt = replace(bridge.attempt(asked.release_code.expose()), progress=token)
        page = reveal(attempt, bridge.web)
        assert isinstance(page, Shown)
        who = holder(open_own(bridge.attempt(""), page.visit, bridge.web))
        assert [one.kept for one in own(who, bridge.web)] == ["needed"]
        assert enrol(who, bridge).usable_from is None


def test_not_me_closes_it(tmp_path: Path) -> None:
    """Whoever read the password first may have it open."""
    with house(tmp_path, policy=EITHER) as bridge:
        page = shown(bridge)
        who = holder(open_own(bridge.attempt(""), page.visit, bridge.web))
        own(who, bridge.web)
        disown(bridge.attempt(""), bridge.web, visit=page.visit)
        with pytest.raises(NotInvited):
            own(who, bridge.web)
        with pytest.raises(NotInvited):
            open_own(bridge.attempt(""), page.visit, bridge.web)


def test_not_me_closes_it_too_late_as_well_and_undoes_what_was_added(tmp_path: Path) -> None:
    """Who read it has logged on already; an app of theirs would open the next link. What was there before stays."""
    with house(tmp_path, policy=EITHER) as bridge:
        page = shown(bridge)
        who = holder(open_own(bridge.attempt(""), page.visit, bridge.web))
        new = enrol(who, bridge)
        bridge.host.user_logs_on("JSMITH")
        bridge.clock.move(seconds=10)
        bridge.work()
        assert disown(bridge.attempt(""), bridge.web, visit=page.visit) is Disowned.LATE
        with pytest.raises(NotInvited):
            own(who, bridge.web)
        with bridge.store.look() as work:
            left = [factor.id for factor in work.people.factors(Person("js"))]
        assert len(left) == 1
        assert new.id not in left
        assert "factor.removed" in kinds(bridge)


def test_not_me_leaves_what_came_by_another_link(tmp_path: Path) -> None:
    """The owner's own second app, added a week ago from a page of theirs, is what they have left."""
    with house(tmp_path, policy=EITHER) as bridge:
        mine = enrol(opened(bridge), bridge)
        bridge.host.user_logs_on("JSMITH")
        bridge.work()
        bridge.clock.move(days=7)
        page = shown(bridge)
        theirs = enrol(holder(open_own(bridge.attempt(""), page.visit, bridge.web)), bridge)
        disown(bridge.attempt(""), bridge.web, visit=page.visit)
        with bridge.store.look() as work:
            left = {factor.id for factor in work.people.factors(Person("js"))}
        assert left == {"F1", mine.id}
        assert theirs.id not in left


@pytest.mark.parametrize(
    ("kind", "changes"), [("mail", {"other_email": "js@home.example"}), ("phone", {"phone": "+491711234512"})]
)
def test_a_code_that_reaches_nobody_is_no_other_way(tmp_path: Path, kind: str, changes: dict[str, str]) -> None:
    """The policy sends codes, and there is nowhere to send one: without the app the person could open nothing."""
    with house(tmp_path, policy=Policy(factors=(TOTP, kind))) as bridge:
        who = opened(bridge)
        assert [one.kept for one in own(who, bridge.web)] == ["needed"]
        bridge.directory.people[0] = replace(bridge.directory.people[0], phone="4512")
        assert [one.kept for one in own(who, bridge.web)] == ["needed"]
        bridge.directory.people[0] = replace(bridge.directory.people[0], **changes)  # type: ignore[arg-type]
        assert [one.kept for one in own(who, bridge.web)] == ["young"]


def test_a_weaker_one_takes_no_passkey_s_place(tmp_path: Path) -> None:
    """Whoever has got hold of the passkey for a moment leaves it, though an old app would be left."""
    with house(tmp_path, policy=Policy(factors=(PASSKEY, TOTP))) as bridge:
        bridge.clock.move(days=3)
        give_key(bridge, "F7")
        bridge.ask()
        bridge.work()
        kit = replace(bridge.web, factors={**bridge.web.factors, PASSKEY: Judged(right=True)})  # type: ignore[dict-item]
        page = reveal(replace(bridge.attempt("{}"), kind=PASSKEY), kit)
        assert isinstance(page, Shown)
        who = holder(open_own(bridge.attempt(""), page.visit, bridge.web))
        assert {one.factor.kind: one.kept for one in own(who, bridge.web)} == {TOTP: "", PASSKEY: "young"}


@pytest.mark.parametrize("how", ["by the operator", "by a newer one"])
def test_a_revoked_link_closes_it(tmp_path: Path, how: str) -> None:
    """The person has called: somebody else read it."""
    with house(tmp_path, policy=EITHER) as bridge:
        who = opened(bridge)
        own(who, bridge.web)
        if how == "by the operator":
            revoke(bridge.mail.links[-1].reset_id, AGENT, "not me", bridge.web)
        else:
            bridge.ask()
        with pytest.raises(NotInvited):
            own(who, bridge.web)
        with pytest.raises(NotInvited):
            begin_app(who, "Bank", bridge.web)


def test_a_revoked_link_leaves_an_operator_s_invitation_alone(tmp_path: Path) -> None:
    """Whoever has that was let in by nobody's code."""
    from tests.unit.flows.test_invite import holder as invited_holder
    from tests.unit.flows.test_invite import invited

    with house(tmp_path, policy=EITHER) as bridge:
        shown(bridge)
        other = invited_holder(invited(bridge))
        revoke(bridge.mail.links[-1].reset_id, AGENT, "not me", bridge.web)
        assert begin_app(other, "Bank", bridge.web).person == "js"


def test_an_armed_link_opens_it_with_the_factor_that_was_passed_before(tmp_path: Path) -> None:
    """The page that fetched the password showed a ticket for it: what counts is what that was given for."""
    with house(tmp_path, policy=Policy(factors=(TOTP, "release_code"), delivery="armed")) as bridge:
        linked(bridge)
        ticket = bridge.let_in(bridge.totp()).ticket
        bridge.work()
        page = fetched(bridge, ticket)
        (mine,) = own(holder(open_own(bridge.attempt(""), page.visit, bridge.web)), bridge.web)
        assert mine.factor.kind == TOTP
        with bridge.store.look() as work:
            opened_by = [one.event for one in work.audit.records() if one.event.kind == "factor.own_opened"]
        assert [event.detail["factor"] for event in opened_by] == [TOTP]


def test_an_armed_link_that_was_passed_twice_is_worth_what_was_passed_last(tmp_path: Path) -> None:
    """With the help desk's code the first time, when the host was away; with the app after that."""
    with house(tmp_path, policy=Policy(factors=(TOTP, "release_code"), delivery="armed")) as bridge:
        code = bridge.ask().release_code
        bridge.work()
        assert code
        bridge.let_in(code)
        bridge.host.faults = ["session:unreached"]
        bridge.work()
        bridge.clock.move(minutes=10)
        bridge.work()
        ticket = bridge.let_in(bridge.totp()).ticket
        bridge.work()
        page = fetched(bridge, ticket)
        (mine,) = own(holder(open_own(bridge.attempt(""), page.visit, bridge.web)), bridge.web)
        assert mine.kept != "weaker"


def test_a_code_that_was_only_sent_is_none_that_was_passed(tmp_path: Path) -> None:
    """Opened with the help desk's code; that a better one was asked for afterwards makes it no better."""
    policy = Policy(factors=("release_code", "phone"))
    with house(tmp_path, policy=policy, phone="+491711234512", gateway=Pocket()) as bridge:
        page = shown(bridge, "release")
        send(bridge.attempt(""), bridge.web)
        open_own(bridge.attempt(""), page.visit, bridge.web)
        with bridge.store.look() as work:
            last = list(work.audit.records())[-1].event
        assert (last.kind, last.detail["factor"]) == ("factor.own_opened", "release_code")


def test_a_link_that_goes_while_it_is_looked_at_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old rows are thinned: between the look and the lock it may be gone."""
    with house(tmp_path, policy=EITHER) as bridge:
        page = shown(bridge)
        gone = replace(proven(bridge.attempt(""), bridge.web), locator=Locator("7" * 26))
        monkeypatch.setattr(self_service, "proven", lambda *_: gone)
        with pytest.raises(LinkDead):
            open_own(bridge.attempt(""), page.visit, bridge.web)


def test_a_handful_at_one_go_and_so_many_goes(tmp_path: Path) -> None:
    """Each factor is a mail to its person, and one more that every code is compared with."""
    with house(tmp_path, policy=EITHER) as bridge:
        page = shown(bridge)
        who = holder(open_own(bridge.attempt(""), page.visit, bridge.web))
        for _ in range(MOST_ADDED):
            enrol(who, bridge)
        with pytest.raises(NotInvited):
            begin_app(who, "Bank", bridge.web)
        for _ in range(MOST_OPENED - 1):
            open_own(bridge.attempt(""), page.visit, bridge.web)
        with pytest.raises(NotInvited):
            open_own(bridge.attempt(""), page.visit, bridge.web)


def test_an_operator_s_invitation_shows_nobody_s_factors(tmp_path: Path) -> None:
    """It enrols one, and that is all."""
    from tests.unit.flows.test_invite import holder as invited_holder
    from tests.unit.flows.test_invite import invited

    with house(tmp_path, policy=EITHER) as bridge:
        who = invited_holder(invited(bridge))
        assert entered(who, bridge.web, lambda invitation, _: invitation.person) == "js"
        with pytest.raises(NotInvited):
            own(who, bridge.web)
        with pytest.raises(NotInvited):
            remove_own(who, "F1", bridge.web)


def test_strengths() -> None:
    """In this order; of several the strongest."""
    assert [strength(kind) for kind in ("", "release_code", "phone", TOTP, PASSKEY)] == [0, 1, 2, 3, 4]
    assert strength("release_code+totp") == strength(TOTP) == strength("oidc") == strength("radius")
    assert strength("mail") == strength("phone")
