"""What a helper on the host is given: what the loader refuses, rule by rule, and what a system over SSH has to have."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.compose.worker import orders_of
from bridge.config.model import Dialogs, ServiceId, Ssh, System
from bridge.domain.errors import ConfigFault
from connectors.hosts.dialogs.reader import load_orders, shipped_orders

RESET = "{given: 'RESET {userid} {new_password} {nonce}', resume: ' RESUME', masked: true, within: 2m}"
STATUS = "{given: 'SHOW {userid} {nonce}', shows: listing, within: 2m}"
SITE = f"""dialog: site
version: 1
extends: racf
commands:
  status: {{helper: {STATUS}}}
  reset: {{helper: {RESET}}}
"""
ALONE = """dialog: alone
version: 1
product: racf
refused: {}
commands:
  status: {lines: [{line: "LISTUSER {userid}"}], else: not_started}
  reset:
    lines: [{line: "ALTUSER {userid} PASSWORD({new_password}) EXPIRED", resume: " RESUME", masked: true}]
    no_return: true
    read_back: status
    else: unknown
  unlock: {lines: [{line: "ALTUSER {userid} RESUME"}], no_return: true, read_back: status, else: unknown}
"""


def faults(folder: Path, text: str, product: str = "racf") -> str:
    file = folder / "site.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load_orders(file, product)
    except ConfigFault as found:
        return "\n".join(found.faults)
    return ""


def test_words_of_a_sites_own_helper_are_safe(tmp_path: Path) -> None:
    """In another order and without semicolons."""
    assert faults(tmp_path, SITE) == ""


BROKEN = [
    ("a password in the open", (" masked: true,", ""), "commands.reset.helper: secret-in-the-open"),
    ("a password twice", (" RESUME'", " {new_password}'"), "reset.helper.given: {new_password} is expected once"),
    ("no password", (" {new_password}", ""), "reset.helper.given: {new_password} is expected once"),
    ("a password for a listing", ("SHOW {userid}", "SHOW {userid} {new_password}"),
     "status.helper.given: secret-in-the-open: {new_password} belongs to reset alone"),
    ("an answer that may be another's", ("SHOW {userid} {nonce}", "SHOW {userid}"),
     "status.helper.given: prompt-alone: {nonce} is expected once"),
    ("no userid", ("SHOW {userid}", "SHOW JSMITH"), "status.helper.given: {userid} is expected once"),
    ("no limit", ("masked: true, within: 2m", "masked: true"), "reset.helper.within: no-limit"),
    ("an answer that nobody reads", ("shows: listing, ", ""), "status.helper.shows: prompt-alone: listing is expected"),
    ("a name for nothing", ("masked: true,", "masked: true, shows: listing,"), "reset.helper.shows: nobody reads this"),
    ("a word that stands for nothing", ("SHOW {userid}", "SHOW {userid} {sudo}"), "{sudo} stands for nothing here"),
    ("another line",
     ("'SHOW {userid} {nonce}'", '"SHOW {userid}\\n{nonce}"'), "given: one line of ASCII"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), [each[1:] for each in BROKEN], ids=[each[0] for each in BROKEN])
def test_what_is_not_safe_is_refused_with_its_line(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    """And nothing else is said of it."""
    assert SITE.count(change[0]) == 1
    found = faults(tmp_path, SITE.replace(*change))
    assert words in found and found.startswith(f"{tmp_path}/site.yaml:") and found.count("\n") == 0, found


def test_a_helper_is_told_of_every_purpose_or_of_none(tmp_path: Path) -> None:
    """A reset that goes out and a listing that cannot would leave everything unproven."""
    one = ALONE.replace("else: not_started", f"helper: {STATUS}, else: not_started")
    assert faults(tmp_path, ALONE) == ""
    assert "commands.reset.helper: no-else: what the helper is given is missing" in faults(tmp_path, one)


def test_a_shell_has_no_helper(tmp_path: Path) -> None:
    """Its lines are the host's own."""
    text = f"dialog: x\nversion: 1\nextends: linux\ncommands:\n  status: {{helper: {STATUS}}}\n"
    assert "commands.status.helper: only racf, acf2 and topsecret have a helper" in faults(tmp_path, text, "unix")


def test_over_ssh_a_file_without_words_for_the_helper_is_refused(tmp_path: Path) -> None:
    """Before anything is asked of a host; what is shipped, or extends it, has them."""
    file = tmp_path / "site.yaml"
    system = System(
        name="PRODA", title="A", product="racf", service_ids=(ServiceId(userid="RSTBRDG"),),
        transport=Ssh(host="127.0.0.1", host_key=("x",)), dialogs=Dialogs(commands=file),
    )  # fmt: skip
    file.write_text(ALONE)
    with pytest.raises(ConfigFault, match=r"systems.PRODA.dialogs.commands: .* what the helper is given over ssh"):
        orders_of(system)
    file.write_text(SITE)
    assert orders_of(system).dialog.commands.unlock.helper == shipped_orders("racf").dialog.commands.unlock.helper
