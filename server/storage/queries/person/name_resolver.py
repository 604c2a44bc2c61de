"""Names for ids: rows and events hold ids, and views show today's names."""

from collections.abc import Callable

from common.people import Actor, Role
from common.wire import ActorRef, CustomerRef, PersonRef
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.person import people, sessions
from server.storage.queries.person.people import Person

NameLookup = Callable[[int], str]
"""A function from a person's id to the name."""

SYSTEM_NAME = "Deskwire"


def make_system_actor(org_id: int) -> Actor:
    """Returns the actor of sign-up, the timekeeper and the command line."""
    return Actor(org_id, Role.SYSTEM, None, SYSTEM_NAME)


class NameResolver:
    """Looks up people of one organization, each once.

    A cached name is as true as the snapshot it was read in; `forget_person` drops a person who has
    changed.
    """

    def __init__(self, org_id: int) -> None:
        self._org_id = org_id
        self._people: dict[int, Person] = {}
        self._keys: dict[int, str] = {}

    def read_person(self, reading: ReadTransaction, person_id: int) -> Person:
        found = self._people.get(person_id)
        if found is None:
            found = people.find_person(reading, self._org_id, person_id)
            if found is None:
                raise LookupError(f"organization {self._org_id} has no person {person_id}")
            self._people[person_id] = found
        return found

    def remember_person(self, person: Person) -> None:
        """Keeps a person who was read in another way."""
        self._people[person.id] = person

    def customer_ref(self, reading: ReadTransaction, person_id: int) -> CustomerRef:
        return self.read_person(reading, person_id).customer_ref

    def assignee_ref(self, reading: ReadTransaction, person_id: int | None) -> PersonRef | None:
        return None if person_id is None else self.read_person(reading, person_id).ref

    def actor_ref(self, reading: ReadTransaction, role: Role, actor_id: int | None) -> ActorRef:
        if actor_id is None:
            return ActorRef(None, role, SYSTEM_NAME)
        if role is Role.KEY:
            return ActorRef(actor_id, role, self._key_name(reading, actor_id))
        return ActorRef(actor_id, role, self.read_person(reading, actor_id).name)

    def name_lookup(self, reading: ReadTransaction) -> NameLookup:
        """Returns a function from a person's id to the name as of this snapshot."""
        return lambda person_id: self.read_person(reading, person_id).name

    def forget_person(self, person_id: int) -> None:
        self._people.pop(person_id, None)

    def _key_name(self, reading: ReadTransaction, key_id: int) -> str:
        if key_id not in self._keys:
            self._keys[key_id] = sessions.read_key_name(reading, self._org_id, key_id)
        return self._keys[key_id]
