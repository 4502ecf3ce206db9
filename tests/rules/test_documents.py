"""What the documents say is so: codes, settings, dependencies, commands, links; and nothing of anybody's machine."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from bridge.cli.main import COMMANDS, resetbridge
from bridge.config.reader import read
from bridge.domain.failure import Reason
from bridge.flows import crowd
from connectors.hosts.dialogs import looks, orders, shapes
from connectors.hosts.dialogs.reader import load_orders, shipped_orders
from tests.rules.settings import SECTIONS, defaults
from tests.rules.tree import ROOT, modules, tracked

HANDBOOK = ROOT / "deploy" / "handbook"
PAGES = [name for name in tracked() if name.endswith(".md")]


def section(text: str, heading: str) -> str:
    """What stands under a heading of the second level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_code_has_its_paragraph(reason: Reason) -> None:
    """In the handbook, under its own heading, in more than a line."""
    assert len(section((HANDBOOK / "reasons.md").read_text(encoding="utf-8"), reason)) > 100


def test_the_handbook_knows_no_other_reason() -> None:
    """A code that was taken out leaves the handbook too."""
    headings = re.findall(r"^## (.+)$", (HANDBOOK / "reasons.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == list(Reason)


@pytest.mark.parametrize("name", SECTIONS)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    """One row for each key of the model, in a section of its own, and no other row."""
    text = section((HANDBOOK / "configuration.md").read_text(encoding="utf-8"), name)
    rows: dict[str, str] = {}
    for line in text.splitlines():
        if found := re.match(r"\| `(\w+)` \|(.*?)\|", line):
            rows[found[1]] = found[2].strip()
    assert rows == defaults(SECTIONS[name])


def test_who_has_lost_the_keys_to_a_thief_reads_all_that_is_to_be_done() -> None:
    """With the database they are also everybody's app: docs/threat-model.md says so, and here it is acted upon."""
    text = section((HANDBOOK / "recovery.md").read_text(encoding="utf-8"), "The server's keys")
    for command in ("revoke ID", "factor list", "factor remove ID", "factor invite", "factor add PERSON totp"):
        assert f"`resetbridge {command}" in text


def test_how_many_records_anybody_can_cause_is_documented() -> None:
    """Of a link, from a network, in all, and which are always there."""
    text = " ".join((HANDBOOK / "audit.md").read_text(encoding="utf-8").split())
    assert (
        f"holds {crowd.OF_LINK} records of one link, {crowd.OF_NETWORK} from one network and {crowd.IN_ALL} in" in text
    )
    assert crowd.FIRST == 2
    assert "the first two of each link" in text


def test_every_audit_kind_is_documented() -> None:
    """Whatever note(), write() or Event() is called with stands in the handbook."""
    text = (HANDBOOK / "audit.md").read_text(encoding="utf-8")
    kinds = {
        node.value
        for name, tree in modules()
        if name.startswith(("bridge/flows/", "connectors/store/audit"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(
            r"(?:daemon|reset|host|service|link|factor|notice|person|people|operator|token|audit)\.[a-z_]+", node.value
        )
    }
    assert kinds
    assert not {kind for kind in kinds if f"`{kind}`" not in text}


def declared(part: str = "") -> set[str]:
    """Names of dependencies in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = {
        "": project["project"]["dependencies"],
        "dev": project["project"]["optional-dependencies"]["dev"],
        "ldap": project["project"]["optional-dependencies"]["ldap"],
        "build": project["dependency-groups"]["build"],
    }
    found = (re.match(r"[A-Za-z0-9._-]+", line) for line in lists[part])
    return {match[0] for match in found if match}


@pytest.mark.parametrize("part", ["", "dev", "ldap", "build"])
def test_every_dependency_is_named_and_locked(part: str) -> None:
    """In docs/dependencies.md with a word why, and in its lock file with hashes."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    lock = (ROOT / f"requirements{'-' if part else ''}{part}.lock").read_text(encoding="utf-8")
    for name in declared(part):
        assert f"`{name}`" in text, name
        assert re.search(rf"^{re.escape(name.lower().replace('_', '-'))}==", lock, re.MULTILINE), name


@pytest.mark.parametrize("part", ["", "-dev", "-ldap", "-build"])
def test_locks_have_hashes_and_no_addresses(part: str) -> None:
    """Every pin is followed by at least one hash; nobody's index is in it; all of them agree."""
    text = (ROOT / f"requirements{part}.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert len(re.findall(r"^\S+==\S+", text, re.MULTILINE)) == len(
        re.findall(r"\\\n    --hash=.*?(?=\n\S|\Z)", text, re.S)
    )
    pins = dict(re.findall(r"^(\S+)==(\S+)", text, re.MULTILINE))
    others = dict(re.findall(r"^(\S+)==(\S+)", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE))
    assert not {name for name in pins if others.get(name, pins[name]) != pins[name]}


MACHINE = re.compile(
    r"/(?:work|farm)/|/root/|\.library\b|pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org|/home/[a-z]+/"
)
EXCEPT = {"tests/rules/test_documents.py"}


def test_no_file_names_a_machine_or_a_package_host() -> None:
    """Paths of somebody's home or work tree, and the registries' hosts."""
    found = []
    for name in tracked():
        if name in EXCEPT or name.endswith(".lock"):
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        found += [f"{name}: {match[0]}" for match in MACHINE.finditer(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", PAGES)
def test_links_between_documents_lead_somewhere(page: str) -> None:
    """Relative links in Markdown."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", [name for name in PAGES if name.startswith(("README", "deploy/handbook/"))])
def test_documents_show_only_commands_that_exist(page: str) -> None:
    """`resetbridge WORD` in code is a command; WORD WORD of a family, too."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for code in re.findall(r"`([^`\n]+)`|^ *((?:\S*/)?resetbridge .*)$", text, re.MULTILINE):
        words = re.sub(r"--config \S+ ", "", code[0] or code[1]).split()
        if not words or not words[0].endswith("resetbridge") or len(words) < 2 or not words[1].isalpha():
            continue
        assert words[1] in COMMANDS, words
        context = resetbridge.make_context("resetbridge", [words[1]], resilient_parsing=True)
        command = resetbridge.get_command(context, words[1])
        if command is not None and hasattr(command, "commands") and len(words) > 2:
            assert words[2] in command.commands, words


def test_the_example_configuration_loads(tmp_path: Path) -> None:
    """deploy/resetbridge.example.yaml, without a mistake and without a note."""
    config = read(ROOT / "deploy" / "resetbridge.example.yaml")
    assert config.notes == ()
    assert {system.product for system in config.systems.values()} == {"racf", "acf2"}


@pytest.mark.parametrize("unit", [name for name in tracked() if name.endswith(".service")])
def test_units_are_hardened(unit: str) -> None:
    """No core dump, no privilege, no writable system, in every one of them."""
    text = (ROOT / unit).read_text(encoding="utf-8")
    for line in (
        "User=resetbridge", "NoNewPrivileges=yes", "LimitCORE=0", "ProtectSystem=strict", "MemoryDenyWriteExecute=yes",
        "CapabilityBoundingSet=", "UMask=0077", "RestartPreventExitStatus=2",
    ):  # fmt: skip
        assert f"\n{line}\n" in text, line


def test_every_key_of_a_dialog_is_documented() -> None:
    """In dialogs.md, and no other word stands in its tables of keys."""
    text = (HANDBOOK / "dialogs.md").read_text(encoding="utf-8")
    for heading, kinds in (
        ("Keys of a file", (shapes.Dialog,)),
        ("Keys of a message", (shapes.Message,)),
        ("Keys of a renewal", (shapes.Renewal,)),
        ("Keys of a screen", (shapes.Rule, shapes.Entry)),
        ("Keys of commands", (orders.Orders, orders.Command, orders.Commands, orders.Refusal, orders.Step)),
        ("Keys of a profile", (orders.Facts, orders.Fact)),
    ):
        table = "\n".join(line for line in section(text, heading).splitlines() if line.startswith("| `"))
        first = {
            key for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)
        }
        wanted = {field.name.rstrip("_") for kind in kinds for field in fields(kind)}
        assert first - {"extends"} <= wanted
        assert not {key for key in wanted if f"`{key}`" not in table}


def test_every_word_that_is_looked_for_is_documented(tmp_path: Path) -> None:
    """By its reader, in dialogs.md; and its example may be used."""
    text = section((HANDBOOK / "dialogs.md").read_text(encoding="utf-8"), "Words that are looked for")
    said: dict[str, set[str]] = {}
    reader = ""
    for first, names in re.findall(r"^\| (`\w+`)? ?\| (`.*?) \|", text, re.MULTILINE):
        reader = first.strip("`") or reader
        said.setdefault(reader, set()).update(re.findall(r"`(\w+)`", names))
    assert said == {name: set(words) for name, words in looks.LOOKS.items() if words}
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "aix.yaml").write_text(block, encoding="utf-8")
    found = load_orders(tmp_path / "aix.yaml", "unix").dialog.looks_for
    assert (found["changed"], found["due"]) == (("lastupdate", "last_update"), ("ADMCHG",))


def test_the_worked_dialog_is_the_one_that_is_tried() -> None:
    """Each block of dialogs.md stands in exgate.yaml, which tests run against its session manager; comments aside."""
    text = (HANDBOOK / "dialogs.md").read_text(encoding="utf-8")
    plain = [re.sub(r" +#.*", "", line) for line in (HANDBOOK / "exgate.yaml").read_text(encoding="utf-8").splitlines()]
    for block in re.findall(r"```yaml\n(.*?)```", section(text, "A session manager, step by step"), re.DOTALL):
        for line in filter(None, block.splitlines()):
            assert line in plain, line


def test_the_worked_commands_are_those_that_are_tried() -> None:
    """Each block of dialogs.md stands in acctool.yaml, which tests run against its program; comments aside."""
    text = (HANDBOOK / "dialogs.md").read_text(encoding="utf-8")
    plain = [re.sub(r" +#.*", "", line) for line in (HANDBOOK / "acctool.yaml").read_text("utf-8").splitlines()]
    blocks = re.findall(r"```yaml\n(.*?)```", section(text, "Commands in a shell"), re.DOTALL)
    assert blocks
    for block in blocks:
        for line in filter(None, block.splitlines()):
            assert line in plain, line


def test_the_example_of_commands_may_be_used(tmp_path: Path) -> None:
    """It is read as a system would read it."""
    text = section((HANDBOOK / "dialogs.md").read_text(encoding="utf-8"), "Commands at READY")
    block, helper = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    file = tmp_path / "racf.yaml"
    file.write_text(block, encoding="utf-8")
    assert load_orders(file, "racf").dialog.commands.reset.lines[0].masked
    file.write_text("dialog: x\nversion: 1\nextends: racf\n" + helper, encoding="utf-8")
    assert load_orders(file, "racf").dialog.commands == shipped_orders("racf").dialog.commands
