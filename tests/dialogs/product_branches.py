"""What there is to meet in products' files, and what the recorded answers meet of it: see branches.py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from bridge.config.model import IbmI as IbmISettings
from bridge.config.model import Unix as UnixSettings
from bridge.domain.failure import Reason
from bridge.domain.names import LoginName, ProfileName
from connectors.hosts.dialogs.orders import Orders, Refusal
from connectors.hosts.dialogs.reader import PRODUCTS, shipped_orders
from connectors.hosts.products.ibmi import IbmI
from connectors.hosts.products.patterns import Patterns, Table, rows_of
from connectors.hosts.products.unix import Unix
from connectors.simulated import helper
from connectors.simulated.helper import commands, read_request
from tests.dialogs.replay import replies_of, verdict

HERE: Final = Path(__file__).parent
TABLES: Final[Mapping[str, Table]] = {name: Table.of(shipped_orders(name).dialog) for name in PRODUCTS}
RECORDED: Final = {"linux": "unix/linux*.yaml", "aix": "unix/aix*.yaml"}
"""Where the answers are, but for NAME/*.yaml."""

ASKED: Final = ("status", "reset", "unlock")

Branches = dict[str, bool]
"""Each branch, and whether it is met."""


def of_product(name: str, table: Table | None = None) -> Branches:
    """Each number and wording of its table, and each end of each command, in the answers recorded for it."""
    answers = [
        each
        for file in sorted(HERE.glob(RECORDED.get(name, f"{name}/*.yaml")))
        for each in yaml.safe_load_all(file.read_text())
    ]
    table = table or TABLES[name]
    refusals = [(f"refused.{why}.{number}", Table(numbers={number: why}, words=()))
                for number, why in table.numbers.items()]  # fmt: skip
    refusals += [(f"refused.{why}: {words}", Table(numbers={}, words=((words, why),))) for words, why in table.words]
    met = {branch: any(_refuses(one, each) for each in answers) for branch, one in refusals}
    for number in sorted(table.harmless):
        met[f"harmless.{number}"] = any(_means_nothing(number, each) for each in answers)
    for words in table.noise:
        met[f"harmless: {words}"] = any(_means_nothing(words, each) for each in answers)
    for words in shipped_orders(name).dialog.busy:
        met[f"busy: {words}"] = any(_is_busy(words, each) for each in answers)
    for shows in filter(None, shipped_orders(name).dialog.shown):
        met[f"status shows {shows}"] = any(_shows(shipped_orders(name).dialog.shown, shows, each) for each in answers)
    for asked in ASKED:
        here = {each["verdict"] for each in answers if each["asked"] == asked}
        met[f"{asked}.done"] = bool(here & {"ok", "profile"})
        met[f"{asked}.else"] = Reason.UNEXPECTED_ANSWER.value in here
    met |= dict(_of_helper(name, answers))
    met |= dict(_of_own(name, answers))
    met |= dict(_of_words(name, answers))
    return met


def _of_words(name: str, answers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, bool]]:
    """Without a word that is looked for some recorded answer means something else."""
    dialog = shipped_orders(name).dialog
    asked = [dict(each) for each in answers if each["asked"] == "status"]
    for word, texts in dialog.looks_for.items():
        for text in texts:
            left = tuple(each for each in texts if each != text)
            without = replace(dialog, looks_for={**dialog.looks_for, word: left})
            yield f"looks_for.{word}: {text}", any(_read(dialog, each) != _read(without, each) for each in asked)


def _read(dialog: Orders, answer: Mapping[str, Any]) -> object:
    """What a shell's product makes of the answers, under the settings that are recorded with them."""
    told = {
        key: tuple(value) if isinstance(value, list) else value for key, value in answer.get("settings", {}).items()
    }
    replies = replies_of(dict(answer))
    if dialog.product == "ibmi":
        return verdict(IbmI("H", settings=IbmISettings(**told), orders=dialog), "status", replies, ProfileName("ANNA"))
    told.pop("variant", None)
    unix = Unix("H", settings=UnixSettings(**told), orders=dialog, today=lambda: date(2026, 5, 11))
    return verdict(unix, "status", replies, LoginName("anna"))


def _of_own(name: str, answers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, bool]]:
    """What speaks against a new password of one's own."""
    own = shipped_orders(name).dialog.own_password
    here = [each for each in answers if each["asked"] == "own"]
    for why, refusal in own.refused.items() if own else ():
        for text in (*refusal.numbers, *refusal.pattern):
            one = Refusal(numbers=(text,)) if text in refusal.numbers else Refusal(pattern=(text,))
            alone = Table.refusing(Reason(why), one)
            yield f"own_password.refused.{why}: {text}", any(_refuses(alone, each) for each in here)
    for text in own.done_pattern if own else ():
        said = [each for each in here if any(re.search(text, row) for row in rows_of(replies_of(dict(each))))]
        yield f"own_password.done: {text}", any(each["verdict"] == "ok" for each in said)
    if own:
        for verdict in ("ok", Reason.UNEXPECTED_ANSWER.value):
            yield f"own_password: {verdict}", any(each["verdict"] == verdict for each in here)


def _of_helper(name: str, answers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, bool]]:
    """What a helper is given is what the other hand's understands, additions too; and each end of its answers."""
    dialog = shipped_orders(name).dialog
    for asked, command in dialog.commands.items():
        if (ours := command.helper) is None:
            continue
        here = [each for each in answers if each["asked"] == asked and len(each["replies"]) == 1
                and "code" in each["replies"][0]]  # fmt: skip
        yield f"helper.{asked}.done", any(each["verdict"] in {"ok", "profile"} for each in here)
        yield f"helper.{asked}.else", any(each["verdict"] == Reason.UNEXPECTED_ANSWER.value for each in here)
        plain = _understood(ours.given, name)
        yield f"helper.{asked} given {ours.given}", bool(plain)
        for added in filter(None, (ours.phrase, ours.first_use, ours.resume)):
            yield f"helper.{asked} given {added}", _understood(ours.given + added, name) not in ([], plain)


def _understood(text: str, product: str) -> list[str]:
    """What deploy/zos runs for it, by the simulated one; nothing where it refuses."""
    new = b"new-pass-phrase-9" if "phrase" in text else b"NEWPASS9"
    values = {"{userid}": "JSMITH", "{new_password}": new.hex(), "{nonce}": "0" * 16}
    for word, value in values.items():
        text = text.replace(word, value)
    try:
        return commands(read_request(text), product)
    except helper.Refused:
        return []


def _refuses(one: Table, answer: Mapping[str, Any]) -> bool:
    """Whether this entry alone gives the verdict that is recorded."""
    (why,) = {*one.numbers.values(), *(reason for _, reason in one.words)}
    if Patterns("PRODA", one, {}).refusal(rows_of(replies_of(dict(answer)))) is not why:
        return False
    unknown = answer.get("profile", {}).get("standing") == "unknown"
    return answer["verdict"] == why.value or (why is Reason.UNKNOWN_USER and unknown)


def _means_nothing(text: str, answer: Mapping[str, Any]) -> bool:
    said = any(re.search(text, row, re.IGNORECASE) for row in rows_of(replies_of(dict(answer))))
    return said and answer["verdict"] in {"ok", "profile"}


def _is_busy(words: str, answer: Mapping[str, Any]) -> bool:
    rows = rows_of(replies_of(dict(answer)))
    return answer["verdict"] == "not_proven" and any(re.search(words, row, re.IGNORECASE) for row in rows)


def _shows(shown: Sequence[str | None], name: str, answer: Mapping[str, Any]) -> bool:
    """Whether the answer is there, and says something, in a profile that is read."""
    at = shown.index(name)
    replies = replies_of(dict(answer))
    return answer["verdict"] == "profile" and len(replies) > at and bool(replies[at].said)
