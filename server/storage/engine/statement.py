"""Statements: peewee queries, compiled to SQL text once and run with named parameters.

Building a query costs more than running it, so nothing is built per call: a statement is a
constant, and a list is compiled once for each combination of filters.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, TypeAlias

import msgspec
import peewee as pw

_ENCODE: Final = msgspec.json.Encoder().encode


class _SqlParameter:
    def __init__(self, name: str) -> None:
        self.name = name


def param(name: str) -> pw.Value:
    """Returns a named parameter of a query, filled when the statement runs."""
    return pw.Value(_SqlParameter(name), converter=False)


def build_sql_parameter(name: str) -> object:
    """Returns the same for a piece of SQL text, among its parameters."""
    return _SqlParameter(name)


class IsAnyOf(pw.Node):
    """The condition that a column has a value of a list, with one plan for lists of any length.

    The value of its parameter comes from `bind_list`. A plan for the values of a short list always
    seems cheaper than one for the ten that PostgreSQL assumes, so it would plan such a statement
    anew each time. What a subquery returns is unknown to both plans.
    """

    _TEXTS: Final = {
        "?": "IN (SELECT value FROM json_each(?))",
        "%s": "= ANY(ARRAY(SELECT unnest(%s::{0}[])))",
    }

    def __init__(self, column: pw.Field, name: str, type_: str) -> None:
        self._column = column
        self._name = name
        self._type = type_

    def __sql__(self, ctx: Any) -> Any:
        text = self._TEXTS[ctx.state.param or "?"].format(self._type)
        return ctx.sql(self._column).literal(" ").sql(pw.SQL(text, (_SqlParameter(self._name),)))


def bind_list(dialect: str, values: Sequence[Any]) -> Any:
    """Returns a list as a statement's parameter: an array, or JSON where there are no arrays."""
    return _ENCODE(values).decode() if dialect == "sqlite" else list(values)


_DIALECTS: Final[dict[str, pw.Database]] = {
    "sqlite": pw.SqliteDatabase(":memory:"),
    "postgresql": pw.PostgresqlDatabase(None, prefer_psycopg3=True),
}


_LIMIT: Final = " LIMIT %s"
_OPEN_LIMIT: Final = "\0"
"""Stands in a text where the value of a limit comes."""
_MAX_TEXTS: Final = 256
"""Texts of one combined statement; those for PostgreSQL differ by their limits."""
ValueChoice: TypeAlias = Callable[[dict[str, Any]], Sequence[Any]]
"""Returns the values of a statement's places, in their order. Raises KeyError for a missing one."""


class Statement:
    """One query in both dialects; `order` has the parameters' names in their order."""

    def __init__(self, query: Any) -> None:
        self._query = query
        self._compiled: dict[str, tuple[str, ValueChoice]] = {}
        self._limits: list[str] = []
        """The names of the limits that PostgreSQL gets in the text, in their order."""

    def bind(self, dialect: str, values: dict[str, Any]) -> tuple[str, Sequence[Any]]:
        """Returns the SQL text and its parameters in order. Raises KeyError for a missing value."""
        text, choose = self._compiled.get(dialect) or self._compile(dialect)
        if self._limits and dialect == "postgresql":
            text = _write_limits(text, tuple(int(values[name]) for name in self._limits))
        return text, choose(values)

    def get_text(self, dialect: str) -> str:
        """Returns the SQL text."""
        return (self._compiled.get(dialect) or self._compile(dialect))[0]

    @property
    def parameter_names(self) -> list[str]:
        """The names of the parameters of a statement without constants, in their order."""
        context = _DIALECTS["sqlite"].get_sql_context()
        _, places = context.sql(self._query).query()  # type: ignore[no-untyped-call]
        return [place.name for place in places]

    @property
    def column_count(self) -> int:
        """The number of columns of a select."""
        return len(self._query.selected_columns)

    def _compile(self, dialect: str) -> tuple[str, ValueChoice]:
        context = _DIALECTS[dialect].get_sql_context()
        text, places = context.sql(self._query).query()  # type: ignore[no-untyped-call]
        if dialect == "postgresql" and _LIMIT in text:
            text, places, self._limits = _extract_limits(text, places)
        compiled = self._compiled[dialect] = text, _choose_values(places)
        return compiled


def _extract_limits(text: str, places: Sequence[Any]) -> tuple[str, list[Any], list[str]]:
    """Takes the limits out of the parameters; returns the names of those that are no constants.

    PostgreSQL takes a limit that it does not know for a tenth of all rows. It would plan such a
    statement anew each time, with the values, which may take longer than to run it.
    """
    pieces = text.split("%s")
    written, kept, names = pieces[0], [], []
    for place, piece in zip(places, pieces[1:], strict=True):
        is_limit = written.endswith(_LIMIT.removesuffix("%s"))
        if is_limit and type(place) is _SqlParameter:
            names.append(place.name)
            written += _OPEN_LIMIT + piece
        elif is_limit:
            written += f"{int(place)}{piece}"
        else:
            kept.append(place)
            written += f"%s{piece}"
    return written, kept, names


@lru_cache(maxsize=4096)
def _write_limits(text: str, limits: tuple[int, ...]) -> str:
    """Returns the text with its limits."""
    first, *rest = text.split(_OPEN_LIMIT)
    return first + "".join(f"{n}{piece}" for n, piece in zip(limits, rest, strict=True))


def _choose_values(places: Sequence[Any]) -> ValueChoice:
    """Returns what puts named values into the order of a statement, with its constants."""
    names = [place.name for place in places if type(place) is _SqlParameter]
    if len(names) == len(places):
        return _choose_named(names)
    return lambda values: [
        values[place.name] if type(place) is _SqlParameter else place for place in places
    ]


def _choose_named(names: Sequence[str]) -> ValueChoice:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


class CombinedStatement:
    """Several queries as one statement: one snapshot, one round trip, one row of JSON lists.

    With SQLite the interpreter switches threads at every row, and with PostgreSQL every statement
    is a round trip, so the busiest reads are combined.
    """

    def __init__(self, *statements: Statement) -> None:
        self._statements = statements
        self._texts: dict[tuple[str, ...], str] = {}

    def bind(self, dialect: str, values: dict[str, Any]) -> tuple[str, Sequence[Any]]:
        """Returns the SQL text and its parameters in order; equal names have equal values."""
        bound = [statement.bind(dialect, values) for statement in self._statements]
        queries = tuple([query for query, _ in bound])
        text = self._texts.get(queries)
        if text is None:
            if len(self._texts) >= _MAX_TEXTS:
                self._texts.clear()
            lists = (
                _json_list(dialect, query, statement.column_count)
                for statement, (query, _) in zip(self._statements, bound, strict=True)
            )
            text = self._texts[queries] = f"SELECT {', '.join(lists)}"
        return text, [value for _, places in bound for value in places]


def _json_list(dialect: str, query: str, width: int) -> str:
    """Returns the SQL of a query's rows as one JSON list of lists, in their order."""
    columns = ", ".join(f"c{n}" for n in range(width))
    rows = _LISTS[dialect].format(columns)
    return f"(WITH page ({columns}) AS ({query}) SELECT {rows} FROM page)"


_LISTS: Final = {
    "sqlite": "json_group_array(json_array({}))",
    "postgresql": "coalesce(json_agg(json_build_array({}))::text, '[]')",
}


class Sql:
    """A statement that peewee cannot express, written out for each dialect."""

    def __init__(self, *, sqlite: str, postgresql: str, places: str) -> None:
        self._texts = {"sqlite": sqlite, "postgresql": postgresql}
        self._choose = _choose_named(places.split())

    def bind(self, dialect: str, values: dict[str, Any]) -> tuple[str, Sequence[Any]]:
        """Returns the SQL text and its parameters in order."""
        return self._texts[dialect], self._choose(values)


def build_insert(table: type[pw.Model]) -> Statement:
    """Returns an insert of a whole row; parameters are named like the fields."""
    fields = table._meta.sorted_fields  # noqa: SLF001 - peewee's documented way to the fields
    return Statement(table.insert({field: param(field.name) for field in fields}))
