"""The worker's and the scheduler's root: host credentials and the relay's password, and no listener (I9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from bridge.compose.shared import Opened, base_kit, http_gateway, node, note_start, opened, state_directory
from bridge.config.model import Config, ServiceId, Ssh, System
from bridge.config.products import SHELLS, USERIDS
from bridge.domain.codes import new_id
from bridge.domain.errors import ConfigFault
from bridge.domain.names import Account, SystemName
from bridge.domain.own import Plan
from bridge.domain.reset import View
from bridge.domain.secret import Secret
from bridge.flows import sweep
from bridge.flows.rotate import Keeper
from bridge.observe import events
from bridge.observe.light import without
from bridge.ports import Desk, Host, OwnPassword, WorkKit
from connectors.factors import factors, judges
from connectors.hosts.dialogs.orders import SHELLED, Orders
from connectors.hosts.dialogs.reader import Loaded, load, load_orders, shipped, shipped_orders
from connectors.hosts.dialogs.shapes import MANAGER_PASSWORD, MANAGER_USERID, Dialog
from connectors.hosts.dialogs.tailor import tailored
from connectors.hosts.host import Circuit, SystemHost
from connectors.hosts.own import Untouched
from connectors.hosts.products import PRODUCTS
from connectors.hosts.products.base import Product
from connectors.hosts.transports.base import Manager, Wire
from connectors.keepass import KeePassFiles
from connectors.machine import StateLock, SystemClock, harden_process, read_secret
from connectors.notify.mail import SmtpMail
from schedules.jobs import Job, scheduler_jobs, worker_jobs
from schedules.runner import Runner
from schedules.worker import Slot

if TYPE_CHECKING:
    from connectors.hosts.transports.base import Log

log = events.logger("compose")

ReadPassword = Callable[[], Secret | None]


@contextmanager
def running(config: Config, roles: Sequence[str]) -> Iterator[None]:
    """Slots, jobs or both, from here to the end of the block."""
    harden_process()
    over = Event()
    with ExitStack() as stack:
        kept = stack.enter_context(opened(config))
        note_start(base_kit(kept), config, roles)
        jobs: list[Job] = []
        if "worker" in roles:
            kit = work_kit(kept, owner=_owner(kept, stack))
            jobs += worker_jobs(kit, over=over.is_set)
            stack.enter_context(_slots(config, kit))
        if "scheduler" in roles:
            plain = base_kit(kept)
            sweep.reclaim(plain)
            storage = config.storage
            jobs += scheduler_jobs(
                plain, keep=storage.keep, audit_keep=storage.audit_keep, checkpoint=lambda: _checkpoint(kept)
            )
        runner = Runner(jobs, kept.clock)
        runner.start()
        stack.callback(runner.stop)
        stack.callback(over.set)
        yield


def work_kit(kept: Opened, *, owner: str) -> WorkKit:
    """What the worker's flows use."""
    config = kept.config
    if config.mail is None:
        raise ConfigFault([f"{config.path}: mail: the relay is expected; without it no link can be sent"])
    password = read_secret(config.mail.password, "mail.password") if config.mail.password else None
    return WorkKit(
        **vars(base_kit(kept)),
        vault=kept.vault,
        mail=SmtpMail(config.mail, password, config.site, kept.clock),
        factors=factors(kept.vault, config.site.base_url),
        judges=judges(config, kept.directory),
        base_url=config.site.base_url.rstrip("/"),
        owner=owner,
        files=KeePassFiles({name: system.title for name, system in config.systems.items()}, kept.clock),
        gateway=http_gateway(config) if files_made(config) else None,
    )


def files_made(config: Config) -> bool:
    """Whether any system's passwords leave in a file: the worker then reads the gateway's secrets, too."""
    return any(config.policies[system.policy].view == View.KEEPASS for system in config.systems.values())


def _owner(kept: Opened, stack: ExitStack) -> str:
    """NODE/RUN. Whoever holds the node's lock knows that earlier runs are dead, and frees what they held."""
    name, run = node(kept.config), new_id(kept.dice, "W")
    lock = StateLock.take(state_directory(kept.config) / f".{name}.worker.lock")
    if lock is None:
        log.warning("worker.second", node=name, text="another worker of this node runs; dead leases run out")
        return f"{name}~{run}/{run}"
    stack.callback(lock.give_back)
    with kept.store.work() as work:
        freed = work.leases.give_back_dead(name, run)
    if freed:
        log.warning("worker.leases_freed", node=name, count=freed)
    return f"{name}/{run}"


@contextmanager
def _slots(config: Config, kit: WorkKit) -> Iterator[None]:
    """One thread per session slot, over all systems; all stopped together."""
    slots = [
        Slot(system.name, number, make, kit)
        for system in config.systems.values()
        for number, make in enumerate(_host_makers(system, kit))
    ]
    for slot in slots:
        slot.start()
    try:
        yield
    finally:
        for slot in slots:
            slot.stop()
        for slot in slots:
            slot.join(timeout=60)


def _host_makers(system: System, kit: WorkKit) -> list[Callable[[], Host]]:
    """One maker per slot: over 3270 each has a service id of its own, over SSH they may share."""
    _demand_served(system)  # at the start, not in a slot's thread
    logon_dialog(system)
    orders_of(system)
    circuit = Circuit()
    ids = [(service_id, _password(system, number)) for number, service_id in enumerate(system.service_ids)]
    for service_id, password in ids:
        password()  # a secret that cannot be read is found out at the start
        manager_of(system, service_id)
    count = min(system.sessions, len(ids)) if not isinstance(system.transport, Ssh) else system.sessions
    told = events.logger("host")
    by = f"worker:{kit.owner}"
    elevate = _elevated(system, kit, by)

    def maker(service_id: ServiceId, password: ReadPassword) -> Callable[[], Host]:
        own = keeper(system, service_id, password, kit, by=by)
        return partial(make_host, system, service_id, password, circuit, log=told, elevate=elevate, own=own)

    return [maker(*ids[number % len(ids)]) for number in range(count)]


def keeper(
    system: System, service_id: ServiceId, password: ReadPassword, kit: Desk, *, by: str, may_draw: bool = True
) -> Keeper:
    """What looks after a service id's own password. One for each slot. Over SSH it is never changed."""
    account = Account(SystemName(system.name), USERIDS[system.product](service_id.userid))
    plan = Plan(mode=service_id.rotates, every=service_id.rotate_every, ahead=service_id.rotate_ahead)
    over_3270 = not isinstance(system.transport, Ssh)
    rules = replace(system.password, phrase=False)  # its logon has a field for a password
    return Keeper(account, password, plan, rules, kit, by=by, may_draw=may_draw and over_3270)


def _password(system: System, number: int) -> ReadPassword:
    """Reads a service id's password at each logon: it can be changed without a stop."""
    ref = system.service_ids[number].password
    place = f"systems.{system.name}.service_ids[{number}].password"
    return lambda: read_secret(ref, place) if ref else None


def manager_of(system: System, service_id: ServiceId) -> Manager | None:
    """Who the service id is to a session manager, None where there is none. Read at each logon, as its password is."""
    known = service_id.session_manager
    if known is None:
        return None
    place = f"systems.{system.name}.service_id.session_manager.password"
    return Manager(known.userid, read_secret(known.password, place))


def make_host(
    system: System,
    service_id: ServiceId,
    password: ReadPassword,
    circuit: Circuit,
    *,
    log: Log | None = None,
    elevate: Callable[[], SystemHost] | None = None,
    always_alone: bool = False,
    own: OwnPassword | None = None,
) -> SystemHost:
    """A host for one slot: one transport and one product. `log` is told of screens met and lines typed, masked.

    elevate        makes the host for privileged userids
    own            looks after the password where it may be another than the file's; left out, the file's counts
    always_alone   one session at a time, whatever the transport
    """
    clock = SystemClock()
    _demand_served(system)
    orders = orders_of(system)
    product = make_product(system, orders.dialog)
    alone = always_alone or system.transport.type == "tn3270"  # TSO: one session per userid and system
    seat = Account(SystemName(system.name), USERIDS[system.product](service_id.userid)) if alone else None
    dialog = logon_dialog(system)
    own = own or Untouched(password)
    wire = wire_maker(system, service_id, own, log, dialog, circuit)
    elevated = None if elevate is None else elevate()
    dialogs = "; ".join(each.title for each in (dialog, orders) if each)
    return SystemHost(
        system, product, wire, circuit=circuit, clock=clock, seat=seat, elevated=elevated, own=own,
        userid=service_id.userid, dialogs=dialogs,
    )  # fmt: skip


def make_product(system: System, orders: Orders) -> Product:
    """What knows what to type and how to read it, on one system."""
    clock = SystemClock()
    return PRODUCTS[system.product](
        system.name, patterns=system.patterns, ignore=system.ignore, today=lambda: clock.now().date(), orders=orders,
        **_options(system),
    )  # fmt: skip


def orders_of(system: System) -> Loaded[Orders]:
    """What is typed at READY or into a shell. Raises ConfigFault."""
    file = system.dialogs.commands
    shipped_as = system.unix.variant if system.product == "unix" else system.product
    if file is None:
        return shipped_orders(shipped_as)
    found = load_orders(file, system.product)
    to_a_helper = isinstance(system.transport, Ssh) and system.product not in SHELLED
    if to_a_helper and found.dialog.commands.status.helper is None:
        words = f"what the helper is given over ssh is expected: helper at each command, or extends: {shipped_as}"
        raise ConfigFault([f"systems.{system.name}.dialogs.commands: {file}: {words}"])
    return found


def logon_dialog(system: System) -> Loaded[Dialog] | None:
    """The screens that a system is logged on to by, None where there are none. Raises ConfigFault."""
    if isinstance(system.transport, Ssh):
        return None
    file = system.dialogs.logon
    found = tailored(load(file) if file else shipped(), system.transport.logon)
    _demand_manager(system, found.dialog)
    return found


def _demand_manager(system: System, dialog: Dialog) -> None:
    """Who has to pass a session manager has something to pass it with, and something types it. Raises ConfigFault."""
    given = any(service.session_manager for service in system.service_ids)
    words = {word for word in (MANAGER_USERID, MANAGER_PASSWORD) if dialog.types(word)}
    place = f"systems.{system.name}.service_id.session_manager"
    if words and not given:
        raise ConfigFault([f"{place}: the dialog {dialog.dialog} types {' and '.join(sorted(words))}; "
                           "{userid: NAME, password: {file: PATH}} is expected"])  # fmt: skip
    if given and MANAGER_PASSWORD not in words:
        raise ConfigFault([f"{place}: no screen of the dialog {dialog.dialog} types {MANAGER_PASSWORD}"])


def _demand_served(system: System) -> None:
    if system.product not in PRODUCTS:
        served = ", ".join(sorted(PRODUCTS))
        raise ConfigFault([f"systems.{system.name}.product: {system.product} is not served yet; {served} are"])


def _options(system: System) -> dict[str, Any]:
    """What one product alone is told."""
    if system.product == "unix":
        return {"settings": system.unix}
    if system.product == "ibmi":
        return {"settings": system.ibmi}
    if system.product == "racf":
        return {"phrase": system.password.phrase}
    if system.product == "acf2":
        return {
            "rely_on_pswdfrc": system.first_use == "pswdfrc", "phrase": system.password.phrase,
            "lift_suspend": system.acf2.lift_suspend,
        }  # fmt: skip
    return {}


def _elevated(system: System, kit: WorkKit, by: str) -> Callable[[], SystemHost] | None:
    """Makes the host under the service id for privileged userids: its refusal closes its own way alone."""
    other = system.privileged_service_id
    if other is None:
        return None
    circuit, ref, place = Circuit(), other.password, f"systems.{system.name}.privileged_service_id.password"

    def password() -> Secret | None:
        return read_secret(ref, place) if ref else None

    return lambda: make_host(
        system, other, password, circuit, always_alone=True, own=keeper(system, other, password, kit, by=by)
    )


def wire_maker(
    system: System,
    service_id: ServiceId,
    own: OwnPassword,
    log: Log | None = None,
    dialog: Loaded[Dialog] | None = None,
    circuit: Circuit | None = None,
) -> Callable[[], Wire]:
    """Makes connections of the system's transport; only that transport's library is loaded.

    A session in the way is waited for the first time; `circuit` knows when it was not the first.
    """
    settings, name = system.transport, system.name
    if isinstance(settings, Ssh):
        with without("invoke"):  # 2 MB: only for programs that ssh_config names
            from connectors.hosts.transports.shell import ShellWire  # noqa: PLC0415
            from connectors.hosts.transports.ssh import SshWire  # noqa: PLC0415
        shell = SHELLS.get(system.product)

        def over_ssh() -> Wire:
            key = read_secret(settings.key, f"systems.{name}.transport.key") if settings.key else None
            phrase = settings.key_passphrase
            passphrase = read_secret(phrase, f"systems.{name}.transport.key_passphrase") if phrase else None
            if shell is not None:
                return ShellWire(
                    name,
                    settings,
                    service_id.userid,
                    own.to_try(),
                    key=key,
                    passphrase=passphrase,
                    shell=shell,
                    log=log,
                )
            return SshWire(name, settings, service_id.userid, own.to_try(), key=key, passphrase=passphrase, log=log)

        return over_ssh
    from connectors.hosts.transports.tn3270 import Tn3270Wire  # noqa: PLC0415

    unread: list[Secret] = []

    def over_3270() -> Wire:
        secret = own.to_try()
        if secret is None:
            raise ConfigFault([f"systems.{name}.service_id.password: one is needed for a 3270 logon"])
        once_more = circuit is not None and circuit.turned_away(service_id.userid)
        limits = replace(settings, reconnect_wait=timedelta(0)) if once_more else settings
        return Tn3270Wire(
            name, limits, service_id.userid, secret, own=own, log=log, dialog=dialog.dialog if dialog else None,
            unread=unread, manager=manager_of(system, service_id),
        )  # fmt: skip

    return over_3270


def _checkpoint(kept: Opened) -> None:
    kept.store.checkpoint()
