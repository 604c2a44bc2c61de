"""Prints the answers of the server: as JSON for programs, as text for people."""

from collections.abc import Mapping
from typing import Any, Final

import click
import msgspec

from tui.cli import text_table
from tui.cli.text_table import Cell, Column
from tui.text import safe_text

_INDENT: Final = "  "


def print_json(raw: bytes) -> None:
    """Prints the document as it came; what could control the terminal is escaped, as JSON may."""
    if text_table.has_terminal():
        raw = msgspec.json.format(raw, indent=2)
    click.echo(safe_text.escape_in_json(raw.decode()))


def print_document(raw: bytes) -> None:
    """Prints any answer as text: a page as a table, other answers a line for each field."""
    document = safe_text.clean_value(msgspec.json.decode(raw))
    if isinstance(document, dict) and isinstance(document.get("items"), list):
        print_items(document["items"])
        if document.get("next_cursor"):
            click.echo("There are more: --all shows them.", err=True)
    else:
        print_fields(document)


def print_items(items: list[Any]) -> None:
    """Prints a list of objects as a table of those fields that fit into a cell."""
    names = [name for name in (items[0] if items else {}) if _is_shown(name, items)]
    columns = [
        Column(name.replace("_", " ").upper(), is_flexible=isinstance(items[0][name], str))
        for name in names
    ]
    rows = [[Cell(format_value(item.get(name))) for name in names] for item in items]
    text_table.print_table(columns, rows)


def print_fields(document: Any, indent: str = "") -> None:
    """Prints each field of an object on a line of its own, inner ones below it."""
    if not isinstance(document, Mapping):
        click.echo(indent + format_value(document))
        return
    for name, value in document.items():
        label = f"{indent}{str(name).replace('_', ' ')}"
        if isinstance(value, Mapping) and not _describe_person(value):
            click.echo(f"{label}:")
            print_fields(value, indent + _INDENT)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            click.echo(f"{label}:")
            for item in value:
                click.echo(f"{indent}{_INDENT}- {format_value(item)}")
        else:
            click.echo(f"{label}: {format_value(value)}")


def format_value(value: Any) -> str:
    """Returns a value in one line."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(format_value, value)) or "-"
    if isinstance(value, Mapping):
        person = _describe_person(value)
        return person or ", ".join(f"{name} {format_value(it)}" for name, it in value.items())
    return str(value)


def _describe_person(value: Mapping[str, Any]) -> str:
    """Returns the name of who a small object is; empty: it is nobody."""
    if not {"id", "name"} <= value.keys() <= {"id", "name", "email", "role"}:
        return ""
    return f"{value['name']} ({value['id'] if value['id'] is not None else value.get('role', '')})"


def _is_shown(name: str, items: list[Any]) -> bool:
    values = [item.get(name) for item in items]
    return any(value not in (None, [], "") for value in values) and not any(
        isinstance(value, Mapping) and not _describe_person(value) for value in values
    )
