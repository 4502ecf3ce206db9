"""`dialog`: is a file of screens safe, what does it say, what has changed in it, does it fit a session."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bridge.cli.common import as_json, configuration, put_fields, put_json, put_table
from bridge.cli.looking import look
from bridge.config.model import Config
from bridge.domain.errors import BridgeError, ConfigFault

if TYPE_CHECKING:
    from connectors.hosts.dialogs.orders import Orders, Step
    from connectors.hosts.dialogs.shapes import Dialog, Entry, Message, Rule

SCREENS: Final = {"screen": "SCREEN", "known": "KNOWN BY", "types": "TYPES", "press": "KEY", "next": "THEN",
                  "limits": "LIMITS", "else": "ELSE", "leave": "LEFT BY"}  # fmt: skip
PARTS: Final = {"name": "MADE OF", "version": "VERSION", "file": "FILE", "sha256": "SHA-256"}
COMMANDS: Final = {"command": "COMMAND", "line": "LINE", "ends": "ENDS AT", "when": "TYPED", "else": "ELSE",
                   "read_back": "PROVEN BY"}  # fmt: skip
IN_A_SHELL: Final = {"command": "COMMAND", "line": "LINE", "given": "GIVEN", "shows": "SHOWS", "when": "TYPED",
                     "limits": "LIMIT", "else": "ELSE", "read_back": "PROVEN BY"}  # fmt: skip
HELPER: Final = {"command": "COMMAND", "given": "A HELPER IS GIVEN", "shows": "SHOWS", "limits": "LIMIT"}
LOOKS_FOR: Final = {"name": "LOOKS FOR", "texts": "WORDS"}
OWN: Final = {"line": "FOR ITS OWN PASSWORD", "reason": "REFUSES FOR", "numbers": "NUMBERS", "pattern": "WORDS"}
REFUSED: Final = {"reason": "REFUSES FOR", "numbers": "NUMBERS", "pattern": "WORDS"}
PROFILE: Final = {"fact": "FACT", "shows": "ANSWER", "label": "LABEL", "when": "YES", "unless": "NO"}
RENEWAL: Final = {"means": "OF A PASSWORD", "known": "KNOWN BY"}
MESSAGES: Final = {"message": "MESSAGE", "known": "KNOWN BY", "end": "MEANS"}


class NotSafe(BridgeError):
    """A dialog breaks a rule, or does not fit a tape; what and where has been said."""


class CutShort(BridgeError):
    """The session ended before it should have."""


@click.group("dialog")
def dialog_() -> None:
    """What screens a host shows, how each is known and what is done about it: files that can be read and corrected.

    A DIALOG is a file, the name of one that is shipped (tso-logon; racf, acf2, topsecret: what is typed at READY;
    linux, aix, ibmi: into a shell), or a system of the configuration; SYSTEM:commands are its product's lines.

    \b
    Example: resetbridge dialog lint dialogs/proda.yaml
    """


dialog_.add_command(look)


@dialog_.command("lint")
@click.argument("dialogs", metavar="[DIALOG]...", nargs=-1)
@as_json
@click.pass_context
def lint(ctx: click.Context, dialogs: tuple[str, ...], as_json: bool) -> None:
    """Say whether dialogs are safe to use, and where they are not. Without a name: what is shipped, and each system's.

    Refused is a dialog with a screen that nothing leads to, a step without an else or a limit, a way without a log-off,
    a password that could be read, a success that rests on a prompt alone, a userid as something to look for; for a
    shell also a new password in a command line, and an answer that nobody reads.

    \b
    Example: resetbridge dialog lint dialogs/proda.yaml
    """
    from bridge.compose import dialogs as known  # noqa: PLC0415

    config = _configured(ctx)
    found: list[dict[str, Any]] = []
    for name in dialogs or known.default(config):
        try:
            loaded = known.dialog_of(name, config)
            found.append({"dialog": name, "title": loaded.title, "faults": []})
        except ConfigFault as fault:
            found.append({"dialog": name, "title": None, "faults": list(fault.faults)})
        if not as_json:
            click.echo("\n".join(found[-1]["faults"]) or f"safe: {name}: {found[-1]['title']}")
    if as_json:
        put_json(found)
    count = sum(bool(each["faults"]) for each in found)
    if count:
        raise NotSafe(f"{count} of {len(found)} dialogs are not safe")


@dialog_.command("describe")
@click.argument("dialog")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Draw it, too.")
@as_json
@click.pass_context
def describe(ctx: click.Context, dialog: str, svg: Path | None, as_json: bool) -> None:
    """Show a dialog as a table: each screen or line, what is typed, what may follow; with --svg as a picture as well.

    \b
    Example: resetbridge dialog describe tso-logon --svg tso-logon.svg
    """
    from bridge.compose.dialogs import dialog_of  # noqa: PLC0415

    config = _configured(ctx)
    loaded = dialog_of(dialog, config)
    if svg is not None:
        svg.write_text(_drawn(loaded.dialog, loaded.title), encoding="utf-8")
    parts = [{"name": part.name, "version": part.version, "file": part.source, "sha256": part.sha256}
             for part in loaded.parts]  # fmt: skip
    facts = {"dialog": loaded.dialog.dialog, "version": loaded.dialog.version, "about": loaded.dialog.about or None,
             "checksum": loaded.checksum}  # fmt: skip
    tables = _tables(loaded.dialog)
    if as_json:
        put_json({**facts, "parts": parts, **{name: rows for name, _, rows in tables}})
        return
    put_fields({**facts, **_facts(loaded.dialog)})
    for _, columns, rows in (("parts", PARTS, parts), *tables):
        click.echo()
        put_table(rows, columns, nothing="nothing stands here")


@dialog_.command("diff")
@click.argument("before")
@click.argument("after")
@as_json
@click.pass_context
def diff(ctx: click.Context, before: str, after: str, as_json: bool) -> None:
    """Say what differs between two dialogs, key by key; comments and the order of keys do not count.

    Exit status 1 where anything differs.

    \b
    Example: resetbridge dialog diff tso-logon PRODA
    """
    from bridge.compose.dialogs import dialog_of  # noqa: PLC0415

    config = _configured(ctx)
    old, new = (dict(_flat(dialog_of(name, config).plain)) for name in (before, after))
    keys = [key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key)]
    rows = [{"key": key, "before": old.get(key), "after": new.get(key)} for key in keys]
    if as_json:
        put_json(rows)
    for row in rows if not as_json else ():
        for sign, color, value in (("-", "red", row["before"]), ("+", "green", row["after"])):
            if value is not None:
                click.secho(f"{sign} {row['key']}: {value}", fg=color)
    if rows:
        raise NotSafe(f"{before} and {after} differ in {len(rows)} key{'s' if len(rows) != 1 else ''}")
    click.echo(f"{before} and {after} do not differ", err=True)


@dialog_.command("schema")
def schema_() -> None:
    """Print a JSON Schema of dialogs, for an editor that completes and checks YAML while it is written.

    With the YAML extension of many editors: `# yaml-language-server: $schema=dialog.schema.json` as the first line.

    \b
    Example: resetbridge dialog schema > dialog.schema.json
    """
    from connectors.hosts.dialogs.schema import schema  # noqa: PLC0415

    put_json(schema())


@dialog_.command("record")
@click.argument("system")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--names", is_flag=True, help="Keep userid, LU, system and host names, which else are replaced.")
@click.pass_context
def record(ctx: click.Context, system: str, file: Path, names: bool) -> None:
    """Log on to a system with its dialog and off again; keep screens and keys in FILE. Nothing is changed there.

    Passwords are covered, whole or in pieces; what stands in hidden fields is never kept. Read the file before you
    give it away: it shows what the host shows. A logon that fails is kept as far as it came: that is what to write
    a dialog by. Over SSH there are no screens: kept is what the host says of the service id itself.

    \b
    Example: resetbridge dialog record PRODA proda.jsonl
    """
    from bridge.compose.dialogs import record as taped  # noqa: PLC0415

    made = taped(configuration(ctx), system, names=names)
    with open(file, "w", encoding="utf-8", opener=_private) as out:
        out.write(made.text)
    if made.trouble:
        raise CutShort(f"{file}: {made.screens} {made.what}, then: {made.trouble}")
    click.echo(f"{file}: {made.screens} {made.what}, on and off again; read it before you give it away")


@dialog_.command("replay")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dialog", default="tso-logon", show_default=True, help="The dialog to run them against.")
@as_json
@click.pass_context
def replay_(ctx: click.Context, files: tuple[Path, ...], dialog: str, as_json: bool) -> None:
    """Run kept sessions against a dialog, no host needed: would it do what was done, and where does it differ?

    Each screen is then shown one character more at a time: no half of it may be taken for something else. Sessions over
    SSH are run against commands: each answer has to be read, and no part of one may be taken for the whole.

    \b
    Example: resetbridge dialog replay proda.jsonl --dialog dialogs/proda.yaml
    """
    from bridge.compose.dialogs import replayed  # noqa: PLC0415

    config = _configured(ctx)
    found = [(file, replayed(file, dialog, config)) for file in files]
    if as_json:
        put_json([{"file": str(file), "fault": each.fault or None, "line": each.line or None, "screens": each.screens,
                   "cuts": each.cuts, "ends": each.ends or None} for file, each in found])  # fmt: skip
    for file, each in found if not as_json else ():
        if each.fault:
            click.echo(f"{file}:{each.line}: {each.fault}")
        else:
            ends = f"; ends as it did: {each.ends}" if each.ends else ""
            click.echo(f"{file}: fits: {each.screens} screens, cut in {each.cuts} places{ends}")
    if any(each.fault for _, each in found):
        raise NotSafe(f"{sum(bool(each.fault) for _, each in found)} of {len(found)} do not fit {dialog}")


def _configured(ctx: click.Context) -> Config | None:
    """The configuration, where there is one: files can be looked at without. Raises ConfigFault where it is wrong."""
    from bridge.cli.common import PLACES  # noqa: PLC0415

    named = ctx.find_root().obj or os.environ.get("RESETBRIDGE_CONFIG")
    return configuration(ctx) if named or any(place.exists() for place in PLACES) else None


def _drawn(dialog: Dialog | Orders, title: str) -> str:
    """Only where wanted: the rest needs none of it."""
    from bridge.cli import command_graphs, graphs  # noqa: PLC0415
    from connectors.hosts.dialogs.shapes import Dialog  # noqa: PLC0415

    return graphs.svg(dialog, title) if isinstance(dialog, Dialog) else command_graphs.svg(dialog, title)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


# --- in words -------------------------------------------------------------------------------------


def _tables(dialog: Dialog | Orders) -> list[tuple[str, Mapping[str, str], list[dict[str, Any]]]]:
    """Name, columns and rows of each table that shows it."""
    from connectors.hosts.dialogs.shapes import Dialog  # noqa: PLC0415

    if isinstance(dialog, Dialog):
        screens = [_screen(name, rule) for name, rule in dialog.order]
        return [("screens", SCREENS, screens), ("messages", MESSAGES, list(_messages(dialog))),
                ("renewal", RENEWAL, list(_renewal(dialog)))]  # fmt: skip
    refused = [{"reason": why, "numbers": ", ".join(each.numbers) or None, "pattern": "  ".join(each.pattern) or None}
               for why, each in dialog.refused.items()]  # fmt: skip
    refused.append({"reason": "nothing: harmless", "numbers": ", ".join(dialog.harmless) or None,
                    "pattern": "  ".join(dialog.harmless_pattern) or None})  # fmt: skip
    profile = [{"fact": name, "shows": fact.shows, "label": fact.label, "when": ", ".join(fact.when) or None,
                "unless": ", ".join(fact.unless) or None}
               for name, fact in (dialog.profile.items() if dialog.profile else ())]  # fmt: skip
    told = [("profile", PROFILE, profile)] if profile else []
    if words := list(_words(dialog)):
        told.append(("looks_for", LOOKS_FOR, words))
    if asked := list(_asked(dialog)):
        told.append(("helper", HELPER, asked))
    if own := list(_own(dialog)):
        told.append(("own_password", OWN, own))
    columns = IN_A_SHELL if dialog.reads else COMMANDS
    return [("commands", columns, list(_lines(dialog))), ("refused", REFUSED, refused), *told]


def _facts(dialog: Dialog | Orders) -> dict[str, object]:
    from connectors.hosts.dialogs.shapes import Dialog  # noqa: PLC0415

    if not isinstance(dialog, Dialog):
        shelled = {"answers read by": dialog.reads, "tried again after": "  ".join(dialog.busy) or None}
        return {"product": dialog.product, **(shelled if dialog.reads else {})}
    return {"begins with": ", ".join(dialog.begin), "else taken for": dialog.unknown,
            "proof of success": "; ".join(dialog.proof)}  # fmt: skip


def _lines(orders: Orders) -> Iterator[dict[str, Any]]:
    for name, command in orders.commands.items():
        for step in (*orders.enter, *command.lines, *orders.leave):
            additions = _additions(first_use=step.first_use, resume=step.resume, lift_lock=step.lift_lock)
            when = [f"with {step.only}"] if step.only else []
            when += [f"after “{step.after}”"] if step.after else []
            yield {
                "command": name, "line": " ".join([step.line, *additions]), "ends": " or ".join(step.ends),
                "given": _given(step), "shows": step.shows, "when": ", ".join(when) or "always",
                "limits": f"{command.within.total_seconds():.0f} s" if command.within else None,
                "else": command.else_, "read_back": command.read_back,
            }  # fmt: skip


def _asked(orders: Orders) -> Iterator[dict[str, Any]]:
    for name, command in orders.commands.items():
        if (asked := command.helper) is not None:
            names = ("phrase", "first_use", "resume", "lift_lock")
            added = _additions(**{name: getattr(asked, name) for name in names})
            limits = f"{asked.within.total_seconds():.0f} s" if asked.within else None
            yield {"command": name, "given": " ".join([asked.given, *added]), "shows": asked.shows, "limits": limits}


def _words(orders: Orders) -> Iterator[dict[str, Any]]:
    for name, texts in orders.looks_for.items():
        yield {"name": name, "texts": "  ".join(texts)}


def _own(orders: Orders) -> Iterator[dict[str, Any]]:
    if (own := orders.own_password) is not None:
        if own.done_pattern:
            yield {"line": own.line, "reason": "none: done", "numbers": None, "pattern": "  ".join(own.done_pattern)}
        for why, each in own.refused.items():
            yield {"line": own.line, "reason": why, "numbers": ", ".join(each.numbers) or None,
                   "pattern": "  ".join(each.pattern) or None}  # fmt: skip


def _additions(**added: str) -> list[str]:
    return [f"[{text.strip()}: {word}]" for word, text in added.items() if text]


def _given(step: Step) -> str | None:
    resume = f" [resume: {step.given_resume}]" if step.given_resume else ""
    return f"{step.given}{resume}" or None


def _screen(name: str, rule: Rule) -> dict[str, Any]:
    leave = rule.leave
    return {
        "screen": name,
        "known": _known(rule),
        "types": "; ".join(map(_entry, rule.type)) or None,
        "press": rule.press,
        "next": ", ".join(rule.next) or ("done" if rule.done else rule.ends and f"ends: {_end(rule.verdict)}"),
        "limits": f"{rule.at_most} times, {rule.within.total_seconds():.0f} s" if rule.within else None,
        "else": rule.else_,
        "leave": " ".join([*map(_entry, leave.type), leave.press]) if leave else "nothing to leave",
    }


def _known(rule: Rule) -> str:
    said = [
        *(f"“{text}”" for text in rule.says),
        *(f"/{text}/" for text in rule.pattern),
    ]
    signs = [" or ".join(said)] if said else []
    signs += [f"“{spot.text}” at {spot.row}/{spot.column}" for spot in rule.at]
    if rule.last_line:
        signs.append(f"last line “{rule.last_line}”")
    last = [*(f"“{text}”" for text in rule.last_line_says), *(f"/{text}/" for text in rule.last_line_pattern)]
    signs += [f"last line has {' or '.join(last)}"] if last else []
    signs += [f"prompt {' or '.join(rule.prompt)}"] if rule.prompt else []
    signs += [f"cursor in a {rule.cursor}"] if rule.cursor else []
    signs += ["before let in"] if rule.before_let_in else []
    return ", ".join(signs)


def _entry(entry: Entry) -> str:
    what = "empties" if entry.empty else f"“{entry.text}”"
    what = f"what /{entry.copy_pattern}/ holds" if entry.copy_pattern else what
    hidden = " (hidden)" if entry.hidden else ""
    where = "" if entry.where.startswith("where") else f" {entry.where}"
    return f"{what}{where}{hidden}" + (f", {entry.only}" if entry.only else "")


def _messages(dialog: Dialog) -> Iterator[dict[str, Any]]:
    for name, message in dialog.messages.items():
        said = [*(f"“{text}”" for text in message.says), *(f"/{text}/" for text in message.pattern)]
        yield {"message": name, "known": ", ".join(said), "end": _end(message)}


def _end(message: Message) -> str:
    return f"{message.end}, another session is in the way" if message.other_session else f"{message.end}"


def _renewal(dialog: Dialog) -> Iterator[dict[str, Any]]:
    for name, said in dialog.renewal.items():
        known = [*(f"“{text}”" for text in said.says), *(f"/{text}/" for text in said.pattern)]
        if known:
            yield {"means": name, "known": ", ".join(known)}


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{number}]")
    else:
        yield path, ", ".join(map(str, value)) if isinstance(value, list) else str(value)
