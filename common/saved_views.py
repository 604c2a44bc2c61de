"""Saved views: filters with a name, order and columns, which clients show as tabs.

A view belongs to the organization or to one agent. Its filter is read as the caller's: `me` is
whoever looks at it.
"""

from datetime import datetime
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from common.queries import FilterText
from common.text import ShortName
from common.ticket_columns import TicketColumn

MOST_VIEWS: Final = 50
"""Views that an organization may have, and each agent beside them."""
MOST_COUNTED: Final = 10_000
"""A count of tickets ends here: it is this number, or more."""
ViewOrder = Annotated[
    str,
    Meta(
        pattern=rf"^-?({'|'.join(TicketColumn)})$",
        description="a column, with - before it for descending",
    ),
]
ViewColumns = Annotated[tuple[TicketColumn, ...], Meta(max_length=len(TicketColumn))]
ViewPosition = Annotated[int, Meta(ge=0, le=MOST_VIEWS - 1)]


class CreateView(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Creates a view, behind the others; `shared`: for everybody, which only supervisors may do.

    Without `columns` it has those that the client has by itself.
    """

    name: ShortName
    filter: FilterText = ""
    sort: ViewOrder = TicketColumn.SLA_DUE.value
    columns: ViewColumns = ()
    shared: bool = False


class EditView(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Changes a view; a field that is given is replaced as a whole.

    `position` counts from 0 among the views of the same owner; those behind it move up.
    """

    name: ShortName | UnsetType = UNSET
    filter: FilterText | UnsetType = UNSET
    sort: ViewOrder | UnsetType = UNSET
    columns: ViewColumns | UnsetType = UNSET
    shared: bool | UnsetType = UNSET
    position: ViewPosition | UnsetType = UNSET


class ViewQuery(Struct, frozen=True, kw_only=True):
    """`include=counts` adds the number of tickets in each view, from the same snapshot."""

    include: list[Annotated[str, Meta(pattern=r"^counts$", description="counts")]] = []


class SavedView(Struct, frozen=True, kw_only=True):
    """A view; one that is not `shared` is the caller's own."""

    id: int
    name: str
    filter: str
    sort: str
    columns: tuple[TicketColumn, ...]
    shared: bool
    position: int
    version: int
    created_at: datetime
    updated_at: datetime
    count: int | UnsetType = UNSET
