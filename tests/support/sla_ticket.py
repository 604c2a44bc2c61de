"""A ticket under promises without a desk: commands, what follows from them, and a timekeeper."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from common.organization import BusinessHours, OrganizationSettings
from common.people import Actor, Role
from common.tickets.decision_context import DecisionContext
from common.tickets.filing import FileTicket
from common.tickets.registry import Command
from common.tickets.sla import Sla, SlaState, Target
from common.tickets.ticket import Priority, Ticket
from server.domain import derived_fields, sla_rules
from server.domain.policy_version import PolicySettings, PolicyVersion, PolicyVersions
from server.domain.sla_rules import Alarm, DueAlarm, TargetOutcome
from server.domain.timestamps import to_microseconds

ANA = Actor(4821, Role.AGENT, 1001, "Ana")
SUE = Actor(4821, Role.SUPERVISOR, 1002, "Sue")
CARLA = Actor(4821, Role.CUSTOMER, 10_001, "Carla")
MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
OFFICE = BusinessHours(*[(("09:00", "17:00"),)] * 5)
ALWAYS_TERMS = PolicyVersion(1, PolicySettings.from_settings(OrganizationSettings(name="Always")))
OFFICE_TERMS = PolicyVersion(
    1, PolicySettings.from_settings(OrganizationSettings(name="Office", business_hours=OFFICE))
)


def only(terms: PolicyVersion) -> PolicyVersions:
    """A book in which there has only been one version."""
    return PolicyVersions(terms, {terms.version: terms}.__getitem__)


class Promised:
    """One ticket's life. `at` is moved by hand; nobody looks at the clock but `keep_time`."""

    def __init__(
        self, terms: PolicyVersion = ALWAYS_TERMS, priority: Priority = Priority.NORMAL
    ) -> None:
        self.book = only(terms)
        self.at = MONDAY
        self.seq = 1
        filed = FileTicket("It broke", "Please help", priority)
        opened = filed.open_ticket(4821, 1, CARLA.id or 0, "general", MONDAY, 1)
        self.ticket = replace(opened, sla=sla_rules.start_sla(opened, terms))
        self.rung: list[DueAlarm] = []
        self.outcomes: list[TargetOutcome] = []

    @property
    def sla(self) -> Sla:
        assert self.ticket.sla is not None
        return self.ticket.sla

    def state(self) -> SlaState:
        return self.sla.state

    def target(self, name: str) -> Target:
        found: Target | None = getattr(self.sla, name)
        assert found is not None
        return found

    def later(self, **by: float) -> "Promised":
        self.at += timedelta(**by)
        return self

    def do(self, actor: Actor, command: Command) -> "Promised":
        """As the desk does it: what is due comes first."""
        self.keep_time()
        for event in command.decide(DecisionContext(self.ticket, actor, self.at)):
            self.seq += 1
            changes = derived_fields.complete_changes(self.ticket, event, actor, self.at)
            after = self.ticket.evolve(changes, self.at, self.seq)
            self._take(
                sla_rules.update_sla(self.ticket, after, to_microseconds(self.at), self.book), after
            )
        return self

    def keep_time(self) -> None:
        while ringing := sla_rules.find_due_alarm(self.sla, to_microseconds(self.at), self.book):
            self.rung.append(ringing)
            self._take(ringing.sla, self.ticket)

    def told(self) -> list[tuple[str, str, timedelta]]:
        """Returns what was told since the opening: which target, what, and after how long."""
        return [
            (it.name.value, "breach" if it.alarm is Alarm.BREACH else "warning", self.after(it.at))
            for it in self.rung
        ]

    def after(self, instant: int | None) -> timedelta:
        assert instant is not None
        return timedelta(microseconds=instant - to_microseconds(MONDAY))

    def _take(self, promises: Sla, ticket: Ticket) -> None:
        self.outcomes += sla_rules.list_outcomes(self.ticket.sla, promises)
        self.ticket = replace(ticket, sla=promises)
