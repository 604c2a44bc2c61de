"""The needs of commands to tickets are asked for at once, on SQLite from sixteen tickets on."""

from pathlib import Path
from typing import Any

import pytest

from common.people import Role
from server.desk.recording import ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.storage.queries.ticket import followers, participants
from server.storage.queries.ticket.ticket_needs import describe_needs
from tests.support.local_desk import SYSTEM, TICKET, LocalDesk


@pytest.mark.parametrize(("count", "is_ahead"), [(1, False), (15, False), (16, True), (40, True)])
async def test_sqlite_reads_several_tickets_in_four_statements(
    tmp_path: Path, count: int, *, is_ahead: bool
) -> None:
    async with LocalDesk.open(f"sqlite:///{tmp_path}/desk.db") as desk:
        ann = await desk.join("Ann", Role.AGENT)
        numbers = [(await desk.create(SYSTEM, TICKET)).number for _ in range(count)]
        statements: list[str] = []

        def read(work: UnitOfWork) -> None:
            connection: Any = work.writing._connection
            connection.set_trace_callback(statements.append)
            for number in numbers:
                ticket, _ = ticket_repository.load_ticket_with_opening(work, number)
                work.names.read_person(work.writing, ticket.customer_id)
                followers.read_follower_ids(work.writing, ticket.org_id, number)
                participants.read_participant_ids(work.writing, ticket.org_id, number)
            connection.set_trace_callback(None)

        await desk.desk.write(ann, read, [describe_needs(numbers, ann, opening=True)])
        assert (statements == []) is is_ahead
