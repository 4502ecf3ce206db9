"""The TSO parser: a command line into a positional operand and keywords with values.

Source: z/OS TSO/E Messages (IKJ567..I and IKJ567..A). It quotes what it does not like, a password included.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

USERID: Final = re.compile(r"[A-Z0-9@#$]{1,8}")
Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Operand:
    """A word, and what stood in parentheses after it. Positions are those in the command line."""

    word: str
    start: int
    end: int
    value: str | None = None
    value_start: int = 0
    value_end: int = 0

    def unquoted(self) -> str:
        return unquote(self.value or "")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question of the parser: the answer goes between `before` and `after`, and the command is tried again."""

    text: str
    before: str
    after: str

    def answered(self, reply: str) -> str:
        return self.before + reply + self.after


@dataclass(frozen=True, slots=True)
class Result:
    """What a command printed, and its return code. With a prompt it is not over."""

    lines: tuple[str, ...] = ()
    code: int = 0
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Syntax:
    """What a command takes: keywords, and for those whose value is checked, the name it is called by in messages."""

    keywords: frozenset[str]
    values: Mapping[str, str] = field(default_factory=dict)
    needs_userid: bool = True
    userid_text: str = "RACF USERID"
    free_words: bool = False
    """Whether the words after the first are names of the user's own and not keywords."""


@dataclass(frozen=True, slots=True)
class Parsed:
    userids: tuple[str, ...]
    keywords: dict[str, Operand]

    def value(self, name: str) -> str:
        return self.keywords[name].unquoted() if name in self.keywords else ""


class Mistake(Exception):
    """The parser does not go on. `lines` are what it says without prompting; `asks` what it asks otherwise."""

    def __init__(self, lines: tuple[str, ...], asks: str, start: int, end: int) -> None:
        super().__init__(lines[0])
        self.lines, self.asks, self.start, self.end = lines, asks, start, end


def unquote(text: str) -> str:
    stripped = text.strip()
    if len(stripped) >= 2 and stripped[0] == stripped[-1] == "'":
        return stripped[1:-1].replace("''", "'")
    return stripped


def split(line: str) -> list[Operand]:
    """Return the words of a line, each with its parenthesised value. Comments and separators are dropped."""
    found: list[Operand] = []
    at = 0
    while at < len(line):
        if line.startswith("/*", at):
            at = _after(line, "*/", at + 2)
        elif line[at] in " ,;\t":
            at += 1
        else:
            found.append(_operand(line, at))
            at = found[-1].end
    return found


def _operand(line: str, start: int) -> Operand:
    at = start
    while at < len(line) and line[at] not in " ,;\t()":
        at += 1
    word = line[start:at]
    if at >= len(line) or line[at] != "(":
        return Operand(word, start, max(at, start + 1))
    closing = _closing(line, at)
    return Operand(word, start, min(closing + 1, len(line)), line[at + 1 : closing], at + 1, closing)


def _closing(line: str, opening: int) -> int:
    """Return where the parenthesis closes; the end of the line where it does not, as TSO assumes."""
    depth, quoted = 0, False
    for at in range(opening, len(line)):
        if line[at] == "'":
            quoted = not quoted
        elif not quoted and line[at] in "()":
            depth += 1 if line[at] == "(" else -1
            if depth == 0:
                return at
    return len(line)


def _after(line: str, mark: str, start: int) -> int:
    found = line.find(mark, start)
    return len(line) if found < 0 else found + len(mark)


def parse(line: str, syntax: Syntax, checks: Mapping[str, Check]) -> Parsed:
    """Return the operands of a command. Raises Mistake at the first that the parser refuses.

    checks   by the name that messages use ("PASSWORD"), whether a value will do
    """
    words = split(line)[1:]
    userids: tuple[str, ...] = ()
    if words and (syntax.needs_userid or words[0].word.upper() not in syntax.keywords):
        first = words.pop(0)
        userids = _userids(first)
    elif syntax.needs_userid:
        end = len(line.rstrip())
        raise Mistake(
            (f"IKJ56701I MISSING {syntax.userid_text}+", f"IKJ56701I MISSING {syntax.userid_text}, 1-8 CHARACTERS"),
            "IKJ56700A ENTER USERID -", end, end,
        )  # fmt: skip
    if syntax.free_words:
        return Parsed(userids, {operand.word.upper(): operand for operand in words})
    return Parsed(userids, _keywords(words, syntax, checks))


def _userids(operand: Operand) -> tuple[str, ...]:
    listed = operand.value if not operand.word and operand.value is not None else operand.word
    names = tuple(listed.upper().replace(",", " ").split())
    for name in names or ("",):
        if not USERID.fullmatch(name):
            raise _invalid("USERID", listed, operand.start, operand.end)
    return names


def _keywords(words: list[Operand], syntax: Syntax, checks: Mapping[str, Check]) -> dict[str, Operand]:
    found: dict[str, Operand] = {}
    for operand in words:
        name = resolve(operand.word, syntax.keywords)
        if name is None:
            lines = (f"IKJ56712I INVALID KEYWORD, {operand.word}",)
            raise Mistake(lines, "IKJ56703A REENTER THIS OPERAND -", operand.start, operand.end)
        called = syntax.values.get(name)
        if called and operand.value and not checks[called](operand.unquoted()):
            raise _invalid(called, operand.value, operand.value_start, operand.value_end)
        found[name] = operand
    return found


def _invalid(called: str, value: str, start: int, end: int) -> Mistake:
    return Mistake((f"IKJ56702I INVALID {called}, {value}",), "IKJ56703A REENTER THIS OPERAND -", start, end)


def resolve(word: str, names: frozenset[str]) -> str | None:
    """Return the keyword that this is, or the only one that begins so; None for anything else."""
    upper = word.upper()
    if upper in names:
        return upper
    candidates = [name for name in names if upper and name.startswith(upper)]
    return candidates[0] if len(candidates) == 1 else None


def refuse(line: str, mistake: Mistake, *, prompting: bool) -> Result:
    """Turn a mistake into what the terminal sees: messages and the end, or a question."""
    if not prompting:
        return Result(mistake.lines, 12)
    shown = () if mistake.asks.startswith("IKJ56700A") else mistake.lines
    before, after = line[: mistake.start], line[mistake.end :]
    spaced = before if not before or before[-1] in "( " else before + " "
    return Result(shown, 12, Prompt(mistake.asks, spaced, after))
