"""What a security product is told and what its answers refuse, as frozen values. Pure. order_rules.py has the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final, Literal

from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Typed, Verb
from bridge.domain.secret import Line, Secret

Findings = Iterator[tuple[str, str]]
READY: Final = "READY"
NEW: Final = "{new_password}"
USERID: Final = "{userid}"
PLACEHOLDER: Final = re.compile(r"(\{[^{}]*\})")
SUDO: Final = "{sudo}"
PROGRAM: Final = "{program}"
NONCE: Final = "{nonce}"
OLD: Final = "{password}"
SHELLED: Final = ("unix", "ibmi")
"""Products whose lines are typed into a shell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line to type.

    first_use   what is added unless the system says `first_use: pswdfrc`; resume: where a suspension is lifted as well
    lift_lock   what is added there besides, where the system says that locks are its own
    only        `resume`: type the line in that case alone; `lift_lock`: where the system says that locks are its own;
                `phrase`: where its users have password phrases; `password`: where they have not
    after       only if the answer to the line before holds this text
    ends        the prompts that may follow
    masked      it holds the new password: covered wherever it is shown
    given       in a shell: the line on the command's standard input; given_resume: that one in place of it
    shows       in a shell: what the answer is called by whoever reads it
    """

    line: str
    first_use: str = ""
    resume: str = ""
    lift_lock: str = ""
    only: Literal["resume", "lift_lock", "password", "phrase"] | None = None
    after: str = ""
    ends: tuple[str, ...] = (READY,)
    masked: bool = False
    given: str = ""
    given_resume: str = ""
    shows: str | None = None

    @property
    def whole(self) -> str:
        """With everything that may be added."""
        return self.line + self.first_use + self.resume + self.lift_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a helper on the host is given for one purpose: one line on its standard input.

    given       {new_password} goes as hexadecimal digits, {nonce} is what its answer is known by
    phrase      what is added where it is a password phrase
    first_use   what is added unless the system says `first_use: pswdfrc`; resume: where a suspension is lifted as well
    lift_lock   what is added there besides, where the system says that locks are its own
    masked      it holds the new password: covered wherever it is shown
    shows       what the answer is called by whoever reads it
    within      how long the answer may take
    """

    given: str
    phrase: str = ""
    first_use: str = ""
    resume: str = ""
    lift_lock: str = ""
    masked: bool = False
    shows: str | None = None
    within: timedelta | None = None

    @property
    def whole(self) -> str:
        """With everything that may be added."""
        return self.given + self.phrase + self.first_use + self.resume + self.lift_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is typed for one purpose.

    no_return   from here on the host may have changed something
    read_back   the command whose answer proves what has become of it
    else_       what it means when the answer is none that is known
    within      in a shell: how long the answer to all its lines may take
    helper      over SSH to a product of z/OS: what the helper is given in place of the lines
    """

    lines: tuple[Step, ...] = ()
    no_return: bool = False
    read_back: str | None = None
    else_: Literal["not_started", "unknown"] | None = None
    within: timedelta | None = None
    helper: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Message numbers and regular expressions that refuse for one reason."""

    numbers: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChange:
    """The line by which anybody changes their own password for good: where the service id's logon has no field for it.

    ends          the prompts that may follow
    done_pattern  words by which it says that it worked; silence means that nothing speaks against it
    refused       service_id_rejected: counted as a wrong try, or never allowed: not tried again; password_rejected:
                  another new one may be taken
    """

    line: str
    ends: tuple[str, ...] = (READY,)
    masked: bool = False
    done_pattern: tuple[str, ...] = ()
    refused: Mapping[str, Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """`commands:`. rules: what the system says of passwords, where there is such a command."""

    status: Command
    reset: Command
    unlock: Command
    rules: Command | None = None

    def items(self) -> Iterator[tuple[str, Command]]:
        """By their names."""
        every = (("status", self.status), ("reset", self.reset), ("unlock", self.unlock), ("rules", self.rules))
        return ((name, command) for name, command in every if command is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that an answer says, in a row `label: value`, `label = value` or with dots in between.

    shows   the answer
    label   what stands ahead of the value
    when    values, in any case, that mean yes; unless: that mean no. Any other value leaves the answer unread
    """

    shows: str
    label: str
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`profile:`: what the answers to `status` say of an account, where no reader of the product's own fits them.

    userid       whose it is: the value has to be the userid that was asked for
    must_change  whether the password has to be changed at the next logon
    changed      when it was last changed, in whatever form: it has to be another after a change
    suspended    by an administrator; violations: by wrong passwords
    privileged   more than a user's; protected: the system's own
    password     whether there is one
    """

    userid: Fact
    must_change: Fact
    changed: Fact
    suspended: Fact
    privileged: Fact
    violations: Fact | None = None
    protected: Fact | None = None
    password: Fact | None = None

    def items(self) -> Iterator[tuple[str, Fact]]:
        """Those that are there, by their names."""
        every = ((name, getattr(self, name)) for name in Facts.__slots__)
        return ((name, fact) for name, fact in every if fact is not None)


@dataclass(frozen=True, kw_only=True)
class Orders:
    """The whole of it. enter, leave: lines ahead of each command and behind it.

    busy      rows that say that another program is at work: nothing was set, and it is tried again
    reads     in a shell: who reads the answers to `status`; `facts`: what `profile` says
    looks_for the words by which they are read, by their names: looks.py
    """

    dialog: str
    version: int
    product: Literal["racf", "acf2", "topsecret", "unix", "ibmi"]
    about: str = ""
    refused: Mapping[str, Refusal]
    harmless: tuple[str, ...] = ()
    harmless_pattern: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    reads: Literal["linux", "aix", "dspusrprf", "facts"] | None = None
    profile: Facts | None = None
    looks_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    enter: tuple[Step, ...] = ()
    leave: tuple[Step, ...] = ()
    commands: Commands
    own_password: OwnChange | None = None

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
        phrase: bool = False,
        lift_lock: bool = False,
        words: Mapping[str, str] | None = None,
    ) -> tuple[Typed, ...]:
        """The lines to type. `words`: what {sudo} and {program} stand for in the system's configuration."""
        cases = {None: True, "resume": resume, "lift_lock": lift_lock, "phrase": phrase, "password": not phrase}
        lines = [*self.enter, *(step for step in command.lines if cases[step.only])]
        added = {"first_use": first_use, "resume": resume, "lift_lock": lift_lock}
        return tuple(_typed(step, userid, new, words or {}, added) for step in lines)

    def order(
        self,
        verb: Verb,
        userid: Userid,
        new: Secret | None = None,
        *,
        resume: bool = False,
        first_use: bool = True,
        phrase: bool = False,
        lift_lock: bool = False,
    ) -> Order:
        """One purpose in both forms: lines for READY, and what a helper is given."""
        command = {Verb.RESET: self.commands.reset, Verb.UNLOCK: self.commands.unlock}.get(verb, self.commands.status)
        typed = self.typed(command, userid, new, resume=resume, first_use=first_use, phrase=phrase, lift_lock=lift_lock)
        asked, within = None, None
        if (ours := command.helper) is not None:
            cases = {"phrase": phrase, "first_use": first_use, "resume": resume, "lift_lock": lift_lock}
            added = "".join(getattr(ours, name) for name, on in cases.items() if on)
            asked, within = Line(*_filled(ours.given + added, userid, new, {})), ours.within
        return Order(verb=verb, userid=userid, new=new, typed=typed, leave=self.left(), asked=asked, within=within)

    @property
    def shown(self) -> tuple[str | None, ...]:
        """What the answers to `status` are called, in the order of the lines that are typed; None: nobody reads it."""
        return tuple(step.shows for step in (*self.enter, *self.commands.status.lines))

    def echoes(self, row: str, userid: Userid) -> bool:
        """Whether a row is one of the lines, come back; what is behind the password's place may be anything."""
        text = row.strip().upper()
        for _, step in steps(self):
            head, new, _ = step.line.replace(USERID, userid).upper().partition(NEW.upper())
            if text == head.strip() or (new and text.startswith(head)):
                return True
        return False

    def entered(self) -> tuple[Typed, ...]:
        """The lines ahead of each command."""
        return tuple(Typed(line=Line(step.line), ends=step.ends) for step in self.enter)

    def left(self) -> tuple[Typed, ...]:
        """The lines that lead back to READY."""
        return tuple(Typed(line=Line(step.line), ends=step.ends) for step in self.leave)


def _typed(
    step: Step, userid: Userid, new: Secret | None, words: Mapping[str, str], added: Mapping[str, bool]
) -> Typed:
    text = step.line + "".join(getattr(step, name) for name, on in added.items() if on)
    given = step.given_resume if added["resume"] and step.given_resume else step.given
    line = Line(*_filled(text, userid, new, words))
    behind = Line(*_filled(given, userid, new, words)) if given else None
    return Typed(line=line, ends=step.ends, after=step.after, given=behind)


def _filled(text: str, userid: Userid, new: Secret | None, words: Mapping[str, str]) -> Iterator[str | Secret]:
    """With values in place of what stands for them. A word that is empty takes the blank behind it along."""
    for word, value in words.items():
        text = text.replace(f"{word} ", f"{value} " if value else "").replace(word, value)
    for part in PLACEHOLDER.split(text):
        if part == NEW and new is not None:
            yield new
        elif part:
            yield userid if part == USERID else part


def steps(orders: Orders) -> Iterator[tuple[str, Step]]:
    """Every line, and where it stands."""
    for key, steps in (("enter", orders.enter), ("leave", orders.leave)):
        for number, step in enumerate(steps):
            yield f"{key}[{number}]", step
    for name, command in orders.commands.items():
        for number, step in enumerate(command.lines):
            yield f"commands.{name}.lines[{number}]", step
