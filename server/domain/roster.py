"""The roster: who is available, and how much each has to do, kept up as tickets are given."""

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from server.domain.agent_selection import Candidate


class Roster:
    """The available agents of an organization within one transaction."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._candidates = {one.id: one for one in candidates}
        given = (one.last_assigned_at or 0 for one in self._candidates.values())
        self._latest = max(given, default=0)
        self.given: dict[int, int] = {}
        """When those who got a ticket in this transaction last did."""

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._candidates.values())

    def __len__(self) -> int:
        return len(self._candidates)

    @property
    def candidates(self) -> Collection[Candidate]:
        return self._candidates.values()

    @property
    def free_capacity(self) -> int:
        """Returns how many tickets could be given."""
        return sum(max(one.capacity - one.load, 0) for one in self)

    def record_assignment(self, agent_id: int, now: int) -> None:
        """Notes that routing gives a ticket, and when.

        No two have the same time: of tickets given together each comes after the one before, or
        agents who are equal in all else would not take turns.
        """
        self._latest = max(now, self._latest + 1)
        before = self._candidates[agent_id]
        self._candidates[agent_id] = replace(before, last_assigned_at=self._latest)
        self.given[agent_id] = self._latest

    def change_load(self, agent_id: int | None, tickets: int) -> None:
        """Notes that somebody has more or fewer to do; of who is not available nothing is kept."""
        before = self._candidates.get(agent_id) if agent_id is not None else None
        if before is not None:
            self._candidates[before.id] = replace(before, load=before.load + tickets)

    def can_serve(self, required: Iterable[str], not_to: Collection[int] = ()) -> bool:
        """Returns whether somebody else with these skills has room."""
        skills = frozenset(required)
        return any(one.is_free and skills <= one.skills and one.id not in not_to for one in self)
