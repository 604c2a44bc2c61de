"""Epochs: the stored identities of logs, and new ones after a restore."""

import secrets
from typing import Final

from msgspec import Struct

from common.errors import NotFound
from server.domain.epochs import Epochs, decode_epochs
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import CounterModel, OrganizationModel

_JOINED: Final = CounterModel.select(
    CounterModel.org_id, CounterModel.seq, OrganizationModel.generation, OrganizationModel.epochs
).join(OrganizationModel, on=OrganizationModel.org_id == CounterModel.org_id)
_HEAD: Final = Statement(_JOINED.where(CounterModel.org_id == param("org_id")))
_HEADS: Final = Statement(_JOINED)
_SAVE: Final = Statement(
    OrganizationModel.update({OrganizationModel.epochs: param("epochs")}).where(
        OrganizationModel.org_id == param("org_id")
    )
)


class LogHead(Struct, frozen=True):
    """The newest seq of a log, the generation of its stream, and the log's epochs."""

    org_id: int
    seq: int
    generation: int
    epochs: Epochs

    @property
    def epoch(self) -> str:
        """The log's present epoch."""
        return self.epochs.current


def generate_epoch() -> str:
    """Returns an epoch that no other log has: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def read_head(reading: ReadTransaction, org_id: int) -> LogHead:
    """Returns the head of an organization's log. Raises NotFound."""
    row = reading.fetch_row(_HEAD, org_id=org_id)
    if row is None:
        raise NotFound
    return LogHead(row[0], row[1], row[2], decode_epochs(row[3]))


def read_heads(reading: ReadTransaction) -> list[LogHead]:
    """Returns the head of every organization's log."""
    return [
        LogHead(org_id, seq, generation, decode_epochs(epochs))
        for org_id, seq, generation, epochs in reading.fetch_rows(_HEADS)
    ]


def renew_epoch(writing: WriteTransaction, head: LogHead) -> None:
    """Gives a log a new epoch, as after a restore from a backup."""
    renewed = head.epochs.add_epoch(head.seq, generate_epoch())
    writing.write(_SAVE, org_id=head.org_id, epochs=renewed.encode())


def renew_epochs(writing: WriteTransaction) -> int:
    """Gives every log a new epoch; returns how many there are."""
    heads = read_heads(writing)
    for head in heads:
        renew_epoch(writing, head)
    return len(heads)
