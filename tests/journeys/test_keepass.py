"""A daemon whose passwords leave in KeePass files, and a gateway that records what it is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urljoin

import pytest
from pykeepass import PyKeePass

from bridge.compose.audience import _Reader
from bridge.domain.secret import Secret
from connectors.simulated.tso_user import first_logon
from tests.journeys.bridge import Bridge, bridge, until
from tests.live.test_gateway import Recorder, recording

BODY = '{"to": "{phone}", "text": "{text}", "ref": "{code}"}'


@dataclass
class Site:
    """The daemon, and what takes messages to telephones."""

    bridge: Bridge
    gateway: Recorder

    def number(self, place: int, number: str) -> None:
        """Give a person a telephone, while the daemon runs."""
        people = self.bridge.stage.folder / "people.csv"
        head, *rest = people.read_text().splitlines()
        at = head.split(",").index("phone")
        lines = [head]
        for line in rest:
            cells = line.split(",")
            if cells[0] == f"p{place:03}":
                cells[at] = number
            lines.append(",".join(cells))
        newer = people.with_suffix(".new")
        newer.write_text("\n".join(lines) + "\n")
        newer.replace(people)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with recording() as gateway:
        line = f"gateway: {{url: 'http://127.0.0.1:{gateway.server_port}/', body: '{BODY}'}}"
        changes = {
            "    unused_ttl: 30m\n": "    unused_ttl: 30m\n    view: keepass\n",
            "\nmail:\n": f"\n{line}\nmail:\n",
        }
        with bridge(tmp_path_factory.mktemp("keepass"), crowd=3, changes=changes) as running:
            yield Site(running, gateway)


def read(made: Bridge, number: int, code: Secret) -> bytes:
    """The file, as a browser without script saves it."""
    visit = made.visit(made.links(f"p{number:03}@demo.example")[-1])
    assert visit.look() == 200
    form = visit._fields | {"key": visit._key, "code": code.expose()}
    headers = {"Origin": urljoin(visit._url, "/").rstrip("/")}
    page = visit._web.post(visit._url, data=form, headers=headers, timeout=20)
    fields = _Reader.of(page.text).fields
    kept = {name: fields[name] for name in ("token", "named", "file")}
    saved = visit._web.post(f"{visit._url}/file", data=kept, headers=headers, timeout=20)
    assert saved.headers["Content-Disposition"] == f'attachment; filename="PRODA-U{number:03}.kdbx"'
    return saved.content


def test_i1_i3_the_file_opens_with_what_the_telephone_got_and_logs_on(site: Site) -> None:
    """Asked, told by telephone, opened, used on TSO, completed. Neither password nor digits are in any file of the
    daemon's or any mail, the file's own cleartext included."""
    made = site.bridge
    site.number(0, "+49 171 1234500")
    reset = made.ask("PRODA", "U000")
    made.await_state(reset.id, "published")
    [(_, _, body)] = site.gateway.seen
    sent = json.loads(body)
    assert sent["to"] == "+491711234500"
    (entry,) = PyKeePass(BytesIO(read(made, 0, reset.release_code)), password=sent["ref"]).entries
    assert (entry.title, entry.username) == ("Production A U000", "U000")
    zos, context = made.stage.hosts["PRODA"], made.stage.host_context
    assert zos.accepts("U000", entry.password)
    context.check_hostname = False
    logon = first_logon(zos.host, zos.port, "U000", entry.password, "MYOWN234", ssl_context=context)
    assert (logon.forced_change, logon.ready) == (True, True)
    assert made.await_state(reset.id, "completed")["view"] == "keepass"
    digits = sent["ref"].replace("-", "")
    coded = base64.b64encode(sent["ref"].encode()).decode()
    assert not made.traces_of([*made.passwords_ever_set(), sent["ref"], digits, coded])
    assert made.traces_of(["reset.master_sent"])  # what is looked for can be found


def test_i11_a_gateway_that_refuses_lets_nothing_out(site: Site) -> None:
    """No link, a reason for the agent, and the host's password is overwritten by one that nobody holds."""
    made = site.bridge
    site.number(1, "+49 171 1234501")
    site.gateway.status, before = 500, len(site.gateway.seen)
    reset = made.ask("PRODA", "U001")
    found = made.await_state(reset.id, "failed")
    site.gateway.status = 202
    assert found["failure"]["code"] == "master_unsent"
    assert len(site.gateway.seen) == before + 3
    assert not made.links("p001@demo.example")
    until(lambda: made.state(reset.id)["cleanup"] == "done")


def test_who_has_no_telephone_is_not_reset(site: Site) -> None:
    """The reason names what is missing, and nothing is typed on the host."""
    made = site.bridge
    before = len(made.passwords_ever_set())
    reset = made.ask("PRODA", "U002")
    failure = made.await_state(reset.id, "failed")["failure"]
    assert failure["code"] == "no_other_contact"
    assert "no whole telephone number is on file; no second e-mail address" in failure["message"]
    assert len(made.passwords_ever_set()) == before


def test_check_names_no_trouble_with_the_gateway(site: Site) -> None:
    """It is reached, and told nothing."""
    before = len(site.gateway.seen)
    assert "reached, nothing was sent" in site.bridge.run("check", "PRODS").stdout
    assert len(site.gateway.seen) == before
