"""An organization's sequence: its counters and settings, locked first by every write.

On PostgreSQL `lock_sequence` locks both its rows (one that is only joined would be read as it was
before the wait). So within an organization transactions commit in the order of their seqs. On
SQLite there is one write transaction at a time anyway. Drawn numbers are written back once, at the
end of the transaction.
"""

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast

import msgspec

from common.errors import NotFound
from common.organization import OrganizationSettings
from server.domain.epochs import decode_epochs
from server.domain.policy_version import PolicySettings, PolicyVersions, decode_policy_version
from server.domain.webhooks.event_matching import Receiver
from server.storage.engine.job import Needs
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import (
    ReadTransaction,
    Row,
    TransactionState,
    WriteTransaction,
)
from server.storage.queries.log import policy_versions
from server.storage.queries.organization.organizations import decode_settings
from server.storage.tables.desk_tables import CounterModel, OrganizationModel

V = TypeVar("V")
_COLUMNS = """seq, ticket, person, api_key, settings, generation, webhooks, terms,
    route_at, sealed_day, epochs, written_at, unindexed_below,
    people_unindexed_below, attachment"""
_LOCK = Sql(
    sqlite=f"SELECT {_COLUMNS} FROM counters NATURAL JOIN organizations WHERE org_id = ?",
    postgresql=f"""SELECT {_COLUMNS} FROM counters NATURAL JOIN organizations
        WHERE org_id = %s FOR UPDATE""",
    places="org_id",
)
_KEEP = Statement(
    CounterModel.update(
        {
            field: param(field.name)
            for field in (
                CounterModel.seq,
                CounterModel.ticket,
                CounterModel.person,
                CounterModel.api_key,
                CounterModel.written_at,
                CounterModel.attachment,
            )
        }
    ).where(CounterModel.org_id == param("org_id"))
)
_MARK_RENAMED = Statement(
    CounterModel.update({CounterModel.renamed_seq: param("seq")}).where(
        CounterModel.org_id == param("org_id")
    )
)
NEWEST_SEQ = Statement(
    CounterModel.select(CounterModel.seq).where(CounterModel.org_id == param("org_id"))
)
_SEQS = Statement(CounterModel.select(CounterModel.org_id, CounterModel.seq))
_SAVE_SETTINGS = Statement(
    OrganizationModel.update(
        {OrganizationModel.settings: param("settings"), OrganizationModel.terms: param("terms")}
    ).where(OrganizationModel.org_id == param("org_id"))
)
_TURN = Statement(
    OrganizationModel.update({OrganizationModel.generation: param("generation")}).where(
        OrganizationModel.org_id == param("org_id")
    )
)
_SAVE_RECEIVERS = Statement(
    OrganizationModel.update({OrganizationModel.webhooks: param("webhooks")}).where(
        OrganizationModel.org_id == param("org_id")
    )
)
_ROUTE_AT = Statement(
    OrganizationModel.update({OrganizationModel.route_at: param("at")}).where(
        OrganizationModel.org_id == param("org_id")
    )
)


class _KnownState(NamedTuple):
    """The facts known about an organization after its event `seq` of the log `epoch`."""

    seq: int
    epoch: str
    values: dict[Any, Any]


class OrgSequence:
    """A locked organization: draws its numbers, and reads and saves its settings."""

    def __init__(
        self, org_id: int, writing: WriteTransaction, row: tuple[int, ...], text: str
    ) -> None:
        self.org_id = org_id
        self._writing = writing
        self.seq, self._ticket, self._person, self._api_key = row
        self.written_at = 0
        """The time of the last write to a ticket, in microseconds since 1970."""
        self._stamped: tuple[int, int] | None = None
        self._text = text
        self._settings: OrganizationSettings | None = None
        self._policy_book: PolicyVersions | None = None
        self.generation = 0
        self.webhooks: str | None = None
        self.terms = policy_versions.FIRST_VERSION
        self.route_at: int | None = None
        """The time at which the timekeeper routes the queue again; microseconds since 1970."""
        self.sealed_day: int | None = None
        self.unindexed_below = 0
        """Tickets with lower numbers are still missing in the search index."""
        self.people_unindexed_below = 0
        self.attachment = 0
        """The id of the newest attachment."""
        self.epoch = ""
        """The present epoch of the log."""
        self.known: dict[Any, Any] = {}
        """The values that the transaction before this one left; see `KnownValue`."""

    @property
    def settings(self) -> OrganizationSettings:
        if self._settings is None:
            self._settings = decode_settings(self._text)
        return self._settings

    def next_seq(self) -> int:
        self._save_at_commit()
        self.seq += 1
        return self.seq

    def next_write_time(self, now: int, number: int) -> int:
        """Returns the time at which a ticket's change is written, in microseconds since 1970.

        It never goes back along the log, even where the clock does or another server's is ahead,
        and no two tickets share one: a caller who asks for tickets updated after a time misses
        none. All changes of one unit of work to one ticket have the same time.
        """
        if self._stamped != (now, number):
            self._save_at_commit()
            self._stamped = now, number
            self.written_at = max(now, self.written_at + 1)
        return self.written_at

    def next_ticket_number(self) -> int:
        self._save_at_commit()
        self._ticket += 1
        return self._ticket

    def reserve_ticket_number(self, number: int) -> None:
        """Keeps a number given from outside (an import) from being drawn again."""
        if number > self._ticket:
            self._save_at_commit()
            self._ticket = number

    def next_user_id(self) -> int:
        """Returns the id of the next person, agent or customer: they share one sequence."""
        self._save_at_commit()
        self._person += 1
        return self._person

    def next_api_key_id(self) -> int:
        self._save_at_commit()
        self._api_key += 1
        return self._api_key

    def next_attachment_id(self) -> int:
        self._save_at_commit()
        self.attachment += 1
        return self.attachment

    @property
    def policy_book(self) -> PolicyVersions:
        """The present policy version, and the earlier ones that tickets still refer to."""
        if self._policy_book is None:
            read = partial(policy_versions.read_policy_version, self._writing, self.org_id)
            self._policy_book = PolicyVersions(decode_policy_version(self.terms, self._text), read)
        return self._policy_book

    def save_settings(self, settings: OrganizationSettings) -> None:
        """Saves settings; changed policies or another calendar are a new version."""
        before = PolicySettings.from_settings(self.settings)
        if PolicySettings.from_settings(settings) != before:
            policy_versions.save_policy_version(self._writing, self.org_id, self.terms, before)
            self.terms += 1
        self._text = msgspec.json.encode(settings).decode()
        self._settings = self._policy_book = None
        self._writing.write(
            _SAVE_SETTINGS, org_id=self.org_id, settings=self._text, terms=self.terms
        )

    def mark_renamed(self, seq: int) -> None:
        """Notes that a name or address has changed with this event, wherever it is shown."""
        self._writing.write(_MARK_RENAMED, org_id=self.org_id, seq=seq)

    @property
    def receivers(self) -> tuple[Receiver, ...]:
        """The active webhooks; empty at no cost for an organization without any."""
        return () if self.webhooks is None else _decode_receivers(self.webhooks)

    def save_receivers(self, receivers: Iterable[Receiver]) -> None:
        kept = tuple(receivers)
        self.webhooks = msgspec.json.encode(kept).decode() if kept else None
        self._writing.write(_SAVE_RECEIVERS, org_id=self.org_id, webhooks=self.webhooks)

    def begin_generation(self) -> int:
        """Begins a new generation of the stream, to which revoked clients are not admitted."""
        self.generation += 1
        self._writing.write(_TURN, org_id=self.org_id, generation=self.generation)
        return self.generation

    def plan_routing(self, at: int | None) -> None:
        """Plans when the queue is routed again, in microseconds since 1970; None cancels it."""
        if at != self.route_at:
            self.route_at = at
            self._writing.write(_ROUTE_AT, org_id=self.org_id, at=at)

    def _save_at_commit(self) -> None:
        self._writing.touched += 1
        self._writing.call_before_commit((OrgSequence, self.org_id), self._save_counters)

    def _save_counters(self, writing: WriteTransaction) -> None:
        writing.write_later(
            _KEEP,
            org_id=self.org_id,
            seq=self.seq,
            ticket=self._ticket,
            person=self._person,
            api_key=self._api_key,
            written_at=self.written_at,
            attachment=self.attachment,
        )


_LOCKED: Final = TransactionState[dict[int, OrgSequence]](dict)
"""The sequences that a transaction has locked, by organization."""


def _ask_for_lock(writing: WriteTransaction, org_id: int, _: object) -> None:
    writing.expect_row(_LOCK, org_id=org_id)


LOCK_NEEDS: Final = Needs(_ask_for_lock, None)
"""The needs of `lock_sequence`. They come first: what is asked for next is read under the lock."""


def lock_sequence(writing: WriteTransaction, org_id: int) -> OrgSequence:
    """Locks the organization for this transaction and returns its sequence. Raises NotFound.

    A second call returns the same object.
    """
    locked = _LOCKED.of(writing)
    sequence = locked.get(org_id)
    if sequence is None:
        row = writing.fetch_row(_LOCK, org_id=org_id)
        if row is None:
            raise NotFound
        sequence = locked[org_id] = _sequence_from_row(org_id, writing, row)
        _hand_known_state_on(writing, sequence)
    return sequence


def _hand_known_state_on(writing: WriteTransaction, sequence: OrgSequence) -> None:
    """Takes what is known, if it is of the newest event, and leaves it for the next transaction."""
    left: _KnownState | None = writing.cache.take_entry(sequence.org_id)
    if left is not None and (left.seq, left.epoch) == (sequence.seq, sequence.epoch):
        sequence.known = left.values

    def leave() -> None:
        state = _KnownState(sequence.seq, sequence.epoch, sequence.known)
        writing.cache.put_entry(sequence.org_id, state)

    writing.call_after_commit(leave)


class KnownValue(Generic[V]):
    """A typed key for what is known about an organization as of its newest event.

    A transaction finds the value that the one before it left, if nobody else has written an event
    in between; it must keep the value true, or drop it. After a rollback it is unknown.
    """

    def find(self, sequence: OrgSequence) -> V | None:
        return cast("V | None", sequence.known.get(self))

    def keep(self, sequence: OrgSequence, value: V) -> None:
        sequence.known[self] = value

    def drop(self, sequence: OrgSequence) -> V | None:
        """Forgets the value, and returns it where there was one."""
        return cast("V | None", sequence.known.pop(self, None))


def _sequence_from_row(org_id: int, writing: WriteTransaction, row: Row) -> OrgSequence:
    sequence = OrgSequence(org_id, writing, tuple(row[:4]), row[4])
    sequence.generation, sequence.webhooks = row[5:7]
    sequence.terms = row[7] or policy_versions.FIRST_VERSION
    sequence.route_at = row[8]
    sequence.sealed_day = row[9]
    sequence.epoch = decode_epochs(row[10]).current
    sequence.written_at = row[11] or 0
    sequence.unindexed_below, sequence.people_unindexed_below = row[12] or 0, row[13] or 0
    sequence.attachment = row[14] or 0
    return sequence


def read_newest_seq(reading: ReadTransaction, org_id: int) -> int:
    """Returns the organization's newest seq, as of this snapshot. Raises NotFound."""
    seq: int | None = reading.fetch_value(NEWEST_SEQ, org_id=org_id)
    if seq is None:
        raise NotFound
    return seq


def read_all_seqs(reading: ReadTransaction) -> dict[int, int]:
    """Returns every organization's newest seq."""
    return {row[0]: row[1] for row in reading.fetch_rows(_SEQS)}


@lru_cache(maxsize=1024)
def _decode_receivers(text: str) -> tuple[Receiver, ...]:
    return msgspec.json.decode(text, type=tuple[Receiver, ...])
