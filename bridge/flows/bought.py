"""Tokens that were bought with their seeds: enrolled from the maker's table, many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bridge.domain.codes import new_id
from bridge.domain.names import Person
from bridge.domain.oath import Oath
from bridge.domain.second import TOTP, seed_label
from bridge.domain.secret import Secret
from bridge.flows.people import BadTable
from bridge.flows.wallet import add, usable_from
from bridge.ports import Desk, Enrolled


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """Whose token it is, and what it makes its codes from."""

    person: Person
    oath: Oath
    label: str


def missing(table: Mapping[int, Bought], desk: Desk) -> dict[int, Bought]:
    """Line → token, of those that their persons do not have yet.

    Raises BadTable with every line of somebody unknown; whose seed is another's too, since whoever has that one could
    answer for both; or whose token its person has with other settings, since its codes would stay wrong. Also raises
    VaultLocked and DirectoryUnreached.
    """
    with desk.store.look() as work:
        enrolled = [factor for factor in work.people.factors() if factor.kind == TOTP]
    there = [Bought(person=factor.person, oath=_oath(factor, desk), label=factor.label) for factor in enrolled]
    holders = {_tag(one.oath.seed, desk): one for one in there}
    left, faults = dict[int, Bought](), []
    for line, bought in table.items():
        tag = _tag(bought.oath.seed, desk)
        if desk.directory.person(bought.person) is None:
            faults.append(f"line {line}: there is no person {bought.person}")
        elif (holder := holders.get(tag)) is None:
            holders[tag] = left[line] = bought
        elif holder.person != bought.person:
            faults.append(f"line {line}: {holder.person} has a token with the same secret")
        elif (made := holder.oath.settings) != bought.oath.settings:
            faults.append(f"line {line}: {holder.person} has that token as {made}; take that one away first")
    if faults:
        raise BadTable(faults)
    return left


def enrol(token: Bought, by: str, desk: Desk, *, wait: timedelta) -> Enrolled:
    """Enrol one. `wait`: how long it waits before it counts, unless it is the person's first factor."""
    now, factor_id = desk.clock.now(), new_id(desk.dice, "F")
    seed = desk.vault.seal_seed(token.oath.kept, seed_label(token.person, factor_id))
    with desk.store.work() as work:
        factor = Enrolled(id=factor_id, person=token.person, kind=TOTP, label=token.label, seed=seed, added_at=now,
                          added_by=by, usable_from=usable_from(token.person, wait, now, work))  # fmt: skip
        add(factor, work, desk)
    return factor


def _oath(factor: Enrolled, desk: Desk) -> Oath:
    return Oath.of(desk.vault.open_seed(factor.seed, seed_label(factor.person, factor.id)))


def _tag(seed: Secret, desk: Desk) -> str:
    """To tell seeds apart by, without a list of them."""
    return desk.vault.tag("same seed", seed)
