"""`resetbridge`: finding the command and its configuration, and the one table from an error to an exit status."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

import click

from bridge.cli import outlet
from bridge.domain.errors import BridgeError, ConfigFault, Misuse
from bridge.flows.people import BadTable
from bridge.observe import events
from bridge.observe.masking import mask

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130

EXITS: Final[tuple[tuple[type[BridgeError], int], ...]] = (
    (BadTable, FAILED),
    (ConfigFault, WRONG),
    (Misuse, WRONG),
    (BridgeError, FAILED),
)
"""The first that fits. 1: it could not be done; 2: usage or configuration."""

COMMANDS: Final = {
    "simulate": "simulate",
    "demo": "serve",
    "init": "init",
    "check": "check",
    "dialog": "dialogs",
    "serve": "serve",
    "reset": "resets",
    "resets": "resets",
    "show": "resets",
    "revoke": "resets",
    "unlock": "errands",
    "state": "errands",
    "approve": "resets",
    "reject": "resets",
    "bulk": "bulk",
    "service-id": "service",
    "nodes": "nodes",
    "people": "people",
    "factor": "factors",
    "operator": "operators",
    "token": "operators",
    "audit": "audit",
    "keys": "care",
    "db": "care",
    "backup": "care",
    "restore": "care",
}
"""Command → the module it is in, in the order of --help. A module is loaded when its command is wanted."""


class Family(click.Group):
    """The commands, each loaded from its module when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command: the function in its module that is called like it, with an underscore behind.

        A hyphen in the name is an underscore there.
        """
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = getattr(import_module(f"bridge.cli.{module}"), f"{cmd_name.replace('-', '_')}_")
        if not isinstance(command, click.Command):
            raise TypeError(f"bridge.cli.{module}.{cmd_name}_ is no command")
        return command


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        version = import_module("importlib.metadata").version("reset-bridge")
        click.echo(f"resetbridge {version}")
        ctx.exit()


@click.group(cls=Family, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--config",
    "config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The configuration. Default: $RESETBRIDGE_CONFIG, ./resetbridge.yaml, /etc/resetbridge/resetbridge.yaml.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.pass_context
def resetbridge(ctx: click.Context, config: Path | None) -> None:
    """Resets mainframe passwords without anybody but the user ever seeing them.

    \b
    To look around:   resetbridge demo
    To set it up:     resetbridge init DIR, then: resetbridge --config DIR/resetbridge.yaml check

    Exit status: 0 done; 1 it could not be done; 2 usage or configuration.
    """
    ctx.obj = config


def run(arguments: list[str] | None = None) -> NoReturn:
    """The console script. Every foreseen error ends in one or a few clear lines on standard error."""
    outlet.install()
    events.set_up(style="console", level=logging.WARNING)  # `serve` sets up its own
    try:
        done = resetbridge.main(args=arguments, prog_name="resetbridge", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except Exception as error:
        sys.exit(tell(error))
    sys.exit(done if isinstance(done, int) else DONE)


def tell(error: Exception) -> int:
    """Say on standard error what went wrong; returns the exit status."""
    if isinstance(error, ConfigFault | BadTable):
        for fault in error.faults:
            click.echo(mask(fault), err=True)
    elif isinstance(error, BridgeError):
        click.echo(f"resetbridge: {mask(str(error))}", err=True)
    else:
        if os.environ.get("RESETBRIDGE_TRACE"):
            click.echo(mask("".join(traceback.format_exception(error))), err=True)
        words = mask(f"{type(error).__name__}: {error}".splitlines()[0])
        click.echo(f"resetbridge: not foreseen: {words} (RESETBRIDGE_TRACE=1 shows where)", err=True)
    return next((code for kind, code in EXITS if isinstance(error, kind)), FAILED)
