"""`deskwire-server reports rebuild`: the rows of reports, made again from the event log."""

from collections.abc import Callable
from functools import partial
from typing import Final

import click
from msgspec.structs import replace

from server import console
from server.clock import utc_now
from server.desk import Turn, counting
from server.moving.importing import check_organization
from server.storage import moving, tickets
from server.storage.database import Database
from server.storage.names import system
from server.storage.opening import open_existing_database
from server.storage.reports import days, intervals
from server.storage.transaction import Writing

_AT_ONCE: Final = 100
"""Tickets a transaction: others' turns come in between."""
_KEPT: Final = ("unanswered_since", "resolver_id", "first_resolved_at", "standing_since")
"""The ticket's own bookkeeping for reports, which an older server did not keep."""


@click.group("reports")
def reports_commands() -> None:
    """Reports."""


@reports_commands.command("rebuild")
@click.option("--org-id", type=int, required=True, help="The organization's number.")
@console.database_option
def rebuild_command(org_id: int, database: str) -> None:
    """Make the rows of reports again from the event log.

    They are written with every event, so nobody should need this but after a change of rules.
    The server may run meanwhile; until it is done, figures are those of the tickets done so far.
    """
    done = console.run(_rebuild_at(database, org_id))
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


async def _opened(database: Database, org_id: int, after: int) -> list[moving.Opened]:
    return await database.read_snapshot(
        lambda reading: moving.by_age(reading, org_id, after, _AT_ONCE)
    )


def _turn(org_id: int, job: Callable[[Turn], int]) -> Callable[[Writing], int]:
    return lambda writing: job(Turn(writing, system(org_id), utc_now()))


def _clear(turn: Turn) -> int:
    """Takes every row away; answers the seq at which that was."""
    ledger = turn.ledger
    intervals.clear(turn.writing, ledger.org_id)
    days.clear(turn.writing, ledger)
    return ledger.seq


def _count(turn: Turn, numbers: list[int], begun: int) -> int:
    for number in numbers:
        ticket = tickets.find(turn.writing, turn.actor.org_id, number)
        if ticket is None:
            continue
        changes = list(counting.history(turn.writing, ticket.org_id, number))
        if ticket.last_seq > begun:
            # Something has happened to it since, and was counted then.
            counting.uncount(turn.writing, turn.ledger, changes)
        counting.recount(turn.writing, turn.ledger, changes)
        if changes:
            told = {name: getattr(changes[-1].after, name) for name in _KEPT}
            if ticket.changes(told):
                tickets.save(turn.writing, ticket, replace(ticket, **told))
    return len(numbers)
