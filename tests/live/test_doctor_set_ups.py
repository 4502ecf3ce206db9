"""The doctor at set-ups that are wrong beyond the way to a 3270 host: over SSH, on an IBM i, in other languages.

Each time: the true cause, the remedy in words, one logon at most, and nothing changed on the host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.compose.begin import begin
from bridge.compose.doctor import see
from bridge.compose.remembering import remembered
from bridge.compose.shared import opened, upgrade_database
from bridge.config.model import IbmI, SecretRef, ServiceId, Ssh, System
from bridge.config.reader import read
from bridge.domain.failure import Reason
from bridge.domain.password import Rules
from bridge.domain.reset import State
from connectors.simulated.ibmi import PROGRAM
from connectors.simulated.ibmi_host import SimulatedIbmI
from connectors.simulated.seeds import SERVICE, seeded, seeded_ibmi
from connectors.simulated.settings import SecuritySettings
from connectors.simulated.shell import Habit, SimulatedShell, new_key
from connectors.simulated.witness import Witness
from tests.contract.samples import a_reset
from tests.live.test_doctor import PASSWORD, another_server, failures, host, said, system_at

PRIVATE, PUBLIC = new_key()
STRANGER, _ = new_key()


def secret_file(folder: Path, name: str, text: str) -> SecretRef:
    file = folder / name
    file.touch(mode=0o600)
    file.write_text(text)
    return SecretRef(file=file)


@contextmanager
def shell(folder: Path, product: Any = "racf") -> Iterator[tuple[SimulatedShell, System]]:
    """A z/OS over SSH that is set up well, and its configuration; the caller spoils one of them."""
    users = seeded(
        product, service_password=PASSWORD, user_password="OLDPASS1", settings=SecuritySettings(product=product)
    )
    with SimulatedShell(users, authorized={SERVICE: PUBLIC}, witness=Witness()) as one:
        yield one, over_ssh(one, folder, product)


def over_ssh(one: SimulatedShell, folder: Path, product: Any) -> System:
    limits = {name: timedelta(seconds=5) for name in ("connect_within", "answer_within")}
    transport = Ssh(
        host="localhost", port=one.port, host_key=(one.host_key,), key=secret_file(folder, "key", PRIVATE), **limits
    )
    return System(
        name="PRODA", title="Production A", product=product, transport=transport,
        service_ids=(ServiceId(userid=SERVICE),),
    )  # fmt: skip


@contextmanager
def power(folder: Path, **settings: Any) -> Iterator[tuple[SimulatedIbmI, System]]:
    """The same on IBM i."""
    told = SecuritySettings(product="ibmi", revoke_after=3, **settings)
    users = seeded_ibmi(service_password=PASSWORD, user_password="OLDPASS1", settings=told)
    with SimulatedIbmI(users, authorized={SERVICE: PUBLIC}, witness=Witness()) as one:
        yield one, replace(over_ssh(one, folder, "ibmi"), password=Rules(length=10))


def with_transport(system: System, **changes: Any) -> System:
    return replace(system, transport=replace(system.transport, **changes))


# --- SSH, as it should be -------------------------------------------------------------------------


def test_over_ssh_host_key_logon_and_helper_have_lines_of_their_own(tmp_path: Path) -> None:
    """And so has what cannot be seen from here; nothing was changed."""
    with shell(tmp_path) as (one, system):
        found = "\n".join(said(system))

        for words in (
            "ok host key ecdsa-sha2-nistp256 SHA256:", "ok logged on by key", "ok helper 1 for RACF under RSTBRDG",
            "not shown over SSH", "profile was listed", "ok logged off",
        ):  # fmt: skip
            assert words in found
        assert "fail" not in found
        assert one.witness is not None
        assert one.witness.passwords_ever_set == []


# --- SSH, as it should not be ---------------------------------------------------------------------


def other_host_key(one: SimulatedShell, system: System, _: Path) -> System:
    one.change_host_key()
    return system


def stranger(_: SimulatedShell, system: System, folder: Path) -> System:
    return with_transport(system, key=secret_file(folder, "other", STRANGER))


def by_password_where_none_is_taken(one: SimulatedShell, system: System, folder: Path) -> System:
    one.passwords = False
    service = ServiceId(userid=SERVICE, password=secret_file(folder, "word", PASSWORD))
    return replace(with_transport(system, key=None), service_ids=(service,))


def wrong_password(one: SimulatedShell, system: System, folder: Path) -> System:
    del one
    service = ServiceId(userid=SERVICE, password=secret_file(folder, "word", "WR0NGPW9"))
    return replace(with_transport(system, key=None), service_ids=(service,))


def no_helper(one: SimulatedShell, system: System, _: Path) -> System:
    one.habits.add(Habit.NOT_FOUND)
    return system


def helper_of_another_product(one: SimulatedShell, system: System, _: Path) -> System:
    one.users.settings = replace(one.users.settings, product="topsecret")
    return system


def helper_that_is_cut_off(one: SimulatedShell, system: System, _: Path) -> System:
    one.habits.add(Habit.NO_END)
    return system


Spoil = Callable[[SimulatedShell, System, Path], System]
SET_UPS: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "host key changed": (
        other_host_key, ("the host key of localhost", "Nothing was sent", "put the new one into transport.host_key"),
    ),
    "key refused": (
        stranger, ("does not take the key of RSTBRDG", "public half of transport.key into its authorized_keys"),
    ),
    "no passwords taken": (by_password_where_none_is_taken, ("it takes only publickey", "transport.key for publickey")),
    "wrong password": (wrong_password, ("does not take the password", "sshd does not say which", "not tried again")),
    "no helper": (no_helper, ("FSUM7351 not found", "install deploy/zos/rbhelper.rexx")),
    "helper of another product": (helper_of_another_product, ("set up for TSS, and product is racf", "esm = 'RACF'")),
    "helper cut off": (helper_that_is_cut_off, ("helper does not answer a ping", "run it by hand under RSTBRDG")),
}  # fmt: skip


@pytest.mark.parametrize("fault", SET_UPS)
def test_an_ssh_set_up_that_is_wrong(fault: str, tmp_path: Path) -> None:
    """The cause and the remedy for this very cause; at most one logon, and nothing set."""
    spoil, words = SET_UPS[fault]
    with shell(tmp_path) as (one, system):
        found = failures(said(spoil(one, system, tmp_path)))

        for each in words:
            assert each in found
        assert "the password is wrong: put" not in found
        assert "its listing is not read" not in found
        assert one.witness is not None
        assert one.witness.passwords_ever_set == []
        assert len(one.witness.logons) <= 1


def test_the_host_key_is_told_as_proven_where_only_the_logon_fails(tmp_path: Path) -> None:
    """What is well is said as well: nobody looks for the fault there."""
    with shell(tmp_path) as (one, system):
        found = said(stranger(one, system, tmp_path))
        changed = said(other_host_key(one, system, tmp_path))

    assert any(each.startswith("ok host key") for each in found)
    assert not any(each.startswith("ok host key") for each in changed)


def test_a_helper_of_an_older_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the number that it says of itself."""
    monkeypatch.setattr("bridge.compose.over_ssh.VERSION", 2)
    with shell(tmp_path) as (_, system):
        found = "\n".join(said(system))

    assert "warn the helper is of version 1, this program comes with 2: install deploy/zos/rbhelper.rexx anew" in found


def test_a_lost_change_that_is_not_waited_for_is_told(tmp_path: Path) -> None:
    """It could come through behind the next one: what the person is shown would not be the host's (I3)."""
    with shell(tmp_path) as (_, system):
        found = "\n".join(said(with_transport(system, settle=timedelta(seconds=1))))
        well = "\n".join(said(system))

    assert "warn transport.settle is 1s, and a helper goes on for 45 s" in found
    assert "settle" not in well


def test_a_port_that_is_no_ssh_servers(tmp_path: Path) -> None:
    """A TN3270 server's, as a rule: told before any logon."""
    with shell(tmp_path) as (_, system), another_server(b"\xff\xfd\x28") as port:
        assert "no SSH server: a TN3270 or telnet server answers" in failures(said(with_transport(system, port=port)))


# --- IBM i ----------------------------------------------------------------------------------------


def test_an_ibm_i_that_is_well(tmp_path: Path) -> None:
    """Its password level and rules have lines of their own."""
    with power(tmp_path) as (one, system):
        found = "\n".join(said(system))

        assert "ok QPWDLVL is 0, and ibmi.password_level says 0" in found
        assert "ok QPWDRULES *PWDSYSVAL: without *ALLCRTCHG they bind users, and no reset" in found
        assert "fail" not in found
        assert one.witness is not None
        assert one.witness.passwords_ever_set == []


LEVELS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "too high here": ({}, {"ibmi": IbmI(password_level=3)}, "fail QPWDLVL is 0, where a password is a name"),
    "too low here": ({"mixed_case": True}, {}, "warn QPWDLVL is 2, where case counts"),
    "too short": (
        {"pwadmin": True, "minimum_length": 12}, {},
        "fail password.length is 10, and QPWDRULES has *ALLCRTCHG *MINLEN12: each reset would be refused (CPF4AA7); "
        "write password.length: 12",
    ),
    "long enough": ({"pwadmin": True, "minimum_length": 8}, {}, "ok QPWDRULES *ALLCRTCHG *MINLEN8: they bind resets"),
}  # fmt: skip


@pytest.mark.parametrize("case", LEVELS)
def test_password_level_and_rules_beside_ours(case: str, tmp_path: Path) -> None:
    """What would be refused is a failure, what is merely less good a doubt."""
    theirs, ours, words = LEVELS[case]
    with power(tmp_path, **theirs) as (_, system):
        assert words in "\n".join(said(replace(system, **ours)))


def test_an_older_program_on_the_host_still_works_and_is_told(tmp_path: Path) -> None:
    """It does not know RULES; the rest is looked at all the same."""
    with power(tmp_path) as (one, system):
        one.old = True
        found = "\n".join(said(system))

    assert "warn the program on the host is of an older version, without RULES" in found
    assert "fail" not in found


def test_a_program_that_is_not_there_or_not_allowed(tmp_path: Path) -> None:
    """Each with the command that mends it."""
    with power(tmp_path) as (one, system):
        one.installed = False
        assert "not where ibmi.helper says" in failures(said(system))
        one.installed = True
        one.users.permit(PROGRAM, SERVICE, "NONE")
        assert "GRTOBJAUT OBJ(RSTBRDG/RBPWD) OBJTYPE(*PGM)" in failures(said(system))
        one.users.permit(PROGRAM, SERVICE)
        one.users.user(SERVICE).attributes |= {"*SECADM"}
        assert "CHGUSRPRF USRPRF(RSTBRDG) SPCAUT(*NONE)" in "\n".join(said(system))


# --- 3270: screens, pages, languages, privileged userids, ACF2 -----------------------------------


def test_a_code_page_that_is_not_the_hosts(tmp_path: Path) -> None:
    """A word of the country's, with a character inside that belongs into none."""
    with host(options={"codepage": "273", "title": "BANK MÜNCHEN"}, settings={"codepage": "273"}) as zos:
        wrong = "\n".join(said(system_at(zos.port, tmp_path)))
        right = "\n".join(said(system_at(zos.port, tmp_path, codepage="273")))
        zos.users.user(SERVICE).password.expired = True
        shut = "\n".join(said(system_at(zos.port, tmp_path)))

    assert "fail" in shut
    assert "its screens have M!NCHEN" in shut, "a label that is read wrong is what most often stops such a logon"
    assert "its screens have M!NCHEN: if that is a word of the country's, code page 1047 is not the host's" in wrong
    assert "its screens have" not in right
    assert "code page 273, where # @ $ of userids are # § $ on a terminal" in right
    assert "code page 1047: what passwords" in wrong


def test_a_code_page_that_nobody_knows(tmp_path: Path) -> None:
    """Before any logon."""
    with host() as zos:
        assert "transport.codepage: no such page: '4711'" in failures(
            said(system_at(zos.port, tmp_path, codepage="4711"))
        )
        assert zos.sessions() == []


def test_a_panel_that_is_on_no_list(tmp_path: Path) -> None:
    """How far it came, what stands there, and where to describe it."""
    with host(options={"manager": True}) as zos:
        found = said(system_at(zos.port, tmp_path, logon_within=timedelta(seconds=12)))

        assert any("it came as far as" in each for each in found)
        assert "describe it under transport.logon.screens" in failures(found)
        assert zos.users.user(SERVICE).violations == 0


def test_a_language_that_stays_is_the_cause_that_is_named(tmp_path: Path) -> None:
    """Ahead of the listing that cannot be read for it."""
    with host() as zos:
        service = zos.users.user(SERVICE).tso
        assert service is not None
        service.language, service.language_stays = "DEU", True
        found = failures(said(system_at(zos.port, tmp_path)))

        assert "PLANGUAGE(DEU) stays, though PLANGUAGE(ENU) was asked for" in found
        assert "its listing is not read" in found
        assert zos.sessions() == []


def elevated(system: System, folder: Path, password: str = PASSWORD) -> System:
    return replace(
        system,
        privileged_service_id=ServiceId(userid="SECADM1", password=secret_file(folder, "privileged", password)),
    )


def test_the_service_id_for_privileged_userids_is_tried_as_well(tmp_path: Path) -> None:
    """On lines of its own; that it is SPECIAL is what it is for."""
    with host() as zos:
        boss = zos.users.user("SECADM1")
        zos.users.set_password(boss, PASSWORD, zos.users.clock(), expired=False)
        found = [each for each in see(elevated(system_at(zos.port, tmp_path), tmp_path)) if "SECADM1" in each.about]
        boss.attributes.clear()
        less = [
            each.words for each in see(elevated(system_at(zos.port, tmp_path), tmp_path)) if "SECADM1" in each.about
        ]

        assert {each.about for each in found} == {"PRODA SECADM1"}
        assert {each.level for each in found} == {"ok"}, found
        assert any("it is SPECIAL; it is used after an approval alone" in each.words for each in found)
        assert any("too little" in each and "group-SPECIAL" in each for each in less)


def test_the_privileged_service_ids_password_is_typed_once(tmp_path: Path) -> None:
    """Its refusal is named with its own userid."""
    with host() as zos:
        found = failures(said(elevated(system_at(zos.port, tmp_path), tmp_path, "WR0NGPW9")))

        assert "IKJ56421I" in found
        assert zos.users.user("SECADM1").violations == 1
        assert zos.users.user(SERVICE).violations == 0


ACF2S: dict[str, tuple[set[str], dict[str, Any], str]] = {
    "just enough": ({"ACCOUNT"}, {}, "ok just enough: ACCOUNT within SCPLIST(HELPDESK)"),
    "too wide": ({"ACCOUNT"}, {}, "CHANGE RSTBRDG SCPLIST(name); END"),
    "too little": (set(), {}, "warn too little, as far as it shows: without ACCOUNT"),
    "by PSWDFRC": (set(), {"first_use": "pswdfrc"}, "ok first_use: pswdfrc trusts GSO PSWD"),
    "too much": ({"ACCOUNT", "SECURITY"}, {}, "CHANGE RSTBRDG NOSECURITY; END"),
}


@pytest.mark.parametrize("case", ACF2S)
def test_what_acf2_lets_it_do(case: str, tmp_path: Path) -> None:
    """PSWD-EXP is not to be delegated: who has no ACCOUNT depends on PSWDFRC."""
    privileges, ours, words = ACF2S[case]
    with host(product="acf2") as zos:
        zos.users.user(SERVICE).privileges = {"JOB", "TSO", *privileges}
        zos.users.user(SERVICE).scope = "*" if case == "too wide" else "HELPDESK"
        found = "\n".join(said(replace(system_at(zos.port, tmp_path), product="acf2", **ours)))

    assert words in found
    assert ("too" in found) is case.startswith("too")


# --- what only a reset shows ----------------------------------------------------------------------


@pytest.mark.parametrize(("product", "words"), [("acf2", "GSO PSWD needs PSWDFRC"), ("racf", "takes the flag away")])
def test_a_host_that_ignores_the_first_use_flag_is_remembered(product: Any, words: str, tmp_path: Path) -> None:
    """No look at it shows that: the resets that failed of it do, for a week."""
    begin(tmp_path / "bridge")
    config = read(tmp_path / "bridge/resetbridge.yaml")
    upgrade_database(config)
    system = replace(system_at(1, tmp_path), product=product)
    with opened(config) as desk:
        now = desk.clock.now()
        with desk.store.work() as work:
            for userid, since in (("JSMITH", now), ("MBLAKE", now - timedelta(days=8))):
                failed = {"failure": Reason.FIRST_USE_IGNORED, "failure_text": "x", "since": since}
                work.resets.add(a_reset(userid, State.FAILED, **failed))
        found = [each.words for each in remembered(desk, system)]

    assert len(found) == 1
    assert found[0].startswith("1 of the last resets failed of first_use_ignored: ")
    assert words in found[0]
