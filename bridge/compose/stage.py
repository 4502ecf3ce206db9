"""The stage of the demonstration: simulated hosts, a mail sink, people, and a configuration like a real one.

Everything lives in one folder and on loopback; nothing of it outlasts the demonstration but the folder, if it is kept.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from connectors.certificates import Issued, development
from connectors.machine import dice
from connectors.simulated.ibmi_host import SimulatedIbmI
from connectors.simulated.mailbox import SimulatedMailbox
from connectors.simulated.options import HostOptions
from connectors.simulated.seeds import seeded_ibmi
from connectors.simulated.shell import SimulatedShell
from connectors.simulated.users import UserDatabase
from connectors.simulated.witness import Witness
from connectors.simulated.zos import SimulatedZos
from connectors.vault import new_key_text

HOST_NAME: Final = "zos.demo.example"
ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PEOPLE: Final = """\
person,name,email,phone,language,manager,groups,accounts
anna,Anna Berg,anna@demo.example,+4930123456,en,,payroll,PRODA:ANNAB;PRODS:ANNASSH;PRODI:ANNA_BERG
ben,Ben Clark,ben@demo.example,,en,anna,stock,PRODB:BENCLRK
"""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What is running. `witness` of each system sees every password that was set there, for the proof at the end."""

    folder: Path
    config: Path
    certificate: Path
    url: str
    mailbox: SimulatedMailbox
    hosts: dict[str, SimulatedZos]
    shell: SimulatedShell
    power: SimulatedIbmI
    witnesses: tuple[Witness, ...]
    host_context: ssl.SSLContext

    def accepts(self, system: str, userid: str, password: str) -> bool:
        """Whether this is the userid's password there now, expired or not."""
        host = self.power if system == "PRODI" else self.hosts[system]
        return host.accepts(userid, password)


def word(length: int = 8) -> str:
    """A throw-away password for a simulated userid: a letter, then letters and digits."""
    raw = dice(length)
    return ALPHABET[raw[0] % 23] + "".join(ALPHABET[byte % 32] for byte in raw[1:])


@contextmanager
def set_up(folder: Path, port: int, at: datetime, *, crowd: int = 0, armed: Sequence[str] = ()) -> Iterator[Stage]:
    """Start the simulated outside and write the configuration that points to it.

    armed   the systems whose links go out before there is a password
    crowd   so many more people, p000 and on, each with a userid U000 and on, on every system: for tests
    """
    for name in ("keys", "tls", "secrets"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    web, zos = development(["127.0.0.1", "localhost"], at=at), development([HOST_NAME], at=at)
    _write_certificates(folder, web, zos)
    service, service_b, service_i = word(), word(), word()
    racf, acf2 = _racf_users(service), _acf2_users(service_b)
    for number in range(crowd):
        racf.define(f"U{number:03}", password=word())
        racf.define(f"S{number:03}", password=word())
        acf2.define(f"U{number:03}", password=word())
    witnesses = (Witness(), Witness(), Witness(), Witness())
    with ExitStack() as stack:
        mailbox = stack.enter_context(SimulatedMailbox())
        options = HostOptions(system="SYSA"), HostOptions(system="SYSB")
        proda = stack.enter_context(
            SimulatedZos("racf", users=racf, tls=_server(folder), options=options[0], witness=witnesses[0])
        )
        prodb = stack.enter_context(
            SimulatedZos("acf2", users=acf2, tls=_server(folder), options=options[1], witness=witnesses[1])
        )
        shell = stack.enter_context(SimulatedShell(racf, witness=witnesses[2]))
        power = stack.enter_context(SimulatedIbmI(_profiles(service_i), witness=witnesses[3]))
        _secret(folder / "keys" / "demo.key", new_key_text(dice).expose())
        _secret(folder / "secrets" / "proda", service)
        _secret(folder / "secrets" / "prodb", service_b)
        _secret(folder / "secrets" / "prodi", service_i)
        (folder / "people.csv").write_text(PEOPLE + "".join(map(_somebody, range(crowd))))
        url = f"https://127.0.0.1:{port}"
        config = folder / "resetbridge.yaml"
        settings = _settings(url, port, mailbox, (proda, prodb), (shell, power))
        _arm(settings, armed)
        config.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
        yield Stage(
            folder=folder,
            config=config,
            certificate=folder / "tls" / "ca.pem",
            url=url,
            mailbox=mailbox,
            hosts={"PRODA": proda, "PRODB": prodb, "PRODS": proda},
            shell=shell,
            power=power,
            witnesses=witnesses,
            host_context=ssl.create_default_context(cadata=zos.authority.decode()),
        )


def _arm(settings: dict[str, Any], systems: Sequence[str]) -> None:
    if systems:
        settings["policies"]["armed"] = deepcopy(settings["policies"]["standard"]) | {"delivery": "armed"}
    for name in systems:
        settings["systems"][name]["policy"] = "armed"


def _settings(
    url: str,
    port: int,
    mailbox: SimulatedMailbox,
    zos: tuple[SimulatedZos, SimulatedZos],
    shells: tuple[SimulatedShell, SimulatedShell],
) -> dict[str, Any]:
    def tn3270(zos: SimulatedZos) -> dict[str, object]:
        tls = {"ca": "tls/zos-ca.pem", "name": HOST_NAME}
        return {"type": "tn3270", "host": zos.host, "port": zos.port, "tls": tls, "codepage": "1047"}

    def ssh(shell: SimulatedShell) -> dict[str, object]:
        return {"type": "ssh", "host": shell.host, "port": shell.port, "host_key": [shell.host_key]}

    def service_id(file: str) -> dict[str, object]:
        return {"userid": "RSTBRDG", "password": {"file": f"secrets/{file}"}}

    return {
        "site": {
            "name": "Example Bank mainframe access",
            "base_url": url,
            "support": {"email": "help@demo.example", "phone": "+49 30 1234567"},
            "security": "security@demo.example",
            "node": "demo",
        },
        "storage": {"url": "sqlite:///bridge.db"},
        "keys": [{"file": "keys/demo.key"}],
        "web": {
            "listen": f"127.0.0.1:{port}",
            "tls": {"certificate": "tls/cert.pem", "private_key": {"file": "tls/key.pem"}},
        },
        "mail": {
            "host": "127.0.0.1", "port": mailbox.port, "security": "none",
            "sender": "Mainframe access <no-reply@demo.example>",
        },
        "directory": {"csv": "people.csv"},
        "systems": {
            "PRODA": {
                "title": "Production A", "product": "racf", "transport": tn3270(zos[0]),
                "service_id": service_id("proda"), "policy": "standard", "password": {"length": 8},
            },
            "PRODB": {
                "title": "Production B", "product": "acf2", "transport": tn3270(zos[1]),
                "service_id": service_id("prodb"), "policy": "standard", "password": {"length": 8},
            },
            "PRODS": {
                "title": "Production A over SSH", "product": "racf", "transport": ssh(shells[0]),
                "service_id": service_id("proda"), "policy": "standard", "password": {"length": 8},
            },
            "PRODI": {
                "title": "Power, production", "product": "ibmi", "transport": ssh(shells[1]),
                "service_id": service_id("prodi"), "policy": "standard", "password": {"length": 10},
            },
        },
        "policies": {"standard": {"link_ttl": "1h", "unused_ttl": "30m", "factors": ["totp", "release_code"]}},
    }  # fmt: skip


def _racf_users(service: str) -> UserDatabase:
    users = UserDatabase()
    users.define("RSTBRDG", password=service, name="RESET BRIDGE")
    users.define("ANNAB", password=word(), name="ANNA BERG")
    users.define("ANNASSH", password=word(), name="ANNA BERG")
    for resource in ("IRR.PASSWORD.RESET", "IRR.LISTUSER"):
        users.permit(resource, "RSTBRDG")
    return users


def _profiles(service: str) -> UserDatabase:
    users = seeded_ibmi(service_password=service, user_password=word())
    users.define("ANNA_BERG", password=word(), name="Anna Berg")
    return users


def _acf2_users(service: str) -> UserDatabase:
    users = UserDatabase()
    users.define("RSTBRDG", password=service, name="RESET BRIDGE", privileges={"JOB", "TSO", "ACCOUNT"})
    users.define("BENCLRK", password=word(), name="BEN CLARK")
    return users


def _write_certificates(folder: Path, web: Issued, zos: Issued) -> None:
    tls = folder / "tls"
    (tls / "ca.pem").write_bytes(web.authority)
    (tls / "cert.pem").write_bytes(web.chain)
    _secret(tls / "key.pem", web.key.decode())
    (tls / "zos-ca.pem").write_bytes(zos.authority)
    (tls / "zos.pem").write_bytes(zos.chain)
    _secret(tls / "zos.key", zos.key.decode())


def _somebody(number: int) -> str:
    accounts = f"PRODA:U{number:03};PRODB:U{number:03};PRODS:S{number:03}"
    return f"p{number:03},Person {number},p{number:03}@demo.example,,en,,,{accounts}\n"


def _server(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls" / "zos.pem", folder / "tls" / "zos.key")
    return context


def _secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text + ("" if text.endswith("\n") else "\n"))
