"""The query parameters of a request."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

Parameters = list[tuple[str, str]]


def build_query_pairs(query: Struct | Mapping[str, Any] | None) -> Parameters:
    """Returns a query's parameters: a list repeats its name, unset and empty fields are left out.

    What a mapping has was written so by the user: it is sent as it is.
    """
    pairs = msgspec.to_builtins(query).items() if query is not None else ()
    if isinstance(query, Struct):
        pairs = [(name, value) for name, value in pairs if value != ""]
    return [
        (name, _format_parameter(item))
        for name, value in pairs
        for item in (value if isinstance(value, list) else [value])
    ]


def _format_parameter(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
