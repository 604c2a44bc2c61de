"""A unit of work: one write by one caller, in one organization, in one transaction."""

from datetime import datetime
from functools import cached_property
from typing import Final

from common.organization import OrganizationSettings
from common.people import Actor
from server.desk.recording.routing_reason import RoutingExplainer
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import TransactionState, WriteTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.person.name_resolver import NameResolver

_NAMES: Final = TransactionState[dict[int, NameResolver]](dict)
"""The names that a transaction has looked up, by organization."""


class UnitOfWork:
    """A transaction with its caller and its time; locks the caller's organization.

    `now` is the time at which the write happens. It differs from `present`, the clock's time, where
    something is done late (`due_actions`) or was done elsewhere (an import). `live` is false for an
    import: history is recorded and counted, and nobody is notified. `mail` says whether this
    installation sends mails. Raises NotFound for an organization that does not exist.
    """

    def __init__(
        self,
        writing: WriteTransaction,
        actor: Actor,
        now: datetime,
        *,
        live: bool = True,
        mail: bool = False,
        present: datetime | None = None,
    ) -> None:
        self.writing = writing
        self.actor = actor
        self.now = now
        self.present = present or now
        self.now_microseconds = to_microseconds(now)
        """`now`, in microseconds since 1970, as rows have it."""
        self.live = live
        self.mail = mail
        self.acknowledge = True
        """True if the requester gets a receipt for a new ticket."""
        self.quiet = False
        """True where nobody is notified, because it was told already."""
        # From here on nobody else writes in this organization: rows may be read and saved whole.
        self.sequence = org_sequence.lock_sequence(writing, actor.org_id)
        self.names = _NAMES.of(writing).setdefault(actor.org_id, NameResolver(actor.org_id))

    def act_as(self, actor: Actor, at: datetime | None = None) -> "UnitOfWork":
        """Returns the same transaction for another actor, at another time if one is given."""
        now, present = at or self.now, self.present
        return UnitOfWork(self.writing, actor, now, live=self.live, mail=self.mail, present=present)

    @property
    def settings(self) -> OrganizationSettings:
        """The organization's settings, as this transaction has left them so far."""
        return self.sequence.settings

    @cached_property
    def routing_explainer(self) -> RoutingExplainer:
        """Says what events mean for a ticket's place in the queue."""
        return RoutingExplainer(self.writing, self.sequence, self.actor, self.present)
