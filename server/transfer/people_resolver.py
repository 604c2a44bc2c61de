"""Finds or creates the people and API keys of a source; they get no password."""

from msgspec import UNSET, Struct

from common.accounts import AddAddress, CreateUser
from common.errors import Invalid
from common.people import AGENTS, Actor, Role
from server.desk.people import accounts, address_changes
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.storage.queries.person import people
from server.storage.queries.person.name_resolver import make_system_actor as system
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import transfer_queries
from server.transfer.file_format import UserLine
from server.transfer.role_inference import RoleInference


class CreatedPerson(Struct, frozen=True):
    """A created person; `listed` if the source lists them."""

    email: str
    role: Role
    listed: bool
    is_requester: bool = False


class PeopleResolver:
    """Resolves the people of one transaction; `made` are the created ones."""

    def __init__(self, work: UnitOfWork, roles: RoleInference) -> None:
        self.made: list[CreatedPerson] = []
        self._roles = roles
        self._work = work
        self._org_id = work.actor.org_id
        self._people: dict[str, Person] = {}
        self._keys: dict[str, int] = {}

    def add_listed_person(self, line: UserLine) -> bool:
        """Creates a listed person; returns whether they are new. Raises Invalid."""
        person = self._find_person(line.email)
        if person is not None:
            self._add_further_addresses(person, line)
            return False
        self._create_listed_person(line)
        return True

    def describe_conflicts(self, line: UserLine) -> str:
        """Returns a remark on what the line says of a person who exists, and cannot be.

        An agent does not become a customer, nor the reverse; an address stays with its person.
        """
        person = self._find_person(line.email)
        if person is None:
            return ""
        others = [it for it in line.addresses or () if self._is_others_address(person, it)]
        remarks = [f"{it} is another person's address already" for it in others]
        if person.is_agent != (line.role in AGENTS):
            remarks.append(
                f"{line.email} exists already, as {person.role}, and cannot become {line.role}"
            )
        return "; ".join(remarks)

    def resolve_customer(self, email: str) -> Person:
        """Returns the requester: an existing person, or a new customer."""
        return self._find_or_create(email, is_requester=True)

    def resolve_agent(self, email: str, pointer: str) -> Person:
        """Returns the assignee. Raises Invalid for the address of a customer."""
        person = self._find_or_create(email)
        if not person.is_agent:
            raise Invalid.for_field(pointer, "must be an agent, not a customer")
        return person

    def resolve_actor(self, email: str) -> Actor:
        """Returns the actor of an entry."""
        person = self._find_or_create(email)
        return Actor(self._org_id, person.role, person.id, person.name, person.email)

    def resolve_api_key(self, name: str) -> Actor:
        """Returns the API key of this name; a new one is created revoked."""
        if name not in self._keys:
            self._keys[name] = self._find_key(name)
        return Actor(self._org_id, Role.KEY, self._keys[name], name)

    @property
    def system_actor(self) -> Actor:
        return system(self._org_id)

    def _find_or_create(self, email: str, *, is_requester: bool = False) -> Person:
        return self._find_person(email) or self._create_named_person(
            email, is_requester=is_requester
        )

    def _create_named_person(self, email: str, *, is_requester: bool) -> Person:
        """Creates a person, with the listed role or the one inferred from their work."""
        listed = self._roles.listed.get(email)
        if listed is not None:
            return self._find_person(listed.email) or self._create_listed_person(listed)
        role = self._roles.infer_role(email)
        made = CreatedPerson(email, role, listed=False, is_requester=is_requester)
        return self._create_person(
            CreateUser(email=email, name=_default_name(email), role=role), made
        )

    def _create_listed_person(self, line: UserLine) -> Person:
        command = CreateUser(
            email=line.email,
            name=_default_name(line.email) if line.name is UNSET else line.name,
            role=line.role,
            skills=line.skills,
            capacity=line.capacity,
            active=line.active,
        )
        person = self._create_person(command, CreatedPerson(line.email, line.role, listed=True))
        self._add_further_addresses(person, line)
        return person

    def _add_further_addresses(self, person: Person, line: UserLine) -> None:
        for address in line.addresses or ():
            if not self._is_others_address(person, address):
                address_changes.add_address(self._work, person.id, AddAddress(address))

    def _is_others_address(self, person: Person, address: str) -> bool:
        holder = people.find_person_by_email(self._work.writing, self._org_id, address)
        return holder is not None and holder.id != person.id

    def _find_person(self, email: str) -> Person | None:
        person = self._people.get(email)
        if person is None:
            person = people.find_person_by_email(self._work.writing, self._org_id, email)
            if person is not None:
                self._people[email] = person
        return person

    def _create_person(self, command: CreateUser, made: CreatedPerson) -> Person:
        person = accounts.create_user(self._work, command, None)
        self.made.append(made)
        self._people[command.email] = person
        return person

    def _find_key(self, name: str) -> int:
        known = transfer_queries.find_key_by_name(self._work.writing, self._org_id, name)
        if known is not None:
            return known
        key_id = self._work.sequence.next_api_key_id()
        now = to_microseconds(self._work.now)
        transfer_queries.add_ended_key(self._work.writing, self._org_id, key_id, name, now)
        return key_id


def _default_name(email: str) -> str:
    return email.partition("@")[0]
