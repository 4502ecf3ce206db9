"""Operators and their tokens: what they may be given, when that ends, and that each change is on record."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import cast

import pytest

from bridge.domain.errors import BadInput, NotFound
from bridge.flows.enrol import (
    add_operator,
    add_totp,
    create_token,
    disable_operator,
    list_operators,
    list_tokens,
    revoke_token,
)
from bridge.ports import Desk
from tests.fakes.kit import House

ROOT = "local:root"


@pytest.fixture
def desk(bridge: House) -> Desk:
    """With one operator."""
    made = cast(Desk, bridge.web)
    add_operator("anna", ["agent"], ROOT, made)
    return made


def said(desk: Desk) -> list[tuple[str, str, dict[str, object]]]:
    """What is on record."""
    with desk.store.look() as work:
        events = [one.event for one in work.audit.records()]
    return [(event.kind, event.by, dict(event.detail)) for event in events]


def test_what_becomes_of_an_operator_is_on_record(desk: Desk) -> None:
    """Who gave whom which roles, and who took all of them away: the auditor's first question."""
    add_operator("anna", ["agent", "approver"], ROOT, desk)
    disable_operator("anna", "local:chief", desk)
    assert said(desk) == [
        ("operator.added", ROOT, {"operator": "anna", "roles": "agent"}),
        ("operator.changed", ROOT, {"operator": "anna", "roles": "agent, approver"}),
        ("operator.disabled", "local:chief", {"operator": "anna"}),
    ]
    assert [one.disabled for one in list_operators(desk)] == [True]


@pytest.mark.parametrize("roles", [[], ["root"], ["agent", "AGENT"]])
def test_nobody_is_added_with_no_role_or_one_that_is_none(desk: Desk, roles: list[str]) -> None:
    """A slip would else lock somebody out whose work it is, by a command that said nothing."""
    with pytest.raises(BadInput):
        add_operator("anna", roles, ROOT, desk)
    assert [sorted(one.roles) for one in list_operators(desk)] == [["agent"]]


def test_a_token_ends_when_it_was_said_to(desk: Desk) -> None:
    """Its text is kept by nobody; when it ends, and for whom it is, stand in the record."""
    new = create_token("anna", timedelta(days=30), ROOT, desk)
    (kept,) = list_tokens("anna", desk)
    assert kept.expires_at == new.record.expires_at == desk.clock.now() + timedelta(days=30)
    assert kept.digest == sha256(new.text.expose().encode()).digest()
    assert said(desk)[-1] == (
        "token.created", ROOT, {"operator": "anna", "token": kept.id, "expires": kept.expires_at.isoformat()}
    )  # fmt: skip


@pytest.mark.parametrize("days", [-1, 0, 3651])
def test_a_token_that_would_end_at_once_or_never_is_none(desk: Desk, days: int) -> None:
    """Ten years are more than anybody's time in one office."""
    with pytest.raises(BadInput):
        create_token("anna", timedelta(days=days), ROOT, desk)
    assert list_tokens(None, desk) == []


def test_a_token_is_revoked_once_and_by_somebody(desk: Desk) -> None:
    """The second command says that there is none in force: whoever typed the wrong id notices."""
    token = create_token("anna", None, ROOT, desk).record
    assert revoke_token(token.id, "local:chief", desk).revoked_at == desk.clock.now()
    assert said(desk)[-1] == ("token.revoked", "local:chief", {"operator": "anna", "token": token.id})
    with pytest.raises(NotFound):
        revoke_token(token.id, "local:chief", desk)
    assert [kind for kind, _, _ in said(desk)].count("token.revoked") == 1


def test_who_was_disabled_gets_no_token(desk: Desk) -> None:
    """Nor somebody who was never added."""
    disable_operator("anna", ROOT, desk)
    for name in ("anna", "otto"):
        with pytest.raises(NotFound):
            create_token(name, None, ROOT, desk)
    assert list_tokens(None, desk) == []


def test_nobody_enrols_an_app_for_somebody_whom_the_directory_does_not_know(desk: Desk) -> None:
    """A misspelled name would be a factor that waits for whoever comes to be called so."""
    with pytest.raises(NotFound):
        add_totp("jss", "Bank", "app", ROOT, desk)
    assert [kind for kind, _, _ in said(desk)] == ["operator.added"]
