"""`init`: a folder to begin with."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--data", metavar="DIR", type=click.Path(path_type=Path), help="For the database. Default: the same.")
def init_(folder: Path, data: Path | None) -> None:
    """Write a commented configuration, fresh keys, a development certificate and an empty database.

    All of it belongs to whoever runs this; deploy/handbook/install.md says whose it has to be for a service.

    \b
    Example: resetbridge init /etc/resetbridge --data /var/lib/resetbridge
    """
    from bridge.compose.begin import CONFIGURATION, begin  # noqa: PLC0415 - loads SQL and cryptography

    written = begin(folder, data)
    width = max(len(str(path)) for path, _ in written)
    for path, words in written:
        click.echo(f"{path!s:<{width}}  {words}")
    command = f"resetbridge --config {folder / CONFIGURATION}"
    click.echo(f"""
Next:
  1. edit {folder / CONFIGURATION}: site, mail, systems
  2. {command} check
  3. {command} operator add NAME --role agent
     {command} token create NAME
  4. {command} people import people.csv
     {command} factor add PERSON totp
  5. {command} serve""")
