"""Surveys: one invitation for each resolution of a ticket (`seq` is that of its event).

A row keeps who resolved the ticket and in which category: later changes of the ticket do not change
whose work is rated.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.tables.notification_tables import SurveyModel

DUE_AT_ONCE: Final = 100


class SurveyState(StrEnum):
    """The state of a survey; `skipped`: the customer was asked recently, or is gone."""

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
    state: SurveyState
    due_at: int | None


_INSERT = build_insert(SurveyModel)
_INVITATIONS = SurveyModel.select(
    *(getattr(SurveyModel, name) for name in Invitation.__struct_fields__)
)
_THIS = (
    (SurveyModel.org_id == param("org_id"))
    & (SurveyModel.number == param("number"))
    & (SurveyModel.seq == param("seq"))
)
_FIND = Statement(_INVITATIONS.where(_THIS))
_DUE = Statement(
    _INVITATIONS.where(SurveyModel.due_at <= param("now"))
    .order_by(SurveyModel.due_at)
    .limit(DUE_AT_ONCE)
)
_SETTLE = Statement(
    SurveyModel.update(
        {
            SurveyModel.state: param("state"),
            SurveyModel.due_at: None,
            SurveyModel.sent_at: param("sent_at"),
        }
    ).where(_THIS)
)
_CANCEL = Statement(
    SurveyModel.update(
        {SurveyModel.state: SurveyState.CANCELLED.value, SurveyModel.due_at: None}
    ).where((SurveyModel.org_id == param("org_id")) & (SurveyModel.number == param("number")))
)
_ASKED = Statement(
    SurveyModel.select(SurveyModel.seq)
    .where(
        (SurveyModel.org_id == param("org_id"))
        & (SurveyModel.customer_id == param("customer_id"))
        & (SurveyModel.sent_at > param("since"))
    )
    .limit(1)
)


def add_invitation(
    writing: WriteTransaction,
    *,
    org_id: int,
    number: int,
    seq: int,
    customer_id: int,
    resolver_id: int | None,
    category: str,
    due_at: int,
) -> None:
    """Plans an invitation to rate the resolution, to be sent at `due_at` or soon after."""
    writing.write_later(
        _INSERT,
        org_id=org_id,
        number=number,
        seq=seq,
        customer_id=customer_id,
        resolver_id=resolver_id,
        category=category,
        state=SurveyState.WAITING.value,
        due_at=due_at,
        sent_at=None,
    )


def find_invitation(
    reading: ReadTransaction, org_id: int, number: int, seq: int
) -> Invitation | None:
    row = reading.fetch_row(_FIND, org_id=org_id, number=number, seq=seq)
    return None if row is None else _invitation_from_row(row)


def list_due_invitations(reading: ReadTransaction, now: int) -> list[Invitation]:
    """Returns due invitations, oldest first."""
    return [_invitation_from_row(row) for row in reading.fetch_rows(_DUE, now=now)]


def settle_invitation(
    writing: WriteTransaction, it: Invitation, state: SurveyState, sent_at: int | None
) -> None:
    """Writes the final state of an invitation that was due."""
    writing.write(
        _SETTLE,
        org_id=it.org_id,
        number=it.number,
        seq=it.seq,
        state=state.value,
        sent_at=sent_at,
    )


def cancel_invitations(writing: WriteTransaction, org_id: int, number: int) -> None:
    """Cancels every invitation of a ticket whose resolution was undone.

    One that was sent keeps its time, because the customer was asked all the same.
    """
    writing.write_later(_CANCEL, org_id=org_id, number=number)


def was_recently_invited(
    reading: ReadTransaction, org_id: int, customer_id: int, since: int
) -> bool:
    """Returns whether the customer was sent an invitation after that time."""
    row = reading.fetch_row(_ASKED, org_id=org_id, customer_id=customer_id, since=since)
    return row is not None


def _invitation_from_row(row: Row) -> Invitation:
    return Invitation(row[0], row[1], row[2], row[3], SurveyState(row[4]), row[5])
