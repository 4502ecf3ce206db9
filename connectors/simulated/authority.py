"""Who may do what to whom in RACF.

Sources: z/OS RACF Security Administrator's Guide, "Levels of authority" and "Delegating the authority to reset
passwords"; "Delegating the authority to list user information" (IRR.LISTUSER, IRR.LU.*).
"""

from enum import IntEnum
from typing import Final

from connectors.simulated.users import User, UserDatabase

UNTOUCHABLE: Final = frozenset({"SPECIAL", "OPERATIONS", "AUDITOR", "ROAUDIT", "PROTECTED"})
UNLISTABLE: Final = frozenset({"SPECIAL", "OPERATIONS", "AUDITOR"})
"""IRR.LISTUSER shows everybody but these; a PROTECTED user it does show."""


class Level(IntEnum):
    """How far the authority over a user's credentials goes. FULL is SPECIAL, or owning the profile."""

    NONE = 0
    READ = 1
    UPDATE = 2
    CONTROL = 3
    FULL = 4


def over_password(database: UserDatabase, issuer: User, target: User) -> Level:
    if _rules(issuer, target):
        return Level.FULL
    if target.attributes & UNTOUCHABLE:
        return Level.NONE
    granted = _granted(database, "IRR.PASSWORD.RESET", issuer)
    if not _excluded(database, "IRR.PWRESET.EXCLUDE", issuer, target):
        granted = max(granted, _scoped(database, "IRR.PWRESET", issuer, target))
    return granted


def may_list(database: UserDatabase, issuer: User, target: User) -> bool:
    if issuer.userid == target.userid or _rules(issuer, target) or issuer.attributes & {"AUDITOR", "ROAUDIT"}:
        return True
    if target.attributes & UNLISTABLE:
        return False
    if _granted(database, "IRR.LISTUSER", issuer):
        return True
    excluded = _excluded(database, "IRR.LU.EXCLUDE", issuer, target)
    return not excluded and _scoped(database, "IRR.LU", issuer, target) > Level.NONE


def may_administer(issuer: User, target: User) -> bool:
    """REVOKE, RESUME(date), names and attributes: what no FACILITY profile delegates."""
    return _rules(issuer, target)


def _rules(issuer: User, target: User) -> bool:
    if "SPECIAL" in issuer.attributes:
        return True
    owners = {issuer.userid} | ({issuer.group} if "SPECIAL" in issuer.group_attributes else set())
    return target.owner in owners and issuer.userid != target.userid


def _granted(database: UserDatabase, resource: str, issuer: User) -> Level:
    return Level[database.access(resource, issuer.userid)]


def _scoped(database: UserDatabase, prefix: str, issuer: User, target: User) -> Level:
    owner_level = _granted(database, f"{prefix}.OWNER.{target.owner}", issuer)
    trees = [_granted(database, f"{prefix}.TREE.{group}", issuer) for group in _tree(database, target.owner)]
    return max([owner_level, *trees])


def _tree(database: UserDatabase, group: str) -> list[str]:
    """Return the group and the groups above it, nearest first."""
    path: list[str] = []
    while group and group not in path:
        path.append(group)
        group = database.groups.get(group, "")
    return path


def _excluded(database: UserDatabase, prefix: str, issuer: User, target: User) -> bool:
    """Without a profile of the user's own, EXCLUDE.** with UACC(READ) lets everybody through."""
    profile = f"{prefix}.{target.userid}"
    return database.protects(profile) and database.access(profile, issuer.userid) == "NONE"
