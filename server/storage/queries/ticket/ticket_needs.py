"""The needs of commands to tickets: their rows and people, asked for ahead of a transaction."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from common.people import Actor
from server.storage.engine.job import Needs
from server.storage.engine.statement import IsAnyOf, Sql, Statement, bind_list, param
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.person import people
from server.storage.queries.ticket import followers, participants, tickets
from server.storage.queries.ticket.ticket_rows import COLUMNS
from server.storage.tables.desk_tables import TicketModel
from server.storage.tables.intake_tables import ParticipantModel
from server.storage.tables.notification_tables import FollowerModel

_T = TicketModel
_TICKETS = Statement(
    _T.select(_T.number, *COLUMNS).where(
        (_T.org_id == param("org_id")) & IsAnyOf(_T.number, "numbers", "bigint")
    )
)
_WITH_OPENINGS = Statement(
    _T.select(_T.number, *COLUMNS, _T.description, _T.attachments).where(
        (_T.org_id == param("org_id")) & IsAnyOf(_T.number, "numbers", "bigint")
    )
)
_FOLLOWERS = Statement(
    FollowerModel.select(FollowerModel.number, FollowerModel.user_id).where(
        (FollowerModel.org_id == param("org_id"))
        & IsAnyOf(FollowerModel.number, "numbers", "bigint")
    )
)
_PARTICIPANTS = Statement(
    ParticipantModel.select(ParticipantModel.number, ParticipantModel.user_id).where(
        (ParticipantModel.org_id == param("org_id"))
        & IsAnyOf(ParticipantModel.number, "numbers", "bigint")
    )
)
_PEOPLE = Sql(
    sqlite=f"""SELECT id, {", ".join(people.Person.__struct_fields__)} FROM users
        WHERE org_id = ? AND id IN (SELECT value FROM json_each(?) UNION ALL SELECT * FROM (
            WITH named AS (SELECT customer_id, assignee_id FROM tickets
                WHERE org_id = ? AND number IN (SELECT value FROM json_each(?)))
            SELECT customer_id FROM named UNION ALL SELECT assignee_id FROM named))""",
    postgresql=f"""SELECT id, {", ".join(people.Person.__struct_fields__)} FROM users
        WHERE org_id = %s AND id = ANY(%s::bigint[] || ARRAY(
            SELECT unnest(ARRAY[customer_id, assignee_id]) FROM tickets
            WHERE org_id = %s AND number = ANY(ARRAY(SELECT unnest(%s::bigint[])))))""",
    places="org_id ids org_id numbers",
)
"""Selects the requesters and assignees of tickets, and those with these ids.

With IN and a subquery PostgreSQL would join, and read all people of an organization of a thousand.
"""


class _TicketNeeds(Struct, frozen=True):
    """The tickets of a command, with descriptions if `opening`, and the id of who acts."""

    numbers: tuple[int, ...]
    opening: bool
    actor_id: int | None


_FEWEST_ON_SQLITE: Final = 16
"""Tickets from which on four statements for all cost less than those of each."""
_OF_NUMBERS: Final = (
    (followers.IDS, _FOLLOWERS),
    (participants.IDS, _PARTICIPANTS),
)


def describe_needs(numbers: Iterable[int], actor: Actor, *, opening: bool) -> Needs:
    """Returns what a command to tickets reads; with `opening` descriptions and files, too."""
    what = _TicketNeeds(tuple(numbers), opening, actor.id)
    return Needs(_ask_for_tickets, what, on_sqlite=True)


def _ask_for_tickets(writing: WriteTransaction, org_id: int, needs: Sequence[_TicketNeeds]) -> None:
    plain = {number for need in needs if not need.opening for number in need.numbers}
    opened = {number for need in needs if need.opening for number in need.numbers}
    if writing.dialect == "sqlite" and len(plain | opened) < _FEWEST_ON_SQLITE:
        return
    _ask_by_numbers(writing, org_id, plain, tickets.BY_NUMBER, _TICKETS)
    _ask_by_numbers(writing, org_id, opened, tickets.WITH_OPENING, _WITH_OPENINGS)
    for reader, many in _OF_NUMBERS:
        _ask_by_numbers(writing, org_id, plain | opened, reader, many)
    numbers = sorted(plain | opened)
    ids = sorted({need.actor_id for need in needs if need.actor_id is not None})
    values = {
        "org_id": org_id,
        "numbers": bind_list(writing.dialect, numbers),
        "ids": bind_list(writing.dialect, ids),
    }
    writing.expect_rows(people.BY_ID, (), _PEOPLE, values)


def _ask_by_numbers(
    writing: WriteTransaction, org_id: int, numbers: set[int], reader: Statement, many: Statement
) -> None:
    if numbers:
        keys = [(number,) for number in sorted(numbers)]
        values = {"org_id": org_id, "numbers": bind_list(writing.dialect, sorted(numbers))}
        writing.expect_rows(reader, keys, many, values, by_place=True)
