"""The table of docs/filters.md: every field of the filter language, by its rule."""

from typing import Final

from common.filters.filter_fields import FIELD_RULES, FieldKind, FieldRule, FilterField
from tests.support.markdown import draw_markdown_table, quote_codes

_SHORT_SIGNS: Final = {FilterField.ASSIGNEE: "@", FilterField.NUMBER: "#"}
"""Signs that the language has for a field, before a value."""
_VALUES: Final = {
    FieldKind.CHOICE: "",
    FieldKind.NAME: "exactly, or how it begins with `*`",
    FieldKind.PERSON: "an id, a part of the name",
    FieldKind.NUMBER: "",
    FieldKind.TIME: "a [time](#times)",
    FieldKind.TEXT: "a [word](#words); several mean *or*",
}


def describe_filter_fields() -> str:
    """A row for each field: its names, its values, and examples."""
    rows = [
        (
            f"`{field}`",
            quote_codes([*rule.aliases, *([_SHORT_SIGNS[field]] if field in _SHORT_SIGNS else [])]),
            _describe_values(rule),
            quote_codes(rule.finds),
            quote_codes(rule.misses),
        )
        for field, rule in FIELD_RULES.items()
    ]
    return draw_markdown_table(("field", "short", "value", "it is found by", "and not by"), rows)


def _describe_values(rule: FieldRule) -> str:
    groups = [f"`{name}` ({quote_codes(means)})" for name, means in rule.groups.items()]
    parts = (
        _VALUES[rule.kind],
        " ".join([quote_codes(rule.choices), *groups]).strip(),
        quote_codes(rule.marks),
    )
    values = "; ".join(part for part in parts if part)
    return f"{rule.about}: {values}" if values else rule.about
