"""The desk: the only writer.

    command -> [load, permit, decide, evolve, save, record] in one transaction -> commit -> nudge

A write happens in a `Turn`. What the turn did not decide it does not know: rules are in `common`,
rows in `storage`. `filing` opens tickets, `acting` does commands to those that are there,
`accounts` and `presence` keep people.
"""

from collections.abc import Callable
from typing import TypeVar

from common.people import Actor
from server.clock import Clock
from server.desk import routing
from server.desk.turn import Turn
from server.storage import ledger
from server.storage.database import Database
from server.storage.transaction import Writing

T = TypeVar("T")

__all__ = ["Desk", "Turn"]


class Desk:
    """Where every write of an organization goes through."""

    def __init__(
        self, database: Database, clock: Clock, nudge: Callable[[int], None], *, mail: bool = False
    ) -> None:
        self._database = database
        self._clock = clock
        self._nudge = nudge
        self.mail = mail

    async def write(self, actor: Actor, job: Callable[[Turn], T]) -> T:
        """Runs the job as one transaction by the actor; answers after the commit.

        The job may run more than once (see `Database`): it changes nothing but the transaction.
        """

        def turn(writing: Writing) -> T:
            # The time is asked when the turn has come, so that seqs and times have one order.
            ledger.take(writing, actor.org_id)
            its = Turn(writing, actor, self._clock(), mail=self.mail)
            done = job(its)
            routing.settle(its)
            return done

        result = await self._database.write(turn)
        self._nudge(actor.org_id)
        return result
