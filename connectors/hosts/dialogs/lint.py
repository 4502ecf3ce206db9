"""What makes a dialog unsafe, rule by rule. Pure. The reader refuses a dialog that breaks any of them.

unreachable         a screen to which nothing leads, neither in nor out, or no way to the end
no-else, no-limit   a key is pressed and nothing is said of what it means when nothing expected comes, or until when
no-log-off          a session can be left standing: a screen without a way out, or one whose way out ends nowhere
secret-in-the-open  the password would be typed where it can be read
prompt-alone        success would rest on a prompt, which a screen can merely show
userid-as-pattern   a userid, whose characters are somebody's choice, would be part of what is looked for
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from bridge.config.values import expression
from connectors.hosts.dialogs import signs
from connectors.hosts.dialogs.shapes import (
    ANY,
    MANAGER_USERID,
    SECRETS,
    USERID,
    WORDS,
    WORDS_OUT,
    Dialog,
    Entry,
    Rule,
    outcome,
)

Findings = Iterator[tuple[str, str]]
"""Each: the key, and what is wrong and expected."""

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
LEAVE: Final = "leave: {press: KEY, then: [SCREEN]}, or nothing_to_leave: true"
HANGS_UP: Final = "where the key hangs up, nothing_to_leave: true takes the place of leave"
PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")


def faults(dialog: Dialog) -> Findings:
    """Everything that is wrong with it, as far as types go right.

    Where a screen is named that is not there nothing is said of ways: one wrong letter would be told many times over.
    """
    for check in (_words, _names, _expectations, _log_off, _secrets, _prompt_alone, _userid):
        yield from check(dialog)
    if not any(_names(dialog)):
        for check in (_unreachable, _ways_out, signs.never_seen):
            yield from check(dialog)


def following(dialog: Dialog, names: Iterable[str]) -> set[str]:
    """The screens that a list of names stands for."""
    given = set(names)
    if ANY in given:
        return {name for name, rule in dialog.screens.items() if not rule.only_out}
    return given & set(dialog.screens)


def reached(dialog: Dialog) -> set[str]:
    """The screens that can be come to from the first one."""
    found: set[str] = set()
    ahead = following(dialog, dialog.begin) | following(dialog, [dialog.unknown or ""])
    while ahead:
        found |= ahead
        ahead = set().union(*(following(dialog, dialog.screens[name].next) for name in ahead)) - found
    return found


def left_by(dialog: Dialog, found: set[str]) -> set[str]:
    """The screens that stand on the way out alone, as a panel does that asks whether to log off."""
    out: set[str] = set()
    ahead = found
    while ahead:
        ways = (rule.leave.then for name in ahead if (rule := dialog.screens[name]).leave)
        ahead = {name for then in ways for name in then if name in dialog.screens} - found - out
        ahead = {name for name in ahead if dialog.screens[name].only_out}
        out |= ahead
    return out


# --- words ----------------------------------------------------------------------------------------


def _words(dialog: Dialog) -> Findings:
    """Keys, outcomes and regular expressions that are none; names of screens that nobody can say."""
    for path, each in _said(dialog):
        for number, text in enumerate(each):
            yield from _tried(f"{path}[{number}]", expression, text)
    for path, entry in _entries(dialog):
        for label in ("behind_pattern", "ahead_of_pattern", "copy_pattern"):
            if text := getattr(entry, label):
                yield from _tried(f"{path}.{label}", expression, text)
        yield from _entry(path, entry)
        yield from _copies(path, entry)
    for name, rule in dialog.screens.items():
        yield from _screen(f"screens.{name}", name, rule)
    for name, message in dialog.messages.items():
        if message.end is None:
            yield f"messages.{name}.end", "is missing: what this message means, like not_started"
        else:
            yield from _ends(f"messages.{name}.end", message.end)
        if message.expression is None:
            yield f"messages.{name}", "says or pattern is expected"


def _screen(path: str, name: str, rule: Rule) -> Findings:
    if not NAME.fullmatch(name) or name == ANY:
        yield path, "a screen's name is expected: small letters, digits and _, a letter first; not any"
    keys = {f"{path}.press": rule.press, f"{path}.leave.press": rule.leave.press if rule.leave else None}
    for place, key in keys.items():
        if key is not None and (wrong := signs.no_key(key)):
            yield place, wrong
    ends = (("else", rule.else_), ("comes_back", rule.comes_back), ("ends", rule.ends))
    for place, text in ends:
        if text is not None:
            yield from _ends(f"{path}.{place}", text)
    if rule.ends and (rule.type or rule.next or rule.press or rule.done):
        yield f"{path}.ends", "the logon ends at this screen: nothing is typed or pressed here, but to leave"
    if rule.other_session and not rule.ends:
        yield f"{path}.other_session", "ends is expected beside it, like not_started"
    if not rule.recognised:
        yield path, "how to know this screen is missing: says, pattern, at, last_line or prompt is expected"
    spots = [(spot.row, spot.column) for spot in rule.at]
    if any(min(spot) < 1 for spot in (*spots, *((each.at.row, each.at.column) for each in rule.type if each.at))):
        yield f"{path}.at", "row and column are counted from 1"


def _ends(path: str, text: str) -> Findings:
    yield from _tried(path, outcome, text)
    if text == "done":
        yield path, "done stands at a screen alone, as `done: {proof: […]}`"


def _tried(path: str, check: Any, text: str) -> Findings:
    try:
        check(text)
    except ValueError as wrong:
        yield path, str(wrong)


def _entry(path: str, entry: Entry) -> Findings:
    ways = (entry.behind, entry.behind_pattern, entry.ahead_of, entry.ahead_of_pattern, entry.at)
    if sum(way is not None for way in ways) > 1:
        yield path, "one place is expected: behind, ahead_of or at"
    if sum((bool(entry.text), entry.empty, entry.copy_pattern is not None)) != 1:
        yield path, "text: what to type, copy_pattern: what to copy from the screen, or empty: true, is expected"
    known = WORDS_OUT if ".leave." in path else WORDS
    for found in PLACEHOLDER.findall(entry.text):
        if found not in known and found not in SECRETS:
            yield f"{path}.text", f"{found} stands for nothing here; {', '.join(known)} do"


def _copies(path: str, entry: Entry) -> Findings:
    """What is copied goes where it can be seen, and on the way in alone."""
    if entry.copy_pattern is None:
        return
    try:
        groups = re.compile(entry.copy_pattern).groups
    except re.error:
        return
    if groups != 1:
        yield (
            f"{path}.copy_pattern",
            "one pair of brackets is expected around what is to be typed, as '(\\d+) +TSO '",
        )
    if entry.hidden:
        yield f"{path}.hidden", "what is copied from the screen goes into no hidden field"
    if ".leave." in path:
        yield f"{path}.copy_pattern", "text is expected: nothing is copied to leave"


def _names(dialog: Dialog) -> Findings:
    """Every screen that is named exists."""
    lists = [("begin", dialog.begin), ("unknown", (dialog.unknown,) if dialog.unknown else ())]
    for name, rule in dialog.screens.items():
        lists.append((f"screens.{name}.next", rule.next))
        if rule.leave:
            lists.append((f"screens.{name}.leave.then", rule.leave.then))
    for path, names in lists:
        for name in names:
            if name not in dialog.screens and (name != ANY or path == "unknown"):
                near = get_close_matches(name, dialog.screens, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(dialog.screens)}"
                yield path, f"there is no screen {name}; {hint}"


# --- the rules ------------------------------------------------------------------------------------


def _unreachable(dialog: Dialog) -> Findings:
    """Every screen can be come to, and the end from every screen."""
    found = reached(dialog)
    known = found | left_by(dialog, found)
    for name, rule in dialog.screens.items():
        if name not in known:
            ways = "begin, next or leave" if rule.only_out else "begin or next"
            why = f"unreachable: no {ways} leads to this screen; name it there, or drop it"
            hint = "; where it ends the logon, `ends: not_started` or the like belongs to it" if rule.only_out else ""
            yield f"screens.{name}", why + hint + _wanted(dialog, name)
    ends = {name for name, rule in dialog.screens.items() if rule.done}
    over = {name for name, rule in dialog.screens.items() if rule.ends}
    if len(ends) != 1:
        yield "screens", f"unreachable: one screen with done is expected, {len(ends) or 'none'} stands here"
        return
    good = set(ends)
    while more := {name for name in found - good if following(dialog, dialog.screens[name].next) & good}:
        good |= more
    for name in sorted(found - good - over):
        yield f"screens.{name}.next", "unreachable: no way leads from here to the screen with done"


def _wanted(dialog: Dialog, name: str) -> str:
    """What to say of a screen that a way out leads to, though it says what to do on the way in."""
    if not any(rule.leave and name in rule.leave.then for rule in dialog.screens.values()):
        return ""
    return ". On the way out alone it says how it is known, and leave or nothing_to_leave, and nothing else"


def _expectations(dialog: Dialog) -> Findings:
    """Who presses a key says what may come, how often, how long, and what it means when nothing of it comes."""
    out, astray = left_by(dialog, reached(dialog)), any(_names(dialog))
    for name, rule in dialog.screens.items():
        path = f"screens.{name}"
        if rule.done or rule.ends or name in out or (astray and rule.only_out):
            continue
        if rule.press is None:
            yield f"{path}.press", "is missing: the key to press"
        if not rule.next:
            yield f"{path}.next", "no-else: what may come then is missing: names of screens, or any"
        if rule.else_ is None:
            yield f"{path}.else", "no-else: what it means when nothing of `next` comes is missing, like not_started"
        if rule.at_most is None or not 1 <= rule.at_most <= 1000:
            yield f"{path}.at_most", "no-limit: how often this screen may come is expected, 1 to 1000"
        if rule.within is None:
            yield f"{path}.within", "no-limit: how long to wait for an answer is missing, like 15s"


def _log_off(dialog: Dialog) -> Findings:
    """From every screen there is a way to one behind which no session is left.

    A screen whose own way out is missing is named once; those that lead to it have nothing wrong of theirs.
    """
    for name, rule in dialog.screens.items():
        if rule.leave is None and not rule.nothing_to_leave:
            yield f"screens.{name}.leave", f"no-log-off: how to leave this screen is missing: {LEAVE}"
        elif rule.leave is not None and rule.nothing_to_leave:
            yield f"screens.{name}.leave", "no-log-off: leave or nothing_to_leave is expected, not both"
        elif rule.leave is not None and not rule.leave.then:
            yield f"screens.{name}.leave.then", f"no-log-off: which screen comes then is missing; {HANGS_UP}"


def _ways_out(dialog: Dialog) -> Findings:
    """No way out goes round in circles."""
    ways = {name: following(dialog, rule.leave.then) for name, rule in dialog.screens.items() if rule.leave}
    out = {name for name, rule in dialog.screens.items() if rule.leave is None or not rule.leave.then}
    while more := {name for name, then in ways.items() if name not in out and then & out}:
        out |= more
    for name in ways:
        if name not in out:
            yield f"screens.{name}.leave.then", "no-log-off: no way leads from here to a screen with nothing_to_leave"


def _secrets(dialog: Dialog) -> Findings:
    """The password goes alone into a non-display field, and stands nowhere else."""
    hint = "secret-in-the-open: "
    for path, entry in _entries(dialog):
        for word in (each for each in SECRETS if each in entry.text):
            if not entry.hidden:
                yield path, f"{hint}{word} could be read here; hidden: true is expected, and a non-display field"
            if entry.text != word:
                yield f"{path}.text", f"{hint}{word} is expected alone: what stands beside it would be sent with it"
            if entry.if_missing == "cursor" or (entry.renews and entry.if_missing != "stop"):
                yield f"{path}.if_missing", f"{hint}without its field {word} is not typed at all; stop is expected"
            if path.endswith("]") and ".leave." in path:
                yield path, f"{hint}nobody needs {word} to leave"
    for path, texts in (*_said(dialog), *_plain(dialog)):
        for word in SECRETS:
            if any(word in text for text in texts):
                yield path, f"{hint}{word} is nothing to look for, and nothing to type here"


def _prompt_alone(dialog: Dialog) -> Findings:
    """Whoever says done has seen something answered."""
    for name, rule in dialog.screens.items():
        if rule.done and not rule.done.proof:
            words = "a prompt can be a picture of one; proof: lines that have to be answered, is expected"
            yield f"screens.{name}.done", f"prompt-alone: {words}"


def _userid(dialog: Dialog) -> Findings:
    """What is looked for is what the host says, never somebody's name."""
    for path, texts in (*_said(dialog), *_plain(dialog)):
        for word in (USERID, MANAGER_USERID):
            if any(word in text for text in texts):
                yield path, f"userid-as-pattern: {word} is nothing to look for; write what the screen itself says"


def looks_for(dialog: Dialog, word: str) -> bool:
    """Whether a word is part of what the dialog knows screens, fields and messages by, in any case."""
    whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    return any(whole.search(text) for _, texts in (*_said(dialog), *_plain(dialog)) for text in texts)


# --- where texts stand ----------------------------------------------------------------------------


def _entries(dialog: Dialog) -> Iterator[tuple[str, Entry]]:
    for name, rule in dialog.screens.items():
        for number, entry in enumerate(rule.type):
            yield f"screens.{name}.type[{number}]", entry
        for number, entry in enumerate(rule.leave.type if rule.leave else ()):
            yield f"screens.{name}.leave.type[{number}]", entry


def _said(dialog: Dialog) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Regular expressions."""
    said: Mapping[str, Any] = {
        **{f"messages.{name}": each for name, each in dialog.messages.items()},
        "let_in": dialog.let_in, "expires_soon": dialog.expires_soon, "logged_off": dialog.logged_off,
        **{f"renewal.{name}": each for name, each in dialog.renewal.items()},
        **{f"screens.{name}": rule for name, rule in dialog.screens.items()},
    }  # fmt: skip
    if dialog.renewal.field_pattern:
        yield "renewal.field_pattern", (dialog.renewal.field_pattern,)
    for path, each in said.items():
        yield f"{path}.pattern", each.pattern
        if isinstance(each, Rule):
            for key in ("last_line_pattern", "messages_above_pattern", "refused_by_pattern"):
                yield f"{path}.{key}", getattr(each, key)


def _plain(dialog: Dialog) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Plain texts to look for, labels, and lines of a proof."""
    for name, message in dialog.messages.items():
        yield f"messages.{name}.says", message.says
    for key in ("let_in", "expires_soon", "logged_off"):
        yield f"{key}.says", getattr(dialog, key).says
    for name, each in dialog.renewal.items():
        yield f"renewal.{name}.says", each.says
    for path, entry in _entries(dialog):
        labels = (entry.behind, entry.behind_pattern, entry.ahead_of, entry.ahead_of_pattern, entry.copy_pattern)
        yield path, tuple(label for label in labels if label)
    for name, rule in dialog.screens.items():
        yield f"screens.{name}.says", rule.says
        yield f"screens.{name}.at", tuple(spot.text for spot in rule.at)
        yield f"screens.{name}.last_line", (rule.last_line or "", *rule.last_line_says)
        yield f"screens.{name}.prompt", rule.prompt
        yield f"screens.{name}.done.proof", rule.done.proof if rule.done else ()
