"""`service-id`: what it shows, what it refuses in words, and how it waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
import yaml

from bridge.compose import service
from bridge.compose.shared import Opened, opened
from bridge.config.reader import read
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.own import Own
from connectors.hosts import dialogs
from tests.unit.cli.conftest import Run

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfxp2RzV7GwSrcFiwvSyYzGQBJ0F+CEDf2hXGlkYgPx"
SYSTEMS = f"""systems:
  PRODA:
    product: racf
    transport: {{type: tn3270, host: zosa.example.com}}
    service_id: {{userid: RSTBRDG, password: {{file: secrets/proda}}, rotate: on_expiry}}
  PRODB:
    product: racf
    transport: {{type: tn3270, host: zosb.example.com}}
    service_id: {{userid: SHARED, password: {{file: secrets/prodb}}}}
    shares_database_with: [PRODC]
  PRODC:
    product: racf
    transport: {{type: tn3270, host: zosc.example.com}}
    service_id: {{userid: SHARED, password: {{file: secrets/prodb}}}}
  UNIXD:
    product: unix
    transport: {{type: ssh, host: unixd.example.com, host_key: "{KEY}"}}
    service_id: {{userid: svc, password: {{file: secrets/unixd}}}}
"""
ACCOUNT = Account(SystemName("PRODA"), Userid("RSTBRDG"))


@pytest.fixture
def systems(desk: Run, tmp_path: Path) -> Run:
    """A bridge with four systems."""
    file = tmp_path / "bridge/resetbridge.yaml"
    file.write_text(file.read_text().replace("systems: {}", SYSTEMS))
    return desk


@contextmanager
def at_desk(tmp_path: Path) -> Iterator[Opened]:
    with opened(read(tmp_path / "bridge/resetbridge.yaml")) as kept:
        yield kept


def put(tmp_path: Path, own: Own) -> None:
    with at_desk(tmp_path) as kept, kept.store.work() as work:
        work.own.save(own)


def test_show_tells_where_each_password_comes_from(systems: Run, tmp_path: Path) -> None:
    """Since when, and until when; never what it is, sealed or not."""
    with at_desk(tmp_path) as kept:
        now = kept.clock.now()
    put(tmp_path, Own(account=ACCOUNT, current=b"sealed bytes", since=now, expires_at=now))
    ended = systems("service-id", "show", "--json")
    assert {row["system"]: row["password"] for row in ended.json} == {
        "PRODA": "chosen here", "PRODB": "from the file", "PRODC": "from the file", "UNIXD": "from the file",
    }  # fmt: skip
    assert "sealed bytes" not in ended.out
    assert "chosen here" in systems("service-id", "show", "proda").out


@pytest.mark.parametrize(
    ("system", "words"), [("PRODB", "PRODC, too"), ("UNIXD", "let a key log on"), ("NOSUCH", "one of PRODA")]
)
def test_rotate_refuses_in_words_where_it_would_do_harm(systems: Run, system: str, words: str) -> None:
    """A service id of two systems, one over SSH, one of nowhere: nothing is asked of any worker."""
    ended = systems("service-id", "rotate", system)
    assert ended.code in {1, 2}
    assert words in ended.err


def test_rotate_that_nobody_takes_is_taken_back(systems: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not come as a surprise when the daemon is started next week."""
    monkeypatch.setattr(service, "UNTAKEN", 0.3)
    ended = systems("service-id", "rotate", "PRODA")
    assert ended.code == 1
    assert "is `resetbridge serve` running?" in ended.err
    with at_desk(tmp_path) as kept, kept.store.look() as work:
        own = work.own.get(ACCOUNT)
        kinds = [record.event.kind for record in work.audit.records()]
    assert own is not None
    assert own.wanted_at is None
    assert kinds[-2:] == ["service.wanted", "service.unwanted"]


@pytest.mark.parametrize("well", [True, False])
def test_rotate_waits_for_the_worker_and_says_how_it_ended(systems: Run, tmp_path: Path, well: bool) -> None:
    """Proven, or the host's words."""
    with at_desk(tmp_path) as kept:

        def work_it() -> None:
            while True:
                with kept.store.look() as work:
                    own = work.own.get(ACCOUNT)
                if own is not None and own.wanted_at is not None:
                    break
                kept.clock.sleep(service.LOOK_EVERY / 4)
            made = {"current": b"new", "since": kept.clock.now()} if well else {"words": "ICH08015I MATCHES"}
            with kept.store.work() as work:
                work.own.save(replace(own, **made))  # type: ignore[arg-type]
                work.own.want(ACCOUNT, at=None, by=None)

        worker = Thread(target=work_it)
        worker.start()
        ended = systems("service-id", "rotate", "proda", "rstbrdg")
        worker.join()
    assert (ended.code == 0) is well
    assert ("proven by a logon" in ended.out) if well else ("ICH08015I" in ended.err)


def test_retry_lets_a_refused_one_be_typed_again(systems: Run, tmp_path: Path) -> None:
    """Once it was refused; otherwise there is nothing to do."""
    assert "was not refused" in systems("service-id", "retry", "PRODA").out
    put(tmp_path, Own(account=ACCOUNT, refused=True, words="wrong"))
    assert "stopped" in systems("service-id", "show", "PRODA").out
    assert "may be typed once more" in systems("service-id", "retry", "PRODA").out
    assert "from the file" in systems("service-id", "show", "PRODA").out


def test_check_says_ahead_of_the_day_where_the_daemon_cannot_change_it(systems: Run, tmp_path: Path) -> None:
    """By a password over SSH; by a file of commands without one's own; and nothing where it can."""
    (tmp_path / "bridge/ours.yaml").write_text(yaml.safe_dump(without_own_password(), sort_keys=False))
    file = tmp_path / "bridge/resetbridge.yaml"
    file.write_text(
        file.read_text().replace(
            "    shares_database_with", "    dialogs: {commands: ours.yaml}\n    shares_database_with"
        )
    )

    with at_desk(tmp_path) as kept:
        told = {
            name: [each.words for each in service.password_of(system, system.service_ids[0], kept)]
            for name, system in kept.config.systems.items()
        }

    assert told["PRODA"] == told["PRODC"] == []
    assert "has no own_password: where the logon asks line by line" in told["PRODB"][0]
    assert "over SSH the daemon cannot change" in told["UNIXD"][0]
    assert "chage -M -1 svc" in told["UNIXD"][0]


def without_own_password() -> dict[str, object]:
    known = yaml.safe_load((Path(dialogs.__file__).parent / "racf.yaml").read_text())
    return {name: value for name, value in known.items() if name != "own_password"} | {"dialog": "ours"}
