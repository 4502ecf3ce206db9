"""A session as it went, in JSON lines: screens, keys and answers, secrets out and names replaced.

The first line says by which dialog; each other line is `shown`, a screen or an answer, or `keys`, what was typed there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from bridge.domain.errors import BadInput
from bridge.domain.secret import MASK, Secret
from connectors.hosts.dialogs.shapes import PASSWORD, USERID
from connectors.hosts.redaction import redact, renamed
from connectors.hosts.transcript import Shown

VERSION: Final = 1
LARGEST: Final = (62, 160)

Keys = tuple[tuple[str, str], ...]
"""Each: `key` and an action, or `text` and what was typed, with {userid} and {password} in place of them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tape; `line` is its number in the file."""

    line: int
    shown: Shown | None = None
    keys: Keys = ()


@dataclass
class TapeRecorder:
    """A Log that keeps screens and keys in their order."""

    kept: list[Shown | Keys] = field(default_factory=list)

    def debug(self, event: str, **facts: Any) -> None:
        """Keep a screen, keys, or an answer; forget the rest."""
        if event == "host.screen":
            self.kept.append(Shown(**facts))
        elif event == "host.keys":
            self.kept.append(tuple(facts["keys"]))
        elif event == "host.answered":
            rows, code = tuple(facts["rows"]), facts["code"]
            self.kept.append(Shown(system=facts["system"], place=facts["line"], rows=rows, answer=True, code=code))
        elif event == "host.typed":
            self.kept.append(Shown(system=facts["system"], place=facts["line"], rows=tuple(facts["rows"]), answer=True))

    info = warning = debug


def written(
    kept: Sequence[Shown | Keys],
    dialog: str,
    userid: str,
    secrets: Iterable[Secret],
    names: Mapping[str, str],
    *,
    typed: Mapping[str, str] | None = None,
    over_ssh: bool = False,
) -> str:
    """The tape as text. `userid`: the service id's, which stands as {userid} where it was typed at a terminal.

    typed      whoever is typed at a terminal, and what stands there in the place of it; left out: the service id alone
    over_ssh   answers alone, about the service id itself: how it is called on the tape stands in the first line
    """
    screens = iter(redact([each for each in kept if isinstance(each, Shown)], secrets, names))
    about = {"userid": renamed(userid, names)} if over_ssh else {}
    lines: list[dict[str, object]] = [{"tape": VERSION, "dialog": dialog, **about}]
    for each in kept:
        if isinstance(each, Shown):
            shown = asdict(next(screens))
            lines.append({"shown": {**shown, "system": renamed(shown["system"], names)}})
        else:
            lines.append(
                {
                    "keys": [
                        (kind, _typed(text, typed or {userid: USERID}, names) if kind == "text" else text)
                        for kind, text in each
                    ]
                }
            )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _typed(text: str, typed: Mapping[str, str], names: Mapping[str, str]) -> str:
    text = text.replace(MASK, PASSWORD)
    for name in sorted(typed, key=len, reverse=True):
        text = text.replace(name, typed[name])
    return renamed(text, {name: other for name, other in names.items() if name not in typed})


def read(path: Path) -> list[Entry]:
    """Read a tape. Raises BadInput with the line that is none."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise BadInput(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(str(path), "a tape that `resetbridge dialog record` wrote is expected") from None
    entries = [_entry(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    return [entry for entry in entries if entry is not None]


def asked_for(path: Path) -> str | None:
    """Whom the answers on a tape over SSH are about; None for a tape of screens."""
    try:
        found = json.loads(path.read_text("utf-8").partition("\n")[0]).get("userid")
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def _entry(path: Path, number: int, line: str) -> Entry | None:
    try:
        found = json.loads(line)
        if "tape" in found:
            return None
        if "keys" in found:
            return Entry(number, keys=tuple((str(kind), str(text)) for kind, text in found["keys"]))
        given = found["shown"]
        known = {each.name for each in fields(Shown)}
        shown = Shown(**{name: _tuples(value) for name, value in given.items() if name in known})
        _demand_screen(shown)
        return Entry(number, shown=shown)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(f"{path}:{number}", "one line of a tape is expected: shown or keys, as JSON") from None


def _demand_screen(shown: Shown) -> None:
    """Raise ValueError for what cannot have been a screen: anybody may have edited the file."""
    height, width = shown.size
    numbers = (
        height,
        width,
        *shown.cursor,
        *(number for start, length, _, _ in shown.fields for number in (start, length)),
    )
    words = (shown.system, shown.place, *shown.rows)
    if not all(isinstance(each, int) and each >= 0 for each in numbers) or not all(isinstance(w, str) for w in words):
        raise ValueError("numbers and texts are expected")
    if not (1 <= height <= LARGEST[0] and 1 <= width <= LARGEST[1]) or len(shown.cursor) != len(shown.size):
        raise ValueError("the size of a screen is expected")


def _tuples(value: object) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value
