"""Asking on the console: a reset, an unlock; what is typed is kept, what is sent twice is asked for once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.outcome import Profile, Standing
from bridge.domain.policy import Policy, Role
from bridge.domain.reset import Reset, State
from bridge.flows import errands
from tests.fakes.kit import House, house
from tests.unit.web.console import Operator

LOCKED = Profile(userid=Userid("JSMITH"), standing=Standing.SUSPENDED, suspended_by="violations")
WANTED = {"what": "reset", "system": "PRODA", "userid": "jsmith", "reason": "forgotten, called back", "ticket": "INC7"}


@pytest.fixture
def anna(bridge: House) -> Operator:
    made = Operator(bridge, Role.AGENT)
    assert made.sign_in().status_code == 303
    return made


def once(who: Operator) -> str:
    """What makes a form one form."""
    found = re.search(r'name="once" value="([0-9A-Z]+)"', who.get("/ask").text)
    assert found
    return found[1]


def send(who: Operator, **changes: str) -> TestResponse:
    return who.post("/ask", **({"once": once(who)} | WANTED | changes))


def all_of(bridge: House) -> list[Reset]:
    with bridge.store.look() as work:
        return list(work.resets.find(limit=50)[0])


def code_on(answer: TestResponse) -> str:
    found = re.search(r'<p class="release mono">([^<]+)</p>', answer.text)
    assert found, answer.text
    return found[1]


def test_a_reset_is_asked_for_and_its_code_is_on_that_page_alone(anna: Operator, bridge: House) -> None:
    """The code is the one that opens the link; no later page has it, nor the record; ticket and reason are kept."""
    answer = send(anna)
    assert answer.status_code == 200
    code = code_on(answer)
    assert re.fullmatch(r"[0-9]{4} [0-9]{4}", code)
    assert "It works for 10 minutes from when the mail has left" in answer.text
    (made,) = all_of(bridge)
    assert (made.userid, made.reason, made.ticket, made.requested_by) == ("JSMITH", WANTED["reason"], "INC7", "anna")
    assert f'href="/console/resets/{made.id}"' in answer.text
    bridge.work(2)
    page = anna.get(f"/resets/{made.id}").text
    assert 'Release code ends</dt><dd><time datetime="2026-11-25T12:10:00Z"' in page
    assert not [text for text in (code, code.replace(" ", "")) if text in page + str(bridge.records(made.id))]
    assert "password" in anna.browser.reveal(code).text
    assert bridge.reset(made.id).state is State.REVEALED


def test_the_same_form_sent_again_asks_for_nothing_and_another_wording_does(anna: Operator, bridge: House) -> None:
    """Pressed twice, or loaded anew: one reset, and its code is not shown a second time. Corrected: a newer reset."""
    key = once(anna)
    code_on(send(anna, once=key))
    (made,) = all_of(bridge)
    again = send(anna, once=key)
    assert (again.status_code, again.location) == (303, f"/console/resets/{made.id}")
    assert all_of(bridge) == [made]
    code_on(send(anna, once=key, reason="forgotten, and called back twice"))
    assert bridge.reset(made.id).state is State.CANCELLED
    assert len(all_of(bridge)) == 2


def test_where_no_code_is_read_out_the_reset_itself_comes_next(tmp_path: Path) -> None:
    """There is nothing to show but where it stands."""
    with house(tmp_path, policy=Policy(factors=("totp",))) as bridge:
        anna = Operator(bridge, Role.ADMIN)
        anna.sign_in()
        answer = send(anna, ticket=" ")
        (made,) = all_of(bridge)
        assert (answer.status_code, answer.location) == (303, f"/console/resets/{made.id}")
        assert made.ticket is None


def test_where_the_code_is_withheld_the_next_page_says_why(tmp_path: Path) -> None:
    """The agent can tell the caller what to do, and who helps when it is lost."""
    with house(tmp_path, policy=Policy(release_code_for="unenrolled")) as bridge:
        anna = Operator(bridge, Role.ADMIN)
        anna.sign_in()
        answer = send(anna)
        (made,) = all_of(bridge)
        assert answer.status_code == 200
        assert "The caller has an app or a passkey of their own" in answer.text
        assert 'class="release' not in answer.text
        assert f'href="/console/resets/{made.id}"' in answer.text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"userid": "j.smith'--"}, "Userid: a userid"),
        ({"userid": "NINECHARS"}, "Userid: a userid is expected"),
        ({"system": "NOSUCH"}, "System: one of PRODA"),
        ({"reason": "  "}, "Why: why, in one line"),
        ({"ticket": "T" * 65}, "Ticket: the ticket"),
        ({"what": "both"}, "What is wanted: a new password, or an unlock"),
        ({"once": "x"}, "The page is not whole"),
    ],
)
def test_what_is_wrong_is_said_at_the_form_which_keeps_what_was_typed(
    anna: Operator, bridge: House, wrong: dict[str, str], words: str
) -> None:
    """Nothing was asked for; the field is marked for who hears the page."""
    answer = send(anna, **wrong)
    assert answer.status_code == 400
    assert words in answer.text
    assert "Nothing was asked for" in answer.text
    assert "<title>Not asked for: Ask" in answer.text
    kept = WANTED | wrong
    for name in ("userid", "reason", "ticket"):
        assert f'name="{name}" value="{kept[name].replace(chr(39), "&#39;")}"' in answer.text
    (name,) = wrong
    marked = re.findall(r'id="(\w+)"[^>]*aria-invalid="true"', answer.text)
    assert marked == ([name] if name in {"userid", "system", "reason", "ticket"} else [])
    assert all_of(bridge) == []


def test_the_service_id_itself_is_refused_at_the_form(bridge: House) -> None:
    """Its password is changed elsewhere, and no role is to blame."""
    own = frozenset({Account(SystemName("PRODA"), Userid("RSTBRDG"))})
    bridge.web = replace(bridge.web, own=own)
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    answer = send(anna, userid="RSTBRDG")
    assert answer.status_code == 403
    assert "RSTBRDG is a service id of this bridge" in answer.text
    assert "Roles are given" not in answer.text
    assert all_of(bridge) == []


def test_too_many_is_said_at_the_form_and_when_it_may_be_tried_again(tmp_path: Path) -> None:
    """429 with Retry-After, and nothing is lost."""
    with house(tmp_path, policy=Policy(per_account=1)) as bridge:
        anna = Operator(bridge, Role.AGENT)
        anna.sign_in()
        send(anna)
        bridge.clock.move(minutes=10)
        answer = send(anna, reason="once more")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3000")
        assert (
            "PRODA:JSMITH has had 1 within the hour, the most that policies.standard.per_account allows; in 50 min"
            in (answer.text)
        )
        assert 'value="once more"' in answer.text
        assert len(all_of(bridge)) == 1


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR, Role.OPERATOR])
def test_who_may_not_ask_sees_no_form_and_is_refused(bridge: House, role: Role) -> None:
    """By the flow, not by the absence of a link; who is not signed in is brought to where that is done."""
    vera = Operator(bridge, role, name="vera")
    stranger = vera.post("/ask", once="0" * 24, **WANTED)
    assert (stranger.status_code, "you are not signed in" in stranger.text) == (403, True)
    vera.sign_in()
    assert "/console/ask" not in vera.get("/systems").text
    for answer in (vera.get("/ask"), vera.post("/ask", once="0" * 24, **WANTED)):
        assert answer.status_code == 403
        assert "That is not yours to do" in answer.text
    assert all_of(bridge) == []


def test_a_form_from_elsewhere_asks_for_nothing(anna: Operator, bridge: House) -> None:
    """Another site's, one without our token, and one whose fields stand in the address."""
    key = once(anna)
    fields = {"token": anna.browser.token(), "once": key, **WANTED}
    assert anna.browser.post("/console/ask", fields, Origin="https://evil.example").status_code == 403
    assert anna.browser.post("/console/ask", fields | {"token": "0.x"}).status_code == 400
    assert anna.browser.post("/console/ask?what=reset", fields).status_code == 400
    assert all_of(bridge) == []


def test_the_form_comes_filled_in_for_the_account_of_a_reset(anna: Operator, bridge: House) -> None:
    """From its page; what else an address could bring along is refused."""
    made = bridge.ask("MJONES").reset
    found = re.search(r'href="(/console/ask\?[^"]+)"', anna.get(f"/resets/{made.id}").text)
    assert found
    text = anna.get(found[1].removeprefix("/console").replace("&amp;", "&")).text
    assert 'name="userid" value="MJONES"' in text
    assert '<option value="PRODA" selected>' in text
    for query in ("?reason=x", "?userid=a&userid=b", "?userid=%22onfocus=", "?system=a"):
        assert anna.get(f"/ask{query}").status_code == 400


@pytest.fixture
def told(anna: Operator, bridge: House) -> Iterator[str]:
    """Where an unlock is followed."""
    answer = send(anna, what="unlock")
    assert answer.status_code == 303
    assert all_of(bridge) == []
    yield answer.location.removeprefix("/console")


def carried_out(bridge: House) -> None:
    taken = errands.take(bridge.host.name, bridge.worker)
    assert taken
    errands.carry_out(taken[0], bridge.host, bridge.worker)


def test_an_unlock_is_asked_for_and_followed(anna: Operator, bridge: House, told: str) -> None:
    """It waits, then it is done: the old password works again; and from there a reset can be asked for."""
    bridge.host.accounts[Userid("JSMITH")].profile = LOCKED
    assert "<strong>queued</strong>: waits for a worker" in anna.get(told).text
    carried_out(bridge)
    text = anna.get(told).text
    assert "<strong>done</strong>: the old password works again" in text
    assert "/console/ask?system=PRODA&amp;userid=JSMITH" in text


def test_unlocks_are_listed_newest_first(anna: Operator, bridge: House, told: str) -> None:
    """Each leads to its own page; whoever sees resets sees them."""
    bridge.clock.move(minutes=1)
    other = send(anna, what="unlock", userid="NOBODY1").location.removeprefix("/console")
    carried_out(bridge)
    vera = Operator(bridge, Role.OPERATOR, name="vera")
    vera.sign_in()
    text = vera.get("/unlocks").text
    assert re.findall(r'href="/console(/unlocks/E[^"]+)"', text) == [other, told]
    assert '<b>done</b><span class="says">: it was not locked; nothing was done' in text
    assert '<b>queued</b><span class="says">: waits for a worker' in text
    assert 'href="/console/unlocks"' in vera.get("/resets").text
    nobody = Operator(bridge, name="nemo")
    nobody.sign_in()
    assert nobody.get("/unlocks").status_code == 403


def test_an_unlock_that_nobody_needed_and_one_that_fails(anna: Operator, bridge: House, told: str) -> None:
    """In the words of the closed list."""
    carried_out(bridge)
    assert "it was not locked; nothing was done" in anna.get(told).text
    other = send(anna, what="unlock", userid="NOBODY1").location.removeprefix("/console")
    carried_out(bridge)
    text = anna.get(other).text
    assert "<strong>failed</strong>" in text
    assert "unknown_user" in text
