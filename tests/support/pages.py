"""The parts of the documentation that are made from the code: tables, pictures, excerpts.

`python -m tests.support.pages` writes them again; a test fails when one of them is stale.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from common.endpoint import Endpoint
from common.endpoints import ENDPOINTS
from common.people import AGENTS, CUSTOMERS, Role
from common.tickets.event import TicketEvent
from common.tickets.registry import EVENTS
from common.tickets.ticket import Audience
from server.transfer.file_format import ENTRY_SHAPES, EntryKind
from tests.support.code_excerpts import fill_excerpts
from tests.support.file_overview import describe_files, draw_rooms
from tests.support.filter_reference import describe_filter_fields
from tests.support.markdown import draw_markdown_table
from tests.support.refusal_classes import list_refusals
from tests.support.source_tree import HOUSE
from tests.support.ticket_reference import describe_ticket_fields
from tui.cli.command_table import list_commands_of, list_groups
from tui.keys import KeyBinding, group_keys_by_context

DOCS: Final = HOUSE / "docs"

_VARYING: Final = {"http": "4xx"}
"""Errors of more than one status."""
_WHO: Final[dict[frozenset[Role], str]] = {
    frozenset(): "anyone",
    CUSTOMERS | AGENTS: "all",
    AGENTS: "agents",
}


def endpoints() -> str:
    """Every endpoint, in the order of the table that the server mounts."""
    heads = ("method", "path", "does", "who", "key", "retries")
    return draw_markdown_table(heads, [_endpoint(endpoint) for endpoint in ENDPOINTS])


def _endpoint(endpoint: Endpoint) -> tuple[str, ...]:
    who = _WHO.get(endpoint.roles) or ", ".join(sorted(endpoint.roles))
    return (
        endpoint.method,
        f"`{endpoint.path or '/'}`",
        endpoint.summary,
        who,
        f"`{endpoint.scope}`" if endpoint.scope else "",
        "yes" if endpoint.retries else "",
    )


def keys() -> str:
    """Every key of the workstation, by where it is live."""
    heads = ("keys", "what it does")
    return "\n\n".join(
        f"### {context.value}\n\n{draw_markdown_table(heads, list(map(_key, table)))}"
        for context, table in group_keys_by_context().items()
        if table
    )


def _key(key: KeyBinding) -> tuple[str, ...]:
    return " ".join(f"`{name}`" for name in key.name.split()), key.says


def errors() -> str:
    """Every error of the API, by its status."""
    rows = [
        (f"`{kind.slug}`", _VARYING.get(kind.slug, str(kind.status)), kind.occasion)
        for kind in list_refusals()
        if "occasion" in vars(kind)
    ]
    return draw_markdown_table(("slug", "status", "when, and what to do"), rows)


def commands() -> str:
    """Every command of `deskwire` that an endpoint gives, and what it does."""
    made = [command for group in list_groups() for command in list_commands_of(group).values()]
    rows = [(f"`deskwire {command.group} {command.name}`", command.summary) for command in made]
    return draw_markdown_table(("command", "does"), rows)


def events() -> str:
    """Every type of event about a ticket, and whether the ticket's customer gets it."""
    rows = [(f"`{type_}`", event.occasion, _customers(event)) for type_, event in EVENTS.items()]
    return draw_markdown_table(("type", "when", "customers get it"), rows)


def _customers(event: type[TicketEvent]) -> str:
    return "yes" if event.audience is Audience.PUBLIC else "if it changes a field that they see"


def entries() -> str:
    """Every type of entry of an import's history, and what it says."""
    rows = [(f"`{kind}`", ENTRY_SHAPES[kind].description) for kind in EntryKind]
    return draw_markdown_table(("type of an entry", "tells"), rows)


PARTS: Final = {
    ("docs/api.md", "endpoints"): endpoints,
    ("docs/api.md", "errors"): errors,
    ("docs/api.md", "events"): events,
    ("docs/api.md", "ticket_fields"): describe_ticket_fields,
    ("docs/architecture.md", "rooms"): draw_rooms,
    ("docs/command-line.md", "commands"): commands,
    ("docs/files.md", "files"): describe_files,
    ("docs/filters.md", "filter_fields"): describe_filter_fields,
    ("docs/import.md", "entries"): entries,
    ("docs/workstation.md", "keys"): keys,
}
WITH_EXCERPTS: Final = ("CONTRIBUTING.md",)


def renewed() -> Iterator[tuple[Path, str]]:
    """Each page with generated parts, and its text with these as the code has them now."""
    for (page, name), render in PARTS.items():
        path = HOUSE / page
        yield path, _with(path.read_text(), name, render())
    for page in WITH_EXCERPTS:
        path = HOUSE / page
        yield path, fill_excerpts(path.read_text())


def _with(text: str, name: str, part: str) -> str:
    before, begin, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not end:
        raise LookupError(f"the page has no place for {name}")
    return f"{before}{begin}{part}\n{end}{after}"


if __name__ == "__main__":
    for place, page_text in renewed():
        place.write_text(page_text)
