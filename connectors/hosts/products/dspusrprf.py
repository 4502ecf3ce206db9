"""What IBM i shows of a user profile: DSPUSRPRF's list, and the line of our own program beside it. Pure.

The list is made for people: a label, dots, a colon, a value; special values (*YES, *ENABLED) are the same in every
language, labels are not. All of them stand in dialogs/ibmi.yaml under looks_for. It shows the day of the last change
and not the limit of wrong attempts; both, and what the groups may, come from deploy/ibmi/rbpwd.clle.

Sources: IBM i CL, DSPUSRPRF (*READ to the profile is enough; the labels are those of its display, the first five seen
in a public transcript, the others from IBM's toolbox for Java, which has the same texts); IBM i Security Reference,
QMAXSIGN and QMAXSGNACN (the profile is disabled when the count reaches QMAXSIGN; a right password resets it).
From memory: how several special authorities are laid out; both ways are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.config.products import LABELS
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Standing
from connectors.hosts.products.accounts import Words

NEEDED: Final = frozenset(LABELS) - {"previous"}
"""Facts without which a list is not believed."""

ROW: Final = re.compile(r"\s*(?P<label>\S.*?)[ .]*:(?:\s+(?P<value>\S.*?))?\s*")
MORE: Final = re.compile(r"\s*\*[A-Z]+(?:\s+\*[A-Z]+)*\s*")
LOOK: Final = re.compile(r"RBP0001: (\S+) (\d{17}) (\*NOMAX|\d{1,6}) (\*[A-Z]+(?: +\*[A-Z]+)*)")
NEVER: Final = "0" * 17


@dataclass(frozen=True, slots=True)
class Look:
    """`RBP0001: profile changed limit authorities`, as the program on the host prints it.

    changed   when the password was last changed, YYYYMMDDHHMMSSmmm in the host's time
    limit     QMAXSIGN; None: no limit
    groups    special authorities of the profile's groups
    """

    changed: str
    limit: int | None
    groups: tuple[str, ...]


def look(rows: Sequence[str], userid: Userid) -> Look | None:
    """Read the program's line; None where it is not alone, or another profile's."""
    found = LOOK.fullmatch(rows[0].strip()) if len(rows) == 1 else None
    if found is None or found[1] != userid:
        return None
    limit = None if found[3] == "*NOMAX" else int(found[3])
    return Look(changed=found[2], limit=limit, groups=tuple(found[4].split()))


def facts(rows: Iterable[str], words: Words, labels: Mapping[str, str]) -> dict[str, str]:
    """Name of a fact → its value, "" for none; the first of each label. Authorities may go on in the rows below.

    labels   the system's own, in place of the words of the same names
    """
    known = {name: words[name] for name in LABELS} | {name: (label,) for name, label in labels.items()}
    names = {label.casefold(): name for name, texts in known.items() for label in texts}
    found: dict[str, str] = {}
    last = ""
    for row in rows:
        if last == "special" and MORE.fullmatch(row):
            found[last] += f" {row.strip()}"
            continue
        shown = ROW.fullmatch(row)
        last = names.get(shown["label"].casefold(), "") if shown else ""
        if shown and last and last not in found:
            found[last] = shown["value"] or ""
    return found


def profile(
    shown: Mapping[str, str], beside: Look, userid: Userid, words: Words, ordinary: Iterable[str], raw: tuple[str, ...]
) -> Profile | None:
    """Read both; None where a fact is missing or not what it can be."""
    special = shown.get("special", "").split()
    yes_or_no = all(shown.get(name) in {*words["holds"], *words["holds_not"]} for name in ("none", "expired"))
    if NEEDED - set(shown) or shown["profile"] != userid or not yes_or_no:
        return None
    known = shown["status"] in {*words["enabled"], *words["disabled"]}
    if not known or not shown["attempts"].isdigit() or not special:
        return None
    if not all(word.startswith("*") for word in special):
        return None
    disabled, must_change = shown["status"] in words["disabled"], shown["expired"] in words["holds"]
    used_up = beside.limit is not None and int(shown["attempts"]) >= beside.limit
    none = shown["none"] in words["holds"]
    power = [word for word in (*special, *beside.groups) if word not in {*words["nothing"], *ordinary}]
    power += [f"class {shown['class']}"] if shown["class"] in words["powerful"] else []
    return Profile(
        userid=userid,
        standing=Standing.SUSPENDED if disabled else Standing.EXPIRED if must_change else Standing.ACTIVE,
        must_change=must_change,
        stamp=None if beside.changed == NEVER else beside.changed,
        suspended_by=("violations" if used_up else "administrator") if disabled else None,
        privileged=tuple(dict.fromkeys(power)),
        protected=none or userid.startswith("Q"),
        has_password=not none,
        last_use=shown.get("previous") or None,
        raw=raw,
    )
