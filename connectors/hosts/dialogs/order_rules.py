"""What makes a product's commands unsafe. Pure. The reader refuses a file that breaks any of these rules.

They are those of lint.py, for commands: a new password stands in a masked line alone; from the point of no return on
only a read-back makes anything of `unknown`; a session comes back to READY whatever happens. In a shell, where others
can list what a command is called with, it stands in what a command is given alone: shell_orders.py. What a helper on
the host is given: helper_rules.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.config.values import expression
from bridge.domain.failure import Reason
from connectors.hosts.dialogs import helper_rules, looks, shell_orders
from connectors.hosts.dialogs.orders import (
    NEW,
    OLD,
    PLACEHOLDER,
    READY,
    SHELLED,
    USERID,
    Command,
    Findings,
    Orders,
    OwnChange,
    Step,
    steps,
)

STATUS: Final = "status"
ASKS: Final = (STATUS, "rules")
"""Commands that change nothing."""

OWN_REASONS: Final = (Reason.SERVICE_ID_REJECTED, Reason.PASSWORD_REJECTED)


def faults(orders: Orders) -> Findings:
    """Everything that is wrong with them."""
    yield from _refused(orders)
    yield from _way_back(orders)
    for name, command in orders.commands.items():
        yield from _command(f"commands.{name}", name, command)
    yield from _own(orders)
    yield from helper_rules.faults(orders)
    yield from looks.faults(orders)
    if orders.product in SHELLED:
        yield from shell_orders.faults(orders)
        return
    for path, step in steps(orders):
        yield from _step(path, step)
    yield from _no_shell(orders)


def _refused(orders: Orders) -> Findings:
    yield from _compiled("harmless_pattern", orders.harmless_pattern)
    yield from _compiled("busy", orders.busy)
    for why, each in orders.refused.items():
        if why not in list(Reason):
            yield f"refused.{why}", "a reason code of the handbook's page on reasons is expected"
        yield from _compiled(f"refused.{why}.pattern", each.pattern)
        for path, texts in ((f"refused.{why}.pattern", each.pattern), (f"refused.{why}.numbers", each.numbers)):
            if any(USERID in text for text in texts):
                yield path, f"userid-as-pattern: {USERID} is nothing to look for; write what the host itself says"
            if any(NEW in text for text in texts):
                yield path, f"secret-in-the-open: {NEW} is nothing to look for"


def _own(orders: Orders) -> Findings:
    own, path = orders.own_password, "own_password"
    if own is None:
        return
    if orders.product in SHELLED:
        yield path, "racf, acf2 and topsecret have such a line; nothing is expected here"
    if not own.masked:
        yield path, f"secret-in-the-open: {OLD} and {NEW} stand in a line that is not masked; masked: true is expected"
    if own.line.count(NEW) != 1:
        yield f"{path}.line", f"{NEW} is expected once"
    if own.line.count(OLD) > 1:
        yield f"{path}.line", f"{OLD} is expected once, or not at all"
    for found in PLACEHOLDER.findall(own.line):
        if found not in (USERID, OLD, NEW):
            yield f"{path}.line", f"{found} stands for nothing here; {USERID}, {OLD} and {NEW} do"
    yield from _own_answer(path, own, orders)
    if set(own.refused) != set(OWN_REASONS):
        yield f"{path}.refused", f"no-else: {' and '.join(OWN_REASONS)} are expected, and nothing else"
    for why, each in own.refused.items():
        yield from _compiled(f"{path}.refused.{why}.pattern", each.pattern)


def _own_answer(path: str, own: OwnChange, orders: Orders) -> Findings:
    for word in (USERID, OLD, NEW):
        if any(word in text for text in (*own.ends, *own.done_pattern)):
            yield path, f"{word} is nothing to wait or look for"
    if not own.ends:
        yield f"{path}.ends", "no-else: the prompt that ends the answer is expected"
    if READY not in own.ends and not orders.leave:
        yield f"{path}.ends", "no-log-off: leave, with the lines that lead back to READY, is expected"
    yield from _compiled(f"{path}.done_pattern", own.done_pattern)


def _compiled(path: str, texts: Sequence[str]) -> Findings:
    for number, text in enumerate(texts):
        try:
            expression(text)
        except ValueError as wrong:
            yield f"{path}[{number}]", str(wrong)


def _way_back(orders: Orders) -> Findings:
    """Whatever the last line ends with, READY comes in the end."""
    away = any(READY not in step.ends for _, step in steps(orders))
    if away and not orders.leave:
        yield "leave", "no-log-off: a line ends elsewhere than at READY; the lines that lead back there are expected"
    elif orders.leave and READY not in orders.leave[-1].ends:
        yield "leave", "no-log-off: the last line is expected to end at READY"


def _command(path: str, name: str, command: Command) -> Findings:
    if not command.lines:
        yield f"{path}.lines", "what to type is expected"
    if command.else_ is None:
        yield f"{path}.else", "no-else: what it means when the answer is none that is known is missing"
    elif command.else_ == "not_started" and (command.no_return or name not in ASKS):
        yield f"{path}.else", "no-else: after the point of no return an answer that is not known leaves it unknown"
    if name not in ASKS:
        if not command.no_return:
            yield f"{path}.no_return", "true is expected: from here on the host may have changed something"
        if command.read_back != STATUS:
            yield f"{path}.read_back", "prompt-alone: only a read-back tells what has become of it: status is expected"
    if not any(USERID in step.line + step.given for step in command.lines):
        yield f"{path}.lines", f"{USERID} is expected in one of them"
    has_new = [_holds_new(command, left_out) for left_out in ("phrase", "password")]
    if name == "reset" and (has_new[0] != 1 or has_new[1] > 1):
        yield f"{path}.lines", f"{NEW} is expected once"
    if name != "reset" and (any(has_new) or any(NEW in step.given_resume for step in command.lines)):
        yield f"{path}.lines", f"secret-in-the-open: {NEW} belongs to reset alone"


def _holds_new(command: Command, left_out: str) -> int:
    return sum((step.whole + step.given).count(NEW) for step in command.lines if step.only != left_out)


def _step(path: str, step: Step) -> Findings:
    if NEW in step.whole and not step.masked:
        yield path, f"secret-in-the-open: {NEW} stands in a line that is not masked; masked: true is expected"
    if NEW in step.after or any(NEW in text for text in step.ends):
        yield path, f"secret-in-the-open: {NEW} is nothing to wait for"
    if USERID in step.after or any(USERID in text for text in step.ends):
        yield path, f"userid-as-pattern: {USERID} is nothing to wait for"
    for found in PLACEHOLDER.findall(step.whole):
        if found not in (USERID, NEW):
            yield f"{path}.line", f"{found} stands for nothing here; {USERID} and {NEW} do"
    if not step.ends:
        yield f"{path}.ends", "no-else: the prompt that ends the answer is expected"
    if step.whole.rstrip().endswith(("-", "+")):
        yield f"{path}.line", "- or + at the end goes on in the next line, as TSO reads it"


def _no_shell(orders: Orders) -> Findings:
    """At READY there is nothing to give, and whoever reads the answers is no choice."""
    for path, step in steps(orders):
        for key in ("given", "given_resume", "shows"):
            if getattr(step, key):
                yield f"{path}.{key}", f"{key} is for {' and '.join(SHELLED)}: nothing is expected here"
        if step.only == "lift_lock":
            yield f"{path}.only", "resume is expected"
    for key, value in (("reads", orders.reads), ("profile", orders.profile), ("busy", orders.busy)):
        if value:
            yield key, f"{key} is for {' and '.join(SHELLED)}: nothing is expected here"
    for name, command in orders.commands.items():
        if command.within is not None:
            yield f"commands.{name}.within", "transport.answer_within of the system is the limit here"
    if orders.commands.rules is not None:
        yield "commands.rules", "status, reset and unlock are expected"
