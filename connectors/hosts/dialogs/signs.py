"""The signs that screens are known by, held against each other. Pure.

The first screen that fits is it. So one whose signs are all among another's has to stand behind that one, and a text
that a screen shows at another place than the file says is the commonest mistake in a file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Final

from bridge.config.values import KEY
from connectors.hosts.dialogs.shapes import Dialog, Rule, Spot

KEYS: Final = ("ENTER", "CLEAR", "TAB", *(f"PF{number}" for number in range(1, 25)), "PA1", "PA2", "PA3")


def never_seen(dialog: Dialog) -> Iterator[tuple[str, str]]:
    """Screens that nobody ever comes to be on, as one that stands ahead fits whatever they fit: key, and why."""
    for number, (name, rule) in enumerate(dialog.order):
        if ahead := next((first for first, other in dialog.order[:number] if covers(other, rule)), None):
            yield (
                f"screens.{name}",
                f"unreachable: {ahead} stands ahead, and whatever fits {name} fits it as well; put {name} ahead of it, "
                "or give each a sign that the other lacks",
            )


def covers(first: Rule, second: Rule) -> bool:
    """Whether whatever fits the second fits the first: each of its signs is one of the second's."""
    if (first.before_let_in and not second.before_let_in) or not first.recognised:
        return False
    if first.cursor not in {None, second.cursor} or first.last_line not in {None, second.last_line}:
        return False
    texts = (
        (first.prompt, second.prompt),
        ((*first.says, *first.pattern), (*second.says, *second.pattern)),
        ((*first.last_line_says, *first.last_line_pattern), (*second.last_line_says, *second.last_line_pattern)),
    )
    if any(mine and not (theirs and _among(theirs, mine)) for mine, theirs in texts):
        return False
    return all(any(_holds(spot, each) for each in second.at) for spot in first.at)


def _among(some: Collection[str], all_of: Collection[str]) -> bool:
    """Whether each of a few texts, of which one is enough, is one of the others, in any case."""
    return {text.upper() for text in some} <= {text.upper() for text in all_of}


def _holds(spot: Spot, other: Spot) -> bool:
    """Whether the text at its place is part of another one at its own."""
    begins = spot.column - other.column
    if spot.row != other.row or begins < 0:
        return False
    return other.text[begins : begins + len(spot.text)].upper() == spot.text.upper()


def no_key(key: str) -> str | None:
    """What is wrong with a key's name, and which one is meant; None where it is one."""
    if KEY.fullmatch(key):
        return None
    upper = key.strip().upper()
    bare = re.sub(r"^(?:PF|F|PFK)[ -]*0*(?=\d)", "PF", upper)
    bare = re.sub(r"^PA[ -]*0*(?=\d)", "PA", bare)
    near = [bare] if bare in KEYS else get_close_matches(upper, KEYS[:3], n=1)
    hint = f", not {key}; did you mean {near[0]}?" if near else ""
    return f"ENTER, CLEAR, TAB, PF1 to PF24 or PA1 to PA3 is expected{hint}"
