"""`deskwire-server reports rebuild`: the rows of reports, made again from the event log."""

from collections.abc import Callable
from functools import partial
from typing import Final

import click
from msgspec.structs import replace

from server.cli import options
from server.clock import utc_now
from server.desk import report_facts
from server.desk.unit_of_work import UnitOfWork
from server.storage.engine.connect import open_existing_database
from server.storage.engine.database import Database
from server.storage.engine.transaction import Writing
from server.storage.queries import tickets, transfer_queries
from server.storage.queries.name_resolver import system
from server.storage.queries.reports import intervals, packed_days
from server.transfer.importer import check_organization

_AT_ONCE: Final = 100
"""Tickets a transaction: others' turns come in between."""
_KEPT: Final = ("unanswered_since", "resolver_id", "first_resolved_at", "standing_since")
"""The ticket's own bookkeeping for reports, which an older server did not keep."""


@click.group("reports")
def reports_commands() -> None:
    """Reports."""


@reports_commands.command("rebuild")
@click.option("--org-id", type=int, required=True, help="The organization's number.")
@options.database_option
def rebuild_command(org_id: int, database: str) -> None:
    """Make the rows of reports again from the event log.

    They are written with every event, so nobody should need this but after a change of rules.
    The server may run meanwhile; until it is done, figures are those of the tickets done so far.
    """
    done = options.run(_rebuild_at(database, org_id))
    click.echo(f"{done} ticket{'' if done == 1 else 's'} counted again.")


async def rebuild(database: Database, org_id: int) -> int:
    """Counts every ticket again; answers how many. Raises NoOrganization."""
    await check_organization(database, org_id)
    begun = await database.write(_turn(org_id, _clear))
    done, after = 0, 0
    while page := await _opened(database, org_id, after):
        numbers = [it.number for it in page]
        await database.write(_turn(org_id, partial(_count, numbers=numbers, begun=begun)))
        done, after = done + len(page), page[-1].seq
    return done


async def _rebuild_at(url: str, org_id: int) -> int:
    database = open_existing_database(url)
    try:
        return await rebuild(database, org_id)
    finally:
        database.close()


async def _opened(database: Database, org_id: int, after: int) -> list[transfer_queries.Opened]:
    return await database.read_snapshot(
        lambda reading: transfer_queries.by_age(reading, org_id, after, _AT_ONCE)
    )


def _turn(org_id: int, job: Callable[[UnitOfWork], int]) -> Callable[[Writing], int]:
    return lambda writing: job(UnitOfWork(writing, system(org_id), utc_now()))


def _clear(turn: UnitOfWork) -> int:
    """Takes every row away; answers the seq at which that was."""
    ledger = turn.ledger
    intervals.clear(turn.writing, ledger.org_id)
    packed_days.clear(turn.writing, ledger)
    return ledger.seq


def _count(turn: UnitOfWork, numbers: list[int], begun: int) -> int:
    for number in numbers:
        ticket = tickets.find(turn.writing, turn.actor.org_id, number)
        if ticket is None:
            continue
        changes = list(report_facts.history(turn.writing, ticket.org_id, number))
        if ticket.last_seq > begun:
            # Something has happened to it since, and was counted then.
            report_facts.uncount(turn.writing, turn.ledger, changes)
        report_facts.recount(turn.writing, turn.ledger, changes)
        if changes:
            told = {name: getattr(changes[-1].after, name) for name in _KEPT}
            if ticket.changes(told):
                tickets.save(turn.writing, ticket, replace(ticket, **told))
    return len(numbers)
