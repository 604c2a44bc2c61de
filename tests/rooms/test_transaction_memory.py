"""A write frees what it has made once it is answered: there is no garbage to collect."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from common.tickets.editing import EditTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Status
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands, ticket_creation
from tests.support.local_desk import ADMIN, SYSTEM, TICKET, LocalDesk

COMMANDS = (AddMessage("Look at it"), EditTicket(status=Status.RESOLVED))


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No garbage collection: what is in a cycle stays."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
async def test_a_write_leaves_nothing_to_the_garbage_collector(desk_url: str) -> None:
    left: list[weakref.ref[object]] = []

    def note(work: UnitOfWork) -> None:
        left.extend(weakref.ref(it) for it in (work, work.writing, work.sequence, work.names))

    def file(work: UnitOfWork) -> int:
        note(work)
        return ticket_creation.create_ticket(work, TICKET).number

    async with LocalDesk.open(desk_url) as desk:
        number = await desk.do(SYSTEM, file)
        for command in COMMANDS:

            def run(work: UnitOfWork, command: AddMessage | EditTicket = command) -> None:
                note(work)
                ticket_commands.execute_command(work, number, command)

            await desk.do(ADMIN, run)
        assert [it() for it in left] == [None] * 12
