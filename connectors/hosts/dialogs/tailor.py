"""One system's dialog: what is read from files, and what `transport.logon` in the configuration adds to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Final

from bridge.config.model import LogonSettings
from connectors.hosts.dialogs.reader import Loaded, Part, canonical, digest
from connectors.hosts.dialogs.shapes import ANY, PASSWORD, Dialog, Entry, Rule

CUSTOM: Final = "custom"
"""The sites' own screens are counted together, whatever their number."""
CUSTOM_AT_MOST: Final = 12
CUSTOM_WITHIN: Final = timedelta(seconds=15)


def tailored(loaded: Loaded[Dialog], settings: LogonSettings) -> Loaded[Dialog]:
    """The dialog with the site's own titles, texts and screens, which are looked for ahead of the others."""
    given = {key: value for key, value in asdict(settings).items() if value != getattr(LogonSettings(), key)}
    if not given:
        return loaded
    part = Part("transport.logon", "", "the configuration", digest(canonical(given)))
    return replace(loaded, dialog=_added(loaded.dialog, settings), parts=(*loaded.parts, part))


def _added(dialog: Dialog, settings: LogonSettings) -> Dialog:
    screens = {
        **{f"{CUSTOM}{number}": _own(each) for number, each in enumerate(settings.screens, start=1)},
        **dialog.screens,
    }
    for name, texts in (("logo", settings.logo), ("menu", settings.menu)):
        if texts and (rule := screens.get(name)) is not None:
            screens[name] = replace(rule, pattern=(*rule.pattern, *_anywhere(texts)))
    if not settings.screens:
        return replace(dialog, screens=screens)
    ours = tuple(f"{CUSTOM}{number}" for number in range(1, len(settings.screens) + 1))
    return replace(
        dialog,
        begin=(*dialog.begin, *ours),
        screens={name: rule if name in ours else _before(rule, ours) for name, rule in screens.items()},
    )


def _own(given: Mapping[str, str]) -> Rule:
    """A screen of `transport.logon.screens`: it may come anywhere, and anything may follow."""
    send, label = given.get("send", ""), given.get("field")
    entry = Entry(text=send, behind_pattern=label, hidden=send == PASSWORD) if send else None
    move = Entry(behind_pattern=label) if label and not send else None
    return Rule(
        pattern=_anywhere((given["expect"],)),
        asks_as=CUSTOM,
        type=tuple(each for each in (entry, move) if each is not None),
        press=given.get("key", "ENTER"),
        next=(ANY,),
        at_most=CUSTOM_AT_MOST,
        within=CUSTOM_WITHIN,
        else_="not_started",
    )


def _before(rule: Rule, ours: Sequence[str]) -> Rule:
    return rule if ANY in rule.next or rule.done else replace(rule, next=(*rule.next, *ours))


def _anywhere(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(re.escape(text) for text in texts)
