"""What each product needs of the configuration, as tables: its transports, its form of userids, its passwords."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from bridge.config.model import HELPER, Acf2, IbmI, Ssh, System, Unix
from bridge.domain.names import Forms, LoginName, ProfileName, Userid

BOTH: Final = ("tn3270", "ssh")
CARRIES: Final[Mapping[str, tuple[str, ...]]] = {
    "racf": BOTH, "acf2": BOTH, "topsecret": BOTH, "ibmi": ("ssh",), "unix": ("ssh",),
}  # fmt: skip
"""Product → the transports that reach it."""

SHELLS: Final[Mapping[str, str]] = {"unix": "/bin/sh -s", "ibmi": "/QOpenSys/usr/bin/qsh"}
"""Products that type into a shell over ssh, and which; all others speak to the helper of deploy/zos."""

USERIDS: Final[Mapping[str, type[Userid]]] = {
    "racf": Userid, "acf2": Userid, "topsecret": Userid, "ibmi": ProfileName, "unix": LoginName,
}  # fmt: skip
"""Product → the form of its userids."""

LONGEST: Final[Mapping[str, int]] = {"racf": 8, "acf2": 8, "topsecret": 8, "ibmi": 10, "unix": 16}
"""Product → the most characters that a drawn password may have."""

LABELS: Final = frozenset(
    {"profile", "previous", "attempts", "status", "changed", "none", "expired", "class", "special"}
)
"""Facts of DSPUSRPRF that `ibmi.labels` may name."""


# --- checks of a system, as checks.py runs them: (field, what is expected) -------------------------


def check_carriage(made: System) -> Iterator[tuple[str, str]]:
    """The product is reached by this transport."""
    if made.transport.type not in CARRIES[made.product]:
        yield "transport.type", f"{' or '.join(CARRIES[made.product])} is expected for {made.product}"


def check_shell(made: System) -> Iterator[tuple[str, str]]:
    """Over ssh a product has either the helper or a shell."""
    if isinstance(made.transport, Ssh):
        if made.product in SHELLS and made.transport.helper != HELPER:
            yield "transport.helper", f"transport.shell is expected for {made.product}, which has no helper"
        if made.product not in SHELLS and made.transport.shell is not None:
            yield "transport.shell", f"transport.helper is expected for {made.product}, which has no shell"


def check_settings(made: System) -> Iterator[tuple[str, str]]:
    """Settings of another product would be read by nobody."""
    for name, default in (("acf2", Acf2()), ("unix", Unix()), ("ibmi", IbmI())):
        if getattr(made, name) != default and made.product != name:
            yield name, f"nothing is expected here for {made.product}"


def check_password(made: System) -> Iterator[tuple[str, str]]:
    """No password that the product would not take."""
    rules, aix = made.password, made.product == "unix" and made.unix.variant == "aix"
    name_like = made.product == "ibmi" and made.ibmi.password_level < 2
    most = 8 if aix else 16 if made.product == "ibmi" and not name_like else LONGEST[made.product]  # AIX: crypt's 8
    if rules.length > most:
        yield "password.length", f"6 to {most} is expected for {'unix on aix' if aix else made.product}"
    if name_like and rules.mixed_case:
        yield "password.mixed_case", "false is expected for ibmi: password levels 0 and 1 know no small letters"
    if rules.phrase and made.product not in {"racf", "acf2"}:
        yield "password.phrase", f"false is expected for {made.product}: phrases are set on racf and acf2 alone"
    if rules.specials and (aix or name_like):
        yield "password.specials", f"false is expected for {'unix on aix' if aix else made.product}"


# --- what the rest of the program asks --------------------------------------------------------------


def forms(systems: Mapping[str, System]) -> Forms:
    """Each system's form of userids."""
    return {name: USERIDS[system.product] for name, system in systems.items()}


def tidied(system: System) -> System:
    """Service ids as the host has them; UNIX always tells case apart, and so does IBM i from password level 2 on."""
    form = USERIDS[system.product]
    service_ids = tuple(replace(service, userid=form(service.userid)) for service in system.service_ids)
    tells = system.product == "unix" or (system.product == "ibmi" and system.ibmi.password_level >= 2)
    rules = replace(system.password, mixed_case=True) if tells else system.password
    return replace(system, service_ids=service_ids, password=rules)
