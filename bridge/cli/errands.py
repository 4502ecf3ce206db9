"""`unlock` and `state`: small things on a host, done by the daemon's worker, which holds the one session."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, Final

import click

from bridge.cli.common import as_json, configuration, desk, me, put_fields, put_json
from bridge.domain.errand import Errand, Kind, Step, described
from bridge.domain.errors import BridgeError, NotFound
from bridge.domain.names import Userid
from bridge.domain.outcome import Profile, Standing
from bridge.domain.policy import Caller, Role

WITHIN: Final = 150.0  # seconds until the errand must have ended
UNTAKEN: Final = 20.0  # seconds after which the lack of a worker is supposed
QUIET: Final = 3.0  # seconds after which somebody who waits is told so
LOOK_EVERY: Final = 0.2
ORDER: Final = ("system", "userid", *described(Profile(userid=Userid("NOBODY"), standing=Standing.UNKNOWN)))
"""Of the facts, as `described` has them; the database does not keep it."""
SAID: Final = {True: "yes", False: "no"}


class NotDone(BridgeError):
    """The errand failed, or nobody took it."""


@click.command("unlock")
@click.argument("system")
@click.argument("userid")
@click.option("--reason", required=True, help="Why; it stands in the audit.")
@click.option("--ticket", help="The ticket's number.")
@as_json
@click.pass_context
def unlock_(ctx: click.Context, system: str, userid: str, reason: str, ticket: str | None, as_json: bool) -> None:
    """Lift a suspension by wrong passwords: no new password, no link, only a notice to the person.

    Works on the daemon's own machine and needs it running. Elsewhere: POST /api/v1/unlocks.

    \b
    Example: resetbridge unlock PRODA PAYROLL7 --reason "locked out, called back" --ticket INC0012345
    """
    shown = _shown(_run(ctx, Kind.UNLOCK, (system, userid, reason, ticket)))
    if not as_json:
        done = "is unlocked" if shown["lifted"] else "was not locked; nothing was done"
        click.echo(f"{shown['system']} {shown['userid']} {done}")
    _put(shown, as_json)


@click.command("state")
@click.argument("system")
@click.argument("userid")
@as_json
@click.pass_context
def state_(ctx: click.Context, system: str, userid: str, as_json: bool) -> None:
    """What the host says of a userid: active, expired or suspended, protected, privileged, which credentials exist.

    Works on the daemon's own machine: through the daemon while it runs, else by a logon of its own.

    \b
    Example: resetbridge state PRODA PAYROLL7
    """
    from bridge.compose.doctor import ask_host, worker_runs  # noqa: PLC0415 - loads every connector

    config = configuration(ctx)
    if worker_runs(config):
        shown = _shown(_run(ctx, Kind.STATE, (system, userid, "asked at the command line", None)))
        if shown["standing"] == Standing.UNKNOWN:
            raise NotFound(f"{shown['system']} knows no userid {shown['userid']}, or the service id may not list it")
    else:  # the one session that the service id can have is free
        profile = ask_host(config, system.upper(), userid, me())
        shown = {"system": system.upper(), "userid": profile.userid, **described(profile)}
    _put(shown, as_json)


def _run(ctx: click.Context, kind: Kind, wish: tuple[str, str, str, str | None]) -> Errand:
    """Queue the errand and wait for its end. Raises NotDone in words."""
    from bridge.compose.shared import base_kit  # noqa: PLC0415 - loads SQL and cryptography
    from bridge.flows import errands  # noqa: PLC0415
    from bridge.flows.ask import Ask  # noqa: PLC0415

    system, userid, reason, ticket = wish
    caller = Caller(name=me().replace(":", "."), roles=frozenset({Role.AGENT}), source="command line")
    with desk(ctx) as kept:
        kit = base_kit(kept)
        ask = Ask(system=system.upper(), userid=userid, reason=reason, ticket=ticket)
        errand = errands.send(kind, ask, caller, kit)
        began, told = time.monotonic(), False
        while errand.step is Step.QUEUED:
            waited = time.monotonic() - began
            taken = errand.tries > 0 or errands.in_hand(errand, kit)
            if waited > WITHIN or (waited > UNTAKEN and not taken):
                raise NotDone(_late(errand, waited, errands.PATIENCE[kind], taken=taken))
            if waited > QUIET and not told:
                told = True
                click.echo(f"waiting for {errand.system}" if taken else "waiting for a worker", err=True)
            time.sleep(LOOK_EVERY)
            errand = errands.see(errand.id, caller, kit)
    if errand.step is Step.FAILED:
        raise NotDone(errand.failure_text or (errand.failure.words if errand.failure else "it failed"))
    return errand


def _late(errand: Errand, waited: float, patience: timedelta, *, taken: bool) -> str:
    """Words for an errand that has not ended after `waited` seconds; it is not called back."""
    minutes = patience // timedelta(minutes=1)
    if taken:
        trouble = f": {errand.failure_text}" if errand.failure_text else ""
        return f"{errand.id}: not done within {waited:.0f} s{trouble}; it is tried for {minutes} minutes in all"
    words = f"no worker has taken it within {waited:.0f} s; is `resetbridge serve` running?"
    return f"{errand.id}: {words} It is done all the same if one takes it within {minutes} minutes"


def _put(shown: dict[str, Any], as_json: bool) -> None:
    if as_json:
        put_json(shown)
    else:
        told = {name: shown[name] for name in ORDER if name in shown}
        put_fields({name: SAID[value] if isinstance(value, bool) else value for name, value in told.items()})


def _shown(errand: Errand) -> dict[str, Any]:
    return {"system": errand.system, "userid": errand.userid, **errand.answer}
