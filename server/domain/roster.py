"""The roster: the available agents and their load, updated as tickets are assigned."""

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from server.domain.agent_selection import Candidate


class Roster:
    """The available agents of an organization, true until `expires_at` or another change of them.

    `expires_at` is when the first presence lapses, in microseconds since 1970; None: never.
    """

    def __init__(self, candidates: Iterable[Candidate], expires_at: int | None = None) -> None:
        self._candidates = {one.id: one for one in candidates}
        given = (one.last_assigned_at or 0 for one in self._candidates.values())
        self._latest = max(given, default=0)
        self._other_loads: dict[int, int] = {}
        self.expires_at = expires_at
        self.given: dict[int, int] = {}
        """The time of the last assignment of each agent, where it is not written yet."""

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._candidates.values())

    def __len__(self) -> int:
        return len(self._candidates)

    @property
    def candidates(self) -> Collection[Candidate]:
        return self._candidates.values()

    @property
    def free_capacity(self) -> int:
        """The number of tickets that can be assigned."""
        return sum(max(one.capacity - one.load, 0) for one in self)

    def record_assignment(self, agent_id: int, now: int) -> None:
        """Records that routing assigns a ticket.

        Each assignment gets a later time than the one before, so that equal agents take turns.
        """
        self._latest = max(now, self._latest + 1)
        before = self._candidates[agent_id]
        self._candidates[agent_id] = replace(before, last_assigned_at=self._latest)
        self.given[agent_id] = self._latest

    def find_load(self, agent_id: int) -> int | None:
        """Returns an agent's load; None for one who is not available and was not counted."""
        one = self._candidates.get(agent_id)
        return self._other_loads.get(agent_id) if one is None else one.load

    def note_load(self, agent_id: int, load: int) -> None:
        """Notes the load of an agent who is not available, as it was counted."""
        self._other_loads[agent_id] = load

    def change_load(self, agent_id: int | None, tickets: int) -> None:
        """Changes the load of an agent; does nothing where it is not known."""
        if agent_id is None:
            return
        before = self._candidates.get(agent_id)
        if before is not None:
            self._candidates[agent_id] = replace(before, load=before.load + tickets)
        elif agent_id in self._other_loads:
            self._other_loads[agent_id] += tickets

    def has_room(self, agent_id: int) -> bool:
        """Returns whether the agent is available and has free capacity."""
        one = self._candidates.get(agent_id)
        return one is not None and one.is_free

    def can_serve(self, required: Iterable[str], not_to: Collection[int] = ()) -> bool:
        """Returns whether an agent outside `not_to` with these skills has free capacity."""
        skills = frozenset(required)
        return any(one.is_free and skills <= one.skills and one.id not in not_to for one in self)
