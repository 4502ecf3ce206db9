"""Qshell as far as the bridge's scripts use it. What it does not know it refuses, and nothing of the script is run.

A script is read whole before anything runs, as any shell does with a compound command. Known are `system 'CL'`, the
program that is given a line by echo, and what stands around them. Sources: IBM i Qshell (qsh, trap, echo, command);
its message numbers (001-…) are from memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

HEAD: Final = re.compile(r"\{\necho '(RB1 BEGIN ([0-9a-f]{16}))'\n")
STEP: Final = re.compile(
    r"\{ (?P<command>[^\n]*)\n\} </dev/null 2>&1\nrb_code=\$\?\necho\n"
    r'echo "RB1 RC (?P<nonce>[0-9a-f]{16}) \$rb_code"\n'
    r'\[ "\$rb_code" = 0 \] \|\| \{ echo "RB1 END (?P=nonce)"; exit 0; \}\n'
)
TAIL: Final = re.compile(r"echo '(RB1 END ([0-9a-f]{16}))'\nexit 0\n\}\n")
SET_UP: Final = re.compile(r"trap '' [A-Z ]+; PATH=[\w/:]+; export PATH")
SYSTEM: Final = re.compile(r"system '([^']+)'")
GIVEN: Final = re.compile(
    r"if \[ \"\$\(command -v echo\)\" = echo \]; then echo '(?P<line>[^'\\]*)' \| (?P<program>/[\w./$#@]+)"
    r"; else echo '[^']*'; \(exit 126\); fi"
)


class NotKnown(Exception):
    """The script is none that this shell can read; the text is what it says."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command: `cl` for `system`, or a line for a program; neither for what only sets up the shell."""

    cl: str = ""
    program: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    nonce: str
    steps: tuple[Step, ...]


def read(text: str) -> Script:
    """Take a script apart. Raises NotKnown where it is cut off or holds anything else."""
    head = HEAD.match(text)
    if head is None:
        raise NotKnown("001-0055 Syntax error.")
    at, steps = head.end(), []
    while found := STEP.match(text, at):
        steps.append(_step(found["command"]))
        at = found.end()
    if not TAIL.fullmatch(text, at):
        raise NotKnown("001-0050 Syntax error: unexpected end of file.")
    return Script(head[2], tuple(steps))


def _step(command: str) -> Step:
    if SET_UP.fullmatch(command):
        return Step()
    if found := SYSTEM.fullmatch(command):
        return Step(cl=found[1])
    if found := GIVEN.fullmatch(command):
        return Step(program=found["program"], line=found["line"] + "\n")
    raise NotKnown("001-0019 Error found searching for command. No such path or directory.")


def output(script: Script, run: Callable[[Step], tuple[tuple[str, ...], int]]) -> Iterator[str]:
    """The lines of its standard output. `run` says what a step prints, and its status; one that fails is the last."""
    yield f"RB1 BEGIN {script.nonce}"
    for step in script.steps:
        lines, code = run(step)
        yield from lines
        yield ""
        yield f"RB1 RC {script.nonce} {code}"
        if code:
            break
    yield f"RB1 END {script.nonce}"
