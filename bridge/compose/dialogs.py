"""`dialog`: what may be done with a dialog away from the daemon: find it, and let it log on and off once for a tape."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bridge.compose.doctor import worker_runs
from bridge.compose.seat import Held, alone
from bridge.compose.shared import opened, other_than
from bridge.compose.worker import keeper, logon_dialog, make_host, make_product, manager_of, orders_of
from bridge.config.model import Config, LogonSettings, Ssh, System, Tn3270
from bridge.config.products import USERIDS
from bridge.domain.errors import BadInput, BridgeError, HostUnreached
from bridge.domain.secret import Secret
from connectors.hosts import tape
from connectors.hosts.circuit import Circuit
from connectors.hosts.dialogs.lint import looks_for
from connectors.hosts.dialogs.orders import Orders
from connectors.hosts.dialogs.reader import SHIPPED, Loaded, find, shipped
from connectors.hosts.dialogs.shapes import MANAGER_USERID, USERID, Dialog
from connectors.hosts.products import PRODUCTS
from connectors.hosts.products.base import Product
from connectors.hosts.replay import Verdict, replay, replay_answers, worded
from connectors.hosts.transcript import Recorder, Shown
from connectors.hosts.transports.tn3270 import Tn3270Wire
from connectors.machine import SystemClock, read_secret

COMMANDS: Final = "commands"
STANDS_FOR: Final = {
    "userid": "SVCUSER", "manager": "MGRUSER", "system": "SYSTEM", "host": "host.example", "lu": "LUNAME",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taped:
    """What came of a session: the tape, how many screens or answers it has, and why it ended early, if it did."""

    text: str
    screens: int
    trouble: str = ""
    what: str = "screens"


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
    if "/" in name or Path(name).suffix:
        raise BadInput(name, "there is no such file")
    raise BadInput("dialog", f"a system ({systems}), {', '.join(SHIPPED)} or a file is expected, not {name[:60]!r}")


def default(config: Config | None) -> list[str]:
    """What to look at where nothing is named: what is shipped, and every system's own."""
    systems = config.systems if config else {}
    own = [name for name, system in systems.items() if isinstance(system.transport, Tn3270)]
    typed = [f"{name}:{COMMANDS}" for name, system in systems.items()]
    return [*SHIPPED, *own, *typed]


def record(config: Config, name: str, *, names: bool) -> Taped:
    """Log on to a system and off again; nothing is changed there. The tape is there however far it went.

    Over SSH there are no screens: what the host says of the service id is asked for, and kept.

    Typed is the password that counts at present, which may be one that the daemon has chosen.

    names   keep userid, LU, system and host names as they are; the last three stay where the dialog looks for them
    """
    system = config.systems.get(name.upper())
    if system is None:
        raise BadInput("system", other_than(config, name))
    dialog = logon_dialog(system)
    over_ssh = isinstance(system.transport, Ssh)
    if not over_ssh and worker_runs(config):
        raise Held(f"{system.name}: the daemon runs on this machine and may hold the one session of each service id; "
                   "stop it, and record again")  # fmt: skip
    service = system.service_ids[0]
    place = f"systems.{system.name}.service_ids[0].password"
    log, trouble = tape.TapeRecorder(), ""

    def read() -> Secret | None:
        return read_secret(service.password, place) if service.password else None

    with opened(config) as desk, alone(system, service, desk, "record"):
        own = keeper(system, service, read, desk, by="local:record", may_draw=False)
        manager = None if over_ssh else manager_of(system, service)
        secrets = (own.to_try(), read(), manager.password if manager else None)
        known = [secret for secret in secrets if secret is not None]
        try:
            with (
                closing(make_host(system, service, read, Circuit(), log=log, own=own)) as host,
                host.session() as session,
            ):
                if over_ssh:
                    session.profile(USERIDS[system.product](service.userid))
        except BridgeError as error:
            trouble = str(error)
    called = {} if names else _names(system, service.userid)
    typed = {service.userid: USERID, **({manager.userid: MANAGER_USERID} if manager else {})}
    if dialog is not None:  # a screen that is known by its system's name would not be known again
        called = {
            each: other for each, other in called.items()
            if each in typed or not looks_for(dialog.dialog, each)
        }  # fmt: skip
    title = (dialog or orders_of(system)).title
    text = tape.written(log.kept, title, service.userid, known, called, typed=typed, over_ssh=over_ssh)
    screens = sum(not isinstance(each, tuple) and each.answer is over_ssh for each in log.kept)
    return Taped(text, screens, trouble, "answers" if over_ssh else "screens")


def _names(system: System, userid: str) -> dict[str, str]:
    """Who and what is called by another name on a tape."""
    lus = system.transport.lu if isinstance(system.transport, Tn3270) else ()
    stands_for = STANDS_FOR["userid"]
    managers = {each.session_manager.userid for each in system.service_ids if each.session_manager}
    return {
        **dict.fromkeys(managers, STANDS_FOR["manager"]),
        userid: stands_for.lower() if system.product == "unix" else stands_for,
        system.name: STANDS_FOR["system"],
        system.transport.host: STANDS_FOR["host"],
        **dict.fromkeys(lus, STANDS_FOR["lu"]),
    }


def looked_at(config: Config, name: str) -> list[Shown | str]:
    """What a host shows to whom presses no key. No service id is needed: nobody is logged on.

    Raises BadInput, and whatever kept the first screen away.
    """
    system = config.systems.get(name.upper())
    if system is None:
        raise BadInput("system", f"{other_than(config, name)}, or a tape")
    if not isinstance(system.transport, Tn3270):
        raise BadInput("system", f"one that is reached over tn3270 is expected: {system.name} has no screens")
    told, loaded = Recorder(), shipped()
    waits = replace(loaded.dialog, begin=(), unknown=None)
    wire = Tn3270Wire(system.name, system.transport, "", Secret(""), log=told, dialog=waits)
    try:
        wire.open()
    except HostUnreached:
        if not told.shown:
            raise
    finally:
        wire.close()
    found: list[Shown | str] = []
    for each in told.shown:
        if not found or _still(each) != _still(found[-1]):  # type: ignore[arg-type]
            found.append(replace(each, place=""))
    return found


def _still(shown: Shown) -> list[str]:
    """Its rows without digits: a clock that ticks makes no other screen."""
    return [re.sub(r"\d", "0", row) for row in shown.rows]


def on_tape(file: Path) -> list[Shown | str]:
    """The screens of a tape, and what was typed on each. Raises BadInput."""
    met = (each for each in tape.read(file) if each.keys or (each.shown and not each.shown.answer))
    return [each.shown or worded(each.keys) for each in met]


def replayed(file: Path, name: str, config: Config | None) -> Verdict:
    """Run a tape against a dialog: screens against screens, answers against commands. Raises BadInput."""
    loaded, entries = dialog_of(name, config), tape.read(file)
    if isinstance(loaded.dialog, Dialog):
        return replay(entries, loaded.dialog, settings_of(name, config))
    userid = tape.asked_for(file)
    if userid is None:
        raise BadInput(str(file), f"a tape of answers, recorded over ssh, is expected for {name[:60]}")
    system = config.systems.get(name.partition(":")[0].upper()) if config else None
    product = product_of(loaded.dialog, system)
    ours = system.service_ids[0].userid if system else userid
    names = _names(system, ours) if system and ours != userid else {}
    return replay_answers(entries, product, USERIDS[product.name](userid), names)


def product_of(orders: Orders, system: System | None) -> Product:
    """What reads answers by a file: with the system's own settings where there is one."""
    if system is not None:
        return make_product(system, orders)
    return PRODUCTS[orders.product]("tape", orders=orders, today=lambda: SystemClock().now().date())


def settings_of(name: str, config: Config | None) -> LogonSettings:
    """What `transport.logon` says of a system that is named, the defaults for anything else."""
    system = config.systems.get(name.upper()) if config else None
    return system.transport.logon if system and isinstance(system.transport, Tn3270) else LogonSettings()
