"""Invitations: link and digits together, once; what takes another factor's place waits, and its person is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from bridge.domain.errors import BadInput, NotFound, NotInvited, VaultLocked
from bridge.domain.names import Person
from bridge.domain.second import STEP
from bridge.domain.secret import Secret
from bridge.flows.enrol import remove_factor
from bridge.flows.invite import (
    MOST,
    OPEN_FOR,
    Holder,
    Invited,
    begin_app,
    begin_key,
    finish_app,
    finish_key,
    invite,
    uninvite,
)
from bridge.ports import Enrolled
from tests.fakes.kit import House, house

DAY = timedelta(days=1)


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    """Somebody who has no factor yet."""
    with house(tmp_path, enrolled=False) as made:
        yield made


def invited(bridge: House) -> Invited:
    return invite("js", "https://reset.example.com", "local:root", bridge.web, lasts=DAY, wait=DAY)  # type: ignore[arg-type]


def holder(new: Invited, code: Secret | None = None) -> Holder:
    locator, _, key = new.link.expose().rpartition("/")[2].partition("#")
    return Holder(locator=locator, key=Secret(key), code=code or new.code, source="192.0.2.1", agent="test")


def enrol(bridge: House, new: Invited) -> Enrolled:
    app = begin_app(holder(new), "Bank", bridge.web)
    return finish_app(holder(new), code_of(bridge, app.seed), bridge.web)


def code_of(bridge: House, seed: Secret) -> Secret:
    return Secret(pyotp.TOTP(seed.expose()).generate_otp(int(bridge.clock.at.timestamp()) // STEP))


def other(code: Secret) -> Secret:
    return Secret(f"{(int(code.expose()) + 1) % 10**8:08}")


def test_the_first_factor_counts_at_once_and_the_next_waits(bridge: House) -> None:
    """Also when the first has been taken away: a lost device opens no quicker way."""
    first = enrol(bridge, invited(bridge))
    assert first.usable_from is None
    remove_factor(first.id, "local:root", bridge.web)  # type: ignore[arg-type]
    bridge.clock.move(seconds=60)
    second = enrol(bridge, invited(bridge))
    assert second.usable_from == bridge.clock.now() + DAY
    assert not second.usable(bridge.clock.now())
    assert second.usable(bridge.clock.now() + DAY)
    reset = bridge.ask().reset
    with bridge.store.look() as work:
        told = [notice.kind for notice in work.outbox.due(bridge.clock.now(), 50)]
        totp = bridge.web.factors["totp"]
        assert not totp.offered(reset, bridge.clock.now(), work)
        assert totp.offered(reset, bridge.clock.now() + DAY, work)
    assert sorted(told) == ["factor_added", "factor_added", "factor_removed"]


def test_an_invitation_works_once(bridge: House) -> None:
    """And not after its time."""
    new = invited(bridge)
    enrol(bridge, new)
    with pytest.raises(NotInvited):
        begin_app(holder(new), "Bank", bridge.web)
    late = invited(bridge)
    bridge.clock.move(hours=24)
    with pytest.raises(NotInvited):
        begin_app(holder(late), "Bank", bridge.web)


def test_an_invitation_is_called_off(bridge: House) -> None:
    """By whoever may make one; of nobody else's, and a second time there is none."""
    new = invited(bridge)
    with pytest.raises(NotFound):
        uninvite("jo", "local:root", bridge.web)  # type: ignore[arg-type]
    assert uninvite("js", "local:root", bridge.web) == 1  # type: ignore[arg-type]
    with pytest.raises(NotInvited):
        begin_app(holder(new), "Bank", bridge.web)
    with pytest.raises(NotFound):
        uninvite("js", "local:root", bridge.web)  # type: ignore[arg-type]
    with bridge.store.look() as work:
        last = list(work.audit.records())[-1].event
    assert (last.kind, last.detail["ended"]) == ("factor.uninvited", 1)


def test_a_new_invitation_ends_the_one_before(bridge: House) -> None:
    """The first went to somebody else, digits and all: they must not come first, nor finish what they began."""
    astray = invited(bridge)
    app = begin_app(holder(astray), "Bank", bridge.web)
    new = invited(bridge)
    for late in (
        lambda: begin_app(holder(astray), "Bank", bridge.web),
        lambda: finish_app(holder(astray), code_of(bridge, app.seed), bridge.web),
    ):
        with pytest.raises(NotInvited):
            late()
    assert enrol(bridge, new).usable_from is None
    with bridge.store.look() as work:
        said = [one.event for one in work.audit.records() if one.event.kind == "factor.invited"]
    assert [(event.by, event.detail["person"], event.detail["ended"]) for event in said] == [
        ("local:root", "js", 0), ("local:root", "js", 1)
    ]  # fmt: skip


def test_the_link_alone_enrols_nothing(bridge: House) -> None:
    """Wrong digits are counted for the key's holder alone; at the limit the link is over and security told."""
    new = invited(bridge)
    for stranger in (replace(holder(new, other(new.code)), key=Secret("0" * 32)), holder(new, Secret("random"))):
        with pytest.raises(NotInvited) as no:
            begin_app(stranger, "Bank", bridge.web)
        assert no.value.left is None
    for left in reversed(range(MOST)):
        with pytest.raises(NotInvited) as no:
            begin_app(holder(new, other(new.code)), "Bank", bridge.web)
        assert no.value.left == left
    with pytest.raises(NotInvited):
        begin_app(holder(new), "Bank", bridge.web)
    with bridge.store.look() as work:
        assert [notice.kind for notice in work.outbox.due(bridge.clock.now(), 50)] == ["invitation_destroyed"]
        said = [one.event.detail for one in work.audit.records() if one.event.kind == "factor.invitation_refused"]
    assert [(each["left"], each["source"]) for each in said] == [(left, "192.0.2.1") for left in reversed(range(MOST))]


def test_what_is_stored_of_one_invitation_is_worth_nothing_in_another(bridge: House) -> None:
    """Whoever writes to the database moves no digits that they know, nor a seed that they have scanned."""
    first = invited(bridge)
    begin_app(holder(first), "Bank", bridge.web)
    with bridge.store.work() as work:
        theirs = work.invitations.lock(first.invitation.locator)
    second = invited(bridge)
    with bridge.store.work() as work:
        mine = work.invitations.lock(second.invitation.locator)
        assert theirs
        assert mine
        work.invitations.put(replace(mine, code=theirs.code))
    with pytest.raises(NotInvited):
        begin_app(holder(second, first.code), "Bank", bridge.web)
    with bridge.store.work() as work:
        begun = {"kind": theirs.kind, "pending": theirs.pending, "pending_until": theirs.pending_until}
        work.invitations.put(replace(mine, **begun))  # type: ignore[arg-type]
    with pytest.raises(VaultLocked):
        begin_app(holder(second), "Bank", bridge.web)


def test_an_app_counts_when_its_first_code_was_typed(bridge: House) -> None:
    """A wrong one, or one too late, enrols nothing and uses nothing up; the seed is in no file in clear."""
    new = invited(bridge)
    app = begin_app(holder(new), "Bank", bridge.web)
    assert begin_app(holder(new), "Bank", bridge.web).seed == app.seed
    with pytest.raises(BadInput):
        finish_app(holder(new), Secret("000000"), bridge.web)
    bridge.clock.move(seconds=OPEN_FOR.total_seconds())
    with pytest.raises(BadInput):
        finish_app(holder(new), code_of(bridge, app.seed), bridge.web)
    again = begin_app(holder(new), "Bank", bridge.web)
    code = code_of(bridge, again.seed)
    finish_app(holder(new), code, bridge.web)
    with bridge.store.look() as work:
        [factor] = work.people.factors(Person("js"))
    assert factor.last_step > 0  # the code that enrolled it opens no link
    assert again.seed.expose().encode() not in factor.seed


def test_a_challenge_for_a_new_passkey_is_answered_once(bridge: House) -> None:
    """What was wrong has spent it: whoever saw it pass has no second try at it."""
    new = invited(bridge)
    begin_key(holder(new), "Bank", bridge.web)
    for _ in range(2):
        with pytest.raises(BadInput):
            finish_key(holder(new), Secret("{}"), bridge.web)
        with bridge.store.work() as work:
            row = work.invitations.lock(new.invitation.locator)
        assert row
        assert (row.kind, row.pending) == (None, None)


def test_nobody_is_invited_whom_the_directory_does_not_know(bridge: House) -> None:
    """As with every factor."""
    with pytest.raises(NotFound):
        invite("nobody", "https://reset.example.com", "local:root", bridge.web, lasts=DAY, wait=DAY)  # type: ignore[arg-type]
