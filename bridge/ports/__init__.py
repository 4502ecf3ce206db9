"""The outside, as the flows see it. Everything here is a Protocol or a value that crosses one.

Nothing returns a library's own type and nothing raises a library's own error: only those of bridge.domain.errors.
"""

from __future__ import annotations

from bridge.ports.claims import (
    Networks,
    Progress,
    Question,
    Questions,
    SignedOn,
    SignOns,
    Steps,
    Suspect,
    Tries,
)
from bridge.ports.console import Console
from bridge.ports.contacts import EVERYTHING, UNASKED, Contacts, Met
from bridge.ports.crowds import Crowd, Crowds, Scope
from bridge.ports.factors import Apps, Factor, Gateway, Judge, NewKey, Passkeys, ReadOut, Return, SignOn, Start
from bridge.ports.files import Filed, KeyFiles
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
    Operators,
    Outbox,
    OwnPasswords,
    Pass,
    People,
    Queue,
    Resets,
    Store,
    Work,
)
from bridge.ports.vault import Binding, Vault

__all__ = [
    "CODE",
    "EVERYTHING",
    "UNASKED",
    "Apps",
    "AuditLog",
    "Binding",
    "Clock",
    "CodeMail",
    "Conditions",
    "Console",
    "Contacts",
    "Crowd",
    "Crowds",
    "Desk",
    "Dice",
    "Directory",
    "Enrolled",
    "Errands",
    "Factor",
    "Filed",
    "Gateway",
    "Host",
    "Idempotency",
    "Invitation",
    "Invitations",
    "Judge",
    "KeyFiles",
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
    "Queue",
    "ReadOut",
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
