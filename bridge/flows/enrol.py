"""Second factors, operators and tokens. Each change and its audit record are one transaction (I8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

from bridge.domain.codes import new_id
from bridge.domain.errors import BadInput, NotFound
from bridge.domain.link import base32
from bridge.domain.names import Operator, Person, free_text
from bridge.domain.policy import Role
from bridge.domain.second import TOTP, seed_label
from bridge.domain.secret import Secret
from bridge.flows.ledger import note
from bridge.flows.wallet import add, new_seed, otpauth, remove, usable_from
from bridge.ports import Desk, Enrolled, OperatorRecord, TokenRecord

TOKEN_BYTES: Final = 20
LONGEST_TOKEN: Final = timedelta(days=3650)
NO_WAIT: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTotp:
    """A fresh enrolment. `uri` and `seed` are shown once, to be scanned or typed into an authenticator app."""

    factor: Enrolled
    seed: Secret
    uri: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A fresh token: `text` is shown once; only its SHA-256 is kept."""

    record: TokenRecord
    text: Secret


# --- second factors -------------------------------------------------------------------------------


def add_totp(person: str, issuer: str, label: str, by: str, desk: Desk, *, wait: timedelta = NO_WAIT) -> NewTotp:
    """Enrol an authenticator app. Raises NotFound where the directory knows no such person.

    wait   how long it waits before it counts, unless it is the person's first factor
    """
    name = Person(person)
    if desk.directory.person(name) is None:
        raise NotFound(f"there is no person {name}; import or add them first, or check the spelling")
    seed = new_seed(desk.dice)
    now, factor_id = desk.clock.now(), new_id(desk.dice, "F")
    called = free_text(label, "label", most=64)
    with desk.store.work() as work:
        factor = Enrolled(
            id=factor_id,
            person=name,
            kind=TOTP,
            label=called,
            seed=desk.vault.seal_seed(seed, seed_label(name, factor_id)),
            added_at=now,
            added_by=by,
            usable_from=usable_from(name, wait, now, work),
        )
        add(factor, work, desk)
    return NewTotp(factor=factor, seed=seed, uri=otpauth(issuer, name, seed))


def list_factors(person: str | None, desk: Desk) -> list[Enrolled]:
    """Everybody's second factors, or one person's. Raises BadInput."""
    with desk.store.look() as work:
        return work.people.factors(Person(person) if person else None)


def remove_factor(factor_id: str, by: str, desk: Desk) -> Enrolled:
    """Take a factor away. Raises NotFound."""
    with desk.store.work() as work:
        found = next((factor for factor in work.people.factors() if factor.id == factor_id), None)
        if found is None or not remove(found, desk.clock.now(), by, work, desk):
            raise NotFound(f"there is no factor {factor_id[:40]}; `resetbridge factor list` names them")
    return found


# --- operators and tokens -------------------------------------------------------------------------


def add_operator(name: str, roles: Sequence[str], by: str, desk: Desk) -> OperatorRecord:
    """Add an operator, give one other roles, or bring one back. Raises BadInput."""
    wanted = frozenset(_role(role) for role in roles)
    if not wanted:
        raise BadInput("role", f"at least one of {', '.join(Role)} is expected")
    record = OperatorRecord(name=Operator(name), roles=wanted)
    with desk.store.work() as work:
        known = work.operators.get(record.name)
        work.operators.put(record)
        note(work, "operator.changed" if known else "operator.added", at=desk.clock.now(), by=by,
             operator=record.name, roles=", ".join(sorted(wanted)))  # fmt: skip
    return record


def disable_operator(name: str, by: str, desk: Desk) -> OperatorRecord:
    """Refuse all of an operator's tokens from now on. Raises NotFound."""
    with desk.store.work() as work:
        known = work.operators.get(Operator(name))
        if known is None:
            raise NotFound(f"there is no operator {name}; `resetbridge operator list` names them")
        disabled = replace(known, disabled=True)
        work.operators.put(disabled)
        note(work, "operator.disabled", at=desk.clock.now(), by=by, operator=known.name)
    return disabled


def list_operators(desk: Desk) -> list[OperatorRecord]:
    """Everybody who may use the API."""
    with desk.store.look() as work:
        return work.operators.all()


def create_token(name: str, lasts: timedelta | None, by: str, desk: Desk) -> NewToken:
    """Make a token for an operator; its text is in this answer alone. Raises NotFound, BadInput."""
    if lasts is not None and not timedelta(0) < lasts <= LONGEST_TOKEN:
        raise BadInput("expires", "a duration up to 3650d is expected")
    text, now = Secret("rb_" + base32(desk.dice(TOKEN_BYTES)).lower()), desk.clock.now()
    with desk.store.work() as work:
        operator = work.operators.get(Operator(name))
        if operator is None or operator.disabled:
            raise NotFound(f"there is no operator {name} in force; `resetbridge operator add {name} --role …` adds one")
        record = TokenRecord(
            id=new_id(desk.dice, "T"),
            operator=operator.name,
            digest=sha256(text.expose().encode()).digest(),
            created_at=now,
            expires_at=now + lasts if lasts else None,
        )
        work.operators.add_token(record)
        note(work, "token.created", at=now, by=by, operator=operator.name, token=record.id,
             expires=record.expires_at.isoformat() if record.expires_at else None)  # fmt: skip
    return NewToken(record=record, text=text)


def revoke_token(token_id: str, by: str, desk: Desk) -> TokenRecord:
    """End a token now. Raises NotFound where there is none, or it has been revoked."""
    now = desk.clock.now()
    with desk.store.work() as work:
        found = next((token for token in work.operators.tokens() if token.id == token_id), None)
        if found is None or found.revoked_at or not work.operators.revoke_token(found.id, now):
            raise NotFound(f"there is no token {token_id[:40]} in force; `resetbridge token list` names them")
        note(work, "token.revoked", at=now, by=by, operator=found.operator, token=found.id)
    return replace(found, revoked_at=now)


def list_tokens(operator: str | None, desk: Desk) -> list[TokenRecord]:
    """Every token, or one operator's, ended ones included. Raises BadInput."""
    with desk.store.look() as work:
        return work.operators.tokens(Operator(operator) if operator else None)


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise BadInput("role", f"one of {', '.join(Role)} is expected") from None
