"""deploy/ibmi/rbpwd.clle, as far as it can be judged where there is no CL compiler."""

from __future__ import annotations

import re
from pathlib import Path

from connectors.hosts.dialogs.reader import shipped_orders

SOURCE = (Path(__file__).parents[3] / "deploy" / "ibmi" / "rbpwd.clle").read_text("ascii")
CONTROL = frozenset(
    [
        "PGM",
        "DCLPRCOPT",
        "DCL",
        "MONMSG",
        "CALLPRC",
        "IF",
        "CHGVAR",
        "CALLSUBR",
        "DOFOR",
        "ENDDO",
        "SELECT",
        "WHEN",
        "OTHERWISE",
        "ENDSELECT",
        "RETURN",
        "CALL",
        "DOUNTIL",
        "SUBR",
        "ENDSUBR",
        "ENDPGM",
    ]
)
"""Words that the compiler itself knows; everything else is a command, and looked for in a library."""


def statements() -> list[str]:
    """One string for each, without comments, labels and continuations."""
    text = re.sub(r"/\*.*?\*/", "", SOURCE, flags=re.DOTALL)
    text = re.sub(r"\+\n\s*", " ", text)
    lines = (re.sub(r"^\s*[A-Z]+:\s*", "", line).strip() for line in text.splitlines())
    return [re.sub(r"\s+", " ", line) for line in lines if line]


def test_it_fits_a_source_member() -> None:
    """Eighty columns of ASCII; no tab."""
    assert max(map(len, SOURCE.splitlines())) <= 80
    assert "\t" not in SOURCE


def test_brackets_and_blocks_close() -> None:
    """In each statement, and over the whole."""
    told = statements()
    for line in told:
        bare = re.sub(r"'(?:[^']|'')*'", "", line)
        assert bare.count("(") == bare.count(")"), line
        assert bare.count("'") == 0, line
    begun = sum("THEN(DO)" in line or line.startswith(("DOFOR ", "DOUNTIL ")) for line in told)
    assert begun == told.count("ENDDO")
    for start, end in (("SUBR ", "ENDSUBR"), ("SELECT", "ENDSELECT"), ("PGM", "ENDPGM")):
        assert sum(line.startswith(start) for line in told) == told.count(end)


def test_every_variable_is_declared_and_used() -> None:
    """And every label and subroutine that is gone to exists."""
    told = statements()
    declared = {line.split("(&")[1].split(")")[0] for line in told if line.startswith("DCL ")}
    used = set(re.findall(r"&([A-Z]+)", "\n".join(line for line in told if not line.startswith("DCL "))))
    assert declared == used
    labels = set(re.findall(r"^ ([A-Z]+):", SOURCE, re.MULTILINE))
    assert labels == set(re.findall(r"CMDLBL\(([A-Z]+)\)", SOURCE))
    subroutines = {line for line in told if line.startswith("SUBR ")}
    assert {f"SUBR SUBR({name})" for name in re.findall(r"CALLSUBR SUBR\((\w+)\)", "\n".join(told))} == subroutines


def test_commands_that_run_on_adopted_authority_are_those_of_the_system() -> None:
    """A library list could name others."""
    words = {line.split()[0] for line in statements()} | set(re.findall(r"(?:THEN|EXEC|CMD)\((\S+)", SOURCE))
    found = {word for word in words if word.rstrip(")") not in CONTROL | {"DO", "GOTO", "ITERATE"}}
    assert found == {"QSYS/RTVUSRPRF", "QSYS/RTVSYSVAL", "QSYS/RCVMSG", "QSYS/CHGUSRPRF"}
    assert set(re.findall(r"PGM\((\S+?)\)", SOURCE)) == {"QSYS/QSYRUSRI", "QSYS/QWCCVTDT"}


def test_a_password_is_never_in_a_message_and_always_to_be_changed() -> None:
    """Nor does it set one without the flag."""
    for line in statements():
        if "&PASSWD" in line and "VAR(&PASSWD)" not in line:
            assert line.startswith("WHEN COND"), line
        if "PASSWORD(" in line:
            assert "PWDEXP(*YES)" in line, line
        assert not ("VAR(&OUT)" in line and ("&WORD" in line or "&REST" in line)), line


def test_its_refusals_are_known_to_the_product() -> None:
    """RBP0901 and RBP0902; RBP0903 is none that should ever be met."""
    known = {pattern for pattern, _ in shipped_orders("ibmi").dialog.words if "RBP" in pattern}
    told = set(re.findall(r"'(RBP09\d\d):", SOURCE))
    assert {f"^\\s*{code}:" for code in told - {"RBP0903"}} == known
