"""Lists of tickets: filters and order, compiled once for each combination.

`ticket_search` searches for words. A list by time reads the newest of each status and merges them:
so the index gives the order, and a page costs the same at a thousand tickets and at a million.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import msgspec
import peewee as pw

from common.tickets import ticket as language
from common.tickets.sla import NO_DUE_INSTANT
from common.tickets.ticket import Status
from server.storage.engine.statement import CombinedStatement, Statement, build_sql_parameter, param
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.ticket import listed_tickets
from server.storage.queries.ticket.filter_conditions import build_term_condition
from server.storage.queries.ticket.list_shape import PUBLIC_COLUMNS, ListShape
from server.storage.tables.desk_tables import TicketModel, TicketTagModel

_split_rows: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_seq: Final = msgspec.json.Decoder(list[tuple[int]]).decode
NO_DUE_TIME: Final = 0
"""The position of tickets without a due time in a list with the latest first."""


_COUNTS = Statement(
    TicketModel.select(TicketModel.status, pw.fn.COUNT(TicketModel.number))
    .where(TicketModel.org_id == param("org_id"))
    .group_by(TicketModel.status)
)
_ASSIGNED = Statement(
    TicketModel.select(
        pw.fn.COUNT(TicketModel.assignee_id),
        pw.fn.SUM(pw.Case(None, [(TicketModel.assignee_id == param("me"), 1)], 0)),
    ).where(
        (TicketModel.org_id == param("org_id"))
        & TicketModel.assignee_id.is_null(False)
        & TicketModel.status.in_([Status.OPEN.value, Status.IN_PROGRESS.value])
    )
)


def list_tickets(
    reading: ReadTransaction, shape: ListShape, values: dict[str, Any]
) -> tuple[list[bytes], int]:
    """Returns the tickets of a list, and the seq at which it is true: one statement.

    Each ticket is a row in JSON, for `listed_tickets.decode_listed_ticket`. `values` fills the
    shape's filters (see `_filter_conditions` for the names).
    """
    tickets, seq = reading.fetch_combined_texts(_page_statement(shape), **values)
    return [bytes(row) for row in _split_rows(tickets)], _decode_seq(seq)[0][0]


@lru_cache(maxsize=4096)
def _page_statement(shape: ListShape) -> CombinedStatement:
    return CombinedStatement(_list_statement(shape), org_sequence.NEWEST_SEQ)


def list_positions(
    reading: ReadTransaction, shape: ListShape, values: dict[str, Any]
) -> list[tuple[int, int]]:
    """Returns the same tickets, each as its position in the order and its number."""
    rows = reading.fetch_combined(_combined_positions(shape), **values)[0]
    return [(place, number) for place, number in rows]


@lru_cache(maxsize=1024)
def _combined_positions(shape: ListShape) -> CombinedStatement:
    return CombinedStatement(_position_statement(shape))


def count_listed_tickets(reading: ReadTransaction, shape: ListShape, values: dict[str, Any]) -> int:
    """Counts the tickets of a list, up to `limit` of its values."""
    return int(reading.fetch_value(_count_statement(shape), **values))


@lru_cache(maxsize=1024)
def _count_statement(shape: ListShape) -> Statement:
    statuses = [param(f"status{n}") for n in range(shape.statuses)]
    found = TicketModel.select(pw.SQL("1")).where(
        TicketModel.org_id == param("org_id"),
        pw.Expression(TicketModel.status, pw.OP.IN, statuses),
        *_filter_conditions(shape, TicketModel),
    )
    return Statement(pw.Select([found.limit(param("limit"))], [pw.fn.COUNT(pw.SQL("*"))]))


def encode_numbers(dialect: str, numbers: Iterable[int]) -> str:
    """Returns what fills the place `numbers` of a shape with `among`."""
    text = ",".join(map(str, numbers))
    return f"[{text}]" if dialect == "sqlite" else f"{{{text}}}"


def count_by_status(
    reading: ReadTransaction, org_id: int, me: int
) -> tuple[dict[Status, int], int, int]:
    """Counts tickets by status, then the unresolved ones of `me` and of nobody."""
    by_status = dict.fromkeys(Status, 0)
    for row in reading.fetch_rows(_COUNTS, org_id=org_id):
        by_status[Status(row[0])] = row[1]
    assigned = reading.fetch_rows(_ASSIGNED, org_id=org_id, me=me)[0]
    unresolved = by_status[Status.OPEN] + by_status[Status.IN_PROGRESS]
    return by_status, int(assigned[1] or 0), unresolved - assigned[0]


def find_sla_due_position(ticket: language.Ticket, *, descending: bool) -> int:
    """Returns a ticket's position in a list by due times; without one, last in both directions."""
    due = ticket.sla.due if ticket.sla else None
    return due or (NO_DUE_TIME if descending else NO_DUE_INSTANT)


def _list_statement(shape: ListShape) -> Statement:
    return Statement(
        _filter_query(shape, _start_from_numbers(shape, listed_tickets.select_with_people())).limit(
            param("limit")
        )
    )


def _position_statement(shape: ListShape) -> Statement:
    """Returns the statement that selects only positions and numbers."""
    if shape.is_indexed:
        merged = _merge_statuses(shape, is_limited=not _is_merged(shape)).alias("merged")
        place, number = _put_nothing_due_last(shape, merged.c.place), merged.c.number
        query = pw.Select([merged], [place, number]).order_by(
            *_apply_direction(shape, place, number)
        )
    else:
        query = TicketModel.select(_sort_column(shape, TicketModel), TicketModel.number)
        query = _filter_query(
            shape, _start_from_numbers(shape, query.where(TicketModel.org_id == param("org_id")))
        )
    return Statement(query.limit(param("limit")))


def _start_from_numbers(shape: ListShape, query: Any) -> Any:
    """Makes the query on SQLite begin with the given numbers.

    SQLite keeps no statistics, and would otherwise scan an index that has the order.
    """
    if not shape.among or shape.dialect != "sqlite":
        return query
    wanted = pw.SQL("json_each(?) AS wanted", (build_sql_parameter("numbers"),))
    first, *others = query._from_list  # noqa: SLF001 - peewee has no other way to the joins
    return query.from_(_cross_join_first(wanted, first), *others)


def _cross_join_first(wanted: Any, joined: Any) -> Any:
    if isinstance(joined, pw.Join):
        lhs = _cross_join_first(wanted, joined.lhs)
        return pw.Join(lhs, joined.rhs, joined.join_type, joined._on)  # type: ignore[attr-defined] # noqa: SLF001
    return pw.Join(wanted, joined, pw.JOIN.CROSS)


def _filter_query(shape: ListShape, query: Any) -> Any:
    """Returns the query with every filter and the order."""
    if shape.is_indexed:
        numbered = _merge_statuses(shape, is_limited=True).alias("merged")
        query = query.where(TicketModel.number.in_(pw.Select([numbered], [numbered.c.number])))
        return query.order_by(*_order_columns(shape, TicketModel))
    statuses = [param(f"status{n}") for n in range(shape.statuses)]
    query = query.where(pw.Expression(TicketModel.status, pw.OP.IN, statuses))
    for condition in _filter_conditions(shape, TicketModel):
        query = query.where(condition)
    if shape.cursor:
        query = query.where(
            _after_cursor(shape, _sort_column(shape, TicketModel), TicketModel.number)
        )
    return query.order_by(*_order_columns(shape, TicketModel))


def _is_merged(shape: ListShape) -> bool:
    """Returns whether the branches of positions have the order of the page on SQLite.

    It merges these as it reads them, and takes no more of each than it needs.
    """
    return shape.dialect == "sqlite" and not _latest_due_first(shape)


def _merge_statuses(shape: ListShape, *, is_limited: bool) -> Any:
    branches = [
        _limit_branch(shape, branch) if is_limited else branch
        for n in range(shape.statuses)
        for branch in _status_branches(shape, n)
    ]
    merged = branches[0]
    for branch in branches[1:]:
        merged = merged.union_all(branch)
    return merged


def _status_branches(shape: ListShape, n: int) -> list[Any]:
    """Yields the branches of one status; latest due first: with and without a due time apart."""
    table = TicketModel.alias(f"b{n}")
    beyond = (
        [_after_cursor(shape, _index_column(shape, table), table.number)] if shape.cursor else []
    )
    if shape.window:
        beyond.append(_up_to_edge(shape, _index_column(shape, table), table.number))
    if not _latest_due_first(shape):
        return [_status_branch(shape, n, table, beyond)]
    none = TicketModel.alias(f"n{n}")
    rest = [_after_all_due(none.number)] if shape.cursor else []
    return [
        # What is beyond a cursor has a due instant, or the cursor is among those that have none.
        _status_branch(shape, n, table, beyond or [table.sla_due < NO_DUE_INSTANT]),
        _status_branch(shape, n, none, [none.sla_due == NO_DUE_INSTANT, *rest]),
    ]


def _status_branch(shape: ListShape, n: int, table: Any, places: list[Any]) -> Any:
    """Returns the tickets of one status."""
    query = table.select(_index_column(shape, table).alias("place"), table.number).where(
        (table.org_id == param("org_id")) & (table.status == param(f"status{n}"))
    )
    for condition in (*_filter_conditions(shape, table), *places):
        query = query.where(condition)
    if shape.window:
        by_order = pw.SQL(f'INDEXED BY "tickets_org_id_status_{shape.column}_number"')
        query = query.from_(pw.NodeList((table, by_order)))
    return query


def _limit_branch(shape: ListShape, query: Any) -> Any:
    """Returns the first tickets of one status: as many as the whole page could need."""
    place, number = query.selected_columns
    order = _apply_direction(shape, place.unalias(), number)
    limited = query.order_by(*order).limit(param("limit")).alias(f"s_{number.source.alias}")
    return pw.Select([limited], [limited.c.place, limited.c.number])


def _order_columns(shape: ListShape, table: Any) -> tuple[Any, Any]:
    return _apply_direction(shape, _sort_column(shape, table), table.number)


def _apply_direction(shape: ListShape, *columns: Any) -> tuple[Any, ...]:
    return tuple(pw.Desc(it) if shape.descending else pw.Asc(it) for it in columns)


def _index_column(shape: ListShape, table: Any) -> Any:
    """Returns the column that the list is sorted by, as the index has it."""
    return getattr(table, shape.column)


def _sort_column(shape: ListShape, table: Any) -> Any:
    """Returns the same, with tickets without a due time last in both directions."""
    return _put_nothing_due_last(shape, _index_column(shape, table))


def _put_nothing_due_last(shape: ListShape, column: Any) -> Any:
    if _latest_due_first(shape):
        return pw.Case(None, [(column == NO_DUE_INSTANT, NO_DUE_TIME)], column)
    return column


def _latest_due_first(shape: ListShape) -> bool:
    return shape.column == "sla_due" and shape.descending


def _filter_conditions(shape: ListShape, table: Any) -> list[Any]:
    """Yields every filter but the status, as conditions with these parameter names."""
    conditions = [
        *_any_of(table.priority, "priority", shape.priorities),
        *_any_of(table.category, "category", shape.categories),
        *_any_of(table.customer_id, "customer", shape.customers),
        *_assignee_conditions(shape, table),
        *_any_of(table.external_id, "external_id", shape.external_ids),
        *_tag_conditions(shape, table),
        *_number_conditions(shape, table),
    ]
    if shape.created_after:
        conditions.append(table.created_at > param("created_after"))
    if shape.created_before:
        conditions.append(table.created_at < param("created_before"))
    conditions += [
        build_term_condition(term, shape.dialect, table, public=shape.public)
        for term in shape.terms
    ]
    return [*conditions, *_changed_after(shape, table)]


def _changed_after(shape: ListShape, table: Any) -> list[Any]:
    """Narrows by the time of any change too, which the index has; a visible change is one."""
    conditions = []
    for is_asked, name in ((shape.updated_after, "updated_at"), (shape.last_seq_after, "last_seq")):
        columns = {name, PUBLIC_COLUMNS[name]} if shape.public else {name}
        if is_asked:
            after = param(f"{name.removesuffix('_at')}_after")
            conditions += [getattr(table, column) > after for column in sorted(columns)]
    return conditions


def _any_of(column: Any, name: str, count: int) -> list[Any]:
    return [column.in_([param(f"{name}{n}") for n in range(count)])] if count else []


def _assignee_conditions(shape: ListShape, table: Any) -> list[Any]:
    conditions = _any_of(table.assignee_id, "assignee", shape.assignees)
    if not shape.unassigned:
        return conditions
    nobody = table.assignee_id.is_null()
    return [conditions[0] | nobody] if conditions else [nobody]


def _tag_conditions(shape: ListShape, table: Any) -> list[Any]:
    if not shape.tags:
        return []
    tagged = TicketTagModel.select(TicketTagModel.number).where(
        (TicketTagModel.org_id == param("org_id"))
        & TicketTagModel.tag.in_([param(f"tag{n}") for n in range(shape.tags)])
    )
    return [table.number.in_(tagged)]


def _number_conditions(shape: ListShape, table: Any) -> list[Any]:
    if not shape.among:
        return []
    if shape.dialect == "sqlite":
        return [table.number == pw.SQL("wanted.value")]
    given = pw.SQL("= ANY (%s::text::bigint[])", (build_sql_parameter("numbers"),))
    return [pw.NodeList((table.number, given))]


def _after_cursor(shape: ListShape, column: Any, number: Any) -> Any:
    """Returns the condition of what comes after the cursor."""
    here = pw.Tuple(column, number)
    there = pw.Tuple(param("cursor_value"), param("cursor_number"))
    return here < there if shape.descending else here > there


def _up_to_edge(shape: ListShape, column: Any, number: Any) -> Any:
    """Returns the condition of what comes no later than the edge of the window."""
    here = pw.Tuple(column, number)
    edge = pw.Tuple(param("edge_value"), param("edge_number"))
    return here >= edge if shape.descending else here <= edge


def _after_all_due(number: Any) -> Any:
    """Narrows tickets without a due time: all before the cursor's turn, then lower numbers."""
    first = pw.Case(
        None, [(param("cursor_value") > NO_DUE_TIME, NO_DUE_INSTANT)], param("cursor_number")
    )
    return number < first
