"""Merges of customers: what moved from one to the other, so that exactly that can go back."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import PersonMergeModel, TicketModel, UserModel
from server.storage.tables.intake_tables import ParticipantModel
from server.storage.tables.notification_tables import MailModel, NotificationModel, SurveyModel

MOST_NOTIFICATIONS: Final = 1000
"""The newest notifications that go to the other person; nobody reads older ones."""


class MovedParts(Struct, frozen=True, kw_only=True):
    """The parts of a merge by numbers, ids and seqs; `email` is the former own address."""

    email: str
    was_active: bool
    tickets: tuple[int, ...]
    addresses: tuple[int, ...]
    participations: tuple[int, ...]
    notifications: tuple[int, ...]
    surveys: tuple[tuple[int, int], ...]


class PersonMerge(Struct, frozen=True):
    """A merge that can be undone; `at` in microseconds since 1970."""

    at: int
    moved: MovedParts


def _own(model: Any) -> Any:
    return model.org_id == param("org_id")


_INSERT = build_insert(PersonMergeModel)
_FIND = Statement(
    PersonMergeModel.select(PersonMergeModel.at, PersonMergeModel.moved).where(
        _own(PersonMergeModel) & (PersonMergeModel.user_id == param("user_id"))
    )
)
_DELETE = Statement(
    PersonMergeModel.delete().where(
        _own(PersonMergeModel) & (PersonMergeModel.user_id == param("user_id"))
    )
)
_MERGED = Statement(
    UserModel.select(UserModel.id)
    .where(_own(UserModel) & (UserModel.merged_into == param("user_id")))
    .order_by(UserModel.id)
)
_TICKETS = Statement(
    TicketModel.select(TicketModel.number)
    .where(_own(TicketModel) & (TicketModel.customer_id == param("user_id")))
    .order_by(TicketModel.number)
    .limit(param("limit"))
)
_theirs = ParticipantModel.alias("theirs")
_PARTICIPATIONS = Statement(
    ParticipantModel.select(ParticipantModel.number)
    .where(
        _own(ParticipantModel)
        & (ParticipantModel.user_id == param("user_id"))
        & ParticipantModel.number.not_in(
            _theirs.select(_theirs.number).where(
                (_theirs.org_id == param("org_id")) & (_theirs.user_id == param("other"))
            )
        )
    )
    .order_by(ParticipantModel.number)
)
_MOVE_PARTICIPATION = Statement(
    ParticipantModel.update({ParticipantModel.user_id: param("other")}).where(
        _own(ParticipantModel)
        & (ParticipantModel.user_id == param("user_id"))
        & (ParticipantModel.number == param("number"))
    )
)
_others = NotificationModel.alias("others")
_NOTIFICATIONS = Statement(
    NotificationModel.select(NotificationModel.id)
    .where(
        _own(NotificationModel)
        & (NotificationModel.audience == param("user_id"))
        & NotificationModel.id.not_in(
            _others.select(_others.id).where(
                (_others.org_id == param("org_id")) & (_others.audience == param("other"))
            )
        )
    )
    .order_by(NotificationModel.id.desc())
    .limit(MOST_NOTIFICATIONS)
)
_MOVE_NOTIFICATION = Statement(
    NotificationModel.update({NotificationModel.audience: param("other")}).where(
        _own(NotificationModel)
        & (NotificationModel.audience == param("user_id"))
        & (NotificationModel.id == param("id"))
    )
)
_SURVEYS = Statement(
    SurveyModel.select(SurveyModel.number, SurveyModel.seq).where(
        _own(SurveyModel) & (SurveyModel.customer_id == param("user_id"))
    )
)
_MOVE_SURVEY = Statement(
    SurveyModel.update({SurveyModel.customer_id: param("other")}).where(
        _own(SurveyModel)
        & (SurveyModel.customer_id == param("user_id"))
        & (SurveyModel.number == param("number"))
        & (SurveyModel.seq == param("seq"))
    )
)
_MOVE_TICKET_SURVEYS = Statement(
    SurveyModel.update({SurveyModel.customer_id: param("other")}).where(
        _own(SurveyModel)
        & (SurveyModel.customer_id == param("user_id"))
        & (SurveyModel.number == param("number"))
    )
)
_MOVE_MAILS = Statement(
    MailModel.update({MailModel.user_id: param("other")}).where(
        _own(MailModel) & (MailModel.user_id == param("user_id")) & MailModel.due_at.is_null(False)
    )
)


def save_merge(writing: WriteTransaction, org_id: int, user_id: int, it: PersonMerge) -> None:
    moved = msgspec.json.encode(it.moved).decode()
    writing.write(_INSERT, org_id=org_id, user_id=user_id, at=it.at, moved=moved)


def find_merge(reading: ReadTransaction, org_id: int, user_id: int) -> PersonMerge | None:
    """Returns the merge of a person into another one, if it can be undone."""
    row = reading.fetch_row(_FIND, org_id=org_id, user_id=user_id)
    return (
        None if row is None else PersonMerge(row[0], msgspec.json.decode(row[1], type=MovedParts))
    )


def delete_merge(writing: WriteTransaction, org_id: int, user_id: int) -> None:
    writing.write(_DELETE, org_id=org_id, user_id=user_id)


def list_merged_people(reading: ReadTransaction, org_id: int, user_id: int) -> list[int]:
    """Returns the ids of the people who are merged into a person."""
    return [row[0] for row in reading.fetch_rows(_MERGED, org_id=org_id, user_id=user_id)]


def list_requested_tickets(
    reading: ReadTransaction, org_id: int, user_id: int, limit: int
) -> tuple[int, ...]:
    """Returns the numbers of a person's own tickets, at most `limit`."""
    rows = reading.fetch_rows(_TICKETS, org_id=org_id, user_id=user_id, limit=limit)
    return tuple(row[0] for row in rows)


def move_participations(
    writing: WriteTransaction, org_id: int, user_id: int, other: int
) -> tuple[int, ...]:
    """Gives a person's parts in tickets to another one who has none there; returns the tickets."""
    key = {"org_id": org_id, "user_id": user_id, "other": other}
    numbers = tuple(row[0] for row in writing.fetch_rows(_PARTICIPATIONS, **key))
    for number in numbers:
        writing.write(_MOVE_PARTICIPATION, number=number, **key)
    return numbers


def move_notifications(
    writing: WriteTransaction, org_id: int, user_id: int, other: int
) -> tuple[int, ...]:
    """Gives a person's notifications to another one; returns the ids of those that moved."""
    key = {"org_id": org_id, "user_id": user_id, "other": other}
    ids = tuple(row[0] for row in writing.fetch_rows(_NOTIFICATIONS, **key))
    for id_ in ids:
        writing.write(_MOVE_NOTIFICATION, id=id_, **key)
    return ids


def move_surveys(
    writing: WriteTransaction, org_id: int, user_id: int, other: int
) -> tuple[tuple[int, int], ...]:
    """Gives a person's invitations to rate to another one; returns number and seq of each."""
    key = {"org_id": org_id, "user_id": user_id, "other": other}
    places = tuple(
        (row[0], row[1]) for row in writing.fetch_rows(_SURVEYS, org_id=org_id, user_id=user_id)
    )
    for number, seq in places:
        writing.write(_MOVE_SURVEY, number=number, seq=seq, **key)
    return places


def move_surveys_of_ticket(
    writing: WriteTransaction, org_id: int, number: int, user_id: int, other: int
) -> None:
    """Gives a person's invitations to rate a ticket to another one."""
    writing.write(_MOVE_TICKET_SURVEYS, org_id=org_id, number=number, user_id=user_id, other=other)


def move_waiting_mails(writing: WriteTransaction, org_id: int, user_id: int, other: int) -> None:
    """Has the mails that wait to be sent to a person sent to another one."""
    writing.write(_MOVE_MAILS, org_id=org_id, user_id=user_id, other=other)


def return_rows(
    writing: WriteTransaction, org_id: int, moved: MovedParts, holder: int, owner: int
) -> None:
    """Gives back the participations, notifications and surveys that moved, where they still are."""
    key = {"org_id": org_id, "user_id": holder, "other": owner}
    for number in moved.participations:
        writing.write(_MOVE_PARTICIPATION, number=number, **key)
    for id_ in moved.notifications:
        writing.write(_MOVE_NOTIFICATION, id=id_, **key)
    for number, seq in moved.surveys:
        writing.write(_MOVE_SURVEY, number=number, seq=seq, **key)
