"""The operators' console: who gets in, for how long, and what they see of systems."""

from __future__ import annotations

import re
from copy import copy
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from bridge.compose.web import web_settings
from bridge.config.model import Web
from bridge.domain.console import MOST_AT_ONCE
from bridge.domain.names import Operator as Name
from bridge.domain.names import SystemName
from bridge.domain.outcome import Reach
from bridge.domain.policy import Policy, Role
from bridge.domain.reset import State, advance, amend
from bridge.flows import sweep
from bridge.flows.restore import after_restore
from bridge.ports import OperatorRecord, TokenRecord
from tests.fakes.kit import House, house
from tests.fakes.web import Browser, settings
from tests.unit.web.console import Operator, reached
from web.office import masked


def kinds(bridge: House) -> list[str]:
    with bridge.store.look() as work:
        return [record.event.kind for record in work.audit.records(limit=500)]


def disable(bridge: House) -> None:
    with bridge.store.work() as work:
        work.operators.put(OperatorRecord(name=Name("anna"), roles=frozenset({Role.AGENT}), disabled=True))


def revoke(bridge: House) -> None:
    with bridge.store.work() as work:
        work.operators.revoke_token("Tanna", bridge.clock.now())


def test_a_token_signs_in_and_what_the_browser_gets_is_not_it(bridge: House) -> None:
    """A new value each time, in a cookie that no script, no other site and no plain line gets; the database has its
    digest alone; who it was, from where and with which token is on record, and so is signing out."""
    anna = Operator(bridge, Role.AGENT)
    assert not anna.inside
    answer = anna.sign_in()
    assert (answer.status_code, answer.location) == (303, "/console/systems")
    name, value = answer.headers["Set-Cookie"].split(";")[0].split("=")
    assert answer.headers["Set-Cookie"] == f"{name}={value}; Secure; HttpOnly; Path=/; SameSite=Strict"
    assert (name, len(value)) == ("__Host-console", 32)
    assert anna.inside
    with bridge.store.look() as work:
        signed = work.console.get(sha256(value.encode()).digest())
        last = work.audit.records(limit=500)[-1].event
    assert signed and signed.token == "Tanna"
    assert (last.kind, last.by, last.detail["token"]) == ("operator.signed_in", "operator:anna", "Tanna")
    again = anna.sign_in()
    assert again.status_code == 303
    assert anna.cookie != value
    newer, anna.cookie = anna.cookie, value
    assert not anna.inside  # signing in ends what the browser had before
    anna.cookie = newer
    assert "You are signed out" in anna.post("/sign-out").text
    assert anna.cookie == ""
    anna.cookie = newer
    assert not anna.inside
    assert kinds(bridge)[-1] == "operator.signed_out"


@pytest.mark.parametrize("end", [disable, revoke])
def test_who_may_no_longer_is_out_at_once_and_gets_the_words_that_a_wrong_token_gets(
    bridge: House, end: object
) -> None:
    """At the next page; and signing in again is refused as one that never was."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    assert anna.inside
    end(bridge)  # type: ignore[operator]
    assert not anna.inside
    before = kinds(bridge)
    gone, wrong = anna.sign_in(), anna.sign_in("rbt_nobody")
    assert (gone.status_code, wrong.status_code) == (403, 403)
    assert gone.text == wrong.text
    assert "<title>Not signed in: Sign in" in wrong.text
    assert wrong.text.count('aria-describedby="trouble whence"') == wrong.text.count('id="trouble"') == 1
    assert "Set-Cookie" not in gone.headers
    assert kinds(bridge) == before


def test_a_token_that_has_run_out_ends_what_was_begun_with_it(bridge: House) -> None:
    """Though neither limit of the session has come."""
    anna = Operator(bridge, Role.AGENT)
    ends = bridge.clock.now() + timedelta(minutes=6)
    with bridge.store.work() as work:
        digest = sha256(b"rbt_short").digest()
        work.operators.add_token(
            TokenRecord(
                id="TSHORT", operator=Name("anna"), digest=digest, created_at=bridge.clock.now(), expires_at=ends
            )
        )
    assert anna.sign_in("rbt_short").status_code == 303
    bridge.clock.move(minutes=5, seconds=59)
    assert anna.inside
    bridge.clock.move(seconds=1)
    assert not anna.inside
    assert anna.sign_in("rbt_short").status_code == 403


def test_a_quarter_of_an_hour_without_a_page_and_eight_hours_in_all(bridge: House) -> None:
    """A page begins the quarter anew, nothing begins the eight hours anew; a clock set back helps nobody; rows that
    are over go with the house-keeping, and no others."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    bridge.clock.move(minutes=14, seconds=59)
    assert anna.inside
    bridge.clock.move(minutes=14, seconds=59)
    assert anna.inside
    bridge.clock.move(minutes=15)
    assert not anna.inside
    anna.sign_in()
    for _ in range(32):
        bridge.clock.move(minutes=14, seconds=50)
        assert anna.inside
    digest, rest = sha256(anna.cookie.encode()).digest(), 8 * 60 - 32 * 14 - 27
    sweep.purge(bridge.web, keep=bridge.clock.now() - bridge.clock.now())
    with bridge.store.look() as work:
        assert work.console.get(digest)
    bridge.clock.move(minutes=rest + 1)
    assert not anna.inside
    sweep.purge(bridge.web, keep=bridge.clock.now() - bridge.clock.now())
    with bridge.store.look() as work:
        assert work.console.get(digest) is None


def test_a_clock_set_back_keeps_nobody_in(bridge: House) -> None:
    """What ended by the later time has ended."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    bridge.clock.move(minutes=14)
    bridge.clock.set_back = timedelta(minutes=1)
    assert not anna.inside
    assert anna.sign_in().status_code == 303
    bridge.clock.move(minutes=1)
    assert anna.inside


def test_after_a_restore_everybody_is_out(bridge: House) -> None:
    """Who has signed out since the backup would else be in again."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    after_restore("operator:root", bridge.web)
    assert not anna.inside


def test_wrong_tokens_are_counted_for_their_network_and_keep_out_nobody_with_a_right_one(tmp_path: Path) -> None:
    """At the limit no other is counted, for a while; on record once. Who has a right token, or a link, is not
    concerned: others could else lock out everybody behind one address."""
    with house(tmp_path, network_limit=3) as bridge:
        bridge.ask()
        bridge.work(2)
        anna = Operator(bridge, Role.AGENT)
        for _ in range(3):
            assert anna.sign_in("rbt_wrong").status_code == 403
        for _ in range(2):
            held = anna.sign_in("rbt_wrong")
            assert (held.status_code, held.headers["Retry-After"]) == (429, "31")
        assert "Too many wrong tokens" in held.text
        assert not anna.inside
        assert kinds(bridge).count("operator.network_paused") == 1
        with bridge.store.look() as work:
            found = work.networks.get("console 127.0.0.0/24")
        assert found and found.count == 3
        assert anna.sign_in().status_code == 303
        assert anna.inside
        disable(bridge)
        assert anna.sign_in().status_code == 429  # as a wrong one: nobody learns that it was right
        assert anna.browser.reveal(bridge.totp()).status_code == 200
        bridge.clock.move(seconds=31)
        assert anna.sign_in("rbt_wrong").status_code == 403


def test_one_token_is_signed_in_at_so_many_browsers(bridge: House) -> None:
    """One more signs out the one that was idle longest, and says so on record."""
    browsers = [Operator(bridge, Role.AGENT, name="anna")]
    browsers += [copy(browsers[0]) for _ in range(MOST_AT_ONCE)]
    for one in browsers:
        one.browser = Browser(bridge)
        bridge.clock.move(seconds=20)
        assert one.sign_in().status_code == 303
    assert [one.inside for one in browsers] == [False] + [True] * MOST_AT_ONCE
    with bridge.store.look() as work:
        last = work.audit.records(limit=500)[-1].event
    assert (last.kind, last.detail["signed_out"]) == ("operator.signed_in", 1)


def test_signing_in_as_somebody_else_is_the_end_of_who_was_there_and_on_record(bridge: House) -> None:
    """As signing out is."""
    anna, bea = Operator(bridge, Role.AGENT), Operator(bridge, Role.AGENT, name="bea")
    anna.sign_in()
    anna.sign_in(bea.text)
    with bridge.store.look() as work:
        said = [(record.event.kind, record.event.by) for record in work.audit.records(limit=500)][-3:]
    assert said == [("operator.signed_in", "operator:anna"), ("operator.signed_out", "operator:anna"),
                    ("operator.signed_in", "operator:bea")]  # fmt: skip


@pytest.mark.parametrize("path", ["", "/sign-out", "/resets/R0123456789AB/revoke"])
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_from_elsewhere_does_nothing(bridge: House, path: str, headers: dict[str, str]) -> None:
    """Nor does one without our token: nobody is signed in or out by another site."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    held, dashed = anna.cookie, {name.replace("-", "_"): value for name, value in headers.items()}
    fields = {"operator_token": anna.text} if path == "" else {"reason": "x"} if "revoke" in path else {}
    sent = {"token": anna.browser.token(), **fields}
    assert anna.browser.post(f"/console{path}", sent, **dashed).status_code == 403
    assert anna.browser.post(f"/console{path}", sent | {"token": "1.2"}).status_code == 400
    assert anna.cookie == held
    assert anna.inside


def test_it_can_be_turned_off(bridge: House) -> None:
    """By `web.console`; there is no such page then."""
    for on in (True, False):
        config = SimpleNamespace(site=settings().site, systems={}, web=Web(console=on))
        kept = SimpleNamespace(config=config, vault=bridge.web.vault, systems={})
        assert web_settings(kept).console is on  # type: ignore[arg-type]
    browser = Operator(bridge, Role.AGENT, console=False)
    assert [browser.get(path).status_code for path in ("", "/systems", "/resets")] == [404, 404, 404]


def test_a_circuit_that_is_open_says_why_since_when_until_when_and_what_to_do(bridge: House) -> None:
    """In the words of check and the API; nothing waits, or the pause's end; an open one comes before everything."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    untried = anna.get("/systems").text
    assert "Not tried yet" in untried
    assert "resetbridge check PRODA" in untried
    assert "No worker" not in untried  # one may well be there, with nothing to do
    assert "No circuit is open, of 1 in all." in untried
    reached(bridge, Reach.WELL, ago=3)
    assert "From <b>n1</b> none has failed since" in anna.get("/systems").text
    reached(bridge, Reach.UNREACHABLE, "no answer <at all>", node="n2", ago=12)
    text = anna.get("/systems").text
    for words in ("The circuit of 1 is open, of 1 in all: PRODA.", "Circuit open on n2: not reached",
                  "Resets are done from n1 meanwhile",
                  "not reached from <b>n2</b>", "12 min ago", "no answer &lt;at all&gt;",
                  "the next reset that is asked for tries again", "It tries again by itself",
                  "resetbridge check PRODA", "From <b>n1</b> none has failed", "Production A"):  # fmt: skip
        assert words in text
    reached(bridge, Reach.REFUSED, "the host refused the service id's logon", node="n2")
    text = anna.get("/systems").text
    for words in ("Circuit open on n2: the service id was refused", "a person has mended it",
                  "A new password of its service id", "no logon any more from <b>n2</b>",
                  "resetbridge service-id retry PRODA"):  # fmt: skip
        assert words in text
    bridge.clock.move(hours=25)
    assert anna.sign_in().status_code == 303
    text = anna.get("/systems").text
    assert "not heard from since" in text
    assert "Circuit open" not in text


def test_the_worst_comes_first(bridge: House) -> None:
    """Not the first by name."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    bridge.web.systems[SystemName("ALPHA")] = Policy()  # type: ignore[index]
    reached(bridge, Reach.UNREACHABLE, "no answer")
    assert re.findall(r'id="system-([A-Z]+)"', anna.get("/systems").text) == ["PRODA", "ALPHA"]


def test_a_reset_that_waits_says_when_it_is_tried_again(bridge: House) -> None:
    """And what waits is counted, as the API counts it."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    reached(bridge, Reach.UNREACHABLE, "no answer")
    bridge.ask()
    assert "five minutes at most" in anna.get("/systems").text
    with bridge.store.work() as work:
        (before,), _ = work.resets.find(limit=1)
        work.resets.save(before, amend(before, not_before=bridge.clock.now().replace(hour=13, minute=7)))
    text = anna.get("/systems").text
    assert "13:07 UTC</time> (in 67 min): then the first reset that waits tries again" in text
    assert "1 waiting, 0 under way" in text
    bridge.clock.move(minutes=66, seconds=20)
    assert anna.sign_in().status_code == 303
    assert "(in 40 s): then" in anna.get("/systems").text
    bridge.ask("MJONES")  # newer, and due now
    assert "five minutes at most" in anna.get("/systems").text
    with bridge.store.work() as work:
        for queued in work.resets.find(state=State.QUEUED)[0]:
            work.resets.save(queued, advance(queued, State.CHANGING, at=bridge.clock.now()))
    assert "the reset that is under way has come to its end" in anna.get("/systems").text


def test_where_no_worker_is_yet_a_long_queue_does_not_blame_host_or_relay(bridge: House) -> None:
    """Slow sends people to the host's load and the mail relay, which nobody has spoken to."""
    anna = Operator(bridge, Role.AGENT)
    anna.sign_in()
    bridge.ask()
    bridge.clock.move(minutes=10)
    text = anna.get("/systems").text
    assert "No worker yet" in text
    assert "1 waiting, the oldest for 600 s" in text


def test_who_has_no_role_is_told_so_and_who_gives_it(bridge: House) -> None:
    """In the flow's words, with the command."""
    anna = Operator(bridge)
    anna.sign_in()
    answer = anna.get("/systems")
    assert answer.status_code == 403
    assert "anna may not see systems; it needs the role" in answer.text
    assert "resetbridge operator add anna --role" in answer.text


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/console", "/console"), ("/console/resets?userid=BOSS", "/console/resets"), ("/console/x", "…"),
     ("/console/resets/R0123456789AB/revoke", "/console/resets/R0123456789AB/revoke"), ("/console/r/x", "…"),
     ("/console/ask?userid=BOSS", "/console/ask"), ("/console/unlocks/E0123456789AB", "/console/unlocks/E0123456789AB"),
     ("/console?then=/console/resets?userid=BOSS", "/console")],
)  # fmt: skip
def test_the_log_shows_pages_that_are_ours_and_no_query(path: str, shown: str) -> None:
    """What was looked for may name people."""
    assert masked(path) == shown
