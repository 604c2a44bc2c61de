"""People and programs that act: roles, scopes, presence, and the Actor of every command."""

from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    """The role of a caller. Each agent-side role can do what the one before it can."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    KEY = "key"
    SYSTEM = "system"


AGENTS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
CUSTOMERS = frozenset({Role.CUSTOMER})
KEYS = frozenset({Role.KEY})


class Scope(StrEnum):
    """A right of an API key; a key has no rights but its scopes."""

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    TICKETS_READ_PUBLIC = "tickets:read-public"
    REPORTS_READ = "reports:read"
    EVENTS_READ = "events:read"


class Presence(StrEnum):
    """Says whether an agent is there to take work."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


class Actor(Struct, frozen=True):
    """The caller of a command: a person, an API key (`role` key) or the system (`id` None)."""

    org_id: int
    role: Role
    id: int | None
    name: str
    email: str | None = None
    scopes: frozenset[Scope] = frozenset()

    @property
    def is_agent(self) -> bool:
        return self.role in AGENTS

    @property
    def is_customer(self) -> bool:
        return self.role is Role.CUSTOMER

    @property
    def sees_internal(self) -> bool:
        """Returns whether notes, tags, routing and promises are for the actor's eyes.

        Not for customers, nor for an API key that reads public things alone.
        """
        if self.role is Role.KEY:
            public_alone = Scope.TICKETS_READ_PUBLIC in self.scopes
            return Scope.TICKETS_READ in self.scopes or not public_alone
        return self.role is not Role.CUSTOMER

    @property
    def is_supervisor(self) -> bool:
        return self.role in SUPERVISORS
