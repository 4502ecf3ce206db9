"""`reset`, `resets`, `show`, `revoke`, `approve`, `reject`: asking, following, deciding, through the daemon's API."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import click

from bridge.cli import outlet
from bridge.cli.client import Client, Refused, Unreached, pause, reset_path, settings
from bridge.cli.common import as_json, put_fields, put_json, put_table, stamp
from bridge.domain.codes import lasting, read_out
from bridge.domain.errors import BridgeError
from bridge.domain.reset import State
from bridge.domain.said import ARMED, CLEANED, SAYS

Document = Mapping[str, Any]
GOOD: Final = frozenset({"published", "revealed", "completed"})
OVER: Final = GOOD | {"failed", "cancelled", "rejected", "expired", "revoked", "lapsed"}
TIMES: Final = ("since", "requested_at", "expires_at", "release_code_expires_at", "at")
CODE: Final = ("release_code", "release_code_ttl", "release_code_withheld")
LOOK_EVERY: Final = 1.0  # seconds
PATIENCE: Final = 10  # looks in a row without an answer before --wait gives up
FIELDS: Final = ("id", "system", "userid", "person", "state", "delivery", "view", "since", "reason", "ticket",
                 "requested_by", "requested_at", "approved_by", "expires_at", "release_code_expires_at", "note",
                 "cleanup")  # fmt: skip


class NotGood(BridgeError):
    """The reset that was waited for came to another end."""


@click.command("reset")
@click.argument("system")
@click.argument("userid")
@click.option("--reason", required=True, help="Why; it stands in the audit.")
@click.option("--ticket", help="The ticket's number.")
@click.option("--wait", is_flag=True, help="Follow the reset until its link is mailed, or it ends.")
@as_json
def reset_(system: str, userid: str, reason: str, ticket: str | None, wait: bool, as_json: bool) -> None:
    """Ask for a reset. The password is never shown here: the user gets a link by e-mail.

    The release code, where the policy uses one, is printed once: read it to the caller, do not write it down.

    \b
    Example: resetbridge reset PRODA PAYROLL7 --reason "forgotten, called back" --ticket INC0012345 --wait
    """
    outlet.demand()
    wish = {"system": system.upper(), "userid": userid.upper(), "reason": reason}
    with Client(settings()) as client:
        made = client.post("/resets", wish | ({"ticket": ticket} if ticket else {}))
        if not as_json:
            _say_asked(made)
            if wait:
                last = follow(client, made)
                _demand_good(last)
                if ends := last.get("release_code_expires_at"):
                    click.echo(f"The release code works until {stamp(datetime.fromisoformat(ends))}.", err=True)
            return
        last = made
        try:
            if wait:
                last = follow(client, made)
        finally:  # interrupted or not: the code is in this answer alone
            code = {name: made[name] for name in CODE if made.get(name)}
            put_json({**last, **code})
        if wait:
            _demand_good(last)


@click.command("resets")
@click.option("--state", type=click.Choice([str(state) for state in State]), help="Only those in this state.")
@click.option("--system", help="Only those of this system.")
@click.option("--userid", help="Only those of this userid.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest first.")
@as_json
def resets_(state: str | None, system: str | None, userid: str | None, limit: int, as_json: bool) -> None:
    """List resets, newest first.

    \b
    Example: resetbridge resets --state failed --system PRODA
    """
    query = {"state": state, "system": system and system.upper(), "userid": userid and userid.upper()}
    query |= {"limit": str(min(limit, 200))}
    with Client(settings()) as client:
        rows = list(client.pages("/resets", "resets", query, limit))
    if as_json:
        put_json(rows)
        return
    columns = {"id": "ID", "state": "STATE", "system": "SYSTEM", "userid": "USERID", "requested_at": "REQUESTED",
               "requested_by": "BY", "cleanup": "CLEAN-UP", "reason": "REASON"}  # fmt: skip
    put_table([_legible(row) for row in rows], columns, nothing="no reset matches")


@click.command("show")
@click.argument("reset_id", metavar="ID")
@as_json
def show_(reset_id: str, as_json: bool) -> None:
    """Show a reset and everything that happened to it.

    \b
    Example: resetbridge show R7K2M9QX4TB0C
    """
    with Client(settings()) as client:
        found = client.get(reset_path(reset_id))
    if as_json:
        put_json(found)
        return
    failure = found.get("failure")
    plain = {name: _legible(found).get(name) or None for name in FIELDS}
    plain["cleanup"] = CLEANED.get(plain["cleanup"] or "")
    put_fields(plain | {"failure": f"{failure['code']}: {failure['message']}" if failure else None})
    click.echo()
    columns = {"at": "AT", "what": "EVENT", "by": "BY", "detail": "DETAIL"}
    put_table([_event(event) for event in found.get("events", [])], columns, nothing="nothing has happened yet")


def _decision(deed: str, done: str, words: str, why: str) -> click.Command:
    """revoke, approve and reject are one command with different words."""

    @click.command(deed, help=f'{words}\n\n\b\nExample: resetbridge {deed} R7K2M9QX4TB0C --reason "{why}"')
    @click.argument("reset_id", metavar="ID")
    @click.option("--reason", default=f"{done} from the command line", help="Why; it stands in the audit.")
    @as_json
    def command(reset_id: str, reason: str, as_json: bool) -> None:
        with Client(settings()) as client:
            after = client.post(reset_path(reset_id, deed), {"reason": reason})
        if as_json:
            put_json(after)
        else:
            click.echo(f"{after['id']} ({after['system']} {after['userid']}) is {after['state']}")

    return command


revoke_ = _decision(
    "revoke", "revoked", "End a reset: its link stops working, and what it set is made worthless.", "asked by the user"
)
approve_ = _decision(
    "approve", "approved", "Approve a reset that waits for another person.", "called on the number we knew"
)
reject_ = _decision(
    "reject", "rejected", "Reject a reset that waits for another person.", "the user did not ask for it"
)


def follow(client: Client, made: Document) -> Document:
    """Look at a reset until its link is mailed or it ends; progress on standard error."""
    last, silent = made, 0
    told: set[str] = set()
    with _progress() as say:
        say(_phrase(last))
        while last["state"] not in OVER:
            pause(LOOK_EVERY)
            try:
                seen, silent = client.get(reset_path(made["id"])), 0
            except (Unreached, Refused) as fault:
                silent += 1
                passing = isinstance(fault, Unreached) or fault.status in {429, 502, 503, 504}
                if not passing or silent >= PATIENCE:
                    raise
                continue
            if seen["state"] != last["state"] and (seen["state"] in GOOD or seen["state"] not in OVER):
                say(_phrase(seen))
            if (trouble := _trouble(seen)) and (kind := re.sub(r"\d+", "0", trouble)) not in told:
                told.add(kind)  # how many tries there were, and how long it is to the next, makes no other trouble
                say(f"{seen['id']}: {seen['state']}: {trouble}")
            last = seen
    return last


def _trouble(seen: Document) -> str | None:
    """Why it has gone back to waiting for a worker, if that is what happened last."""
    last = seen["events"][-1] if seen.get("events") else {}
    detail = last.get("detail") or {}
    return detail.get("text") if seen["state"] == last.get("state") == "queued" else None


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """One moving line where a person looks, one line per step otherwise."""
    if not sys.stderr.isatty():
        yield lambda text: click.echo(text, err=True)
        return
    from rich.console import Console  # noqa: PLC0415 - only where a person looks

    console = Console(stderr=True)
    with console.status("") as status:

        def say(text: str) -> None:
            console.print(text, markup=False, highlight=False)
            status.update("following; Ctrl-C stops looking, not the reset")

        yield say


def _say_asked(made: Document) -> None:
    click.echo(f"{made['id']}  {made['system']} {made['userid']}  {made['state']}")
    code = made.get("release_code")
    if code:
        click.echo(f"Release code: {read_out(code)}")
        click.echo("Read it to the caller now; it is shown this once and works only after the mail has arrived.")
        if ttl := made.get("release_code_ttl"):
            click.echo(f"It works for {lasting(timedelta(seconds=ttl))} from when the mail has left; "
                       "after that nothing but a new reset brings another.")  # fmt: skip
    elif made.get("release_code_withheld"):
        click.echo("No release code: the person has an app or a passkey, and opens the link with that.")
        click.echo(
            "Where it is lost, `resetbridge factor remove` on the daemon's machine takes it away; then ask again."
        )
    click.echo(f"To follow it: resetbridge show {made['id']}", err=True)


def _phrase(seen: Document) -> str:
    failure = seen.get("failure")
    said = ARMED if seen.get("delivery") == "armed" else SAYS
    words = failure["message"] if failure else said.get(seen["state"], SAYS.get(seen["state"], f"is {seen['state']}"))
    if seen["state"] == "awaiting_approval":
        note = f"; {seen['note']}" if seen.get("note") else ""
        words += f": resetbridge approve {seen['id']}, as an approver who did not ask{note}"
    return f"{seen['id']}: {seen['state']}: {words}"


def _demand_good(last: Document) -> None:
    if last["state"] not in GOOD:
        raise NotGood(_phrase(last))


def _legible(document: Document) -> dict[str, Any]:
    """Times as every other command prints them, and nothing where there is no clean-up."""
    read = {name: stamp(datetime.fromisoformat(document[name])) for name in TIMES if document.get(name)}
    return {**document, **read, "cleanup": None if document.get("cleanup") == "none" else document.get("cleanup")}


def _event(event: Document) -> Document:
    detail = {key: value for key, value in (event.get("detail") or {}).items() if key not in {"system", "userid"}}
    text = ", ".join(f"{key}={value}" for key, value in detail.items() if value is not None)
    return {**_legible(event), "what": event.get("state") or event.get("kind"), "detail": text or None}
