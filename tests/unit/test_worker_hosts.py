"""The worker's hosts: each product gets its wire and its own settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.compose.worker import make_host
from bridge.config.model import Dialogs, SecretRef, ServiceId, SessionManager, Ssh, System, Tn3270, Unix
from bridge.domain.errors import ConfigFault, HostUnreached
from bridge.domain.secret import Secret
from connectors.hosts.circuit import Circuit
from connectors.hosts.dialogs.reader import shipped, shipped_orders
from connectors.hosts.host import SystemHost
from connectors.hosts.products import PRODUCTS
from connectors.hosts.transports.base import Manager
from connectors.hosts.transports.shell import ShellWire
from connectors.hosts.transports.ssh import SshWire

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfxp2RzV7GwSrcFiwvSyYzGQBJ0F+CEDf2hXGlkYgPx"


def system(product: str) -> System:
    transport = Ssh(host="127.0.0.1", port=1, host_key=(KEY,))
    ids = (ServiceId(userid="svc"),)
    return System(name="S1", title="S1", product=product, transport=transport, service_ids=ids,  # type: ignore[arg-type]
                  unix=Unix(sudo=None))  # fmt: skip


@pytest.mark.parametrize(
    ("product", "wire"), [("racf", SshWire), ("topsecret", SshWire), ("unix", ShellWire), ("ibmi", ShellWire)]
)
def test_a_product_gets_its_wire(product: str, wire: type) -> None:
    """A helper for the mainframe's, a shell for UNIX."""
    made = make_host(system(product), ServiceId(userid="svc"), lambda: Secret("X"), Circuit())
    assert isinstance(made._wire(), wire)


def test_a_product_that_is_not_served_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything begins."""
    monkeypatch.delitem(PRODUCTS, "ibmi")
    with pytest.raises(ConfigFault, match="ibmi is not served yet"):
        make_host(system("ibmi"), ServiceId(userid="svc"), lambda: Secret("X"), Circuit())


def over_3270(**more: object) -> System:
    ids = (ServiceId(userid="SVC"),)
    transport = Tn3270(host="127.0.0.1", tls=None, insecure=True)
    return System(name="S1", title="S1", product="racf", transport=transport, service_ids=ids, **more)  # type: ignore[arg-type]


def test_a_host_knows_the_dialogs_that_it_works_by() -> None:
    """Over 3270 the shipped ones, with their checksums; over SSH there are no screens."""
    made = make_host(over_3270(), ServiceId(userid="SVC"), lambda: Secret("X"), Circuit())
    racf = shipped_orders("racf").title
    assert racf.startswith(f"racf {shipped_orders('racf').dialog.version} sha256:")
    assert made.dialogs == f"tso-logon {shipped().dialog.version} sha256:{shipped().checksum}; {racf}"
    assert make_host(system("racf"), ServiceId(userid="svc"), lambda: Secret("X"), Circuit()).dialogs == racf


def test_a_dialog_that_is_not_safe_stops_the_start(tmp_path: Path) -> None:
    """In words, with its line, before a session begins."""
    file = tmp_path / "own.yaml"
    file.write_text("dialog: own\nversion: 1\nextends: tso-logon\nscreens:\n  ready: {done: {proof: []}}\n")
    with pytest.raises(ConfigFault, match=r"own.yaml:5: screens.ready.done: prompt-alone"):
        make_host(over_3270(dialogs=Dialogs(logon=file)), ServiceId(userid="SVC"), lambda: Secret("X"), Circuit())


MANAGER = """dialog: own
version: 1
extends: tso-logon
begin: [form]
unknown: null
screens:
  form:
    says: ACME GATE
    type:
      - {behind: User, text: "{manager_userid}"}
      - {behind: Password, text: "{manager_password}", hidden: true}
    press: ENTER
    next: [userid]
    at_most: 1
    within: 5s
    else: not_started
    nothing_to_leave: true
"""


def test_who_passes_a_session_manager_has_something_to_pass_it_with(tmp_path: Path) -> None:
    """Before a session begins: a dialog that types what is not configured, and a password that nobody would type."""
    file = tmp_path / "own.yaml"
    file.write_text(MANAGER)
    gate = SessionManager(userid="AGT0417", password=SecretRef(file=tmp_path / "gate"))
    known = (ServiceId(userid="SVC", session_manager=gate),)

    def made(system: System) -> SystemHost:
        return make_host(system, system.service_ids[0], lambda: Secret("X"), Circuit())

    through = over_3270(dialogs=Dialogs(logon=file))
    with pytest.raises(ConfigFault, match=r"own types \{manager_password\} and \{manager_userid\}; \{userid"):
        made(through)
    with pytest.raises(ConfigFault, match=r"no screen of the dialog tso-logon types \{manager_password\}"):
        made(replace(over_3270(), service_ids=known))
    host = made(replace(through, service_ids=known))
    with pytest.raises(HostUnreached, match=r"systems.S1.service_id.session_manager.password"):
        host._next_wire()
    (tmp_path / "gate").touch(mode=0o600)
    (tmp_path / "gate").write_text("opensesame\n")
    assert host._next_wire()._manager == Manager("AGT0417", Secret("opensesame"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("product", "userid"), [("ibmi", "RST_SECADM"), ("unix", "svc-root"), ("racf", "RSTPRIV")])
def test_a_service_id_that_works_alone_has_its_products_form(product: str, userid: str) -> None:
    """As the one for privileged userids: its name is the lease's."""
    made = make_host(system(product), ServiceId(userid=userid), lambda: Secret("X"), Circuit(), always_alone=True)
    assert made.seat == ("S1", userid)
