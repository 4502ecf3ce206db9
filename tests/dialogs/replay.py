"""Replays what a product printed through its readers. A dialog names its verdict; files hold one dialog a document.

A dialog     {name, asked: reset|unlock|status|own, replies: [{prompt, rows, code}], site, verdict, profile}
site         {patterns, ignore}, as the configuration has them
verdict      ok (reset, unlock, own), profile (status), or the reason code of what is raised
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.domain.errors import HostRefused, NotProven, UnexpectedAnswer
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Reply, Standing
from connectors.hosts.products import PRODUCTS
from connectors.hosts.products.base import ChangesOwn, Product

USERID = Userid("JSMITH")
TODAY = date(2026, 5, 11)
READERS = {"reset": "read_reset", "unlock": "read_unlock"}
Dialog = dict[str, Any]


def dialogs(*files: Path) -> list[Any]:
    """All dialogs of the files, as pytest's parameters."""
    return [
        pytest.param(dialog, id=dialog["name"])
        for file in files
        for dialog in yaml.safe_load_all(file.read_text("utf-8"))
    ]


def product_of(name: str, dialog: Dialog) -> Product:
    return PRODUCTS[name]("PRODA", today=lambda: TODAY, **dialog.get("site", {}))


def replies_of(dialog: Dialog) -> tuple[Reply, ...]:
    return tuple(
        Reply(rows=tuple(reply.get("rows", "").splitlines()), prompt=reply.get("prompt", ""), code=reply.get("code"))
        for reply in dialog["replies"]
    )


def verdict(product: Product, asked: str, replies: Sequence[Reply], userid: Userid = USERID) -> str | Profile:
    """What the reader makes of the replies: ok, a profile without its raw lines, or a reason code."""
    try:
        if asked in READERS:
            getattr(product, READERS[asked])(replies, userid)
            return "ok"
        if asked == "own":
            assert isinstance(product, ChangesOwn)
            product.read_own_change(replies)
            return "ok"
        return replace(product.read_status(replies, userid), raw=())
    except (HostRefused, NotProven, UnexpectedAnswer) as raised:
        return raised.reason.value


def expected(dialog: Dialog, userid: Userid = USERID) -> str | Profile:
    if dialog["verdict"] != "profile":
        return str(dialog["verdict"])
    told = dict(dialog["profile"])
    told["standing"] = Standing(told["standing"])
    return Profile(userid=userid, **{**told, "privileged": tuple(told.get("privileged", ()))})


def cut_at_every_line(replies: Sequence[Reply]) -> Iterator[tuple[Reply, ...]]:
    """What is there when the line drops: whole replies, then rows of the next one, and no prompt after them."""
    for number, reply in enumerate(replies):
        for count in range(len(reply.rows) + 1):
            yield (*replies[:number], replace(reply, rows=reply.rows[:count], prompt="", code=None))


def cut_at_every_character(replies: Sequence[Reply]) -> Iterator[tuple[Reply, ...]]:
    """The same, byte by byte."""
    for number, reply in enumerate(replies):
        for count in range(len(reply.text) + 1):
            rows = tuple(reply.text[:count].split("\n"))
            yield (*replies[:number], replace(reply, rows=rows, prompt="", code=None))


def succeeds(product: Product, asked: str, replies: Sequence[Reply], userid: Userid = USERID) -> bool:
    """Whether the reader takes the replies for a change, or for a listing of an existing userid."""
    found = verdict(product, asked, replies, userid)
    return found == "ok" if isinstance(found, str) else found.standing is not Standing.UNKNOWN


def in_one_reply(replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """The same texts as a helper on the host hands them over: one reply for the whole order."""
    code = max((reply.code for reply in replies if reply.code is not None), default=None)
    prompt = "READY" if replies and all(reply.prompt for reply in replies) else ""
    return (Reply(rows=tuple(row for reply in replies for row in reply.rows), prompt=prompt, code=code),)


def row_by_row(replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """The same texts, each row in a reply of its own."""
    prompt = "READY" if replies and all(reply.prompt for reply in replies) else ""
    codes = [reply.code for reply in replies if reply.code is not None]
    rows = [row for reply in replies for row in reply.rows] or [""]
    return tuple(Reply(rows=(row,), prompt=prompt, code=max(codes, default=None)) for row in rows)


Split = Callable[[Sequence[Reply]], tuple[Reply, ...]]
SPLITS: tuple[Split, ...] = (in_one_reply, row_by_row)
