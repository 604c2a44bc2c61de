"""Giving out an organization: one snapshot of it, page by page, in constant memory."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from msgspec import UNSET

from server.storage.engine.database import Database
from server.storage.engine.transaction import Reading
from server.storage.queries import event_log, people, transfer_queries
from server.storage.queries.event_log import Entry as Logged
from server.storage.queries.name_resolver import Names
from server.storage.queries.people import Person
from server.storage.queries.transfer_queries import Opened
from server.transfer import file_format
from server.transfer.events_to_history import Teller
from server.transfer.file_format import Line, TicketLine, UserLine
from server.transfer.importer import check_organization

_PAGE: Final = 200
Begin = Callable[[int], None]
"""Is told how many tickets there are, before the first line."""
Say = Callable[[bytes, bool], None]
"""Takes a line; True where it is a ticket."""


class Interrupted(Exception):
    """The database went away when half of the file was written."""


async def give_out(database: Database, org_id: int, begin: Begin, say: Say) -> None:
    """Says every line of the organization as it is now. Raises NoOrganization, Interrupted."""
    await check_organization(database, org_id)
    runs = count()

    def job(reading: Reading) -> None:
        if next(runs):
            # A database that lost its connection tries a job again; these lines are out.
            raise Interrupted("The database went away; the file is not complete.")
        begin(transfer_queries.count_tickets(reading, org_id))
        for person in _people(reading, org_id):
            say(file_format.write(Line(user=_user(person))), False)
        for opened, names in _tickets(reading, org_id):
            say(file_format.write(_line(reading, org_id, opened, names)), True)

    await database.read_snapshot(job)


def _people(reading: Reading, org_id: int) -> Iterator[Person]:
    after = 0
    while page := people.page(reading, org_id, [], None, after, _PAGE):
        yield from page
        after = page[-1].id


def _tickets(reading: Reading, org_id: int) -> Iterator[tuple[Opened, Names]]:
    """In the order of the log, so that what follows up a ticket comes after it."""
    after = 0
    while page := transfer_queries.by_age(reading, org_id, after, _PAGE):
        # Names remember everybody they were asked for: fresh ones keep the memory small.
        names = Names(org_id)
        yield from ((opened, names) for opened in page)
        after = page[-1].seq


def _line(reading: Reading, org_id: int, opened: Opened, names: Names) -> Line:
    first, *rest = _log(reading, org_id, opened.number)
    teller = Teller(reading, names)
    return Line(ticket=_ticket(reading, opened, first, teller), history=teller.entries(rest))


def _log(reading: Reading, org_id: int, number: int) -> Iterator[Logged]:
    after = 0
    while page := event_log.of_ticket(reading, org_id, number, after, _PAGE):
        yield from page
        after = page[-1].seq


def _ticket(reading: Reading, opened: Opened, first: Logged, teller: Teller) -> TicketLine:
    """The ticket as its first event left it."""
    it = first.detail.ticket
    if it is None:
        raise LookupError(f"event {first.seq} opens no ticket")
    customer = teller.email(it.customer_id)
    doer = teller.doer(first)
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
        else transfer_queries.external_id_of(reading, it.org_id, it.followup_of),
        **({} if by_customer else doer),
    )


def _user(person: Person) -> UserLine:
    return UserLine(
        email=person.email,
        name=person.name,
        role=person.role,
        skills=person.skills,
        capacity=person.capacity,
        active=person.active,
    )
