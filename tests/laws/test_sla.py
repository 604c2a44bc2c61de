"""Promises: when they begin, pause, break and are kept, for any history."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from common.errors import RequestRefused
from common.organization import DEFAULT_POLICIES, OrganizationSettings, SlaPolicy
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.sla import SlaState, TargetName
from common.tickets.ticket import Priority, Status, WaitingOn
from server.domain import sla_rules
from server.domain.policy_version import PolicySettings, PolicyVersion, PolicyVersions
from server.domain.timestamps import to_microseconds
from tests.support.sla_ticket import (
    ALWAYS_TERMS,
    ANA,
    CARLA,
    MONDAY,
    OFFICE_TERMS,
    SUE,
    Promised,
    only,
)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
REPLY, NOTE = AddMessage("Hello"), AddMessage("Psst", MessageKind.NOTE)
RESOLVE, REOPEN = EditTicket(status=Status.RESOLVED), EditTicket(status=Status.IN_PROGRESS)
CLOSE = EditTicket(status=Status.CLOSED)
AWAIT = EditTicket(waiting_on=WaitingOn.CUSTOMER)
PARK = EditTicket(waiting_on=WaitingOn.THIRD_PARTY)
TAKE_BACK = EditTicket(waiting_on=WaitingOn.AGENT)


def to(priority: Priority) -> EditTicket:
    return EditTicket(priority=priority)


@pytest.mark.parametrize(
    ("priority", "first", "following", "resolution"),
    [
        (Priority.URGENT, 0.5, 0.5, 2),
        (Priority.HIGH, 1, 2, 4),
        (Priority.NORMAL, 8, 8, 24),
        (Priority.LOW, 24, 24, 72),
    ],
)
def test_the_default_targets_by_priority(
    priority: Priority, first: float, following: float, resolution: float
) -> None:
    it = Promised(priority=priority)
    assert it.after(it.target("first_response").due) == first * HOUR
    assert it.after(it.target("resolution").due) == resolution * HOUR
    it.do(ANA, REPLY).do(CARLA, REPLY)
    assert it.after(it.target("next_response").due) == following * HOUR


def test_the_first_public_reply_of_an_agent_ends_the_first_response() -> None:
    it = Promised().later(hours=1).do(ANA, NOTE).do(ANA, ClaimTicket()).do(CARLA, REPLY)
    assert it.target("first_response").ended_at is None
    it.later(hours=1).do(ANA, REPLY)
    assert it.after(it.target("first_response").ended_at) == 2 * HOUR
    assert it.target("first_response").due is None
    assert it.sla.next_response is None


def test_next_response_runs_from_the_oldest_unanswered_reply() -> None:
    it = Promised().do(ANA, REPLY).later(hours=1).do(CARLA, REPLY).later(hours=3).do(CARLA, REPLY)
    assert it.after(it.target("next_response").due) == 9 * HOUR
    it.later(hours=1).do(ANA, REPLY)
    assert it.after(it.target("next_response").ended_at) == 5 * HOUR
    it.later(hours=1).do(CARLA, REPLY)
    assert it.after(it.target("next_response").due) == 14 * HOUR


def test_resolving_without_a_reply_cancels_the_responses() -> None:
    it = Promised().later(hours=1).do(ANA, RESOLVE)
    assert it.sla.first_response is None
    assert [(o.name, o.kept) for o in it.outcomes] == [("resolution", True)]
    it.later(hours=1).do(CARLA, REPLY)
    assert it.sla.first_response is None
    assert it.after(it.target("next_response").since) == 2 * HOUR
    it.do(ANA, RESOLVE)
    assert it.sla.next_response is None


def test_resolution_pauses_while_the_customer_is_awaited() -> None:
    it = Promised().do(ANA, REPLY).later(hours=4).do(ANA, AWAIT)
    assert it.target("resolution").due is None
    assert it.state() is SlaState.PAUSED
    it.later(days=3).do(CARLA, REPLY)
    assert it.after(it.target("resolution").due) == 96 * HOUR
    assert it.state() is SlaState.OK


def test_a_third_party_and_a_snooze_pause_nothing() -> None:
    it = Promised().do(ANA, PARK)
    it.do(ANA, EditTicket(snoozed_until=MONDAY + timedelta(days=9)))
    assert it.after(it.target("resolution").due) == 24 * HOUR


def test_responses_do_not_pause() -> None:
    it = Promised().later(hours=1).do(ANA, AWAIT)
    assert it.after(it.target("first_response").due) == 8 * HOUR
    assert it.state() is SlaState.OK


def test_resolution_goes_on_with_what_was_spent_when_it_is_reopened() -> None:
    it = Promised().do(ANA, REPLY).later(hours=20).do(ANA, RESOLVE)
    assert it.state() is SlaState.MET
    assert it.target("resolution").due is None
    it.later(days=2).do(CARLA, REPLY)
    assert it.after(it.target("resolution").due) == 72 * HOUR
    assert it.state() is SlaState.AT_RISK, "20 of 24 hours are spent"


def test_reopened_to_wait_for_the_customer_it_is_paused_and_not_ended() -> None:
    it = Promised().do(ANA, REPLY).do(ANA, AWAIT).do(ANA, RESOLVE).do(ANA, REOPEN)
    assert it.target("resolution").ended_at is None
    assert it.state() is SlaState.PAUSED


def test_a_higher_priority_counts_from_the_original_start() -> None:
    it = Promised().later(minutes=30).do(ANA, to(Priority.HIGH))
    assert it.after(it.target("first_response").due) == HOUR
    assert it.after(it.target("resolution").due) == 4 * HOUR


def test_a_higher_priority_may_find_that_it_is_too_late_already() -> None:
    it = Promised().later(hours=5).do(ANA, to(Priority.URGENT))
    it.keep_time()
    assert it.told() == [
        ("first_response", "breach", 0.5 * HOUR),
        ("resolution", "breach", 2 * HOUR),
    ]
    assert it.state() is SlaState.BREACHED


def test_a_lower_priority_warns_again_and_leaves_what_has_ended() -> None:
    it = Promised(priority=Priority.URGENT).later(minutes=10).do(ANA, REPLY).later(minutes=85)
    it.keep_time()
    assert it.state() is SlaState.AT_RISK
    it.do(ANA, to(Priority.NORMAL))
    assert it.state() is SlaState.OK
    assert it.target("first_response").goal == 30 * 60_000_000
    it.later(hours=17).keep_time()
    assert it.told()[-1] == ("resolution", "warning", 18 * HOUR)


def test_a_breach_survives_answer_relief_and_reopening() -> None:
    it = Promised().later(hours=9).do(ANA, REPLY).do(ANA, to(Priority.LOW)).do(ANA, RESOLVE)
    it.later(hours=1).do(CARLA, REPLY)
    assert it.state() is SlaState.BREACHED
    assert it.after(it.target("first_response").breached_at) == 8 * HOUR
    assert [o.kept for o in it.outcomes if o.name == "first_response"] == [False]


def test_a_breach_of_an_earlier_turn_stays_when_the_next_begins() -> None:
    it = Promised().do(ANA, REPLY).do(CARLA, REPLY).later(hours=9).do(ANA, REPLY).do(CARLA, REPLY)
    assert it.target("next_response").breached_at is None
    assert it.state() is SlaState.BREACHED


def test_warnings_come_at_three_quarters_and_15_minutes_before() -> None:
    it = Promised().later(hours=25)
    it.keep_time()
    assert it.told() == [
        ("first_response", "breach", 8 * HOUR),
        ("resolution", "breach", 24 * HOUR),
    ], "who comes too late tells no warning any more"
    it = Promised()
    for _ in range(25 * 60):
        it.later(minutes=1).keep_time()
    assert it.told() == [
        ("first_response", "warning", 6 * HOUR),
        ("first_response", "warning", 7.75 * HOUR),
        ("first_response", "breach", 8 * HOUR),
        ("resolution", "warning", 18 * HOUR),
        ("resolution", "warning", 23.75 * HOUR),
        ("resolution", "breach", 24 * HOUR),
    ]


def test_a_target_of_an_hour_warns_once() -> None:
    it = Promised(priority=Priority.HIGH)
    for _ in range(59):
        it.later(minutes=1).keep_time()
    assert it.told() == [("first_response", "warning", 45 * MINUTE)]


def test_at_the_due_instant_it_is_broken_and_a_moment_before_it_is_kept() -> None:
    kept = Promised().later(hours=8, microseconds=-1).do(ANA, REPLY)
    broken = Promised().later(hours=8).do(ANA, REPLY)
    assert [o.kept for o in kept.outcomes] == [True]
    assert [o.kept for o in broken.outcomes] == [False]


@pytest.mark.parametrize("reason", ["spam", "duplicate"])
def test_what_is_closed_as_no_work_cancels_everything(reason: str) -> None:
    it = Promised().do(ANA, EditTicket(status=Status.CLOSED, reason=reason)).later(days=9)
    it.keep_time()
    assert it.sla.targets == {}
    assert it.state() is SlaState.MET
    assert it.outcomes == []
    it.do(SUE, EditTicket(status=Status.IN_PROGRESS, reason="it was none"))
    assert it.after(it.target("resolution").due) == 10 * 24 * HOUR


def test_the_first_matching_policy_wins_and_empty_means_any() -> None:
    policies = (
        SlaPolicy("Money", (), ("billing",), 5, None, 10),
        SlaPolicy("Urgent", (Priority.URGENT,), (), 1, 2, 3),
        SlaPolicy("Rest", first_response_minutes=99),
    )
    terms = PolicyVersion(
        1, PolicySettings.from_settings(OrganizationSettings(name="x", sla_policies=policies))
    )
    minute = 60_000_000
    assert terms.find_goals(Priority.URGENT, "billing") == (5 * minute, None, 10 * minute)
    assert terms.find_goals(Priority.URGENT, "general") == (minute, 2 * minute, 3 * minute)
    assert terms.find_goals(Priority.LOW, "general") == (99 * minute, None, None)


def test_where_no_policy_matches_nothing_is_promised_until_one_does() -> None:
    high_alone = tuple(it for it in DEFAULT_POLICIES if it.name == "High")
    it = Promised(
        PolicyVersion(
            1, PolicySettings.from_settings(OrganizationSettings(name="x", sla_policies=high_alone))
        )
    )
    assert it.sla.due is None
    assert it.state() is SlaState.MET
    it.later(minutes=10).do(ANA, to(Priority.HIGH))
    assert it.after(it.sla.due) == HOUR
    it.do(ANA, to(Priority.LOW)).later(days=9)
    it.keep_time()
    assert it.told() == []


def test_without_open_hours_nothing_ever_breaks() -> None:
    it = Promised(
        PolicyVersion(1, PolicySettings(business_hours=type(PolicySettings().business_hours)()))
    )
    it.later(days=4000).do(ANA, REPLY).do(ANA, RESOLVE)
    assert it.told() == []
    assert it.state() is SlaState.MET


def test_business_hours_count_and_others_do_not() -> None:
    it = Promised(OFFICE_TERMS).later(hours=7.5)
    it.do(ANA, to(Priority.HIGH))
    assert it.after(it.target("first_response").due) == HOUR
    it = Promised(OFFICE_TERMS)
    assert it.after(it.target("resolution").due) == 2 * 24 * HOUR + 8 * HOUR


def test_an_imported_ticket_begins_with_its_first_live_event() -> None:
    it = Promised()
    it.later(days=9)
    imported = replace(it.ticket, sla=None)
    after = imported.evolve({}, it.at, 2)
    begun = sla_rules.update_sla(imported, after, to_microseconds(it.at), it.book)
    assert begun.first_response is not None
    assert it.after(begun.first_response.since) == 9 * 24 * HOUR
    assert begun.resolution is not None
    assert it.after(begun.resolution.since) == 9 * 24 * HOUR
    answered = replace(imported, unanswered_since=None, first_response_at=MONDAY)
    begun = sla_rules.update_sla(answered, answered, to_microseconds(it.at), it.book)
    assert (begun.first_response, begun.next_response) == (None, None)
    asked = replace(answered, unanswered_since=MONDAY)
    begun = sla_rules.update_sla(answered, asked, to_microseconds(it.at), it.book)
    assert begun.next_response is not None


def test_targets_keep_the_terms_they_began_with_and_new_ones_take_the_present() -> None:
    it = Promised(OFFICE_TERMS)
    present = PolicyVersion(
        2,
        PolicySettings.from_settings(
            OrganizationSettings(name="x", sla_policies=DEFAULT_POLICIES[:1])
        ),
    )
    it.book = PolicyVersions(present, only(OFFICE_TERMS).find_version)
    it.later(hours=1).do(ANA, to(Priority.LOW))
    assert it.target("first_response").goal == 24 * 3_600_000_000
    assert it.target("resolution").terms == 1
    it.do(ANA, REPLY).do(CARLA, REPLY)
    assert it.target("next_response").terms == 2
    assert it.target("next_response").goal is None


def test_the_present_terms_take_over_with_what_is_spent() -> None:
    it = Promised(OFFICE_TERMS).later(hours=4)
    it.book = PolicyVersions(
        PolicyVersion(2, PolicySettings.from_settings(OrganizationSettings(name="x"))),
        only(OFFICE_TERMS).find_version,
    )
    renewed = sla_rules.reapply_policy(it.ticket, to_microseconds(it.at), it.book)
    assert renewed.first_response is not None
    assert it.after(renewed.first_response.due) == 8 * HOUR
    assert it.after(renewed.targets[TargetName.RESOLUTION].due) == 24 * HOUR
    assert {target.terms for target in renewed.targets.values()} == {2}


commands = st.sampled_from(
    [REPLY, NOTE, RESOLVE, REOPEN, CLOSE, AWAIT, PARK, TAKE_BACK, ClaimTicket()]
    + [to(priority) for priority in Priority]
)
deeds = st.lists(
    st.tuples(
        st.sampled_from([ANA, SUE, CARLA]),
        commands,
        st.integers(0, 40 * 60) | st.integers(0, 60),
    ),
    max_size=15,
)
terms = st.sampled_from([ALWAYS_TERMS, OFFICE_TERMS])


def lived(terms: PolicyVersion, history: list[tuple[Any, Any, int]], look: int | None) -> Promised:
    """A ticket's life with a timekeeper who looks every so many minutes, or never."""
    it = Promised(terms)
    for actor, command, minutes in history:
        for _ in range(minutes // look if look else 0):
            it.later(minutes=look or 0).keep_time()
        it.later(minutes=minutes % look if look else minutes)
        try_to(it, actor, command)
    it.keep_time()
    return it


def try_to(it: Promised, actor: Any, command: Any) -> None:
    with suppress(RequestRefused):
        it.do(actor, command)


@given(terms, deeds)
def test_a_timekeeper_who_comes_late_finds_the_same(
    terms: PolicyVersion, history: list[tuple[Any, Any, int]]
) -> None:
    punctual, late = lived(terms, history, 7), lived(terms, history, None)
    assert punctual.sla == late.sla
    assert punctual.outcomes == late.outcomes


@given(terms, deeds)
def test_resolution_spends_the_time_it_ran_and_breaks_when_that_is_the_goal(
    terms: PolicyVersion, history: list[tuple[Any, Any, int]]
) -> None:
    """The stretches counted one by one, for one priority: a second way to the same figure."""
    it = Promised(terms)
    ran: list[tuple[datetime, datetime]] = []
    for actor, command, minutes in history:
        if command in [to(priority) for priority in Priority]:
            continue
        since = it.at
        is_running = it.ticket.is_unresolved and it.ticket.waiting_on is not WaitingOn.CUSTOMER
        it.later(minutes=minutes)
        if is_running:
            ran.append((since, it.at))
        try_to(it, actor, command)
    spent = sum(terms.calendar.measure_business_time(*stretch) for stretch in ran)
    resolution = it.target("resolution")
    running = 0 if resolution.since is None else it_ran(terms, resolution.since, it.at)
    assert resolution.spent + running == spent
    assert (resolution.breached_at is not None) == (spent >= (resolution.goal or 0))


def it_ran(terms: PolicyVersion, since: int, at: datetime) -> int:
    return terms.calendar.measure_microseconds(since, to_microseconds(at))


@given(terms, deeds)
def test_each_promise_is_counted_once_and_told_in_order(
    terms: PolicyVersion, history: list[tuple[Any, Any, int]]
) -> None:
    it = lived(terms, history, 11)
    assert len(it.outcomes) == len({(o.name, o.kept, o.at) for o in it.outcomes})
    assert all(ringing.at <= to_microseconds(it.at) for ringing in it.rung)
    broken = [o for o in it.outcomes if o.name == "resolution" and not o.kept]
    assert len(broken) <= 1
    assert (it.state() is SlaState.BREACHED) == any(not o.kept for o in it.outcomes)
    if it.ticket.is_unresolved:
        alarms = [at for t in it.sla.targets.values() if (at := t.alarm_at) is not None]
        assert all(at > to_microseconds(it.at) for at in alarms)


def test_opening_a_ticket_promises_at_its_own_instant() -> None:
    opened = FileTicket("a", "b").open_ticket(4821, 1, 1, "general", MONDAY, 1)
    promised = sla_rules.start_sla(opened, ALWAYS_TERMS)
    assert {t.since for t in promised.targets.values()} == {to_microseconds(MONDAY)}
    assert promised.state is SlaState.OK
