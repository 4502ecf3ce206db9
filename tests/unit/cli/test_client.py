"""The commands that speak to the daemon's API, against a stand-in that answers as told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.cli import resets
from tests.unit.cli.conftest import Run
from tests.unit.cli.stand_in import TOKEN, StandIn, a_reset


@pytest.fixture
def api(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """The stand-in, and a command line that is told where it is."""
    stand_in = StandIn()
    thread = threading.Thread(target=stand_in.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("RESETBRIDGE_URL", stand_in.url)
    monkeypatch.setenv("RESETBRIDGE_TOKEN", TOKEN)
    monkeypatch.setattr(resets, "LOOK_EVERY", 0.01)
    yield stand_in
    stand_in.server.shutdown()
    thread.join()
    stand_in.server.server_close()


def test_a_reset_is_asked_for_and_its_code_printed_once(run: Run, api: StandIn) -> None:
    """The wish goes out in capitals under a key of its own; the code is on standard output, with what to do."""
    api.say(a_reset(release_code="12345678"), 202)

    ended = run("reset", "proda", "payroll7", "--reason", "forgotten", "--ticket", "INC1")

    method, path, headers, body = api.asked[0]
    assert (method, path) == ("POST", "/api/v1/resets")
    assert body == {"system": "PRODA", "userid": "PAYROLL7", "reason": "forgotten", "ticket": "INC1"}
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert len(headers["Idempotency-Key"]) >= 32
    assert ended.code == 0
    assert ended.out.count("1234 5678") == 1
    assert "Read it to the caller now" in ended.out


def test_the_end_of_the_release_code_is_said(run: Run, api: StandIn) -> None:
    """How long it works with the code, since no mail has left; until when, once one has."""
    api.say(a_reset(release_code="12345678", release_code_ttl=600, release_code_expires_at=None), 202)
    api.say(a_reset("published", release_code_expires_at="2026-11-25T12:10:00.000Z"))

    ended = run("reset", "PRODA", "PAYROLL7", "--reason", "x", "--wait")

    assert "It works for 10 minutes from when the mail has left" in ended.out
    assert "The release code works until 2026-11-25 12:10:00Z" in ended.err
    shown = run("show", "R7K2M9QX4TB0C").out
    assert "2026-11-25 12:10:00Z" in shown


@pytest.mark.parametrize("withheld", [True, False])
def test_why_there_is_no_release_code_is_said(run: Run, api: StandIn, withheld: bool) -> None:
    """An agent who is used to one would look for it; without the policy's word nothing is said."""
    api.say(a_reset(release_code=None, release_code_ttl=None, release_code_withheld=withheld), 202)
    said = run("reset", "PRODA", "PAYROLL7", "--reason", "x").out
    assert ("No release code: the person has an app or a passkey" in said) is withheld
    assert "Read it to the caller" not in said


def test_waiting_follows_to_published(run: Run, api: StandIn) -> None:
    """--wait tells each step on standard error, outlives a passing failure, and ends with 0 once the link is mailed."""
    api.say(a_reset(), 202)
    api.say(a_reset("changing"))
    api.say({"title": "away"}, 503)
    api.say(a_reset("published"))

    ended = run("reset", "PRODA", "PAYROLL7", "--reason", "x", "--wait")

    assert ended.code == 0
    assert "changing: is being set on the host" in ended.err
    assert "published: is set, and its link is mailed" in ended.err
    assert "published" not in ended.out


def test_waiting_says_once_why_nothing_goes_on(run: Run, api: StandIn) -> None:
    """A reset that goes back to the queue says what is in its way, and not at each look, nor as its pause goes by."""

    def back(seconds: int) -> dict[str, object]:
        text = f"PRODA: no answer; tried once, the next time in {seconds} s"
        return {"state": "queued", "by": "worker", "at": "2026-11-25T12:00:00Z", "detail": {"text": text}}

    api.say(a_reset(), 202)
    api.say(a_reset(events=[back(30)]))
    api.say(a_reset(events=[back(30), back(27)]))
    api.say(a_reset("published"))

    ended = run("reset", "PRODA", "PAYROLL7", "--reason", "x", "--wait")

    assert ended.code == 0
    assert ended.err.count("queued: PRODA: no answer") == 1
    assert "the next time in 30 s" in ended.err


def test_waiting_for_approval_says_who_does_it_and_why(run: Run, api: StandIn) -> None:
    """Whoever waits there waits for another person: they read what to ask them for."""
    api.say(a_reset(), 202)
    api.say(a_reset("awaiting_approval", note="where mail goes is new"))
    api.say(a_reset("published"))

    ended = run("reset", "PRODA", "PAYROLL7", "--reason", "x", "--wait")

    assert "waits for somebody to approve it: resetbridge approve R7K2M9QX4TB0C, as an approver" in ended.err
    assert "; where mail goes is new" in ended.err


def test_waiting_for_an_armed_link_says_that_nothing_is_set(run: Run, api: StandIn) -> None:
    """Published is the link alone: nobody reads that the host has been changed."""
    api.say(a_reset(delivery="armed"), 202)
    api.say(a_reset("published", delivery="armed"))

    ended = run("reset", "PRODA", "PAYROLL7", "--reason", "x", "--wait")

    assert ended.code == 0
    assert "published: its link is mailed; the host is changed when the user opens it" in ended.err


@pytest.mark.parametrize("extra", [[], ["--json"]])
def test_waiting_for_a_reset_that_fails_ends_with_status_1(extra: list[str], run: Run, api: StandIn) -> None:
    """The reason is said once on standard error; with --json the last state and the code are on standard output."""
    api.say(a_reset(release_code="12345678"), 202)
    api.say(a_reset("failed", failure={"code": "unknown_user", "message": "the host knows no such userid"}))

    ended = run("reset", "PRODA", "PAYROLL7", "--reason", "x", "--wait", *extra)

    assert ended.code == 1
    assert ended.err.count("the host knows no such userid") == 1
    if extra:
        assert (ended.json["state"], ended.json["release_code"]) == ("failed", "12345678")


def test_pages_are_read_to_the_limit(run: Run, api: StandIn) -> None:
    """resets goes from page to page until it has as many as asked for."""
    api.say({"resets": [a_reset(), a_reset()], "cursor": "more"})
    api.say({"resets": [a_reset(), a_reset()], "cursor": "still more"})

    assert len(run("resets", "--limit", "3", "--state", "queued", "--json").json) == 3
    assert [path for _, path, _, _ in api.asked] == [
        "/api/v1/resets?state=queued&limit=3",
        "/api/v1/resets?state=queued&limit=3&cursor=more",
    ]


def test_an_empty_list_is_said_beside_the_output(run: Run, api: StandIn) -> None:
    """No reset: the headings alone on standard output, the sentence on standard error."""
    api.say({"resets": [], "cursor": None})

    ended = run("resets")

    assert ended.out.startswith("ID\tSTATE")
    assert "no reset matches" in ended.err


def test_show_prints_fields_and_events(run: Run, api: StandIn) -> None:
    """Everything that happened, oldest first; control characters do not reach the terminal."""
    event = {
        "at": "2026-11-25T12:00:00.123Z",
        "kind": "factor.wrong",
        "state": None,
        "by": "link holder",
        "detail": {"agent": "a\x1b[2Jb"},
    }
    api.say(a_reset("revoked", events=[event], cleanup="due"))

    ended = run("show", "R7K2M9QX4TB0C")

    assert "state:" in ended.out
    assert "requested_at: 2026-11-25 12:00:00Z\n" in ended.out
    assert "cleanup:      due: what was set still works" in ended.out
    assert "2026-11-25 12:00:00Z\tfactor.wrong\tlink holder\tagent=a [2Jb" in ended.out


@pytest.mark.parametrize("deed", ["revoke", "approve", "reject"])
def test_a_decision_is_sent_with_its_reason(deed: str, run: Run, api: StandIn) -> None:
    """The reason that was given, or that it came from the command line."""
    api.say(a_reset("revoked"))

    assert run(deed, "R7K2M9QX4TB0C", "--reason", "caller hung up").code == 0
    assert run(deed, "../../x").code == 0

    assert api.asked[0][1:2] + api.asked[0][3:] == (
        f"/api/v1/resets/R7K2M9QX4TB0C/{deed}",
        {"reason": "caller hung up"},
    )
    assert api.asked[1][1] == f"/api/v1/resets/..%2F..%2Fx/{deed}"
    assert "command line" in api.asked[1][3]["reason"]


@pytest.mark.parametrize(
    ("status", "document", "headers", "said"),
    [
        (403, {"title": "no", "detail": "anna may not see resets"}, {}, "anna may not see resets"),
        (401, {"title": "no", "detail": "unknown token"}, {}, "set RESETBRIDGE_TOKEN to a token"),
        (429, {"title": "Too many requests"}, {"Retry-After": "7"}, "Too many requests; try again in 7 s"),
        (
            429,
            {"title": "Too many requests", "detail": "PRODA:JSMITH has had 10"},
            {"Retry-After": "7"},
            "PRODA:JSMITH has had 10; try again in 7 s",
        ),
        (500, {"title": "It is on record", "reference": "0BADCAFE"}, {}, "(reference 0BADCAFE in the daemon's log)"),
        (502, b"<html>", {}, "this is not Reset Bridge's API (status 502)"),
        (200, b"<html>", {}, "this is not Reset Bridge's API (status 200)"),
        (302, {}, {"Location": "http://evil.example/"}, "this is not Reset Bridge's API (status 302)"),
    ],
)
def test_a_problem_document_becomes_a_sentence(
    status: int, document: Any, headers: dict[str, str], said: str, run: Run, api: StandIn
) -> None:
    """Status 1 and one line in plain words; a redirection is not followed."""
    api.say(document, status, **headers)

    ended = run("resets")

    assert ended.code == 1
    assert said in ended.err
    assert len(ended.err.splitlines()) == 1
    assert len(api.asked) == 1


def test_what_the_daemon_finds_mistyped_is_a_mistake_of_usage(run: Run, api: StandIn) -> None:
    """Status 2, as where a command finds it by itself."""
    api.say({"title": "Something is not as expected", "detail": "system: one of PRODA, TESTB is expected"}, 400)

    ended = run("reset", "NOSUCH", "PAYROLL7", "--reason", "locked out")

    assert ended.code == 2
    assert ended.err == "resetbridge: system: one of PRODA, TESTB is expected\n"


def test_a_daemon_that_is_away_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection: which address, that nothing can have been asked, and what to look at."""
    monkeypatch.setenv("RESETBRIDGE_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("RESETBRIDGE_TOKEN", TOKEN)

    for command in (("resets",), ("reset", "A", "B", "--reason", "x")):
        said = run(*command).err
        assert "https://127.0.0.1:1: connection refused; nothing was asked. Is `resetbridge serve` running" in said


def hang_up(door: socket.socket) -> None:
    """Take one connection, and drop it."""
    door.accept()[0].close()


def test_a_daemon_that_falls_silent_may_have_done_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that breaks off with a request in it: how to look whether it was done."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=hang_up, args=(door,), daemon=True).start()
        monkeypatch.setenv("RESETBRIDGE_URL", f"http://127.0.0.1:{door.getsockname()[1]}")
        monkeypatch.setenv("RESETBRIDGE_TOKEN", TOKEN)
        said = run("reset", "A", "B", "--reason", "x").err

    assert "it may have been done all the same: look with `resetbridge resets`" in said


def test_a_token_copied_with_something_else_is_a_fault_of_the_token(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of the connection: a header of several lines never leaves."""
    monkeypatch.setenv("RESETBRIDGE_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("RESETBRIDGE_TOKEN", f"token of jo\n{TOKEN}")

    ended = run("resets")

    assert ended.code == 2
    assert ended.err.startswith("RESETBRIDGE_TOKEN: one word is expected")


def test_the_token_never_travels_in_clear(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """http is for loopback only; and without settings both names are asked for."""
    missing = run("resets")
    monkeypatch.setenv("RESETBRIDGE_URL", "http://reset.example.com")
    monkeypatch.setenv("RESETBRIDGE_TOKEN", TOKEN)
    clear = run("resets")

    assert missing.code == clear.code == 2
    assert [line.partition(":")[0] for line in missing.err.splitlines()] == ["RESETBRIDGE_URL", "RESETBRIDGE_TOKEN"]
    assert "https://HOST is expected" in clear.err
    assert TOKEN not in clear.err


@pytest.mark.parametrize("names", ["url token", "RESETBRIDGE_URL RESETBRIDGE_TOKEN"])
def test_settings_may_be_in_a_private_file(
    names: str, run: Run, api: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """client.yaml has the same keys; one that others may read is refused, and so is one with mistakes."""
    monkeypatch.delenv("RESETBRIDGE_URL")
    monkeypatch.delenv("RESETBRIDGE_TOKEN")
    api.say({"resets": [], "cursor": None})
    file = tmp_path / "home/.config/resetbridge/client.yaml"
    file.parent.mkdir(parents=True)
    url, token = names.split()
    file.write_text(f"{url}: {api.url}\n{token}: {TOKEN}\n")
    file.chmod(0o644)
    assert "chmod 600" in run("resets").err
    file.chmod(0o600)
    assert run("resets").code == 0
    file.write_text("uri: x\n")
    assert "client.yaml:1: uri: one of url, token, ca is expected" in run("resets").err


# --- bulk -----------------------------------------------------------------------------------------


def test_bulk_may_be_stopped_and_run_again(run: Run, api: StandIn, tmp_path: Path) -> None:
    """The second run asks only for what the first did not get to, under keys that make a lost answer harmless."""
    (tmp_path / "many.csv").write_text("system,userid\nproda,a\nPRODA,B\nPRODA,C\n")
    api.say(a_reset(id="R1", release_code="01111111"), 202)
    api.say({"title": "Too many requests"}, 429, Retry_After="0")
    api.say({"title": "out of order"}, 500)
    first = run("bulk", "many.csv", "--reason", "incident")
    api.answers.clear()
    api.say(a_reset(id="R2"), 202)
    second = run("bulk", "many.csv", "--reason", "incident")
    third = run("bulk", "many.csv", "--reason", "incident")

    assert first.code == 1
    assert "PRODA:B: Too many requests" in first.err  # why it waits
    assert "2,PRODA,a,R1,queued,0111 1111," in first.out
    assert (second.code, third.code) == (0, 0)
    assert "1 asked for earlier, 2 now" in second.err
    assert "3 asked for earlier, 0 now" in third.err
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in api.asked]
    assert [body["userid"] for _, _, _, body in api.asked] == ["a", "B", "B", "B", "C"]
    assert len(set(keys)) == 3
    assert keys[1] == keys[3]


def test_bulk_goes_on_after_a_line_that_is_refused(run: Run, api: StandIn, tmp_path: Path) -> None:
    """What the daemon refuses is printed with its line, the others are asked for, and the status is 1."""
    (tmp_path / "many.csv").write_text("system,userid,reason\nNOSUCH,A,x\nPRODA,B,x\n")
    api.say({"title": "no", "detail": "system: one of PRODA is expected"}, 400)
    api.say(a_reset(), 202)

    ended = run("bulk", "many.csv")

    assert ended.code == 1
    assert "2,NOSUCH,A,,,,system: one of PRODA is expected" in ended.out
    assert "3,PRODA,B,R7K2M9QX4TB0C,queued,," in ended.out


def test_bulk_checks_the_whole_table_first(run: Run, api: StandIn, tmp_path: Path) -> None:
    """One bad line and nothing is asked for; every bad line is named."""
    (tmp_path / "many.csv").write_text("system,userid\nPRODA,A\nPRODA,NO)USERID\nPRODA\n")

    ended = run("bulk", "many.csv", "--reason", "x")

    assert ended.code == 1
    assert [line.split(": ")[1] for line in ended.err.splitlines()] == ["line 3", "line 4", "nothing was asked for"]
    assert not api.asked
