"""What a security product is told and what its answers refuse, as frozen values; and what makes them unsafe. Pure.

The rules are those of lint.py, for commands: a new password stands in a masked line alone; from the point of no return
on only a read-back makes anything of `unknown`; a session comes back to READY whatever happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from bridge.config.values import expression
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Typed
from bridge.domain.secret import Line, Secret

Findings = Iterator[tuple[str, str]]
READY: Final = "READY"
NEW: Final = "{new_password}"
USERID: Final = "{userid}"
PLACEHOLDER: Final = re.compile(r"(\{[^{}]*\})")
STATUS: Final = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line to type.

    first_use   what is added unless the system says `first_use: pswdfrc`; resume: where a suspension is lifted as well
    only        `resume`: type the line in that case alone
    after       only if the answer to the line before holds this text
    ends        the prompts that may follow
    masked      it holds the new password: covered wherever it is shown
    """

    line: str
    first_use: str = ""
    resume: str = ""
    only: Literal["resume"] | None = None
    after: str = ""
    ends: tuple[str, ...] = (READY,)
    masked: bool = False

    @property
    def whole(self) -> str:
        """With everything that may be added."""
        return self.line + self.first_use + self.resume


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is typed for one purpose.

    no_return   from here on the host may have changed something
    read_back   the command whose answer proves what has become of it
    else_       what it means when the answer is none that is known
    """

    lines: tuple[Step, ...] = ()
    no_return: bool = False
    read_back: str | None = None
    else_: Literal["not_started", "unknown"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Message numbers and regular expressions that refuse for one reason."""

    numbers: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """`commands:`."""

    status: Command
    reset: Command
    unlock: Command

    def items(self) -> Iterator[tuple[str, Command]]:
        """By their names."""
        return iter((("status", self.status), ("reset", self.reset), ("unlock", self.unlock)))


@dataclass(frozen=True, kw_only=True)
class Orders:
    """The whole of it. enter, leave: lines ahead of each command and behind it."""

    dialog: str
    version: int
    product: Literal["racf", "acf2", "topsecret"]
    about: str = ""
    refused: Mapping[str, Refusal]
    harmless: tuple[str, ...] = ()
    harmless_pattern: tuple[str, ...] = ()
    enter: tuple[Step, ...] = ()
    leave: tuple[Step, ...] = ()
    commands: Commands

    @cached_property
    def numbers(self) -> dict[str, Reason]:
        """Message number → what it refuses."""
        return {number: Reason(why) for why, each in self.refused.items() for number in each.numbers}

    @cached_property
    def words(self) -> tuple[tuple[str, Reason], ...]:
        """The same by wording, in the order of the file."""
        return tuple((text, Reason(why)) for why, each in self.refused.items() for text in each.pattern)

    def typed(
        self,
        command: Command,
        userid: Userid,
        new: Secret | None = None,
        *,
        resume: bool = False,
        first_use: bool = True,
    ) -> tuple[Typed, ...]:
        """The lines to type."""
        lines = [*self.enter, *(step for step in command.lines if resume or step.only is None)]
        return tuple(_typed(step, userid, new, resume=resume, first_use=first_use) for step in lines)

    def echoes(self, row: str, userid: Userid) -> bool:
        """Whether a row is one of the lines, come back; what is behind the password's place may be anything."""
        text = row.strip().upper()
        for _, step in _steps(self):
            head, new, _ = step.line.replace(USERID, userid).upper().partition(NEW.upper())
            if text == head.strip() or (new and text.startswith(head)):
                return True
        return False

    def left(self) -> tuple[Typed, ...]:
        """The lines that lead back to READY."""
        return tuple(Typed(line=Line(step.line), ends=step.ends) for step in self.leave)


def _typed(step: Step, userid: Userid, new: Secret | None, *, resume: bool, first_use: bool) -> Typed:
    text = step.line + (step.first_use if first_use else "") + (step.resume if resume else "")
    parts: list[str | Secret] = []
    for part in PLACEHOLDER.split(text):
        if part == NEW and new is not None:
            parts.append(new)
        elif part:
            parts.append(userid if part == USERID else part)
    return Typed(line=Line(*parts), ends=step.ends, after=step.after)


# --- rules ----------------------------------------------------------------------------------------


def faults(orders: Orders) -> Findings:
    """Everything that is wrong with them."""
    yield from _refused(orders)
    yield from _way_back(orders)
    for name, command in orders.commands.items():
        yield from _command(f"commands.{name}", name, command)
    for path, step in _steps(orders):
        yield from _step(path, step)


def _refused(orders: Orders) -> Findings:
    yield from _compiled("harmless_pattern", orders.harmless_pattern)
    for why, each in orders.refused.items():
        if why not in list(Reason):
            yield f"refused.{why}", "a reason code of the handbook's page on reasons is expected"
        yield from _compiled(f"refused.{why}.pattern", each.pattern)
        for path, texts in ((f"refused.{why}.pattern", each.pattern), (f"refused.{why}.numbers", each.numbers)):
            if any(USERID in text for text in texts):
                yield path, f"userid-as-pattern: {USERID} is nothing to look for; write what the host itself says"
            if any(NEW in text for text in texts):
                yield path, f"secret-in-the-open: {NEW} is nothing to look for"


def _compiled(path: str, texts: Sequence[str]) -> Findings:
    for number, text in enumerate(texts):
        try:
            expression(text)
        except ValueError as wrong:
            yield f"{path}[{number}]", str(wrong)


def _way_back(orders: Orders) -> Findings:
    """Whatever the last line ends with, READY comes in the end."""
    away = any(READY not in step.ends for _, step in _steps(orders))
    if away and not orders.leave:
        yield "leave", "no-log-off: a line ends elsewhere than at READY; the lines that lead back there are expected"
    elif orders.leave and READY not in orders.leave[-1].ends:
        yield "leave", "no-log-off: the last line is expected to end at READY"


def _command(path: str, name: str, command: Command) -> Findings:
    if not command.lines:
        yield f"{path}.lines", "what to type is expected"
    if command.else_ is None:
        yield f"{path}.else", "no-else: what it means when the answer is none that is known is missing"
    elif command.else_ == "not_started" and (command.no_return or name != STATUS):
        yield f"{path}.else", "no-else: after the point of no return an answer that is not known leaves it unknown"
    if name != STATUS:
        if not command.no_return:
            yield f"{path}.no_return", "true is expected: from here on the host may have changed something"
        if command.read_back != STATUS:
            yield f"{path}.read_back", "prompt-alone: only a read-back tells what has become of it: status is expected"
    if not any(USERID in step.line for step in command.lines):
        yield f"{path}.lines", f"{USERID} is expected in one of them"
    has_new = sum(step.whole.count(NEW) for step in command.lines)
    if name == "reset" and has_new != 1:
        yield f"{path}.lines", f"{NEW} is expected once"
    if name != "reset" and has_new:
        yield f"{path}.lines", f"secret-in-the-open: {NEW} belongs to reset alone"


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


def _steps(orders: Orders) -> Iterator[tuple[str, Step]]:
    for key, steps in (("enter", orders.enter), ("leave", orders.leave)):
        for number, step in enumerate(steps):
            yield f"{key}[{number}]", step
    for name, command in orders.commands.items():
        for number, step in enumerate(command.lines):
            yield f"commands.{name}.lines[{number}]", step
