"""Words by which a shell's answers are read: corrected by a site's file, and refused where they cannot be right."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bridge.config.model import IbmI as IbmISettings
from bridge.config.model import Unix as UnixSettings
from bridge.domain.errors import ConfigFault, UnexpectedAnswer
from bridge.domain.names import LoginName, ProfileName
from bridge.domain.outcome import Profile, Reply
from connectors.hosts.dialogs.reader import load_orders
from connectors.hosts.products.ibmi import IbmI
from connectors.hosts.products.unix import Unix

ANNA = LoginName("anna")
TODAY = date(2026, 5, 11)
LINUX = ("", "anna:x:1001:1001::/home/anna:/bin/sh", "anna", "anna gesperrt 2026-03-02 0 99999 7 -1",
         "Letzte Aenderung: 2026-03-02\nKonto laeuft ab: 2026-05-12", "")  # fmt: skip
GERMAN = """\
  locked: [LK, gesperrt]
  last_change: Letzte Aenderung
  expires: Konto laeuft ab
  date: "%Y-%m-%d"
"""


def written(folder: Path, base: str, words: str) -> Path:
    file = folder / "site.yaml"
    file.write_text(f"dialog: site\nversion: 1\nextends: {base}\nlooks_for:\n{words}", encoding="utf-8")
    return file


def answers(*texts: str) -> tuple[Reply, ...]:
    return tuple(Reply(rows=tuple(text.splitlines()), prompt="READY", code=0) for text in texts)


def linux(file: Path | None, *texts: str) -> Profile:
    orders = load_orders(file, "unix").dialog if file else None
    unix = Unix("UNIX1", orders=orders, today=lambda: TODAY, settings=UnixSettings(lift_lock=True))
    return unix.read_status(answers(*texts), ANNA)


def test_what_another_release_prints_is_read_by_its_words(tmp_path: Path) -> None:
    """Labels, a word for a lock, and days written in another order; without them it is no answer that is known."""
    with pytest.raises(UnexpectedAnswer):
        linux(None, *LINUX)
    found = linux(written(tmp_path, "linux", GERMAN), *LINUX)
    assert (found.stamp, found.suspended_by, found.has_password) == ("2026-03-02", "violations", True)


@pytest.mark.parametrize(("day", "by"), [("2026-05-11", "administrator"), ("12.05.2026", "administrator"),
                                         ("2026-05-12", "violations")])  # fmt: skip
def test_a_day_is_compared_in_the_form_that_is_said(tmp_path: Path, day: str, by: str) -> None:
    """One that has come stops the account, and so does one that cannot be read."""
    texts = [text.replace("2026-05-12", day) for text in LINUX]
    assert linux(written(tmp_path, "linux", GERMAN), *texts).suspended_by == by


def test_fields_of_lsuser_and_pwdadm_may_have_other_names(tmp_path: Path) -> None:
    """Two names for one thing are looked for side by side."""
    words = "  locked: [account_locked, locked_out]\n  changed: [lastupdate, last_update]\n  due: [ADMCHG, MUSTCHG]\n"
    orders = load_orders(written(tmp_path, "aix", words), "unix").dialog
    unix = Unix("AIX1", orders=orders, settings=UnixSettings(variant="aix", lowest_uid=200))
    pairs = "anna id=204 registry=files admin=false groups=staff locked_out=yes expires=0"
    found = unix.read_status(answers("", pairs, "anna:\n last_update = 17\n flags = NOCHECK,MUSTCHG"), ANNA)
    assert (found.stamp, found.must_change, found.suspended_by) == ("17", True, "administrator")


DISPLAYED = """\
User profile . . :   ANNA
Sign-on attempts not valid . . :   0
{status} . . :   *AKTIV
Date password last changed . . :   03/02/26
Password is *NONE  . . :   *NO
Set password to expired  . . :   *YES
User class . . :   *USER
Special authority  . . :   *NONE
"""


@pytest.mark.parametrize("label", ["Status", "Zustand", "Profilstatus"])
def test_words_of_dspusrprf_and_labels_of_the_system_stand_side_by_side(tmp_path: Path, label: str) -> None:
    """The configuration's label goes before the file's."""
    words = '  status: [Status, Zustand]\n  enabled: ["*ENABLED", "*AKTIV"]\n'
    orders = load_orders(written(tmp_path, "ibmi", words), "ibmi").dialog
    settings = IbmISettings(labels={"status": label} if label == "Profilstatus" else {})
    found = IbmI("POWER1", orders=orders, settings=settings).read_status(
        answers("", DISPLAYED.format(status=label), "RBP0001: ANNA 20260302091500123 000003 *NONE"), ProfileName("ANNA")
    )
    assert found.must_change and found.suspended_by is None


BROKEN = [
    ("linux", "  locked: []\n", "looks_for.locked: no-else: linux looks for this: one text or several are expected"),
    ("linux", "  shell: sh\n", "looks_for.shell: linux looks for usable, locked"),
    ("linux", '  never: " "\n', "looks_for.never[0]: a value is expected, only blanks stand here"),
    ("linux", '  due: "{userid}"\n', "looks_for.due: userid-as-pattern"),
    ("linux", "  locked: [LK, P]\n", "looks_for.usable: P is expected under one of usable, locked, empty"),
    ("linux", '  date: "%d %b"\n', "looks_for.date: a form with year, month and day is expected"),
    ("linux", '  date: "%"\n', "looks_for.date: a form with year, month and day is expected"),
    ("ibmi", '  disabled: "*ENABLED"\n', "looks_for.enabled: *ENABLED is expected under one of enabled, disabled"),
    ("racf", "  due: x\n", "looks_for.due: nobody looks for nothing"),
]


@pytest.mark.parametrize(("base", "words", "said"), BROKEN)
def test_words_that_cannot_be_right_are_refused(tmp_path: Path, base: str, words: str, said: str) -> None:
    """Each with its key and what is expected."""
    product = {"linux": "unix"}.get(base, base)
    with pytest.raises(ConfigFault) as fault:
        load_orders(written(tmp_path, base, words), product)
    assert len(fault.value.faults) == 1 and said in fault.value.faults[0], fault.value.faults
