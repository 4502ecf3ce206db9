"""Time and chance are handed in: connectors/machine.py alone has them."""

from __future__ import annotations

import re

from tests.rules.tree import called, modules

MACHINE = "connectors/machine.py"
CLOCKS = re.compile(r"(?:.*\.)?(?:datetime|date)\.(?:now|utcnow|today|fromtimestamp)|time\.(?:time|time_ns|sleep)")
FROM_TEXT = {"datetime.fromtimestamp"}  # turns a stored number into a time; asks no clock
DICE = re.compile(r"random\.\w+|os\.(?:urandom|getrandom)|secrets\.(?:token\w*|randbelow|choice|randbits)")
WAITS = {
    "bridge/cli/client.py": "a command that follows a reset pauses between two looks",
    "bridge/cli/resets.py": "the same",
    "bridge/cli/errands.py": "the same",
    "bridge/compose/demo.py": "a person watches",
    "bridge/compose/audience.py": "a person watches",
}
"""May sleep or look at the clock of this process; each with its reason. Nothing there decides about a reset."""


def test_one_module_knows_the_clock() -> None:
    """No datetime.now, time.time or sleep elsewhere; monotonic clocks measure and are free."""
    found = [
        f"{name}:{line}: {what}"
        for name, tree in modules()
        for what, line in called(tree)
        if CLOCKS.fullmatch(what) and what not in FROM_TEXT and name != MACHINE and name not in WAITS
    ]
    assert not found, "\n".join(found)


NUMBERS = {"web/office.py": "the reference of an answer that failed; guards nothing"}


def test_one_module_knows_the_dice() -> None:
    """No random, os.urandom or secrets elsewhere."""
    found = [
        f"{name}:{line}: {what}"
        for name, tree in modules()
        for what, line in called(tree)
        if DICE.fullmatch(what) and name != MACHINE and name not in NUMBERS
    ]
    assert not found, "\n".join(found)
