"""The API as product.md promises it, over the real flows and store."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.policy import Policy, Role
from tests.contract.caller import ASK, CALLS, Caller
from tests.fakes.kit import House, house
from tests.fakes.web import Browser, token_for


def test_a_reset_is_asked_for_and_followed(bridge: House, agent: Caller) -> None:
    """202 with the reset and its release code; then it is found by id, by state, by userid, with its events."""
    asked = agent("POST", "/resets", ASK)
    assert asked.status_code == 202
    assert asked.json
    assert asked.json["state"] == "queued"
    assert re.fullmatch(r"[0-9]{8}", asked.json["release_code"])
    assert asked.headers["Location"] == f"/api/v1/resets/{asked.json['id']}"
    bridge.work()
    shown = agent("GET", f"/resets/{asked.json['id']}").json
    assert shown
    assert shown["state"] == "published"
    assert [event["state"] for event in shown["events"] if event["state"]] == [
        "requested", "queued", "changing", "published"]  # fmt: skip
    assert shown["requested_at"] == "2026-11-25T12:00:00.000Z"
    for query in ("?state=published", "?system=PRODA&userid=jsmith", "?limit=1"):
        found = agent("GET", f"/resets{query}").json
        assert found
        assert [reset["id"] for reset in found["resets"]] == [asked.json["id"]]
    assert agent("GET", "/resets?state=expired").json == {"resets": [], "cursor": None}


def test_until_when_the_release_code_works_is_told(bridge: House, agent: Caller) -> None:
    """For how long at first, since no mail has left; then until when; nothing any more once it is used."""
    asked = agent("POST", "/resets", ASK, Idempotency_Key="k1").json or {}
    assert (asked["release_code_ttl"], asked["release_code_expires_at"]) == (600, None)
    assert (agent("POST", "/resets", ASK, Idempotency_Key="k1").json or {})["release_code_ttl"] is None
    bridge.work()
    for shown in (agent("GET", f"/resets/{asked['id']}").json or {}, (agent("GET", "/resets").json or {})["resets"][0]):
        assert shown["release_code_expires_at"] == "2026-11-25T12:10:00.000Z"
        assert "release_code" not in shown
    bridge.open(asked["release_code"])
    assert (agent("GET", f"/resets/{asked['id']}").json or {})["release_code_expires_at"] is None


def test_i1_no_answer_holds_password_link_or_code(bridge: House, agent: Caller) -> None:
    """Whoever asks, at whatever state, the release code's one answer apart."""
    auditor = Caller(agent.browser, token_for(bridge, "otto", Role.AUDITOR))
    asked = agent("POST", "/resets", ASK, Idempotency_Key="k1").json
    assert asked
    bridge.work()
    bridge.open(bridge.totp())
    locator, _, key = bridge.mail.links[-1].url.expose().rpartition("/")[2].partition("#")
    said = [
        agent("GET", f"/resets/{asked['id']}"),
        agent("GET", "/resets"),
        agent("POST", "/resets", ASK, Idempotency_Key="k1"),
        auditor("GET", "/audit"),
    ]
    for answer in said:
        for secret in (locator, key, asked["release_code"], *bridge.host.passwords_ever_set):
            assert secret not in answer.text


def test_a_request_too_many_says_which_limit_it_has_met(tmp_path: Path) -> None:
    """Whoever asked hears whether it is the account's or their own, and when it is over."""
    with house(tmp_path, policy=Policy(per_account=1)) as bridge:
        agent = Caller(Browser(bridge), token_for(bridge, "anna", Role.AGENT))
        assert agent("POST", "/resets", ASK).status_code == 202
        refused = agent("POST", "/resets", ASK)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    assert refused.json
    assert "policies.standard.per_account" in refused.json["detail"]


def test_pages_of_resets_join_without_gap(bridge: House, agent: Caller) -> None:
    """The cursor leads through all of them, newest first, and ends."""
    ids = []
    for _ in range(7):
        bridge.clock.move(seconds=1)
        ids.append((agent("POST", "/resets", ASK).json or {})["id"])
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = agent("GET", f"/resets?limit=3{f'&cursor={cursor}' if cursor else ''}").json
        assert page
        found += [reset["id"] for reset in page["resets"]]
        cursor = page["cursor"]
    assert found == ids[::-1]
    assert agent("GET", "/resets?cursor=nonsense").status_code == 400


def test_a_key_makes_a_repeated_request_harmless(agent: Caller) -> None:
    """The same reset again, without its code; the key with another body is 422; another caller's key is another key."""
    first = agent("POST", "/resets", ASK, Idempotency_Key="k-1")
    again = agent("POST", "/resets", ASK, Idempotency_Key="k-1")
    assert again.status_code == 202
    assert first.json
    assert again.json
    assert again.json["id"] == first.json["id"]
    assert again.json["release_code"] is None
    other = agent("POST", "/resets", ASK | {"userid": "MJONES"}, Idempotency_Key="k-1")
    assert other.status_code == 422
    assert (other.json or {})["field"] == "Idempotency-Key"
    assert agent("POST", "/resets", ASK, Idempotency_Key="ü").status_code == 400


def test_a_key_makes_a_repeated_decision_harmless(agent: Caller) -> None:
    """Revoked once; repeated with its key the same answer, without it the state is wrong."""
    asked = agent("POST", "/resets", ASK).json or {}
    path = f"/resets/{asked['id']}/revoke"
    first = agent("POST", path, {"reason": "wrong person"}, Idempotency_Key="r-1")
    assert first.status_code == 200
    assert (first.json or {})["state"] == "cancelled"
    assert (agent("POST", path, {"reason": "wrong person"}, Idempotency_Key="r-1").json or {})["state"] == "cancelled"
    assert agent("POST", path, {"reason": "another"}, Idempotency_Key="r-1").status_code == 422
    assert agent("POST", path, {"reason": "wrong person"}).status_code == 409


def test_another_person_approves(tmp_path: Path) -> None:
    """The asker cannot; an approver can, once; a rejected one ends."""
    with house(tmp_path, policy=Policy(approvals=1)) as bridge:
        browser = Browser(bridge)
        both = Caller(browser, token_for(bridge, "both", Role.AGENT, Role.APPROVER))
        boss = Caller(browser, token_for(bridge, "boss", Role.APPROVER))
        asked = both("POST", "/resets", ASK).json or {}
        assert asked["state"] == "awaiting_approval"
        path = f"/resets/{asked['id']}"
        assert both("POST", f"{path}/approve", {"reason": "me"}).status_code == 403
        assert (boss("POST", f"{path}/approve", {"reason": "known"}).json or {})["state"] == "queued"
        assert boss("POST", f"{path}/approve", {"reason": "known"}).status_code == 409
        second = both("POST", "/resets", ASK).json or {}
        assert (boss("POST", f"/resets/{second['id']}/reject", {"reason": "no"}).json or {})["state"] == "rejected"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_gets_nothing(bridge: House, agent: Caller, method: str, path: str) -> None:
    """No token, a wrong one, another scheme, one in the address: 401, the same words, before anything is read."""
    for header in (
        "",
        "Bearer",
        "Bearer x",
        "Basic YTpi",
        "bearer " + agent.token,
        f"Bearer {agent.token} x",
        "Bearer ü",
    ):
        answer = agent(method, path, Authorization=header)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert agent(method, f"{path}?access_token={agent.token}", Authorization="").status_code == 401
    bridge.clock.move(days=1)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.AGENT, {"/resets", "/systems", "/resets/R0123456789AB/revoke"}),
        (Role.APPROVER, {"/resets", "/systems", "/resets/R0123456789AB/approve", "/resets/R0123456789AB/reject"}),
        (Role.AUDITOR, {"/resets", "/systems", "/audit"}),
        (Role.OPERATOR, {"/resets", "/systems"}),
    ],
)
def test_each_role_may_what_it_may(bridge: House, agent: Caller, role: Role, allowed: set[str]) -> None:
    """Everything else is 403; what does not exist is told only to those who may know."""
    caller = Caller(agent.browser, token_for(bridge, f"the-{role}", role))
    for method, path in CALLS:
        body = {"reason": "x"} if method == "POST" else None
        if (method, path) == ("POST", "/resets"):
            expected = {202} if role is Role.AGENT else {403}
            body = ASK  # type: ignore[assignment]
        elif path == "/resets/R0123456789AB":
            expected = {404}
        else:
            expected = {200, 404} if path in allowed else {403}
        assert caller(method, path, body).status_code in expected, (method, path)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**ASK, "expires": "1"}, "expires"),
        ({**ASK, "system": 1}, "system"),
        ({**ASK, "system": "NOSUCH"}, "system"),
        ({**ASK, "userid": ["JSMITH"]}, "userid"),
        ({**ASK, "userid": "JSMITH) SPECIAL"}, "userid"),
        ({**ASK, "userid": "JSMITH\n"}, "userid"),
        ({**ASK, "userid": "ＪＳ"}, "userid"),
        ({**ASK, "reason": ""}, "reason"),
        ({**ASK, "reason": "a\nb"}, "reason"),
        ({**ASK, "reason": "   "}, "reason"),
        ({**ASK, "reason": "x" * 501}, "reason"),
        ({**ASK, "reason": "\ud800"}, "reason"),
        ({**ASK, "ticket": {}}, "ticket"),
        ({"system": "PRODA", "userid": "JSMITH"}, "reason"),
        ([], "body"),
        (b"", "body"),
        (b"{", "body"),
        (b'{"system": "PRODA", "system": "PRODB"}', "body"),
        (b'{"system": NaN}', "body"),
        (b"[" * 60000, "body"),
        (b'{"a":' * 10000, "body"),
        (b"\xff\xfe", "body"),
    ],
)
def test_a_wrong_body_is_refused_by_name(bridge: House, agent: Caller, body: Any, field: str) -> None:
    """Unknown, doubled, missing, of another type or shape: 400, which field, what is expected; nothing is made."""
    answer = agent("POST", "/resets", body)
    assert answer.status_code == 400
    assert (answer.json or {})["field"] == field
    assert (answer.json or {})["expected"]
    assert agent("GET", "/resets").json == {"resets": [], "cursor": None}


def test_a_ticket_may_be_null(agent: Caller) -> None:
    """As programs write an absent value."""
    assert (agent("POST", "/resets", ASK | {"ticket": None}).json or {})["ticket"] is None


@pytest.mark.parametrize(
    "query",
    [
        "?nosuch=1", "?state=x", "?state=queued&state=queued", "?limit=0", "?limit=201", "?limit=-1", "?limit=1e3",
        "?system=proda%00", "?userid=*)(uid=*", "?cursor=%00",
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused_by_name(agent: Caller, query: str) -> None:
    """Unknown, doubled, out of range."""
    answer = agent("GET", f"/resets{query}")
    assert answer.status_code == 400
    assert (answer.json or {})["field"] == query[1:].partition("=")[0]


def test_fields_belong_into_the_body(agent: Caller) -> None:
    """Not into the address, and not into a form."""
    assert agent("POST", "/resets?system=PRODA", ASK).status_code == 400
    assert (
        agent("POST", "/resets", b"system=PRODA", Content_Type="application/x-www-form-urlencoded").status_code == 415
    )
    assert agent("POST", "/resets", b"x" * 70000).status_code == 413


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_told_which_there_are(agent: Caller, method: str) -> None:
    """405, with Allow, as a problem document."""
    for _, path in CALLS:
        answer = agent(method, path)
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) <= {"GET", "HEAD", "POST"}
        assert answer.mimetype == "application/problem+json"
