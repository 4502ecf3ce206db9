"""TSO behind a session manager: its first questions have a session to leave, which tso-logon cannot know of.

Source: TSO/E takes LOGOFF where it asks for a userid (IKJ56700A) and where it asks for LOGON or LOGOFF; the manager has
the terminal back then, as after any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from connectors.hosts.dialogs.shapes import Dialog, Rule

USERID: Final = "{userid}"


def behind(dialog: Dialog) -> Dialog:
    """Where a screen that has to be left leads to TSO, its questions for the userid are left as READY is."""
    done = next((rule for rule in dialog.screens.values() if rule.done), None)
    if done is None or done.leave is None:
        return dialog
    changed = {
        name: replace(dialog.screens[name], leave=done.leave, nothing_to_leave=False)
        for name in _within(dialog) - set(dialog.begin)
        if _asks(dialog.screens[name])
    }
    return replace(dialog, screens={**dialog.screens, **changed}) if changed else dialog


def _asks(rule: Rule) -> bool:
    return rule.nothing_to_leave and any(USERID in entry.text for entry in rule.type)


def _within(dialog: Dialog) -> set[str]:
    """What comes behind screens that lead to TSO and have to be left themselves."""
    found: set[str] = set()
    todo = [name for rule in dialog.screens.values() if rule.starts_over and rule.leave for name in rule.next]
    while todo:
        name = todo.pop()
        if name in found or name not in dialog.screens:
            continue
        found.add(name)
        todo += dialog.screens[name].next
    return found
