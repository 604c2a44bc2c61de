"""Accepted mails: what became of each, and its bytes. See `InboundMailModel`."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

import peewee as pw
from msgspec import Struct
from msgspec.structs import asdict

from server.storage.engine.statement import Sql, Statement, build_insert, param
from server.storage.engine.transaction import (
    ReadTransaction,
    Row,
    TransactionState,
    WriteTransaction,
)
from server.storage.tables.intake_tables import InboundMailModel


class InboundState(StrEnum):
    """The end of a mail that came in; `note` is an automatic answer, `bounce` a delivery report."""

    TICKET = "ticket"
    MESSAGE = "message"
    NOTE = "note"
    BOUNCE = "bounce"
    HELD = "held"
    DISCARDED = "discarded"


class InboundMail(Struct, frozen=True, kw_only=True):
    """An accepted mail without its bytes; `received_at` in microseconds since 1970."""

    org_id: int
    id: int
    fingerprint: str
    received_at: int
    state: InboundState
    reason: str | None = None
    inbox: str
    sender: str | None = None
    sender_id: int | None = None
    subject: str = ""
    message_id: str | None = None
    number: int | None = None
    seq: int | None = None
    verified: bool = False
    size: int = 0


_M: Final = InboundMailModel
_FIELDS: Final = [getattr(_M, name) for name in InboundMail.__struct_fields__]
_OWN: Final = _M.org_id == param("org_id")
_THIS: Final = _OWN & (_M.id == param("id"))
_OF_TICKET: Final = _OWN & (_M.number == param("number"))
_IS_MESSAGE: Final = _M.state.in_(
    [it.value for it in (InboundState.TICKET, InboundState.MESSAGE, InboundState.NOTE)]
)
"""True for a mail that became a text of its ticket; a report that names the ticket did not."""
_IS_HELD: Final = pw.SQL('"t1"."state" = \'held\'')
"""The condition of the index of held mails, as a literal: with a parameter it would not be used."""
_LAST_IDS: Final = TransactionState[dict[int, int]](dict)
"""The last id that a transaction has read or given, by organization."""
_LAST = Statement(_M.select(pw.fn.MAX(_M.id)).where(_OWN))
_INSERT = build_insert(_M)
_FIND = Statement(_M.select(*_FIELDS).where(_THIS))
_BY_FINGERPRINT = Statement(
    _M.select(*_FIELDS).where(_OWN & (_M.fingerprint == param("fingerprint")))
)
_OF_MESSAGE = Statement(
    _M.select(*_FIELDS)
    .where(_OF_TICKET & _IS_MESSAGE & (pw.fn.COALESCE(_M.seq, 0) == param("seq")))
    .order_by(_M.id)
    .limit(1)
)
_LIST_OF_TICKET = Statement(_M.select(*_FIELDS).where(_OF_TICKET & _IS_MESSAGE).order_by(_M.id))
_HELD = Statement(
    _M.select(*_FIELDS)
    .where(_OWN & (_M.id > param("after")) & _IS_HELD)
    .order_by(_M.id)
    .limit(param("limit"))
)
_RECENT = Statement(
    _M.select(
        pw.fn.COUNT(_M.id),
        pw.fn.COUNT(pw.Case(None, [(_M.state == InboundState.TICKET.value, 1)])),
    ).where(_OWN & (_M.sender_id == param("sender_id")) & (_M.received_at > param("since")))
)
_CONTENT = Statement(_M.select(_M.content).where(_THIS))
_HEAD = Statement(_M.select(pw.fn.SUBSTR(_M.content, 1, param("length"))).where(_THIS))
_SETTLE = Statement(
    _M.update(
        {
            _M.state: param("state"),
            _M.number: param("number"),
            _M.seq: param("seq"),
            _M.sender_id: param("sender_id"),
            _M.verified: param("verified"),
        }
    ).where(_THIS & (_M.state == InboundState.HELD.value))
)
_DROP: Final[dict[Any, Any]] = {_M.content: None, _M.subject: "", _M.message_id: None}
_DROP_OF_TICKET = Statement(
    _M.update(_DROP).where(_OF_TICKET & (_M.content.is_null(False) | (_M.subject != "")))
)
_DROP_ONE = Statement(_M.update({**_DROP, _M.sender: None}).where(_THIS))
_ERASE = Statement(
    _M.update({**_DROP, _M.sender: None}).where(
        _OWN
        & ((_M.sender_id == param("sender_id")) | (_M.sender == param("sender")))
        & (_M.content.is_null(False) | _M.sender.is_null(False))
    )
)
_NOTES_OF_SENDER = Statement(
    _M.select(_M.number, _M.seq)
    .where(
        _OWN
        & ((_M.sender_id == param("sender_id")) | (_M.sender == param("sender")))
        & (_M.state == InboundState.NOTE.value)
    )
    .order_by(_M.id)
)
_SENDER_ADDRESSES = Statement(
    _M.select(_M.sender)
    .where(_OWN & (_M.sender_id == param("sender_id")) & _M.sender.is_null(False))
    .order_by(_M.sender)
    .distinct()
)
_SCANNED_BYTES: Final = 65_536
_DROP_NAMING = Sql(
    # Held mails are still to be decided upon.
    sqlite=f"""UPDATE inbound_mails SET content = NULL, subject = '', message_id = NULL
        WHERE org_id = ? AND content IS NOT NULL AND state <> 'held'
        AND instr(lower(CAST(substr(content, 1, {_SCANNED_BYTES}) AS TEXT)), ?) > 0""",
    postgresql=f"""UPDATE inbound_mails SET content = NULL, subject = '', message_id = NULL
        WHERE org_id = %s AND content IS NOT NULL AND state <> 'held'
        AND strpos(lower(encode(substr(content, 1, {_SCANNED_BYTES}), 'escape')), %s) > 0""",
    places="org_id address",
)


def read_last_mail_id(reading: ReadTransaction, org_id: int) -> int:
    """Returns the id of the organization's latest mail, 0 without any."""
    return int(reading.fetch_value(_LAST, org_id=org_id) or 0)


def next_mail_id(writing: WriteTransaction, org_id: int) -> int:
    """Returns the id of the organization's next mail; its sequence is locked."""
    last_ids = _LAST_IDS.of(writing)
    if org_id not in last_ids:
        last_ids[org_id] = read_last_mail_id(writing, org_id)
    last_ids[org_id] += 1
    return last_ids[org_id]


def add_inbound_mail(writing: WriteTransaction, mail: InboundMail, content: bytes) -> None:
    writing.write(_INSERT, **asdict(mail) | {"state": mail.state.value}, content=content)


def find_inbound_mail(reading: ReadTransaction, org_id: int, mail_id: int) -> InboundMail | None:
    row = reading.fetch_row(_FIND, org_id=org_id, id=mail_id)
    return None if row is None else _inbound_from_row(row)


def find_by_fingerprint(
    reading: ReadTransaction, org_id: int, fingerprint: str
) -> InboundMail | None:
    """Returns the mail that came before with the same Message-ID, or the same bytes."""
    row = reading.fetch_row(_BY_FINGERPRINT, org_id=org_id, fingerprint=fingerprint)
    return None if row is None else _inbound_from_row(row)


def find_mail_of_message(
    reading: ReadTransaction, org_id: int, number: int, seq: int
) -> InboundMail | None:
    """Returns the mail that a message came in; seq 0 stands for the ticket's own text."""
    row = reading.fetch_row(_OF_MESSAGE, org_id=org_id, number=number, seq=seq)
    return None if row is None else _inbound_from_row(row)


def list_mails_of_ticket(reading: ReadTransaction, org_id: int, number: int) -> list[InboundMail]:
    """Returns the mails that became texts of a ticket, in the order in which they came."""
    rows = reading.fetch_rows(_LIST_OF_TICKET, org_id=org_id, number=number)
    return [_inbound_from_row(row) for row in rows]


def list_held_mails(
    reading: ReadTransaction, org_id: int, after: int, limit: int
) -> list[InboundMail]:
    """Returns mails that wait for a supervisor, with ids above `after`, ascending."""
    rows = reading.fetch_rows(_HELD, org_id=org_id, after=after, limit=limit)
    return [_inbound_from_row(row) for row in rows]


def count_recent_mails(
    reading: ReadTransaction, org_id: int, sender_id: int, since: int
) -> tuple[int, int]:
    """Returns how many mails of a person came since then, and how many became tickets."""
    row = reading.fetch_row(_RECENT, org_id=org_id, sender_id=sender_id, since=since)
    return (0, 0) if row is None else (row[0], row[1])


def read_mail_content(reading: ReadTransaction, org_id: int, mail_id: int) -> bytes | None:
    """Returns a mail's bytes; None once its words were removed."""
    for row in reading.fetch_large_rows(_CONTENT, org_id=org_id, id=mail_id):
        return None if row[0] is None else bytes(row[0])
    return None


def read_mail_head(
    reading: ReadTransaction, org_id: int, mail_id: int, length: int
) -> bytes | None:
    """Returns the first bytes of a mail; None once its words were removed."""
    row = reading.fetch_row(_HEAD, org_id=org_id, id=mail_id, length=length)
    return None if row is None or row[0] is None else bytes(row[0])


def settle_held_mail(writing: WriteTransaction, settled: InboundMail) -> None:
    """Writes what became of a held mail."""
    writing.write(
        _SETTLE,
        org_id=settled.org_id,
        id=settled.id,
        state=settled.state.value,
        number=settled.number,
        seq=settled.seq,
        sender_id=settled.sender_id,
        verified=settled.verified,
    )


def drop_mail(writing: WriteTransaction, org_id: int, mail_id: int) -> None:
    """Removes a mail's words and bytes. The row stays: the mail does not come again."""
    writing.write(_DROP_ONE, org_id=org_id, id=mail_id)


def drop_mails_of_ticket(writing: WriteTransaction, org_id: int, number: int) -> bool:
    """Removes the words and bytes of a ticket's mails; returns whether there were any."""
    return bool(writing.write(_DROP_OF_TICKET, org_id=org_id, number=number))


def list_sender_addresses(reading: ReadTransaction, org_id: int, person_id: int) -> list[str]:
    """Returns every address that a person has sent mail from."""
    rows = reading.fetch_rows(_SENDER_ADDRESSES, org_id=org_id, sender_id=person_id)
    return [row[0] for row in rows]


def erase_mails_of_person(
    writing: WriteTransaction, org_id: int, person_id: int, addresses: Iterable[str]
) -> bool:
    """Removes a person's mails, held ones by the address; returns whether there were any."""
    values = {"org_id": org_id, "sender_id": person_id}
    counts = [writing.write(_ERASE, **values, sender=address) for address in addresses]
    return any(counts)


def drop_mails_naming(writing: WriteTransaction, org_id: int, addresses: Iterable[str]) -> bool:
    """Removes the mails of others with an address in their first 64 kB, such as in `Cc`.

    Reads every mail of the organization. Returns whether there were any.
    """
    counts = [writing.write(_DROP_NAMING, org_id=org_id, address=it) for it in addresses]
    return any(counts)


def list_notes_from_mails(
    reading: ReadTransaction, org_id: int, person_id: int, addresses: Iterable[str]
) -> set[tuple[int, int]]:
    """Returns ticket and seq of each note that the system made of a person's automatic mail."""
    key = {"org_id": org_id, "sender_id": person_id}
    rows = [reading.fetch_rows(_NOTES_OF_SENDER, **key, sender=it) for it in addresses]
    return {(row[0], row[1]) for found in rows for row in found}


def _inbound_from_row(row: Row) -> InboundMail:
    values: dict[str, Any] = dict(zip(InboundMail.__struct_fields__, row, strict=True))
    values |= {"state": InboundState(values["state"]), "verified": bool(values["verified"])}
    return InboundMail(**values)
