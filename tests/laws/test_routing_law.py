"""Laws of routing, for any roster and any ticket."""

from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from common.organization import AssignmentMode
from common.tickets.routing import (
    AGENT_LOST,
    ALL_AT_CAPACITY,
    ASSIGNED,
    MANUAL,
    MANUAL_MODE,
    NO_AGENT_ONLINE,
    NO_OTHER_AGENT,
    QUEUED,
    RELEASED,
    REOPENED,
    Routing,
)
from server.domain import routing_text
from server.domain.agent_selection import (
    SKILLS_TIMEOUT,
    AgentChoice,
    AgentRequirements,
    Candidate,
    NoAgent,
    choose_agent,
)
from server.domain.roster import Roster

BALANCED, ROUND_ROBIN = AssignmentMode.BALANCED, AssignmentMode.ROUND_ROBIN
AUTOMATIC = [BALANCED, ROUND_ROBIN]
SKILLS = ["german", "billing", "network"]

skills = st.sets(st.sampled_from(SKILLS)).map(frozenset)
candidates = st.builds(
    Candidate,
    id=st.integers(1000, 1020),
    skills=skills,
    load=st.integers(0, 6),
    capacity=st.integers(0, 5) | st.just(10_000),
    last_assigned_at=st.none() | st.integers(0, 3),
)
rosters = st.lists(candidates, max_size=8, unique_by=lambda one: one.id)
lists = st.lists(st.sampled_from(SKILLS), max_size=2, unique=True).map(tuple)
wants = st.builds(
    AgentRequirements,
    required=lists,
    optional=lists,
    waited=st.sampled_from([0, SKILLS_TIMEOUT - 1, SKILLS_TIMEOUT]),
    not_to=st.lists(st.integers(1000, 1020), max_size=2).map(tuple),
    requester=st.none() | st.integers(1000, 1020),
)
modes = st.sampled_from(AUTOMATIC)


def eligible(want: AgentRequirements, roster: list[Candidate]) -> list[Candidate]:
    return [
        one
        for one in roster
        if one.load < one.capacity and {*want.required} <= one.skills and one.id not in want.not_to
    ]


def matched(want: AgentRequirements, one: Candidate) -> int:
    return 0 if want.waited >= SKILLS_TIMEOUT else len({*want.optional} & one.skills)


@given(modes, wants, rosters)
def test_somebody_gets_it_exactly_when_somebody_is_eligible(
    mode: AssignmentMode, want: AgentRequirements, roster: list[Candidate]
) -> None:
    fit = eligible(want, roster)
    outcome = choose_agent(mode, want, roster)
    if fit:
        assert isinstance(outcome, AgentChoice)
        assert outcome.candidate in fit
    else:
        assert isinstance(outcome, NoAgent)


@given(modes, wants, rosters, st.randoms())
def test_the_order_in_which_agents_stand_changes_nothing(
    mode: AssignmentMode, want: AgentRequirements, roster: list[Candidate], chance: Random
) -> None:
    shuffled = list(roster)
    chance.shuffle(shuffled)
    assert choose_agent(mode, want, shuffled) == choose_agent(mode, want, roster)


@given(modes, wants, rosters)
def test_no_eligible_agent_would_have_been_better(
    mode: AssignmentMode, want: AgentRequirements, roster: list[Candidate]
) -> None:
    outcome = choose_agent(mode, want, roster)
    if isinstance(outcome, NoAgent):
        return

    def rank(one: Candidate) -> tuple[bool, int, Fraction, int, int]:
        load = Fraction(one.load, one.capacity) if mode is BALANCED else Fraction(0)
        last = -1 if one.last_assigned_at is None else one.last_assigned_at
        return one.id == want.requester, -matched(want, one), load, last, one.id

    assert rank(outcome.candidate) == min(rank(one) for one in eligible(want, roster))


@given(wants, rosters)
def test_nobody_is_chosen_in_manual_mode(want: AgentRequirements, roster: list[Candidate]) -> None:
    assert choose_agent(AssignmentMode.MANUAL, want, roster) == NoAgent(MANUAL_MODE)


@given(modes, wants, rosters)
def test_the_reason_for_waiting_names_what_is_missing_first(
    mode: AssignmentMode, want: AgentRequirements, roster: list[Candidate]
) -> None:
    outcome = choose_agent(mode, want, roster)
    if isinstance(outcome, AgentChoice):
        return
    others = [one for one in roster if one.id not in want.not_to]
    skilled = [one for one in others if {*want.required} <= one.skills]
    if not others:
        assert outcome.reason_code == (NO_OTHER_AGENT if roster else NO_AGENT_ONLINE)
    elif skilled:
        assert outcome.reason_code == ALL_AT_CAPACITY
    else:
        place = want.required.index(outcome.skill or "")
        had = {*want.required[:place]}
        assert any(had <= one.skills for one in others)
        assert not any(had | {outcome.skill} <= one.skills for one in others)
        assert outcome.reason_code == f"no_skill_match:{outcome.skill}"


@given(modes, wants, rosters)
def test_the_skills_told_are_those_asked_for_that_the_agent_has(
    mode: AssignmentMode, want: AgentRequirements, roster: list[Candidate]
) -> None:
    outcome = choose_agent(mode, want, roster)
    if isinstance(outcome, AgentChoice):
        asked = {*want.required, *want.optional}
        assert {*outcome.skills} == asked & outcome.candidate.skills
        assert len(outcome.skills) == len({*outcome.skills})


def agent(id_: int = 1000, *has: str, load: int = 0, capacity: int = 10) -> Candidate:
    return Candidate(id_, frozenset(has), load, capacity)


def chosen(want: AgentRequirements, *roster: Candidate, mode: AssignmentMode = BALANCED) -> int:
    outcome = choose_agent(mode, want, roster)
    assert isinstance(outcome, AgentChoice)
    return outcome.candidate.id


def test_who_has_the_optional_skill_goes_before_who_has_less_to_do() -> None:
    fluent, idle = agent(1001, "german", load=9), agent(1000)
    assert chosen(AgentRequirements(optional=("german",)), fluent, idle) == 1001


def test_an_optional_skill_counts_no_longer_after_ten_minutes() -> None:
    fluent, idle = agent(1001, "german", load=9), agent(1000)
    assert (
        chosen(AgentRequirements(optional=("german",), waited=10 * 60 * 1_000_000), fluent, idle)
        == 1000
    )


def test_a_required_skill_is_never_dropped() -> None:
    outcome = choose_agent(
        BALANCED, AgentRequirements(required=("german",), waited=10**15), [agent()]
    )
    assert outcome == NoAgent("no_skill_match", "german")


def test_load_is_weighed_by_capacity_and_exactly() -> None:
    # As floats 3333/9999 and 3334/10000 differ in the fourth place, 1/3 and 3333/9999 not at all.
    third, same = agent(1001, load=1, capacity=3), agent(1000, load=3333, capacity=9999)
    assert chosen(AgentRequirements(), third, same) == 1000
    more = agent(1000, load=3334, capacity=10_000)
    assert chosen(AgentRequirements(), third, more) == 1001


def test_round_robin_does_not_weigh_load() -> None:
    idle = replace(agent(1000), last_assigned_at=2)
    laden = replace(agent(1001, load=9), last_assigned_at=1)
    assert chosen(AgentRequirements(), idle, laden, mode=ROUND_ROBIN) == 1001
    assert chosen(AgentRequirements(), idle, laden) == 1000


def test_who_never_had_a_ticket_goes_before_who_had_one() -> None:
    assert (
        chosen(AgentRequirements(), replace(agent(1000), last_assigned_at=0), agent(1001)) == 1001
    )


def test_capacity_nought_means_no_automatic_work() -> None:
    assert choose_agent(BALANCED, AgentRequirements(), [agent(capacity=0)]) == NoAgent(
        ALL_AT_CAPACITY
    )


def test_who_put_a_ticket_back_does_not_get_it_again() -> None:
    assert chosen(AgentRequirements(not_to=(1000,)), agent(1000), agent(1001, load=9)) == 1001
    assert choose_agent(BALANCED, AgentRequirements(not_to=(1000,)), [agent(1000)]) == NoAgent(
        NO_OTHER_AGENT
    )


@pytest.mark.parametrize("mode", AUTOMATIC)
@pytest.mark.parametrize("steps", [0, 7])
def test_a_hundred_tickets_over_four_equals_are_twenty_five_each(
    mode: AssignmentMode, steps: int
) -> None:
    """At once (one transaction has one time), and one after the other."""
    roster = Roster(agent(1000 + n, capacity=25) for n in range(4))
    shares: Counter[int] = Counter()
    for n in range(100):
        outcome = choose_agent(mode, AgentRequirements(), roster.candidates)
        assert isinstance(outcome, AgentChoice)
        roster.record_assignment(outcome.candidate.id, 1_000 + n * steps)
        roster.change_load(outcome.candidate.id, +1)
        shares[outcome.candidate.id] += 1
    assert set(shares.values()) == {25}
    assert not roster.can_serve(())
    assert roster.free_capacity == 0


@given(st.lists(st.sampled_from([1000, 1001]), min_size=1), st.integers(0, 100))
def test_no_two_tickets_are_given_at_the_same_time(givings: list[int], now: int) -> None:
    roster = Roster([agent(1000), replace(agent(1001), last_assigned_at=50)])
    times = []
    for agent_id in givings:
        roster.record_assignment(agent_id, now)
        times.append(roster.given[agent_id])
    assert times == sorted(set(times))
    assert min(times) > 50


@given(
    st.builds(
        Routing,
        reason=st.sampled_from([ASSIGNED, MANUAL, REOPENED, QUEUED, "no_skill_match:x"])
        | st.text(),
        agent_id=st.none() | st.just(1000),
        load=st.integers(0, 9),
        capacity=st.integers(0, 9),
        returned=st.sampled_from([RELEASED, AGENT_LOST]) | st.none() | st.text(),
    )
)
def test_whatever_stands_on_a_ticket_makes_a_sentence(routing: Routing) -> None:
    """The log is read for ever, by versions that know other reasons than the one that wrote it."""
    told = routing_text.describe_routing(routing, "Ana")
    assert told.endswith(".")
    assert "None" not in told
