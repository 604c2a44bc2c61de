"""A request for the list of tickets, and the page that answers it."""

from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from msgspec import UNSET, Raw, UnsetType

from common.filters.filter_matching import FilterContext
from common.filters.filter_parser import parse_filter
from common.people import Actor
from common.queries import TicketQuery
from common.saved_views import MOST_COUNTED
from common.tickets.ticket import Priority, Status
from common.wire import Page
from server.domain.time_zones import find_zone
from server.domain.timestamps import to_microseconds
from server.domain.tokenizer import QueryGroup, parse_search_query
from server.rest.core import pagination
from server.rest.tickets.filter_requests import find_own_id, narrow_query
from server.rest.tickets.list_items import render_item
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.organization import organizations
from server.storage.queries.search import ticket_search
from server.storage.queries.ticket import list_window, ticket_lists
from server.storage.queries.ticket.filter_conditions import (
    bind_filter,
    build_term_shapes,
    needs_zone,
)
from server.storage.queries.ticket.list_shape import ListShape
from server.storage.queries.ticket.listed_tickets import decode_listed_ticket

_MAX_NUMBER: Final = 2**53
_CURSOR_NUMBERS: Final = (
    range(-_MAX_NUMBER * 1024 + 1, _MAX_NUMBER * 1024),
    range(_MAX_NUMBER + 1),
)
"""The value that the list is sorted by, and the ticket's number."""


class TicketListRequest:
    """A ticket query by a caller: its shape and the values that fill it."""

    def __init__(self, dialect: str, actor: Actor, query: TicketQuery, now: datetime) -> None:
        """`now` is what relative times of the filter count from."""
        narrowed = narrow_query(query, parse_filter(query.filter), actor)
        self._actor = actor
        self._query, self._filter = narrowed.query, narrowed.rest
        self._dialect, self._now = dialect, now
        self._values: dict[str, Any] = {
            "org_id": actor.org_id,
            "limit": pagination.count_rows_to_fetch(query.limit),
        }
        self._asks_for_nothing = narrowed.finds_nothing
        self._groups = self._parse_search()
        self._shape = self._make_shape()

    @property
    def is_single_statement(self) -> bool:
        """Returns whether one statement answers it.

        A search first counts its words, days of a filter are those of the organization's zone, and
        a list may have a window.
        """
        return not (
            self._groups or needs_zone(self._filter) or list_window.may_have_window(self._shape)
        )

    def read_page(self, reading: ReadTransaction) -> Page[Raw]:
        """Returns one page of tickets in JSON, with the seq at which it is true."""
        found, seq = self._find_tickets(reading)
        listed, next_cursor = pagination.paginate_rows(
            found, self._query.limit, self._find_position
        )
        items = [render_item(row, internal=self._actor.sees_internal) for row in listed]
        return Page(items, next_cursor, seq)

    def count_tickets(self, reading: ReadTransaction) -> int:
        """Returns the number of its tickets, up to MOST_COUNTED; words to search do not count."""
        if self._asks_for_nothing:
            return 0
        values = self._values | self._bind_filter(reading) | {"limit": MOST_COUNTED}
        return ticket_lists.count_listed_tickets(reading, self._shape, values)

    def _find_tickets(self, reading: ReadTransaction) -> tuple[list[bytes], int]:
        if self._asks_for_nothing:
            return [], org_sequence.read_newest_seq(reading, self._actor.org_id)
        self._values |= self._bind_filter(reading)
        if self._groups:
            return ticket_search.search_tickets(reading, self._shape, self._values, self._groups)
        if list_window.may_have_window(self._shape):
            return list_window.list_ranged_tickets(reading, self._shape, self._values)
        return ticket_lists.list_tickets(reading, self._shape, self._values)

    def _bind_filter(self, reading: ReadTransaction) -> dict[str, Any]:
        zone: tzinfo = UTC
        if needs_zone(self._filter):
            settings = organizations.read_settings(reading, self._actor.org_id)
            zone = find_zone(settings.timezone)
        context = FilterContext(find_own_id(self._actor), self._now, zone)
        return bind_filter(self._filter, self._dialect, context)

    def _make_shape(self) -> ListShape:
        query = self._query
        statuses = [status.value for status in query.status] or [s.value for s in Status]
        return ListShape(
            dialect=self._dialect,
            statuses=self._bind_values("status", statuses),
            priorities=self._bind_values("priority", [Priority(p).rank for p in query.priority]),
            categories=self._bind_values("category", query.category),
            assignees=self._bind_values("assignee", self._assignee_ids()),
            unassigned="none" in query.assignee,
            customers=self._bind_values("customer", self._customer_ids()),
            tags=self._bind_values("tag", self._visible_tags()),
            external_ids=self._bind_values("external_id", self._visible_external_ids()),
            created_after=self._bind_instant("created_after", query.created_after),
            created_before=self._bind_instant("created_before", query.created_before),
            updated_after=self._bind_instant("updated_after", query.updated_after),
            last_seq_after=self._bind_seq("last_seq_after", query.last_seq_after),
            terms=build_term_shapes(self._filter, public=not self._actor.sees_internal),
            public=not self._actor.sees_internal,
            sort=query.sort.lstrip("-"),
            descending=query.sort.startswith("-"),
            cursor=self._bind_cursor(),
        )

    def _bind_values(self, name: str, values: list[Any]) -> int:
        distinct = list(dict.fromkeys(values))
        self._values |= {f"{name}{n}": value for n, value in enumerate(distinct)}
        return len(distinct)

    def _bind_instant(self, name: str, at: datetime | UnsetType) -> bool:
        if at is UNSET:
            return False
        self._values[name] = to_microseconds(at)
        return True

    def _bind_seq(self, name: str, seq: int | UnsetType) -> bool:
        if seq is UNSET:
            return False
        self._values[name] = seq
        return True

    def _assignee_ids(self) -> list[int]:
        own = find_own_id(self._actor)
        named = [who for who in self._query.assignee if who != "none"]
        return [(own or 0) if who == "me" else int(who) for who in named]

    def _customer_ids(self) -> list[int]:
        """Returns the requesters to filter by; customers only ever see their own tickets."""
        if not self._actor.is_customer:
            return self._query.customer
        own = self._actor.id or 0
        if self._query.customer and own not in self._query.customer:
            self._asks_for_nothing = True
        return [own]

    def _visible_tags(self) -> list[str]:
        """Returns the tags to filter by; a caller who does not see tags finds nothing."""
        if self._query.tag and not self._actor.sees_internal:
            self._asks_for_nothing = True
        return self._query.tag

    def _visible_external_ids(self) -> list[str]:
        """Returns the ids to filter by; a caller who does not see the field finds nothing."""
        if self._query.external_id and not self._actor.sees_internal:
            self._asks_for_nothing = True
        return self._query.external_id

    def _parse_search(self) -> list[QueryGroup]:
        if self._query.q is UNSET:
            return []
        groups = parse_search_query(self._query.q)
        if not groups:
            self._asks_for_nothing = True
        return groups

    def _bind_cursor(self) -> bool:
        if self._query.cursor is UNSET:
            return False
        value, number = pagination.decode_sorted_cursor(
            self._query.cursor, self._query.sort, _CURSOR_NUMBERS
        )
        self._values |= {"cursor_value": value, "cursor_number": number}
        return True

    def _find_position(self, last: bytes) -> tuple[str, int, int]:
        ticket = decode_listed_ticket(last).ticket
        _, public_seq, public_at = ticket.public_state
        values = {
            "created_at": to_microseconds(ticket.created_at),
            "updated_at": to_microseconds(ticket.updated_at),
            "last_seq": ticket.last_seq,
            "public_at": to_microseconds(public_at),
            "public_seq": public_seq,
            "number": ticket.number,
            "priority": ticket.priority.rank,
            "sla_due": ticket_lists.find_sla_due_position(
                ticket, descending=self._shape.descending
            ),
        }
        return self._query.sort, values[self._shape.column], ticket.number
