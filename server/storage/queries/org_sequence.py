"""The ledger: an organization's counters and settings, taken first by every write.

On PostgreSQL taking it locks both its rows (one that is only joined would be read as it was
before the wait), so that within an organization transactions
commit in the order of their seqs; on SQLite the one write transaction at a time does. Drawn
numbers are written back once, at the end of the transaction.
"""

from collections.abc import Iterable
from functools import lru_cache, partial

import msgspec
import peewee as pw

from common.errors import NotFound
from common.organization import Settings
from server.domain.epochs import decode_epochs
from server.domain.policy_version import Book, Clauses, terms_of
from server.domain.webhooks.event_matching import Receiver
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries import policy_versions
from server.storage.tables.desk_tables import Counter, Organization, Ticket

_COLUMNS = """seq, ticket, agent, customer, api_key, settings, generation, webhooks, terms,
    route_at, sealed_day, epochs, written_at, unindexed_below,
    people_unindexed_below"""
_TAKE = Sql(
    sqlite=f"SELECT {_COLUMNS} FROM counters NATURAL JOIN organizations WHERE org_id = ?",
    postgresql=f"""SELECT {_COLUMNS} FROM counters NATURAL JOIN organizations
        WHERE org_id = %s FOR UPDATE""",
    places="org_id",
)
_KEEP = Statement(
    Counter.update(
        {
            field: param(field.name)
            for field in (
                Counter.seq,
                Counter.ticket,
                Counter.agent,
                Counter.customer,
                Counter.api_key,
                Counter.written_at,
            )
        }
    ).where(Counter.org_id == param("org_id"))
)
_MARK_RENAMED = Statement(
    Counter.update({Counter.renamed_seq: param("seq")}).where(Counter.org_id == param("org_id"))
)
SEQ = Statement(Counter.select(Counter.seq).where(Counter.org_id == param("org_id")))
_SEQS = Statement(Counter.select(Counter.org_id, Counter.seq))
_SETTINGS = Statement(
    Organization.select(Organization.settings).where(Organization.org_id == param("org_id"))
)
_SAVE_SETTINGS = Statement(
    Organization.update(
        {Organization.settings: param("settings"), Organization.terms: param("terms")}
    ).where(Organization.org_id == param("org_id"))
)
_TURN = Statement(
    Organization.update({Organization.generation: param("generation")}).where(
        Organization.org_id == param("org_id")
    )
)
_SAVE_RECEIVERS = Statement(
    Organization.update({Organization.webhooks: param("webhooks")}).where(
        Organization.org_id == param("org_id")
    )
)
_ROUTE_AT = Statement(
    Organization.update({Organization.route_at: param("at")}).where(
        Organization.org_id == param("org_id")
    )
)
_TO_ROUTE = Statement(
    Organization.select(Organization.org_id).where(Organization.route_at <= param("now")).limit(100)
)
_ROUTE_ALL = Statement(
    Organization.update({Organization.route_at: param("now")}).where(
        Organization.route_at.is_null()
        & pw.fn.EXISTS(
            Ticket.select(Ticket.number).where(
                (Ticket.org_id == Organization.org_id) & Ticket.waits_for.is_null(False)
            )
        )
    )
)
STREAM = Statement(
    Organization.select(Organization.generation, Organization.epochs).where(
        Organization.org_id == param("org_id")
    )
)

AGENTS_LIMIT = 9_000


class TooManyAgents(Exception):
    """Every agent's id has been drawn."""


class Ledger:
    """Draws the next of everything that is counted in one organization."""

    def __init__(self, org_id: int, writing: Writing, row: tuple[int, ...], text: str) -> None:
        self.org_id = org_id
        self._writing = writing
        self.seq, self._ticket, self._agent, self._customer, self._api_key = row
        self.written_at = 0
        """The time of the last write to a ticket, in microseconds since 1970."""
        self._stamped: tuple[int, int] | None = None
        self._text = text
        self.generation = 0
        self.webhooks: str | None = None
        self.terms = policy_versions.FIRST
        self.route_at: int | None = None
        """When the queue is to be looked at again: more has changed than one transaction does."""
        self.sealed_day: int | None = None
        self.unindexed_below = 0
        """Tickets with lower numbers are yet to be taken into the search index."""
        self.people_unindexed_below = 0
        self.epoch = ""
        """The identity of the log."""

    @property
    def settings(self) -> Settings:
        return settings_of(self._text)

    def next_seq(self) -> int:
        self._owe()
        self.seq += 1
        return self.seq

    def stamp(self, now: int, number: int) -> int:
        """Returns the time at which a ticket's change is written, in microseconds since 1970.

        It never goes back along the log, also where the clock does or another server's is ahead,
        and no two tickets share one: who asks for what was updated after a time misses nothing.
        What one turn does to one ticket, one event after the other, has one time.
        """
        if self._stamped != (now, number):
            self._owe()
            self._stamped = now, number
            self.written_at = max(now, self.written_at + 1)
        return self.written_at

    def next_ticket(self) -> int:
        self._owe()
        self._ticket += 1
        return self._ticket

    def keep_ticket(self, number: int) -> None:
        """A number that was given from outside (an import) is never drawn again."""
        if number > self._ticket:
            self._owe()
            self._ticket = number

    def next_user(self, *, agent: bool) -> int:
        """Agents' ids have four digits, customers' five and more.

        Stream subscriptions match by prefix: of two agents' ids none may begin the other, or one
        would hear the other's `user/ID` topic. Raises TooManyAgents past 9999.
        """
        self._owe()
        if not agent:
            self._customer += 1
            return self._customer
        if self._agent >= 1_000 + AGENTS_LIMIT - 1:
            raise TooManyAgents
        self._agent += 1
        return self._agent

    def next_api_key(self) -> int:
        self._owe()
        self._api_key += 1
        return self._api_key

    @property
    def book(self) -> Book:
        """The present terms, and the earlier ones that tickets still keep."""
        present = terms_of(self.terms, self._text)
        return Book(present, partial(policy_versions.find, self._writing, self.org_id))

    def save_settings(self, settings: Settings) -> None:
        """Another calendar or other policies are a new version; the old one is kept."""
        before = Clauses.of(self.settings)
        if Clauses.of(settings) != before:
            policy_versions.keep(self._writing, self.org_id, self.terms, before)
            self.terms += 1
        self._text = msgspec.json.encode(settings).decode()
        self._writing.write(
            _SAVE_SETTINGS, org_id=self.org_id, settings=self._text, terms=self.terms
        )

    def mark_renamed(self, seq: int) -> None:
        """Somebody's name or address is another since this event, wherever it is shown."""
        self._writing.write(_MARK_RENAMED, org_id=self.org_id, seq=seq)

    @property
    def receivers(self) -> tuple[Receiver, ...]:
        """The active webhooks: an organization without any pays nothing for them."""
        return () if self.webhooks is None else _receivers(self.webhooks)

    def save_receivers(self, receivers: Iterable[Receiver]) -> None:
        kept = tuple(receivers)
        self.webhooks = msgspec.json.encode(kept).decode() if kept else None
        self._writing.write(_SAVE_RECEIVERS, org_id=self.org_id, webhooks=self.webhooks)

    def turn(self) -> int:
        """Begins a new generation of the stream, where the revoked are not admitted."""
        self.generation += 1
        self._writing.write(_TURN, org_id=self.org_id, generation=self.generation)
        return self.generation

    def plan_routing(self, at: int | None) -> None:
        """When the queue is to be looked at again, in microseconds since 1970."""
        if at != self.route_at:
            self.route_at = at
            self._writing.write(_ROUTE_AT, org_id=self.org_id, at=at)

    def _owe(self) -> None:
        self._writing.touched += 1
        self._writing.before_commit[Ledger, self.org_id] = self._keep

    def _keep(self, writing: Writing) -> None:
        writing.write(
            _KEEP,
            org_id=self.org_id,
            seq=self.seq,
            ticket=self._ticket,
            agent=self._agent,
            customer=self._customer,
            api_key=self._api_key,
            written_at=self.written_at,
        )


def take(writing: Writing, org_id: int) -> Ledger:
    """The organization's ledger, once for each transaction. Raises NotFound."""
    ledger: Ledger | None = writing.notes.get((Ledger, org_id))
    if ledger is None:
        row = writing.row(_TAKE, org_id=org_id)
        if row is None:
            raise NotFound
        ledger = Ledger(org_id, writing, tuple(row[:5]), row[5])
        ledger.generation, ledger.webhooks = row[6:8]
        ledger.terms = row[8] or policy_versions.FIRST
        ledger.route_at = row[9]
        ledger.sealed_day = row[10]
        ledger.epoch = decode_epochs(row[11]).current
        ledger.written_at = row[12] or 0
        ledger.unindexed_below, ledger.people_unindexed_below = row[13] or 0, row[14] or 0
        writing.notes[Ledger, org_id] = ledger
    return ledger


def seq_of(reading: Reading, org_id: int) -> int:
    """The organization's newest seq, as of this snapshot. Raises NotFound."""
    seq: int | None = reading.value(SEQ, org_id=org_id)
    if seq is None:
        raise NotFound
    return seq


def all_seqs(reading: Reading) -> dict[int, int]:
    """Every organization's newest seq."""
    return {row[0]: row[1] for row in reading.rows(_SEQS)}


def to_route(reading: Reading, now: int) -> list[int]:
    """Organizations whose queue is to be looked at by now."""
    return [row[0] for row in reading.rows(_TO_ROUTE, now=now)]


def route_all(writing: Writing, now: int) -> None:
    """Every organization in which tickets wait is to be looked at."""
    writing.write(_ROUTE_ALL, now=now)


def read_settings(reading: Reading, org_id: int) -> Settings:
    """The organization's settings. Raises NotFound."""
    text: str | None = reading.value(_SETTINGS, org_id=org_id)
    if text is None:
        raise NotFound
    return settings_of(text)


@lru_cache(maxsize=1024)
def settings_of(text: str) -> Settings:
    """Settings from their stored text."""
    return msgspec.json.decode(text, type=Settings)


@lru_cache(maxsize=1024)
def _receivers(text: str) -> tuple[Receiver, ...]:
    return msgspec.json.decode(text, type=tuple[Receiver, ...])
