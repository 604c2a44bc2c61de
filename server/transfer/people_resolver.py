"""The cast of a history: people and keys that a source names, found or made without a password."""

from msgspec import UNSET, Struct

from common.accounts import CreateUser
from common.errors import Invalid
from common.people import AGENTS, Actor, Role
from server.desk import accounts
from server.desk.unit_of_work import UnitOfWork
from server.storage.engine.optional_timestamps import stored
from server.storage.queries import people, transfer_queries
from server.storage.queries.name_resolver import system
from server.storage.queries.people import Person
from server.transfer.file_format import UserLine
from server.transfer.role_inference import Roles


class Made(Struct, frozen=True):
    """Somebody who was made; `listed`: because the source lists them."""

    email: str
    role: Role
    listed: bool
    is_requester: bool = False


class Cast:
    """The people named in the lines of one transaction; `made` are those who were new."""

    def __init__(self, turn: UnitOfWork, roles: Roles) -> None:
        self.made: list[Made] = []
        self._roles = roles
        self._turn = turn
        self._org_id = turn.actor.org_id
        self._people: dict[str, Person] = {}
        self._keys: dict[str, int] = {}

    def add(self, line: UserLine) -> bool:
        """Makes a listed person; answers whether there was none. Raises Invalid."""
        if self._find(line.email) is not None:
            return False
        self._make_listed(line)
        return True

    def remark_on(self, line: UserLine) -> str:
        """Says so where somebody who is there is no agent, and listed as one, or the reverse."""
        person = self._find(line.email)
        if person is None or person.is_agent == (line.role in AGENTS):
            return ""
        return f"{line.email} is there already, as {person.role}, and cannot become {line.role}"

    def customer(self, email: str) -> Person:
        """Returns the requester: anybody of the organization, or a new customer."""
        return self._find_or_make(email, is_requester=True)

    def agent(self, email: str, pointer: str) -> Person:
        """Who is to work on it. Raises Invalid for a customer's address."""
        person = self._find_or_make(email)
        if not person.is_agent:
            raise Invalid.at(pointer, "belongs to a customer; name an agent")
        return person

    def actor(self, email: str) -> Actor:
        """Returns the person who did something."""
        person = self._find_or_make(email)
        return Actor(self._org_id, person.role, person.id, person.name, person.email)

    def key(self, name: str) -> Actor:
        """The API key of this name; one that was never there is made ended."""
        if name not in self._keys:
            self._keys[name] = self._find_key(name)
        return Actor(self._org_id, Role.KEY, self._keys[name], name)

    @property
    def system(self) -> Actor:
        return system(self._org_id)

    def _find_or_make(self, email: str, *, is_requester: bool = False) -> Person:
        return self._find(email) or self._make_named(email, is_requester=is_requester)

    def _make_named(self, email: str, *, is_requester: bool) -> Person:
        """Makes somebody who is needed now: as the source lists them, or as what they do."""
        listed = self._roles.listed.get(email)
        if listed is not None:
            return self._make_listed(listed)
        role = self._roles.role_of(email)
        made = Made(email, role, listed=False, is_requester=is_requester)
        return self._make(CreateUser(email=email, name=_name_of(email), role=role), made)

    def _make_listed(self, line: UserLine) -> Person:
        command = CreateUser(
            email=line.email,
            name=_name_of(line.email) if line.name is UNSET else line.name,
            role=line.role,
            skills=line.skills,
            capacity=line.capacity,
            active=line.active,
        )
        return self._make(command, Made(line.email, line.role, listed=True))

    def _find(self, email: str) -> Person | None:
        person = self._people.get(email)
        if person is None:
            person = people.find_by_email(self._turn.writing, self._org_id, email)
            if person is not None:
                self._people[email] = person
        return person

    def _make(self, command: CreateUser, made: Made) -> Person:
        person = accounts.create(self._turn, command, None)
        self.made.append(made)
        self._people[command.email] = person
        return person

    def _find_key(self, name: str) -> int:
        known = transfer_queries.find_key(self._turn.writing, self._org_id, name)
        if known is not None:
            return known
        key_id = self._turn.ledger.next_api_key()
        now = stored(self._turn.now)
        transfer_queries.add_ended_key(self._turn.writing, self._org_id, key_id, name, now)
        return key_id


def _name_of(email: str) -> str:
    return email.partition("@")[0]
