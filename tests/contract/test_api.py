"""The API as product.md promises it, over the real flows and store."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from werkzeug.test import TestResponse

from bridge.domain.errors import StoreFault
from bridge.domain.outcome import Condition, Reach
from bridge.domain.policy import Policy, Role
from bridge.flows import nodes
from bridge.flows.take import take
from tests.fakes.kit import House, house
from tests.fakes.web import BASE, Browser, token_for

ASK = {"system": "PRODA", "userid": "JSMITH", "reason": "forgotten", "ticket": "INC1"}
CALLS = [
    ("GET", "/resets"),
    ("POST", "/resets"),
    ("GET", "/resets/R0123456789AB"),
    ("POST", "/resets/R0123456789AB/revoke"),
    ("POST", "/resets/R0123456789AB/approve"),
    ("POST", "/resets/R0123456789AB/reject"),
    ("GET", "/systems"),
    ("GET", "/audit"),
]


@dataclass
class Caller:
    """Somebody with a token. Every answer is held against the description that the API gives of itself."""

    browser: Browser
    token: str

    def __call__(self, method: str, path: str, body: Any = None, /, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): text for name, text in headers.items()
        }
        data = body if body is None or isinstance(body, bytes) else json.dumps(body)
        kind = None if body is None else sent.pop("Content-Type", "application/json")
        answer = self.browser.client.open(
            f"/api/v1{path}", method=method, base_url=BASE, data=data, content_type=kind, headers=sent
        )
        self._judge(method, path.partition("?")[0], answer)
        return answer

    def _judge(self, method: str, path: str, answer: TestResponse) -> None:
        described = self.browser.client.get("/api/v1/openapi.json", base_url=BASE).json
        assert described
        pattern = re.sub(r"/R[0-9A-Z]{12}", "/{id}", f"/api/v1{path}")
        operation = described["paths"].get(pattern, {}).get(method.lower())
        if operation is None:
            return
        assert str(answer.status_code) in {*operation["responses"], "405", "415"}
        schema = (
            "Problem"
            if answer.status_code >= 400
            else operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"][
                "$ref"
            ].rpartition("/")[2]
        )
        whole = {"$ref": f"#/components/schemas/{schema}", "components": described["components"]}
        jsonschema_rs.validator_for(whole).validate(answer.json)
        assert answer.mimetype == ("application/problem+json" if answer.status_code >= 400 else "application/json")


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


@pytest.fixture
def agent(bridge: House) -> Caller:
    return Caller(Browser(bridge), token_for(bridge, "anna", Role.AGENT))


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


def test_systems_say_nothing_of_how_they_are_reached(agent: Caller) -> None:
    """Name, title, product, and the limits of the policy."""
    assert agent("GET", "/systems").json == {
        "systems": [
            {
                "name": "PRODA", "title": "Production A", "product": "racf", "policy": "standard", "delivery": "sealed",
                "view": "page",
                "factors": ["totp", "release_code"], "approvals": 0, "link_ttl": 86400, "unused_ttl": 28800,
                "conditions": [], "degraded": [], "waiting": 0, "working": 0,
            }
        ]
    }  # fmt: skip


def test_the_record_is_read_page_by_page(bridge: House, agent: Caller) -> None:
    """Oldest first, each with its seal; the cursor ends with the last page."""
    auditor = Caller(agent.browser, token_for(bridge, "otto", Role.AUDITOR))
    agent("POST", "/resets", ASK)
    bridge.work()
    whole = auditor("GET", "/audit").json or {}
    assert whole["cursor"] is None
    seqs = [record["seq"] for record in whole["records"]]
    assert seqs == list(range(1, len(seqs) + 1))
    half = auditor("GET", "/audit?limit=2").json or {}
    rest = auditor("GET", f"/audit?cursor={half['cursor']}").json or {}
    assert half["records"] + rest["records"] == whole["records"]


def test_a_system_that_hangs_is_degraded_and_the_node_stays_ready(bridge: House, agent: Caller) -> None:
    """readyz, metrics and API say so and of which system; strangers hear that the node can open links."""
    agent("POST", "/resets", ASK)
    agent("POST", "/resets", ASK | {"userid": "MJONES"})
    client, outside = agent.browser.client, {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get("/readyz").text == "ready\n"
    assert take(bridge.host.name, bridge.worker)
    bridge.clock.move(seconds=100)
    assert client.get("/readyz").text.splitlines() == [
        "ready, degraded", "PRODA: 1 under way, the oldest for 100 s: the host or the relay is slow",
    ]  # fmt: skip
    bridge.clock.move(minutes=5)
    with bridge.store.work() as work:
        at = bridge.clock.now()
        found = Condition(system="PRODA", node="n1", reach=Reach.UNREACHABLE, words="silent", at=at, heard=at)
        work.conditions.put(found)
    said = client.get("/readyz")
    assert (said.status_code, "not reached from n1" in said.text, "1 waiting" in said.text) == (200, True, True)
    assert client.get("/readyz", environ_overrides=outside).text == "ready\n"
    text = client.get("/metrics", base_url=BASE).text
    for line in ("degraded", "waiting", "working"):
        assert f'resetbridge_system_{line}{{system="PRODA"}} 1.0' in text
    assert 'resetbridge_system_waiting_seconds{system="PRODA"} 400.0' in text
    (system,) = (agent("GET", "/systems").json or {})["systems"]
    assert (len(system["degraded"]), system["waiting"], system["working"]) == (3, 1, 1)


def test_a_node_that_is_gone_is_named_as_such_whatever_it_said_last(bridge: House, agent: Caller) -> None:
    """By readyz, metrics and API, for as long as nobody has it forgotten."""
    at, client = bridge.clock.now(), agent.browser.client
    for node, reach in (("n1", Reach.UNREACHABLE), ("n2", Reach.WELL)):
        with bridge.store.work() as work:
            work.conditions.put(Condition(system="PRODA", node=node, reach=reach, words="", at=at, heard=at))
    bridge.clock.move(hours=25)
    with bridge.store.work() as work:
        work.conditions.put(replace(work.conditions.all()[1], heard=bridge.clock.now()))
    words = f"n1 not heard from since {at:%Y-%m-%d %H:%M} UTC"
    assert client.get("/readyz").text.splitlines() == ["ready, degraded", f"PRODA: {words}"]
    text = client.get("/metrics", base_url=BASE).text
    assert 'resetbridge_node_silent_seconds{node="n1"} 90000.0' in text
    assert 'resetbridge_node_silent_seconds{node="n2"} 0.0' in text
    (system,) = (agent("GET", "/systems").json or {})["systems"]
    assert system["degraded"] == [words]
    assert [one["heard"] > one["since"] for one in system["conditions"]] == [False, True]
    assert nodes.forget("n1", "local:test", bridge.worker) == at
    assert client.get("/readyz").text == "ready\n"
    with bridge.store.look() as work:
        assert [one.node for one in work.conditions.all()] == ["n2"]


def test_metrics_are_for_this_machine(bridge: House, agent: Caller) -> None:
    """Counts by state and route, ages, no userid, no locator; from elsewhere 404."""
    agent("POST", "/resets", ASK)
    bridge.work()
    agent.browser.get(agent.browser.link()[0])
    agent("POST", "/resets", ASK | {"userid": "MJONES"})
    bridge.clock.move(minutes=2)
    ends = bridge.clock.now() + timedelta(days=30)
    told = Browser(bridge, certificate_ends=lambda: ends).client.get("/metrics", base_url=BASE).text
    assert "resetbridge_certificate_seconds 2.592e+06" in told
    text = agent.browser.client.get("/metrics", base_url=BASE).text
    assert 'resetbridge_resets{state="published"} 1.0' in text
    assert "resetbridge_oldest_waiting_seconds 120.0" in text
    assert "JSMITH" not in text
    assert agent.browser.link()[0] not in text
    far = agent.browser.client.get("/metrics", base_url=BASE, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    assert far.status_code == 404
    behind = Browser(bridge, trusted_proxies=("127.0.0.1/32",)).client
    assert behind.get("/metrics", base_url=BASE).status_code == 404
    for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):  # of a proxy on this machine that is not named
        unnamed = agent.browser.client.get("/metrics", base_url=BASE, headers={name: "203.0.113.9"})
        assert unnamed.status_code == 404
    own = Browser(bridge, monitor=True).client
    assert own.get("/metrics", base_url=BASE).status_code == 404
    inside = {"bridge.monitor": True}
    assert own.get("/metrics", environ_overrides=inside).status_code == 200
    assert own.get("/", environ_overrides=inside).status_code == 404


class Away:
    """A store that cannot be reached."""

    def look(self) -> Any:
        raise StoreFault("sqlite: unable to open /var/lib/bridge.db")

    work = look


def test_a_database_that_is_away_is_503_and_red(bridge: House) -> None:
    """Alive, not ready; the API and the pages say try again; no file, no driver, a reference instead."""
    bridge.web = replace(bridge.web, store=Away())  # type: ignore[arg-type]
    client = Browser(bridge).client
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    answer = client.get("/api/v1/systems", base_url=BASE, headers={"Authorization": "Bearer x"})
    page = client.post("/r/0123456789ABCDEFGHJKMNPQRS", base_url=BASE, headers={"Origin": BASE}, data={
        "token": Browser(bridge).token(), "key": "A" * 32, "code": "123456"})  # fmt: skip
    for said in (answer, page):
        assert said.status_code == 503
        assert said.headers["Retry-After"]
        assert "sqlite" not in said.text.lower()
    assert re.fullmatch(r"[0-9A-F]{8}", (answer.json or {})["reference"])


def test_a_directory_that_cannot_be_read_is_503(bridge: House, agent: Caller) -> None:
    """No reset is made for nobody; the caller learns which part is broken, not where its file is."""
    bridge.directory.away = True
    answer = agent("POST", "/resets", ASK)
    assert (answer.status_code, (answer.json or {})["code"]) == (503, "directory")
    assert answer.headers["Retry-After"]
    assert "people.csv" not in answer.text
    assert agent("GET", "/resets").json == {"resets": [], "cursor": None}
