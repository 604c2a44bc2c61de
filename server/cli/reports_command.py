"""`deskwire-server reports rebuild`: rebuilds the rows of reports from the event log."""

from collections.abc import Callable
from functools import partial
from typing import Final

import click
from msgspec.structs import replace

from server.cli import options
from server.clock import utc_now
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.side_effects import report_facts
from server.storage.connect import open_existing_database
from server.storage.engine.database import Database
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.reports import daily_rollups, intervals
from server.storage.queries.ticket import tickets, transfer_queries
from server.transfer.importer import check_organization

_BATCH_SIZE: Final = 100
"""Tickets in a transaction: other writes run in between."""
_REPORT_FIELDS: Final = ("unanswered_since", "resolver_id", "first_resolved_at", "standing_since")
"""Fields of the ticket for reports, which older servers did not have."""


@click.group("reports")
def reports_commands() -> None:
    """Reports."""


@reports_commands.command("rebuild")
@click.option("--org-id", type=int, required=True, help="The organization's number.")
@options.database_option
def rebuild_command(org_id: int, database: str) -> None:
    """Rebuild the rows of reports from the event log.

    They are written with every event, so this is only needed after a change of the rules. Servers
    may keep running. Until it is done, figures cover the tickets that are done so far.
    """
    done = options.run_coroutine(_rebuild_database(database, org_id))
    click.echo(f"{done} ticket{'' if done == 1 else 's'} counted again.")


async def rebuild_reports(database: Database, org_id: int) -> int:
    """Rebuilds the rows of every ticket. Returns the number of tickets. Raises NoOrganization."""
    await check_organization(database, org_id)
    begun = await database.write(_in_unit_of_work(org_id, _clear_rows))
    done, after = 0, 0
    while page := await _read_ticket_page(database, org_id, after):
        numbers = [it.number for it in page]
        await database.write(
            _in_unit_of_work(org_id, partial(_recount_tickets, numbers=numbers, begun=begun))
        )
        done, after = done + len(page), page[-1].seq
    return done


async def _rebuild_database(url: str, org_id: int) -> int:
    database = open_existing_database(url)
    try:
        return await rebuild_reports(database, org_id)
    finally:
        database.close()


async def _read_ticket_page(
    database: Database, org_id: int, after: int
) -> list[transfer_queries.ExportedTicket]:
    return await database.read_snapshot(
        lambda reading: transfer_queries.list_tickets_by_age(reading, org_id, after, _BATCH_SIZE)
    )


def _in_unit_of_work(
    org_id: int, job: Callable[[UnitOfWork], int]
) -> Callable[[WriteTransaction], int]:
    return lambda writing: job(UnitOfWork(writing, make_system_actor(org_id), utc_now()))


def _clear_rows(work: UnitOfWork) -> int:
    """Removes every row. Returns the seq at that time."""
    sequence = work.sequence
    intervals.clear_intervals(work.writing, sequence.org_id)
    daily_rollups.clear_daily_rollups(work.writing, sequence)
    return sequence.seq


def _recount_tickets(work: UnitOfWork, numbers: list[int], begun: int) -> int:
    for number in numbers:
        ticket = tickets.find_ticket(work.writing, work.actor.org_id, number)
        if ticket is None:
            continue
        changes = list(report_facts.replay_history(work.writing, ticket.org_id, number))
        if ticket.last_seq > begun:
            # Something has happened to it since, and was counted then.
            report_facts.remove_history_facts(work.writing, work.sequence, changes)
        report_facts.add_history_facts(work.writing, work.sequence, changes)
        if changes:
            counted_fields = {name: getattr(changes[-1].after, name) for name in _REPORT_FIELDS}
            if ticket.find_changes(counted_fields):
                tickets.update_ticket(work.writing, ticket, replace(ticket, **counted_fields))
    return len(numbers)
