"""The shape of a list of tickets: what decides its SQL."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from common.filters.filter_fields import FilterField
from server.storage.queries.ticket.filter_conditions import TermShape

_INDEXED: Final = frozenset({"created_at", "updated_at", "last_seq", "sla_due"})
PUBLIC_COLUMNS: Final = {
    "updated_at": "public_at",
    "last_seq": "public_seq",
    "sla_due": "number",
}
"""The columns of what customers see; they have no due times."""
_RANGES: Final = {
    "created_after": "created_at",
    "created_before": "created_at",
    "updated_after": "updated_at",
    "last_seq_after": "last_seq",
}
"""The filters that are ranges, and their columns."""
_RANGED_FIELDS: Final = frozenset({FilterField.CREATED, FilterField.UPDATED, FilterField.DUE})
"""The fields of terms that are ranges of a column with an index."""


class ListShape(Struct, frozen=True, kw_only=True):
    """The part of a query that decides its SQL: how many values each filter has, not which."""

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
    terms: tuple[TermShape, ...] = ()
    """The terms of the filter language that no other filter stands for."""
    public: bool = False
    sort: str = "created_at"
    descending: bool = True
    cursor: bool = False
    window: bool = False
    """True where the list ends at a place, `edge_value` and `edge_number`, and is read up to it."""

    @property
    def is_narrow(self) -> bool:
        """Returns whether a filter leaves so few tickets that they can be sorted."""
        return bool(self.customers or self.assignees or self.external_ids or self.among)

    @property
    def column(self) -> str:
        """The column that the list is sorted by."""
        return PUBLIC_COLUMNS.get(self.sort, self.sort) if self.public else self.sort

    @property
    def is_indexed(self) -> bool:
        """Returns whether an index has each status in the list's order."""
        return self.column in _INDEXED and not self.is_narrow

    @property
    def has_other_ranges(self) -> bool:
        """Returns whether a range of another column than that of the order narrows the list."""
        is_named = any(getattr(self, name) for name in self._list_other_ranges())
        return is_named or any(term.field in _RANGED_FIELDS for term in self.terms)

    def select_other_ranges(self) -> "ListShape":
        """Returns the same list with such ranges as its only filters; terms are none of them."""
        kept = {name: getattr(self, name) for name in self._list_other_ranges()}
        return replace(self.without_filters(), **kept)

    def _list_other_ranges(self) -> list[str]:
        return [name for name, column in _RANGES.items() if column != self.column]

    def without_filters(self) -> "ListShape":
        """Returns the same list without the filters that its order's index does not cover."""
        return replace(
            self,
            priorities=0,
            categories=0,
            unassigned=False,
            tags=0,
            external_ids=0,
            terms=(),
            **dict.fromkeys(_RANGES, False),
        )
