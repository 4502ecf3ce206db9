"""What is only known when all of it has been read: who shares what, and which systems have to be alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bridge.config.model import Config, OidcSettings, ServiceId, System, Tn3270
from bridge.config.products import tidied
from bridge.domain.demand import Demand, vouched
from bridge.domain.policy import Policy
from bridge.domain.reset import View
from bridge.domain.second import MAIL, OIDC, PHONE

WHEN_OVER: Final = timedelta(days=-1)
"""As `rotate_ahead`: not ahead of the day that the host has named."""


def shared_with(systems: Mapping[str, System], name: str, userid: str) -> set[str]:
    """Other systems that know the same service id by the same password: on a shared database, or, as it has to be
    supposed, on the same host with the same product."""
    mine = systems[name]
    return {
        other
        for other, its in systems.items()
        if other != name
        and (other in mine.shares_database_with or name in its.shares_database_with
             or (its.transport.host.lower(), its.product) == (mine.transport.host.lower(), mine.product))
        and userid.upper() in {service.userid.upper() for service in users_of(its)}
    }  # fmt: skip


def users_of(system: System) -> tuple[ServiceId, ...]:
    """All of a system's service ids."""
    return (*system.service_ids, *((system.privileged_service_id,) if system.privileged_service_id else ()))


def alone_only(systems: Mapping[str, System], system: System, notes: list[str]) -> System:
    """Take `rotate` as never where another system would be left with the old password; on_expiry where nothing was
    asked for and the daemon can."""
    by_itself = isinstance(system.transport, Tn3270)

    def bent(service: ServiceId) -> ServiceId:
        others = shared_with(systems, system.name, service.userid)
        if service.rotate is None:
            if not by_itself or others:
                return replace(service, rotate="never")
            ahead = WHEN_OVER if _namesakes(systems, system, service.userid) else service.rotate_ahead
            return replace(service, rotate="on_expiry", rotate_ahead=ahead)
        if service.rotate == "never" or not others:
            return service
        notes.append(
            f"systems.{system.name}: rotate of {service.userid} is taken as never: {', '.join(sorted(others))} logs on "
            "with it as well, to the same users as it seems, and would be left with the old password"
        )
        return replace(service, rotate="never")

    other = system.privileged_service_id
    return replace(
        system,
        service_ids=tuple(bent(service) for service in system.service_ids),
        privileged_service_id=bent(other) if other else None,
    )


def _namesakes(systems: Mapping[str, System], system: System, userid: str) -> bool:
    """Whether another system of the product has a service id of that name. Where nobody has said that they share a
    database they may all the same, and the other system would type the old password: so not a day too early. Once it
    is over, neither would be let in with it."""
    return any(
        userid.upper() in {service.userid.upper() for service in users_of(other)}
        for name, other in systems.items()
        if name != system.name and other.product == system.product
    )


def _crowded(systems: Mapping[str, System]) -> list[str]:
    """Systems whose workers would take one TSO session from each other."""
    places: dict[tuple[str, int, str], list[str]] = {}
    for name, system in systems.items():
        if isinstance(system.transport, Tn3270):
            for userid in {service.userid.upper() for service in users_of(system)}:
                places.setdefault((system.transport.host.lower(), system.transport.port, userid), []).append(name)
    return [
        f"systems.{', '.join(names)}: all of them log on at {host} port {port} as {userid}, and TSO has one session "
        "for it: their workers will be in each other's way; give each a service id of its own"
        for (host, port, userid), names in places.items()
        if len(names) > 1
    ]


def demanded(policy: Policy, oidc: OidcSettings | None) -> Demand:
    """What a policy demands, with what the company's sign-on is known to prove."""
    if oidc is None:
        return policy.demand
    return policy.demand.knowing(
        OIDC, vouched(oidc.required_acr, (*oidc.required_amr, *oidc.required_acrs), oidc.proves)
    )


def _doubled(name: str, policy: Policy) -> list[str]:
    """Where what opens a KeePass file, and the factor that its link asks for, may come to the same place."""
    if policy.view != View.KEEPASS:
        return []
    places = {PHONE: "telephone", MAIL: "mailbox"}
    return [
        f"policies.{name}: view is keepass, and factors has {kind}: one {place} may then hold the code and "
        "what opens the file; prefer totp or passkey"
        for kind, place in places.items()
        if kind in policy.factors
    ]


def settle(config: Config) -> Config:
    """Make sqlite's path absolute, so that commands run from anywhere mean the same file; bend what cannot be."""
    url, notes = config.storage.url, []
    if url.startswith("sqlite:///"):
        url = f"sqlite:///{config.path.absolute().parent / url.removeprefix('sqlite:///')}"
    systems = {name: tidied(system) for name, system in config.systems.items()}
    for name, system in systems.items():
        most = len(system.service_ids)
        if isinstance(system.transport, Tn3270) and system.sessions > most:
            systems[name] = replace(system, sessions=most)
            notes.append(
                f"systems.{name}.sessions: {system.sessions} is lowered to {most}: TSO takes one session of each "
                "service id; list more of them under service_ids"
            )
        for other in system.shares_database_with:
            if other not in systems or other == name:
                notes.append(f"systems.{name}.shares_database_with: there is no other system {other}; it is left out")
        known = tuple(other for other in system.shares_database_with if other in systems and other != name)
        systems[name] = replace(systems[name], shares_database_with=known)
        systems[name] = alone_only(config.systems, systems[name], notes)
        if config.policies[system.policy].privileged == "approve" and system.privileged_service_id is None:
            notes.append(
                f"systems.{name}: policies.{system.policy}.privileged is approve, and there is no "
                "privileged_service_id: resets of privileged userids will fail after their approval"
            )
    notes += _crowded(systems)
    notes += [note for name, policy in config.policies.items() for note in _doubled(name, policy)]
    policies = {name: replace(policy, demand=demanded(policy, config.oidc)) for name, policy in config.policies.items()}
    storage = replace(config.storage, url=url)
    return replace(config, storage=storage, systems=systems, policies=policies, notes=tuple(notes))
