"""Surveys' rows: one invitation for each resolution of a ticket (`seq` is that of its event).

A row freezes who resolved it and under which category: what the ticket becomes later changes
nothing about whose work is rated.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Row, Writing
from server.storage.tables.notification_tables import Survey

DUE_AT_ONCE: Final = 100


class State(StrEnum):
    """`skipped`: its customer was asked shortly before, or is not there any more."""

    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Invitation(Struct, frozen=True):
    """A survey as stored; `due_at` in microseconds since 1970, None once it is settled."""

    org_id: int
    number: int
    seq: int
    customer_id: int
    state: State
    due_at: int | None


_INSERT = insert(Survey)
_INVITATIONS = Survey.select(*(getattr(Survey, name) for name in Invitation.__struct_fields__))
_THIS = (
    (Survey.org_id == param("org_id"))
    & (Survey.number == param("number"))
    & (Survey.seq == param("seq"))
)
_FIND = Statement(_INVITATIONS.where(_THIS))
_DUE = Statement(
    _INVITATIONS.where(Survey.due_at <= param("now")).order_by(Survey.due_at).limit(DUE_AT_ONCE)
)
_SETTLE = Statement(
    Survey.update(
        {Survey.state: param("state"), Survey.due_at: None, Survey.sent_at: param("sent_at")}
    ).where(_THIS)
)
_CANCEL = Statement(
    Survey.update({Survey.state: State.CANCELLED.value, Survey.due_at: None}).where(
        (Survey.org_id == param("org_id")) & (Survey.number == param("number"))
    )
)
_ASKED = Statement(
    Survey.select(Survey.seq)
    .where(
        (Survey.org_id == param("org_id"))
        & (Survey.customer_id == param("customer_id"))
        & (Survey.sent_at > param("since"))
    )
    .limit(1)
)


def add(
    writing: Writing,
    *,
    org_id: int,
    number: int,
    seq: int,
    customer_id: int,
    resolver_id: int | None,
    category: str,
    due_at: int,
) -> None:
    """An invitation to rate the resolution, to be sent at `due_at`, or soon after."""
    writing.add(
        _INSERT,
        org_id=org_id,
        number=number,
        seq=seq,
        customer_id=customer_id,
        resolver_id=resolver_id,
        category=category,
        state=State.WAITING.value,
        due_at=due_at,
        sent_at=None,
    )


def find(reading: Reading, org_id: int, number: int, seq: int) -> Invitation | None:
    row = reading.row(_FIND, org_id=org_id, number=number, seq=seq)
    return None if row is None else _invitation(row)


def due(reading: Reading, now: int) -> list[Invitation]:
    """Invitations whose time has come, the oldest first."""
    return [_invitation(row) for row in reading.rows(_DUE, now=now)]


def settle(writing: Writing, it: Invitation, state: State, sent_at: int | None) -> None:
    """What became of an invitation that was due."""
    writing.write(
        _SETTLE,
        org_id=it.org_id,
        number=it.number,
        seq=it.seq,
        state=state.value,
        sent_at=sent_at,
    )


def cancel(writing: Writing, org_id: int, number: int) -> None:
    """Takes every invitation of a ticket back: what it was resolved with did not hold.

    One that was sent keeps its time, because its customer was asked all the same.
    """
    writing.write(_CANCEL, org_id=org_id, number=number)


def was_asked(reading: Reading, org_id: int, customer_id: int, since: int) -> bool:
    """Whether the customer was sent an invitation after that time."""
    row = reading.row(_ASKED, org_id=org_id, customer_id=customer_id, since=since)
    return row is not None


def _invitation(row: Row) -> Invitation:
    return Invitation(row[0], row[1], row[2], row[3], State(row[4]), row[5])
