"""The timekeeper: applies what is due now, through the desk. It needs nothing but the database.

Safe on every server of a cluster: each step does nothing that another server has done.
"""

from typing import Final

from common.errors import Unavailable
from server.clock import Clock
from server.desk.desk import Desk
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import presence_changes, ticket_returns, ticket_routing
from server.desk.tickets import due_actions
from server.domain.timestamps import to_microseconds
from server.jobs.worker import BackgroundWorker
from server.monitoring.incident_log import IncidentLog
from server.storage.engine.database import Database
from server.storage.queries.organization import idempotency
from server.storage.queries.person import people, sessions
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.ticket import routing_times, tickets

POLL_SECONDS: Final = 0.5
_POLLS_BETWEEN_PURGES: Final = 7200
_BATCH_SIZE: Final = 50
"""Tickets of one transaction, for which the organization's other writers wait."""
_MAX_PER_POLL: Final = 2000
"""Tickets of one poll, for which expired sessions and presences wait."""


class Timekeeper:
    """Applies due changes to tickets, queues, sessions and presences; purges idempotency keys."""

    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._looks = 0
        self._incidents = IncidentLog()
        self._worker = BackgroundWorker("timekeeper", self._run_step, POLL_SECONDS)

    def start(self) -> None:
        self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def run_due_work(self) -> None:
        """Does everything that is due now, up to `_MAX_PER_POLL` tickets."""
        now = to_microseconds(self._clock())
        due = await self._database.read_snapshot(
            lambda reading: sessions.list_expired_sessions(reading, now)
        )
        for org_id, token_hash in due:
            await self._end_session(org_id, token_hash)
        gone = await self._database.read_snapshot(
            lambda reading: people.list_lapsed_presences(reading, now)
        )
        for org_id, person_id in gone:
            await self._expire_presence(org_id, person_id)
        since = to_microseconds(self._clock() - ticket_returns.GRACE)
        lost = await self._database.read_snapshot(
            lambda reading: people.list_lost_agents(reading, since)
        )
        for org_id, person_id in lost:
            await self._return_tickets(org_id, person_id)
        for org_id in await self._database.read_snapshot(
            lambda reading: routing_times.list_organizations_to_route(reading, now)
        ):
            await self._desk.write(make_system_actor(org_id), ticket_routing.schedule_rerouting)
        await self._run_due_tickets(now)

    async def reroute_all_queues(self) -> None:
        """Has every queue looked at once, for whatever changed while no server ran."""
        now = to_microseconds(self._clock())
        await self._database.write(
            lambda writing: routing_times.request_routing_everywhere(writing, now)
        )

    async def purge_idempotency_keys(self) -> None:
        now = to_microseconds(self._clock())
        await self._database.write(lambda writing: idempotency.purge_responses(writing, now))

    async def _run_due_tickets(self, now: int) -> None:
        """Applies what is due to tickets, in batches; the rest waits for the next poll."""
        for _ in range(_MAX_PER_POLL // _BATCH_SIZE):
            due = await self._database.read_snapshot(
                lambda reading: tickets.list_due_tickets(reading, now, _BATCH_SIZE)
            )
            numbers: dict[int, list[int]] = {}
            for org_id, number in due:
                numbers.setdefault(org_id, []).append(number)
            for org_id, together in numbers.items():
                await self._run_ticket_actions(org_id, together)
            if len(due) < _BATCH_SIZE:
                break

    async def _run_ticket_actions(self, org_id: int, numbers: list[int]) -> None:
        def job(work: UnitOfWork) -> None:
            for number in numbers:
                due_actions.run_due_actions(work, number)

        try:
            await self._desk.write(make_system_actor(org_id), job)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one ticket holds up no other, whatever it was
            if len(numbers) == 1:
                where = {"org_id": org_id, "number": numbers[0]}
                self._incidents.report_failure(
                    "timekeeper failed on a ticket", (org_id, *numbers), exc_info=error, **where
                )
                return
            for number in numbers:
                await self._run_ticket_actions(org_id, [number])

    async def _end_session(self, org_id: int, token_hash: str) -> None:
        await self._desk.write(
            make_system_actor(org_id), lambda work: accounts.end_sessions(work, [token_hash])
        )

    async def _expire_presence(self, org_id: int, person_id: int) -> None:
        await self._desk.write(
            make_system_actor(org_id),
            lambda work: presence_changes.expire_presence(work, person_id),
        )

    async def _return_tickets(self, org_id: int, person_id: int) -> None:
        await self._desk.write(
            make_system_actor(org_id),
            lambda work: ticket_returns.return_lost_tickets(work, person_id),
        )

    async def _run_step(self) -> bool:
        looks, self._looks = self._looks, self._looks + 1
        if looks == 0:
            await self.reroute_all_queues()
        await self.run_due_work()
        if looks % _POLLS_BETWEEN_PURGES == 0:
            await self.purge_idempotency_keys()
        return False
