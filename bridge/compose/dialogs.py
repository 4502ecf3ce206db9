"""`dialog`: what may be done with a dialog away from the daemon: find it, and let it log on and off once for a tape."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bridge.compose.doctor import worker_runs
from bridge.compose.shared import opened
from bridge.compose.worker import keeper, logon_dialog, make_host, orders_of
from bridge.config.model import Config, LogonSettings, System, Tn3270
from bridge.domain.errors import BadInput, BridgeError, TryLater
from bridge.domain.secret import Secret
from connectors.hosts import tape
from connectors.hosts.circuit import Circuit
from connectors.hosts.dialogs.reader import SHIPPED, Loaded, find
from connectors.hosts.dialogs.shapes import Dialog
from connectors.machine import read_secret

COMMANDS: Final = "commands"
STANDS_FOR: Final = {"userid": "SVCUSER", "system": "SYSTEM", "host": "host.example", "lu": "LUNAME"}


class Held(TryLater):
    """The service id's session is the daemon's."""


@dataclass(frozen=True, slots=True)
class Taped:
    """What came of a session: the tape, how many screens it has, and why it ended early, if it did."""

    text: str
    screens: int
    trouble: str = ""


def dialog_of(name: str, config: Config | None) -> Loaded[Any]:
    """By a system's name, SYSTEM:commands, a shipped dialog's name, or a file. Raises BadInput and ConfigFault."""
    called, _, part = name.partition(":")
    if config is not None and called.upper() in config.systems and part in {"", COMMANDS}:
        system = config.systems[called.upper()]
        found: Loaded[Any] | None = orders_of(system) if part else logon_dialog(system)
        if found is None:  # over ssh there are no screens
            found = orders_of(system)
        return found
    if name in SHIPPED or Path(name).exists():
        return find(name)
    systems = ", ".join(config.systems) if config else "none, without a configuration"
    raise BadInput("dialog", f"a system ({systems}), {', '.join(SHIPPED)} or a file is expected, not {name[:60]!r}")


def default(config: Config | None) -> list[str]:
    """What to look at where nothing is named: what is shipped, and every system's own."""
    systems = config.systems if config else {}
    own = [name for name, system in systems.items() if isinstance(system.transport, Tn3270)]
    typed = [f"{name}:{COMMANDS}" for name, system in systems.items()]
    return [*SHIPPED, *own, *typed]


def logon_of(name: str, config: Config | None) -> Loaded[Dialog]:
    """The same, where screens are needed."""
    found = dialog_of(name, config)
    if not isinstance(found.dialog, Dialog):
        raise BadInput("dialog", f"{name[:60]} has commands, and no screens")
    return found


def record(config: Config, name: str, *, names: bool) -> Taped:
    """Log on to a system and off again; nothing is changed there. The tape is there however far it went.

    Typed is the password that counts at present, which may be one that the daemon has chosen.

    names   keep userid, LU, system and host names as they are
    """
    system = config.systems.get(name.upper())
    if system is None:
        raise BadInput("system", f"one of {', '.join(config.systems) or 'none'} is expected, not {name[:40]}")
    dialog = logon_dialog(system)
    if dialog is not None and worker_runs(config):
        raise Held(f"{system.name}: the daemon runs on this machine and may hold the one session of each service id; "
                   "stop it, and record again")  # fmt: skip
    if dialog is None:
        raise BadInput("system", f"{system.name} is reached over ssh, where there are no screens")
    service = system.service_ids[0]
    place = f"systems.{system.name}.service_ids[0].password"
    log, trouble = tape.TapeRecorder(), ""

    def read() -> Secret | None:
        return read_secret(service.password, place) if service.password else None

    with opened(config) as desk:
        own = keeper(system, service, read, desk, by="local:record", may_draw=False)
        known = [secret for secret in (own.to_try(), read()) if secret is not None]
        try:
            with closing(make_host(system, service, read, Circuit(), log=log, own=own)) as host, host.session():
                pass
        except BridgeError as error:
            trouble = str(error)
    called = {} if names else _names(system, service.userid)
    text = tape.written(log.kept, dialog.title, service.userid, known, called)
    screens = sum(not isinstance(each, tuple) and not each.answer for each in log.kept)
    return Taped(text, screens, trouble)


def _names(system: System, userid: str) -> dict[str, str]:
    """Who and what is called by another name on a tape."""
    lus = system.transport.lu if isinstance(system.transport, Tn3270) else ()
    return {
        userid: STANDS_FOR["userid"],
        system.name: STANDS_FOR["system"],
        system.transport.host: STANDS_FOR["host"],
        **dict.fromkeys(lus, STANDS_FOR["lu"]),
    }


def settings_of(name: str, config: Config | None) -> LogonSettings:
    """What `transport.logon` says of a system that is named, the defaults for anything else."""
    system = config.systems.get(name.upper()) if config else None
    return system.transport.logon if system and isinstance(system.transport, Tn3270) else LogonSettings()
