"""The last mask, and the log that it covers."""

from __future__ import annotations

import io
import json
import logging

import pytest

from bridge.domain.link import base32
from bridge.domain.secret import Line, Secret
from bridge.observe import events
from bridge.observe.masking import mask

LOCATOR, KEY = base32(b"\x5a" * 16), base32(b"\xa7" * 20)
GROUPS = " ".join(KEY[i : i + 4] for i in range(0, 32, 4))


@pytest.mark.parametrize(
    "text",
    [
        f"GET /r/{LOCATOR}",
        f"https://reset.example.com/r/{LOCATOR}#{KEY}",
        f"/r/{LOCATOR}%2523{KEY}",
        f"/r/{LOCATOR.lower()}%23{KEY.lower()}",
        f"code {KEY}",
        f"the mail shows {GROUPS}",
        f"key={KEY}\nnext",
        "otpauth://totp/x?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=y",
        "Authorization: Bearer rb_abcdefghijklmnopqrstuvwxyz234567",
        "ALTUSER PAYROLL7 PASSWORD(GEHEIM77) EXPIRED",
        "altuser payroll7 password(geheim77) expired",
        "postgresql+psycopg://me:geheim77@db/x",
        "password=geheim77",
    ],
)
def test_i1_what_looks_like_a_secret_is_covered(text: str) -> None:
    """I1: locator, key, seed, token and typed password are covered, whatever case or escape they come in."""
    covered = mask(text)

    for secret in (LOCATOR, KEY, GROUPS, "geheim77", "JBSWY3DPEHPK3PXP", "abcdefghijklmnop"):
        assert secret.lower() not in covered.lower()
    assert mask(covered) == covered


@pytest.mark.parametrize("text", ["reset R7K2M9QX4TB0C is queued", "PRODA: no answer to ALTUSER within 30 s", "a/r/b",
                                  "service_id.password: there is no file /etc/secret", "mail.password: is missing",
                                  "mail.password: a secret is expected: {file: PATH}",
                                  "one is expected: {userid: NAME, password: {file: PATH}}"])  # fmt: skip
def test_ordinary_words_are_left_alone(text: str) -> None:
    """Reset ids, systems and sentences stay readable."""
    assert mask(text) == text


def test_an_event_is_one_json_line_with_its_name_and_time(written: io.StringIO) -> None:
    """Events are facts with names; times are UTC."""
    events.logger("worker").info("host.typed", reset="R1", line=Line("ALTUSER A PASSWORD(", Secret("GEHEIM77"), ")"))

    line = json.loads(written.getvalue())
    assert (line["event"], line["logger"], line["level"], line["reset"]) == ("host.typed", "worker", "info", "R1")
    assert line["at"].endswith("Z")
    assert "GEHEIM77" not in written.getvalue()


def test_i1_a_traceback_shows_no_local_variables(written: io.StringIO) -> None:
    """I1: a password that is a local variable of a failing function does not come out, nor one in the message."""
    try:
        password = "GEHEIM77"
        raise RuntimeError(f"/r/{LOCATOR}#{KEY}\n{KEY} {len(password)}")
    except RuntimeError:
        events.logger("worker").exception("worker.failed")

    text = written.getvalue()
    assert "RuntimeError" in text
    assert "GEHEIM77" not in text
    assert KEY not in text
    assert LOCATOR not in text


def test_unknown_values_show_their_type_alone(written: io.StringIO) -> None:
    """A value that is neither plain nor masks itself is named by its type: a repr could hold anything."""

    class Page:
        def __repr__(self) -> str:
            return "GEHEIM77"

    events.logger("web").info("page.made", page=Page(), pages=[Page()])

    assert "GEHEIM77" not in written.getvalue()
    assert json.loads(written.getvalue())["page"] == "<Page>"


def test_libraries_come_out_the_same_way_and_are_silent_below_warnings(written: io.StringIO) -> None:
    """py3270 logs each command at DEBUG, password and all; it stays silent, and a warning is masked."""
    logging.getLogger("py3270").info("String(GEHEIM77)")
    logging.getLogger("another.part").warning("bad request /r/%s", LOCATOR)

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["logger"] for line in lines] == ["another.part"]
    assert LOCATOR not in written.getvalue()
