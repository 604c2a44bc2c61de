"""Figures as they travel: from microseconds' distributions to the types of the wire, and CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from common import reports as wire
from server.domain.reports.figures import Figures, Times

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV injection)."""


def figures(it: Figures) -> wire.Figures:
    return wire.Figures(**_fields(it))


def group(it: Figures, key: str | None, label: str) -> wire.Group:
    return wire.Group(**_fields(it), key=key, label=label)


def csv_of(summary: wire.Summary) -> bytes:
    """One line a group and the total; columns are named by their path in the JSON."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    total = dict(_flat(msgspec.to_builtins(summary.total)))
    writer.writerow(["key", "label", *total])
    for it in summary.groups:
        values = msgspec.to_builtins(it)
        key, label = values.pop("key"), values.pop("label")
        cells = dict(_flat(values))
        writer.writerow([_safe(key or ""), _safe(label), *(_cell(cells[name]) for name in total)])
    writer.writerow(["", "Total", *(_cell(value) for value in total.values())])
    return out.getvalue().encode()


def _fields(it: Figures) -> dict[str, Any]:
    values = it._asdict()
    for name, value in values.items():
        if isinstance(value, Times):
            business = wire.Times(*value.business)
            values[name] = wire.Durations(*value.calendar, business=business)
    values["csat"] = wire.SatisfactionFigures(*it.csat)
    values["sla"] = wire.Attainment(*it.sla)
    return values


def _flat(values: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield path + name, value


def _cell(value: Any) -> str:
    """The very digits of the JSON; nothing for null."""
    return "" if value is None else msgspec.json.encode(value).decode()


def _safe(text: str) -> str:
    """A name that would be a formula is text."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text
