"""A menu on a ticket begins at what the ticket has, and enter on that changes nothing."""

from datetime import UTC, datetime

import pytest
from msgspec import UNSET

from common.organization import Category, Organization
from common.people import Actor, Presence, Role
from common.tickets.editing import EditTicket
from common.tickets.ticket import CloseReason, Priority, Status
from common.wire import PersonRef, UserView
from tests.support.tickets import view
from tui.model import choices
from tui.model.choices import PickerOption
from tui.model.predicted_tickets import decide_on_view
from tui.model.store import Store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANA, GONE = PersonRef(1, "Ana"), PersonRef(7, "Gone")
ROLES = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)


@pytest.fixture
def store() -> Store:
    """An organization with one category, and Ana as its only agent."""
    store = Store()
    general = (Category(slug="general", name="General"),)
    store.organization = Organization(org_id=4821, name="Test", categories=general)
    ana = UserView(id=1, name="Ana", role=Role.AGENT, skills=(), presence=Presence.AVAILABLE)
    store.users = {ana.id: ana}
    return store


def present(found: list[PickerOption]) -> str:
    """The one value that is marked as the ticket's own."""
    (choice,) = [choice for choice in found if choice.is_present]
    return choice.value


def actor(role: Role) -> Actor:
    return Actor(4821, role, 1, "Ana")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("owner", [None, ANA, GONE])
@pytest.mark.parametrize("status", Status)
def test_the_status_menu_begins_at_the_present_status_and_offers_what_the_rules_allow(
    status: Status, owner: PersonRef | None, role: Role
) -> None:
    ticket = view(17, status=status, assignee=owner)
    found = choices.list_status_options(ticket, actor(role))
    assert present(found) == status
    for choice in found:
        if not choice.is_present:
            word, _, reason = choice.value.partition(" ")
            why = reason or ("it was no spam" if status is Status.CLOSED else UNSET)
            command = EditTicket(status=Status(word), reason=why)
            assert decide_on_view(command, ticket, actor(role), NOW)


def test_statuses_stand_in_the_order_of_a_tickets_life() -> None:
    ticket = view(17, status=Status.IN_PROGRESS, assignee=ANA)
    words = [choice.text for choice in choices.list_status_options(ticket, actor(Role.AGENT))]
    assert words == [
        "open",
        "in progress",
        "resolved",
        f"closed as {CloseReason.SPAM}",
        f"closed as {CloseReason.DUPLICATE}",
    ]


@pytest.mark.parametrize("priority", Priority)
def test_the_priority_menu_begins_at_the_present_priority(priority: Priority) -> None:
    assert present(choices.list_priority_options(view(17, priority=priority))) == priority


@pytest.mark.parametrize("presence", Presence)
def test_the_presence_menu_begins_where_the_agent_is(presence: Presence) -> None:
    assert present(choices.list_presence_options(presence)) == presence


@pytest.mark.parametrize("category", ["general", "abolished"])
def test_the_category_menu_begins_at_the_present_category_even_if_it_is_no_longer_offered(
    category: str, store: Store
) -> None:
    assert present(choices.list_category_options(store, view(17, category=category))) == category


@pytest.mark.parametrize("owner", [None, ANA, GONE])
def test_the_list_of_people_begins_at_the_owner_even_if_no_longer_an_agent(
    owner: PersonRef | None, store: Store
) -> None:
    expected = str(owner.id) if owner else ""
    assert present(choices.list_assignee_options(store, view(17, assignee=owner))) == expected
