"""Jane, whose addresses a directory has, and a policy that asks how old they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bridge.domain.policy import Policy
from bridge.domain.reset import Reset
from bridge.flows.post import post
from tests.fakes.kit import House

WORK, HOME = "jane@example.com", "jane@home.example"
NEW: Final = Policy(link_to=("other_email", "email"), contact_age=timedelta(days=3), attempts=5)


def set_up(made: House, **changes: object) -> None:
    """Jane's entry in the directory."""
    made.directory.people[0] = replace(made.directory.people[0], email=WORK, **changes)  # type: ignore[arg-type]


def reset_of(made: House) -> Reset:
    """Ask, and work; what an older one left is cleaned up, too."""
    asked = made.ask()
    made.work(4)
    return made.reset(asked.reset.id)


def told(made: House, kind: str) -> list[str]:
    """Who got notices of that kind, once all have left."""
    while post(made.worker):
        pass
    return [notice.to for notice in made.mail.notices if notice.kind == kind]
