"""What the API says of systems, nodes and the record, and what health and metrics say of this machine."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

import pytest

from bridge.domain.errors import StoreFault, StoreUnsure
from bridge.domain.outcome import Condition, Reach
from bridge.domain.policy import Role
from bridge.flows import nodes
from bridge.flows.take import take
from tests.contract.caller import ASK, Caller
from tests.fakes.kit import House
from tests.fakes.web import BASE, Browser, token_for


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
    with bridge.store.work() as work:
        work.conditions.put(replace(found, reach=Reach.REFUSED))
    refused = "no logon any more from n1: the service id was refused"  # reached it was: the host has answered
    assert (refused in (text := client.get("/readyz").text), "not reached" in text) == (True, False)
    assert refused in (agent("GET", "/systems").json or {})["systems"][0]["degraded"]
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


def test_a_database_that_went_away_at_the_commit_is_unsure(
    bridge: House, agent: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not `store`, which says that nothing has happened; and no program is asked to come again by itself."""

    def gone() -> NoReturn:
        raise StoreUnsure("nobody knows")

    monkeypatch.setattr(bridge.store, "work", gone)
    answer = agent("POST", "/resets", ASK)
    assert (answer.status_code, (answer.json or {})["code"]) == (503, "unsure")
    assert "Retry-After" not in answer.headers
    assert re.fullmatch(r"[0-9A-F]{8}", (answer.json or {})["reference"])


def test_a_directory_that_cannot_be_read_is_503(bridge: House, agent: Caller) -> None:
    """No reset is made for nobody; the caller learns which part is broken, not where its file is."""
    bridge.directory.away = True
    answer = agent("POST", "/resets", ASK)
    assert (answer.status_code, (answer.json or {})["code"]) == (503, "directory")
    assert answer.headers["Retry-After"]
    assert "people.csv" not in answer.text
    assert agent("GET", "/resets").json == {"resets": [], "cursor": None}
