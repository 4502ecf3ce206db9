"""What makes lines for a shell unsafe, rule by rule, beside what order_rules.py says of all commands. Pure.

secret-in-the-open  a new password in a command line, which others on the host can list; or given, and not masked
userid-as-pattern   a userid would be part of what a program looks for, or the shell would read something into it
no-limit            nothing is said of how long an answer may take
no-else             an answer that is read, but that no line shows; a value that means neither yes nor no
prompt-alone        an answer to `status` that nobody reads: an exit status proves nothing
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from connectors.hosts.dialogs.orders import (
    NEW,
    PROGRAM,
    READY,
    SUDO,
    USERID,
    Facts,
    Findings,
    Orders,
    Step,
    steps,
)

READ: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "linux": ("unix", frozenset({"entry", "groups", "state", "ageing", "failures"})),
    "aix": ("unix", frozenset({"attributes", "password"})),
    "dspusrprf": ("ibmi", frozenset({"list", "look"})),
}
"""Reader → its product, and the answers it reads."""

YES_OR_NO: Final = frozenset({"must_change", "suspended", "privileged", "violations", "protected", "password"})
LOOKS_FOR: Final = re.compile(r"(?<![\w-])(?:[efz]?grep|sed|[gmn]?awk|expr|case|find|pgrep|pkill|killall)(?![\w-])")
"""Programs to which part of their line is an expression."""

BORDERS: Final = re.compile(r"[;|&()]")
BESIDE: Final = re.compile(r"[\^*?\[\]\\~$`]\{userid\}|\{userid\}[*?\[\]\\$`]")
GIVEN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_@#$:=.%+, -]*")
"""As transports/script.py hands it on."""

LINE: Final = re.compile(r"[\x20-\x7e]+")


def faults(orders: Orders) -> Findings:
    """Everything that is wrong with them, but for what order_rules.py says."""
    for name, command in orders.commands.items():
        if command.within is None or command.within.total_seconds() <= 0:
            yield f"commands.{name}.within", "no-limit: how long to wait for an answer is missing, like 60s"
    for number, _ in enumerate(orders.leave):
        yield f"leave[{number}]", "nothing leads out of a shell that ends by itself; nothing is expected here"
    for path, step in steps(orders):
        yield from _secret(path, step)
        yield from _userid(path, step, quoted=orders.product == "ibmi")
        yield from _words(path, step)
    yield from _read(orders)


def _secret(path: str, step: Step) -> Findings:
    hint = "secret-in-the-open: "
    if NEW in step.whole:
        yield f"{path}.line", f"{hint}{NEW} would stand in a command line, for others to list; given is its place"
    if NEW in step.given + step.given_resume and not step.masked:
        yield path, f"{hint}{NEW} is given to a command and not masked; masked: true is expected"
    if step.given_resume and (NEW in step.given) is not (NEW in step.given_resume):
        yield f"{path}.given_resume", f"{NEW} is expected in both or in neither"


def _userid(path: str, step: Step, *, quoted: bool) -> Findings:
    """A userid stands as a word of its own. `quoted`: $ is a letter in it."""
    hint = f"userid-as-pattern: {USERID} "
    for part in BORDERS.split(step.whole):
        if USERID in part and (LOOKS_FOR.search(part) or BESIDE.search(part)):
            yield f"{path}.line", f"{hint}would be part of what is looked for; a program that takes a name is expected"
    before = step.whole.split(USERID)[:-1]
    if quoted and any("".join(before[: n + 1]).count("'") % 2 == 0 for n in range(len(before))):
        yield f"{path}.line", f"{hint}is expected between apostrophes: $ is a letter in it"


def _words(path: str, step: Step) -> Findings:
    if step.after or step.ends != (READY,) or step.first_use:
        yield path, "after, ends and first_use are for lines typed at READY; nothing of them is expected here"
    for key, text in (("line", step.whole), ("given", step.given), ("given_resume", step.given_resume)):
        allowed = (USERID, NEW, SUDO, PROGRAM) if key == "line" else (USERID, NEW)
        for found in re.findall(r"\{\w+\}", text):
            if found not in allowed:
                yield f"{path}.{key}", f"{found} stands for nothing here; {', '.join(allowed)} do"
    if not LINE.fullmatch(step.whole):
        yield f"{path}.line", "one line of ASCII characters is expected"
    for key in ("given", "given_resume"):
        text = re.sub(r"\{\w+\}", "x", getattr(step, key))
        if text and not GIVEN.fullmatch(text):
            yield f"{path}.{key}", "letters, digits and _ @ # $ : = . % + , - are expected, a letter or digit first"


def _read(orders: Orders) -> Findings:
    """Whoever reads finds each answer that is read, and every answer but the first ones is read."""
    shown = [name for name in orders.shown if name is not None]
    for number, step in enumerate(orders.commands.status.lines):
        if step.shows is None:
            words = "prompt-alone: what its answer is called by whoever reads it is missing"
            yield f"commands.status.lines[{number}].shows", words
        if step.only is not None:
            yield f"commands.status.lines[{number}].only", "status types all its lines; nothing is expected here"
    if len(shown) != len(set(shown)):
        yield "commands.status.lines", "each answer is expected to have a name of its own"
    if orders.reads is None:
        readers = ", ".join([*(name for name, (product, _) in READ.items() if product == orders.product), "facts"])
        yield "reads", f"prompt-alone: who reads the answers to status is missing: {readers}"
    elif orders.reads == "facts":
        yield from _facts(orders, shown)
    else:
        product, needed = READ[orders.reads]
        if product != orders.product:
            yield "reads", f"{orders.reads} reads answers of {product}, not of {orders.product}"
        for name in sorted(needed - set(shown)):
            yield "commands.status.lines", f"no-else: {orders.reads} reads the answer {name}, which no line shows"
    if orders.profile is not None and orders.reads != "facts":
        yield "profile", "facts is expected under reads; else nobody reads this"


def _facts(orders: Orders, shown: list[str]) -> Findings:
    profile: Facts | None = orders.profile
    if profile is None:
        yield "profile", "prompt-alone: what the answers say is missing: userid, must_change, changed and so on"
        return
    for name, fact in profile.items():
        path = f"profile.{name}"
        if fact.shows not in shown:
            yield f"{path}.shows", f"no-else: no line of status shows {fact.shows}"
        if USERID in fact.label or NEW in fact.label:
            yield (
                f"{path}.label",
                f"userid-as-pattern: {USERID} is nothing to look for; write what the host itself says",
            )
        if name in YES_OR_NO and not (fact.when and fact.unless):
            yield path, "no-else: when, values that mean yes, and unless, values that mean no, are expected"
        if name not in YES_OR_NO and (fact.when or fact.unless):
            yield path, "a value is read here, not yes or no; when and unless are not expected"
        if {each.casefold() for each in fact.when} & {each.casefold() for each in fact.unless}:
            yield path, "a value is expected under when or unless, not under both"
    used = {fact.shows for _, fact in profile.items()}
    for name in sorted(set(shown) - used):
        yield "commands.status.lines", f"prompt-alone: nothing is read of the answer {name}"
