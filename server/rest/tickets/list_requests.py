"""What a caller asks of the ticket list, and the page that answers it."""

from datetime import datetime
from typing import Any, Final

from msgspec import UNSET, UnsetType

from common.errors import Invalid
from common.people import Actor
from common.queries import TicketQuery
from common.tickets.ticket import Priority, Status
from common.wire import Page, TicketView
from server.domain.tokenizer import Group, groups_of
from server.rendering import views
from server.rest.core.cursor import decode, encode
from server.storage.engine.optional_timestamps import stored
from server.storage.engine.transaction import Reading
from server.storage.queries import org_sequence, ticket_lists, ticket_search
from server.storage.queries.ticket_lists import Found, Shape

_NUMBERS: Final = 2**53


class Wish:
    """A ticket query by a caller: its shape and the values that fill it."""

    def __init__(self, dialect: str, actor: Actor, query: TicketQuery) -> None:
        self._actor = actor
        self._query = query
        self._dialect = dialect
        self._values: dict[str, Any] = {"org_id": actor.org_id, "limit": query.limit + 1}
        self._asks_for_nothing = False
        self._groups = self._make_groups()
        self._shape = self._make_shape()

    @property
    def is_single(self) -> bool:
        """Returns whether one statement answers it; a search asks first how common words are."""
        return not self._groups

    def page(self, reading: Reading) -> Page[TicketView]:
        """One page, with the seq at which it is true."""
        found, seq = self._found(reading)
        more = len(found) > self._query.limit
        found = found[: self._query.limit]
        internal = self._actor.sees_internal
        items = [
            views.ticket(
                item.ticket,
                item.customer,
                item.assignee,
                name_of=item.name_of if internal else None,
            )
            for item in found
        ]
        next_cursor = self._cursor_after(found[-1]) if more else None
        return Page(items, next_cursor, seq)

    def _found(self, reading: Reading) -> tuple[list[Found], int]:
        if self._asks_for_nothing:
            return [], org_sequence.seq_of(reading, self._actor.org_id)
        if self._groups:
            return ticket_search.page(reading, self._shape, self._values, self._groups)
        return ticket_lists.page(reading, self._shape, self._values)

    def _make_shape(self) -> Shape:
        query = self._query
        statuses = [status.value for status in query.status] or [s.value for s in Status]
        return Shape(
            dialect=self._dialect,
            statuses=self._fill("status", statuses),
            priorities=self._fill("priority", [Priority(p).rank for p in query.priority]),
            categories=self._fill("category", query.category),
            assignees=self._fill("assignee", self._assignees()),
            unassigned="none" in query.assignee,
            customers=self._fill("customer", self._customers()),
            tags=self._fill("tag", self._tags()),
            external_ids=self._fill("external_id", self._external_ids()),
            created_after=self._instant("created_after", query.created_after),
            created_before=self._instant("created_before", query.created_before),
            updated_after=self._instant("updated_after", query.updated_after),
            last_seq_after=self._seq("last_seq_after", query.last_seq_after),
            public=not self._actor.sees_internal,
            sort=query.sort.lstrip("-"),
            descending=query.sort.startswith("-"),
            cursor=self._cursor(),
        )

    def _fill(self, name: str, values: list[Any]) -> int:
        distinct = list(dict.fromkeys(values))
        self._values |= {f"{name}{n}": value for n, value in enumerate(distinct)}
        return len(distinct)

    def _instant(self, name: str, at: datetime | UnsetType) -> bool:
        if at is UNSET:
            return False
        self._values[name] = stored(at)
        return True

    def _seq(self, name: str, seq: int | UnsetType) -> bool:
        if seq is UNSET:
            return False
        self._values[name] = seq
        return True

    def _assignees(self) -> list[int]:
        named = [who for who in self._query.assignee if who != "none"]
        return [(self._actor.id or 0) if who == "me" else int(who) for who in named]

    def _customers(self) -> list[int]:
        """Customers see their own tickets, whoever they ask for."""
        if not self._actor.is_customer:
            return self._query.customer
        own = self._actor.id or 0
        if self._query.customer and own not in self._query.customer:
            self._asks_for_nothing = True
        return [own]

    def _tags(self) -> list[str]:
        """Tickets have no tags for who does not see them."""
        if self._query.tag and not self._actor.sees_internal:
            self._asks_for_nothing = True
        return self._query.tag

    def _external_ids(self) -> list[str]:
        """Returns the ids to filter by; a caller who does not see the field is to find nothing."""
        if self._query.external_id and not self._actor.sees_internal:
            self._asks_for_nothing = True
        return self._query.external_id

    def _make_groups(self) -> list[Group]:
        if self._query.q is UNSET:
            return []
        groups = groups_of(self._query.q)
        if not groups:
            self._asks_for_nothing = True
        return groups

    def _cursor(self) -> bool:
        if self._query.cursor is UNSET:
            return False
        sort, value, number = decode(self._query.cursor, tuple[str, int, int])
        if sort != self._query.sort:
            raise Invalid.query("cursor", "belongs to another order; start without it")
        if not (-_NUMBERS * 1024 < value < _NUMBERS * 1024 and 0 <= number <= _NUMBERS):
            raise Invalid.query("cursor", "take it from next_cursor, unchanged")
        self._values |= {"cursor_value": value, "cursor_number": number}
        return True

    def _cursor_after(self, last: Found) -> str:
        ticket = last.ticket
        _, public_seq, public_at = ticket.public_state
        values = {
            "created_at": stored(ticket.created_at),
            "updated_at": stored(ticket.updated_at),
            "last_seq": ticket.last_seq,
            "public_at": stored(public_at),
            "public_seq": public_seq,
            "number": ticket.number,
            "priority": ticket.priority.rank,
            "sla_due": ticket_lists.due_place(ticket, descending=self._shape.descending),
        }
        return encode(self._query.sort, values[self._shape.column], ticket.number)
