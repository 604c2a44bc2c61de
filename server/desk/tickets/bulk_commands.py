"""Bulk commands: the command of a bulk request on a part of its tickets, in one transaction."""

from collections.abc import Sequence

from common.bulk import BulkProblem, BulkResult
from common.errors import RequestRefused
from common.tickets.registry import Command
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands


class BulkTried(Exception):
    """Rolls back the transaction of a dry run, and carries its results."""

    def __init__(self, results: list[BulkResult]) -> None:
        super().__init__()
        self.results = results


def execute_on_tickets(
    work: UnitOfWork, numbers: Sequence[int], command: Command, *, dry_run: bool
) -> list[BulkResult]:
    """Executes the command on each ticket; a refusal concerns its ticket alone.

    A rule refuses before it writes, so that what was done to the others stays whole. Raises
    BulkTried for a dry run.
    """
    results = [_execute_on_ticket(work, number, command) for number in numbers]
    if dry_run:
        raise BulkTried(results)
    return results


def _execute_on_ticket(work: UnitOfWork, number: int, command: Command) -> BulkResult:
    try:
        done = ticket_commands.execute_command(work, number, command)
    except RequestRefused as refusal:
        return BulkResult(number, problem=BulkProblem(refusal.slug, refusal.detail))
    return BulkResult(number, version=done.ticket.version, changed=done.is_change)
