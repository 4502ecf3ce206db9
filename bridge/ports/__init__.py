"""The outside, as the flows see it. Everything here is a Protocol or a value that crosses one.

Nothing returns a library's own type and nothing raises a library's own error: only those of bridge.domain.errors.
"""

from __future__ import annotations

from bridge.ports.contacts import Contacts, Met
from bridge.ports.crowds import Crowd, Crowds, Scope
from bridge.ports.factors import Apps, Factor, Gateway, Judge, NewKey, Passkeys, Return, SignOn, Start
from bridge.ports.hosts import Host, OwnPassword, Session
from bridge.ports.machine import Clock, Dice
from bridge.ports.mail import CodeMail, LinkMail, Mail, Relay, Wrapping
from bridge.ports.people import CODE, Directory, Enrolled, Invitation, Notice, OperatorRecord, PersonRecord, TokenRecord
from bridge.ports.roles import Desk, Kit, WebKit, WorkKit
from bridge.ports.store import (
    AuditLog,
    Conditions,
    Errands,
    Idempotency,
    Invitations,
    Lease,
    Leases,
    Links,
    Networks,
    Operators,
    Outbox,
    OwnPasswords,
    Pass,
    People,
    Progress,
    Question,
    Questions,
    Resets,
    SignedOn,
    SignOns,
    Steps,
    Store,
    Suspect,
    Tries,
    Work,
)
from bridge.ports.vault import Binding, Vault

__all__ = [
    "CODE",
    "Apps",
    "AuditLog",
    "Binding",
    "Clock",
    "CodeMail",
    "Conditions",
    "Contacts",
    "Crowd",
    "Crowds",
    "Desk",
    "Dice",
    "Directory",
    "Enrolled",
    "Errands",
    "Factor",
    "Gateway",
    "Host",
    "Idempotency",
    "Invitation",
    "Invitations",
    "Judge",
    "Kit",
    "Lease",
    "Leases",
    "LinkMail",
    "Links",
    "Mail",
    "Met",
    "Networks",
    "NewKey",
    "Notice",
    "OperatorRecord",
    "Operators",
    "Outbox",
    "OwnPassword",
    "OwnPasswords",
    "Pass",
    "Passkeys",
    "People",
    "PersonRecord",
    "Progress",
    "Question",
    "Questions",
    "Relay",
    "Resets",
    "Return",
    "Scope",
    "Session",
    "SignOn",
    "SignOns",
    "SignedOn",
    "Start",
    "Steps",
    "Store",
    "Suspect",
    "TokenRecord",
    "Tries",
    "Vault",
    "WebKit",
    "Work",
    "WorkKit",
    "Wrapping",
]
