"""Two nodes on one database: of any number of simultaneous right answers one gets the password (I4)."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from bridge.compose.audience import _Reader
from bridge.domain.second import STEP
from bridge.domain.secret import Secret
from connectors.simulated.mailbox import link_in
from tests.journeys.bridge import PROGRAM, Bridge, bridge
from tests.ports import free_port
from tests.postgres import Postgres

AT_ONCE = 32


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, postgres: Postgres) -> dict[str, str]:
    """What to change in the configuration for the other engine."""
    if request.param == "sqlite":
        return {}
    return {"sqlite:///bridge.db": postgres.url(postgres.new_database())}


@contextmanager
def second_node(made: Bridge) -> Iterator[str]:
    """A web role of its own on another port; returns its address. The site's name stays that of the first."""
    port = free_port()
    text = made.stage.config.read_text()
    first = urlsplit(made.stage.url).port
    other = made.stage.folder / "second.yaml"
    other.write_text(text.replace(f"listen: 127.0.0.1:{first}", f"listen: 127.0.0.1:{port}"))
    with (made.stage.folder / "second.log").open("ab") as log:
        command = [*PROGRAM, "--config", str(other), "serve", "--role", "web"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        address = f"https://127.0.0.1:{port}"
        made.await_ready(address=address)
        yield address
    finally:
        process.terminate()
        process.wait(40)


def test_i4_thirty_two_right_answers_on_two_nodes(tmp_path: Path, storage: dict[str, str]) -> None:
    """Released together, half on each node: one answer holds the password; the others say that it was opened."""
    with bridge(tmp_path, changes=storage) as made, second_node(made) as other:
        reset = made.ask("PRODA", "U000")
        made.await_state(reset.id, "published")
        (mail,) = made.links("p000@demo.example")
        link = link_in(mail)
        form = _form(made, link, reset.release_code)
        together = threading.Barrier(AT_ONCE)
        bases = [made.stage.url, other]

        def send(number: int) -> requests.Response:
            url = link.partition("#")[0].replace(made.stage.url, bases[number % 2])
            headers = {"Host": urlsplit(made.stage.url).netloc, "Origin": made.stage.url}
            together.wait(30)
            return requests.post(url, data=form, headers=headers, verify=str(made.stage.certificate), timeout=60)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(send, range(AT_ONCE)))
        password = next(
            word for word in made.passwords_ever_set()[::-1] if made.stage.hosts["PRODA"].accepts("U000", word)
        )
        holding = [answer for answer in answers if password in answer.text]
        assert len(holding) == 1
        assert {answer.status_code for answer in answers if answer is not holding[0]} <= {410, 503}
        assert made.run("audit", "verify").returncode == 0


def test_i4_forty_right_answers_on_two_nodes_by_different_factors(tmp_path: Path, storage: dict[str, str]) -> None:
    """The app's code and the help desk's are demanded: half of the pages lack the one, half the other. One wins."""
    both = {"\n  standard:\n": "\n  standard:\n    demand: {required: [totp, release_code]}\n"}
    with bridge(tmp_path, changes=storage | both) as made, second_node(made) as other:
        reset = made.ask("PRODA", "ANNAB")
        made.await_state(reset.id, "published")
        (mail,) = made.links("anna@demo.example")
        link, app = link_in(mail), made.audience.people["anna"].app
        url, headers = link.partition("#")[0], {"Origin": made.stage.url}
        bases, authority = [made.stage.url, other], str(made.stage.certificate)
        host = {"Host": urlsplit(made.stage.url).netloc}

        def send(form: dict[str, str], base: str) -> requests.Response:
            where = url.replace(made.stage.url, base)
            return requests.post(where, data=form, headers=headers | host, verify=authority, timeout=60)

        now = int(time.time()) // STEP  # this step's code and the last one's are right, each once, the older one first
        by_app = _Reader.of(send(_form(made, link, Secret(app.generate_otp(now - 1))), other).text).fields
        by_desk = _Reader.of(send(_form(made, link, reset.release_code), made.stage.url).text).fields
        assert by_app["progress"] != by_desk["progress"]
        forms = [
            by_app | {"code": reset.release_code.expose()},
            by_desk | {"code": app.generate_otp(int(time.time()) // STEP)},
        ]
        together = threading.Barrier(40)

        def race(number: int) -> requests.Response:
            together.wait(30)
            return send(forms[number % 2], bases[number // 2 % 2])

        with ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(race, range(40)))
        password = next(
            word for word in made.passwords_ever_set()[::-1] if made.stage.hosts["PRODA"].accepts("ANNAB", word)
        )
        holding = [answer for answer in answers if password in answer.text]
        assert len(holding) == 1
        assert {answer.status_code for answer in answers if answer is not holding[0]} <= {410, 503}


def _form(made: Bridge, link: str, code: Secret) -> dict[str, str]:
    """The fields of the link's page, filled in."""
    url, _, key = link.partition("#")
    page = requests.get(url, verify=str(made.stage.certificate), timeout=20)
    return _Reader.of(page.text).fields | {"key": key, "code": code.expose()}
