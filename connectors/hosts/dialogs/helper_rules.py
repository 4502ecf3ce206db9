"""What makes unsafe what a helper on the host is given, rule by rule. Pure.

secret-in-the-open  a new password that is not masked, or for another purpose than a reset
userid-as-pattern   none is possible: the helper takes a userid as a field of its own, and names it once
no-limit            nothing is said of how long an answer may take
no-else             one purpose that the helper is not told of, where it is told of others
prompt-alone        an answer that is not known as the request's by its nonce, or that nobody reads
"""

from __future__ import annotations

import re
from typing import Final

from connectors.hosts.dialogs.orders import NEW, NONCE, PLACEHOLDER, SHELLED, USERID, Asked, Findings, Orders

LISTING: Final = "listing"
"""What a product's reader calls the one answer that it reads."""

LINE: Final = re.compile(r"[\x20-\x7e]{1,400}")
"""The helper of deploy/zos reads 512 characters; a password and a nonce are longer than what stands for them."""


def faults(orders: Orders) -> Findings:
    """Everything that is wrong with it."""
    told = {name for name, command in orders.commands.items() if command.helper is not None}
    for name, command in orders.commands.items():
        path = f"commands.{name}.helper"
        if command.helper is None:
            if told and name != "rules":
                yield path, "no-else: what the helper is given is missing here, and stands at other commands"
        elif orders.product in SHELLED or name == "rules":
            yield path, "only racf, acf2 and topsecret have a helper, for status, reset and unlock"
        else:
            yield from _asked(path, name, command.helper)


def _asked(path: str, name: str, asked: Asked) -> Findings:
    text = asked.whole
    if not LINE.fullmatch(text):
        yield f"{path}.given", "one line of ASCII characters is expected"
    if asked.within is None or asked.within.total_seconds() <= 0:
        yield f"{path}.within", "no-limit: how long to wait for an answer is missing, like 60s"
    for found in PLACEHOLDER.findall(text):
        if found not in (USERID, NEW, NONCE):
            yield f"{path}.given", f"{found} stands for nothing here; {USERID}, {NEW} and {NONCE} do"
    if asked.given.count(NONCE) != 1 or text.count(NONCE) != 1:
        yield f"{path}.given", f"prompt-alone: {NONCE} is expected once: an answer without it may be another request's"
    if asked.given.count(USERID) != 1 or text.count(USERID) != 1:
        yield f"{path}.given", f"{USERID} is expected once"
    if name == "reset" and (asked.given.count(NEW) != 1 or text.count(NEW) != 1):
        yield f"{path}.given", f"{NEW} is expected once"
    if name != "reset" and NEW in text:
        yield f"{path}.given", f"secret-in-the-open: {NEW} belongs to reset alone"
    elif NEW in text and not asked.masked:
        yield path, f"secret-in-the-open: {NEW} is given to the helper and not masked; masked: true is expected"
    if name == "status" and asked.shows != LISTING:
        yield f"{path}.shows", f"prompt-alone: {LISTING} is expected: what the product reads it as"
    elif name != "status" and asked.shows:
        yield f"{path}.shows", "nobody reads this; nothing is expected here"
