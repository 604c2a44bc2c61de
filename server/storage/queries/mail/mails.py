"""Queued mails: who gets a mail about which event. Its text is rendered from the log.

A claim moves the due time to the end of its lease, so a server that crashes leaves a row that
becomes due again. Only the server that saw the present due time can claim a row, and only the
lease's holder can settle it: no two servers send the same mail.
"""

from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.tables.notification_tables import MailModel

DUE_AT_ONCE: Final = 50
DIGEST_AT_ONCE: Final = 500


class MailState(StrEnum):
    """The end of a mail; `dropped`: by its due time there was nothing or nobody to send to."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class QueuedMail(Struct, frozen=True, kw_only=True):
    """A mail to send. `due_at` in microseconds since 1970; `attempts` so far."""

    id: int
    org_id: int
    user_id: int
    number: int | None
    seq: int
    reason: str
    digest: bool
    attempts: int
    due_at: int


_COLUMNS = "org_id, user_id, number, seq, reason, digest, state, attempts, due_at"
_INSERT = Sql(
    sqlite=f"INSERT INTO mails ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    postgresql=f"INSERT INTO mails ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
    places=_COLUMNS.replace(",", ""),
)
_MAILS = MailModel.select(*(getattr(MailModel, name) for name in QueuedMail.__struct_fields__))
_DUE = Statement(
    _MAILS.where(MailModel.due_at <= param("now"))
    .order_by(MailModel.due_at, MailModel.id)
    .limit(DUE_AT_ONCE)
)
_DUE_IN_DIGEST = Statement(
    _MAILS.where(
        (MailModel.org_id == param("org_id"))
        & (MailModel.user_id == param("user_id"))
        & (MailModel.digest == param("yes"))
        & (MailModel.due_at <= param("now"))
    )
    .order_by(MailModel.id)
    .limit(DIGEST_AT_ONCE)
)
_SENT_IN_DIGEST = Statement(
    MailModel.select(MailModel.number, MailModel.seq)
    .where(
        (MailModel.id >= param("first_row"))
        & (MailModel.id <= param("last_row"))
        & (MailModel.org_id == param("org_id"))
        & (MailModel.user_id == param("user_id"))
        & (MailModel.digest == param("yes"))
        & (MailModel.state == MailState.SENT.value)
    )
    .order_by(MailModel.id)
    .limit(DIGEST_AT_ONCE)
)
_CLAIM = Statement(
    MailModel.update(
        {
            MailModel.due_at: param("until"),
            MailModel.attempts: MailModel.attempts + 1,
            MailModel.lease: param("lease"),
        }
    ).where((MailModel.id == param("id")) & (MailModel.due_at == param("due_at")))
)
_SETTLE = Statement(
    MailModel.update(
        {
            MailModel.state: param("state"),
            MailModel.due_at: param("due_at"),
            MailModel.error: param("error"),
            MailModel.settled_at: param("settled_at"),
            MailModel.lease: None,
        }
    ).where((MailModel.id == param("id")) & (MailModel.due_at == param("until")))
)
_RELEASE = Statement(
    MailModel.update(
        {
            MailModel.due_at: param("due_at"),
            MailModel.attempts: MailModel.attempts - 1,
            MailModel.lease: None,
        }
    ).where((MailModel.id == param("id")) & (MailModel.due_at == param("until")))
)
_LEASES = Statement(
    MailModel.select(MailModel.lease).where(MailModel.lease.is_null(False)).distinct()
)
_END_LEASE = Statement(
    # The attempt counts: it may be this mail that ended the process.
    MailModel.update({MailModel.due_at: param("now"), MailModel.lease: None}).where(
        MailModel.lease == param("lease")
    )
)
_DROP = Statement(
    MailModel.delete().where(
        (MailModel.org_id == param("org_id"))
        & (MailModel.number == param("number"))
        & (MailModel.user_id == param("user_id"))
        & MailModel.due_at.is_null(False)
    )
)
_PURGE = Statement(
    MailModel.delete().where(
        MailModel.id.in_(
            MailModel.select(MailModel.id).where(MailModel.settled_at < param("before")).limit(500)
        )
    )
)


def queue_mail(
    writing: WriteTransaction,
    *,
    org_id: int,
    user_id: int,
    number: int | None,
    seq: int,
    reason: str,
    due_at: int,
    digest: bool = False,
) -> None:
    """Queues a mail, to be sent at `due_at` or soon after."""
    writing.write_later(
        _INSERT,
        org_id=org_id,
        user_id=user_id,
        number=number,
        seq=seq,
        reason=reason,
        digest=digest,
        state=MailState.QUEUED.value,
        attempts=0,
        due_at=due_at,
    )


def drop_queued_mails(writing: WriteTransaction, org_id: int, number: int, user_id: int) -> None:
    """Deletes the mails about a ticket that still wait to be sent to a person."""
    writing.write(_DROP, org_id=org_id, number=number, user_id=user_id)


def list_due_mails(reading: ReadTransaction, now: int) -> list[QueuedMail]:
    """Returns due mails, longest first; a digest with everything that is due for it."""
    rows = [_mail_from_row(row) for row in reading.fetch_rows(_DUE, now=now)]
    found = {mail.id: mail for mail in rows if not mail.digest}
    for org_id, user_id in dict.fromkeys((it.org_id, it.user_id) for it in rows if it.digest):
        more = reading.fetch_rows(_DUE_IN_DIGEST, org_id=org_id, user_id=user_id, yes=True, now=now)
        found |= {row[0]: _mail_from_row(row) for row in more}
    return list(found.values())


def list_events_of_digest(
    reading: ReadTransaction, org_id: int, user_id: int, first_row: int, last_row: int
) -> list[tuple[int | None, int]]:
    """Returns ticket and seq of each event in a digest that was sent to a person."""
    rows = reading.fetch_rows(
        _SENT_IN_DIGEST,
        org_id=org_id,
        user_id=user_id,
        yes=True,
        first_row=first_row,
        last_row=last_row,
    )
    return [(row[0], row[1]) for row in rows]


def claim_mails(
    writing: WriteTransaction, mails: list[QueuedMail], until: int, lease: str | None = None
) -> list[QueuedMail]:
    """Claims mails, and returns those that no other server has claimed meanwhile.

    `lease` identifies this process.
    """
    return [
        mail
        for mail in sorted(mails, key=lambda it: it.id)
        if writing.write(_CLAIM, id=mail.id, due_at=mail.due_at, until=until, lease=lease)
    ]


def list_leases(reading: ReadTransaction) -> list[str]:
    """Returns the processes that are sending mails, or were when they ended."""
    return [row[0] for row in reading.fetch_rows(_LEASES)]


def end_lease(writing: WriteTransaction, lease: str, now: int) -> int:
    """Makes the mails due that a process was sending when it ended; returns how many."""
    return writing.write(_END_LEASE, lease=lease, now=now)


def settle_mail(
    writing: WriteTransaction, mail: QueuedMail, until: int, state: MailState, now: int, error: str
) -> bool:
    """Writes the final state of a mail that is claimed until then; answers whether it still is."""
    changed = writing.write(
        _SETTLE,
        id=mail.id,
        until=until,
        state=state.value,
        due_at=None,
        error=error or None,
        settled_at=now,
    )
    return changed > 0


def postpone_mail(
    writing: WriteTransaction, mail: QueuedMail, until: int, due_at: int, error: str
) -> None:
    """Plans another attempt for a claimed mail."""
    writing.write(
        _SETTLE,
        id=mail.id,
        until=until,
        state=MailState.QUEUED.value,
        due_at=due_at,
        error=error,
        settled_at=None,
    )


def release_mail(writing: WriteTransaction, mail: QueuedMail, until: int, due_at: int) -> None:
    """Releases a claimed mail that was not tried; that is no attempt."""
    writing.write(_RELEASE, id=mail.id, until=until, due_at=due_at)


def purge_settled_mails(writing: WriteTransaction, before: int) -> int:
    """Deletes some rows of mails that were settled before then; returns how many."""
    return writing.write(_PURGE, before=before)


def _mail_from_row(row: Row) -> QueuedMail:
    return msgspec.convert(
        dict(zip(QueuedMail.__struct_fields__, row, strict=True)), QueuedMail, strict=False
    )
