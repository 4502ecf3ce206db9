"""A personnel system's report: its own columns, several lines for a person, and what is not used at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bridge.config.model import DirectorySettings
from bridge.domain.mapping import Reading
from bridge.domain.report import SEPARATORS, Report

HANDBOOK = Path(__file__).parents[3] / "deploy/handbook"
FIELDS = {"person": "ID", "name": "NAME", "email": "MAIL", "groups": "JOB"}
ACCOUNTS = {"PRODA": "RACF", "PRODB": "P{ID}"}


def report(**only: list[str]) -> Report:
    return Report(Reading(FIELDS, ACCOUNTS, {}), only=only)


def documented(name: str) -> DirectorySettings:
    """The settings that the handbook shows for one of its examples."""
    text = (HANDBOOK / "directories.md").read_text()
    block = next(part.partition("```")[0] for part in text.split("```yaml\n")[1:] if f"csv: {name}" in part)
    settings = yaml.safe_load(block)["directory"]
    settings.pop("csv_age")
    return DirectorySettings(**settings)


@pytest.mark.parametrize(
    ("name", "userids"), [("workday.csv", ["PAYROLL7"]), ("peoplesoft.csv", ["PAYROLL7", "LEDGER3"])]
)
def test_the_handbooks_examples_are_read_as_it_says(name: str, userids: list[str]) -> None:
    """Both have Maria, her manager, and Ann, who has left."""
    made = documented(name)
    read = Report(Reading(made.fields, made.accounts, {}), SEPARATORS[made.separator], made.only).read
    found = read((HANDBOOK / name).read_text())
    assert not found.faults
    maria, joe = found.entries
    assert (maria.person, maria.name, maria.email) == ("104711", "Maria Keller", "maria.keller@example.com")
    assert [account.userid for account in maria.accounts] == userids
    assert maria.language.partition("-")[0] == "de"
    assert (maria.manager, joe.person, joe.language.partition("-")[0]) == ("100815", "100815", "en")


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("de", "de"), ("de_CH", "de-CH"), ("pt-br", "pt-BR"), ("GER", "de"), ("ZHS", "zh"), ("de, en;q=0.8", "de"),
        ("de_DE.UTF-8", "de-DE"), ("zh_Hans_CN", "zh"), ("en_US_POSIX", "en-US"),
        ("German", "de"), ("German (Germany)", "de"), ("ENGLISH (United States)", "en"), ("Chinese (Simplified)", "zh"),
        ("Brazilian Portuguese", "pt"), ("Klingon", "en"), ("", "en"),
    ],
)  # fmt: skip
def test_a_language_is_known_by_code_locale_or_name(said: str, language: str) -> None:
    """What a report shows of it; one that cannot be told is the site's."""
    for sites in ("en", "fi"):
        made = Report(Reading({"person": "ID", "language": "LANG"}, ACCOUNTS, {}, sites))
        (found,) = made.read(f'ID,LANG,RACF\n7,"{said}",AAA\n').entries
        assert found.language == language or (said in {"Klingon", ""} and found.language == sites)


def test_lines_of_one_person_are_one_person() -> None:
    """Two userids, two jobs, and an address that stands on one of the lines alone."""
    found = report().read("ID,NAME,MAIL,JOB,RACF\n7,Jo,,clerk,AAA\n8,Al,,clerk,\n7,Jo,jo@example.com,chief,BBB\n")
    assert not found.faults
    jo, al = found.entries
    assert (jo.email, jo.groups) == ("jo@example.com", ("clerk", "chief"))
    assert [str(account) for account in jo.accounts] == ["PRODA:AAA", "PRODA:BBB", "PRODB:P7"]
    assert [str(account) for account in al.accounts] == ["PRODB:P8"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("ID,NAME,JOB,RACF\n", "line 1: columns called 'MAIL' are expected"),
        ("ID,NAME,MAIL,MAIL,JOB,RACF\n", "line 1: one column called 'MAIL' is expected"),
        ("ID;NAME;MAIL;JOB;RACF\n", "line 1: columns called"),
        ("ID,NAME,MAIL,JOB,RACF\n7,Jo\n", "line 2: 5 cells are expected, as in the first line; 2 stand here"),
        (
            "ID,NAME,MAIL,JOB,RACF\n7,Jo,a@b.example,x,A\n7,Jo,c@d.example,x,B\n",
            "line 2: email: one value is expected, 2",
        ),
        ("ID,NAME,MAIL,JOB,RACF\n7,Jo,not an address,x,A\n", "line 2: email: an e-mail address is expected"),
        ("ID,NAME,MAIL,JOB,RACF\n,Jo,,x,A\n", "line 2: person"),
        ("ID,NAME,MAIL,JOB,RACF\n7,Jo,,x,A\n8,Al,,x,A\n", "line 3: accounts: PRODA:A belongs to the person in line 2"),
        ('ID,NAME,MAIL,JOB,RACF\n7,"Jo,,x,A\n', "line 2: not a table"),
        ("", "line 1: columns called"),
    ],
)
def test_with_a_mistake_nothing_is_used(text: str, fault: str) -> None:
    """Each is named by its line."""
    found = report().read(text)
    assert not found.entries
    assert found.faults[0].startswith(fault), found.faults


def test_who_has_left_owns_nothing() -> None:
    """A value that is not on the list, whatever else stands in the line; no such column: no permission."""
    text = "ID,NAME,MAIL,JOB,RACF,STATUS\n7,Jo,,x,A,Active\n8,Al,broken address,x,B,Terminated\n9,Di,,x,C,active\n"
    assert [entry.person for entry in report(STATUS=["Active"]).read(text).entries] == ["7"]
    assert report(STATE=["Active"]).read(text).faults[0].startswith("line 1: columns called 'STATE'")


def test_rows_without_anything_in_them_are_passed() -> None:
    """An empty line, and one of empty cells, as spreadsheets leave them at the end."""
    found = report().read("ID,NAME,MAIL,JOB,RACF\n\n7,Jo,,x,A\n,, ,,\n")
    assert not found.faults
    assert [entry.person for entry in found.entries] == ["7"]


def test_an_empty_cell_makes_no_account() -> None:
    """Of a template nothing comes but its text: that is somebody else's userid, or nobody's."""
    made = Report(Reading(FIELDS, {"PRODA": "X{RACF}"}, {}))
    found = made.read("ID,NAME,MAIL,JOB,RACF\n7,Jo,,x,\n8,Al,,x,A\n")
    assert [[str(account) for account in entry.accounts] for entry in found.entries] == [[], ["PRODA:XA"]]
