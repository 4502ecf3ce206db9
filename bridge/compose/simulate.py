"""`simulate`: hosts and a mail relay to try a configuration against, until somebody stops them. No daemon runs here."""

from __future__ import annotations

import errno
import signal
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal

from bridge.compose.stage import word
from bridge.domain.errors import StoreFault
from connectors.certificates import development
from connectors.machine import SystemClock
from connectors.simulated.faults import Faults
from connectors.simulated.ibmi_host import SimulatedIbmI
from connectors.simulated.mailbox import Mail, SimulatedMailbox
from connectors.simulated.options import HostOptions
from connectors.simulated.scenarios import SCENARIOS, Certificate, Scenario
from connectors.simulated.seeds import ORDINARY, SERVICE, seeded, seeded_ibmi
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.shell import SimulatedShell
from connectors.simulated.users import UserDatabase
from connectors.simulated.zos import SimulatedZos

Esm = Literal["racf", "acf2", "topsecret"]
ZOS: Final[Mapping[Esm, str]] = {"racf": "SYSA", "acf2": "SYSB", "topsecret": "SYSC"}
SYSTEMS: Final = {
    "SIMRACF": ("racf", "Simulated z/OS with RACF"),
    "SIMACF2": ("acf2", "Simulated z/OS with ACF2"),
    "SIMTSS": ("topsecret", "Simulated z/OS with Top Secret"),
    "SIMSSH": ("racf", "The RACF system over SSH"),
    "SIMACFH": ("acf2", "The ACF2 system over SSH"),
    "SIMTSSH": ("topsecret", "The Top Secret system over SSH"),
    "SIMIBMI": ("ibmi", "Simulated IBM i"),
}
"""In the order in which they are printed: product, title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where to listen on 127.0.0.1; 0: any free port."""

    racf: int = 0
    acf2: int = 0
    topsecret: int = 0
    ssh: int = 0
    ssh_acf2: int = 0
    ssh_topsecret: int = 0
    ibmi: int = 0
    mail: int = 0


def run(folder: Path, scenario: str, ports: Ports, say: Callable[[str], None]) -> int:
    """Simulate until SIGINT or SIGTERM; `say` prints what to connect with. Raises StoreFault, OSError in words."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with simulated(folder, scenario, ports, say) as words:
            say(words)
            stop.wait()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StoreFault(
                "127.0.0.1: a port that was asked for is taken by another program; name another, or none for a free one"
            ) from None
        raise StoreFault(f"{error.filename or '127.0.0.1'}: {error.strerror or error}") from None
    return 0


@contextmanager
def simulated(
    folder: Path, scenario: str, ports: Ports, say: Callable[[str], None] = lambda _: None
) -> Iterator[str]:  # fmt: skip
    """Three z/OS, SSH to each, an IBM i, and a mail relay; yields what to say of them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    chosen = SCENARIOS[scenario]
    tls = _tls(folder, chosen.certificate)
    secret, password = word(), word()
    _private(folder / "service-id", secret)
    with ExitStack() as stack:
        faults = Faults()
        users = {product: _users(product, chosen, secret, password) for product in ZOS}

        def zos(product: Esm, port: int, more: Mapping[str, Any] | None = None) -> int:
            options = _options(ZOS[product], chosen, more)
            door = SimulatedZos(product, users=users[product], tls=tls, port=port, options=options, faults=faults)
            return stack.enter_context(door).port

        def shell(product: Esm, port: int) -> SimulatedShell:
            one = SimulatedShell(users[product], port=port, faults=faults)
            one.habits |= chosen.habits
            return stack.enter_context(one)

        doors = {
            "SIMRACF": zos("racf", ports.racf), "SIMACF2": zos("acf2", ports.acf2, chosen.acf2),
            "SIMTSS": zos("topsecret", ports.topsecret),
        }  # fmt: skip
        shells: dict[str, SimulatedShell] = {
            "SIMSSH": shell("racf", ports.ssh), "SIMACFH": shell("acf2", ports.ssh_acf2),
            "SIMTSSH": shell("topsecret", ports.ssh_topsecret)
        }  # fmt: skip
        power = seeded_ibmi(service_password=secret, user_password=password)
        shells["SIMIBMI"] = stack.enter_context(SimulatedIbmI(power, port=ports.ibmi, faults=faults))
        mailbox = stack.enter_context(Reader(say, port=ports.mail))
        chosen.arm(faults)
        yield _words(folder, scenario, password, mailbox.port, doors, shells)


class Reader(SimulatedMailbox):
    """The relay, and somebody who reads out each mail as it comes: without its link no simulated user gets on."""

    def __init__(self, say: Callable[[str], None], *, port: int) -> None:
        super().__init__(port=port)
        self._say = say

    def keep(self, mail: Mail) -> None:
        """Store a mail and say it."""
        super().keep(mail)
        head = f"# Mail to {', '.join(mail.to)}: {mail.message['Subject']}"
        self._say(f"\n{head}\n" + "".join(f"#   {line}".rstrip() + "\n" for line in mail.text.strip().split("\n")))


def _users(product: Esm, chosen: Scenario, secret: str, password: str) -> UserDatabase:
    settings = replace(SecuritySettings(product=product), **chosen.security)
    users = seeded(product, service_password=secret, user_password=password, settings=settings)
    service = users.user(SERVICE).tso
    if service is not None:
        service.profile |= chosen.profile
    chosen.users(users)
    return users


def _options(system: str, chosen: Scenario, more: Mapping[str, Any] | None = None) -> HostOptions:
    return replace(HostOptions(system=system), **{**chosen.options, **(more or {})})


def _tls(folder: Path, wanted: Certificate) -> ssl.SSLContext:
    names = ["zos.example.org"] if wanted is Certificate.OTHER_NAME else ["localhost", "127.0.0.1"]
    now = SystemClock().now()
    at = now - timedelta(days=500) if wanted is Certificate.EXPIRED else now
    issued = development(names, at=at, title="Simulated z/OS")
    other = development(names, at=at, title="Another")
    (folder / "zos-ca.pem").write_bytes((other if wanted is Certificate.UNKNOWN_CA else issued).authority)
    (folder / "zos.pem").write_bytes(issued.chain)
    _private(folder / "zos.key", issued.key.decode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "zos.pem", folder / "zos.key")
    return context


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text.rstrip("\n") + "\n")


def _words(
    folder: Path,
    scenario: str,
    password: str,
    mail: int,
    doors: Mapping[str, int],
    shells: Mapping[str, SimulatedShell],
) -> str:
    home = folder.absolute()
    service = f"service_id: {{userid: {SERVICE}, password: {{file: {home}/service-id}}}}"
    chosen = SCENARIOS[scenario]
    tls = f"tls: {{ca: {home}/zos-ca.pem}}" + (f", {chosen.transport}" if chosen.transport else "")
    rules = f"password: {{{chosen.password}}}" if chosen.password else "password: {}"
    transports = {name: f"{{type: tn3270, host: localhost, port: {port}, {tls}}}" for name, port in doors.items()}
    transports |= {
        name: f'{{type: ssh, host: localhost, port: {each.port}, host_key: "{each.host_key}"}}'
        for name, each in shells.items()
    }
    systems = [
        (f"  {name}:\n    title: {title}\n    product: {product}\n    transport: {transports[name]}\n"
         + ("" if product == "ibmi" else f"    {rules}\n") + f"    {service}")
        for name, (product, title) in SYSTEMS.items()
    ]  # fmt: skip
    return f"""\
# Simulated hosts on 127.0.0.1, scenario {scenario}: {chosen.what}. Ctrl-C ends them.
# Userids {", ".join(ORDINARY)}; their present password is {password}
# What follows takes the place of the same two keys in a configuration that `resetbridge init` wrote.
# Mails are read out here as they come.
mail: {{host: localhost, port: {mail}, security: none, sender: "Mainframe access <no-reply@example.com>"}}
systems:
""" + "\n".join(systems)
