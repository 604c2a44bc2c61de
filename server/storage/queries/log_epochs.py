"""The logs' identities as they are stored, and how each log is given a new one."""

import secrets
from typing import Final

from msgspec import Struct

from common.errors import NotFound
from server.domain.epochs import Epochs, decode_epochs
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.tables.desk_tables import Counter, Organization

_JOINED: Final = Counter.select(
    Counter.org_id, Counter.seq, Organization.generation, Organization.epochs
).join(Organization, on=Organization.org_id == Counter.org_id)
_HEAD: Final = Statement(_JOINED.where(Counter.org_id == param("org_id")))
_HEADS: Final = Statement(_JOINED)
_SAVE: Final = Statement(
    Organization.update({Organization.epochs: param("epochs")}).where(
        Organization.org_id == param("org_id")
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
        """The log's identity."""
        return self.epochs.current


def new_epoch() -> str:
    """Returns an epoch that no other log has: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def read_head(reading: Reading, org_id: int) -> LogHead:
    """Returns the head of an organization's log. Raises NotFound."""
    row = reading.row(_HEAD, org_id=org_id)
    if row is None:
        raise NotFound
    return LogHead(row[0], row[1], row[2], decode_epochs(row[3]))


def read_heads(reading: Reading) -> list[LogHead]:
    """Returns the head of every organization's log."""
    return [
        LogHead(org_id, seq, generation, decode_epochs(epochs))
        for org_id, seq, generation, epochs in reading.rows(_HEADS)
    ]


def renew_epoch(writing: Writing, head: LogHead) -> None:
    """Gives a log a new identity, as one that was restored from a backup needs."""
    renewed = head.epochs.renewed(head.seq, new_epoch())
    writing.write(_SAVE, org_id=head.org_id, epochs=renewed.encode())


def renew_epochs(writing: Writing) -> int:
    """Gives every log a new identity; returns how many there are."""
    heads = read_heads(writing)
    for head in heads:
        renew_epoch(writing, head)
    return len(heads)
