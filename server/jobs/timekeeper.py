"""The timekeeper: what is due now goes through the desk. It works from the database alone.

Safe on every server of a cluster: each step does nothing where another has done it already.
"""

from typing import Final

from common.errors import Unavailable
from server.clock import Clock
from server.desk import accounts, due_actions, presence_changes, return_to_queue, ticket_routing
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.jobs.worker import Worker
from server.monitoring.incident_log import IncidentLog
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import stored
from server.storage.queries import idempotency, org_sequence, people, sessions, tickets
from server.storage.queries.name_resolver import system

LOOK_SECONDS: Final = 0.5
_LOOKS_BETWEEN_PURGES: Final = 7200
_TOGETHER: Final = 50
"""Tickets kept in one transaction: so long an organization's other writers wait."""
_MOST_AT_ONCE: Final = 2000
"""Tickets kept at one look: so long lapsed sessions and presences wait."""


class Timekeeper:
    """Does what is due to tickets, queues, sessions and presences; drops what nobody asks for."""

    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._looks = 0
        self._incidents = IncidentLog()
        self._worker = Worker("timekeeper", self._step, LOOK_SECONDS)

    def start(self) -> None:
        self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def look(self) -> None:
        """Does what is due now."""
        now = stored(self._clock())
        due = await self._database.read_snapshot(lambda reading: sessions.expired(reading, now))
        for org_id, token_hash in due:
            await self._end(org_id, token_hash)
        gone = await self._database.read_snapshot(lambda reading: people.lapsed(reading, now))
        for org_id, person_id in gone:
            await self._lapse(org_id, person_id)
        since = stored(self._clock() - return_to_queue.GRACE)
        lost = await self._database.read_snapshot(lambda reading: people.lost(reading, since))
        for org_id, person_id in lost:
            await self._give_up(org_id, person_id)
        for org_id in await self._database.read_snapshot(
            lambda reading: org_sequence.to_route(reading, now)
        ):
            await self._desk.write(system(org_id), ticket_routing.look_again)
        await self._keep(now)

    async def open_queues(self) -> None:
        """Whatever changed while no server ran: every queue is looked at once."""
        now = stored(self._clock())
        await self._database.write(lambda writing: org_sequence.route_all(writing, now))

    async def purge(self) -> None:
        now = stored(self._clock())
        await self._database.write(lambda writing: idempotency.purge(writing, now))

    async def _keep(self, now: int) -> None:
        """Does what is due to tickets, some at a time; the rest waits for the next look."""
        for _ in range(_MOST_AT_ONCE // _TOGETHER):
            due = await self._database.read_snapshot(
                lambda reading: tickets.due(reading, now, _TOGETHER)
            )
            numbers: dict[int, list[int]] = {}
            for org_id, number in due:
                numbers.setdefault(org_id, []).append(number)
            for org_id, together in numbers.items():
                await self._keep_tickets(org_id, together)
            if len(due) < _TOGETHER:
                break

    async def _keep_tickets(self, org_id: int, numbers: list[int]) -> None:
        def job(turn: UnitOfWork) -> None:
            for number in numbers:
                due_actions.keep(turn, number)

        try:
            await self._desk.write(system(org_id), job)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one ticket holds up no other, whatever it was
            if len(numbers) == 1:
                where = {"org_id": org_id, "number": numbers[0]}
                self._incidents.report(
                    "timekeeper stumbled over a ticket", (org_id, *numbers), exc_info=error, **where
                )
                return
            for number in numbers:
                await self._keep_tickets(org_id, [number])

    async def _end(self, org_id: int, token_hash: str) -> None:
        await self._desk.write(
            system(org_id), lambda turn: accounts.end_sessions(turn, [token_hash])
        )

    async def _lapse(self, org_id: int, person_id: int) -> None:
        await self._desk.write(system(org_id), lambda turn: presence_changes.lapse(turn, person_id))

    async def _give_up(self, org_id: int, person_id: int) -> None:
        await self._desk.write(
            system(org_id), lambda turn: return_to_queue.give_up(turn, person_id)
        )

    async def _step(self) -> bool:
        looks, self._looks = self._looks, self._looks + 1
        if looks == 0:
            await self.open_queues()
        await self.look()
        if looks % _LOOKS_BETWEEN_PURGES == 0:
            await self.purge()
        return False
