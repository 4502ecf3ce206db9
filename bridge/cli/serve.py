"""`serve` and `demo`: the daemon, and the daemon with a world around it."""

from __future__ import annotations

import click

from bridge.cli.common import configuration
from bridge.observe import events


@click.command("serve")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(["web", "worker", "scheduler"]),
    help="Only this part; may be given several times. Default: all.",
)
@click.option("--log", "style", type=click.Choice(["json", "console"]), help="Default: json unless on a terminal.")
@click.pass_context
def serve_(ctx: click.Context, roles: tuple[str, ...], style: events.Style | None) -> int:
    """Run the daemon until it is told to stop. Events go to standard error.

    \b
    Example: resetbridge serve --role web
    """
    from bridge.compose import serve  # noqa: PLC0415 - a role loads its own root alone

    config = configuration(ctx)
    events.set_up(style=style)
    for note in config.notes:
        events.logger("config").warning("config.bent", note=note)
    return serve.run(config, roles)


@click.command("demo")
@click.option("--auto", is_flag=True, help="Do one whole reset on each simulated system, show each step, and end.")
@click.option("--port", type=click.IntRange(1, 65535), help="Where the pages listen. Default: a free port.")
def demo_(auto: bool, port: int | None) -> int:
    """Try everything on this machine, with nothing set up: simulated hosts, a mail sink, the daemon.

    \b
    Example: resetbridge demo --auto
    """
    from bridge.compose import demo  # noqa: PLC0415 - loads everything there is

    return demo.run(auto=auto, port=port)
