"""Roles, scopes and presence, and the `Actor` of a command."""

from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    """The role of a caller. Each agent-side role includes the rights of the one before it."""

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
    """A right of an API key, which has no others."""

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    TICKETS_READ_PUBLIC = "tickets:read-public"
    REPORTS_READ = "reports:read"
    EVENTS_READ = "events:read"
    MAIL_WRITE = "mail:write"


class Presence(StrEnum):
    """The presence of an agent; only `available` ones get new work."""

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
        """True if the actor sees notes, tags, routing and SLA targets.

        False for customers, and for an API key that reads only what is public.
        """
        if self.role is Role.KEY:
            public_alone = Scope.TICKETS_READ_PUBLIC in self.scopes
            return Scope.TICKETS_READ in self.scopes or not public_alone
        return self.role is not Role.CUSTOMER

    @property
    def is_supervisor(self) -> bool:
        return self.role in SUPERVISORS
