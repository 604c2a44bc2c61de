"""Exports an organization from one snapshot, page by page, in constant memory."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from msgspec import UNSET

from common.tickets.ticket import Ticket
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.attachment import attachments
from server.storage.queries.attachment.attachments import Attachment
from server.storage.queries.log import event_log
from server.storage.queries.log.event_log import LogEntry as Logged
from server.storage.queries.person import people, user_addresses
from server.storage.queries.person.name_resolver import NameResolver
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import participants, transfer_queries
from server.storage.queries.ticket.transfer_queries import ExportedTicket
from server.transfer import file_format, macro_lines, view_lines
from server.transfer.events_to_history import HistoryBuilder
from server.transfer.file_format import TicketLine, TransferLine, UserLine
from server.transfer.importer import check_organization
from server.transfer.original_mails import KeepOriginal, collect_originals

_PAGE_SIZE: Final = 200
StartExport = Callable[[int], None]
"""Called with the number of tickets before the first line."""
WriteExportLine = Callable[[bytes, bool], None]
"""Called with each line, and whether it is a ticket."""


class ExportInterrupted(Exception):
    """The database connection was lost during the export."""


ListExportFile = Callable[[Attachment], None]
"""Called with each attachment that a line names."""


async def export_organization(
    database: Database,
    org_id: int,
    begin: StartExport,
    say: WriteExportLine,
    list_file: ListExportFile = lambda _: None,
    keep_original: KeepOriginal = lambda _, __: None,
) -> None:
    """Writes every line of the organization. Raises NoOrganization, ExportInterrupted."""
    await check_organization(database, org_id)
    runs = count()

    def job(reading: ReadTransaction) -> None:
        if next(runs):
            # After a lost connection the job runs again, but these lines have been written.
            raise ExportInterrupted(
                "The connection to the database was lost; the file is incomplete."
            )
        begin(transfer_queries.count_tickets(reading, org_id))
        for person, further in _read_people(reading, org_id):
            say(file_format.encode_line(TransferLine(user=_build_user(person, further))), False)
        for macro in macro_lines.read_macro_lines(reading, org_id):
            say(file_format.encode_line(TransferLine(macro=macro)), False)
        for view in view_lines.read_view_lines(reading, org_id):
            say(file_format.encode_line(TransferLine(view=view)), False)
        for opened, names in _read_tickets(reading, org_id):
            files = attachments.list_ticket_attachments(reading, org_id, opened.number)
            originals = collect_originals(reading, org_id, opened.number, names, keep_original)
            history = HistoryBuilder(reading, names, files, originals)
            line = _build_line(reading, org_id, opened, history)
            say(file_format.encode_line(line), True)
            for file in files:
                list_file(file)

    await database.read_snapshot(job)


def _read_people(reading: ReadTransaction, org_id: int) -> Iterator[tuple[Person, list[str]]]:
    """Yields people with their further addresses."""
    after = 0
    while page := people.list_people(reading, org_id, [], None, after, _PAGE_SIZE):
        further = user_addresses.group_addresses_by_person(reading, org_id, page[0].id, page[-1].id)
        yield from ((person, further.get(person.id, [])) for person in page)
        after = page[-1].id


def _read_tickets(
    reading: ReadTransaction, org_id: int
) -> Iterator[tuple[ExportedTicket, NameResolver]]:
    """Yields tickets in the order of the log, so that follow-ups come after their tickets."""
    after = 0
    while page := transfer_queries.list_tickets_by_age(reading, org_id, after, _PAGE_SIZE):
        # A resolver caches everybody it has looked up; a new one for each page limits memory.
        names = NameResolver(org_id)
        yield from ((opened, names) for opened in page)
        after = page[-1].seq


def _build_line(
    reading: ReadTransaction,
    org_id: int,
    opened: ExportedTicket,
    history: HistoryBuilder,
) -> TransferLine:
    first, *rest = event_log.read_ticket_log(reading, org_id, opened.number)
    return TransferLine(
        ticket=_build_ticket(reading, opened, first, history), history=history.build_history(rest)
    )


def _build_ticket(
    reading: ReadTransaction, opened: ExportedTicket, first: Logged, history: HistoryBuilder
) -> TicketLine:
    """Returns the ticket as it was created."""
    it = first.detail.ticket
    if it is None:
        raise LookupError(f"event {first.seq} opens no ticket")
    customer = history.find_email(it.customer_id)
    doer = history.describe_actor(first)
    by_customer = doer == {"actor": customer}
    return TicketLine(
        external_id=opened.external_id,
        number=it.number,
        subject=it.subject,
        description=opened.description,
        priority=it.priority,
        category=it.category,
        tags=it.tags,
        customer_email=customer,
        created_at=it.created_at,
        followup_of=UNSET
        if it.followup_of is None
        else transfer_queries.read_external_id(reading, it.org_id, it.followup_of),
        attachments=history.list_files(None) or UNSET,
        original=history.find_original(None),
        channel=it.channel or UNSET,
        verified=UNSET if it.sender_verified is None else it.sender_verified,
        split_from=UNSET
        if it.split_from is None
        else transfer_queries.read_external_id(reading, it.org_id, it.split_from),
        participants=_list_participants(reading, it) or UNSET,
        **({} if by_customer else doer),
    )


def _list_participants(reading: ReadTransaction, ticket: Ticket) -> tuple[str, ...]:
    found = participants.list_participants(reading, ticket.org_id, ticket.number)
    return tuple(it.email for it in found)


def _build_user(person: Person, further: list[str]) -> UserLine:
    return UserLine(
        email=person.email,
        addresses=tuple(further) or UNSET,
        name=person.name,
        role=person.role,
        skills=person.skills,
        capacity=person.capacity,
        active=person.active,
    )
