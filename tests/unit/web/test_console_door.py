"""The console's door: on to the page that was wanted, and nothing that was typed is lost on the way."""

from __future__ import annotations

import re
from html import unescape
from typing import NoReturn

import pytest
from werkzeug.test import TestResponse

from bridge.domain.errors import StoreBusy, StoreUnsure
from bridge.domain.policy import Role
from bridge.domain.reset import State
from tests.fakes.kit import House
from tests.unit.web.console import Operator

ID = "R0123456789AB"
SITE = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Dest": "document", "Sec_Fetch_Mode": "navigate"}
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def carried(answer: TestResponse) -> dict[str, str]:
    """What the page brings along: our token besides."""
    return {name: unescape(value) for name, value in HIDDEN.findall(answer.text)}


def sign_in_from(who: Operator, page: TestResponse, text: str = "") -> TestResponse:
    """By the form that the page has."""
    return who.browser.post("/console", {**carried(page), "operator_token": text or who.text})


@pytest.mark.parametrize(
    ("asked", "comes"),
    [
        (f"/console/resets/{ID}", f"/console/resets/{ID}"),
        ("/console/resets?state=queued&userid=jsmith", "/console/resets?state=queued&userid=jsmith"),
        ("/console/resets?state=nonsense", "/console/resets"),
        ("/console/ask?system=PRODA&userid=MJONES", "/console/ask?system=PRODA&userid=MJONES"),
        ("/console/unlocks/E0123456789AB", "/console/unlocks/E0123456789AB"),
        ("/console/systems", "/console/systems"),
    ],
)
def test_signing_in_leads_on_to_the_page_that_was_wanted(bridge: House, asked: str, comes: str) -> None:
    """Also by the second try, when the first token was wrong."""
    anna = Operator(bridge, Role.AGENT)
    sent_on = anna.browser.get(asked)
    assert sent_on.status_code == 303
    page = anna.browser.get(sent_on.location)
    page = sign_in_from(anna, page, "rbt_wrong")
    assert page.status_code == 403
    answer = sign_in_from(anna, page)
    assert (answer.status_code, answer.location) == (303, comes)


@pytest.mark.parametrize(
    "then",
    ["//evil.example", "https://evil.example/console/systems", "/console/../r/x", "/console/resets/../../evil",
     f"/console/resets/{ID}@evil.example", "/console//evil.example", "\\\\evil.example", "/console/sign-out",
     f"/console/resets/{ID}\r\nX: y", "javascript:alert(1)", "/console/resets/x", "console/systems", "/r/LOCATOR",
     f"/console/resets/{ID}/delete", "/console/resets?userid=%22%3E"],
)  # fmt: skip
def test_it_leads_nowhere_else(bridge: House, then: str) -> None:
    """To no other site, no page for users, and nowhere that is not made anew from what it names."""
    anna = Operator(bridge, Role.AGENT)
    answer = anna.post("", operator_token=anna.text, then=then)
    assert answer.status_code == 303
    assert answer.location in {"/console/systems", "/console/resets"}
    page = anna.browser.client.get("/console", query_string={"then": then}, base_url="https://reset.example.com")
    assert (page.status_code, page.location in {"/console/systems", "/console/resets"}) == (303, True)


def test_a_reason_that_was_typed_when_the_session_had_ended_is_not_lost(bridge: House) -> None:
    """Nothing is done then, nor by signing in: the form is there again, filled in, and is sent once more."""
    made = bridge.ask().reset.id
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    bridge.clock.move(minutes=15)
    reason = 'asked "by" the <user>'
    page = anna.post(f"/resets/{made}/revoke", reason=reason)
    assert (page.status_code, "Nothing was done" in page.text) == (403, True)
    wrong = sign_in_from(anna, page, "rbt_wrong")
    answer = sign_in_from(anna, wrong)
    assert (answer.status_code, bridge.reset(made).state) == (200, State.QUEUED)
    assert "Nothing has been done yet" in answer.text
    form = re.search(r'<details class="deed" open>.*?</details>', answer.text, re.DOTALL)
    assert form
    assert f'action="/console/resets/{made}/revoke"' in form[0]
    assert 'value="asked &#34;by&#34; the &lt;user&gt;" aria-describedby="trouble" autofocus' in form[0]
    assert anna.inside
    assert anna.post(f"/resets/{made}/revoke", reason=reason).status_code == 303
    assert bridge.records(made)[-1].event.detail["reason"] == reason


def test_what_was_typed_comes_back_to_nobody_who_may_not_do_it(bridge: House) -> None:
    """Somebody else signs in there: the reset is shown, and no form."""
    made = bridge.ask().reset.id
    otto = Operator(bridge, Role.AUDITOR, name="otto")
    answer = sign_in_from(otto, otto.post(f"/resets/{made}/revoke", reason="never mind"))
    assert (answer.status_code, "not by you" in answer.text) == (200, True)
    assert "never mind" not in answer.text


def test_a_call_that_was_typed_when_the_session_had_ended_is_not_lost(bridge: House) -> None:
    """All of the form is there again; asked for is nothing yet."""
    anna = Operator(bridge, Role.AGENT)
    typed = {"system": "PRODA", "userid": "jsmith", "reason": "forgotten", "ticket": "INC<7>"}
    answer = sign_in_from(anna, anna.post("/ask", once="0" * 24, what="reset", **typed))
    assert answer.status_code == 200
    for piece in ('<option value="PRODA" selected>', 'value="jsmith"', 'value="forgotten"', 'value="INC&lt;7&gt;"',
                  "Nothing was asked for yet"):  # fmt: skip
        assert piece in answer.text
    with bridge.store.look() as work:
        assert work.resets.find()[0] == []
    again = anna.browser.post("/console/ask", carried(answer) | typed | {"what": "reset"})
    assert "Read this code to the caller" in again.text


def test_who_may_not_do_what_was_wanted_is_in_all_the_same(bridge: House) -> None:
    """Somebody else's form, or one of a reset that there is not."""
    otto, anna = Operator(bridge, Role.AUDITOR, name="otto"), Operator(bridge, Role.AGENT)
    form = otto.post(
        "/ask", once="0" * 24, what="reset", system="PRODA", userid="jsmith", reason="forgotten", ticket=""
    )
    for who, page, status in ((otto, form, 403), (anna, anna.post(f"/resets/{ID}/revoke", reason="x"), 404)):
        assert sign_in_from(who, page).status_code == status
        assert who.inside


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}]
)
def test_what_another_site_sends_is_not_shown_as_typed(bridge: House, headers: dict[str, str]) -> None:
    """Its words would stand on a page of ours."""
    anna = Operator(bridge, Role.AGENT)
    fields = {"token": anna.browser.token(), "reason": "call 555 0199 first"}
    headers = {"Sec_Fetch_Site": ""} | headers
    answer = anna.browser.post(f"/console/resets/{ID}/revoke", fields, **headers)
    assert (answer.status_code, "555 0199" in answer.text) == (403, False)


@pytest.mark.parametrize("page", ["/console/systems", f"/console/resets/{ID}", "/console/resets?userid=JSMITH"])
def test_another_sites_link_is_followed_by_whoever_is_signed_in(bridge: House, page: str) -> None:
    """The strict cookie does not come along; a page of ours leads on to the same address, and there it does. It is the
    same page for whoever is not signed in. Whoever comes in by themselves, or within a frame, gets none."""
    anna = Operator(bridge, Role.AGENT)
    on = anna.browser.get(page, **SITE)
    assert on.status_code == 200
    assert f'<meta http-equiv="refresh" content="0; url={page}">' in on.text
    assert f'href="{page}"' in on.text
    assert "Set-Cookie" not in on.headers
    for headers in (SITE | {"Sec_Fetch_Site": "same-origin"}, SITE | {"Sec_Fetch_Site": "none"}, {},
                    SITE | {"Sec_Fetch_Dest": "iframe"}):  # fmt: skip
        assert anna.browser.get(page, **headers).status_code == 303
    held = anna.browser.get("/console?then=" + page, **SITE)
    assert 'content="0; url=/console' in held.text
    anna.sign_in()
    assert 'http-equiv="refresh"' not in anna.browser.get(page, **SITE).text


def test_a_reason_on_a_page_that_lay_open_too_long_is_not_lost(bridge: House) -> None:
    """A night later: it stands there and is sent once more, by way of signing in; nothing was done until then."""
    made = bridge.ask().reset.id
    anna = Operator(bridge, Role.AGENT)
    old = anna.browser.token()
    bridge.clock.move(hours=13)
    reason = 'asked "by" the <user>'
    page = anna.browser.post(f"/console/resets/{made}/revoke", {"token": old, "reason": reason})
    assert (page.status_code, "open for too long, and nothing was done" in page.text) == (400, True)
    assert "<q>asked &#34;by&#34; the &lt;user&gt;</q>" in page.text
    assert f'action="/console/resets/{made}/revoke"' in page.text
    out = anna.browser.post(f"/console/resets/{made}/revoke", carried(page))
    assert (out.status_code, bridge.reset(made).state) == (403, State.QUEUED)
    back = sign_in_from(anna, out)
    assert 'value="asked &#34;by&#34; the &lt;user&gt;"' in back.text
    assert anna.browser.post(f"/console/resets/{made}/revoke", {**carried(back), "reason": reason}).status_code == 303
    assert bridge.records(made)[-1].event.detail["reason"] == reason


@pytest.mark.parametrize("deed", ["/ask", f"/resets/{ID}/revoke"])
def test_what_was_typed_while_the_database_was_away_is_not_lost(
    bridge: House, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    """All of it, for the moment when it is there again; what another site sent meanwhile is shown to nobody."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    typed = {"reason": "forgotten"}
    if deed == "/ask":
        typed |= {"system": "PRODA", "userid": "jsmith", "ticket": "INC7", "what": "reset", "once": "0" * 24}
    with monkeypatch.context() as gone:
        for way in ("work", "look"):
            gone.setattr(bridge.store, way, away)
        answer = anna.post(deed, **typed)
        foreign = anna.browser.post(
            f"/console{deed}", {"token": anna.browser.token(), **typed}, Origin="https://evil.example"
        )
    assert answer.status_code == 503
    assert typed.items() <= carried(answer).items()
    assert f'action="/console{deed}"' in answer.text
    assert "forgotten" not in foreign.text
    again = anna.browser.post(f"/console{deed}", carried(answer))
    assert again.status_code == (200 if deed == "/ask" else 404)
    assert ("Read this code to the caller" in again.text) == (deed == "/ask")


def test_of_a_deed_that_may_have_been_done_nothing_else_is_said(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database went away at the commit."""

    def gone() -> NoReturn:
        raise StoreUnsure("nobody knows")

    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    monkeypatch.setattr(bridge.store, "work", gone)
    answer = anna.post(f"/resets/{ID}/revoke", reason="forgotten")
    assert answer.status_code == 503
    assert "It may have been done" in answer.text
    assert "Nothing was done" not in answer.text


def away() -> NoReturn:
    """No database."""
    raise StoreBusy("the database cannot be reached")
