"""The rows behind a figure, and the cards on the wall: what each says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from common.people import Presence, Role
from common.reports import (
    Attainment,
    Durations,
    Figures,
    Metric,
    ReportRow,
    SatisfactionFigures,
    Times,
)
from common.tickets.sla import SlaState
from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import CustomerRef, PersonRef, SlaView, TicketView, UserView
from tui.reports import wallboard_cards
from tui.reports.row_lines import identify_rows, lay_out_rows, make_backlog_row
from tui.reports.sheet import Sheet

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ticket(number: int = 17, **fields: Any) -> TicketView:
    view = TicketView(
        org_id=4821,
        number=number,
        subject="VPN drops",
        status=Status.OPEN,
        priority=Priority.URGENT,
        category="general",
        customer=CustomerRef(3, "Dora", "dora@example.com"),
        assignee=None,
        waiting_on=WaitingOn.AGENT,
        snoozed_until=None,
        close_reason=None,
        followup_of=None,
        created_at=NOON - timedelta(hours=5),
        updated_at=NOON,
        first_response_at=None,
        resolved_at=None,
        closed_at=None,
        reopen_count=0,
        version=1,
        last_seq=number,
    )
    return replace(view, **fields)


def row(**fields: Any) -> ReportRow:
    made = ReportRow(
        at=NOON,
        value=None,
        business=None,
        agent=PersonRef(2, "Ana Sousa"),
        category="general",
        priority=Priority.URGENT,
        ticket=ticket(),
    )
    return replace(made, **fields)


def lines(sheet: Sheet) -> list[str]:
    return ["".join(text for text, _ in line) for line in sheet.lines]


@pytest.mark.parametrize(
    ("metric", "fields", "is_business", "said"),
    [
        (Metric.RESPONSE_TIME, {"value": 271.4, "business": 60.0}, False, "4m 31s"),
        (Metric.RESPONSE_TIME, {"value": 271.4, "business": 60.0}, True, "1m 00s"),
        (Metric.RESPONSE_TIME, {"value": 271.4}, True, " - "),
        (Metric.CSAT, {"value": 4, "comment": "Very quick\nindeed"}, False, "4 of 5"),
        (Metric.SLA, {"value": True, "target": "first_response"}, False, "kept first"),
        (Metric.SLA, {"value": False, "target": "resolution"}, False, "breached resolution"),
        (Metric.BACKLOG, {"value": 18_000.0}, False, "5h 00m"),
        (Metric.TICKETS_CREATED, {}, False, "open"),
    ],
)
def test_a_row_says_what_it_adds_when_for_whom_and_about_what(
    metric: Metric, fields: dict[str, Any], *, is_business: bool, said: str
) -> None:
    (line,) = lines(lay_out_rows([row(**fields)], metric, 79, NOON, is_business=is_business))
    for part in ("#17", said, " 2 Mar 12:00", "Ana Sousa"):
        assert part in line
    assert ("Very quick indeed" if "comment" in fields else "VPN drops") in line
    assert cell_len(line) <= 79


def test_the_time_of_a_row_is_that_of_the_organization_and_has_its_year() -> None:
    there = NOON.astimezone(datetime.strptime("+0530", "%z").tzinfo)
    (line,) = lines(lay_out_rows([row()], Metric.BACKLOG, 79, there, is_business=False))
    assert " 2 Mar 17:30" in line
    old = row(at=NOON - timedelta(days=400))
    (line,) = lines(lay_out_rows([old], Metric.BACKLOG, 79, NOON, is_business=False))
    assert "26 Jan 2025" in line


def test_a_ticket_that_adds_twice_at_one_moment_has_two_rows_to_stand_on() -> None:
    rows = [row(), row(), row(ticket=ticket(18))]
    sheet = lay_out_rows(rows, Metric.SLA, 79, NOON, is_business=False)
    assert [spot.cell for spot in sheet.spots] == identify_rows(rows)
    assert len(set(identify_rows(rows))) == 3


def test_no_rows_are_said_in_words() -> None:
    sheet = lay_out_rows([], Metric.CSAT, 79, NOON, is_business=False)
    assert lines(sheet) == ["   Nothing was counted here."]
    assert sheet.spots == []


def test_a_ticket_of_the_backlog_is_a_row_by_its_age() -> None:
    made = make_backlog_row(ticket(assignee=PersonRef(2, "Ana Sousa")), NOON)
    assert (made.value, made.at) == (5 * 3600, NOON - timedelta(hours=5))


# -- the wall


def sla(state: SlaState) -> SlaView:
    return SlaView(
        first_response_due=None, next_response_due=None, resolution_due=None, state=state
    )


def said(cards: list[wallboard_cards.Card]) -> dict[str, str]:
    return {card.name: card.large for card in cards}


def test_the_wall_counts_the_backlog_and_its_promises() -> None:
    ana = PersonRef(2, "Ana Sousa")
    tickets = [
        ticket(1, sla=sla(SlaState.BREACHED), assignee=ana),
        ticket(2, sla=sla(SlaState.AT_RISK)),
        ticket(3, sla=sla(SlaState.OK)),
        ticket(4),
    ]
    cards = wallboard_cards.make_backlog_cards(tickets)
    assert said(cards) == {"Backlog": "4", "Unassigned": "3", "Breached": "1", "At risk": "1"}
    breached = cards[2]
    assert breached.note.startswith("!")  # not by its colour alone
    assert not wallboard_cards.make_backlog_cards([])[2].note.startswith("!")


def test_the_wall_counts_who_is_there_and_not_who_has_left() -> None:
    states = [Presence.AVAILABLE, Presence.BUSY, Presence.BUSY, Presence.AWAY, Presence.OFFLINE]
    people = [
        UserView(id=place, name="A", role=Role.AGENT, skills=(), presence=state)
        for place, state in enumerate(states)
    ]
    gone = replace(people[0], active=False)
    assert said(wallboard_cards.make_presence_cards([*people, gone])) == {
        "Available": "1",
        "Busy": "2",
        "Away": "1",
    }


def test_the_wall_has_a_dash_where_nothing_is_known_or_counted() -> None:
    none = Times(0, None, None, None)
    durations = Durations(0, None, None, None, business=none)
    figures = Figures(
        tickets_created=0,
        tickets_resolved=0,
        resolution_events=0,
        reopened=0,
        backlog=0,
        unanswered=0,
        response_time=durations,
        first_response_time=durations,
        first_resolution_time=durations,
        resolution_time=durations,
        csat=SatisfactionFigures(0, None, None),
        sla=Attainment(3, 100.0),
    )
    assert said(wallboard_cards.make_today_cards(None)) == {
        "Created": "-",
        "Resolved": "-",
        "Response": "-",
    }
    assert said(wallboard_cards.make_today_cards(figures)) == {
        "Created": "0",
        "Resolved": "0",
        "Response": "-",
    }
    assert said(wallboard_cards.make_satisfaction_cards(figures)) == {
        "Satisfaction": "-",
        "SLA kept": "100%",
    }
