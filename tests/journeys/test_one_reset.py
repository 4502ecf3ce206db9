"""Whole resets through one daemon: each test takes accounts of its own."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import requests

from bridge.domain.secret import Secret
from connectors.simulated.faults import Fault
from connectors.simulated.mailbox import code_in, link_in
from connectors.simulated.tso_user import first_logon
from tests.journeys.bridge import Bridge, bridge, until

SHORT = {"link_ttl: 1h": "link_ttl: 6s", "unused_ttl: 30m": "unused_ttl: 4s"}

BY_MAIL = {"    - release_code\n": "    - release_code\n    - mail\n"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    with bridge(tmp_path_factory.mktemp("bridge"), crowd=24, impatient=["PRODB"], changes=BY_MAIL) as running:
        yield running


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """The same with links that live six seconds and reveals that live four."""
    with bridge(tmp_path_factory.mktemp("short"), crowd=6, changes=SHORT) as running:
        yield running


_numbers = count()


@pytest.fixture
def number() -> int:
    """A person that no other test takes."""
    return next(_numbers)


def mail_of(made: Bridge, number: int, which: int = -1):  # type: ignore[no-untyped-def]
    return made.links(f"p{number:03}@demo.example")[which]


@pytest.mark.parametrize(("system", "letter"), [("PRODA", "U"), ("PRODB", "U"), ("PRODS", "S")])
def test_i3_i11_shown_is_set_and_is_changed_at_first_use(made: Bridge, number: int, system: str, letter: str) -> None:
    """Asked, mailed, opened with the release code, used on TSO, completed: on each product and transport."""
    userid = f"{letter}{number:03}"
    reset = made.ask(system, userid)
    made.await_state(reset.id, "published")
    page = made.open(mail_of(made, number), reset.release_code)
    assert page.status == 200
    assert page.password is not None
    zos = made.stage.hosts[system]
    assert zos.accepts(userid, page.password.expose())
    context = made.stage.host_context
    context.check_hostname = False
    logon = first_logon(zos.host, zos.port, userid, page.password.expose(), "MYOWN234", ssl_context=context)
    assert (logon.forced_change, logon.ready) == (True, True)
    assert made.await_state(reset.id, "completed")["failure"] is None


def test_the_mail_holds_a_link_and_nothing_of_the_account(made: Bridge, number: int) -> None:
    """Neither system nor userid nor password is in any part of it; the code for typing opens the link as well."""
    reset = made.ask("PRODA", f"U{number:03}")
    made.await_state(reset.id, "published")
    mail = mail_of(made, number)
    whole = mail.text + mail.html + str(mail.message["Subject"])
    assert not re.search(rf"PRODA|U{number:03}|Production A|RACF", whole)
    assert link_in(mail).startswith(made.stage.url + "/r/")
    visit = made.visit(mail)
    visit._key = code_in(mail).lower()
    assert visit.look() == 200
    assert visit.open(reset.release_code).password is not None


def test_i1_i9_a_code_goes_to_the_other_mailbox_and_opens(made: Bridge, number: int) -> None:
    """Asked for at the page, mailed by the worker, in no file of the daemon's; the link's mailbox never sees it."""
    people, own, other = made.stage.folder / "people.csv", f"p{number:03}@demo.example", f"p{number:03}@home.example"
    head, *rest = people.read_text().splitlines()
    lines = [f"{head},other_email", *(line + ("," + other if own in line else ",") for line in rest)]
    newer = people.with_suffix(".new")
    newer.write_text("\n".join(lines) + "\n")
    newer.replace(people)
    reset = made.ask("PRODA", f"U{number:03}")
    made.await_state(reset.id, "published")
    visit, before = made.visit(mail_of(made, number)), len(made.stage.mailbox.to(own))
    visit.look()
    assert visit._send(f"{visit._url}/mail-code", visit._fields | {"key": visit._key}).status == 200
    [mail] = made.stage.mailbox.wait_for(other)
    code = re.search(r"\b\d{8}\b", mail.text)
    assert code is not None
    assert not re.search(rf"/r/|PRODA|U{number:03}", mail.text + mail.html)
    kept = [name for name, text in made.audience.everything() if code[0].encode() in text]
    assert kept == [f"mail {made.stage.mailbox.mails.index(mail) + 1}"]
    page = visit.open(Secret(code[0]))
    assert page.password is not None
    assert made.stage.hosts["PRODA"].accepts(f"U{number:03}", page.password.expose())
    assert all(code[0] not in each.text for each in made.stage.mailbox.to(own)[before - 1 :])


def test_i6_a_newer_reset_kills_the_older_link(made: Bridge, number: int) -> None:
    """The older one ends revoked, its page says so to the holder of its key; the newer link opens."""
    older = made.ask("PRODA", f"U{number:03}")
    made.await_state(older.id, "published")
    newer = made.ask("PRODA", f"U{number:03}")
    made.await_state(newer.id, "published")
    assert made.state(older.id)["state"] == "revoked"
    assert made.open(mail_of(made, number, 0), older.release_code).status == 410
    page = made.open(mail_of(made, number, 1), newer.release_code)
    assert page.password is not None
    assert made.stage.hosts["PRODA"].accepts(f"U{number:03}", page.password.expose())


def test_a_revoked_link_is_dead_in_the_next_request_and_worthless_soon(made: Bridge, number: int) -> None:
    """The operator's revoke: 410 at once; the host's password is overwritten by one that nobody holds."""
    userid = f"U{number:03}"
    reset = made.ask("PRODA", userid)
    made.await_state(reset.id, "published")
    before = len(made.stage.witnesses[0].passwords_ever_set)
    assert made.run("revoke", reset.id, "--reason", "wrong person").returncode == 0
    assert made.open(mail_of(made, number), reset.release_code).status == 410
    until(lambda: len(made.stage.witnesses[0].passwords_ever_set) > before)


def test_i5_five_wrong_codes_destroy_and_tell_security(made: Bridge, number: int) -> None:
    """The fifth is the last; the right one is refused then, the host's password is spoiled, security gets a mail."""
    userid = f"U{number:03}"
    reset = made.ask("PRODA", userid)
    made.await_state(reset.id, "published")
    told = len(made.stage.mailbox.to("security@demo.example"))
    visit = made.visit(mail_of(made, number))
    visit.look()
    wrong = Secret(f"{(int(reset.release_code.expose()) + 1) % 10**8:08}")
    for _ in range(5):
        assert visit.open(wrong).password is None
    assert visit.open(reset.release_code).password is None
    assert made.state(reset.id)["state"] == "revoked"
    until(lambda: len(made.stage.mailbox.to("security@demo.example")) > told)
    until(
        lambda: any(
            event["state"] == "host.spoiled" or "spoiled" in str(event) for event in made.state(reset.id)["events"]
        )
    )


def test_a_lost_line_after_the_change_begins_again(made: Bridge, number: int) -> None:
    """ALTUSER ran and the line dropped before its answer: set again, and only the second one is shown."""
    userid = f"U{number:03}"
    zos, witness = made.stage.hosts["PRODA"], made.stage.witnesses[0]
    zos.faults.arm(Fault.DROP_AFTER, f"ALTUSER {userid}", times=1)
    reset = made.ask("PRODA", userid)
    made.await_state(reset.id, "published", within=90)
    typed = [line for line in witness.typed if line.startswith(f"ALTUSER {userid}")]
    assert len(typed) == 2
    page = made.open(mail_of(made, number), reset.release_code)
    assert page.password is not None
    assert zos.accepts(userid, page.password.expose())


def test_i11_an_ignored_flag_is_never_published(made: Bridge, number: int) -> None:
    """The host takes the password and not the flag: failed, no link, spoiled, security told."""
    userid = f"U{number:03}"
    made.stage.hosts["PRODA"].faults.arm(Fault.FLAG_IGNORED, f"ALTUSER {userid}", times=1)
    reset = made.ask("PRODA", userid)
    assert made.await_state(reset.id, "failed")["failure"]["code"] == "first_use_ignored"
    assert not made.links(f"p{number:03}@demo.example")
    until(lambda: made.stage.witnesses[0].typed.count(f"ALTUSER {userid}") >= 2)


def test_a_change_that_is_silently_ignored_is_never_published(made: Bridge, number: int) -> None:
    """Silence as after success, and nothing changed: the listing shows it, and no link leaves."""
    userid = f"U{number:03}"
    made.stage.hosts["PRODA"].faults.arm(Fault.CHANGE_IGNORED, f"ALTUSER {userid}", times=1)
    reset = made.ask("PRODA", userid)
    assert made.await_state(reset.id, "failed")["failure"]["code"] == "not_proven"
    assert not made.links(f"p{number:03}@demo.example")


@pytest.mark.parametrize(("userid", "code"), [("NOSUCH", "no_contact_point")])
def test_an_account_that_nobody_owns_fails_in_words(made: Bridge, userid: str, code: str) -> None:
    """Accepted like any other, then failed with a reason an agent can act on; nothing was typed for it."""
    reset = made.ask("PRODA", userid)
    failure = made.await_state(reset.id, "failed")["failure"]
    assert failure["code"] == code
    assert not [line for line in made.stage.witnesses[0].typed if userid in line]


def test_a_frozen_host_delays_nobody_else(made: Bridge, number: int) -> None:
    """PRODB is silent in the middle of a command; PRODA and PRODS go on, and PRODB ends in words."""
    userid = f"U{number:03}"
    made.stage.hosts["PRODB"].faults.arm(Fault.FROZEN, f"LIST {userid}", times=1)
    stuck = made.ask("PRODB", userid)
    other = made.ask("PRODA", userid)
    began = time.monotonic()
    made.await_state(other.id, "published")
    assert time.monotonic() - began < 20
    made.await_state(stuck.id, "published", within=150)


def test_i1_nothing_secret_in_any_process_argument_or_environment(made: Bridge, number: int) -> None:
    """While resets run, no process has a password in its command line or environment; no file has it afterwards."""
    seen: set[bytes] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        seen.add((process / name).read_bytes())
                    except OSError:
                        continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    resets = [made.ask("PRODA", f"U{number:03}"), made.ask("PRODS", f"S{number:03}")]
    for reset in resets:
        made.await_state(reset.id, "published")
    over.set()
    watcher.join()
    passwords = made.passwords_ever_set()
    assert not [text for text in seen if any(word.encode() in text for word in passwords)]
    assert not made.traces_of(passwords)


def test_a_refused_service_id_is_tried_once_and_mended_without_a_stop(tmp_path: Path) -> None:
    """Wrong password: one attempt however many resets; the right one in its file, and the next reset goes through."""
    with bridge(tmp_path, crowd=3) as made:
        secret = made.stage.folder / "secrets" / "proda"
        right = secret.read_text()
        secret.write_text("WRONG123\n")
        for number in (0, 1):
            failed = made.await_state(made.ask("PRODA", f"U{number:03}").id, "failed")
            assert failed["failure"]["code"] == "service_id_rejected"
        attempts = [each for each in made.stage.witnesses[0].logons if each.userid == "RSTBRDG"]
        assert len(attempts) == 1
        secret.write_text(right)
        made.await_state(made.ask("PRODA", "U002").id, "published")


def test_unread_links_expire_and_are_spoiled_by_themselves(short: Bridge) -> None:
    """Six seconds unread: expired, erased, overwritten on the host, on record."""
    reset = short.ask("PRODA", "U000")
    made = short.await_state(reset.id, "published")
    assert made["expires_at"]
    short.await_state(reset.id, "expired", within=30)
    assert short.open(short.links("p000@demo.example")[-1], reset.release_code).status == 410
    until(lambda: short.stage.witnesses[0].typed.count("ALTUSER U000") >= 2)


def test_a_password_that_is_never_used_lapses_and_is_spoiled(short: Bridge) -> None:
    """Shown, and not used in four seconds: lapsed, overwritten."""
    reset = short.ask("PRODA", "U001")
    short.await_state(reset.id, "published")
    page = short.open(short.links("p001@demo.example")[-1], reset.release_code)
    assert page.password is not None
    short.await_state(reset.id, "lapsed", within=40)
    until(lambda: not short.stage.hosts["PRODA"].accepts("U001", page.password.expose()))


def test_a_relay_that_is_away_loses_no_reset(short: Bridge) -> None:
    """421 while connecting and 451 at the recipient: the mail leaves when the relay takes it, and its link opens."""
    short.stage.mailbox.answer("RCPT", "451 4.3.0 later", times=1)
    reset = short.ask("PRODA", "U002")
    short.await_state(reset.id, "published", within=60)
    assert short.open(short.links("p002@demo.example")[-1], reset.release_code).password is not None


def test_a_relay_that_refuses_ends_the_reset(short: Bridge) -> None:
    """550: failed as mail_refused, and what was set is spoiled."""
    # more than once: a notice of an earlier test may leave first
    short.stage.mailbox.answer("RCPT", "550 5.1.1 no such mailbox", times=3)
    reset = short.ask("PRODA", "U003")
    assert short.await_state(reset.id, "failed")["failure"]["code"] == "mail_refused"
    until(lambda: short.stage.witnesses[0].typed.count("ALTUSER U003") >= 2)


def test_stopping_finishes_and_starting_again_keeps_what_was_spent(tmp_path: Path) -> None:
    """SIGTERM ends with 0; after a restart a link that was opened stays opened, and one that was not still opens."""
    with bridge(tmp_path, crowd=2) as made:
        one, two = made.ask("PRODA", "U000"), made.ask("PRODA", "U001")
        for reset in (one, two):
            made.await_state(reset.id, "published")
        assert made.open(made.links("p000@demo.example")[0], one.release_code).password is not None
        assert made.stop() == 0
        with pytest.raises(requests.ConnectionError):
            made.call("GET", "/systems")
        made.start()
        assert made.open(made.links("p000@demo.example")[0], one.release_code).status == 410
        assert made.open(made.links("p001@demo.example")[0], two.release_code).password is not None
        assert not [zos.sessions() for zos in made.stage.hosts.values() if len(zos.sessions()) > 1]
