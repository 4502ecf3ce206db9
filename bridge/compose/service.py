"""`service-id`, and what `check` says of it: the service ids' own passwords, never the passwords themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from bridge.compose.finding import Finding, doubt, well
from bridge.compose.shared import Opened, other_than
from bridge.compose.worker import orders_of
from bridge.config.model import Config, ServiceId, Ssh, System
from bridge.config.products import USERIDS
from bridge.config.records import NO_ROTATION_OVER_SSH
from bridge.config.settle import shared_with, users_of
from bridge.domain.errors import BadInput, BridgeError, ConfigFault, NotAllowed, Overtaken
from bridge.domain.names import Account, SystemName
from bridge.domain.own import Own
from bridge.flows import rotate
from connectors.machine import read_secret

WITHIN: Final = 180.0  # seconds until a rotation must have come to an end
UNTAKEN: Final = 20.0  # seconds after which the lack of a worker is supposed
LOOK_EVERY: Final = timedelta(milliseconds=200)


class NotRotated(BridgeError):
    """The password is the old one, or nobody knows yet."""


def service_ids(config: Config, system: str | None, userid: str | None) -> list[tuple[System, ServiceId]]:
    """Those that are meant. Raises BadInput."""
    if system is not None and system not in config.systems:
        raise BadInput("system", other_than(config, system))
    known = [
        (made, service) for name, made in config.systems.items() for service in users_of(made) if system in {None, name}
    ]
    found = [(made, service) for made, service in known if userid in {None, service.userid}]
    if userid is not None and not found:
        raise BadInput("userid", f"one of {', '.join(service.userid for _, service in known)} is expected")
    return found


def account_of(system: System, service: ServiceId) -> Account:
    """The service id as an account."""
    return Account(SystemName(system.name), USERIDS[system.product](service.userid))


def why_not(config: Config, system: System, service: ServiceId) -> str | None:
    """Why its password cannot be changed from here; None if it can."""
    if service.password is None:
        return f"{service.userid} logs on to {system.name} with a key: there is no password to change"
    if isinstance(system.transport, Ssh):
        return f"{system.name}: {NO_ROTATION_OVER_SSH.partition(': ')[2]}"
    others = sorted(shared_with(config.systems, system.name, service.userid))
    if others:
        return (
            f"{service.userid} is a service id of {', '.join(others)}, too, which would be left with the old password; "
            "give each system a service id of its own"
        )
    return None


def rotated(config: Config, desk: Opened, system: System, service: ServiceId, by: str) -> Own:
    """Ask for a rotation and wait for its end. Raises NotAllowed, and NotRotated in words."""
    if words := why_not(config, system, service):
        raise NotAllowed(words)
    account = account_of(system, service)
    before = _look(desk, account)
    if before is not None and before.stopped:
        raise NotRotated(before.words or "stopped")
    rotate.want(account, desk, by)
    began = time.monotonic()
    while (own := _look(desk, account)) is not None and own.wanted_at is not None:
        waited = time.monotonic() - began
        if waited > WITHIN or (waited > UNTAKEN and not own.words and not _held(desk, account)):
            rotate.take_back(account, desk, by)
            why = own.words or "no worker has taken it; is `resetbridge serve` running?"
            raise NotRotated(f"{account}: {why} After {waited:.0f} s it was taken back")
        desk.clock.sleep(LOOK_EVERY)
    if own is None or own.current is None or (before is not None and own.current == before.current):
        raise NotRotated(f"{account}: {own.words if own and own.words else 'it was not changed'}")
    return own


def described(desk: Opened, system: System, service: ServiceId) -> dict[str, Any]:
    """What is known of one, in plain values."""
    account = account_of(system, service)
    own = _look(desk, account) or Own(account=account)
    return {
        "system": account.system,
        "userid": account.userid,
        "password": "none, a key" if service.password is None else own.state,
        "rotate": service.rotates,
        "since": own.since,
        "expires_at": own.expires_at,
        "wanted_by": own.wanted_by,
        "words": own.words or None,
    }


def password_of(system: System, service: ServiceId, desk: Opened) -> Iterator[Finding]:
    """What `check` says of it, beside whether it works."""
    about, own, now = f"{system.name} {service.userid}", _look(desk, account_of(system, service)), desk.clock.now()
    if service.password is not None:
        yield from _by_hand(about, system, service)
    if own is None:
        return
    if own.current is not None and own.since is not None:
        yield well(about, f"its password was chosen here on {own.since:%Y-%m-%d}; the file's does not count any more")
    if own.words and not own.stopped:
        yield doubt(about, f"of its password it is said: {own.words}")
    if own.expires_at is not None:
        left = max((own.expires_at - now) // timedelta(days=1), 0)
        words = f"the host says that its password expires in {left} days"
        if service.rotates == "never":
            yield doubt(
                about, f"{words}; `resetbridge service-id rotate {system.name} {service.userid}`, or rotate: on_expiry"
            )
        else:
            yield well(about, f"{words}; it is changed before")


LASTS: Final = {
    "racf": "PASSWORD USER({userid}) NOINTERVAL",
    "acf2": "CHANGE {userid} MAXDAYS(0) LIDZMAX",
    "topsecret": "TSS REPLACE({userid}) with an interval of 0 days",
    "ibmi": "CHGUSRPRF USRPRF({userid}) PWDEXPITV(*NOMAX)",
    "unix": "chage -M -1 {userid}",
}
"""What makes it last. Sources: the products' manuals; ACF2: KB 52410."""


def _by_hand(about: str, system: System, service: ServiceId) -> Iterator[Finding]:
    """Where the daemon cannot change it, said ahead of the day."""
    if isinstance(system.transport, Ssh):
        if system.transport.key is None:
            lasts = LASTS[system.product].format(userid=service.userid)
            words = "it logs on by a password, which over SSH the daemon cannot change once it expires: let a key do so"
            yield doubt(about, f"{words} (transport.key), or let it last ({lasts}, or what your host has for that)")
    elif orders_of(system).dialog.own_password is None:
        words = f"the file of its commands, {system.dialogs.commands}, has no own_password: where the logon asks line"
        yield doubt(about, f"{words} by line, its password is changed here only once it has expired")


def let_in_again(desk: Opened, system: System, service: ServiceId, by: str) -> bool:
    """See bridge.flows.rotate.retry."""
    file = None
    with suppress(ConfigFault):  # without its file nothing can be typed, and that is told then
        file = read_secret(service.password, f"systems.{system.name}.service_id.password") if service.password else None
    try:
        return rotate.retry(account_of(system, service), desk, by, file)
    except Overtaken:
        return rotate.retry(account_of(system, service), desk, by, file)


def _look(desk: Opened, account: Account) -> Own | None:
    with desk.store.look() as work:
        return work.own.get(account)


def _held(desk: Opened, account: Account) -> bool:
    with desk.store.look() as work:
        return work.leases.held(account, desk.clock.now())
