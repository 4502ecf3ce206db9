"""What each product needs of the configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.compose.worker import make_product, orders_of
from bridge.config.model import Config, Ssh, Unix
from bridge.config.products import CARRIES, LONGEST, SHELLS, USERIDS, forms
from bridge.domain.names import LoginName, ProfileName, Userid
from bridge.domain.password import draft
from bridge.domain.secret import Secret
from tests.unit.config.conftest import GOOD

ROOT = Path(__file__).resolve().parents[3]
KEY = "ssh-ed25519 " + "A" * 68
SSH = GOOD.replace("type: tn3270", f'type: ssh\n      host_key: "{KEY}"')
Reading = Callable[[str], Config]
Faulting = Callable[[str], list[str]]


def of(product: str, service: str = "rstbrdg") -> str:
    """A system of that product, over ssh."""
    return SSH.replace("product: racf", f"product: {product}").replace("userid: RSTBRDG", f"userid: {service}")


@pytest.mark.parametrize("table", [CARRIES, USERIDS, LONGEST], ids=["carries", "userids", "longest"])
def test_every_product_of_the_configuration_is_in_every_table(table: Mapping[str, object], faults: Faulting) -> None:
    """The reader's own list of products is the tables'."""
    said = faults(GOOD.replace("product: racf", "product: nothing"))[0]

    assert " or ".join(table) in said


def test_each_product_has_its_form_of_userids(config: Reading) -> None:
    """The service id too: a login name keeps its small letters, a user profile is folded and may be longer."""
    unix, power, mainframe = config(of("unix")), config(of("ibmi", "rst_bridge")), config(of("topsecret"))

    assert [one.systems["PRODA"].service_ids[0].userid for one in (unix, power, mainframe)] == [
        "rstbrdg", "RST_BRIDGE", "RSTBRDG",
    ]  # fmt: skip
    assert [forms(one.systems)["PRODA"] for one in (unix, power, mainframe)] == [LoginName, ProfileName, Userid]


def test_unix_tells_case_apart_whatever_the_file_says(config: Reading) -> None:
    """Small letters are drawn, and the page says so."""
    assert config(of("unix")).systems["PRODA"].password.mixed_case
    assert not config(of("topsecret")).systems["PRODA"].password.mixed_case


def test_ibmi_tells_case_apart_and_takes_more_from_password_level_2_on(config: Reading) -> None:
    """Below, a password is a name."""
    higher = config(of("ibmi") + "    ibmi: {password_level: 2}\n    password: {length: 16, specials: true}\n")
    assert higher.systems["PRODA"].password.mixed_case
    assert not config(of("ibmi")).systems["PRODA"].password.mixed_case


def test_settings_of_a_product_are_read(config: Reading) -> None:
    """unix: and ibmi:, each with its defaults."""
    made = config(of("unix") + "    unix: {variant: aix, sudo: null, privileged_groups: [security]}\n")
    assert made.systems["PRODA"].unix == Unix(variant="aix", sudo=None, privileged_groups=("security",))

    made = config(of("ibmi") + "    ibmi: {labels: {status: Zustand}, ordinary: ['*SPLCTL']}\n")
    assert made.systems["PRODA"].ibmi.labels == {"status": "Zustand"}


@pytest.mark.parametrize("product", SHELLS)
def test_a_shell_may_be_named(config: Reading, product: str) -> None:
    """Another path, or another shell."""
    made = config(of(product).replace("type: ssh", "type: ssh\n      shell: /bin/bash -s"))
    assert made.systems["PRODA"].transport.shell == "/bin/bash -s"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("product: racf", "product: unix"), "transport.type: ssh is expected for unix"),
        (of("unix", "RSTBRDG"), "service_id.userid: a login name is expected: 1 to 32"),
        (of("racf", "rst_brdg"), "service_id.userid: a userid is expected: 1 to 8"),
        (of("ibmi", "rst.brdg"), "service_id.userid: a user profile is expected: 1 to 10"),
        (of("unix", "rst;id"), "service_id.userid: a userid is expected: 1 to 8"),
        (of("racf") + "    unix: {lowest_uid: 500}\n", "systems.PRODA.unix: nothing is expected here for racf"),
        (of("unix") + "    ibmi: {ordinary: ['*SPLCTL']}\n", "systems.PRODA.ibmi: nothing is expected here for unix"),
        (of("unix") + "    unix: {sudo: 'sudo -n; id'}\n", "unix.sudo: a command, with arguments of letters"),
        (of("unix") + "    unix: {lowest_uid: 0}\n", "unix.lowest_uid: a whole number from 1"),
        (of("unix") + "    unix: {privileged_groups: ['a b']}\n", "unix.privileged_groups: a group's name"),
        (of("ibmi") + "    ibmi: {labels: {stauts: x}}\n", "ibmi.labels: one of attempts, changed"),
        (of("ibmi") + "    ibmi: {ordinary: [SPLCTL]}\n", "ibmi.ordinary: a special authority, like *SPLCTL,"),
        (of("unix").replace("type: ssh", "type: ssh\n      helper: x"), "transport.helper: transport.shell"),
        (of("racf").replace("type: ssh", "type: ssh\n      shell: x"), "transport.shell: transport.helper is expected"),
        (of("unix").replace("type: ssh", "type: ssh\n      shell: sh $X"), "transport.shell: a command, with"),
        (of("racf") + "    password: {length: 9}\n", "password.length: 6 to 8 is expected for racf"),
        (of("ibmi") + "    ibmi: {helper: 'rm -rf /'}\n", "ibmi.helper: a program's path, like /QSYS.LIB"),
        (of("ibmi") + "    ibmi: {password_level: 5}\n", "ibmi.password_level: a whole number from 0 to 4"),
        (of("ibmi") + "    password: {length: 11}\n", "password.length: 6 to 10 is expected for ibmi"),
        (of("unix") + "    password: {length: 17}\n", "a length of 6 to 16 is expected"),
        (of("unix") + "    unix: {variant: aix}\n    password: {length: 9}\n", "6 to 8 is expected for unix on aix"),
        (of("ibmi") + "    password: {mixed_case: true}\n", "password.mixed_case: false is expected for ibmi"),
        (of("ibmi") + "    password: {specials: true}\n", "password.specials: false is expected for ibmi"),
        (of("unix") + "    unix: {variant: aix}\n    password: {specials: true}\n", "for unix on aix"),
        (of("topsecret") + "    password: {phrase: true}\n", "password.phrase: false is expected for topsecret"),
        (of("racf") + "    password: {separator: '::'}\n", "password.separator: one character is expected"),
        (of("racf") + "    password: {separator: A}\n", "password.separator: one character is expected"),
        (of("racf") + "    password: {separator: ':', code: end}\n", "password.code: first or last is expected"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(faults: Faulting, text: str, said: str) -> None:
    """Each with its key."""
    found = faults(text)

    assert any(said in fault for fault in found), found


def test_i3_a_lost_line_is_waited_out_for_longer_than_a_helper_works_on() -> None:
    """What it was told before would otherwise be done behind the next change, whose password is published."""
    helper = (ROOT / "deploy/zos/rbhelper.rexx").read_text("ascii")
    limit = re.search(r"^limit *= *(\d+)", helper, re.MULTILINE)
    assert limit is not None
    assert Ssh(host="zos.example.com", host_key=(KEY,)).settle > timedelta(seconds=int(limit[1]))


@pytest.mark.parametrize(("product", "typed"), [("racf", "PHRASE('"), ("acf2", "PWPHRASE('")])
def test_a_system_of_phrases_is_served_with_phrases(product: str, typed: str, config: Reading) -> None:
    """What is drawn for it is what its product types."""
    system = config(of(product) + "    password: {phrase: true}\n").systems["PRODA"]
    drawn = draft(system.password, "JSMITH", os.urandom)

    order = make_product(system, orders_of(system).dialog).reset(Userid("JSMITH"), drawn, resume=False)

    assert f" {typed}{drawn.expose()}') " in order.typed[-1].line.expose()


def test_suspend_is_lifted_on_acf2_only_where_the_system_says_so(config: Reading) -> None:
    """By an unlock, and by a reset that lifts locks; in the same command."""
    for text, more in (("", ""), ("    acf2: {lift_suspend: true}\n", " NOSUSPEND")):
        system = config(of("acf2") + text).systems["PRODA"]
        acf2, who = make_product(system, orders_of(system).dialog), Userid("JSMITH")
        unlocking = acf2.unlock(who).typed[-1].line.expose()
        resetting = acf2.reset(who, Secret("NEWPASS9"), resume=True).typed[-1].line.expose()
        assert (unlocking, resetting) == (
            f"CHANGE JSMITH PSWD-VIO(0){more}", f"CHANGE JSMITH PASSWORD(NEWPASS9) PSWD-EXP PSWD-VIO(0){more}",
        )  # fmt: skip
        assert "NOSUSPEND" not in acf2.reset(who, Secret("NEWPASS9"), resume=False).typed[-1].line.expose()
