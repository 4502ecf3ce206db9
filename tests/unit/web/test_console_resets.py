"""Resets on the console: found, shown, ended, approved and rejected; by the roles that the API goes by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.domain.policy import Policy, Role
from bridge.domain.reset import State, advance
from bridge.flows.ledger import write
from tests.fakes.kit import House, house
from tests.unit.web.console import Operator

NOBODY = "R0123456789AB"


def listed(operator: Operator, query: str = "") -> list[str]:
    """The ids on the page."""
    return re.findall(r'href="/console/resets/(R[0-9A-Z]{12})"', operator.get(f"/resets{query}").text)


def signed_in(bridge: House, *roles: Role, name: str = "vera") -> Operator:
    made = Operator(bridge, *roles, name=name)
    assert made.sign_in().status_code == 303
    return made


def test_resets_are_found_newest_first_and_page_by_page(bridge: House) -> None:
    """By state, system and userid, also typed in small letters; each once, over all pages."""
    oldest, made = bridge.ask("MJONES").reset.id, []
    for _ in range(30):
        made.insert(0, bridge.ask().reset.id)
        bridge.clock.move(minutes=7)
    other = bridge.ask("MJONES").reset.id
    vera = signed_in(bridge, Role.OPERATOR)
    text = vera.get("/resets?userid=jsmith&system=proda&state=").text
    first = re.findall(r'href="/console/resets/(R[0-9A-Z]{12})"', text)
    further = re.search(r'href="/console/resets(\?[^"]*cursor=[^"]+)"', text)
    assert further
    rest = vera.get("/resets" + further[1].replace("&amp;", "&"))
    assert first + re.findall(r'href="/console/resets/(R[0-9A-Z]{12})"', rest.text) == made
    assert "Older ones" not in rest.text
    assert listed(vera, "?userid=MJONES") == [other, oldest]
    assert listed(vera, "?state=cancelled&userid=JSMITH") == made[1:26]
    assert "There is none like that" in vera.get("/resets?state=lapsed").text
    assert '<b>cancelled</b><span class="says">: was called off before anything was set' in text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [("state=x", "State: one of the states"), ("limit=200", "Address: state, system"),
     ("cursor=x", "Place in the list:"),
     ("userid=a&userid=b", "Address: "), ("userid=%27;--", "Userid: a userid"), ("system=%3C", "System: a system")],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_said_at_the_form(bridge: House, wrong: str, words: str) -> None:
    """And none is listed, as if that were all."""
    bridge.ask()
    vera = signed_in(bridge, Role.OPERATOR)
    answer = vera.get(f"/resets?{wrong}")
    assert (answer.status_code, words in answer.text, "Not looked for" in answer.text) == (400, True, True)
    assert "<title>Not looked for: Resets" in answer.text
    assert 'class="sought"' in answer.text
    assert not re.findall(r'href="/console/resets/R|There is none|Newest first', answer.text)
    assert ('value="&#39;;--"' in answer.text) == (wrong == "userid=%27;--")


def test_who_comes_second_is_told_so_on_the_resets_own_page(tmp_path: Path) -> None:
    """With how it stands now, and no form for what is not there to be done any more."""
    with house(tmp_path, policy=Policy(approvals=1)) as bridge:
        made = bridge.ask().reset.id
        bea, cleo = signed_in(bridge, Role.APPROVER, name="bea"), signed_in(bridge, Role.APPROVER, name="cleo")
        assert bea.post(f"/resets/{made}/approve", reason="known to me").status_code == 303
        late = cleo.post(f"/resets/{made}/reject", reason="unknown to me")
        assert (late.status_code, bridge.reset(made).state) == (409, State.QUEUED)
        for words in ("Nothing was done. Somebody else was faster", "<strong>queued</strong>: waits for a worker",
                      "by operator:bea"):  # fmt: skip
            assert words in late.text
        assert "<details" not in late.text


def test_a_reason_that_is_none_is_said_at_its_field_which_keeps_it(bridge: House) -> None:
    """And that nothing was done."""
    made = bridge.ask().reset.id
    vera = signed_in(bridge, Role.AGENT)
    typed = "x" * 501
    answer = vera.post(f"/resets/{made}/revoke", reason=typed)
    assert (answer.status_code, bridge.reset(made).state) == (400, State.QUEUED)
    assert "Nothing was done. Why, in one line: 1 to 500 characters" in answer.text
    assert "<title>Not done: Reset" in answer.text
    assert f'value="{typed}" aria-describedby="trouble" autofocus' in answer.text
    assert answer.text.count("<details") == answer.text.count('<details class="deed" open>') == 1


def test_how_many_approvals_are_still_to_come_is_said(tmp_path: Path) -> None:
    """Whoever gives the last one knows that it is carried out by that."""
    with house(tmp_path, policy=Policy(approvals=2)) as bridge:
        made = bridge.ask().reset.id
        bea, cleo = signed_in(bridge, Role.APPROVER, name="bea"), signed_in(bridge, Role.APPROVER, name="cleo")
        assert "after you it takes 1 more" in bea.get(f"/resets/{made}").text
        assert bea.post(f"/resets/{made}/approve", reason="known to me").status_code == 303
        text = cleo.get(f"/resets/{made}").text
        assert "bea: 1 of the 2 that it takes" in text
        assert "You vouch for it, and it is carried out." in text
        assert cleo.post(f"/resets/{made}/approve", reason="to me as well").status_code == 303
        assert bridge.reset(made).state is State.QUEUED
        assert "that it takes" not in cleo.get(f"/resets/{made}").text


def test_a_reset_shows_what_the_command_line_shows_and_no_secret(bridge: House) -> None:
    """State, failure, events; what a person typed is text. Neither password nor link nor release code."""
    asked = bridge.ask(reason="<script>alert(1)</script>")
    bridge.work(2)
    vera = signed_in(bridge, Role.AUDITOR)
    text = vera.get(f"/resets/{asked.reset.id}").text
    for words in ("published</strong>: is set, and its link is mailed", "Link ends", "by operator:anna",
                  "&lt;script&gt;alert(1)", "reset.requested".removeprefix("reset.")):  # fmt: skip
        assert words in text
    assert "sha256:" in text
    assert not re.findall("sha256:[0-9a-f]{9}", text)  # five lines of a phone each; the audit has the whole
    path, key = vera.browser.link()
    assert asked.release_code
    code = asked.release_code.expose()
    for secret in (bridge.host.passwords_ever_set[-1], path.rpartition("/")[2], key, code, code[:4] + " " + code[4:]):
        assert secret not in text
    assert "<form" not in text.partition("<main")[2]  # an auditor decides nothing


def test_each_role_does_on_the_console_what_it_may_and_no_more(tmp_path: Path) -> None:
    """Agents end, approvers decide, nobody approves their own; whoever may not is refused by the flow, not by the
    absence of a button. A reason is demanded, and stands in the record."""
    with house(tmp_path, policy=Policy(approvals=1)) as bridge:
        first, second = bridge.ask().reset.id, bridge.ask("MJONES").reset.id
        agent, boss = signed_in(bridge, Role.AGENT), signed_in(bridge, Role.APPROVER, name="bea")
        own = signed_in(bridge, Role.APPROVER, name="anna")
        auditor = signed_in(bridge, Role.AUDITOR, name="otto")
        offered = {
            who.text: re.findall(r"/([a-z]+)\"", "".join(re.findall(r'<form[^>]+action="/console/resets[^>]+>',
                                                                     who.get(f"/resets/{first}").text)))
            for who in (agent, boss, own, auditor)
        }  # fmt: skip
        assert list(offered.values()) == [["revoke"], ["approve", "reject"], ["reject"], []]
        assert "another person has to" in own.get(f"/resets/{first}").text
        for who, deed in ((agent, "approve"), (boss, "revoke"), (own, "approve"), (auditor, "reject")):
            refused = who.post(f"/resets/{first}/{deed}", reason="mine")
            assert (refused.status_code, bridge.reset(first).state) == (403, State.AWAITING_APPROVAL)
            words = "another person has to" if who is own else "That is not yours to do"
            assert (words in refused.text, "Roles are given" in refused.text) == (True, who is not own)
        assert boss.post(f"/resets/{first}/approve", reason=" ").status_code == 400
        done = boss.post(f"/resets/{first}/approve", reason="known to me")
        assert (done.status_code, done.location) == (303, f"/console/resets/{first}")
        assert bridge.reset(first).state is State.QUEUED
        assert bridge.records(first)[-1].event.detail["reason"] == "known to me"
        assert boss.post(f"/resets/{second}/reject", reason="not known").status_code == 303
        assert bridge.reset(second).state is State.REJECTED
        assert boss.post(f"/resets/{second}/reject", reason="again").status_code == 409
        assert agent.post(f"/resets/{first}/revoke", reason="called off").status_code == 303
        assert bridge.reset(first).state is State.CANCELLED


@pytest.mark.parametrize("path", [f"/resets/{NOBODY}", "/resets/x", f"/resets/{NOBODY}/revoke", "/elsewhere"])
def test_what_there_is_not_is_said_on_a_page_of_the_console(bridge: House, path: str) -> None:
    """With the way back; a stranger is brought to where one signs in, and hears of no reset."""
    vera = signed_in(bridge, Role.AGENT)
    answer = vera.post(path, reason="x") if path.endswith("revoke") else vera.get(path)
    assert answer.status_code in {400, 404}
    assert "Back to the console" in answer.text
    stranger = Operator(bridge, Role.AGENT, name="kim")
    if path.endswith("revoke"):
        answer = stranger.post(path, reason="x")
        assert (answer.status_code, "Nothing was done: you are not signed in" in answer.text) == (403, True)
    elif path.startswith("/resets"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/console")


@pytest.mark.parametrize(
    ("tries", "lines", "more"), [(1, 4, ""), (5, 12, ""), (6, 11, "2 times"), (60, 11, "56 times")]
)
def test_a_host_that_is_away_for_long_does_not_fill_the_page(bridge: House, tries: int, lines: int, more: str) -> None:
    """The first tries and the last ones, and how many there were between; the last one's words stand on top."""
    made = bridge.ask().reset.id
    for number in range(tries):
        with bridge.store.work() as work:
            before = work.resets.get(made)
            changing = advance(before, State.CHANGING, at=bridge.clock.now())
            write(work, before, changing, by="worker:n1", attempt=1)
            write(work, changing, advance(changing, State.QUEUED, at=bridge.clock.now()), by="worker:n1",
                  text=f"PRODA: no answer to try {number}")  # fmt: skip
    text = signed_in(bridge, Role.OPERATOR).get(f"/resets/{made}").text
    assert len(re.findall("<li><p><b>", text)) == lines
    assert re.findall("tried ([0-9]+ times) more", text) == ([more] if more else [])
    assert f"and will be again by itself: PRODA: no answer to try {tries - 1}." in text
    for number in {0, 1, tries - 2, tries - 1} & set(range(tries)):
        assert f"text: PRODA: no answer to try {number}<" in text
