"""A person's data beside the words on tickets, and the tickets that have such words."""

from msgspec import Struct

from common.people import Role
from common.tickets.filing import TicketCreated
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.organization import idempotency, macros, saved_views
from server.storage.queries.outgoing import notifications
from server.storage.queries.person import recipients
from server.storage.queries.ticket import drafts, followers, former_parties, participants
from server.storage.tables.desk_tables import EventModel, MessageModel, TicketModel

_WORDS = Statement(
    TicketModel.select(TicketModel.number)
    .where(
        (TicketModel.org_id == param("org_id")) & (TicketModel.customer_id == param("person_id"))
    )
    .union(
        MessageModel.select(MessageModel.number).where(
            (MessageModel.org_id == param("org_id"))
            & (MessageModel.author_id == param("person_id"))
            & (MessageModel.author_role != Role.KEY.value)
        )
    )
)
_DESCRIBED = Statement(
    TicketModel.select(TicketModel.number)
    .join(
        EventModel,
        on=(EventModel.org_id == TicketModel.org_id) & (EventModel.number == TicketModel.number),
    )
    .where(
        (TicketModel.org_id == param("org_id"))
        & (TicketModel.split_from.is_null(False) | TicketModel.followup_of.is_null(False))
        & (EventModel.type == TicketCreated.type)
        & (EventModel.actor_id == param("person_id"))
        & (EventModel.actor_role != Role.KEY.value)
    )
)

_FOLLOW_UPS = Statement(
    TicketModel.select(TicketModel.followup_of, TicketModel.number).where(
        (TicketModel.org_id == param("org_id")) & TicketModel.followup_of.is_null(False)
    )
)


class PersonTickets(Struct, frozen=True):
    """The tickets that hold something of a person.

    `worded`: requested or written to, now or before. `described`: its description was a message of
    the person. `merely_named`: the person takes part in it and wrote nothing, but the mails of
    others name them.
    """

    worded: frozenset[int]
    described: frozenset[int]
    merely_named: frozenset[int]


def list_tickets_of_person(reading: ReadTransaction, org_id: int, person_id: int) -> PersonTickets:
    """Returns the numbers of the tickets that hold something of a person."""
    key = {"org_id": org_id, "person_id": person_id}
    described = frozenset(row[0] for row in reading.fetch_rows(_DESCRIBED, **key))
    worded = {row[0] for row in reading.fetch_rows(_WORDS, **key)}
    worded |= described | {*former_parties.list_former_tickets(reading, org_id, person_id)}
    named = {*participants.list_participating(reading, org_id, person_id)}
    return PersonTickets(frozenset(worded), described, frozenset(named - worded))


def group_follow_ups(reading: ReadTransaction, org_id: int) -> dict[int, list[int]]:
    """Returns the numbers of all follow-ups by the ticket that they follow."""
    followed: dict[int, list[int]] = {}
    for before, number in reading.fetch_rows(_FOLLOW_UPS, org_id=org_id):
        followed.setdefault(before, []).append(number)
    return followed


def delete_person_data(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Deletes a person's notifications, follows, parts in tickets, preferences and responses.

    Their own macros, views and drafts go, too.
    """
    idempotency.delete_person_responses(writing, org_id, person_id)
    notifications.delete_person_notifications(writing, org_id, person_id)
    followers.unfollow_all_tickets(writing, org_id, person_id)
    participants.remove_from_all_tickets(writing, org_id, person_id)
    macros.delete_person_macros(writing, org_id, person_id)
    drafts.delete_person_drafts(writing, org_id, person_id)
    saved_views.delete_person_views(writing, org_id, person_id)
    recipients.delete_preferences(writing, org_id, person_id)
