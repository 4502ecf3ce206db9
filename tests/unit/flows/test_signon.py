"""The company's sign-on: what comes back counts with the key alone, for its person, on its link, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.domain.errors import BadInput, LinkDead, NotDisowned, SignOnLapsed, WrongAnswer
from bridge.domain.link import new_key, new_locator
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.second import OIDC
from bridge.domain.secret import Secret
from bridge.flows.disown import Disowned, disown
from bridge.flows.holder import Attempt
from bridge.flows.reveal import Shown, Waiting, reveal
from bridge.flows.signon import Answer, Back, Begun, Why, begin, finish
from tests.fakes.judge import FakeJudge
from tests.fakes.kit import House, dice, house
from tests.fakes.signon import WEAK, FakeSignOn

BOTH = Policy(factors=("radius", "totp", "oidc"))


@pytest.fixture
def provider() -> FakeSignOn:
    return FakeSignOn()


@pytest.fixture
def judge() -> FakeJudge:
    return FakeJudge()


@pytest.fixture
def bridge(tmp_path: Path, provider: FakeSignOn, judge: FakeJudge) -> Iterator[House]:
    with house(tmp_path, policy=BOTH, sign_on=provider, judges={"radius": judge}) as made:
        made.ask()
        made.work()
        yield made


def locator(bridge: House) -> str:
    return bridge.attempt("").locator


def answer(begun: Begun, name: str = "js", **changes: object) -> Answer:
    """What a browser brings back for who signed on."""
    (state,) = parse_qs(urlsplit(begun.address).query)["state"]
    values = {"state": state, "code": Secret(name), "issuer": "", "browser": begun.browser, "source": "198.51.100.9",
              "agent": "test"}  # fmt: skip
    return Answer(**(values | changes))  # type: ignore[arg-type]


def there_and_back(bridge: House, name: str = "js") -> Back:
    return finish(answer(begin(locator(bridge), "en", bridge.web), name), bridge.web)


def ticketed(bridge: House, back: Back) -> Attempt:
    assert back.ticket is not None
    return replace(bridge.attempt(back.ticket), kind=OIDC)


def reset_of(bridge: House) -> str:
    with bridge.store.look() as work:
        return str(work.resets.find(limit=1)[0][0].id)


def test_the_persons_own_sign_on_opens_once(bridge: House) -> None:
    """With the key; the ticket is used up by it, and the record says by what it was opened."""
    back = there_and_back(bridge)
    assert back.why is None
    shown = reveal(ticketed(bridge, back), bridge.web)
    assert isinstance(shown, Shown)
    kinds = [record.event for record in bridge.records(reset_of(bridge)) if record.event.kind == "reset.revealed"]
    assert [event.detail["factor"] for event in kinds] == ["oidc"]


def test_i10_going_there_stores_nothing_and_is_the_same_for_every_locator(bridge: House) -> None:
    """A scanner that follows the link leaves no trace; an invented locator goes there and gets a ticket as well."""
    before = bridge.kinds(reset_of(bridge))
    invented = begin(new_locator(dice), "en", bridge.web)
    assert len(invented.address) == len(begin(locator(bridge), "en", bridge.web).address)
    assert bridge.kinds(reset_of(bridge)) == before
    back = finish(answer(invented), bridge.web)
    assert back.ticket is not None
    assert bridge.kinds(reset_of(bridge)) == before
    with pytest.raises(SignOnLapsed):
        reveal(ticketed(bridge, back), bridge.web)


def test_i5_another_persons_sign_on_is_a_wrong_answer(bridge: House) -> None:
    """Counted when it comes with the key, once for each sign-on; nothing but their name is on record."""
    attempt = ticketed(bridge, there_and_back(bridge, "mallory"))
    with pytest.raises(WrongAnswer) as wrong:
        reveal(attempt, bridge.web)
    assert wrong.value.left == BOTH.attempts - 1
    with pytest.raises(SignOnLapsed):
        reveal(attempt, bridge.web)
    events = [record.event for record in bridge.records(reset_of(bridge))]
    (signed,) = [event for event in events if event.kind == "factor.signed_on"]
    assert (signed.detail["right"], signed.detail["name"]) == ("no", "mallory")
    for _ in range(BOTH.attempts - 1):
        with pytest.raises(WrongAnswer):
            reveal(ticketed(bridge, there_and_back(bridge, "mallory")), bridge.web)
    assert bridge.reset(reset_of(bridge)).state == "revoked"


def test_i10_whoever_has_no_key_counts_for_nothing_and_is_in_nobodys_way(bridge: House) -> None:
    """Any number of strangers come back on somebody's link; the person's own sign-on, begun before, still opens."""
    own = begin(locator(bridge), "en", bridge.web)
    for _ in range(20):
        stranger = ticketed(bridge, there_and_back(bridge, "mallory"))
        with pytest.raises(LinkDead):
            reveal(replace(stranger, key=new_key(dice)), bridge.web)
    assert isinstance(reveal(ticketed(bridge, finish(answer(own), bridge.web)), bridge.web), Shown)


def test_a_state_is_taken_once(bridge: House, provider: FakeSignOn) -> None:
    """Replayed, also with a code that the provider would take, and after its ticket was used."""
    begun = begin(locator(bridge), "en", bridge.web)
    first = finish(answer(begun), bridge.web)
    assert finish(answer(begun), bridge.web).why is Why.LAPSED
    assert isinstance(reveal(ticketed(bridge, first), bridge.web), Shown)


def test_the_chosen_language_comes_back(bridge: House) -> None:
    """With the ticket, and where there is none; not chosen, there is none."""
    for chosen in ("he", ""):
        begun = begin(locator(bridge), "he", bridge.web, chosen)
        assert finish(answer(begun), bridge.web).chosen == chosen
        assert finish(answer(begun, browser=Secret("")), bridge.web).chosen == chosen


def test_another_browser_is_sent_away_before_anybody_is_asked(bridge: House, provider: FakeSignOn) -> None:
    """The one that comes back has to be the one that went: a code slipped to somebody does not count there."""
    begun = begin(locator(bridge), "en", bridge.web)
    for browser in (Secret(""), begin(locator(bridge), "en", bridge.web).browser):
        assert finish(answer(begun, browser=browser), bridge.web) == Back(locator=locator(bridge), why=Why.LAPSED)
    assert not provider.back


@pytest.mark.parametrize("state", ["", "x", "ä" * 40, "A" * 500, "A" * 5000])
def test_what_is_no_state_of_ours_leads_nowhere(bridge: House, provider: FakeSignOn, state: str) -> None:
    """Nobody is asked, and no link is named."""
    begun = begin(locator(bridge), "en", bridge.web)
    assert finish(answer(begun, state=state), bridge.web) == Back(locator="", why=Why.LAPSED)
    assert not provider.back


def test_a_bent_state_leads_nowhere(bridge: House, provider: FakeSignOn) -> None:
    """Each character of it is sealed."""
    begun = begin(locator(bridge), "en", bridge.web)
    whole = answer(begun).state
    for place in (0, len(whole) // 2, len(whole) - 3):
        bent = whole[:place] + ("A" if whole[place] != "A" else "B") + whole[place + 1 :]
        assert finish(answer(begun, state=bent), bridge.web) == Back(locator="", why=Why.LAPSED)
    assert not provider.back


def test_a_state_that_was_begun_later_than_now_counts_for_nothing(bridge: House) -> None:
    """A clock was set back: how old it is, nobody can tell."""
    begun = begin(locator(bridge), "en", bridge.web)
    bridge.clock.put_back(seconds=6)
    assert finish(answer(begun), bridge.web).why is Why.LAPSED


def test_an_entry_of_somebody_else_s_is_not_whose_link_it_is(bridge: House) -> None:
    """A directory that answers with another person than it was asked for: that one's sign-on opens nothing."""
    eve = replace(bridge.directory.people[0], person=Person("eve"))
    bridge.directory.person = lambda _: eve  # type: ignore[method-assign]
    with pytest.raises(WrongAnswer):
        reveal(ticketed(bridge, there_and_back(bridge, "eve")), bridge.web)


def test_of_a_stranger_s_name_no_more_is_kept_than_a_name_has(bridge: House) -> None:
    """It lies in the record for years, and anybody can put one there."""
    there_and_back(bridge, "m" * 300)
    last = bridge.records(reset_of(bridge))[-1].event
    assert (last.kind, last.detail["name"]) == ("factor.signed_on", "m" * 100)


def test_where_the_policy_takes_no_sign_on_none_is_kept(tmp_path: Path, provider: FakeSignOn) -> None:
    """Another system's does: nothing of a stranger who comes back is stored on this link."""
    with house(tmp_path, policy=Policy(factors=("totp",)), sign_on=provider) as bridge:
        bridge.ask()
        bridge.work()
        before = bridge.kinds(reset_of(bridge))
        assert there_and_back(bridge).ticket is not None
        assert bridge.kinds(reset_of(bridge)) == before
        with bridge.store.look() as work:
            assert work.sign_ons.of(bridge.reset(reset_of(bridge)).id) == []


def test_ten_minutes_there_and_ten_back(bridge: House) -> None:
    """Later, neither counts; nothing is counted for it."""
    begun = begin(locator(bridge), "en", bridge.web)
    bridge.clock.move(minutes=10)
    assert finish(answer(begun), bridge.web).why is Why.LAPSED
    attempt = ticketed(bridge, there_and_back(bridge))
    bridge.clock.move(minutes=10)
    with pytest.raises(SignOnLapsed):
        reveal(attempt, bridge.web)
    with pytest.raises(WrongAnswer) as wrong:
        bridge.open(str((int(bridge.totp()) + 1) % 10**6).zfill(6))
    assert wrong.value.left == BOTH.attempts - 1


def test_a_ticket_is_for_its_own_link(tmp_path: Path, bridge: House) -> None:
    """The same person's other account: the ticket is worth nothing there, and is still good on its own."""
    bridge.ask("MJONES")
    bridge.work()
    first = replace(bridge.attempt("", mail=0), kind=OIDC)
    begun = begin(first.locator, "en", bridge.web)
    ticket = finish(answer(begun), bridge.web).ticket
    assert ticket is not None
    with pytest.raises(SignOnLapsed):
        reveal(replace(bridge.attempt(ticket), kind=OIDC), bridge.web)
    assert isinstance(reveal(replace(first, answer=ticket), bridge.web), Shown)


def test_a_ticket_goes_to_no_other_server(bridge: House, judge: FakeJudge) -> None:
    """A RADIUS server would take it for a passcode, and see it."""
    ticket = Secret("A" * 20 + "123456")
    there_and_back(bridge)
    with pytest.raises(WrongAnswer):
        reveal(replace(bridge.attempt(ticket), kind=OIDC), bridge.web)
    assert not judge.asked


def test_the_directory_that_is_away_uses_nothing_up(bridge: House) -> None:
    """The code is gone with it; the next sign-on counts."""
    begun = begin(locator(bridge), "en", bridge.web)
    bridge.directory.away = True
    assert finish(answer(begun), bridge.web).why is Why.AWAY
    bridge.directory.away = False
    assert isinstance(reveal(ticketed(bridge, there_and_back(bridge)), bridge.web), Shown)


def test_what_does_not_prove_enough_is_on_record_and_not_counted(bridge: House, provider: FakeSignOn) -> None:
    """Called off, too weak, or the provider away: each its own word, and no ticket."""
    assert there_and_back(bridge, WEAK) == Back(locator=locator(bridge), why=Why.REFUSED)
    assert there_and_back(bridge, "").why is Why.REFUSED
    begun = begin(locator(bridge), "en", bridge.web)
    provider.away = True
    assert finish(answer(begun), bridge.web).why is Why.AWAY
    refused = [r.event for r in bridge.records(reset_of(bridge)) if r.event.kind == "factor.sign_on_refused"]
    assert [event.detail["why"] for event in refused] == ["amr: not all of those required"]
    with pytest.raises(WrongAnswer) as wrong:
        bridge.open(str((int(bridge.totp()) + 1) % 10**6).zfill(6))
    assert wrong.value.left == BOTH.attempts - 1


def test_a_stranger_does_not_fill_the_record_with_sign_ons(bridge: House) -> None:
    """Twenty of each kind an hour are on record, and that there were more; the person's own still opens."""
    for _ in range(22):
        there_and_back(bridge, WEAK)
        there_and_back(bridge, "stranger")
    kinds = bridge.kinds(reset_of(bridge))
    assert [kinds.count(kind) for kind in ("factor.sign_on_refused", "factor.signed_on")] == [20, 20]
    assert kinds.count("record.capped") == 2
    assert isinstance(reveal(ticketed(bridge, there_and_back(bridge)), bridge.web), Shown)


def test_a_link_that_is_over_says_so_to_who_comes_back(bridge: House) -> None:
    """Nothing is kept for it; for one that was read it is: it can be disowned with a sign-on."""
    begun = begin(locator(bridge), "en", bridge.web)
    disown(bridge.attempt(""), bridge.web)
    back = finish(answer(begun), bridge.web)
    assert back.ticket is not None
    assert "factor.signed_on" not in bridge.kinds(reset_of(bridge))


def test_a_read_link_is_disowned_with_a_sign_on(bridge: House) -> None:
    """The person's own; another ticket is a wrong answer."""
    bridge.open(bridge.totp())
    there = ticketed(bridge, there_and_back(bridge))
    with pytest.raises(NotDisowned) as no:
        disown(replace(there, answer=Secret("0" * 26)), bridge.web)
    assert no.value.left == BOTH.attempts - 1
    assert disown(there, bridge.web) is Disowned.ENDED


def test_an_armed_link_lets_in(tmp_path: Path, provider: FakeSignOn) -> None:
    """As with any factor, the host is changed now."""
    armed = Policy(factors=("oidc",), delivery="armed")
    with house(tmp_path, policy=armed, enrolled=False, sign_on=provider) as bridge:
        bridge.ask()
        bridge.work()
        waiting = reveal(ticketed(bridge, there_and_back(bridge)), bridge.web)
        assert isinstance(waiting, Waiting)


def test_without_a_provider_there_is_no_way_there(tmp_path: Path) -> None:
    """Neither there nor back."""
    with house(tmp_path) as bridge, pytest.raises(BadInput):
        begin(new_locator(dice), "en", bridge.web)
