"""Lists of tickets: filters and order, compiled once for each combination.

Words are searched for in `ticket_search`. A list by time reads the newest of each status and
merges them: so the index gives the order, and a page costs the same at a thousand tickets and
at a million.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import peewee as pw
from msgspec import Struct

from common.tickets import ticket as language
from common.tickets.sla import NEVER
from common.tickets.ticket import Status
from common.wire import CustomerRef, PersonRef
from server.storage.engine.statement import Statement, Together, param, parameter
from server.storage.engine.transaction import Reading, Row
from server.storage.queries import org_sequence, tickets
from server.storage.tables.desk_tables import Ticket, TicketTag, User

_WIDTH: Final = len(tickets.COLUMNS)
_INDEXED: Final = frozenset({"created_at", "updated_at", "last_seq", "sla_due"})
_PUBLIC: Final = {"updated_at": "public_at", "last_seq": "public_seq", "sla_due": "number"}
"""The columns of what customers see; to them nothing has a due instant."""


NOTHING_DUE: Final = 0
"""The place of what has no due instant in the list that has the latest first."""


class Shape(Struct, frozen=True, kw_only=True):
    """What of a query decides its SQL: how many values each filter has, not which."""

    dialect: str
    statuses: int
    priorities: int = 0
    categories: int = 0
    assignees: int = 0
    unassigned: bool = False
    customers: int = 0
    tags: int = 0
    external_ids: int = 0
    among: bool = False
    """True where the numbers of the wanted tickets are given."""
    created_after: bool = False
    created_before: bool = False
    updated_after: bool = False
    last_seq_after: bool = False
    public: bool = False
    sort: str = "created_at"
    descending: bool = True
    cursor: bool = False

    @property
    def is_narrow(self) -> bool:
        """Returns whether a filter leaves so few tickets that they can be sorted."""
        return bool(self.customers or self.assignees or self.external_ids or self.among)

    @property
    def column(self) -> str:
        """The column that the list is sorted by."""
        return _PUBLIC.get(self.sort, self.sort) if self.public else self.sort

    @property
    def is_indexed(self) -> bool:
        """Returns whether an index has each status in the list's order."""
        return self.column in _INDEXED and not self.is_narrow


class Found(Struct, frozen=True):
    """A ticket of a list, with the people it names."""

    ticket: language.Ticket
    customer: CustomerRef
    assignee: PersonRef | None
    returned_by: str | None = None
    """The name of who had it before it came back to the queue."""

    def name_of(self, person_id: int) -> str:
        """Returns the name of the one person, beside these, whom a ticket's fields name."""
        if self.returned_by is None:
            raise LookupError(f"ticket {self.ticket.number} was not read with person {person_id}")
        return self.returned_by


_Customer: Final = User.alias("customer")
_Assignee: Final = User.alias("assignee")
_Returner: Final = User.alias("returner")
_PEOPLE: Final = [_Customer.name, _Customer.email, _Assignee.name, _Returner.name]


def _with_people(*columns: Any) -> Any:
    return (
        Ticket.select(*tickets.COLUMNS, *_PEOPLE, *columns)
        .join(
            _Customer,
            on=(_Customer.org_id == Ticket.org_id) & (_Customer.id == Ticket.customer_id),
        )
        .switch(Ticket)
        .join(
            _Assignee,
            pw.JOIN.LEFT_OUTER,
            on=(_Assignee.org_id == Ticket.org_id) & (_Assignee.id == Ticket.assignee_id),
        )
        .switch(Ticket)
        .join(
            _Returner,
            pw.JOIN.LEFT_OUTER,
            on=(_Returner.org_id == Ticket.org_id) & (_Returner.id == Ticket.returned_by),
        )
        .where(Ticket.org_id == param("org_id"))
    )


ONE = Statement(_with_people(Ticket.description).where(Ticket.number == param("number")))
"""A ticket with its people, and its description last (`found`, and `DESCRIPTION`)."""
DESCRIPTION: Final = _WIDTH + len(_PEOPLE)
_COUNTS = Statement(
    Ticket.select(Ticket.status, pw.fn.COUNT(Ticket.number))
    .where(Ticket.org_id == param("org_id"))
    .group_by(Ticket.status)
)
_ASSIGNED = Statement(
    Ticket.select(
        pw.fn.COUNT(Ticket.assignee_id),
        pw.fn.SUM(pw.Case(None, [(Ticket.assignee_id == param("me"), 1)], 0)),
    ).where(
        (Ticket.org_id == param("org_id"))
        & Ticket.assignee_id.is_null(False)
        & Ticket.status.in_([Status.OPEN.value, Status.IN_PROGRESS.value])
    )
)


def page(reading: Reading, shape: Shape, values: dict[str, Any]) -> tuple[list[Found], int]:
    """Tickets of a list, and the seq at which it is true: one statement.

    `values` fills the shape's filters (see `_conditions` for names).
    """
    rows, seqs = reading.together(_page_statement(shape), **values)
    return [found(row) for row in rows], seqs[0][0]


@lru_cache(maxsize=4096)
def _page_statement(shape: Shape) -> Together:
    return Together(_statement(shape), org_sequence.SEQ)


def places(reading: Reading, shape: Shape, values: dict[str, Any]) -> list[tuple[int, int]]:
    """Returns the same tickets, each as its place in the order and its number."""
    rows = reading.together(_places_together(shape), **values)[0]
    return [(place, number) for place, number in rows]


@lru_cache(maxsize=1024)
def _places_together(shape: Shape) -> Together:
    return Together(_places_statement(shape))


def written_numbers(dialect: str, numbers: Iterable[int]) -> str:
    """Returns what fills the place `numbers` of a shape with `among`."""
    text = ",".join(map(str, numbers))
    return f"[{text}]" if dialect == "sqlite" else f"{{{text}}}"


def counts(reading: Reading, org_id: int, me: int) -> tuple[dict[Status, int], int, int]:
    """Tickets by status, then the unresolved ones: those of `me`, and those of nobody."""
    by_status = dict.fromkeys(Status, 0)
    for row in reading.rows(_COUNTS, org_id=org_id):
        by_status[Status(row[0])] = row[1]
    assigned = reading.rows(_ASSIGNED, org_id=org_id, me=me)[0]
    unresolved = by_status[Status.OPEN] + by_status[Status.IN_PROGRESS]
    return by_status, int(assigned[1] or 0), unresolved - assigned[0]


def found(row: Row) -> Found:
    """A ticket with its people, from a row of a list or of `ONE`."""
    ticket = tickets.from_row(row)
    customer, email, agent, returner = row[_WIDTH : _WIDTH + len(_PEOPLE)]
    assignee = None if ticket.assignee_id is None else PersonRef(ticket.assignee_id, agent)
    return Found(ticket, CustomerRef(ticket.customer_id, customer, email), assignee, returner)


def due_place(ticket: language.Ticket, *, descending: bool) -> int:
    """Where a list by due instants has the ticket: with none, last in both directions."""
    due = ticket.sla.due if ticket.sla else None
    return due or (NOTHING_DUE if descending else NEVER)


def _statement(shape: Shape) -> Statement:
    return Statement(_narrow(shape, _given(shape, _with_people())).limit(param("limit")))


def _places_statement(shape: Shape) -> Statement:
    """The same tickets, each only as its place in the order and its number."""
    if shape.is_indexed:
        merged = _merge(shape).alias("merged")
        place, number = _shown(shape, merged.c.place), merged.c.number
        query = pw.Select([merged], [place, number]).order_by(*_in_order(shape, place, number))
    else:
        query = Ticket.select(_column(shape, Ticket), Ticket.number)
        query = _narrow(shape, _given(shape, query.where(Ticket.org_id == param("org_id"))))
    return Statement(query.limit(param("limit")))


def _given(shape: Shape, query: Any) -> Any:
    """On SQLite, the query beginning with the given numbers.

    It keeps no statistics, and would else look at every ticket of an index that has the order.
    """
    if not shape.among or shape.dialect != "sqlite":
        return query
    wanted = pw.SQL("json_each(?) AS wanted", (parameter("numbers"),))
    first, *others = query._from_list  # noqa: SLF001 - peewee has no other way to the joins
    return query.from_(_begin_with(wanted, first), *others)


def _begin_with(wanted: Any, joined: Any) -> Any:
    if isinstance(joined, pw.Join):
        lhs = _begin_with(wanted, joined.lhs)
        return pw.Join(lhs, joined.rhs, joined.join_type, joined._on)  # type: ignore[attr-defined] # noqa: SLF001
    return pw.Join(wanted, joined, pw.JOIN.CROSS)


def _narrow(shape: Shape, query: Any) -> Any:
    """The query with every filter, in order."""
    if shape.is_indexed:
        numbered = _merge(shape).alias("merged")
        query = query.where(Ticket.number.in_(pw.Select([numbered], [numbered.c.number])))
        return query.order_by(*_order(shape, Ticket))
    statuses = [param(f"status{n}") for n in range(shape.statuses)]
    query = query.where(pw.Expression(Ticket.status, pw.OP.IN, statuses))
    for condition in _conditions(shape, Ticket):
        query = query.where(condition)
    if shape.cursor:
        query = query.where(_beyond(shape, _column(shape, Ticket), Ticket.number))
    return query.order_by(*_order(shape, Ticket))


def _merge(shape: Shape) -> Any:
    branches = [branch for n in range(shape.statuses) for branch in _branches(shape, n)]
    merged = branches[0]
    for branch in branches[1:]:
        merged = merged.union_all(branch)
    return merged


def _branches(shape: Shape, n: int) -> list[Any]:
    """Of one status; latest due first, those with a due instant and those without one apart."""
    table = Ticket.alias(f"b{n}")
    beyond = [_beyond(shape, _plain(shape, table), table.number)] if shape.cursor else []
    if not _latest_due_first(shape):
        return [_branch(shape, n, table, beyond)]
    none = Ticket.alias(f"n{n}")
    rest = [_after_all_due(none.number)] if shape.cursor else []
    return [
        # What is beyond a cursor has a due instant, or the cursor is among those that have none.
        _branch(shape, n, table, beyond or [table.sla_due < NEVER]),
        _branch(shape, n, none, [none.sla_due == NEVER, *rest]),
    ]


def _branch(shape: Shape, n: int, table: Any, places: list[Any]) -> Any:
    """The first tickets of one status: as many as the whole page could need."""
    query = table.select(_plain(shape, table).alias("place"), table.number).where(
        (table.org_id == param("org_id")) & (table.status == param(f"status{n}"))
    )
    for condition in (*_conditions(shape, table), *places):
        query = query.where(condition)
    order = _in_order(shape, _plain(shape, table), table.number)
    limited = query.order_by(*order).limit(param("limit")).alias(f"s_{table.alias}")
    return pw.Select([limited], [limited.c.place, limited.c.number])


def _order(shape: Shape, table: Any) -> tuple[Any, Any]:
    return _in_order(shape, _column(shape, table), table.number)


def _in_order(shape: Shape, *columns: Any) -> tuple[Any, ...]:
    return tuple(pw.Desc(it) if shape.descending else pw.Asc(it) for it in columns)


def _plain(shape: Shape, table: Any) -> Any:
    """The column that the list is sorted by, as the index has it."""
    return getattr(table, shape.column)


def _column(shape: Shape, table: Any) -> Any:
    """The same, with what has no due instant last also where the latest come first."""
    return _shown(shape, _plain(shape, table))


def _shown(shape: Shape, column: Any) -> Any:
    if _latest_due_first(shape):
        return pw.Case(None, [(column == NEVER, NOTHING_DUE)], column)
    return column


def _latest_due_first(shape: Shape) -> bool:
    return shape.column == "sla_due" and shape.descending


def _conditions(shape: Shape, table: Any) -> list[Any]:
    """Every filter but the status, as conditions with these parameter names."""
    conditions = [
        *_any_of(table.priority, "priority", shape.priorities),
        *_any_of(table.category, "category", shape.categories),
        *_any_of(table.customer_id, "customer", shape.customers),
        *_of_assignee(shape, table),
        *_any_of(table.external_id, "external_id", shape.external_ids),
        *_tagged(shape, table),
        *_among(shape, table),
    ]
    if shape.created_after:
        conditions.append(table.created_at > param("created_after"))
    if shape.created_before:
        conditions.append(table.created_at < param("created_before"))
    return [*conditions, *_changed_after(shape, table)]


def _changed_after(shape: Shape, table: Any) -> list[Any]:
    """Narrows by the whole change too: the index has that, and a visible change is one."""
    conditions = []
    for is_asked, name in ((shape.updated_after, "updated_at"), (shape.last_seq_after, "last_seq")):
        columns = {name, _PUBLIC[name]} if shape.public else {name}
        if is_asked:
            after = param(f"{name.removesuffix('_at')}_after")
            conditions += [getattr(table, column) > after for column in sorted(columns)]
    return conditions


def _any_of(column: Any, name: str, count: int) -> list[Any]:
    return [column.in_([param(f"{name}{n}") for n in range(count)])] if count else []


def _of_assignee(shape: Shape, table: Any) -> list[Any]:
    conditions = _any_of(table.assignee_id, "assignee", shape.assignees)
    if not shape.unassigned:
        return conditions
    nobody = table.assignee_id.is_null()
    return [conditions[0] | nobody] if conditions else [nobody]


def _tagged(shape: Shape, table: Any) -> list[Any]:
    if not shape.tags:
        return []
    tagged = TicketTag.select(TicketTag.number).where(
        (TicketTag.org_id == param("org_id"))
        & TicketTag.tag.in_([param(f"tag{n}") for n in range(shape.tags)])
    )
    return [table.number.in_(tagged)]


def _among(shape: Shape, table: Any) -> list[Any]:
    if not shape.among:
        return []
    if shape.dialect == "sqlite":
        return [table.number == pw.SQL("wanted.value")]
    given = pw.SQL("= ANY (%s::text::bigint[])", (parameter("numbers"),))
    return [pw.NodeList((table.number, given))]


def _beyond(shape: Shape, column: Any, number: Any) -> Any:
    """What comes after the cursor."""
    here = pw.Tuple(column, number)
    there = pw.Tuple(param("cursor_value"), param("cursor_number"))
    return here < there if shape.descending else here > there


def _after_all_due(number: Any) -> Any:
    """Of those without a due instant: all while the cursor is before them, then the lower ones."""
    first = pw.Case(None, [(param("cursor_value") > NOTHING_DUE, NEVER)], param("cursor_number"))
    return number < first
