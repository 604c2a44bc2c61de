"""Prints tickets and conversations for people."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import click
import msgspec
from msgspec import UNSET

from common import wire
from common.endpoint import Endpoint
from common.endpoints import READ_TICKET
from common.envelope import Envelope, EventPage
from common.tickets.registry import describe_event_type
from common.tickets.sla import SlaState
from common.tickets.ticket import Priority
from tui import clock
from tui.cli import text_table
from tui.cli.answer_output import print_document
from tui.cli.text_table import Cell, Column, Style
from tui.model import countdown
from tui.model.next_sla import find_next_target
from tui.text import formatting, message_details, safe_text
from tui.text.authorship import find_author_side
from tui.text.line_wrapping import wrap_text

_LIST_COLUMNS: Final = (
    Column("#", is_right=True),
    Column("P"),
    Column("STATUS"),
    Column("DUE", is_right=True),
    Column("OWNER"),
    Column("CUSTOMER", is_flexible=True),
    Column("SUBJECT", is_flexible=True),
)
_PRIORITY_STYLES: Final[dict[Priority, Style]] = {Priority.URGENT: "bad", Priority.HIGH: "warn"}
_WIDEST: Final = 100
"""Cells beyond which a text is hard to read."""


class _Listed:
    """The numbers of the tickets that were listed last."""

    numbers: ClassVar[list[int]] = []


@contextmanager
def collect_numbers() -> Iterator[list[int]]:
    """Yields a list that gets the numbers of the tickets that are printed meanwhile."""
    _Listed.numbers = []
    yield _Listed.numbers


def print_ticket_list(raw: bytes) -> None:
    """Prints a page of tickets as a table."""
    page = safe_text.decode_safe_json(raw, wire.Page[wire.TicketView])
    _Listed.numbers += [ticket.number for ticket in page.items]
    if page.items and text_table.is_linear():
        for ticket in page.items:
            click.echo(describe_listed_ticket(ticket))
    elif page.items:
        text_table.print_table(_LIST_COLUMNS, [_list_cells(ticket) for ticket in page.items])
    else:
        click.echo("No tickets.", err=True)
    if page.next_cursor:
        click.echo("There are more: --all or --limit shows them.", err=True)


def describe_listed_ticket(ticket: wire.TicketView) -> str:
    """Returns a ticket of a list as one sentence, the most important first."""
    nearest = find_next_target(ticket)
    parts = [f"#{ticket.number} {ticket.subject}", f"{ticket.priority} priority"]
    parts.append(formatting.format_status(ticket.status))
    parts.append(f"from {ticket.customer.name}")
    parts.append(f"{ticket.assignee.name} has it" if ticket.assignee else "nobody has it")
    if nearest is not None:
        parts.append(
            f"{nearest.target} {_describe_due(nearest.seconds_left(clock.read_wall_clock()))}"
        )
    return ", ".join(parts)


def _describe_due(seconds: int) -> str:
    """Returns `due in 2 hours` or `overdue by 5 minutes`, as it is spoken."""
    size = abs(seconds)
    span, unit = next((it for it in _SPANS if size >= it[0]), (1, "second"))
    amount = formatting.format_noun_count(size // span, unit)
    return f"due in {amount}" if seconds > 0 else f"overdue by {amount}"


_SPANS: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"))


def _list_cells(ticket: wire.TicketView) -> list[Cell]:
    is_breached = bool(ticket.sla) and ticket.sla.state is SlaState.BREACHED  # type: ignore[union-attr]
    clock_text = countdown.format_sla_cell(ticket, clock.read_wall_clock()).strip()
    return [
        Cell(str(ticket.number)),
        Cell(ticket.priority, _PRIORITY_STYLES.get(ticket.priority, "")),
        Cell(formatting.format_status(ticket.status)),
        Cell(clock_text, "bad" if is_breached else ""),
        Cell(formatting.format_owner(ticket.assignee), "" if ticket.assignee else "dim"),
        Cell(ticket.customer.name),
        Cell(ticket.subject),
    ]


def print_ticket_line(raw: bytes) -> None:
    """Prints what a command made of a ticket, in one line."""
    click.echo(describe_ticket_state(safe_text.decode_safe_json(raw, wire.TicketView)))


def describe_ticket_state(ticket: wire.TicketView) -> str:
    """Returns `#17 VPN drops: in progress, urgent, Ana`."""
    owner = ticket.assignee.name if ticket.assignee else "nobody has it"
    status = formatting.format_status(ticket.status)
    return f"#{ticket.number} {ticket.subject}: {status}, {ticket.priority}, {owner}"


def print_conversation(raw: bytes) -> None:
    """Prints a ticket with its fields, and its messages where the answer has them."""
    ticket = safe_text.decode_safe_json(raw, wire.TicketView)
    page = msgspec.json.decode(raw).get("messages")
    messages = msgspec.convert(page, wire.Page[wire.MessageView]) if page else None
    click.echo(text_table.style_text(f"#{ticket.number} {ticket.subject}", "strong"))
    for line in list_ticket_facts(ticket):
        click.echo(line.replace(" · ", ", ") if text_table.is_linear() else line)
    if ticket.description is not UNSET:
        heading = f"{_format_time(ticket.created_at)}  {ticket.customer.name} opened the ticket"
        details = [message_details.describe_attachment(it) for it in ticket.attachments or ()]
        _print_text(heading, ticket.description, details)
    if messages is not None:
        if messages.next_cursor:
            click.echo(f"\n(older messages: deskwire ticket messages {ticket.number} --all)")
        for message in messages.items:
            _print_message(safe_text.clean_value(message), ticket)


def list_ticket_facts(ticket: wire.TicketView) -> list[str]:
    """Returns the state of a ticket, a line for each thing."""
    now = clock.read_wall_clock()
    owner = ticket.assignee.name if ticket.assignee else "nobody has it"
    status = formatting.format_status(ticket.status)
    lines = [
        f"{status}, {ticket.priority}, {ticket.category}, {owner}",
        f"customer: {ticket.customer.name} <{ticket.customer.email}>",
    ]
    sentence = countdown.format_sla_sentence(ticket, now)
    lines += [f"sla: {sentence}"] if sentence else []
    lines += [f"tags: {', '.join(ticket.tags)}"] if ticket.tags else []
    lines += [f"routing: {ticket.routing.detail}"] if ticket.routing else []
    if ticket.snoozed_until is not None:
        lines.append(f"snoozed until: {_format_time(ticket.snoozed_until)}")
    return [*lines, f"version: {ticket.version}  last seq: {ticket.last_seq}"]


def print_messages(raw: bytes) -> None:
    """Prints the messages of a ticket."""
    page = safe_text.decode_safe_json(raw, wire.Page[wire.MessageView])
    for message in page.items:
        _print_message(message, None)
    if page.next_cursor:
        click.echo("There are more: --all shows them.", err=True)


def print_written_message(raw: bytes) -> None:
    """Prints what was written, and whom it notifies, in one line."""
    message = safe_text.decode_safe_json(raw, wire.WrittenMessage)
    word = "Note" if message.kind == "note" else "Reply"
    line = f"{word} {message.id} written, event {message.seq}."
    if message.mentions and message.mentions.told:
        line += f" Notified: {', '.join(it.name for it in message.mentions.told)}."
    if message.mentions and message.mentions.unknown:
        line += f" Nobody is meant by: {', '.join(message.mentions.unknown)}."
    click.echo(line)


def print_events(raw: bytes) -> None:
    """Prints a page of the log, an event on each line."""
    page = safe_text.decode_safe_json(raw, EventPage)
    for event in page.items:
        click.echo(describe_log_event(event))


def describe_log_event(event: Envelope) -> str:
    """Returns an event in one line: when, who, what, and the ticket."""
    actor = event.actor.name or event.actor.role
    about = f" #{event.ticket.number} {event.ticket.subject}" if event.ticket else ""
    return (
        f"{event.seq}  {_format_time(event.at)}  {actor} {describe_event_type(event.type)}{about}"
    )


def _print_message(message: wire.MessageView, ticket: wire.TicketView | None) -> None:
    word = _WORDS[find_author_side(message, ticket)] if ticket else message.kind
    heading = f"{_format_time(message.created_at)}  {message.author.name} ({word})"
    _print_text(heading, message.body, list(message_details.list_details(message)))


_WORDS: Final[Mapping[str, str]] = {
    "note": "NOTE, colleagues only",
    "customer": "customer",
    "agent": "reply",
}


def _print_text(heading: str, text: str, details: list[str]) -> None:
    width = min(text_table.terminal_width(), _WIDEST)
    click.echo("")
    click.echo(text_table.style_text(heading, "strong"))
    lines = wrap_text(text, width) if text_table.has_terminal() else text.splitlines()
    for line in [*lines, *details]:
        click.echo(line)


def _format_time(at: Any) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


PRINTERS: Final[Mapping[Any, Callable[[bytes], None]]] = {
    wire.Page[wire.TicketView]: print_ticket_list,
    wire.TicketView: print_ticket_line,
    wire.Page[wire.MessageView]: print_messages,
    wire.WrittenMessage: print_written_message,
    EventPage: print_events,
}
"""The printers of answers by their type; any other answer is printed field by field."""


def find_printer(endpoint: Endpoint) -> Callable[[bytes], None]:
    """Returns the function that prints the answers of an endpoint."""
    if endpoint is READ_TICKET:
        return print_conversation
    return PRINTERS.get(endpoint.answer, print_document)
