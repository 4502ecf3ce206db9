"""`check`: the doctor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli.common import as_json, configuration, put_json
from bridge.cli.outlet import Unwritten
from bridge.domain.errors import BridgeError
from bridge.observe.masking import mask

if TYPE_CHECKING:
    from connectors.hosts.transcript import Shown

COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}


class NotWell(BridgeError):
    """Something failed; what and why has been said."""


@click.command("check")
@click.argument("systems", metavar="[SYSTEM]...", nargs=-1)
@click.option("--screens", is_flag=True, help="Show each 3270 screen as it is met, secrets masked.")
@click.option("--svg", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Keep them as images.")
@as_json
@click.pass_context
def check_(ctx: click.Context, systems: tuple[str, ...], screens: bool, svg: Path | None, as_json: bool) -> None:
    """Try everything for real that the daemon will need, and say what to mend.

    Configuration, keys, database, certificate, mail relay, directory; then each system: password rules, name, TCP,
    TLS or host key, TN3270 functions and LU, logon of each service id, its PROFILE or helper, its authority, the
    password rules where it may read them, one listing of its own profile, log-off. Nothing is changed anywhere.

    \b
    Example: resetbridge check PRODA --screens --svg pictures
    """
    from bridge.compose.doctor import examine  # noqa: PLC0415 - loads every connector

    found = []
    met: list[int] = []
    watch = _gallery(svg, met, show=screens and not as_json) if screens or svg else None
    for finding in examine(configuration(ctx), [name.upper() for name in systems], watch):
        found.append({"level": finding.level, "about": finding.about, "words": mask(finding.words)})
        if not as_json:
            level = click.style(f"{finding.level:<4}", fg=COLORS[finding.level])
            click.echo(f"{level}  {finding.about}: {mask(finding.words)}")
    if watch and not met:
        click.echo(
            "no screen was met: over SSH there are none, and none comes from a host that is not reached", err=True
        )
    counts = Counter(one["level"] for one in found)
    if as_json:
        put_json(found)
    if counts["fail"]:
        failed = ", ".join(dict.fromkeys(one["about"] for one in found if one["level"] == "fail"))
        raise NotWell(f"{counts['fail']} of {len(found)} checks failed: {failed}")
    if not as_json:
        click.echo(f"all well, {counts['warn']} to look at" if counts["warn"] else "all well")


def _gallery(folder: Path | None, met: list[int], *, show: bool) -> Callable[[Shown], None]:
    """What to do with each screen: print it, keep it as an image, or both. `met`: gets their numbers."""
    from bridge.cli import pictures  # noqa: PLC0415 - only where wanted

    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    lost = False

    def watch(shown: Shown) -> None:
        nonlocal lost
        met.append(number := len(met) + 1)
        if show:
            click.echo(pictures.framed(shown, number))
        if folder is None or lost:
            return
        file = folder / pictures.file_name(shown, number)
        try:
            file.write_text(pictures.svg(shown), encoding="utf-8")
        except OSError as error:  # said once: the log-off, which shows screens as well, is not to fail by it
            lost = True
            raise Unwritten(f"{file}: {error.strerror}") from None

    return watch
