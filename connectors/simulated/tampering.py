"""Faults of the security product itself, for every door that runs its commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from connectors.simulated.faults import Fault, Faults
from connectors.simulated.operands import Result
from connectors.simulated.topsecret import done, function_of
from connectors.simulated.users import UserDatabase

REFUSALS: Final = {
    "racf": (
        "ICH21005I NOT AUTHORIZED TO SPECIFY PASSWORD, OPERAND IGNORED",
        "ICH21007I EXPIRED/NOEXPIRED OPERAND IGNORED",
    ),
    "acf2": ("ACF0A017 NOT AUTHORIZED FOR REQUESTED FUNCTION",),
    "topsecret": (
        "TSS7251E Access Denied to CASECAUT <TSSCMD.USER.{function}>",
        "TSS0301I  TSS      FUNCTION FAILED, RETURN CODE =  8",
    ),
}

RESOURCES: Final = {"REMOVE": "REMOVE.SUSPEND"}
"""How a function's resource ends, where it is no new password's."""


def instead(faults: Faults, product: str, line: str) -> Result | None:
    """Return what is answered without running the command; None where nothing is wrong with it."""
    answer = faults.take(Fault.ANSWER, line)
    if answer is not None:
        return Result(tuple(answer.text.split("\n")), 8)
    if faults.take(Fault.NOT_AUTHORIZED, line):
        said = REFUSALS.get(product, REFUSALS["racf"])
        function = RESOURCES.get(function_of(line), "REPLACE.PASSWORD") if product == "topsecret" else ""
        return Result(tuple(each.format(function=function) for each in said), 4)
    if faults.take(Fault.CHANGE_IGNORED, line):
        return Result((done(function_of(line)),) if product == "topsecret" else ())
    return None


def afterword(faults: Faults, line: str, result: Result) -> Result:
    """The answer of a command that was run, and what is said behind it where that has been armed."""
    more = faults.take(Fault.AFTERWORD, line)
    return result if more is None else Result((*result.lines, *more.text.split("\n")), max(result.code, 4))


@contextmanager
def flags_lost(faults: Faults, database: UserDatabase, line: str) -> Iterator[None]:
    """Around a command: the passwords that it sets lose their change-on-first-use, where that fault is armed."""
    if faults.take(Fault.FLAG_IGNORED, line) is None:
        yield
        return
    changed: list[str] = []

    def note(userid: str, _password: str) -> None:
        changed.append(userid)

    database.watch(note)
    try:
        with database:
            yield
            for userid in changed:
                database.user(userid).password.expired = False
    finally:
        database.unwatch(note)
