"""Renders figures as types of the wire, and as CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from common import reports as wire
from server.domain.reports.figures import DurationFigures, RangeFigures

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""Characters that spreadsheets take for the beginning of a formula (OWASP, CSV injection)."""


def render_figures(it: RangeFigures) -> wire.Figures:
    return wire.Figures(**_render_fields(it))


def render_group(it: RangeFigures, key: str | None, label: str) -> wire.Group:
    return wire.Group(**_render_fields(it), key=key, label=label)


def render_csv(summary: wire.Summary) -> bytes:
    """Returns one line for each group and the total; columns have the paths of the JSON."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    total = dict(_flatten_values(msgspec.to_builtins(summary.total)))
    writer.writerow(["key", "label", *total])
    for it in summary.groups:
        values = msgspec.to_builtins(it)
        key, label = values.pop("key"), values.pop("label")
        cells = dict(_flatten_values(values))
        writer.writerow(
            [
                _escape_formula(key or ""),
                _escape_formula(label),
                *(_format_cell(cells[name]) for name in total),
            ]
        )
    writer.writerow(["", "Total", *(_format_cell(value) for value in total.values())])
    return out.getvalue().encode()


def _render_fields(it: RangeFigures) -> dict[str, Any]:
    values = it._asdict()
    for name, value in values.items():
        if isinstance(value, DurationFigures):
            business = wire.Times(*value.business)
            values[name] = wire.Durations(*value.calendar, business=business)
    values["csat"] = wire.SatisfactionFigures(*it.csat)
    values["sla"] = wire.Attainment(*it.sla)
    return values


def _flatten_values(values: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flatten_values(value, f"{path}{name}.")
        else:
            yield path + name, value


def _format_cell(value: Any) -> str:
    """Returns the digits of the JSON; nothing for null."""
    return "" if value is None else msgspec.json.encode(value).decode()


def _escape_formula(text: str) -> str:
    """Returns a name that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
