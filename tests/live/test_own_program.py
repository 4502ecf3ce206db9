"""The dialog that the handbook writes for a made-up program of a site's own, against that program and a real sshd."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.compose.worker import make_host
from bridge.config.model import Dialogs, SecretRef, ServiceId, System, Unix
from bridge.domain.errors import HostRefused, NotProven
from bridge.domain.failure import Reason
from bridge.domain.names import LoginName
from bridge.domain.outcome import Proof, Standing, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.circuit import Circuit
from connectors.hosts.dialogs.reader import load_orders
from connectors.hosts.host import SystemHost
from connectors.hosts.products.unix import Unix as Product
from connectors.hosts.replay import replay_answers
from connectors.hosts.tape import TapeRecorder, asked_for, read, written
from tests.live import sshd as servers
from tests.live.sshd import Sshd
from tests.rules.tree import ROOT

DIALOG = ROOT / "deploy" / "handbook" / "acctool.yaml"
PROGRAM = Path(__file__).with_name("acctool.sh")
ANNA = LoginName("anna")
NEW = Secret("Xy7Qr2wM4k")
ACCOUNTS = {
    "anna": "password=in use\nheld=no\nset=1\npowers=none\nsecret=old\n",
    "berta": "password=in use\nheld=by security\nset=1\npowers=none\nsecret=old\n",
    "carl": "password=in use\nheld=after wrong passwords\nset=1\npowers=operator\nsecret=old\n",
    "dora": "password=perhaps\nheld=no\nset=1\npowers=none\nsecret=old\n",
}


@dataclass(frozen=True)
class Site:
    """A host with the program in a folder of its own."""

    host: SystemHost
    accounts: Path
    title: str

    def reset(self, userid: LoginName = ANNA) -> Proof:
        with self.host.session() as session:
            before = session.profile(userid)
            session.change(userid, NEW, resume=True)
            after = session.profile(userid)
        return self.host.judge(before, after)


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with servers.running(forced=False) as server:
        yield server


@pytest.fixture
def site(server: Sshd, tmp_path: Path) -> Iterator[Site]:
    with _site(server, tmp_path) as made:
        yield made


@contextmanager
def _site(server: Sshd, folder: Path, log: TapeRecorder | None = None) -> Iterator[Site]:
    shutil.copy(PROGRAM, folder / "acctool")
    (folder / "accounts").mkdir()
    for name, text in ACCOUNTS.items():
        (folder / "accounts" / name).write_text(text, encoding="utf-8")
    file = folder / "acctool.yaml"
    file.write_text(DIALOG.read_text("utf-8").replace("/opt/example", str(folder)), encoding="utf-8")
    (folder / "key").write_text(server.key.expose(), encoding="utf-8")
    (folder / "key").chmod(0o600)
    service = ServiceId(userid=server.user)
    system = System(
        name="HOST1", title="H", product="unix", service_ids=(service,), unix=Unix(sudo=None),
        transport=server.settings(key=SecretRef(file=folder / "key")), dialogs=Dialogs(commands=file),
    )  # fmt: skip
    host = make_host(system, service, lambda: None, Circuit(), log=log)
    try:
        yield Site(host, folder / "accounts", load_orders(file, "unix").title)
    finally:
        host.close()


def test_a_reset_is_proven_by_what_the_program_shows(site: Site) -> None:
    """Set, to be changed, and another stamp; the password never among what others can list; the file in the record."""
    assert site.reset().verdict is Verdict.YES
    assert f"secret={NEW.expose()}" in (site.accounts / "anna").read_text("utf-8")
    called = (site.accounts / ".called").read_text("utf-8")
    assert called.splitlines() == ["show anna", "newpass", "show anna"]
    assert NEW.expose() not in called
    assert site.host.dialogs == site.title
    assert site.title.startswith("acctool 1 sha256:")


def test_a_session_is_kept_without_its_secrets_and_can_be_replayed(server: Sshd, tmp_path: Path) -> None:
    """A reset and its listings; half an answer is none, and a dialog that types or reads otherwise does not fit."""
    log = TapeRecorder()
    with _site(server, tmp_path, log) as site:
        site.reset()
    text = written(log.kept, site.title, "anna", [NEW], {"anna": "svcuser"}, over_ssh=True)
    assert NEW.expose() not in text
    file = tmp_path / "x.jsonl"
    file.write_text("".join(line for line in text.splitlines(keepends=True) if "newpass" not in line))
    entries = read(file)
    orders = load_orders(tmp_path / "acctool.yaml", "unix").dialog
    userid = LoginName(asked_for(file) or "")
    assert userid == "svcu"

    found = replay_answers([entries[0], entries[1], *entries[-2:]], Product("HOST1", orders=orders), userid)
    assert (found.fault, found.screens) == ("", 4)
    assert found.cuts > 200
    assert "would type" in replay_answers(entries, Product("HOST1"), userid).fault
    other = (tmp_path / "acctool.yaml").read_text("utf-8").replace("label: Powers", "label: Power")
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    misread = load_orders(tmp_path / "other.yaml", "unix").dialog
    assert "cannot read this" in replay_answers(entries[:2], Product("HOST1", orders=misread), userid).fault


def test_accounts_are_told_apart(site: Site) -> None:
    """Held by whom, more than a user's, nobody at all; a value on no list leaves it unread."""
    with site.host.session() as session:
        anna, berta, carl, gone = (session.profile(LoginName(name)) for name in ("anna", "berta", "carl", "zoe"))
    assert (anna.standing, anna.suspended_by, anna.privileged) == (Standing.ACTIVE, None, ())
    assert (berta.standing, berta.suspended_by) == (Standing.SUSPENDED, "administrator")
    assert (carl.suspended_by, carl.privileged) == ("violations", ("Powers",))
    assert gone.standing is Standing.UNKNOWN
    with pytest.raises(Exception, match="perhaps"), site.host.session() as session:
        session.profile(LoginName("dora"))


def test_a_lock_by_wrong_passwords_is_forgiven(site: Site) -> None:
    """By the command of the file; its password stays."""
    with site.host.session() as session:
        session.unlock(LoginName("carl"))
        assert session.profile(LoginName("carl")).suspended_by is None


@pytest.mark.parametrize(("mark", "ignored"), [(".careless", True), (".deaf", False)])
def test_i11_an_exit_status_of_0_proves_nothing(site: Site, mark: str, ignored: bool) -> None:
    """A program that forgets the flag, and one that says that it worked and does nothing."""
    (site.accounts / mark).touch()
    proof = site.reset()
    assert proof.verdict is not Verdict.YES
    assert proof.flag_ignored is ignored


def test_what_refuses_is_refused(site: Site) -> None:
    """By the words of the file: a password too short, somebody who has gone, and another program at work."""
    with site.host.session() as session:
        for userid, new, reason in (("anna", "short", Reason.PASSWORD_REJECTED), ("zoe", "", Reason.UNKNOWN_USER)):
            with pytest.raises(HostRefused) as caught:
                session.change(LoginName(userid), Secret(new or NEW.expose()), resume=False)
            assert caught.value.reason is reason
    (site.accounts / ".busy").touch()
    with pytest.raises(NotProven, match="ACC503"), site.host.session() as session:
        session.change(ANNA, NEW, resume=False)
