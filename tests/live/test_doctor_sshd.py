"""The doctor at set-ups that are wrong over a real sshd: each names the true cause and the remedy, and changes nothing.

What stands in for the helper on z/OS is told by the test what to say; everything else is OpenSSH's own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from bridge.config.model import SecretRef, ServiceId, System, Unix
from bridge.config.model.systems import HELPER
from bridge.domain.secret import Secret
from connectors.simulated import acf2_listing, racf, topsecret_listing
from connectors.simulated.seeds import seeded
from connectors.simulated.settings import SecuritySettings
from tests.live import accounts
from tests.live import sshd as servers
from tests.live.accounts import account
from tests.live.sshd import Sshd, frame
from tests.live.test_doctor import failures, said
from tests.rules.tree import ROOT

Product = Literal["racf", "acf2", "topsecret"]
PRODUCTS: Final[tuple[Product, ...]] = ("racf", "acf2", "topsecret")
ESM: Final = {"racf": "RACF", "acf2": "ACF2", "topsecret": "TSS"}
NAME: Final = "RSTBRDG"
WITHIN: Final = timedelta(seconds=20)
every_product = pytest.mark.parametrize("product", PRODUCTS)


def listing(product: Product) -> list[str]:
    """The service id's own listing, as the product has it."""
    users = seeded(
        product, service_password="SERVICE1", user_password="OLDPASS1", settings=SecuritySettings(product=product)
    )
    user, now = users.user(NAME), users.clock()
    if product == "racf":
        return list(racf.execute(f"LISTUSER {NAME}", NAME, users, now).lines)
    if product == "acf2":
        return acf2_listing.show(users.settings, user, now)
    shown = topsecret_listing.show(users.settings, user, with_password=True, in_clear=False)
    return [*shown, "TSS0300I  LIST     FUNCTION SUCCESSFUL"]


@dataclass
class SetUp:
    """One server, and a configuration of it that is right; a test spoils either."""

    sshd: Sshd
    folder: Path
    product: Product

    def system(self, *, key: Secret | None = None, user: str = "", **transport: Any) -> System:
        file = self.folder / "key"
        file.touch(mode=0o600)
        file.write_text((key or self.sshd.key).expose())
        limits = {"connect_within": WITHIN, "answer_within": WITHIN}
        settings = self.sshd.settings(key=SecretRef(file=file), **{**limits, **transport})
        return System(
            name="PRODA", title="A", product=self.product, transport=settings,
            service_ids=(ServiceId(userid=user or self.sshd.user),),
        )  # fmt: skip


def serve(sshd: Sshd, product: Product, *, around: str = "", own: list[str] | None = None, code: int = 0) -> None:
    """The helper of this product answers a ping, and lists the service id itself."""
    name = sshd.user.upper()
    rows = [row.replace(NAME, name.ljust(len(NAME))[: len(NAME)]) for row in own or listing(product)]
    sshd.gate.ping = lambda line: {"out": around + frame(line, f"RBH000I RBHELPER 1 {ESM[product]} {name}") + around}
    sshd.gate.answer = lambda line: {"out": around + frame(line, *rows, code=code) + around, "exit": code}


@contextmanager
def set_up(folder: Path, product: Product = "racf", *options: str, **more: Any) -> Iterator[SetUp]:
    with servers.running(*options, **more) as sshd:
        serve(sshd, product)
        yield SetUp(sshd, folder, product)


# --- as it should be ------------------------------------------------------------------------------


@every_product
def test_a_server_that_prints_around_every_answer_is_well(tmp_path: Path, product: Product) -> None:
    """A banner ahead of the logon, a message of the day, a profile's noise, no terminal: none of it is an answer."""
    banner = tmp_path / "banner"
    banner.write_text("EXAMPLE BANK - AUTHORISED USE ONLY\n")
    with set_up(tmp_path, product, f"Banner {banner}", "PermitTTY no", "PrintMotd yes") as here:
        serve(here.sshd, product, around="Welcome to SYSA\nstty: standard input: not a tty\nRB1 RC 99\n")

        found = "\n".join(said(here.system()))

    assert f"ok helper 1 for {ESM[product]}" in found
    assert "its own profile was listed" in found
    assert "fail" not in found
    assert [line.partition(";")[0] for line in here.sshd.gate.seen] == ["ping", "status"]


# --- as it should not be --------------------------------------------------------------------------


def other_host_key(here: SetUp) -> System:
    _, another = servers.keygen(here.folder / "another")
    return here.system(host_key=(another,))


def key_unknown(here: SetUp) -> System:
    return here.system(key=here.sshd.other_key)


def slow_logon(here: SetUp) -> System:
    """A profile, or TSO, takes longer than is waited for."""
    here.sshd.gate.ping = lambda line: {"out": frame(line), "lingers": 8}
    return here.system(answer_within=timedelta(seconds=4))


def another_product(here: SetUp) -> System:
    other: Product = "acf2" if here.product == "racf" else "racf"
    serve(here.sshd, other)
    return here.system()


def cannot_work(here: SetUp) -> System:
    here.sshd.gate.ping = lambda line: {"out": frame(line, "RBH005E PROFILE FAILED", code=16)}
    return here.system()


def no_command(here: SetUp) -> System:
    here.sshd.gate.ping = lambda line: {"out": frame(line, "RBH006E COMMAND FAILED", code=16)}
    return here.system()


SET_UPS: Final[dict[str, tuple[Callable[[SetUp], System], tuple[str, ...]]]] = {
    "host key changed": (
        other_host_key, ("the host key of 127.0.0.1", "Nothing was sent", "put the new one into transport.host_key"),
    ),
    "key unknown": (key_unknown, ("does not take the key of", "public half of transport.key into its authorized_keys")),
    "slow": (slow_logon, ("the helper does not answer a ping", "transport.answer_within")),
    "helper of another product": (another_product, ("the helper is set up for", "correct product")),
    "no OMVS": (cannot_work, ("RBH005E", "needs an OMVS segment and TSO")),
    "no command": (no_command, ("RBH006E", "AUTHCMD of IKJTSOxx")),
}  # fmt: skip


@every_product
@pytest.mark.parametrize("fault", SET_UPS)
def test_a_set_up_that_is_wrong(fault: str, product: Product, tmp_path: Path) -> None:
    """In words that hold the cause, and what to do about it."""
    spoil, words = SET_UPS[fault]
    with set_up(tmp_path, product) as here:
        found = failures(said(spoil(here)))

    for each in words:
        assert each in found
    assert all(line.startswith(("ping;", "status;")) for line in here.sshd.gate.seen)


REFUSED: Final[dict[Product, tuple[list[str], str]]] = {
    "racf": (["ICH30010I NOT AUTHORIZED TO ISSUE LISTUSER"], "PERMIT IRR.LISTUSER CLASS(FACILITY)"),
    "acf2": (["ACF0A017 NOT AUTHORIZED FOR REQUESTED FUNCTION"], "SCPLIST"),
    "topsecret": (
        ["TSS7251E Access Denied to CASECAUT <TSSCMD.USER.LIST>",
         "TSS0301I  TSS      FUNCTION FAILED, RETURN CODE =  8"],
        "DATA(BASIC,PASSWORD)",
    ),
}  # fmt: skip


@every_product
def test_no_authority_to_list(product: Product, tmp_path: Path) -> None:
    """In the product's words, and with the command that gives it."""
    rows, words = REFUSED[product]
    with set_up(tmp_path, product) as here:
        serve(here.sshd, product, own=rows, code=8)
        found = failures(said(here.system()))

    assert rows[0].split()[0] in found
    assert words in found


INSTEAD: Final = {
    "not there": ("/nowhere/rbhelper", "", 0o755, "exit 127"),
    "not executable": ("", "#!/bin/sh\n", 0o644, "exit 126"),
    "wrong interpreter": ("", "#!/nowhere/rexx\n/* REXX */\n", 0o755, "exit 12"),
    "a program of another kind": ("/bin/cat", "", 0o755, "no answer of the helper's"),
    "nobody is let in": ("/usr/sbin/nologin", "", 0o755, "no answer of the helper's"),
}
REMEDIES: Final = {
    "not there": "install deploy/zos/rbhelper.rexx",
    "not executable": "chmod 755",
    "wrong interpreter": "what its first line names to run it is not",
    "a program of another kind": "a forced command of another kind",
    "nobody is let in": "a login shell that lets nobody in",
}


@pytest.mark.parametrize("fault", INSTEAD)
def test_a_forced_command_that_is_none_of_ours(fault: str, tmp_path: Path) -> None:
    """What sshd starts in the helper's place: told apart by what it says and how it ends."""
    command, text, mode, words = INSTEAD[fault]
    if text:
        file = tmp_path / "rbhelper"
        file.write_text(text)
        file.chmod(mode)
        command = str(file)
    with set_up(tmp_path, "racf", f"ForceCommand {command}") as here:
        found = failures(said(here.system()))

    assert words in found
    assert REMEDIES[fault] in found
    assert here.sshd.gate.seen == []


@pytest.mark.parametrize("options", [("MaxSessions 0",), ("ChrootDirectory /nowhere",)])
def test_a_server_that_opens_no_session(options: tuple[str, ...], tmp_path: Path) -> None:
    """It lets the key in and starts nothing."""
    with set_up(tmp_path, "racf", *options) as here:
        found = failures(said(here.system()))

    assert "MaxSessions" in found
    assert here.sshd.gate.seen == []


# --- accounts of the machine ----------------------------------------------------------------------


@contextmanager
def of_an_account(folder: Path, *, by_password: bool) -> Iterator[tuple[str, System]]:
    """A server that PAM guards, an account, and a configuration that logs it on."""
    accounts.machine_is_ready()
    password = "S3rv1ce-42"
    home = Path(tempfile.mkdtemp(prefix="rb-keys-"))
    home.chmod(0o755)  # sshd reads keys as the account
    options = ("UsePAM yes", "PasswordAuthentication yes", f"AuthorizedKeysFile {home}/keys")
    with servers.running(*options, forced=False) as sshd, account(password=password) as name:
        key, public = servers.keygen(folder / "account")
        (home / "keys").write_text(f"{public}\n")
        (home / "keys").chmod(0o644)
        system = SetUp(sshd, folder, "racf").system(key=key, user=name, helper="/bin/true")
        if by_password:
            file = folder / "password"
            file.touch(mode=0o600)
            file.write_text(password)
            service = ServiceId(userid=name, password=SecretRef(file=file))
            system = replace(system, transport=replace(system.transport, key=None), service_ids=(service,))
        yield name, system
    shutil.rmtree(home)


@pytest.mark.parametrize("by_password", [False, True])
def test_an_account_that_is_closed(by_password: bool, tmp_path: Path) -> None:
    """By its day: in PAM's own words, and with what opens it."""
    with of_an_account(tmp_path, by_password=by_password) as (name, system):
        accounts.run("chage", "-E", "1", name)
        found = failures(said(system))

    assert "account has expired" in found
    assert "open the account" in found
    assert "its password has expired" not in found


@pytest.mark.parametrize("by_password", [False, True])
def test_a_password_that_has_to_be_changed_first(by_password: bool, tmp_path: Path) -> None:
    """Also where a key logs on: PAM wants a terminal for it, and starts nothing."""
    with of_an_account(tmp_path, by_password=by_password) as (name, system):
        accounts.run("chage", "-d", "0", name)
        found = failures(said(system))

    assert f"the password of {name} has expired" in found
    assert "Over SSH the daemon cannot change it" in found


def of_unix(system: System, **transport: Any) -> System:
    """The same account, where a shell takes the helper's place."""
    return replace(system, product="unix", transport=replace(system.transport, helper=HELPER, **transport))


UNIX: Final[dict[str, tuple[str, dict[str, Any], tuple[str, ...]]]] = {
    "root is well, and too much": ("root", {"sudo": None}, ("warn too much: it is uid 0", "deploy/handbook/unix.md")),
    "sudo says no": ("", {}, ("fail", "sudo: a password is required", "with NOPASSWD")),
    "no sudo, and no root": (
        "",
        {"sudo": None},
        ("fail too little: unix.sudo is null", "sudo -n /usr/local/sbin/rbguard"),
    ),
    "sudo is not there": (
        "",
        {"sudo": "/nowhere/sudo -n"},
        ("/nowhere/sudo: not found", "what unix.sudo names is not"),
    ),
    "another UNIX": ("root", {"sudo": None, "variant": "aix"}, ("lsuser: not found", "unix.variant is linux or aix")),
}


@pytest.mark.parametrize("fault", UNIX)
def test_a_unix_that_is_set_up_wrong(fault: str, tmp_path: Path) -> None:
    """What the service id may, and what stands ahead of the commands."""
    user, settings, words = UNIX[fault]
    with of_an_account(tmp_path, by_password=False) as (name, system):
        ids = (ServiceId(userid=user or name),)
        found = "\n".join(said(replace(of_unix(system), unix=Unix(**settings), service_ids=ids)))

    for each in words:
        assert each in found


@pytest.mark.parametrize("guarded", [False, True])
def test_sudo_for_chpasswd_itself_is_too_much(guarded: bool, tmp_path: Path) -> None:
    """It would set root's own password; one program that looks at the userid first is just enough."""
    with of_an_account(tmp_path, by_password=False) as (name, system), ExitStack() as undone:
        file = Path("/etc/sudoers.d") / name
        undone.callback(file.unlink)
        file.write_text(f"{name} ALL=(root) NOPASSWD: ALL\n")
        file.chmod(0o440)
        sudo = f"sudo -n /bin/sh {ROOT}/deploy/unix/rbguard" if guarded else "sudo -n"
        found = said(replace(of_unix(system), unix=Unix(sudo=sudo), service_ids=(ServiceId(userid=name),)))

    assert failures(found) == ""
    assert any("warn too much, as far as it shows: unix.sudo is sudo -n," in each for each in found) is not guarded


@pytest.mark.parametrize(("shell", "words"), [("/nowhere/sh", "cannot start"), ("cat", "as a shell does")])
def test_a_unix_shell_that_is_none(shell: str, words: str, tmp_path: Path) -> None:
    """Told with the setting that names it; nothing was asked."""
    with of_an_account(tmp_path, by_password=False) as (_, system):
        found = failures(said(of_unix(system, shell=shell)))

    assert words in found
    assert "mend transport.shell" in found
