"""Full-screen panels: fixed text and named input fields, written and read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.simulated.datastream import COLUMNS, Attribute, Typed, cell
from connectors.simulated.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Text:
    row: int
    column: int
    text: str
    bright: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """A field by name; row and column are those of its first data cell."""

    name: str
    row: int
    column: int
    length: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    texts: tuple[Text, ...]
    inputs: tuple[Input, ...]
    message_rows: tuple[int, ...] = field(default=(2, 3))

    async def show(self, terminal: Terminal, values: Mapping[str, str], messages: list[str], cursor: str) -> None:
        """Write the whole panel. Hidden fields are always empty, whatever `values` says."""
        writer = terminal.writer(erase=True)
        shown = [Text(row, 2, line, bright=True) for row, line in zip(self.message_rows, messages, strict=False)]
        for text in (*self.texts, *shown):
            attribute = Attribute.SKIP | (Attribute.BRIGHT if text.bright else Attribute.PLAIN)
            writer.at(text.row, text.column - 1).field(attribute).text(text.text[: COLUMNS - text.column + 1])
        for each in self.inputs:
            writer.at(each.row, each.column - 1).field(Attribute.HIDDEN if each.hidden else Attribute.PLAIN)
            if each.name == cursor:
                writer.cursor()
            if not each.hidden:
                writer.text(values.get(each.name, "")[: each.length])
            writer.at(each.row, each.column + each.length).field(Attribute.SKIP)
        await terminal.write(writer, unlock=True, text="\n".join(messages))

    def read(self, terminal: Terminal, typed: Typed) -> dict[str, str]:
        """Return the fields that were modified, by name. What belongs to no field is left out and objected to."""
        places = {cell(each.row, each.column): each for each in self.inputs}
        found: dict[str, str] = {}
        for start, data in typed.fields:
            place = places.get(start)
            if place is None:
                terminal.object_to(f"text at cell {start}, where no field is")
            else:
                found[place.name] = terminal.page.decode(data[: place.length]).strip()
        return found
