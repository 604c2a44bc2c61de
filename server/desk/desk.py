"""The desk: the only writer.

command -> [load, permit, decide, evolve, save, record] in one transaction -> commit -> nudge
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from common.people import Actor
from server.clock import Clock
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import ticket_routing
from server.storage.engine.database import Database
from server.storage.engine.job import Needs
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log import org_sequence

T = TypeVar("T")


class Desk:
    """Runs every write of an organization as a unit of work.

    `nudge` is called with the organization's id after each commit, `mail` says whether this
    installation sends mails.
    """

    def __init__(
        self, database: Database, clock: Clock, nudge: Callable[[int], None], *, mail: bool = False
    ) -> None:
        self._database = database
        self._clock = clock
        self._nudge = nudge
        self.mail = mail

    async def write(
        self, actor: Actor, job: Callable[[UnitOfWork], T], needs: Sequence[Needs] = ()
    ) -> T:
        """Runs the job as one transaction by the actor, and returns its result after the commit.

        The job may run more than once (see `Database`): it changes nothing but the transaction.
        What it `needs` is read for all jobs of the transaction at once.
        Raises what the job raises, DatabaseUnavailable, and NotFound without the organization.
        """

        def run(writing: WriteTransaction) -> T:
            # The clock is read after the wait for the lock: seqs and times have one order.
            org_sequence.lock_sequence(writing, actor.org_id)
            work = UnitOfWork(writing, actor, self._clock(), mail=self.mail)
            result = job(work)
            ticket_routing.route_pending_tickets(work)
            return result

        needs = (org_sequence.LOCK_NEEDS, *needs)
        result = await self._database.write(run, org_id=actor.org_id, needs=needs)
        self._nudge(actor.org_id)
        return result
